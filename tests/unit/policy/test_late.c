// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Late lookups: line names whose chip comes later. Those that are found get their offset, the
 * others stay open with a warning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/policy/reading.h"

static const char *const relay_names[4] = {"ON", "OFF", "TWIN", "TWIN"};
static const char *const other_names[4] = {"OFF", "ON", NULL, NULL};

static const struct machine_chip later[] = {
	{"gpiochip4", "usb-relay", "0003:1.1", 4, relay_names},
	{"gpiochip5", "usb-other", "0003:1.2", 4, other_names},
	{"gpiochip6", "usb-relay", "0003:1.3", 4, other_names},
};

static struct machine with(size_t num_chips)
{
	return (struct machine){.chips = later, .num_chips = num_chips};
}

/* A policy as it comes back from the kernel: read without chips. */
static struct policy *loaded(const char *text)
{
	struct diag *diag = diag_new();
	struct image *image = test_compile(text);
	struct policy *policy = image_policy(image, diag);

	assert_non_null(policy);
	image_free(image);
	diag_free(diag);
	return policy;
}

/*
 * Looks for the open names of the policy @text while the first @num_chips chips are present. The
 * image must then equal that of @wanted, a policy with offsets. Returns the messages, to be freed.
 */
static char *find(const char *text, size_t num_chips, size_t num_names, const char *wanted)
{
	struct machine machine = with(num_chips);
	struct diag *diag = diag_new();
	struct policy *policy = loaded(text), *again;
	struct image *image;
	char *said, *found, *expected;

	assert_int_equal(policy_resolve_late(policy, &machine, diag), num_names);
	assert_int_equal(diag_errors(diag), 0);
	image = policy_compile(policy, diag);
	assert_non_null(image);
	again = image_policy(image, diag); /* else the loaded policy could not be read */
	assert_non_null(again);
	found = test_print(again, NULL);
	policy_free(policy);
	policy_free(again);
	policy = loaded(wanted);
	expected = test_print(policy, NULL);
	assert_string_equal(found, expected);
	policy_free(policy);
	image_free(image);
	free(found);
	free(expected);
	said = test_messages(diag);
	diag_free(diag);
	return said;
}

#define CHIP  "chip relay label \"usb-relay\"\n"
#define OTHER "chip other label \"usb-other\"\n"

static void found_in_rules_and_aggregates(void **state)
{
	char *said = find(CHIP "aggregate a = relay \"OFF\" 3, relay \"ON\"\n"
			       "allow user alice input on a[0]\n"
			       "deny user bob output on relay \"ON\" 2\n",
			  2, 3,
			  CHIP "aggregate a = relay 1 3, relay 0\n"
			       "allow user alice input on a[0]\n"
			       "deny user bob output on relay 0 2\n");

	(void)state;
	assert_string_equal(said, "");
	free(said);
}

static void nothing_to_do(void **state)
{
	const char *absent = CHIP "allow user alice input on relay \"ON\" 1\n";
	const char *offsets = CHIP "allow user alice input on relay 0-100\n";
	char *said = find(absent, 0, 0, absent);

	(void)state;
	assert_string_equal(said, "");
	free(said);
	said = find(offsets, 1, 0, offsets); /* the chip has 4 lines: not checked here */
	assert_string_equal(said, "");
	free(said);
}

/* A name that is not found does not keep others from being found. */
static void doubtful_names_stay_denied(void **state)
{
	char *said = find(CHIP "allow user alice input on relay \"TWIN\"\n"
			       "allow user alice input on relay \"NONE\" \"ON\"\n"
			       "allow user bob input on relay \"NONE\"\n",
			  1, 1,
			  CHIP "allow user alice input on relay \"TWIN\"\n"
			       "allow user alice input on relay \"NONE\" 0\n"
			       "allow user bob input on relay \"NONE\"\n");

	(void)state;
	assert_string_equal(
		said, "warning: line \"TWIN\" of chip relay (label \"usb-relay\") is ambiguous "
		      "(several lines have this name): denied to everyone\n"
		      "  note: find it with gpio-acl check, fix the policy and load it again\n"
		      "warning: line \"NONE\" of chip relay (label \"usb-relay\") not found: "
		      "denied to everyone\n"
		      "  note: find it with gpio-acl check, fix the policy and load it again\n");
	free(said);
}

/* An aggregate that names a line twice could not be read back. */
static void named_twice(void **state)
{
	char *said = find(CHIP "aggregate a = relay 0 \"ON\" \"OFF\"\n"
			       "allow user alice input on relay \"ON\" 0\n"
			       "allow user alice input on a\n",
			  1, 1,
			  CHIP "aggregate a = relay 0 \"ON\" 1\n"
			       "allow user alice input on relay \"ON\" 0\n"
			       "allow user alice input on a\n");

	(void)state;
	assert_non_null(strstr(said, "is line 0, already named by aggregate a: "));
	assert_non_null(strstr(said, "is line 0, already named by the rule at test:3: "));
	free(said);
}

static void two_chips_of_one_label(void **state)
{
	const char *text = CHIP OTHER "allow user alice input on relay \"ON\"\n"
				      "allow user alice input on other \"ON\"\n";
	char *said = find(text, 3, 1,
			  CHIP OTHER "allow user alice input on relay \"ON\"\n"
				     "allow user alice input on other 1\n");

	(void)state;
	assert_non_null(strstr(said, "gpiochip4 and gpiochip6 have the same label: rules for chip "
				     "relay apply to both"));
	assert_non_null(strstr(said, "is not the same on all chips that match: denied"));
	free(said);
	said = find("chip relay device \"0003:1.3\"\nallow user alice input on relay \"ON\"\n", 3,
		    1, "chip relay device \"0003:1.3\"\nallow user alice input on relay 1\n");
	assert_string_equal(said, "");
	free(said);
}

/* Without any chip, as on a build machine, one note says so. */
static void no_chip_at_all(void **state)
{
	static const char text[] = CHIP OTHER "allow everyone input on relay 1\n"
					      "allow everyone input on other 1\n";
	struct diag *diag = diag_new();
	struct policy *policy = policy_read_text("test", text, strlen(text), NULL, diag);
	char *said = test_messages(diag);

	(void)state;
	assert_non_null(policy);
	assert_string_equal(said,
			    "note: no GPIO chip can be opened: the policy is not compared with "
			    "any\n");
	assert_int_equal(diag_warnings(diag), 0);
	free(said);
	policy_free(policy);
	policy = policy_read_text("test", "", 0, NULL, diag);
	assert_int_equal(diag_errors(diag), 0);
	policy_free(policy);
	diag_free(diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_in_rules_and_aggregates), cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(doubtful_names_stay_denied),	 cmocka_unit_test(named_twice),
		cmocka_unit_test(two_chips_of_one_label),	 cmocka_unit_test(no_chip_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
