// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Subordinate uids: reading the file, cutting overlaps, owners of owners; and that the kernel's
 * search finds the ranges in an image.
 *
 * Over 450 lines: all tests share the written file and its readers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/internal.h"
#include "tests/unit/policy/reading.h"

#define GPIO_ACL_LOOKUP(policy, key) image_lookup(policy, key)
#include "tests/unit/decide/loop.h"

#include "bpf/core/decide.h"

static char folder[] = "/tmp/gpio-acl-subuids-XXXXXX";
static char path[64];
static char *said; /* of the last reading */

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/subuid", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	free(said);
	unlink(path);
	return rmdir(folder);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	rmdir(path);
	return 0;
}

static void write_subuid(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, 0644);
}

static struct machine this_machine(void)
{
	struct machine machine = test_machine;

	machine.subuid = path;
	return machine;
}

#define POLICY "chip a label \"lab-a\"\nallow user alice input on a 0\n"

/* Reads the policy @text on the machine; NULL if it is refused. */
static struct policy *read_on_machine(const char *text)
{
	struct diag *diag = diag_new();
	struct machine machine = this_machine();
	struct policy *policy = policy_read_text("test", text, strlen(text), &machine, diag);

	free(said);
	said = test_messages(diag);
	assert_int_equal(!policy, diag_errors(diag) > 0);
	diag_free(diag);
	return policy;
}

/* The statements about subordinate uids in the canonical text, without the keyword. */
static char *statements(const struct policy *policy)
{
	char *text = test_print(policy, NULL), *out = text;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, "subuids ", 8))
			out += sprintf(out, "%s\n", line + 8);
	*out = '\0';
	return text;
}

/* Reading @file gives the ranges @wanted, also after they were in an image. */
static void comes_to(const char *file, const char *wanted)
{
	struct diag *diag = diag_new();
	struct policy *policy, *back;
	struct image *image;
	char *found;

	write_subuid(file);
	policy = read_on_machine(POLICY);
	assert_non_null(policy);
	found = statements(policy);
	assert_string_equal(found, wanted);
	free(found);
	image = policy_compile(policy, diag);
	back = image_policy(image, diag);
	assert_non_null(back);
	found = statements(back);
	assert_string_equal(found, wanted);
	free(found);
	policy_free(policy);
	policy_free(back);
	image_free(image);
	diag_free(diag);
}

static void says(const char *words)
{
	if (!strstr(said, words))
		fprintf(stderr, "no \"%s\" in:\n%s", words, said);
	assert_non_null(strstr(said, words));
}

static void says_nothing(void)
{
	assert_string_equal(said, "");
}

/* ---- the file ------------------------------------------------------------------------- */

static void no_file(void **state)
{
	struct policy *policy = read_on_machine(POLICY);

	(void)state;
	assert_non_null(policy);
	assert_int_equal(policy->num_subuids, 0);
	says_nothing();
	policy_free(policy);
}

static void lines_as_newuidmap_reads_them(void **state)
{
	(void)state;
	comes_to("", "");
	comes_to("alice:100000:65536\n", "100000-165535 user 1000\n");
	comes_to("\n# bob:5:5\nalice:100000:65536", "100000-165535 user 1000\n");
	comes_to("1000:0x186a0:010000\n", "100000-104095 user 1000\n");
	comes_to("a.b: 7:1:more:\n", "7 user 1004\n");
	comes_to("0:100000:65536\n", "100000-165535 user 0\n");
	says_nothing();
}

static void lines_that_give_nothing(void **state)
{
	static const char *const bad[] = {
		"alice",
		"alice:",
		"alice:1",
		"alice:1:",
		"alice::5",
		":1:5",
		"alice:x:5",
		"alice:1:5x",
		"alice:1:5 ",
		"alice:1.:5",
		"alice:1:99999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		comes_to(bad[i], "");
		says("subuid:1:1: warning: ignored: not OWNER:FIRST:COUNT");
		says(bad[i]);
	}
	comes_to("alice:100:0\nalice:-1:5\nalice:4294967295:1\nalice:8589934592:9\n", "");
	says_nothing();
}

static void a_range_ends_with_the_last_uid(void **state)
{
	(void)state;
	comes_to("alice:4294967000:65536\n", "4294967000-4294967294 user 1000\n");
	comes_to("alice:5:18446744073709551615\n", "5-4294967294 user 1000\n");
	says_nothing();
}

static void root_is_nobodys(void **state)
{
	(void)state;
	comes_to("alice:0:10\n", "1-9 user 1000\n");
	says("subuid:1:1: warning: uid 0 is root");
	comes_to("alice:0:1\n", "");
	says("uid 0 is root");
}

