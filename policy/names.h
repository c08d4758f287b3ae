/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bytes stand for: a table from keys (names, or any bytes) to numbers, found in constant time
 * however many there are; and, for a name that is in no table, the ones that look like it.
 */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_NONE UINT32_MAX

struct names {
	struct name *slots;
	size_t num_slots, num_names;
	struct pool *keys;
};

/* A table starts as all zeros. */
void names_free(struct names *names);

/* The number of a key, or NAMES_NONE. */
uint32_t names_find(const struct names *names, const void *key, size_t size);

/*
 * The number of a key; one that is not in the table is copied into it with @value first, so a
 * return other than @value says that it was there.
 */
uint32_t names_add(struct names *names, const void *key, size_t size, uint32_t value);

/*
 * names_near() - candidates for a mistyped word, as text for a note
 * @all: names there are; NULLs and repetitions are passed over
 * @near: set to whether the text lists only names that resemble @word; else they are all names,
 *	  or the first of them and an ellipsis
 *
 * Returns `"a", "b"`, to be freed, or NULL when there are no names.
 */
char *names_near(const char *const *all, size_t num, const char *word, bool *near);

#endif
