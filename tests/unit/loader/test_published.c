// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of published aggregates accepts what the writer writes, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "folder_fixture.h"
#include "loader/aggregates/read.h"

#define HEAD "# gpio-acl aggregate 1 relays\n"
#define MAP  HEAD "0\t-\t-\t-\t-\n"

/* Invalid text, and the line of the error. */
static const struct {
	const char *text;
	size_t line;
} wrong[] = {
	{"", 1},
	{"# gpio-acl aggregate 2 relays\n", 1},
	{"# gpio-acl aggregate 1 \n", 1},
	{"# gpio-acl aggregate 1 re/lays\n", 1},
	{"# gpio-acl aggregate 1 9lives\n", 1},
	{"# gpio-acl aggregate 1 relays", 1},
	{HEAD "0\tgpiochip0\t17\t-\tlab-a", 2},
	{HEAD "\n", 2},
	{HEAD "1\tgpiochip0\t17\t-\tlab-a\n", 2},
	{HEAD, 2},
	{HEAD "00\tgpiochip0\t17\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t17\t-\n", 2},
	{HEAD "0\tgpiochip0\t17\t-\tlab-a\t\n", 2},
	{HEAD "0\tgpiochip\t17\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0;reboot\t17\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip01\t17\t-\tlab-a\n", 2},
	{HEAD "0\t--help\t17\t-\tlab-a\n", 2},
	{HEAD "0\t\t17\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t65536\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t4294967297\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t99999999999999999999\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t-1\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t+1\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t 1\t-\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t17\t\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t17\t-\t\n", 2},
	{HEAD "0\tgpiochip0\t17\t\x1b[2J\tlab-a\n", 2},
	{HEAD "0\tgpiochip0\t17\t-\tlab\xff\n", 2},
	{HEAD "0\tgpiochip0\t17\t-\tlab-a\r\n", 2},
	{HEAD "0\tgpiochip0\t17\t-\tlab-a\n2\tgpiochip0\t18\t-\tlab-a\n", 3},
};

static void refuses_what_is_wrong(void **state)
{
	struct published map;
	size_t line;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		size_t size = strlen(wrong[i].text);
		char *text = memcpy(malloc(size + !size), wrong[i].text, size); /* not terminated */

		assert_non_null(published_parse(text, size, &map, &line));
		assert_int_equal(line, wrong[i].line);
		free(text);
	}
}

static void refuses_nul_bytes(void **state)
{
	static const char text[] = HEAD "0\tgpiochip0\t17\tA\0B\tlab-a\n";
	struct published map;
	size_t line;

	(void)state;
	assert_non_null(published_parse(text, sizeof(text) - 1, &map, &line));
	assert_int_equal(line, 2);
}

static void takes_what_is_right(void **state)
{
	static const char text[] = HEAD "0\tgpiochip0\t65535\tRELAY 1\tlab-a\n"
					"1\t-\t-\t-\t-\n";
	struct published map;
	size_t line;

	(void)state;
	assert_null(published_parse(text, sizeof(text) - 1, &map, &line));
	assert_int_equal(map.num_lines, 2);
	assert_int_equal(map.lines[0].offset, 65535);
	assert_string_equal(map.lines[0].name, "RELAY 1");
	assert_null(map.lines[1].chip);
	assert_null(map.lines[1].label);
	published_free(&map);
}

static void reads_only_its_own_name(void **state)
{
	struct published map;

	put_file(PATH_OF("relays"), MAP);
	put_file(PATH_OF("other"), MAP);
	put_file(PATH_OF("target"), "# gpio-acl aggregate 1 link\n");
	assert_int_equal(symlink("target", PATH_OF("link")), 0);
	assert_int_equal(mkfifo(PATH_OF("pipe"), 0644), 0);
	assert_int_equal(published_read(*state, "relays", &map), 0);
	published_free(&map);
	assert_int_equal(published_read(*state, "other", &map), -1);
	assert_int_equal(published_read(*state, "link", &map), -1);
	assert_int_equal(published_read(*state, "pipe", &map), -1);
	assert_int_equal(published_read(*state, "missing", &map), -1);
	assert_int_equal(published_read(*state, "../relays", &map), -1);
	assert_int_equal(published_read(*state, "", &map), -1);
}

static void lists_names_without_drafts(void **state)
{
	char **names;

	put_file(PATH_OF("relays"), MAP);
	put_file(PATH_OF("doors"), MAP);
	put_file(PATH_OF(".relays"), MAP);
	assert_int_equal(published_names(*state, &names), 2);
	assert_string_equal(names[0], "doors");
	assert_string_equal(names[1], "relays");
	free(names[0]);
	free(names[1]);
	free(names);
	assert_int_equal(published_names(PATH_OF("none"), &names), 0);
	assert_null(names);
}

static void knows_names(void **state)
{
	char longest[66];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_true(published_is_name(longest, 64));
	assert_false(published_is_name(longest, 65));
	assert_true(published_is_name("_a-9", 4));
	assert_false(published_is_name("-a", 2));
	assert_false(published_is_name("", 0));
	assert_false(published_is_name("a.b", 3));
	assert_false(published_is_name("a\0b", 3));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_wrong), cmocka_unit_test(refuses_nul_bytes),
		cmocka_unit_test(takes_what_is_right),	 TEST(reads_only_its_own_name),
		TEST(lists_names_without_drafts),	 cmocka_unit_test(knows_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
