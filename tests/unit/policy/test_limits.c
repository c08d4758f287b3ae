/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits, each from both sides; and input that git would change or that is too large to store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/policy/reading.h"

#define REFUSED(text, error) test_refused(text, sizeof(text) - 1, error)

static void test_bytes(void **state)
{
	(void)state;
	REFUSED("set root\0enforce\n", "test:1:9: error: NUL byte");
	REFUSED("# \033[31m\n", "test:1:3: error: control character U+001B");
	REFUSED("# \x7f\n", "control character U+007F");
	REFUSED("# \xc2\x85\n", "control character U+0085");
	REFUSED("# \xe2\x80\xae\n", "test:1:3: error: invisible character U+202E");
	REFUSED("# a\xe2\x80\x8b\n", "test:1:4: error: invisible character U+200B");
	REFUSED("# \xc3\n", "test:1:3: error: byte 0xc3 is not valid UTF-8");
	REFUSED("# caf\xe9\n", "save the file as UTF-8");
	REFUSED("# \xed\xa0\x80\n", "not valid UTF-8");
	REFUSED("set\rroot enforce\n", "carriage return within a line");
	REFUSED("#\n\xef\xbb\xbfset root enforce\n", "test:2:1: error: invisible character U+FEFF");
}

/* Invalid bytes and bidirectional controls are not printed. */
static void test_shown_bytes(void **state)
{
	(void)state;
	REFUSED("ab \033\xff\n", "| ab ??\n");
	REFUSED("ab \xe2\x80\xae|\n", "| ab ?|\n");
}

/*
 * The error is reported once for the file, with its remedy; the rest is read, and has an error,
 * too.
 */
static void expect_once(const char *text, const char *error, const char *remedy, const char *rest)
{
	struct diag *diag = diag_new();
	char *messages;

	assert_null(policy_read_text("test", text, strlen(text), &test_machine, diag));
	messages = test_messages(diag);
	assert_int_equal(diag_errors(diag), 2);
	assert_non_null(strstr(messages, error));
	assert_non_null(strstr(messages, remedy));
	assert_non_null(strstr(messages, rest));
	free(messages);
	diag_free(diag);
}

static void test_windows(void **state)
{
	(void)state;
	expect_once("set root enforce\r\nset mode enforced\r\n",
		    "test:1:17: error: Windows line endings", "sed -i 's/\\r$//' test",
		    "test:2:10: error: expected a value, got \"enforced\"");
}

static void test_byte_order_mark(void **state)
{
	(void)state;
	expect_once("\xef\xbb\xbfset root enforced\n",
		    "test:1:1: error: byte order mark at the start",
		    "sed -i '1s/^\\xef\\xbb\\xbf//' test\n",
		    "error: expected a value, got \"enforced\"");
}

static void test_no_newline(void **state)
{
	(void)state;
	REFUSED("set root enforce", "test:1:1: error: no newline at the end");
	REFUSED("set root enforce\n ", "test:2:1: error: no newline at the end");
}

static char *comment_line(size_t size)
{
	char *text = malloc(size + 2);

	memset(text, '#', size);
	strcpy(text + size, "\n");
	return text;
}

static void test_line(void **state)
{
	char *text = comment_line(POLICY_MAX_LINE);

	(void)state;
	policy_free(test_read(text));
	free(text);
	text = comment_line(POLICY_MAX_LINE + 1);
	test_refused(text, strlen(text), "line too long: 65537 bytes (limit 65536)");
	free(text);
	text = comment_line(1 << 20);
	test_refused(text, strlen(text), "line too long: 1048576 bytes");
	free(text);
}

static void test_file(void **state)
{
	size_t size = (size_t)POLICY_MAX_FILE + 1;
	char *text = malloc(size);

	(void)state;
	memset(text, '\n', size);
	test_refused(text, size, "test is too large (limit 256 MiB)");
	free(text);
}

/* A word as long as a line is quoted in part. */
static void test_word(void **state)
{
	char *text = comment_line(POLICY_MAX_LINE);

	(void)state;
	memset(text, 'a', POLICY_MAX_LINE);
	test_refused(text, strlen(text), "expected a statement, got \"aaaaaaa");
	memcpy(text, "allow user ", 11);
	test_refused(text, strlen(text), "unknown user \"aaaa");
	free(text);
}

/* Repeats lines; @format gets the number of the repetition. */
static char *repeat(const char *head, const char *format, size_t times, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	fputs(head, out);
	for (size_t i = 0; i < times; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		fprintf(out, format, (unsigned int)i);
#pragma GCC diagnostic pop
	}
	fclose(out);
	return text;
}

