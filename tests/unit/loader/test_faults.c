// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fault injection into `load`: each call that can fail does, alone and with all later ones, and
 * files cannot grow beyond each size. Afterwards the old policy or the new one is in force, with
 * its own published aggregates: none is torn, and none is of another policy. The engine is a stub;
 * faults of the real one are injected in the guests (65-failing-calls.sh).
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "folder_fixture.h"
#include "loader/aggregates/write.h"
#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "loader/input/last.h"
#include "tests/fault/fault.h"

/* A load takes 0.1 s with sanitizers: long sweeps inject every fifth fault. */
#define STRIDE 5

/* `relays` changes, `doors` goes, `leds` comes. */
static const char first_text[] = "chip header label \"lab-a\"\n"
				 "aggregate relays = header 0-1\n"
				 "aggregate doors = header 2\n"
				 "allow user 1000 input on relays\n"
				 "allow user 1000 input on doors\n";
static const char second_text[] = "chip header label \"lab-a\"\n"
				  "aggregate leds = header 5-6\n"
				  "aggregate relays = header 3-4 9\n"
				  "allow user 1000 input output on relays as \"a reason\"\n"
				  "allow group 2000 edges on leds[1]\n"
				  "deny everyone output on relays[0]\n";

/* ---- a stub of the engine -------------------------------------------------------------- */

static uint32_t *in_force; /* shared with the children: how many rules the policy has; 0: none */
static const char *folder;

static int fails(const char *what)
{
	if (!fault_strikes(what))
		return 0;
	msg_error("%s failed", what);
	return -1;
}

/* So that `load` runs. */
uid_t geteuid(void)
{
	return 0;
}

int engine_check_kernel(void)
{
	return fails("engine_check_kernel");
}

int engine_has_policy(void)
{
	return 1;
}

int engine_lock(void)
{
	return fails("engine_lock") ? -1 : dup(STDIN_FILENO);
}

int engine_load(const struct image *image, uint64_t *generation)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};

	if (fails("engine_load"))
		return -1;
	*generation = 1;
	*in_force = image_lookup(image, &key)->settings.num_rules;
	return 0;
}

int engine_held(void (*each)(const struct gpio_acl_record *record, void *ctx), void *ctx)
{
	(void)each;
	(void)ctx;
	return fails("engine_held");
}

/* NOLINTBEGIN(bugprone-reserved-identifier) */
void __wrap_last_prepare(struct last *last, const struct policy *policy);
void __real_last_prepare(struct last *last, const struct policy *policy);
int __wrap_aggregates_prepare(struct publication *publication, const struct policy *policy,
			      const struct machine *machine);
int __real_aggregates_prepare(struct publication *publication, const struct policy *policy,
			      const struct machine *machine);

int __wrap_aggregates_prepare(struct publication *publication, const struct policy *policy,
			      const struct machine *machine)
{
	static char base[PATH_MAX];

	snprintf(base, sizeof(base), "%s/run", folder);
	publication->base = base;
	return __real_aggregates_prepare(publication, policy, machine);
}

void __wrap_last_prepare(struct last *last, const struct policy *policy)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/last", folder);
	last->folder = path;
	__real_last_prepare(last, policy);
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- a load, and its outcome ------------------------------------------------------------ */

struct fault {
	unsigned long number; /* fault_set(); 0: none */
	bool lasts;
	bool limited; /* no file may grow beyond so many bytes */
	rlim_t size;
};

/* The policy in force, and the published aggregates. */
struct outcome {
	uint32_t rules;
	char relays[256], doors[256], leds[256];
	int others; /* further files */
};

/* The copy of the last policy is that of the policy in force, or there is none. */
static void check_last(uint32_t rules, const char *why)
{
	const char *path = path_of(folder, "last/" LAST_FILE);
	struct diag *diag = diag_new();
	struct policy *last = access(path, F_OK) ? NULL : policy_read_last(path, diag);

	if (diag_errors(diag) || (last && last->num_rules != rules))
		fail_msg("%s: the last policy is not that in force", why);
	policy_free(last);
	diag_free(diag);
}

