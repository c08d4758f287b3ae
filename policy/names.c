/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/memory.h"
#include "policy/text.h"

#define FIRST_SLOTS	64u
#define LONGEST_NEAR	64u /* longer words are not compared letter by letter */
#define MOST_CANDIDATES 8u

struct name {
	const char *key; /* NULL: a free slot */
	uint32_t size;
	uint32_t hash;
	uint32_t value;
};

/* Eight bytes at a time, each time multiplied by an odd number and folded (as FNV, but wider). */
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

/* The slot that holds the key, or the free one where it belongs. */
static struct name *names_slot(const struct names *names, const void *key, size_t size,
			       uint32_t hash)
{
	size_t mask = names->num_slots - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct name *slot = &names->slots[i];

		if (!slot->key ||
		    (slot->hash == hash && slot->size == size && !memcmp(slot->key, key, size)))
			return slot;
	}
}

static void names_widen(struct names *names)
{
	struct names wider = *names;

	wider.num_slots = names->num_slots ? 2 * names->num_slots : FIRST_SLOTS;
	wider.slots = memory_alloc(wider.num_slots, sizeof(*wider.slots));
	for (size_t i = 0; i < names->num_slots; i++) {
		const struct name *name = &names->slots[i];

		if (name->key)
			*names_slot(&wider, name->key, name->size, name->hash) = *name;
	}
	free(names->slots);
	*names = wider;
}

void names_free(struct names *names)
{
	free(names->slots);
	pool_free(names->keys);
	memset(names, 0, sizeof(*names));
}

uint32_t names_find(const struct names *names, const void *key, size_t size)
{
	const struct name *slot;

	if (!names->num_names)
		return NAMES_NONE;
	slot = names_slot(names, key, size, hash_bytes(key, size));
	return slot->key ? slot->value : NAMES_NONE;
}

uint32_t names_add(struct names *names, const void *key, size_t size, uint32_t value)
{
	uint32_t hash = hash_bytes(key, size);
	struct name *slot;

	if (4 * names->num_names >= 3 * names->num_slots)
		names_widen(names);
	slot = names_slot(names, key, size, hash);
	if (slot->key)
		return slot->value;
	if (!names->keys)
		names->keys = pool_new();
	slot->key = pool_string(names->keys, key, size);
	slot->size = size;
	slot->hash = hash;
	slot->value = value;
	names->num_names++;
	return value;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Letters to insert, drop or change to turn one word into the other; case counts for nothing. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[LONGEST_NEAR + 1];
	size_t size = strlen(b);

	for (size_t j = 0; j <= size; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		unsigned int diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < size; j++) {
			unsigned int best = diagonal + (lower(a[i]) != lower(b[j]));

			diagonal = row[j + 1];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (diagonal + 1 < best)
				best = diagonal + 1;
			row[j + 1] = best;
		}
	}
	return row[size];
}

static bool is_near(const char *name, const char *word)
{
	size_t size = strlen(word), name_size = strlen(name);
	size_t most = 1 + size / 4;

	if (size > LONGEST_NEAR || name_size > size + most || size > name_size + most)
		return false;
	return name_size <= LONGEST_NEAR && distance(word, name) <= most;
}

/* Are there names like the word at all? */
static bool any_near(const char *const *all, size_t num, const char *word)
{
	for (size_t i = 0; i < num; i++) {
		if (all[i] && is_near(all[i], word))
			return true;
	}
	return false;
}

char *names_near(const char *const *all, size_t num, const char *word, bool *near)
{
	const char *listed[MOST_CANDIDATES];
	size_t count = 0, size;
	char *text = NULL;
	FILE *out;

	*near = any_near(all, num, word);
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (size_t i = 0; i < num; i++) {
		size_t known = 0;

		if (!all[i] || (*near && !is_near(all[i], word)))
			continue;
		while (known < count && strcmp(listed[known], all[i]))
			known++;
		if (known < count)
			continue;
		if (count == MOST_CANDIDATES) {
			fputs(", ...", out);
			break;
		}
		fputs(count ? ", " : "", out);
		text_quote(all[i], SIZE_MAX, out);
		listed[count++] = all[i];
	}
	fclose(out);
	if (!count) {
		free(text);
		return NULL;
	}
	return text;
}
