// SPDX-License-Identifier: GPL-2.0-or-later
/* Published aggregates have the format of read.h, all of them or none, and only in our folder. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "folder_fixture.h"
#include "loader/aggregates/read.h"
#include "loader/aggregates/write.h"

static const char *const names_a[] = {"RELAY0", NULL, "tab\there", NULL};
static const char *const names_b[] = {NULL, "DOOR"};

static const struct machine_chip chips[] = {
	{"gpiochip0", "lab-a", "gpio-sim.0", 4, names_a},
	{"gpiochip3", "twin", "0003:10C4:EA90.0001", 2, names_b},
	{"gpiochip4", "twin", "0003:10C4:EA90.0002", 2, names_b},
};

static const struct machine machine = {.chips = chips, .num_chips = 3};
static const struct machine nothing_present;

static struct policy_chip policy_chips[] = {
	{"header", GPIO_ACL_BY_LABEL, "lab-a"},
	{"twins", GPIO_ACL_BY_LABEL, "twin"},
	{"absent", GPIO_ACL_BY_DEVICE, "1-1.4:1.0"},
};

static struct policy_line relays[] = {
	{0, 0, NULL}, {0, 2, NULL}, {1, 1, "DOOR"}, {2, POLICY_NO_OFFSET, "RELAY_EN"}, {2, 7, NULL},
};

static struct policy_line sensors[] = {{0, 3, NULL}};

static struct policy_aggregate aggregates[] = {
	{"relays", relays, 5},
	{"sensors", sensors, 1},
};

static const struct policy policy = {
	.chips = policy_chips,
	.num_chips = 3,
	.aggregates = aggregates,
	.num_aggregates = 2,
};

static int publish(const char *base, const struct policy *of, const struct machine *on)
{
	struct publication publication = {.base = base};

	return aggregates_prepare(&publication, of, on) ? -1 : aggregates_commit(&publication);
}

static void writes_each_aggregate(void **state)
{
	struct stat status;

	assert_int_equal(publish(PATH_OF("run"), &policy, &machine), 2);
	assert_string_equal(get_file(PATH_OF("run/aggregates/relays")),
			    "# gpio-acl aggregate 1 relays\n"
			    "0\tgpiochip0\t0\tRELAY0\tlab-a\n"
			    "1\tgpiochip0\t2\ttab\\x09here\tlab-a\n"
			    "2\tgpiochip3\t1\tDOOR\ttwin\n"
			    "3\t-\t-\tRELAY_EN\t-\n"
			    "4\t-\t7\t-\t-\n");
	assert_string_equal(get_file(PATH_OF("run/aggregates/sensors")),
			    "# gpio-acl aggregate 1 sensors\n0\tgpiochip0\t3\t-\tlab-a\n");
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), 2);
	assert_int_equal(stat(PATH_OF("run/aggregates/relays"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(stat(PATH_OF("run/aggregates"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
}

static void modes_do_not_follow_the_umask(void **state)
{
	mode_t before = umask(077);
	struct stat status;

	assert_int_equal(publish(PATH_OF("run"), &policy, &machine), 2);
	umask(before);
	assert_int_equal(stat(PATH_OF("run"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	assert_int_equal(stat(PATH_OF("run/aggregates/relays"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
}

/* Between the two steps the policy comes in force: files are written, but have no name yet. */
static void prepared_is_not_published(void **state)
{
	struct publication publication = {.base = PATH_OF("run")};

	assert_int_equal(aggregates_prepare(&publication, &policy, &machine), 0);
	assert_int_equal(access(PATH_OF("run/aggregates/.relays"), F_OK), 0);
	assert_int_not_equal(access(PATH_OF("run/aggregates/relays"), F_OK), 0);
	assert_int_equal(aggregates_commit(&publication), 2);
	assert_int_equal(access(PATH_OF("run/aggregates/relays"), F_OK), 0);
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), 2);
}

static void abort_leaves_what_was_published(void **state)
{
	struct publication publication = {.base = PATH_OF("run")};

	assert_int_equal(aggregates_prepare(&publication, &policy, &machine), 0);
	aggregates_abort(&publication);
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), -1);
	assert_int_equal(publish(PATH_OF("run"), &policy, &machine), 2);
	publication.base = PATH_OF("run");
	assert_int_equal(aggregates_prepare(&publication, &policy, &nothing_present), 0);
	aggregates_abort(&publication);
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), 2);
	assert_non_null(strstr(get_file(PATH_OF("run/aggregates/relays")), "gpiochip0"));
}

static ino_t inode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_ino;
}

/* A file without a change is not replaced, so that nobody who waits for changes wakes up. */
static void replaces_only_what_changes(void **state)
{
	struct machine one_twin = machine;
	ino_t relays_before, sensors_before;

	one_twin.num_chips = 2;
	assert_int_equal(publish(PATH_OF("run"), &policy, &one_twin), 2);
	relays_before = inode_of(PATH_OF("run/aggregates/relays"));
	sensors_before = inode_of(PATH_OF("run/aggregates/sensors"));
	assert_int_equal(publish(PATH_OF("run"), &policy, &one_twin), 0);
	assert_int_equal(inode_of(PATH_OF("run/aggregates/relays")), relays_before);
	one_twin.num_chips = 1;
	assert_int_equal(publish(PATH_OF("run"), &policy, &one_twin), 1);
	assert_int_equal(inode_of(PATH_OF("run/aggregates/sensors")), sensors_before);
	assert_non_null(strstr(get_file(PATH_OF("run/aggregates/relays")), "2\t-\t1\tDOOR\ttwin"));
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), 2);
	chmod(PATH_OF("run/aggregates/sensors"), 0600);
	assert_int_equal(publish(PATH_OF("run"), &policy, &one_twin), 1);
	put_file(PATH_OF("run/aggregates/sensors"),
		 "# gpio-acl aggregate 1 sensors\n0\tgpiochip0\t4\t-\tlab-a\n");
	assert_int_equal(publish(PATH_OF("run"), &policy, &one_twin), 1);
}

