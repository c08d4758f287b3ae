// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments that `resolve` prints, and the requests that it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder_fixture.h"
#include "loader/aggregates/select.h"

static const struct {
	const char *request;
	bool v1;
	enum exit_code code;
	const char *words;
} cases[] = {
	{"relays", false, EXIT_DONE, "-c gpiochip0 17 18 22 23\n"},
	{"relays", true, EXIT_DONE, "gpiochip0 17 18 22 23\n"},
	{"relays[0,2]", false, EXIT_DONE, "-c gpiochip0 17 22\n"},
	{"relays[2,0]", false, EXIT_DONE, "-c gpiochip0 22 17\n"},
	{"relays[1-3]", false, EXIT_DONE, "-c gpiochip0 18 22 23\n"},
	{"relays[0,2]=1,0", false, EXIT_DONE, "-c gpiochip0 17=1 22=0\n"},
	{"relays[0,2]=1,0", true, EXIT_DONE, "gpiochip0 17=1 22=0\n"},
	{"relays=1,1,0,0", false, EXIT_DONE, "-c gpiochip0 17=1 18=1 22=0 23=0\n"},
	{"mixed[0]", false, EXIT_DONE, "-c gpiochip0 4\n"},
	{"mixed[1]", false, EXIT_DONE, "-c gpiochip1 5\n"},
	{"mixed", false, EXIT_REFUSED, ""},
	{"mixed[0,1]", false, EXIT_REFUSED, ""}, /* two chips */
	{"mixed[2]", false, EXIT_REFUSED, ""},	 /* absent */
	{"mixed[3]", false, EXIT_REFUSED, ""},	 /* no offset yet */
	{"mixed[9]", false, EXIT_REFUSED, ""},	 /* beyond its end */
	{"relays[4]", false, EXIT_REFUSED, ""},	 /* just beyond */
	{"nosuch", false, EXIT_REFUSED, ""},
	{"large", false, EXIT_REFUSED, ""}, /* 65 lines */
	{"large[0-63]", false, EXIT_DONE, NULL},
	{"large[0-64]", false, EXIT_USAGE, ""},
	{"relays[0,2]=1", false, EXIT_USAGE, ""},
	{"relays[0]=1,0", false, EXIT_USAGE, ""},
	{"relays[0]=2", false, EXIT_USAGE, ""},
	{"relays[0]=", false, EXIT_USAGE, ""},
	{"relays[0]=1x", false, EXIT_USAGE, ""},
	{"relays[0,0]", false, EXIT_USAGE, ""},
	{"relays[0-2,1]", false, EXIT_USAGE, ""},
	{"relays[3-1]", false, EXIT_USAGE, ""},
	{"relays[]", false, EXIT_USAGE, ""},
	{"relays[0", false, EXIT_USAGE, ""},
	{"relays[0,]", false, EXIT_USAGE, ""},
	{"relays[1-]", false, EXIT_USAGE, ""},
	{"relays[-1]", false, EXIT_USAGE, ""},
	{"relays[0]x", false, EXIT_USAGE, ""},
	{"relays[99999999999999999999]", false, EXIT_USAGE, ""},
	{"../relays", false, EXIT_USAGE, ""},
	{"", false, EXIT_USAGE, ""},
	{"[0]", false, EXIT_USAGE, ""},
};

static void put_maps(void **state)
{
	FILE *large = fopen(PATH_OF("large"), "w");

	put_file(PATH_OF("relays"), "# gpio-acl aggregate 1 relays\n"
				    "0\tgpiochip0\t17\tRELAY0\tlab-a\n"
				    "1\tgpiochip0\t18\t-\tlab-a\n"
				    "2\tgpiochip0\t22\t; reboot\tlab-a\n"
				    "3\tgpiochip0\t23\t-\tlab-a\n");
	put_file(PATH_OF("mixed"), "# gpio-acl aggregate 1 mixed\n"
				   "0\tgpiochip0\t4\t-\tlab-a\n"
				   "1\tgpiochip1\t5\t-\tlab-b\n"
				   "2\t-\t6\t-\tusb\n"
				   "3\tgpiochip1\t-\tRELAY_EN\tlab-b\n");
	fputs("# gpio-acl aggregate 1 large\n", large);
	for (int i = 0; i < 65; i++)
		fprintf(large, "%d\tgpiochip0\t%d\t-\tlab-a\n", i, i);
	fclose(large);
}

static void prints_words(void **state)
{
	put_maps(state);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *words;
		size_t size;
		FILE *out = open_memstream(&words, &size);

		print_message("%s\n", cases[i].request);
		assert_int_equal(select_print(out, *state, cases[i].request, cases[i].v1),
				 cases[i].code);
		fclose(out);
		if (cases[i].words)
			assert_string_equal(words, cases[i].words);
		free(words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(prints_words, folder_setup, folder_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