static struct outcome first, second;

static struct outcome look(void)
{
	struct outcome now = {.rules = *in_force};

	strcpy(now.relays, get_file(path_of(folder, "run/aggregates/relays")));
	strcpy(now.doors, get_file(path_of(folder, "run/aggregates/doors")));
	strcpy(now.leds, get_file(path_of(folder, "run/aggregates/leds")));
	now.others = count_entries(path_of(folder, "run/aggregates"));
	now.others -= strcmp(now.relays, "(none)") != 0;
	now.others -= strcmp(now.doors, "(none)") != 0;
	now.others -= strcmp(now.leds, "(none)") != 0;
	return now;
}

/* exit() checks for leaks, which is slow: only after a single fault. */
static _Noreturn void load_in_child(const char *name, const struct fault *fault, int messages)
{
	char path[PATH_MAX], command[] = "load";
	char *words[] = {command, path, NULL};
	char struck[PATH_MAX];
	struct rlimit limit;
	int status;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(struck, sizeof(struck), "%s/struck", folder);
	dup2(messages, STDERR_FILENO);
	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
	if (fault->limited) {
		getrlimit(RLIMIT_FSIZE, &limit);
		limit.rlim_cur = fault->size;
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
	}
	fault_set(fault->number, fault->lasts, struck);
	status = cli_run(&cmd_load, 2, words);
	if (fault->number && !fault->lasts)
		exit(status);
	_exit(status);
}

/* Returns the exit status; @said takes standard error. */
static int load(const char *name, struct fault fault, char said[4096])
{
	int messages[2], status;
	size_t size = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(messages), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		load_in_child(name, &fault, messages[1]);
	close(messages[1]);
	while ((got = read(messages[0], said + size, 4095 - size)) > 0)
		size += got;
	said[size] = '\0';
	close(messages[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status))
		fail_msg("call %lu: ended by signal %d: %s", fault.number, WTERMSIG(status), said);
	return WEXITSTATUS(status);
}

static struct outcome load_well(const char *name)
{
	char said[4096];
	int status = load(name, (struct fault){0}, said);

	if (status)
		fail_msg("without a fault %s is not loaded: %s", name, said);
	return look();
}

static void same(const struct outcome *one, const struct outcome *other, const char *why)
{
	if (one->rules != other->rules)
		fail_msg("%s: in force are %u rules", why, one->rules);
	if (strcmp(one->relays, other->relays))
		fail_msg("%s: relays is %s", why, one->relays);
	if (strcmp(one->doors, other->doors))
		fail_msg("%s: doors is %s", why, one->doors);
	if (strcmp(one->leds, other->leds))
		fail_msg("%s: leds is %s", why, one->leds);
}

/* An aggregate of the second policy or none: not that of the first, and not half of one. */
static void right_or_gone(const char *map, const char *right, const char *why)
{
	if (strcmp(map, right) && strcmp(map, "(none)"))
		fail_msg("%s: the second policy is in force, and a map is: %s", why, map);
}

static size_t count_errors(const char *said)
{
	size_t num = 0;

	for (; (said = strstr(said, "error: ")); said++)
		num++;
	return num;
}

static void judge(int status, const struct fault *fault, const char *said)
{
	struct outcome now = look();
	char why[4500];

	snprintf(why, sizeof(why), "call %lu%s, size %ld, status %d, said %s", fault->number,
		 fault->lasts ? "+" : "", fault->limited ? (long)fault->size : -1, status, said);
	if (!fault->lasts) /* else the old copy cannot be removed either */
		check_last(now.rules, why);
	if (!status) {
		same(&now, &second, why);
		return;
	}
	if (status != EXIT_REFUSED)
		fail_msg("%s", why);
	if (!fault->lasts && count_errors(said) != 1)
		fail_msg("not one message: %s", why);
	if (now.rules == first.rules) {
		same(&now, &first, why);
		return;
	}
	assert_int_equal(now.rules, second.rules);
	/* if every call fails, the old file cannot be removed: the error must say so */
	if (fault->lasts && strstr(said, "cannot write"))
		return;
	right_or_gone(now.relays, second.relays, why);
	right_or_gone(now.leds, second.leds, why);
}

