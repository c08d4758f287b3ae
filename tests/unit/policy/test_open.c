// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open names, read as `load` does: an allow of one has no effect, a deny of one covers all that it
 * could mean; they are found later; they are listed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/policy/reading.h"

#define CHIP "chip a label \"lab-a\"\n"

static struct policy *read_open(const char *text)
{
	struct diag *diag = diag_new();
	struct machine machine = test_machine;
	struct policy *policy;

	machine.strict = false;
	policy = policy_read_text("test", text, strlen(text), &machine, diag);
	if (!policy)
		diag_print(diag, stderr, false);
	assert_non_null(policy);
	diag_free(diag);
	return policy;
}

static struct image *compile(const struct policy *policy)
{
	struct diag *diag = diag_new();
	struct image *image = policy_compile(policy, diag);

	assert_non_null(image);
	diag_free(diag);
	return image;
}

/* Does the image @other have every mask bit of @one? A missing entry has empty masks. */
static void assert_masks_in(const struct image *one, const struct image *other)
{
	static const union gpio_acl_value nothing;

	for (size_t i = 0; i < one->num_entries; i++) {
		const struct image_entry *entry = &one->entries[i];
		const union gpio_acl_value *value = image_lookup(other, &entry->key);

		if (entry->key.table >= GPIO_ACL_TABLE_RULES &&
		    entry->key.table < GPIO_ACL_TABLE_TEXT)
			assert_memory_equal(&entry->value, value ? value : &nothing,
					    sizeof(nothing));
	}
}

/* The policy compiles to the masks of the policy @wanted, also after it is read back. */
static void enforced_as(const char *text, const char *wanted)
{
	struct diag *diag = diag_new();
	struct policy *policy = read_open(text), *other = read_open(wanted), *back;
	struct image *image = compile(policy), *expected = compile(other);

	assert_masks_in(image, expected);
	assert_masks_in(expected, image);
	back = image_policy(image, diag);
	if (!back)
		diag_print(diag, stderr, false);
	assert_non_null(back);
	policy_free(policy);
	policy_free(other);
	policy_free(back);
	image_free(image);
	image_free(expected);
	diag_free(diag);
}

#define OTHERS "allow everyone input output on a 0-3 63\n"

static void an_open_allow_gives_nothing(void **state)
{
	(void)state;
	enforced_as(CHIP OTHERS "allow user dave output on a 5 memory any\n"
				"allow group dave output on a 6\n"
				"allow user alice output on a \"LED9\" 4\n",
		    CHIP OTHERS "allow user alice output on a 4\n");
	enforced_as("chip b label \"lab-b\"\nallow user bob input on b \"TWIN\" 0\n",
		    "chip b label \"lab-b\"\nallow user bob input on b 0\n");
}

static void the_deny_of_an_open_account_is_everyones(void **state)
{
	(void)state;
	enforced_as(CHIP OTHERS "deny user dave output on a 1-2\n",
		    CHIP OTHERS "deny everyone output on a 1-2\n");
	enforced_as(CHIP OTHERS "deny group dave input on a 63\n",
		    CHIP OTHERS "deny everyone input on a 63\n");
	enforced_as(CHIP OTHERS "deny user \"broken\" input on a \"LED9\" 1\n",
		    CHIP OTHERS "deny everyone input on a 0-63\n");
}

static void the_deny_of_an_open_line_is_the_whole_chips(void **state)
{
	(void)state;
	enforced_as(CHIP OTHERS "deny user alice output on a \"LED9\"\n",
		    CHIP OTHERS "deny user alice output on a 0-63\n");
	enforced_as("chip b label \"lab-b\"\nallow everyone input on b 0-7\n"
		    "deny user bob input on b \"TWIN\"\n",
		    "chip b label \"lab-b\"\nallow everyone input on b 0-7\n"
		    "deny user bob input on b 0-63\n");
}

