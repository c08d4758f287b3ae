// SPDX-License-Identifier: GPL-2.0-or-later
/* Where subordinate uids come from, by nsswitch.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder_fixture.h"
#include "loader/machine/subid.h"

/* @wanted: NULL for /etc/subuid alone */
static void comes_from(void **state, const char *nsswitch, const char *wanted)
{
	char *source;

	mkdir(PATH_OF("etc"), 0755);
	put_file(PATH_OF("etc/nsswitch.conf"), nsswitch);
	source = subid_source(*state);
	if (wanted)
		assert_string_equal(source, wanted);
	else
		assert_null(source);
	free(source);
}

static void test_source(void **state)
{
	assert_null(subid_source(*state));
	comes_from(state, "", NULL);
	comes_from(state, "passwd: files sss\nsubid: files\n", NULL);
	comes_from(state, "subid:\tfiles # sss\n", NULL);
	comes_from(state, "subid: # sss\n", NULL);
	comes_from(state, "#subid: sss\n", NULL);
	comes_from(state, "subid:", NULL);
	comes_from(state, "passwd: files\nsubid: sss\n", "sss");
	comes_from(state, "SUBID:sss files", "sss");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_source, folder_setup, folder_teardown),
	};

	return cmocka_run_group_tests_name("subid", tests, NULL, NULL);
}