static bool is_as(const struct outcome *one, const struct outcome *other)
{
	return one->rules == other->rules && !strcmp(one->relays, other->relays) &&
	       !strcmp(one->doors, other->doors) && !strcmp(one->leds, other->leds) &&
	       one->others == other->others;
}

/* Loads with a fault; the first policy is in force before and after. False: too few calls. */
static bool try_fault(struct fault fault)
{
	char said[4096];
	struct outcome now;

	unlink(path_of(folder, "struck"));
	judge(load("second.conf", fault, said), &fault, said);
	now = look();
	if (!is_as(&now, &first)) {
		now = load_well("second.conf");
		same(&now, &second, "after a fault");
		assert_int_equal(now.others, 0);
		now = load_well("first.conf");
		assert_true(is_as(&now, &first));
	}
	return !access(path_of(folder, "struck"), F_OK);
}

static int setup(void **state)
{
	if (folder_setup(state))
		return -1;
	folder = *state;
	in_force = mmap(NULL, sizeof(*in_force), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (in_force == MAP_FAILED)
		return -1;
	put_file(path_of(folder, "first.conf"), first_text);
	put_file(path_of(folder, "second.conf"), second_text);
	second = load_well("second.conf");
	first = load_well("first.conf");
	return 0;
}

static int teardown(void **state)
{
	munmap(in_force, sizeof(*in_force));
	return folder_teardown(state);
}

/* ---- the tests -------------------------------------------------------------------------- */

static void each_call_alone(void **state)
{
	unsigned long number = 1;

	(void)state;
	assert_string_not_equal(first.relays, second.relays);
	while (try_fault((struct fault){.number = number}))
		number++;
	print_message("# %lu calls were made to fail\n", number - 1);
	assert_true(number > 100);
}

static void each_call_and_all_that_follow(void **state)
{
	unsigned long number = 1;

	(void)state;
	while (try_fault((struct fault){.number = number, .lasts = true}))
		number += STRIDE;
	assert_true(number > 100);
}

/* RLIMIT_FSIZE: a write that crosses the limit is short, the next one fails. */
static void short_writes(void **state)
{
	size_t most = strlen(second.relays) > strlen(second.leds) ? strlen(second.relays)
								  : strlen(second.leds);
	char said[4096];

	(void)state;
	for (rlim_t size = most % STRIDE; size <= most; size += STRIDE) {
		struct fault fault = {.limited = true, .size = size};
		int status;

		status = load("second.conf", fault, said);
		judge(status, &fault, said);
		assert_int_equal(status, size < most ? EXIT_REFUSED : EXIT_DONE);
		assert_int_equal(look().rules, size < most ? first.rules : second.rules);
	}
}

/* Without a policy before, a failed load leaves none. */
static void a_first_load(void **state)
{
	(void)state;
	for (unsigned long number = 1;; number += STRIDE) {
		char said[4096];
		int status;

		unlink(path_of(folder, "struck"));
		assert_int_equal(aggregates_remove(path_of(folder, "run")), 0);
		*in_force = 0;
		status = load("second.conf", (struct fault){.number = number}, said);
		if (access(path_of(folder, "struck"), F_OK))
			break;
		if (!*in_force) {
			assert_string_equal(look().relays, "(none)");
			assert_string_equal(look().leds, "(none)");
		}
		if (!status)
			assert_int_equal(*in_force, second.rules);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_call_alone),
		TEST(each_call_and_all_that_follow),
		TEST(short_writes),
		TEST(a_first_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
