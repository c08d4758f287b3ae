/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Near names: see suggest.h. */
#include "policy/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"

#define LONGEST_NEAR	64u /* longer words are not compared letter by letter */
#define MOST_CANDIDATES 8u

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Levenshtein distance of two words, case ignored. */
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

/* How many letters may be wrong in a word. */
static size_t most_wrong(const char *word)
{
	return 1 + strlen(word) / 4;
}

/* The distance of a name that resembles a word; SIZE_MAX if it does not. */
static size_t near_distance(const char *name, const char *word)
{
	size_t size = strlen(word), name_size = strlen(name), most = most_wrong(word), wrong;

	if (size > LONGEST_NEAR || name_size > LONGEST_NEAR || name_size > size + most ||
	    size > name_size + most)
		return SIZE_MAX;
	wrong = distance(word, name);
	return wrong <= most ? wrong : SIZE_MAX;
}

static bool is_near(const char *name, const char *word)
{
	return near_distance(name, word) != SIZE_MAX;
}

const char *suggest_word(const char *const *all, size_t num, const char *word)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < num; i++) {
		size_t wrong = near_distance(all[i], word);

		if (wrong < least) {
			least = wrong;
			nearest = all[i];
		}
	}
	return nearest;
}

/* Does any name resemble the word? */
static bool any_near(const char *const *all, size_t num, const char *word)
{
	for (size_t i = 0; i < num; i++) {
		if (all[i] && is_near(all[i], word))
			return true;
	}
	return false;
}

char *suggest_names(const char *const *all, size_t num, const char *word, bool *near)
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