/* Each of a million rules is in the image. */
static void test_million_rules(void **state)
{
	struct diag *diag = diag_new();
	struct policy *policy;
	struct image *image;
	size_t size;
	char *text = repeat("chip c label \"lab-a\"\n", "allow user %u input on c 1 3\n", 1000000,
			    &size);

	(void)state;
	policy = policy_read_text("test", text, size, &test_machine, diag);
	free(text);
	assert_non_null(policy);
	assert_int_equal(policy->num_rules, 1000000);
	image = policy_compile(policy, diag);
	policy_free(policy);
	assert_non_null(image);
	for (uint32_t i = 0; i < 1000000; i += 9999) {
		struct gpio_acl_key key = {
			.table = GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_USER,
			.id = i,
			.chip = image_chip(image, GPIO_ACL_BY_LABEL, "lab-a"),
		};
		const union gpio_acl_value *value = image_lookup(image, &key);

		assert_non_null(value);
		assert_int_equal(value->lines.allow[GPIO_ACL_RIGHT_INPUT], 10);
	}
	image_free(image);
	diag_free(diag);
}

static void test_too_many_lines(void **state)
{
	size_t size;
	char *text =
		repeat("chip c label \"absent\"\n", "allow user %u all on c 0-65535\n", 513, &size);

	(void)state;
	test_refused(
		text, size,
		"test:514:1: error: too many lines named in rules and aggregates (limit 33554432)");
	free(text);
}

/* The lines of the aggregate count, and again for each rule on it. */
static void test_too_many_aggregate_lines(void **state)
{
	size_t size;
	char *text = repeat("chip c label \"absent\"\naggregate a = c 0-65535\n",
			    "allow user %u all on a\n", 512, &size);

	(void)state;
	test_refused(text, size, "test:514:1: error: too many lines");
	free(text);
}

/* 8,000 users on 1,024 blocks of 64 lines. */
static void test_too_many_entries(void **state)
{
	struct diag *diag = diag_new();
	struct policy *policy;
	size_t size;
	char *text, *messages, *line = strdup("chip c label \"absent\"\naggregate a = c"), *longer;

	(void)state;
	for (int block = 0; block < 1024; block++) {
		assert_true(asprintf(&longer, "%s %d", line, 64 * block) > 0);
		free(line);
		line = longer;
	}
	assert_true(asprintf(&longer, "%s\n", line) > 0);
	text = repeat(longer, "allow user %u input on a\n", 8000, &size);
	policy = policy_read_text("test", text, size, &test_machine, diag);
	assert_non_null(policy);
	assert_null(policy_compile(policy, diag));
	messages = test_messages(diag);
	assert_non_null(strstr(messages, "(limit 8000000 entries)"));
	free(messages);
	free(line);
	free(longer);
	free(text);
	policy_free(policy);
	diag_free(diag);
}

/* A rule of the longest line is too long with its origin. */
static void test_canonical_line(void **state)
{
	struct diag *diag = diag_new();
	char *text = malloc(POLICY_MAX_LINE + 100), *line, *messages;
	struct policy *policy;

	(void)state;
	line = text + sprintf(text, "chip c label \"absent\"\n");
	strcpy(line, "allow user 1 input on c");
	for (size_t n = 10000; strlen(line) + 6 <= POLICY_MAX_LINE; n += 2)
		sprintf(line + strlen(line), " %zu", n);
	strcat(line, "\n");
	policy = policy_read_text("test", text, strlen(text), &test_machine, diag);
	assert_non_null(policy);
	assert_null(policy_compile(policy, diag));
	messages = test_messages(diag);
	assert_non_null(strstr(messages, "split it into several"));
	free(messages);
	free(text);
	policy_free(policy);
	diag_free(diag);
}

static void test_most_messages(void **state)
{
	struct diag *diag = diag_new();
	size_t size;
	char *text = repeat("", "wrong %u\n", 5000, &size), *messages;

	(void)state;
	assert_null(policy_read_text("test", text, size, &test_machine, diag));
	assert_int_equal(diag_errors(diag), 5000);
	messages = test_messages(diag);
	assert_non_null(strstr(messages, "test:100:1: error"));
	assert_null(strstr(messages, "test:101:1: error"));
	assert_non_null(strstr(messages, "... and 4900 more errors\n"));
	free(messages);
	free(text);
	diag_free(diag);
}

static void test_colour(void **state)
{
	struct diag *diag = diag_new();
	char *plain, *coloured = NULL;
	size_t size;
	FILE *out;

	(void)state;
	assert_null(policy_read_text("test", "wrong\n", 6, &test_machine, diag));
	plain = test_messages(diag);
	assert_null(strchr(plain, '\033'));
	out = open_memstream(&coloured, &size);
	diag_print(diag, out, true);
	fclose(out);
	assert_non_null(strstr(coloured, "test:1:1: \033[1;31merror:\033[0m "));
	free(plain);
	free(coloured);
	diag_free(diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_shown_bytes),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_byte_order_mark),
		cmocka_unit_test(test_no_newline),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_million_rules),
		cmocka_unit_test(test_too_many_lines),
		cmocka_unit_test(test_too_many_aggregate_lines),
		cmocka_unit_test(test_too_many_entries),
		cmocka_unit_test(test_canonical_line),
		cmocka_unit_test(test_most_messages),
		cmocka_unit_test(test_colour),
	};

	return cmocka_run_group_tests_name("policy: limits", tests, NULL, NULL);
}
