/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Near names: finds the names that a mistyped word may have been meant for, by edit distance, so
 * that an error can suggest them.
 */
#ifndef POLICY_SUGGEST_H
#define POLICY_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * suggest_names() - candidates for a mistyped word, as text for a note
 * @all: @num names; NULLs and repetitions are skipped
 * @word: what was written
 * @near: set to true if the text lists only names that resemble @word; to false if none does: the
 *	  text then lists all names, or the first few of them and an ellipsis
 *
 * Returns `"a", "b"`, to be freed, or NULL if there are no names.
 */
char *suggest_names(const char *const *all, size_t num, const char *word, bool *near);

/* The one of @num names that @word resembles most, or NULL if it resembles none. */
const char *suggest_word(const char *const *all, size_t num, const char *word);

#endif
