// SPDX-License-Identifier: GPL-2.0-or-later
/* The spool keeps records in order, is bounded, counts what it drops, and survives its writer. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "folder_fixture.h"
#include "gpio-acl/abi.h"
#include "loader/audit/spool.h"

#define RECORD 300 /* bytes of each record here, its number first */
#define ENTRY  (RECORD + 4)
#define HEADER 24
#define HALF   (HEADER + 3 * ENTRY) /* three records a file */

static struct spool *open_spool(void **state, size_t size)
{
	int folder = open(*state, O_RDONLY | O_DIRECTORY);
	struct spool *spool = spool_open(folder, *state, size);

	assert_int_not_equal(folder, -1);
	return spool; /* the test ends with the folder still open */
}

static void copy_file(const char *from, const char *to)
{
	char bytes[4 * HALF];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0600);
	ssize_t size = read(in, bytes, sizeof(bytes));

	assert_int_equal(write(out, bytes, size), size);
	close(in);
	close(out);
}

static void append(struct spool *spool, uint32_t first, uint32_t last)
{
	uint32_t record[RECORD / 4] = {0};

	for (record[0] = first; record[0] <= last; record[0]++)
		assert_int_equal(spool_append(spool, record, sizeof(record)), 0);
}

struct seen {
	uint32_t first, last, num;
};

static int see(void *ctx, void *record, size_t size)
{
	struct seen *seen = ctx;
	uint32_t number = *(uint32_t *)record;

	assert_int_equal(size, RECORD);
	if (seen->num++)
		assert_int_equal(number, seen->last + 1);
	else
		seen->first = number;
	seen->last = number;
	return 0;
}

static void expect(struct spool *spool, uint32_t first, uint32_t last, uint64_t dropped)
{
	struct seen seen = {0};
	uint64_t got;

	assert_int_equal(spool_read(spool, see, &seen, &got), 0);
	assert_int_equal(got, dropped);
	assert_int_equal(seen.num, last + 1 - first);
	if (seen.num) {
		assert_int_equal(seen.first, first);
		assert_int_equal(seen.last, last);
	}
}

