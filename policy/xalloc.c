/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is always there: see xalloc.h. */
#include "policy/xalloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (64u << 10)

struct chunk {
	struct chunk *next;
	_Alignas(max_align_t) char bytes[];
};

struct pool {
	struct chunk *chunks;
	char *free;
	size_t left;
};

static _Noreturn void out_of_memory(void)
{
	fputs("gpio-acl: error: out of memory; end other programs, or give this one more\n",
	      stderr);
	exit(1);
}

void *xcalloc(size_t count, size_t size)
{
	/* calloc(0) may return NULL without an error */
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

void *xreallocarray(void *array, size_t count, size_t size)
{
	array = reallocarray(array, count, size);
	if (!array)
		out_of_memory();
	return array;
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		out_of_memory();
	return copy;
}

void *xgrow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return xreallocarray(array, count ? 2 * count : 1, size);
}

struct pool *pool_new(void)
{
	return xcalloc(1, sizeof(struct pool));
}

void pool_free(struct pool *pool)
{
	struct chunk *next;

	if (!pool)
		return;
	for (struct chunk *chunk = pool->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(pool);
}

static void pool_add_chunk(struct pool *pool, size_t size)
{
	struct chunk *chunk = xcalloc(1, sizeof(*chunk) + size);

	chunk->next = pool->chunks;
	pool->chunks = chunk;
	pool->free = chunk->bytes;
	pool->left = size;
}

void *pool_alloc(struct pool *pool, size_t count, size_t size)
{
	void *memory;

	if (__builtin_mul_overflow(count, size, &size) || size > SIZE_MAX - CHUNK_SIZE)
		out_of_memory();
	size = (size + sizeof(uint64_t) - 1) & -sizeof(uint64_t);
	if (!pool->free || size > pool->left)
		pool_add_chunk(pool, size > CHUNK_SIZE ? size : CHUNK_SIZE);
	memory = pool->free;
	pool->free += size;
	pool->left -= size;
	return memory;
}

char *pool_string(struct pool *pool, const char *text, size_t size)
{
	char *string = pool_alloc(pool, size + 1, 1);

	memcpy(string, text, size);
	return string;
}

void *pool_keep(struct pool *pool, void *array, size_t count, size_t size)
{
	void *kept = pool_alloc(pool, count, size);

	if (count)
		memcpy(kept, array, count * size);
	free(array);
	return kept;
}
