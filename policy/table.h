/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table from keys (any bytes) to 32-bit numbers. Finds and adds a key in constant time on
 * average, and owns copies of its keys.
 */
#ifndef POLICY_TABLE_H
#define POLICY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX /* no such key; no value may be this */

/* Starts as all zeros; table_free() frees what it holds and makes it all zeros again. */
struct table {
	struct table_slot *slots;
	size_t num_slots, num_keys;
	struct pool *keys;
};

void table_free(struct table *table);

/* The value of a key of @size bytes, or TABLE_NONE. */
uint32_t table_find(const struct table *table, const void *key, size_t size);

/*
 * table_add() - the value of a key; a key that is new is added with @value
 *
 * Returns @value, or another value if the key was there before with that one.
 */
uint32_t table_add(struct table *table, const void *key, size_t size, uint32_t value);

#endif
