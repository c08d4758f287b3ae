/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for reading a policy. No call here returns NULL: without memory nothing can be read or
 * even reported, so the program says so and exits with status 1. What the kernel enforces stays.
 */
#ifndef POLICY_MEMORY_H
#define POLICY_MEMORY_H

#include <stddef.h>

/* Zeroed; free() it. */
void *memory_alloc(size_t count, size_t size);

/* free() them. */
void *memory_resize(void *array, size_t count, size_t size);
char *memory_string(const char *text);

/*
 * Room for one more element in @array of @count elements, or @array itself while it has room:
 * capacities are powers of two, so @count alone tells. free() it.
 */
void *memory_grow(void *array, size_t count, size_t size);

/* Small pieces that are freed together, with the pool. */
struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *pool);
void *pool_alloc(struct pool *pool, size_t count, size_t size);	     /* zeroed */
char *pool_string(struct pool *pool, const char *text, size_t size); /* copied, NUL added */

#endif
