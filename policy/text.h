/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from others: decodes UTF-8, and escapes what must not reach a terminal. */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Decodes one character of UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF). Returns
 * its size, 1 to 4 bytes, and sets *code; returns 0 if the bytes before @end are not valid.
 */
size_t text_char(const char *text, const char *end, uint32_t *code);

/* Is it a C0 or C1 control character, or DEL? These move the cursor and break lines. */
bool text_is_control(uint32_t code);

/*
 * Is it invisible, or does it change the order in which text is shown (bidirectional controls)?
 * Such characters can make a line look like another one.
 */
bool text_is_invisible(uint32_t code);

/* The size of the first character; 0 if it is invalid, a control character or invisible. */
size_t text_plain_char(const char *text, const char *end);

/* Are all characters valid, and neither control characters nor invisible? */
bool text_is_plain(const char *text, size_t size);

/*
 * The following calls escape bytes that others chose: program names, labels, line names, words of a
 * policy. Each byte of a character that is not plain becomes \xNN, so it cannot move the cursor,
 * end a line or look like another field. They read at most @max bytes, and stop at a NUL. Memory
 * that they return is to be freed.
 */

/* For a field that has no quotes. A backslash is doubled, so the bytes can be recovered. */
char *text_clean(const char *bytes, size_t max);
void text_put(const char *bytes, size_t max, FILE *out);

/* In double quotes, as in a policy: a quote becomes \". */
void text_quote(const char *bytes, size_t max, FILE *out);

/*
 * text_quoted() - text_quote() for messages
 *
 * Shows at most the first TEXT_QUOTED bytes, then an ellipsis. Returns one of 8 static buffers,
 * which are used in turn: a message may have at most 8 of them.
 */
#define TEXT_QUOTED 128u
const char *text_quoted(const char *bytes, size_t max);

/*
 * Prints a message in which names are quoted already, so backslashes stay as they are. Allocates no
 * memory: the message may be that there is none.
 */
void text_message(const char *text, FILE *out);

#endif
