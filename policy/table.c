/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hash table: see table.h. */
#include "policy/table.h"

#include <stdlib.h>
#include <string.h>

#include "policy/xalloc.h"

#define FIRST_SLOTS 64u

struct table_slot {
	const char *key; /* NULL: the slot is free */
	uint32_t size;
	uint32_t hash;
	uint32_t value;
};

/* FNV-1a on words of eight bytes: xor, multiply by an odd number, then fold the high bits in. */
static uint32_t hash_bytes(const void *key, size_t size)
{
	const char *bytes = key;
	uint64_t hash = size;

	while (size) {
		size_t step = size < sizeof(uint64_t) ? size : sizeof(uint64_t);
		uint64_t word = 0;

		memcpy(&word, bytes, step);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
		bytes += step;
		size -= step;
	}
	return hash;
}

/* The slot that holds the key, or the free slot where it belongs (linear probing). */
static struct table_slot *find_slot(const struct table *table, const void *key, size_t size,
				    uint32_t hash)
{
	size_t mask = table->num_slots - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct table_slot *slot = &table->slots[i];

		if (!slot->key ||
		    (slot->hash == hash && slot->size == size && !memcmp(slot->key, key, size)))
			return slot;
	}
}

static void widen(struct table *table)
{
	struct table wider = *table;

	wider.num_slots = table->num_slots ? 2 * table->num_slots : FIRST_SLOTS;
	wider.slots = xcalloc(wider.num_slots, sizeof(*wider.slots));
	for (size_t i = 0; i < table->num_slots; i++) {
		const struct table_slot *slot = &table->slots[i];

		if (slot->key)
			*find_slot(&wider, slot->key, slot->size, slot->hash) = *slot;
	}
	free(table->slots);
	*table = wider;
}

void table_free(struct table *table)
{
	free(table->slots);
	pool_free(table->keys);
	memset(table, 0, sizeof(*table));
}

uint32_t table_find(const struct table *table, const void *key, size_t size)
{
	const struct table_slot *slot;

	if (!table->num_keys)
		return TABLE_NONE;
	slot = find_slot(table, key, size, hash_bytes(key, size));
	return slot->key ? slot->value : TABLE_NONE;
}

uint32_t table_add(struct table *table, const void *key, size_t size, uint32_t value)
{
	uint32_t hash = hash_bytes(key, size);
	struct table_slot *slot;

	if (4 * table->num_keys >= 3 * table->num_slots)
		widen(table);
	slot = find_slot(table, key, size, hash);
	if (slot->key)
		return slot->value;
	if (!table->keys)
		table->keys = pool_new();
	slot->key = pool_string(table->keys, key, size);
	slot->size = size;
	slot->hash = hash;
	slot->value = value;
	table->num_keys++;
	return value;
}
