/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden policies: reading tests/golden/NAME/policy.conf on the machine of machine.h must give the
 * messages in expect.err and the canonical form in expect.out. A policy without expect.out is
 * refused. The canonical form must compile to the same image and print the same again. A folder
 * called open-NAME is read as `load` does, the others as `check` does.
 *
 * GOLDEN_UPDATE=1 writes the expectations instead. Run from the top of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/policy/reading.h"

static char *read_text(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text;
	size_t size;

	if (!in)
		return strdup("");
	text = calloc(1, 1 << 20);
	size = fread(text, 1, (1 << 20) - 1, in);
	text[size] = '\0';
	fclose(in);
	return text;
}

static void write_text(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/*
 * git does not keep modes of folders, and the umask changes those of files: copies have known
 * modes.
 */
static void copy_folder(const char *from, const char *to)
{
	char source[PATH_MAX], target[PATH_MAX];
	DIR *folder = opendir(from);
	struct dirent *entry;
	char *text;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
		snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
		if (entry->d_name[0] == '.' || !strncmp(entry->d_name, "expect.", 7))
			continue;
		if (entry->d_type == DT_DIR) {
			assert_int_equal(mkdir(target, 0700), 0);
			copy_folder(source, target);
			continue;
		}
		text = read_text(source);
		write_text(target, text);
		free(text);
	}
	closedir(folder);
}

static int remove_path(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Compares all but the text, which contains file names. */
static void assert_same_rules(const struct image *a, const struct image *b)
{
	size_t i = 0, j = 0;

	while (i < a->num_entries && j < b->num_entries &&
	       a->entries[i].key.table != GPIO_ACL_TABLE_TEXT) {
		struct image_entry left = a->entries[i++], right = b->entries[j++];

		if (left.key.table == GPIO_ACL_TABLE_SETTINGS)
			left.value.settings.text_size = right.value.settings.text_size;
		assert_memory_equal(&left, &right, sizeof(left));
	}
	assert_true(i == a->num_entries || a->entries[i].key.table == GPIO_ACL_TABLE_TEXT);
	assert_true(j == b->num_entries || b->entries[j].key.table == GPIO_ACL_TABLE_TEXT);
}

/* Removes comments, in place: comment lines, and what follows " # " on other lines. */
static void strip_comments(char *text)
{
	char *out = text, *end;

	for (char *line = text; *line; line = end) {
		char *comment;

		end = strchr(line, '\n') + 1;
		comment = memmem(line, end - line, " # ", 3);
		if (*line == '#')
			comment = line;
		memmove(out, line, (comment ? comment : end) - line);
		out += (comment ? comment : end) - line;
		if (comment)
			*out++ = '\n';
	}
	*out = '\0';
}

static void check_canonical(const struct policy *policy, const struct machine *machine)
{
	struct diag *diag = diag_new();
	struct image *image = policy_compile(policy, diag);
	char *text = test_print(policy, machine), *again;
	struct policy *second = policy_read_text("again", text, strlen(text), machine, diag);
	struct policy *third = image_policy(image, diag);
	struct image *second_image;

	if (!second || !third)
		diag_print(diag, stderr, false);
	assert_non_null(second);
	second_image = policy_compile(second, diag);
	assert_same_rules(image, second_image);
	again = test_print(second, machine);
	strip_comments(text);
	strip_comments(again);
	assert_string_equal(text, again);
	free(text);
	free(again);

	assert_non_null(third);
	text = test_print(policy, NULL);
	again = test_print(third, NULL);
	assert_string_equal(text, again);
	free(text);
	free(again);
	policy_free(second);
	policy_free(third);
	image_free(image);
	image_free(second_image);
	diag_free(diag);
}

static void expect(const char *folder, const char *file, const char *text)
{
	char path[PATH_MAX];
	char *expected;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (getenv("GOLDEN_UPDATE") && *text)
		write_text(path, text);
	else if (getenv("GOLDEN_UPDATE"))
		unlink(path);
	expected = read_text(path);
	assert_string_equal(text, expected);
	free(expected);
}

static void test_golden(void **state)
{
	char temporary[] = "/tmp/gpio-acl-golden-XXXXXX", top[PATH_MAX];
	const char *folder = *state;
	struct diag *diag = diag_new();
	struct policy *policy;
	struct machine machine = test_machine;
	char *messages, *printed;

	machine.strict = strncmp(folder, "tests/golden/open-", 18);
	assert_non_null(getcwd(top, sizeof(top)));
	assert_non_null(mkdtemp(temporary));
	copy_folder(folder, temporary);
	assert_int_equal(chdir(temporary), 0);
	policy = policy_read_file("policy.conf", &machine, diag);
	assert_int_equal(chdir(top), 0);
	nftw(temporary, remove_path, 8, FTW_DEPTH | FTW_PHYS);

	messages = test_messages(diag);
	printed = policy ? test_print(policy, &machine) : strdup("");
	assert_int_equal(!policy, diag_errors(diag) > 0);
	expect(folder, "expect.err", messages);
	expect(folder, "expect.out", printed);
	if (policy)
		check_canonical(policy, &machine);
	free(messages);
	free(printed);
	policy_free(policy);
	diag_free(diag);
}

int main(void)
{
	struct CMUnitTest *tests;
	glob_t found;
	int failed;

	if (glob("tests/golden/*", GLOB_ONLYDIR, NULL, &found)) {
		fputs("no tests/golden here: run this from the top of the tree\n", stderr);
		return 1;
	}
	tests = calloc(found.gl_pathc, sizeof(*tests));
	for (size_t i = 0; i < found.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){
			.name = found.gl_pathv[i],
			.test_func = test_golden,
			.initial_state = found.gl_pathv[i],
		};
	failed = _cmocka_run_group_tests("golden policies", tests, found.gl_pathc, NULL, NULL);
	free(tests);
	globfree(&found);
	return failed;
}
