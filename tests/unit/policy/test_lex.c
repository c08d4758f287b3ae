/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens: their kinds and places; near names; the hash table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/lex.h"
#include "policy/suggest.h"
#include "policy/table.h"
#include "policy/text.h"
#include "policy/xalloc.h"
#include "tests/unit/policy/reading.h"

static struct lexer lexer_of(const char *text, struct source *source, struct diag *diag)
{
	*source =
		(struct source){.name = (char *)"test", .text = (char *)text, .size = strlen(text)};
	return (struct lexer){.source = source, .diag = diag};
}

static void expect_token(struct lexer *lexer, enum token_kind kind, uint32_t line, uint32_t offset,
			 uint32_t size)
{
	struct token token = lex_token(lexer);

	assert_int_equal(token.kind, kind);
	assert_int_equal(token.span.line, line);
	assert_int_equal(token.span.offset, offset);
	assert_int_equal(token.span.size, size);
}

static void test_spans(void **state)
{
	const char *text = "on\ta[0-1,é] = \"x\\\"y\"z# note\n\n+5";
	struct diag *diag = diag_new();
	struct source source;
	struct lexer lexer = lexer_of(text, &source, diag);

	(void)state;
	assert_true(lex_line(&lexer));
	expect_token(&lexer, TOKEN_WORD, 1, 0, 2);
	expect_token(&lexer, TOKEN_WORD, 1, 3, 1);
	expect_token(&lexer, TOKEN_OPEN, 1, 4, 1);
	expect_token(&lexer, TOKEN_WORD, 1, 5, 3);
	expect_token(&lexer, TOKEN_COMMA, 1, 8, 1);
	expect_token(&lexer, TOKEN_WORD, 1, 9, 2);
	expect_token(&lexer, TOKEN_CLOSE, 1, 11, 1);
	expect_token(&lexer, TOKEN_EQUALS, 1, 13, 1);
	expect_token(&lexer, TOKEN_STRING, 1, 15, 6);
	expect_token(&lexer, TOKEN_WORD, 1, 21, 1);
	expect_token(&lexer, TOKEN_END, 1, 22, 0);
	expect_token(&lexer, TOKEN_END, 1, 22, 0);
	assert_int_equal(lexer.comment.offset, 22);
	assert_int_equal(lexer.comment.size, 6);
	assert_true(lex_line(&lexer));
	expect_token(&lexer, TOKEN_END, 2, 29, 0);
	assert_int_equal(lexer.comment.size, 0);
	assert_false(lex_line(&lexer));
	assert_int_equal(diag_errors(diag), 1);
	diag_free(diag);
}

static void test_string(void **state)
{
	struct pool *pool = pool_new();
	struct diag *diag = diag_new();
	struct source source;
	struct lexer lexer = lexer_of("\"a\\\\\\\"b #\" \"bad\\n\"\n", &source, diag);
	struct token token;

	(void)state;
	assert_true(lex_line(&lexer));
	token = lex_token(&lexer);
	assert_string_equal(token_string(&token, pool), "a\\\"b #");
	token = lex_token(&lexer);
	assert_int_equal(token.kind, TOKEN_BAD);
	assert_int_equal(diag_errors(diag), 1);
	diag_free(diag);
	pool_free(pool);
}

/* Shortest form only, no surrogates, nothing above U+10FFFF, nothing truncated. */
static void test_characters(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		uint32_t code;
	} cases[] = {
		{"a", 1, 'a'},
		{"\x7f", 1, 0x7f},
		{"\xc2\x80", 2, 0x80},
		{"\xc3\xa9", 2, 0xe9},
		{"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff},
		{"\xef\xbf\xbf", 3, 0xffff},
		{"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
		{"\x80", 0, 0},
		{"\xc1\xbf", 0, 0},
		{"\xe0\x9f\xbf", 0, 0},
		{"\xed\xa0\x80", 0, 0},
		{"\xf0\x8f\xbf\xbf", 0, 0},
		{"\xf4\x90\x80\x80", 0, 0},
		{"\xf5\x80\x80\x80", 0, 0},
		{"\xff", 0, 0},
		{"\xc3", 0, 0},
		{"\xe2\x82", 0, 0},
		{"\xc3"
		 "a",
		 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;
		uint32_t code = 0;

		assert_int_equal(text_char(text, text + strlen(text), &code), cases[i].size);
		if (cases[i].size)
			assert_int_equal(code, cases[i].code);
	}
	assert_true(text_is_control(0x85));
	assert_true(text_is_control(0x1b));
	assert_false(text_is_control(0xa0));
	assert_true(text_is_invisible(0x202e));
	assert_false(text_is_invisible(0x2030));
}

static void test_names(void **state)
{
	struct table names = {0};
	char key[16];

	(void)state;
	assert_int_equal(table_find(&names, "a", 1), TABLE_NONE);
	for (uint32_t i = 0; i < 5000; i++) {
		int size = snprintf(key, sizeof(key), "key%u", i);

		assert_int_equal(table_add(&names, key, size, i), i);
		assert_int_equal(table_add(&names, key, size, i + 1), i);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		int size = snprintf(key, sizeof(key), "key%u", i);

		assert_int_equal(table_find(&names, key, size), i);
		assert_int_equal(table_find(&names, key, size - 1), i < 10 ? TABLE_NONE : i / 10);
	}
	table_free(&names);
}

static void expect_near(const char *const *all, size_t num, const char *word, const char *list,
			bool expected)
{
	bool near;
	char *text = suggest_names(all, num, word, &near);

	assert_string_equal(text, list);
	assert_int_equal(near, expected);
	free(text);
}

static void test_near(void **state)
{
	static const char *const all[] = {"RELAY0", NULL, "LED", "relay1", "LED", "A",
					  "B",	    "C",  "D",	 "E",	   "F",	  "G"};
	bool near;

	(void)state;
	expect_near(all, 12, "RELAY", "\"RELAY0\", \"relay1\"", true);
	expect_near(all, 12, "LDE0RELAY",
		    "\"RELAY0\", \"LED\", \"relay1\", \"A\", \"B\", \"C\", \"D\", \"E\", ...",
		    false);
	expect_near(all, 4, "zzzzzz", "\"RELAY0\", \"LED\", \"relay1\"", false);
	assert_null(suggest_names(all + 1, 1, "x", &near));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),	   cmocka_unit_test(test_string),
		cmocka_unit_test(test_characters), cmocka_unit_test(test_names),
		cmocka_unit_test(test_near),
	};

	return cmocka_run_group_tests_name("policy: tokens", tests, NULL, NULL);
}