static void owners_that_are_not_known(void **state)
{
	(void)state;
	comes_to("bob:5:5\ngone:100:50\n", "5-9 user 1001\n100-149 unknown\n");
	says("subuid:2:1: warning: unknown user \"gone\"");
	says("nobody with these uids may use a GPIO line");
	comes_to("broken:100:50\n", "100-149 unknown\n");
	says("cannot look up user \"broken\"");
	comes_to("4294967295:100:50\n", "100-149 unknown\n");
}

static void a_file_that_cannot_be_read(void **state)
{
	(void)state;
	mkdir(path, 0755);
	assert_null(read_on_machine(POLICY));
	says("subuid is not a regular file");
	rmdir(path);
	write_subuid("alice:100000:65536\n");
	chmod(path, 0666);
	assert_null(read_on_machine(POLICY));
	says("may be written by");
}

static void an_account_among_them(void **state)
{
	static const char text[] = "chip a label \"lab-a\"\n"
				   "allow user bob input on a 0\n"
				   "allow user 1050 input on a 0\n"
				   "deny user bob output on a 0\n";
	const char *told;

	(void)state;
	write_subuid("alice:1001:100\n");
	policy_free(read_on_machine(text));
	says("warning: user bob (1001) is one of the subordinate uids in");
	told = strstr(said, "is one of");
	assert_null(strstr(told + 1, "is one of"));
}

/* The ranges come from the machine, never from a policy file. */
static void no_statement_of_the_language(void **state)
{
	static const char text[] = "subuids 100-200 user 1000\n";

	(void)state;
	test_refused(text, strlen(text), "expected a statement, got");
}

/* Text that no image has, unless somebody changed the copy of the last policy. */
static void damaged_text(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"subuids 5-9 user 1\nsubuids 9-10 user 2\n", "out of order"},
		{"subuids 50 user 1\nsubuids 9-10 user 2\n", "out of order"},
		{"subuids 9-5 user 1\n", "is reversed"},
		{"subuids 5-4294967295 user 1\n", "is too large (limit 4294967294)"},
		{"subuids alice\n", "expected a range of uids, got"},
		{"subuids 5\n", "expected \"user\" before end of line"},
		{"subuids 5 user alice\n", "expected end of line, got"},
		{"subuids 5 user 4294967295\n", "is too large (limit 4294967294)"},
		{"subuids 5 user 1 2 3 4 5\n", "expected end of line, got"},
		{"subuids 5 unknown 1\n", "expected end of line, got"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct diag *diag = diag_new();

		assert_null(policy_read_canonical("text", bad[i].text, strlen(bad[i].text), diag));
		free(said);
		said = test_messages(diag);
		says(bad[i].error);
		diag_free(diag);
	}
}

/* ---- pieces --------------------------------------------------------------------------- */

static void ranges_that_overlap(void **state)
{
	(void)state;
	comes_to("alice:10:10\nbob:15:10\n",
		 "10-14 user 1000\n15-19 user 1000 1001\n20-24 user 1001\n");
	comes_to("bob:10:10\nalice:10:5\n", "10-14 user 1000 1001\n15-19 user 1001\n");
	comes_to("bob:10:10\nalice:12:1\n",
		 "10-11 user 1001\n12 user 1000 1001\n13-19 user 1001\n");
	comes_to("alice:20:10\nbob:10:10\n", "10-19 user 1001\n20-29 user 1000\n");
	comes_to("alice:10:10\nalice:10:10\n", "10-19 user 1000\n");
	comes_to("alice:10:10\ngone:15:10\n", "10-14 user 1000\n15-19 unknown\n20-24 unknown\n");
	comes_to("alice:4294967294:1\nbob:4294967293:2\n",
		 "4294967293 user 1001\n4294967294 user 1000 1001\n");
}

static void as_many_owners_as_fit(void **state)
{
	(void)state;
	comes_to("alice:10:1\nbob:10:1\ncarol:10:1\nnodered:10:1\n",
		 "10 user 1000 1001 1002 1003\n");
	says_nothing();
	comes_to("alice:10:1\nbob:10:1\ncarol:10:1\nnodered:10:1\na.b:10:1\n", "10 unknown\n");
	says("uids 10-10 are subordinate to more than 4 users");
}

static void owners_of_owners(void **state)
{
	(void)state;
	comes_to("alice:1001:1\nbob:50:1\n", "50 user 1000 1001\n1001 user 1000\n");
	comes_to("alice:1001:1\nbob:1000:1\n", "1000 user 1000 1001\n1001 user 1000 1001\n");
	comes_to("alice:1000:1\n", "1000 user 1000\n");
	comes_to("7:6:1\n6:5:1\n5:4:1\n", "4 user 5 6 7\n5 user 6 7\n6 user 7\n");
	comes_to("gone:1000:1\nalice:50:1\n", "50 unknown\n1000 unknown\n");
}

