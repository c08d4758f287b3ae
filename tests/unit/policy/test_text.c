// SPDX-License-Identifier: GPL-2.0-or-later
/* Text from others cannot end a line, move the cursor or reorder text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/text.h"

static const struct {
	const char *bytes, *clean;
} cases[] = {
	{"lab-a", "lab-a"},
	{"", ""},
	{"a\tb\nc\x7f", "a\\x09b\\x0ac\\x7f"},
	{"\x1b[31m", "\\x1b[31m"},
	{"a\\b", "a\\\\b"},
	{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x8c", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x8c"},
	{"\xc3", "\\xc3"},			      /* truncated */
	{"\xc0\xaf", "\\xc0\\xaf"},		      /* not in shortest form */
	{"\xed\xa0\x80", "\\xed\\xa0\\x80"},	      /* a surrogate */
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
	{"\xc2\x9b", "\\xc2\\x9b"},		      /* C1: CSI */
	{"\xe2\x80\xae", "\\xe2\\x80\\xae"},	      /* right-to-left override */
	{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},	      /* isolate */
	{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},	      /* byte order mark */
};

static void cleans_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *clean = text_clean(cases[i].bytes, SIZE_MAX);

		assert_string_equal(clean, cases[i].clean);
		assert_true(text_is_plain(clean, strlen(clean)));
		free(clean);
	}
}

static void stops_at_the_limit(void **state)
{
	static const char comm[4] = {'g', 'p', 'i', 'o'}; /* without a NUL */
	char *clean = text_clean(comm, sizeof(comm));

	(void)state;
	assert_string_equal(clean, "gpio");
	free(clean);
	clean = text_clean("a\xc3\xa9", 2); /* a character cut in two */
	assert_string_equal(clean, "a\\xc3");
	free(clean);
}

static void knows_what_is_not_plain(void **state)
{
	(void)state;
	assert_true(text_is_plain("", 0));
	assert_false(text_is_plain("a\tb", 3));
	assert_false(text_is_plain("a\0b", 3));
	assert_false(text_is_plain("\xc3", 1));
	assert_false(text_is_plain("a\xe2\x80\xaetxt", 7)); /* right-to-left override */
}

static void quotes_quotes(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	text_quote("3.5\" \n", SIZE_MAX, out);
	fclose(out);
	assert_string_equal(text, "\"3.5\\\" \\x0a\"");
	free(text);
	assert_string_equal(text_quoted("3.5\" \\n", SIZE_MAX), "\"3.5\\\" \\\\n\"");
	assert_string_equal(text_quoted("header 3", 6), "\"header\"");
}

/* A long text is cut between characters; invalid bytes are cut anywhere. */
static void quotes_the_first_part(void **state)
{
	char bytes[TEXT_QUOTED + 3], wanted[4 * TEXT_QUOTED + 8] = "\"";

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes + TEXT_QUOTED - 1, "\xc3\xa9", 2);
	memset(wanted + 1, 'a', TEXT_QUOTED - 1);
	strcpy(wanted + TEXT_QUOTED, "...\"");
	assert_string_equal(text_quoted(bytes, sizeof(bytes)), wanted);
	memset(bytes, 0xbf, sizeof(bytes));
	for (size_t i = 0; i < TEXT_QUOTED; i++)
		memcpy(wanted + 1 + 4 * i, "\\xbf", 4);
	strcpy(wanted + 1 + 4 * TEXT_QUOTED, "...\"");
	assert_string_equal(text_quoted(bytes, sizeof(bytes)), wanted);
}

/* Names in a message are quoted already. */
static void leaves_backslashes_in_messages(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	text_message("no \"a\\\"b\"\n\xe2\x80\xae!", out);
	fclose(out);
	assert_string_equal(text, "no \"a\\\"b\"\\x0a\\xe2\\x80\\xae!");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleans_text),
		cmocka_unit_test(stops_at_the_limit),
		cmocka_unit_test(knows_what_is_not_plain),
		cmocka_unit_test(quotes_quotes),
		cmocka_unit_test(quotes_the_first_part),
		cmocka_unit_test(leaves_backslashes_in_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
