// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Diagnostics about chips with deceptive labels, devices and line names: each name is quoted as a
 * whole and stays on its line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/text.h"
#include "tests/unit/policy/reading.h"

/* A quote, a line end and a right-to-left override; and how they are printed. */
#define STRANGE	    "a\"b\n\xe2\x80\xae\\"
#define SHOWN	    "\"a\\\"b\\x0a\\xe2\\x80\\xae\\\\\""
#define IN_A_POLICY "\"a\\\"b\"" /* without characters that a policy refuses */

static const char *const names[4] = {STRANGE, "a\"b", "TWIN", "TWIN"};
static const char *const others[4] = {"a\"b", "ON", "TWIN"};

static const struct machine_chip chips[] = {
	{"gpiochip0", STRANGE, STRANGE "0", 4, names},
	{"gpiochip1", "a\"b", STRANGE "1", 4, names},
	{"gpiochip2", "a\"b", STRANGE "2", 4, others},
};
static const struct machine_link links[] = {{"gpiochip7", "gpiochip0"}};

static char *messages_of(const char *text, bool strict)
{
	struct machine machine = test_machine;
	struct diag *diag = diag_new();
	char *messages;

	machine.chips = chips;
	machine.num_chips = 3;
	machine.links = links;
	machine.num_links = 1;
	machine.strict = strict;
	policy_free(policy_read_text("test", text, strlen(text), &machine, diag));
	messages = test_messages(diag);
	diag_free(diag);
	return messages;
}

/* Each line is plain text, and begins as a line of diag_print(). */
static void assert_plain(const char *messages)
{
	for (const char *line = messages; *line; line = strchr(line, '\n') + 1) {
		size_t size = strcspn(line, "\n");

		if (!text_is_plain(line, size) || !strchr("t .", *line))
			fail_msg("a line that was made up: %.*s", (int)size, line);
	}
}

static void says(const char *text, const char *wanted)
{
	for (int strict = 0; strict < 2; strict++) {
		char *messages = messages_of(text, strict);

		assert_plain(messages);
		if (!strstr(messages, wanted))
			fail_msg("no \"%s\" in:\n%s", wanted, messages);
		free(messages);
	}
}

static void of_labels(void **state)
{
	(void)state;
	says("chip x name \"gpiochip0\"\nallow everyone input on x \"no\"\n",
	     "chip x (gpiochip0 " SHOWN ") has no line \"no\"");
	says("chip x name \"gpiochip0\"\nallow everyone input on x 9\n",
	     "chip x (gpiochip0 " SHOWN ") has no line 9");
	says("chip x name \"gpiochip0\"\nallow everyone input on x \"TWIN\"\n",
	     "gpiochip0 " SHOWN " has several lines named \"TWIN\"");
	says("chip x label \"c\"\nallow everyone input on x 1\n",
	     "no chip has label \"c\"; present: " SHOWN ", " IN_A_POLICY);
	says("chip x label \"c\\\"d\"\nallow everyone input on x 1\n",
	     "no chip has label \"c\\\"d\";");
	says("chip x label \"c\\\"d\"\nallow everyone input on x \"e\\\"f\"\n",
	     "chip x (label \"c\\\"d\") is not present: \"e\\\"f\" is denied");
}

static void of_lines(void **state)
{
	(void)state;
	says("chip x name \"gpiochip0\"\nallow everyone input on x \"c\\\"d\"\n",
	     "chip x (gpiochip0 " SHOWN ") has no line \"c\\\"d\"");
	says("chip x name \"gpiochip0\"\nallow everyone input on x \"axb\"\n",
	     "similar names: " IN_A_POLICY);
	says("chip x label " IN_A_POLICY "\nallow everyone input on x " IN_A_POLICY "\n",
	     "line " IN_A_POLICY " is not the same on all chips that match label " IN_A_POLICY);
	says("chip x label \"c\"\nallow everyone input on x \"e\\\"f\" \"e\\\"f\"\n",
	     "line \"e\\\"f\" of chip x is named twice");
}

static void of_devices(void **state)
{
	(void)state;
	says("chip x label " IN_A_POLICY "\nallow everyone input on x " IN_A_POLICY "\n",
	     "by device: \"a\\\"b\\x0a\\xe2\\x80\\xae\\\\1\" (gpiochip1), ");
	says("chip x device \"c\"\nallow everyone input on x 1\n",
	     "present: \"a\\\"b\\x0a\\xe2\\x80\\xae\\\\0\", ");
}

static void of_words(void **state)
{
	(void)state;
	says("chip x name \"a\\\"b\"\n", "invalid chip name " IN_A_POLICY);
	says("chip x name \"/dev/a\\\"b\"\n", "without /dev/: name " IN_A_POLICY);
	says("allow user " IN_A_POLICY " input on x 1\n", "unknown user " IN_A_POLICY);
	says("chip a\\b label \"c\"\n", "expected a chip's name, got \"a\\\\b\"");
	says("chip x name \"gpiochip7\"\nallow everyone input on x 1\n",
	     "\"gpiochip7\" is a link to gpiochip0");
}

/* The warnings of late lookups. */
static void of_what_stays_open(void **state)
{
	static const char text[] = "chip x label " IN_A_POLICY "\n"
				   "allow everyone input on x " IN_A_POLICY "\n";
	struct machine machine = test_machine;
	struct diag *diag = diag_new();
	struct policy *policy;
	char *messages;

	(void)state;
	machine.num_chips = 0;
	policy = policy_read_text("test", text, strlen(text), &machine, diag);
	assert_non_null(policy);
	diag_free(diag);
	diag = diag_new();
	machine.chips = chips;
	machine.num_chips = 3;
	assert_int_equal(policy_resolve_late(policy, &machine, diag), 0);
	messages = test_messages(diag);
	if (!strstr(messages, "line " IN_A_POLICY " of chip x (label " IN_A_POLICY ") is not"))
		fail_msg("%s", messages);
	free(messages);
	policy_free(policy);
	diag_free(diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_labels),	      cmocka_unit_test(of_lines),
		cmocka_unit_test(of_devices),	      cmocka_unit_test(of_words),
		cmocka_unit_test(of_what_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
