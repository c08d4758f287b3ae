// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages one by one (diag_each()), in the order of the text, and whether two diags say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "machine.h"

/* What a policy's text gets; the diag is to be freed. */
static struct diag *diag_of(const char *text)
{
	struct diag *diag = diag_new();

	policy_free(policy_read_text("p.conf", text, strlen(text), NULL, diag));
	return diag;
}

struct seen {
	char places[64];
	size_t num_notes;
};

static void add_seen(const struct diag_message *message, void *ctx)
{
	struct seen *seen = ctx;
	size_t size = strlen(seen->places);

	assert_true(message->error);
	assert_string_equal(message->file, "p.conf");
	assert_true(strlen(message->text) > 0);
	seen->num_notes += message->note != NULL;
	snprintf(seen->places + size, sizeof(seen->places) - size, "%u:%u ", message->line,
		 message->column);
}

static void passes_on_each(void **state)
{
	struct diag *diag = diag_of("chip a label \"x\"\nset mode\nchip a label \"y\"\n");
	struct seen seen = {0};

	(void)state;
	diag_each(diag, add_seen, &seen);
	assert_string_equal(seen.places, "2:9 3:6 ");
	assert_int_equal(seen.num_notes, 2);
	diag_free(diag);
}

static void compares(void **state)
{
	struct diag *one = diag_of("frob\n"), *same = diag_of("frob\n"), *other = diag_of("frab\n"),
		    *more = diag_of("frob\nfrob\n"), *none = diag_of("");

	(void)state;
	assert_true(diag_same(one, same));
	assert_true(diag_same(none, none));
	assert_false(diag_same(one, other));
	assert_false(diag_same(one, more));
	assert_false(diag_same(one, none));
	diag_free(one);
	diag_free(same);
	diag_free(other);
	diag_free(more);
	diag_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_on_each),
		cmocka_unit_test(compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
