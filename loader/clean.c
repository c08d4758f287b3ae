// SPDX-License-Identifier: GPL-2.0-or-later
/* See clean.h. The locale plays no part: what is printed is the same for everyone. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/clean.h"
#include "loader/memory.h"
#include "policy/text.h"

/* Format characters that show nothing, or show what follows elsewhere than where it stands. */
static bool invisible(uint32_t code)
{
	return code == 0xad || code == 0x061c || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
	       code == 0xfeff || (code >= 0xe0000 && code <= 0xe0fff);
}

/* Bytes of the printable character that @text begins with, 0 when it begins with none. */
static size_t printable(const char *text, const char *end)
{
	uint32_t code;
	size_t size = text_char(text, end, &code);

	return size && !text_is_control(code) && !invisible(code) ? size : 0;
}

char *clean_text(const char *bytes, size_t max)
{
	const char *end = bytes + strnlen(bytes, max);
	char *text = memory(malloc(4 * (end - bytes) + 1));
	char *to = text;

	while (bytes < end) {
		size_t length = printable(bytes, end);

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

bool is_clean_text(const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		size_t length = printable(text, end);

		if (!length)
			return false;
		text += length;
	}
	return true;
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
