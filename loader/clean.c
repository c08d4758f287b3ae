// SPDX-License-Identifier: GPL-2.0-or-later
/* See clean.h. The locale plays no part: what is printed is the same for everyone. */
#include <stdlib.h>
#include <string.h>

#include "loader/clean.h"
#include "loader/memory.h"
#include "policy/text.h"

char *clean_text(const char *bytes, size_t max)
{
	const char *end = bytes + strnlen(bytes, max);
	char *text = memory(malloc(4 * (end - bytes) + 1));
	char *to = text;

	while (bytes < end) {
		size_t length = text_plain_char(bytes, end);

		if (!length) {
			length = 1;
			to += sprintf(to, "\\x%02x", (unsigned char)*bytes);
		} else {
			if (*bytes == '\\')
				*to++ = '\\';
			memcpy(to, bytes, length);
			to += length;
		}
		bytes += length;
	}
	*to = '\0';
	return text;
}

void quote_text(FILE *out, const char *bytes, size_t max)
{
	char *text = clean_text(bytes, max);

	putc('"', out);
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			putc('\\', out);
		putc(*c, out);
	}
	putc('"', out);
	free(text);
}
