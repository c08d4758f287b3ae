/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters: UTF-8 and what is safe to show on a terminal. */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Bytes of the character at @text, 1..4, and which it is; 0 when the bytes before @end are not
 * one character of valid UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
 */
size_t text_char(const char *text, const char *end, uint32_t *code);

/* C0, DEL and C1: what moves cursors and breaks lines. */
bool text_is_control(uint32_t code);

/*
 * Format characters that show nothing, or show what follows elsewhere than where it stands
 * (bidirectional ones): with these a line can be made to look like another one.
 */
bool text_is_invisible(uint32_t code);

/* Bytes of the character that @text begins with; 0 when it is none, or may not be shown. */
size_t text_plain_char(const char *text, const char *end);

/* May every character of it be shown: is all of it valid, and neither control nor invisible? */
bool text_is_plain(const char *text, size_t size);

/* Print text in double quotes, as a policy has it: a quote and a backslash after a backslash. */
void text_quote(const char *text, FILE *out);

#endif
