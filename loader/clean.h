/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that others chose (program names, labels, line names), made safe to show. */
#ifndef LOADER_CLEAN_H
#define LOADER_CLEAN_H

#include <stddef.h>
#include <stdio.h>

/*
 * clean_text() - bytes as printable UTF-8 of one line
 * @bytes: ends at the first NUL or after @max bytes
 *
 * A backslash is doubled; whatever may not be shown (policy/text.h) becomes \xNN, byte by byte.
 * Nothing is lost, nothing can move a cursor, end a line or pretend to be another field. The caller
 * frees.
 */
char *clean_text(const char *bytes, size_t max);

/* Print the cleaned bytes in double quotes, a quote among them as \". */
void quote_text(FILE *out, const char *bytes, size_t max);

#endif
