/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters: UTF-8, what is safe to show on a terminal, and how the rest is shown. */
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

/*
 * How bytes that others chose are shown (program names, labels, line names, words of a policy):
 * each byte of what may not be shown becomes \xNN, so that nothing of it can move a cursor, end a
 * line or pass for another field. @max: bytes at most, which a NUL ends sooner. What returns memory
 * returns it to be freed.
 */

/* A field of its own: a backslash is doubled, so that nothing is lost. */
char *text_clean(const char *bytes, size_t max);
void text_put(const char *bytes, size_t max, FILE *out);

/* The same in double quotes, a quote in it as \": as a policy has it. */
void text_quote(const char *bytes, size_t max, FILE *out);

/*
 * text_quoted() - text_quote() for messages
 *
 * At most the first TEXT_QUOTED bytes, then an ellipsis. It is in one of 8 buffers, which are used
 * in turn: no message may quote more.
 */
#define TEXT_QUOTED 128u
const char *text_quoted(const char *bytes, size_t max);

/*
 * Print a message, in which names are quoted already: backslashes are left as they are. It takes no
 * memory, of whose want it may have to tell.
 */
void text_message(const char *text, FILE *out);

#endif