/* The kernel does not know how many lines a chip has: the rule is for every chip that matches. */
static void an_offset_beyond_the_chip_is_taken_as_it_is(void **state)
{
	struct policy *policy = read_open("chip a label \"lab-b\"\n"
					  "allow everyone output on a 0-9\n"
					  "deny user alice output on a 9 70\n");
	struct image *image = compile(policy);
	struct gpio_acl_key key = {
		.table = GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_USER,
		.id = 1000,
		.chip = image_chip(image, GPIO_ACL_BY_LABEL, "lab-b"),
	};

	(void)state;
	assert_int_equal(image_lookup(image, &key)->lines.deny[GPIO_ACL_RIGHT_OUTPUT], 1 << 9);
	key.block = 1;
	assert_int_equal(image_lookup(image, &key)->lines.deny[GPIO_ACL_RIGHT_OUTPUT], 1 << 6);
	policy_free(policy);
	image_free(image);
}

static int later_id(const char *name, uint32_t *id)
{
	*id = 1010;
	return strcmp(name, "dave") ? -ENOENT : 0;
}

static void accounts_are_found_later(void **state)
{
	struct machine machine = {.user_id = later_id};
	struct diag *diag = diag_new();
	struct policy *policy = read_open(CHIP "allow user dave output on a 1\n"
					       "deny user dave output on a 2\n"
					       "allow user eve input on a 3\n"
					       "allow group dave input on a 3\n");
	char *text;

	(void)state;
	assert_int_equal(policy_resolve_late(policy, &machine, diag), 2);
	text = test_print(policy, NULL);
	assert_non_null(strstr(text, "\nallow user 1010 output on a 1 "));
	assert_non_null(strstr(text, "\ndeny user 1010 output on a 2 "));
	assert_non_null(strstr(text, "\nallow user \"eve\" input on a 3 "));
	assert_non_null(strstr(text, "\nallow group \"dave\" input on a 3 "));
	assert_int_equal(policy_resolve_late(policy, &machine, diag), 0);
	free(text);
	policy_free(policy);
	diag_free(diag);
}

static void tell(const struct policy_open *open, void *ctx)
{
	fprintf(ctx, "%s %s %s %u %s\n", open->kind, open->name ? open->name : "-",
		open->chip ? open->chip->name : "-", open->offset,
		open->present ? open->present->name : "-");
}

static void each_is_told_once(void **state)
{
	struct policy *policy = read_open(CHIP "chip h label \"ch341\"\nchip n label \"none\"\n"
					       "aggregate g = a \"LED9\" 1, h 3-5, n \"X\" 700\n"
					       "allow user dave output on g\n"
					       "deny user dave output on h 9 0\n"
					       "deny group dave output on a \"LED9\" \"LED0\"\n");
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	policy_each_open(policy, &test_machine, tell, out);
	fclose(out);
	assert_string_equal(text, "user dave - 0 -\ngroup dave - 0 -\n"
				  "line LED9 a 0 -\nline X n 0 -\n"
				  "offset - h 9 gpiochip4\noffset - h 9 gpiochip5\n");
	free(text);
	policy_free(policy);
}

/* The deny of an open account is everyone's, but does not leave other rules without effect. */
static void open_rules_are_not_compared(void **state)
{
	static const char text[] = CHIP "allow user alice output on a 1\n"
					"deny user dave output on a 1\n";
	struct machine machine = test_machine;
	struct diag *diag = diag_new();
	struct policy *policy;
	char *said;

	(void)state;
	machine.strict = false;
	policy = policy_read_text("test", text, strlen(text), &machine, diag);
	said = test_messages(diag);
	assert_null(strstr(said, "no effect"));
	assert_int_equal(diag_warnings(diag), 1);
	free(said);
	policy_free(policy);
	diag_free(diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_allow_gives_nothing),
		cmocka_unit_test(the_deny_of_an_open_account_is_everyones),
		cmocka_unit_test(the_deny_of_an_open_line_is_the_whole_chips),
		cmocka_unit_test(an_offset_beyond_the_chip_is_taken_as_it_is),
		cmocka_unit_test(accounts_are_found_later),
		cmocka_unit_test(each_is_told_once),
		cmocka_unit_test(open_rules_are_not_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