static void absent_chips_keep_their_label(void **state)
{
	assert_int_equal(publish(PATH_OF("run"), &policy, &nothing_present), 2);
	assert_string_equal(get_file(PATH_OF("run/aggregates/sensors")),
			    "# gpio-acl aggregate 1 sensors\n0\t-\t3\t-\tlab-a\n");
}

static void reader_reads_what_writer_wrote(void **state)
{
	struct published map;

	assert_int_equal(publish(PATH_OF("run"), &policy, &machine), 2);
	assert_int_equal(published_read(PATH_OF("run/aggregates"), "relays", &map), 0);
	assert_string_equal(map.name, "relays");
	assert_int_equal(map.num_lines, 5);
	assert_string_equal(map.lines[2].chip, "gpiochip3");
	assert_int_equal(map.lines[2].offset, 1);
	assert_string_equal(map.lines[2].name, "DOOR");
	assert_string_equal(map.lines[2].label, "twin");
	assert_null(map.lines[3].chip);
	assert_int_equal(map.lines[3].offset, POLICY_NO_OFFSET);
	assert_string_equal(map.lines[3].name, "RELAY_EN");
	published_free(&map);
}

static void replaces_and_removes(void **state)
{
	struct policy less = policy;

	less.num_aggregates = 1;
	assert_int_equal(publish(PATH_OF("run"), &policy, &nothing_present), 2);
	put_file(PATH_OF("run/aggregates/.left"), "by a writer that was killed");
	assert_int_equal(publish(PATH_OF("run"), &less, &machine), 1);
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), 1);
	assert_non_null(strstr(get_file(PATH_OF("run/aggregates/relays")), "gpiochip0"));
	put_file(PATH_OF("run/other"), "stays");
	assert_int_equal(aggregates_remove(PATH_OF("run")), 0);
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), -1);
	assert_string_equal(get_file(PATH_OF("run/other")), "stays");
	assert_int_equal(aggregates_remove(PATH_OF("run")), 0);
}

static void without_room_nothing_changes(void **state)
{
	struct rlimit before, none;

	assert_int_equal(publish(PATH_OF("run"), &policy, &nothing_present), 2);
	getrlimit(RLIMIT_FSIZE, &before);
	none = (struct rlimit){.rlim_cur = 40, .rlim_max = before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none);
	assert_int_equal(publish(PATH_OF("run"), &policy, &machine), -1);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(count_entries(PATH_OF("run/aggregates")), 2);
	assert_string_equal(get_file(PATH_OF("run/aggregates/sensors")),
			    "# gpio-acl aggregate 1 sensors\n0\t-\t3\t-\tlab-a\n");
}

static void refuses_hostile_folders(void **state)
{
	mkdir(PATH_OF("elsewhere"), 0755);
	assert_int_equal(symlink("elsewhere", PATH_OF("link")), 0);
	assert_int_equal(publish(PATH_OF("link"), &policy, &machine), -1);
	put_file(PATH_OF("file"), "");
	assert_int_equal(publish(PATH_OF("file"), &policy, &machine), -1);
	mkdir(PATH_OF("open"), 0755);
	chmod(PATH_OF("open"), 01777);
	assert_int_equal(publish(PATH_OF("open"), &policy, &machine), -1);
	mkdir(PATH_OF("run"), 0755);
	assert_int_equal(symlink("../elsewhere", PATH_OF("run/aggregates")), 0);
	assert_int_equal(publish(PATH_OF("run"), &policy, &machine), -1);
	assert_int_equal(count_entries(PATH_OF("elsewhere")), 0);
	if (geteuid()) /* only root can plant what belongs to another */
		return;
	mkdir(PATH_OF("theirs"), 0755);
	assert_int_equal(chown(PATH_OF("theirs"), 1000, 1000), 0);
	assert_int_equal(publish(PATH_OF("theirs"), &policy, &machine), -1);
}

/* A symbolic link in the place of a draft must not be followed. */
static void does_not_follow_planted_drafts(void **state)
{
	assert_int_equal(publish(PATH_OF("run"), &policy, &machine), 2);
	put_file(PATH_OF("victim"), "untouched");
	assert_int_equal(symlink("../../victim", PATH_OF("run/aggregates/.relays")), 0);
	assert_int_equal(publish(PATH_OF("run"), &policy, &nothing_present), 2);
	assert_string_equal(get_file(PATH_OF("victim")), "untouched");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(writes_each_aggregate),	      TEST(modes_do_not_follow_the_umask),
		TEST(prepared_is_not_published),      TEST(abort_leaves_what_was_published),
		TEST(replaces_only_what_changes),     TEST(absent_chips_keep_their_label),
		TEST(reader_reads_what_writer_wrote), TEST(replaces_and_removes),
		TEST(without_room_nothing_changes),   TEST(refuses_hostile_folders),
		TEST(does_not_follow_planted_drafts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