static void keeps_order_over_restarts(void **state)
{
	struct spool *spool = open_spool(state, 2 * HALF);
	struct stat status;

	expect(spool, 1, 0, 0);
	append(spool, 1, 2);
	spool_close(spool);
	spool = open_spool(state, 2 * HALF);
	append(spool, 3, 5);
	expect(spool, 1, 5, 0);
	spool_close(spool);
	assert_int_equal(stat(PATH_OF("audit"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(PATH_OF("audit.old"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void drops_the_older_half(void **state)
{
	struct spool *spool = open_spool(state, 2 * HALF);
	struct stat status;

	append(spool, 1, 6);
	expect(spool, 1, 6, 0);
	append(spool, 7, 7);
	expect(spool, 4, 7, 3);
	append(spool, 8, 100);
	expect(spool, 97, 100, 96);
	spool_close(spool);
	spool = open_spool(state, 2 * HALF);
	expect(spool, 97, 100, 96);
	spool_close(spool);
	assert_int_equal(stat(PATH_OF("audit.old"), &status), 0);
	assert_int_equal(status.st_size, HALF);
}

static void goes_on_after_an_interrupted_turn(void **state)
{
	struct spool *spool = open_spool(state, 2 * HALF);

	append(spool, 1, 6);
	spool_close(spool);
	copy_file(PATH_OF("audit"), PATH_OF("full"));
	spool = open_spool(state, 2 * HALF);
	append(spool, 7, 7);
	spool_close(spool);
	/* killed after the rename, before the current file is truncated */
	assert_int_equal(rename(PATH_OF("full"), PATH_OF("audit")), 0);
	spool = open_spool(state, 2 * HALF);
	expect(spool, 4, 6, 3);
	append(spool, 7, 7);
	expect(spool, 4, 7, 3);
	spool_close(spool);
}

/* ... or after that, before its header is written. */
static void goes_on_without_a_header(void **state)
{
	struct spool *spool = open_spool(state, 2 * HALF);

	append(spool, 1, 7);
	spool_close(spool);
	assert_int_equal(truncate(PATH_OF("audit"), 0), 0);
	spool = open_spool(state, 2 * HALF);
	append(spool, 7, 7);
	expect(spool, 4, 7, 3);
	spool_close(spool);
}

#define FILE_ROOM 30 /* records in a file, shared by four kinds */

/* All by subordinate uids: the owner is charged. */
static void append_of(struct spool *spool, uint32_t charged, uint16_t reason, uint32_t num)
{
	struct gpio_acl_record record = {.charged = charged, .reason = reason};

	for (; num; num--, record.uid++)
		assert_int_equal(spool_append(spool, &record, RECORD), 0);
}

struct tally {
	uint32_t charged;
	uint16_t reason;
	uint32_t num;
};

static int tally(void *ctx, void *data, size_t size)
{
	const struct gpio_acl_record *record = data;
	struct tally *kept = ctx;

	assert_int_equal(size, RECORD);
	kept->num += record->charged == kept->charged && record->reason == kept->reason;
	return 0;
}

static uint32_t num_kept(struct spool *spool, uint32_t charged, uint16_t reason)
{
	struct tally kept = {charged, reason, 0};
	uint64_t dropped;

	assert_int_equal(spool_read(spool, tally, &kept, &dropped), 0);
	return kept.num;
}

/* A flood of one user drops records of that user only, and of one kind only. */
static void keeps_each_a_share(void **state)
{
	size_t size = 2 * (HEADER + FILE_ROOM * ENTRY);
	struct spool *spool = open_spool(state, size);
	struct stat status;
	uint64_t dropped;
	struct tally any = {0};

	append_of(spool, 1001, GPIO_ACL_REASON_POLICY, 3);
	append_of(spool, 1000, GPIO_ACL_REASON_RACE, 2);
	append_of(spool, 1000, GPIO_ACL_REASON_BYPASS, 1);
	for (int i = 0; i < 10; i++) {
		append_of(spool, 1000, GPIO_ACL_REASON_POLICY, 100);
		spool_close(spool);
		spool = open_spool(state, size);
	}
	assert_int_equal(num_kept(spool, 1001, GPIO_ACL_REASON_POLICY), 3);
	assert_int_equal(num_kept(spool, 1000, GPIO_ACL_REASON_RACE), 2);
	assert_int_equal(num_kept(spool, 1000, GPIO_ACL_REASON_BYPASS), 1);
	assert_in_range(num_kept(spool, 1000, GPIO_ACL_REASON_POLICY), FILE_ROOM - 6,
			2 * FILE_ROOM - 6);
	assert_int_equal(spool_read(spool, tally, &any, &dropped), 0);
	assert_int_equal(dropped + 6 + num_kept(spool, 1000, GPIO_ACL_REASON_POLICY), 1006);
	spool_close(spool);
	assert_int_equal(stat(PATH_OF("audit.old"), &status), 0);
	assert_in_range(status.st_size, size / 2 - ENTRY, size / 2);
	assert_int_equal(access(PATH_OF("audit.new"), F_OK), -1);
}

/* Two users who flood get equal shares. */
static void shares_between_floods(void **state)
{
	struct spool *spool = open_spool(state, 2 * (HEADER + FILE_ROOM * ENTRY));

	for (int i = 0; i < 100; i++) {
		append_of(spool, 1000, GPIO_ACL_REASON_POLICY, 9);
		append_of(spool, 1001, GPIO_ACL_REASON_POLICY, 3);
	}
	append_of(spool, 1002, GPIO_ACL_REASON_POLICY, 2);
	assert_in_range(num_kept(spool, 1000, GPIO_ACL_REASON_POLICY), 14, 14 + FILE_ROOM);
	assert_in_range(num_kept(spool, 1001, GPIO_ACL_REASON_POLICY), 14, 14 + FILE_ROOM);
	assert_int_equal(num_kept(spool, 1002, GPIO_ACL_REASON_POLICY), 2);
	spool_close(spool);
}

/* More users than shares: the oldest records of all are dropped. */
static void has_more_users_than_room(void **state)
{
	struct spool *spool = open_spool(state, 2 * (HEADER + FILE_ROOM * ENTRY));
	uint32_t last = 2000 + 10 * FILE_ROOM;

	for (uint32_t uid = 2000; uid <= last; uid++)
		append_of(spool, uid, GPIO_ACL_REASON_POLICY, 1);
	assert_int_equal(num_kept(spool, 2000, GPIO_ACL_REASON_POLICY), 0);
	for (uint32_t uid = last - FILE_ROOM + 1; uid <= last; uid++)
		assert_int_equal(num_kept(spool, uid, GPIO_ACL_REASON_POLICY), 1);
	spool_close(spool);
}

static void cuts_off_what_is_unfinished(void **state)
{
	struct spool *spool = open_spool(state, 2 * HALF);

	append(spool, 1, 2);
	spool_close(spool);
	assert_int_equal(truncate(PATH_OF("audit"), HEADER + 2 * ENTRY - 1), 0);
	spool = open_spool(state, 2 * HALF);
	append(spool, 2, 3);
	expect(spool, 1, 3, 0);
	spool_close(spool);
}

/* Garbage in a file: nothing is read past its end, and no size in it is trusted. */
static void doubts_its_files(void **state)
{
	static const char zeros[4096];
	struct spool *spool;
	int fd;

	put_file(PATH_OF("audit"), "no header");
	spool = open_spool(state, 2 * HALF);
	expect(spool, 1, 0, 0);
	append(spool, 1, 1);
	spool_close(spool);
	fd = open(PATH_OF("audit"), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "\xff\xff\xff\xff", 4), 4);
	assert_int_equal(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	close(fd);
	spool = open_spool(state, 2 * HALF);
	expect(spool, 1, 1, 0);
	spool_close(spool);
	fd = open(PATH_OF("audit"), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	close(fd);
	spool = open_spool(state, 2 * HALF);
	append(spool, 2, 2);
	expect(spool, 1, 2, 0);
	spool_close(spool);
}

static void refuses_a_link(void **state)
{
	put_file(PATH_OF("victim"), "untouched");
	assert_int_equal(symlink("victim", PATH_OF("audit")), 0);
	assert_null(open_spool(state, 2 * HALF));
	assert_string_equal(get_file(PATH_OF("victim")), "untouched");
}

static int see_sizes(void *ctx, void *record, size_t size)
{
	(void)record;
	*(size_t *)ctx = 1000 * *(size_t *)ctx + size;
	return 0;
}

/* The rest of a torn record must not be read as one, behind a shorter record. */
static void takes_back_half_a_record(void **state)
{
	struct spool *spool = open_spool(state, 2 * HALF);
	struct rlimit before, less;
	uint32_t record[RECORD / 4] = {2, 0, 1};
	uint64_t dropped;
	size_t sizes = 0;

	append(spool, 1, 1);
	getrlimit(RLIMIT_FSIZE, &before);
	less = (struct rlimit){.rlim_cur = HEADER + ENTRY + 50, .rlim_max = before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &less);
	assert_int_equal(spool_append(spool, record, sizeof(record)), -1);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(spool_append(spool, record, 8), 0);
	assert_int_equal(spool_read(spool, see_sizes, &sizes, &dropped), 0);
	assert_int_equal(sizes, 1000 * RECORD + 8);
	spool_close(spool);
}

static int stop(void *ctx, void *record, size_t size)
{
	(void)record, (void)size;
	++*(int *)ctx;
	return 7;
}

static void stops_when_told(void **state)
{
	struct spool *spool = open_spool(state, 2 * HALF);
	uint64_t dropped;
	int calls = 0;

	append(spool, 1, 5);
	assert_int_equal(spool_read(spool, stop, &calls, &dropped), 7);
	assert_int_equal(calls, 1);
	spool_close(spool);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(keeps_order_over_restarts),
		TEST(drops_the_older_half),
		TEST(goes_on_after_an_interrupted_turn),
		TEST(goes_on_without_a_header),
		TEST(keeps_each_a_share),
		TEST(shares_between_floods),
		TEST(has_more_users_than_room),
		TEST(cuts_off_what_is_unfinished),
		TEST(doubts_its_files),
		TEST(refuses_a_link),
		TEST(takes_back_half_a_record),
		TEST(stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
