/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/text.h"

size_t text_char(const char *text, const char *end, uint32_t *code)
{
	/* the smallest character that needs so many bytes: anything lower is not shortest form */
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

void text_quote(const char *text, FILE *out)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}
