// SPDX-License-Identifier: GPL-2.0-or-later
/* The copy of the last policy is complete and has the same meaning, or there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder_fixture.h"
#include "loader/input/last.h"
#include "tests/unit/policy/reading.h"

static const char first[] = "set info restricted\nchip a label \"lab-a\"\n"
			    "aggregate g = a 0-3 \"LED1\"\nallow user alice output on g\n"
			    "deny user alice output on a 2\n";
static const char second[] = "chip a label \"lab-a\"\nallow user dave output on a 9 \"NONE\"\n";

static struct policy *policy_of(const char *text)
{
	struct diag *diag = diag_new();
	struct machine machine = test_machine;
	struct policy *policy;

	machine.strict = false;
	policy = policy_read_text("/etc/a policy", text, strlen(text), &machine, diag);
	assert_non_null(policy);
	diag_free(diag);
	return policy;
}

static int keep(void *const *state, const char *text)
{
	struct policy *policy = policy_of(text);
	struct last last = {.folder = *state};
	int err;

	policy->origin = POLICY_LAST; /* a copy of the copy has the same text */
	last_prepare(&last, policy);
	err = last_commit(&last);
	policy_free(policy);
	return err;
}

static struct policy *read_last(const char *path, bool good)
{
	struct diag *diag = diag_new();
	struct policy *policy = policy_read_last(path, diag);

	assert_int_equal(policy != NULL, good);
	assert_int_equal(diag_errors(diag) > 0, !good);
	diag_free(diag);
	return policy;
}

/* The copy compiles to the same image as @text. */
static void assert_kept(void *const *state, const char *text)
{
	struct policy *kept = read_last(PATH_OF(LAST_FILE), true), *policy = policy_of(text);
	char *one, *other;

	assert_int_equal(kept->origin, POLICY_LAST);
	assert_string_equal(kept->file, "/etc/a policy");
	policy->origin = POLICY_LAST;
	one = test_print(kept, NULL);
	other = test_print(policy, NULL);
	assert_string_equal(one, other);
	free(one);
	free(other);
	policy_free(kept);
	policy_free(policy);
}

static void is_kept_and_read(void **state)
{
	struct stat status, again;

	assert_int_equal(keep(state, first), 0);
	assert_kept(state, first);
	assert_int_equal(stat(PATH_OF(LAST_FILE), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(keep(state, first), 0);
	assert_int_equal(stat(PATH_OF(LAST_FILE), &again), 0);
	assert_int_equal(status.st_ino, again.st_ino); /* nothing was written */
	assert_int_equal(keep(state, second), 0);
	assert_kept(state, second);
	assert_int_equal(access(PATH_OF("." LAST_FILE), F_OK), -1);
}

static void the_folder_is_made(void **state)
{
	void *folder = (void *)PATH_OF("new");
	struct stat status;

	assert_int_equal(keep(&folder, first), 0);
	assert_int_equal(stat(folder, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
}

static void what_was_dropped_leaves_the_older_one(void **state)
{
	struct policy *policy = policy_of(second);
	struct last last = {.folder = *state};

	assert_int_equal(keep(state, first), 0);
	last_prepare(&last, policy);
	last_drop(&last);
	assert_kept(state, first);
	assert_int_equal(access(PATH_OF("." LAST_FILE), F_OK), -1);
	policy_free(policy);
}

/* If the new copy cannot be written, the older one is removed: it is of another policy. */
static void none_rather_than_an_older_one(void **state)
{
	assert_int_equal(keep(state, first), 0);
	assert_int_equal(mkdir(PATH_OF("." LAST_FILE), 0700), 0);
	assert_true(keep(state, second) < 0);
	assert_int_equal(access(PATH_OF(LAST_FILE), F_OK), -1);
	assert_int_equal(rmdir(PATH_OF("." LAST_FILE)), 0);
}

/* A copy that is cut short is refused: fewer denies would be a more open policy. */
static void cut_is_damaged(void **state)
{
	char whole[4096];
	size_t size;

	assert_int_equal(keep(state, first), 0);
	strcpy(whole, get_file(PATH_OF(LAST_FILE)));
	size = strlen(whole);
	for (size_t i = 0; i < size; i++) {
		put_file(PATH_OF("cut"), "");
		assert_int_equal(truncate(PATH_OF("cut"), 0), 0);
		whole[i] = '\0';
		put_file(PATH_OF("cut"), whole);
		read_last(PATH_OF("cut"), false);
		strcpy(whole, get_file(PATH_OF(LAST_FILE)));
	}
}

static void damage(void **state)
{
	put_file(PATH_OF("bad"), "chip a label \"x\"\n" POLICY_END); /* no first line */
	read_last(PATH_OF("bad"), false);
	put_file(PATH_OF("bad"), "# gpio-acl policy x\nallow all of it\n" POLICY_END);
	read_last(PATH_OF("bad"), false);
	put_file(PATH_OF("bad"), "# gpio-acl other x\n" POLICY_END);
	read_last(PATH_OF("bad"), false);
	put_file(PATH_OF("bad"), "# gpio-acl policy x\n" POLICY_END);
	policy_free(read_last(PATH_OF("bad"), true));
	assert_int_equal(chmod(PATH_OF("bad"), 0622), 0);
	read_last(PATH_OF("bad"), false);
	read_last(PATH_OF("none"), false);
	read_last(*state, false);
}

static void the_closed_policy(void **state)
{
	struct policy *policy = policy_closed("/etc/x"), *back;
	struct diag *diag = diag_new();
	struct image *image = policy_compile(policy, diag);

	(void)state;
	assert_non_null(image);
	assert_int_equal(image->entries[0].key.table, GPIO_ACL_TABLE_SETTINGS);
	assert_int_equal(image->entries[0].value.settings.flags, GPIO_ACL_FLAG_INFO_RESTRICTED);
	assert_int_equal(image->entries[1].key.table, GPIO_ACL_TABLE_TEXT); /* no rule */
	back = image_policy(image, diag);
	assert_non_null(back);
	assert_int_equal(back->origin, POLICY_CLOSED);
	assert_string_equal(back->file, "/etc/x");
	assert_non_null(last_words(back));
	policy_free(back);
	policy_free(policy);
	image_free(image);
	diag_free(diag);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_kept_and_read),
		TEST(the_folder_is_made),
		TEST(what_was_dropped_leaves_the_older_one),
		TEST(none_rather_than_an_older_one),
		TEST(cut_is_damaged),
		TEST(damage),
		TEST(the_closed_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
