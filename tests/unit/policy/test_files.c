/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: which are read, and which are refused because another user could have written them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/policy/reading.h"

static char folder[64];

static const char *path_of(const char *name)
{
	static char path[2][PATH_MAX];
	static int turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static void write_file(const char *name, const char *text)
{
	FILE *out = fopen(path_of(name), "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path_of(name), 0644), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/gpio-acl-files-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	write_file("policy.conf", "set root enforce\n");
	return 0;
}

static int remove_path(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(folder, remove_path, 8, FTW_DEPTH | FTW_PHYS);
}

static void expect_read(const char *path)
{
	struct diag *diag = diag_new();
	struct policy *policy = policy_read_file(path, &test_machine, diag);

	if (!policy)
		diag_print(diag, stderr, false);
	assert_non_null(policy);
	policy_free(policy);
	diag_free(diag);
}

/* The policy is refused; the messages contain both texts. */
static void expect_refused(const char *path, const char *error, const char *remedy)
{
	struct diag *diag = diag_new();
	char *messages;

	assert_null(policy_read_file(path, &test_machine, diag));
	messages = test_messages(diag);
	if (!strstr(messages, error) || !strstr(messages, remedy))
		fprintf(stderr, "no \"%s\" and \"%s\" in:\n%s", error, remedy, messages);
	assert_non_null(strstr(messages, error));
	assert_non_null(strstr(messages, remedy));
	free(messages);
	diag_free(diag);
}

static void test_modes(void **state)
{
	const char *path = path_of("policy.conf");

	(void)state;
	expect_read(path);
	chmod(path, 0600);
	expect_read(path);
	chmod(path, 0664);
	expect_refused(path, "may be written by its group (mode 0664)", "chmod go-w");
	chmod(path, 0646);
	expect_refused(path, "may be written by everyone (mode 0646)", path);
	chmod(path, 0666);
	expect_refused(path, "its group and everyone else (mode 0666)", "error: file ");
}

static void test_folders(void **state)
{
	(void)state;
	mkdir(path_of("way"), 0755);
	mkdir(path_of("way/to"), 0755);
	write_file("way/to/policy.conf", "");
	expect_read(path_of("way/to/policy.conf"));

	chmod(path_of("way/to"), 0775);
	expect_refused(path_of("way/to/policy.conf"), "way/to may be written by its group",
		       "chmod go-w");
	chmod(path_of("way/to"), 01777); /* the policy's own folder: not even if it is sticky */
	expect_refused(path_of("way/to/policy.conf"), "way/to may be written by", "chmod go-w");
	chmod(path_of("way/to"), 0755);

	chmod(path_of("way"), 0777);
	expect_refused(path_of("way/to/policy.conf"), "way may be written by", "chmod go-w");
	chmod(path_of("way"), 01777); /* a folder above it may be sticky, as /tmp */
	expect_read(path_of("way/to/policy.conf"));
}

/* The target of a link is checked. */
static void test_link(void **state)
{
	(void)state;
	mkdir(path_of("open"), 0700);
	write_file("open/policy.conf", "");
	assert_int_equal(symlink("open/policy.conf", path_of("link.conf")), 0);
	expect_read(path_of("link.conf"));
	chmod(path_of("open"), 0777);
	expect_refused(path_of("link.conf"), "open may be written by", "chmod go-w");
}

static void test_owner(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chown(path_of("policy.conf"), 1000, 0), 0);
	expect_refused(path_of("policy.conf"), "belongs to user 1000", "chown root");
	assert_int_equal(chown(path_of("policy.conf"), 0, 0), 0);
	assert_int_equal(chown(folder, 1000, 0), 0);
	expect_refused(path_of("policy.conf"), "belongs to user 1000", "chown root");
	assert_int_equal(chown(folder, 0, 0), 0);
	expect_read(path_of("policy.conf"));
}

/* An included file and its folders are checked in the same way; the message names the include. */
static void test_included(void **state)
{
	(void)state;
	mkdir(path_of("d"), 0755);
	write_file("d/a.conf", "set info open\n");
	write_file("policy.conf", "include \"d/*.conf\"\n");
	expect_read(path_of("policy.conf"));
	chmod(path_of("d"), 0777);
	expect_refused(path_of("policy.conf"), "policy.conf:1:1: error: folder ", "chmod go-w");
	chmod(path_of("d"), 0755);
	chmod(path_of("d/a.conf"), 0666);
	expect_refused(path_of("policy.conf"), "policy.conf:1:1: error: file ", "chmod go-w");
}

/* Wildcards in the name of the policy's own folder are no wildcards. */
static void test_glob_folder(void **state)
{
	struct diag *diag = diag_new();
	struct policy *policy;

	(void)state;
	mkdir(path_of("a[b]*\\"), 0755);
	write_file("a[b]*\\/policy.conf", "include \"[n]?xt.conf\"\ninclude \"last.conf\"\n");
	write_file("a[b]*\\/next.conf", "set root enforce\n");
	write_file("a[b]*\\/last.conf", "set mode permissive\n");
	policy = policy_read_file(path_of("a[b]*\\/policy.conf"), &test_machine, diag);
	assert_non_null(policy);
	assert_int_equal(policy->flags, GPIO_ACL_FLAG_ROOT_ENFORCE | GPIO_ACL_FLAG_PERMISSIVE);
	policy_free(policy);
	diag_free(diag);
}

static void test_glob_order(void **state)
{
	struct diag *diag = diag_new();
	struct policy *policy;

	(void)state;
	write_file("policy.conf", "chip header label \"lab-a\"\ninclude \"*.d\"\n");
	write_file("b.d", "allow user 2 info on header 0\n");
	write_file("a.d", "allow user 1 info on header 0\n");
	write_file("B.d", "allow user 3 info on header 0\n");
	policy = policy_read_file(path_of("policy.conf"), &test_machine, diag);
	assert_non_null(policy);
	assert_int_equal(policy->num_rules, 3);
	assert_int_equal(policy->rules[0].id, 3); /* by bytes, whatever the locale */
	assert_int_equal(policy->rules[1].id, 1);
	assert_int_equal(policy->rules[2].id, 2);
	policy_free(policy);
	diag_free(diag);
}

static void test_too_many_files(void **state)
{
	char name[32];

	(void)state;
	write_file("policy.conf", "include \"*.d\"\n");
	for (int i = 0; i < (int)POLICY_MAX_FILES; i++) {
		snprintf(name, sizeof(name), "%04d.d", i);
		write_file(name, "");
	}
	expect_refused(path_of("policy.conf"), "too many files with /tmp/", "1023.d (limit 1024)");
	unlink(path_of("0000.d"));
	expect_read(path_of("policy.conf"));
}

/* Two files, each within the limit, exceed it together. */
static void test_too_large_together(void **state)
{
	const off_t size = 130 << 20;

	(void)state;
	write_file("policy.conf", "include \"*.d\"\n");
	write_file("a.d", "");
	write_file("b.d", "");
	assert_int_equal(truncate(path_of("a.d"), size), 0);
	assert_int_equal(truncate(path_of("b.d"), size), 0);
	expect_refused(path_of("policy.conf"), "b.d (limit 256 MiB)",
		       "policy.conf:1:1: error: policy too large with ");
}

static void test_no_file(void **state)
{
	(void)state;
	expect_refused(path_of("none.conf"), "cannot open /tmp/",
		       "write it (see gpio-acl.conf(5))");
	expect_refused("", "file name is empty", "for standard input");
	expect_refused(path_of("policy.conf/x"), "cannot open ", "Not a directory");
	expect_refused(folder, "is not a regular file", folder);
	expect_refused("/dev/null", "is not a regular file", "/dev/null");
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	expect_refused(path_of("fifo"), "is not a regular file",
		       "fifo"); /* without waiting for a writer */
	expect_refused("a\nb", "\"a\\x0ab\" has control characters", "rename the file");
	expect_refused("a\xff", "or is not UTF-8", "rename the file");
}

/* Standard input is read without a check of its owner. */
static void test_standard_input(void **state)
{
	int saved = dup(STDIN_FILENO), pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "set mode enforced\r\n", 19), 19);
	close(pipes[1]);
	dup2(pipes[0], STDIN_FILENO);
	expect_refused("-", "standard input:1:10: error: expected a value", "sed 's/\\r$//'\n");
	dup2(saved, STDIN_FILENO);
	close(pipes[0]);
	close(saved);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_modes),      TEST(test_folders),	  TEST(test_link),
		TEST(test_owner),      TEST(test_included),	  TEST(test_glob_folder),
		TEST(test_glob_order), TEST(test_too_many_files), TEST(test_too_large_together),
		TEST(test_no_file),    TEST(test_standard_input),
	};

	return cmocka_run_group_tests_name("policy: files", tests, NULL, NULL);
}