/* ---- changes -------------------------------------------------------------------------- */

static int read_again(struct policy *policy)
{
	struct diag *diag = diag_new();
	struct machine machine = this_machine();
	int changed = policy_read_subuids(policy, &machine, diag);

	assert_int_equal(changed<0, diag_errors(diag)> 0);
	diag_free(diag);
	return changed;
}

static void a_change_is_seen(void **state)
{
	struct policy *policy;
	char *found;

	(void)state;
	write_subuid("alice:100:10\n");
	policy = read_on_machine(POLICY);
	assert_int_equal(read_again(policy), 0);
	write_subuid("bob:100:10\n");
	assert_int_equal(read_again(policy), 1);
	assert_int_equal(read_again(policy), 0);
	assert_false(policy_waits_for_owner(policy));
	write_subuid("gone:100:10\n");
	assert_int_equal(read_again(policy), 1);
	assert_true(policy_waits_for_owner(policy));
	chmod(path, 0666);
	assert_int_equal(read_again(policy), -1);
	found = statements(policy);
	assert_string_equal(found, "100-109 unknown\n");
	free(found);
	unlink(path);
	assert_int_equal(read_again(policy), 1);
	assert_int_equal(policy->num_subuids, 0);
	assert_int_equal(read_again(policy), 0);
	policy_free(policy);
}

/* ---- at random ------------------------------------------------------------------------ */

#define UIDS   24
#define GRANTS 6

/* Bit o of owns[u]: uid u is subordinate to uid o. A second implementation, to compare with. */
static void own(uint32_t owns[UIDS], uint32_t owner, uint32_t first, uint32_t count)
{
	for (uint32_t uid = first; uid < first + count && uid < UIDS; uid++)
		owns[uid] |= 1u << owner;
}

static void close_over(uint32_t owns[UIDS])
{
	for (int pass = 0; pass < UIDS; pass++)
		for (int uid = 0; uid < UIDS; uid++)
			for (int owner = 0; owner < UIDS; owner++)
				if (owns[uid] & 1u << owner)
					owns[uid] |= owns[owner];
}

static void assert_found(const struct image *image, const uint32_t owns[UIDS])
{
	for (uint32_t uid = 0; uid < UIDS; uid++) {
		struct gpio_acl_search search = {.uid = uid};
		uint32_t found = 0;

		gpio_acl_search((void *)image, &search);
		if (__builtin_popcount(owns[uid]) > GPIO_ACL_MAX_SHARERS) {
			assert_int_equal(search.found.num_owners, GPIO_ACL_OWNERS_UNKNOWN);
			continue;
		}
		for (uint32_t i = 0; i < search.found.num_owners; i++)
			found |= 1u << search.found.owners[i];
		assert_int_equal(found, owns[uid]);
	}
}

static void any_ranges(void **state)
{
	(void)state;
	for (int seed = 0; seed < 2000; seed++) {
		struct diag *diag = diag_new();
		uint32_t owns[UIDS] = {0};
		struct policy *policy;
		struct image *image;
		char text[GRANTS * 32] = "", *out = text;

		srandom(seed);
		for (int i = random() % (GRANTS + 1); i > 0; i--) {
			uint32_t owner = 1 + random() % (UIDS - 1), first = 1 + random() % UIDS;
			uint32_t count = random() % 8;

			out += sprintf(out, "%u:%u:%u\n", owner, first, count);
			own(owns, owner, first, count);
		}
		close_over(owns);
		write_subuid(text);
		policy = read_on_machine(POLICY);
		image = policy_compile(policy, diag);
		assert_found(image, owns);
		image_free(image);
		policy_free(policy);
		diag_free(diag);
	}
}

/* ---- whose process it is -------------------------------------------------------------- */

/* As the kernel does for a process with the first uid, in namespaces made by the other uids. */
static bool take_users(const struct image *image, const uint32_t *uids, size_t num,
		       struct gpio_acl_subject *subject)
{
	bool known = true;

	*subject = (struct gpio_acl_subject){
		.uid = uids[0], .num_accountable = 1, .accountable = {uids[0]}};
	for (size_t i = 0; i < num; i++) {
		struct gpio_acl_search search = {.uid = uids[i]};

		if (i)
			gpio_acl_own(subject, uids[i]);
		gpio_acl_search((void *)image, &search);
		known &= gpio_acl_add_user(subject, &search);
	}
	return known;
}

/* @owners, @accountable: sorted, ended by UINT32_MAX */
static void belongs(const struct image *image, const uint32_t *uids, size_t num,
		    const uint32_t *owners, const uint32_t *accountable)
{
	struct gpio_acl_subject subject;
	uint32_t i;

	assert_true(take_users(image, uids, num, &subject));
	for (i = 0; owners[i] != UINT32_MAX; i++)
		assert_int_equal(subject.owners[i], owners[i]);
	assert_int_equal(subject.num_owners, i);
	for (i = 0; accountable[i] != UINT32_MAX; i++)
		assert_int_equal(subject.accountable[i], accountable[i]);
	assert_int_equal(subject.num_accountable, i);
}

