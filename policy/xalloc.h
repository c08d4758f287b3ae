/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is always there. No call here returns NULL: if memory runs out, the program says so
 * on standard error and exits with status 1. What the kernel enforces stays as it is.
 */
#ifndef POLICY_XALLOC_H
#define POLICY_XALLOC_H

#include <stddef.h>

/* calloc(3), reallocarray(3), strdup(3). free() what they return. */
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *array, size_t count, size_t size);
char *xstrdup(const char *text);

/*
 * xgrow() - make room for one more element
 * @array: @count elements of @size bytes, from xgrow() itself; NULL if @count is 0
 *
 * Capacities are powers of two, so @count alone tells whether the array is full. Returns the array,
 * moved or not; what is new in it is not zeroed.
 */
void *xgrow(void *array, size_t count, size_t size);

/* Small pieces of memory that are freed together. pool_free() frees them and the pool. */
struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *pool);

/* Zeroed memory for @count elements, aligned for 64-bit numbers. The pool owns it. */
void *pool_alloc(struct pool *pool, size_t count, size_t size);

/* A copy of @size bytes with a NUL added. The pool owns it. */
char *pool_string(struct pool *pool, const char *text, size_t size);

/* Moves an array from xgrow() into the pool: copies it and frees @array. */
void *pool_keep(struct pool *pool, void *array, size_t count, size_t size);

#endif
