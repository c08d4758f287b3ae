/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from others: see text.h. */
#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

#include "policy/xalloc.h"

size_t text_char(const char *text, const char *end, uint32_t *code)
{
	/* the lowest code point of each length: a lower one is not in shortest form */
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size;

	if (bytes[0] < 0x80) {
		*code = bytes[0];
		return 1;
	}
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	size = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if ((size_t)(end - text) < size)
		return 0;
	*code = bytes[0] & (0x7f >> size);
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (bytes[i] & 0x3f);
	}
	if (*code < smallest[size] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return size;
}

bool text_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool text_is_invisible(uint32_t code)
{
	return code == 0xad || code == 0x061c || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
	       code == 0xfeff || (code >= 0xe0000 && code <= 0xe0fff);
}

size_t text_plain_char(const char *text, const char *end)
{
	uint32_t code;
	size_t size = text_char(text, end, &code);

	return size && !text_is_control(code) && !text_is_invisible(code) ? size : 0;
}

bool text_is_plain(const char *text, size_t size)
{
	const char *end = text + size;
	size_t step;

	for (; text < end; text += step) {
		step = text_plain_char(text, end);
		if (!step)
			return false;
	}
	return true;
}

/* ---- how bytes are shown -------------------------------------------------------------- */

#define SHOWN_CHAR	  6		    /* a character after a backslash, or \xNN; then NUL */
#define SHOWN_SIZE(bytes) (4 * (bytes) + 1) /* \xNN for each byte; then NUL */

/*
 * Escapes one character, with a backslash if it is one of @escaped. Returns how many bytes it was.
 */
static size_t show_char(const char *bytes, const char *end, const char *escaped,
			char shown[SHOWN_CHAR])
{
	size_t size = text_plain_char(bytes, end);

	if (!size) {
		sprintf(shown, "\\x%02x", (unsigned char)*bytes);
		return 1;
	}
	if (strchr(escaped, *bytes))
		*shown++ = '\\';
	memcpy(shown, bytes, size);
	shown[size] = '\0';
	return size;
}

/* Escapes bytes up to @end; returns the end of the output. */
static char *show(char *to, const char *bytes, const char *end, const char *escaped)
{
	char piece[SHOWN_CHAR];

	*to = '\0';
	while (bytes < end) {
		bytes += show_char(bytes, end, escaped, piece);
		to = stpcpy(to, piece);
	}
	return to;
}

static char *shown(const char *bytes, size_t max, const char *escaped)
{
	size_t size = strnlen(bytes, max);
	char *text = xcalloc(SHOWN_SIZE(size), 1);

	show(text, bytes, bytes + size, escaped);
	return text;
}

char *text_clean(const char *bytes, size_t max)
{
	return shown(bytes, max, "\\");
}

void text_put(const char *bytes, size_t max, FILE *out)
{
	char *text = text_clean(bytes, max);

	fputs(text, out);
	free(text);
}

void text_quote(const char *bytes, size_t max, FILE *out)
{
	char *text = shown(bytes, max, "\\\"");

	putc('"', out);
	fputs(text, out);
	putc('"', out);
	free(text);
}

/* The longest part, up to @most bytes, that ends with a whole character; @most if there is none. */
static size_t whole_characters(const char *bytes, size_t most)
{
	size_t size = most;

	while (size && (bytes[size] & 0xc0) == 0x80)
		size--;
	return size ? size : most;
}

const char *text_quoted(const char *bytes, size_t max)
{
	static char buffers[8][SHOWN_SIZE(TEXT_QUOTED) + sizeof("\"...\"")];
	static unsigned int next;
	char *text = buffers[next++ % (sizeof(buffers) / sizeof(*buffers))], *to = text;
	size_t size = strnlen(bytes, max);
	bool cut = size > TEXT_QUOTED;

	if (cut)
		size = whole_characters(bytes, TEXT_QUOTED);
	*to++ = '"';
	to = show(to, bytes, bytes + size, "\\\"");
	strcpy(to, cut ? "...\"" : "\"");
	return text;
}

void text_message(const char *text, FILE *out)
{
	const char *end = text + strlen(text);
	char piece[SHOWN_CHAR];

	while (text < end) {
		text += show_char(text, end, "", piece);
		fputs(piece, out);
	}
}