#define END	   UINT32_MAX
#define IDS(...)   ((const uint32_t[]){__VA_ARGS__})
#define USERS(...) IDS(__VA_ARGS__), sizeof(IDS(__VA_ARGS__)) / sizeof(uint32_t)

static void owners_and_who_is_accountable(void **state)
{
	struct diag *diag = diag_new();
	struct gpio_acl_subject subject;
	struct policy *policy;
	struct image *image;

	(void)state;
	write_subuid("alice:100:10\nbob:200:10\n0:200:20\n0:300:10\ncarol:400:2\nbob:400:2\ngone:"
		     "500:1\nalice:600:1\n");
	policy = read_on_machine(POLICY);
	image = policy_compile(policy, diag);
	belongs(image, USERS(1001), IDS(END), IDS(1001, END));
	belongs(image, USERS(0), IDS(END), IDS(0, END));
	belongs(image, USERS(105), IDS(1000, END), IDS(1000, END));
	belongs(image, USERS(99), IDS(END), IDS(99, END));
	belongs(image, USERS(110), IDS(END), IDS(110, END));
	/* root, who maps uids for others, does not answer for them */
	belongs(image, USERS(305), IDS(0, END), IDS(305, END));
	belongs(image, USERS(205), IDS(0, 1001, END), IDS(1001, END));
	belongs(image, USERS(215), IDS(0, END), IDS(215, END));
	belongs(image, USERS(400), IDS(1001, 1002, END), IDS(1001, 1002, END));
	/* a range of one uid: it belongs to an account */
	belongs(image, USERS(600), IDS(1000, END), IDS(600, END));
	belongs(image, USERS(7, 600), IDS(600, 1000, END), IDS(600, END));
	/* namespaces, from the inner to the outer one */
	belongs(image, USERS(7, 1000), IDS(1000, END), IDS(1000, END));
	belongs(image, USERS(7, 105), IDS(105, 1000, END), IDS(1000, END));
	belongs(image, USERS(105, 1000), IDS(1000, 1000, END), IDS(1000, END));
	belongs(image, USERS(400, 1000), IDS(1001, 1002, 1000, END), IDS(1000, END));
	belongs(image, USERS(105, 0), IDS(1000, 0, END), IDS(1000, END));
	belongs(image, USERS(7, 1002, 105, 0), IDS(1002, 105, 1000, 0, END), IDS(1000, END));
	assert_false(take_users(image, USERS(500), &subject));
	assert_false(take_users(image, USERS(1000, 500), &subject));
	assert_false(take_users(image, USERS(500, 1000), &subject));
	image_free(image);
	policy_free(policy);
	diag_free(diag);
}

/* The deepest nesting of namespaces, each made by a uid with the most owners, fits. */
static void the_most_owners(void **state)
{
	uint32_t uids[1 + GPIO_ACL_MAX_NAMESPACES];
	struct diag *diag = diag_new();
	struct gpio_acl_subject subject;
	struct policy *policy;
	struct image *image;

	(void)state;
	write_subuid("alice:10:1\nbob:10:1\ncarol:10:1\nnodered:10:1\n");
	policy = read_on_machine(POLICY);
	image = policy_compile(policy, diag);
	for (size_t i = 0; i < sizeof(uids) / sizeof(*uids); i++)
		uids[i] = 10;
	assert_true(take_users(image, uids, sizeof(uids) / sizeof(*uids), &subject));
	assert_int_equal(subject.num_owners, GPIO_ACL_MAX_OWNERS);
	assert_int_equal(subject.owners[GPIO_ACL_MAX_OWNERS - 1], 1003);
	image_free(image);
	policy_free(policy);
	diag_free(diag);
}

#define TEST(test) cmocka_unit_test_teardown(test, remove_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_file),
		TEST(lines_as_newuidmap_reads_them),
		TEST(lines_that_give_nothing),
		TEST(a_range_ends_with_the_last_uid),
		TEST(root_is_nobodys),
		TEST(owners_that_are_not_known),
		TEST(a_file_that_cannot_be_read),
		TEST(an_account_among_them),
		TEST(no_statement_of_the_language),
		TEST(damaged_text),
		TEST(ranges_that_overlap),
		TEST(as_many_owners_as_fit),
		TEST(owners_of_owners),
		TEST(a_change_is_seen),
		TEST(any_ranges),
		TEST(owners_and_who_is_accountable),
		TEST(the_most_owners),
	};

	return cmocka_run_group_tests_name("subordinate uids", tests, make_folder, remove_folder);
}
