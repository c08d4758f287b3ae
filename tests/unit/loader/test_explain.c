// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts on a policy and a machine made up here, and the rules that are said to make them.
 *
 * Over 450 lines: all tests share the policy and the machine.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/cli.h"
#include "loader/decision/explain.h"

static const char *const names[8] = {"RELAY0", "RELAY1", [6] = "TWICE", [7] = "TWICE"};

static const struct machine_chip chips[] = {
	{"gpiochip0", "lab-a", "sim.0", 8, names},
	{"gpiochip1", "twin", "usb.1", 8, names},
	{"gpiochip2", "twin", "usb.2", 8, names},
};

static int user_id(const char *name, uint32_t *id)
{
	*id = 54321; /* no account of any machine: it has no groups of its own */
	return strcmp(name, "alice") ? -ENOENT : 0;
}

static int group_id(const char *name, uint32_t *id)
{
	*id = 2000;
	return strcmp(name, "operators") ? -ENOENT : 0;
}

static const char *no_name(uint32_t id)
{
	(void)id;
	return NULL;
}

static const struct machine_link links[] = {{"gpiochip7", "gpiochip2"}, {"gpiochip8", "gpiochip6"}};

static const struct machine machine = {user_id, group_id, no_name, no_name, chips,
				       3,	links,	  2,	   NULL,    true};

static const char text[] = "chip header label \"lab-a\"\n"		     /* 1 */
			   "chip port device \"sim.0\"\n"		     /* 2: the same chip */
			   "chip twins label \"twin\"\n"		     /* 3 */
			   "chip second device \"usb.2\"\n"		     /* 4 */
			   "chip absent label \"gone\"\n"		     /* 5 */
			   "aggregate relays = header 0 1, absent \"FAN\"\n" /* 6 */
			   "allow user alice input output on relays\n"	     /* 7 */
			   "allow group operators edges on port 0-3 memory any\n" /* 8 */
			   "deny everyone output on port 1\n"			  /* 9 */
			   "allow everyone input on twins 0\n"			  /* 10 */
			   "allow user alice output on second 0\n"		  /* 11 */
			   "allow user alice input on absent 5\n"		  /* 12 */
			   "chip late label \"late\"\n"				  /* 13 */
			   "allow user alice input output on late 0-70\n"	  /* 14 */
			   "allow group operators output on late 0-70\n"	  /* 15 */
			   "deny user alice output on late 3 \"RELAY9\"\n"	  /* 16 */
			   "allow user 2 bias on header 2-3\n"			  /* 17 */
			   "allow user 2 output on header 3\n"			  /* 18 */
			   "allow user 3 input output edges bias on twins 0-7\n"  /* 19 */
			   "allow user 4 all on twins 0-6\n";			  /* 20 */

static struct policy *policy;
static struct image *image;

static int setup(const char *settings)
{
	struct diag *diag = diag_new();
	char all[2048];
	int size = snprintf(all, sizeof(all), "%s%s", text, settings);

	policy = policy_read_text("test.conf", all, size, &machine, diag);
	image = policy ? policy_compile(policy, diag) : NULL;
	if (!image)
		diag_print(diag, stderr, false);
	diag_free(diag);
	return image ? 0 : -1;
}

static int setup_plain(void **state)
{
	(void)state;
	return setup("");
}

static int setup_strict(void **state)
{
	(void)state;
	return setup("set root enforce\nset info restricted\n");
}

static int teardown(void **state)
{
	(void)state;
	image_free(image);
	policy_free(policy);
	return 0;
}

static char *const operators[] = {"operators"};

static struct question ask(const char *user, const char *chip, const char *line, const char *right,
			   size_t num_groups)
{
	struct question question = {.rights = explain_rights(right)};

	assert_int_equal(explain_subject(&machine, user, operators, num_groups, &question), 0);
	assert_int_equal(explain_target(policy, &machine, chip, line, &question), 0);
	return question;
}

static enum answer answer(const char *user, const char *chip, const char *line, const char *right,
			  size_t num_groups)
{
	struct question question = ask(user, chip, line, right, num_groups);

	return explain_decide(policy, image, &question).answer;
}

/* The source lines of the rules that apply, each as a bit. */
static uint32_t rules(const char *user, const char *chip, const char *line, const char *right,
		      size_t num_groups)
{
	struct question question = ask(user, chip, line, right, num_groups);
	uint32_t lines = 0;

	for (size_t i = 0; i < policy->num_rules; i++)
		if (explain_applies(policy, &policy->rules[i], &question, question.rights))
			lines |= 1u << policy->rules[i].line;
	return lines;
}

static void judges_by_every_name_of_a_chip(void **state)
{
	(void)state;
	assert_int_equal(answer("alice", "header", "0", "output", 0), ANSWER_ALLOWED);
	assert_int_equal(answer("alice", "gpiochip0", "0", "output", 0), ANSWER_ALLOWED);
	assert_int_equal(answer("alice", "lab-a", "RELAY0", "output", 0), ANSWER_ALLOWED);
	assert_int_equal(answer("54321", "relays", "0", "output", 0), ANSWER_ALLOWED);
	/* denied under another name of the same chip */
	assert_int_equal(answer("alice", "header", "1", "output", 0), ANSWER_REFUSED);
	assert_int_equal(answer("alice", "header", "1", "input", 0), ANSWER_ALLOWED);
	assert_int_equal(rules("alice", "header", "1", "output", 0), 1 << 7 | 1 << 9);
	assert_int_equal(answer("alice", "header", "2", "input", 0), ANSWER_REFUSED);
	assert_int_equal(rules("alice", "header", "2", "all", 0), 0);
}

static void judges_by_groups(void **state)
{
	struct question question;
	struct verdict verdict;

	(void)state;
	assert_int_equal(answer("alice", "header", "0", "edges", 0), ANSWER_REFUSED);
	assert_int_equal(answer("alice", "header", "0", "edges", 1), ANSWER_ALLOWED);
	assert_int_equal(rules("alice", "header", "0", "all", 1), 1 << 7 | 1 << 8);
	question = ask("alice", "header", "0", "edges", 1);
	verdict = explain_decide(policy, image, &question);
	assert_false(verdict.memory_any); /* input, which it takes, is not */
	question.rights = GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES);
	verdict = explain_decide(policy, image, &question);
	assert_true(verdict.memory_any);
	question.rights = explain_rights("input");
	verdict = explain_decide(policy, image, &question);
	assert_int_equal(verdict.answer, ANSWER_ALLOWED);
	assert_false(verdict.memory_any);
	assert_int_equal(verdict.has, explain_rights("input") | explain_rights("output") |
					      explain_rights("edges"));
}

static void says_what_is_lacking(void **state)
{
	struct question question = ask("alice", "header", "1", "all", 0);
	struct verdict verdict = explain_decide(policy, image, &question);

	(void)state;
	assert_int_equal(verdict.answer, ANSWER_REFUSED);
	assert_int_equal(verdict.has, explain_rights("input"));
	assert_int_equal(verdict.lacks, GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT) |
						GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES) |
						GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS));
}

/* As a request of them does. */
static void asks_for_input_with_edges(void **state)
{
	struct question question = ask("1", "header", "2", "edges", 1);
	struct verdict verdict = explain_decide(policy, image, &question);

	(void)state;
	assert_int_equal(verdict.answer, ANSWER_REFUSED);
	assert_int_equal(verdict.has, GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES));
	assert_int_equal(verdict.lacks, GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT));
}

/* As a request of a pull does: either direction will do. */
static void asks_for_a_direction_with_bias(void **state)
{
	struct question question = ask("2", "header", "2", "bias", 0);
	struct verdict verdict = explain_decide(policy, image, &question);

	(void)state;
	assert_int_equal(verdict.answer, ANSWER_REFUSED);
	assert_int_equal(verdict.has, GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS));
	assert_int_equal(verdict.lacks, GPIO_ACL_HOLD);
	assert_int_equal(answer("2", "header", "3", "bias", 0), ANSWER_ALLOWED);
	assert_int_equal(rules("2", "header", "3", "bias", 0), 1 << 17 | 1 << 18);
}

static void tells_twins_apart(void **state)
{
	struct question question = ask("alice", "twins", "0", "input", 0);

	(void)state;
	assert_int_equal(question.num_present, 2);
	assert_string_equal(question.present->name, "gpiochip1");
	assert_int_equal(answer("alice", "twins", "0", "output", 0), ANSWER_REFUSED);
	assert_int_equal(answer("alice", "gpiochip2", "0", "output", 0), ANSWER_ALLOWED);
	assert_int_equal(explain_target(policy, &machine, "twin", "0", &question), -1);
}

static void follows_links(void **state)
{
	struct question question = ask("alice", "gpiochip7", "0", "output", 0);

	(void)state;
	assert_true(question.linked);
	assert_string_equal(question.present->name, "gpiochip2");
	assert_int_equal(answer("alice", "gpiochip7", "0", "output", 0), ANSWER_ALLOWED);
	assert_false(ask("alice", "gpiochip2", "0", "output", 0).linked);
	question = ask("alice", "/dev/gpiochip7", "0", "output", 0);
	assert_true(question.linked);
	assert_string_equal(question.present->name, "gpiochip2");
	question = ask("alice", "/dev/gpiochip2", "0", "output", 0);
	assert_false(question.linked);
	assert_string_equal(question.present->name, "gpiochip2");
	assert_int_equal(explain_target(policy, &machine, "/dev/lab-a", "0", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "/dev/", "0", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "gpiochip8", "0", &question), -1);
}

static void knows_absent_chips(void **state)
{
	(void)state;
	assert_int_equal(answer("alice", "absent", "5", "input", 0), ANSWER_ALLOWED);
	assert_int_equal(rules("alice", "absent", "5", "input", 0), 1 << 12);
	assert_int_equal(answer("alice", "relays", "2", "input", 0), ANSWER_ABSENT);
	assert_int_equal(answer("alice", "absent", "FAN", "input", 0), ANSWER_ABSENT);
	assert_int_equal(rules("alice", "relays", "2", "input", 0), 0);
}

/* Where no chip is there to ask, a line is called what the policy calls it. */
static void names_lines_of_absent_chips(void **state)
{
	(void)state;
	assert_string_equal(ask("alice", "relays", "2", "input", 0).name, "FAN");
	assert_string_equal(ask("alice", "absent", "OTHER", "input", 0).name, "OTHER");
	assert_null(ask("alice", "absent", "5", "input", 0).name);
	assert_null(ask("alice", "relays", "0", "input", 0).name);
}

static void knows_settings(void **state)
{
	(void)state;
	assert_int_equal(answer("0", "header", "1", "output", 0), ANSWER_ROOT);
	assert_int_equal(answer("alice", "header", "5", "info", 0), ANSWER_INFO);
}

static void knows_strict_settings(void **state)
{
	(void)state;
	assert_int_equal(answer("0", "header", "1", "output", 0), ANSWER_REFUSED);
	assert_int_equal(answer("alice", "header", "5", "info", 0), ANSWER_REFUSED);
}

/* Where all of a present chip is allowed, memory does not matter. */
static void knows_that_there_is_nothing_to_gain(void **state)
{
	struct question question = ask("3", "twins", "1", "output", 0);
	struct verdict verdict = explain_decide(policy, image, &question);

	(void)state;
	assert_true(verdict.anything);
	assert_true(verdict.memory_any);
	question = ask("4", "twins", "1", "output", 0);
	verdict = explain_decide(policy, image, &question);
	assert_int_equal(verdict.answer, ANSWER_ALLOWED);
	assert_false(verdict.anything);
	assert_false(verdict.memory_any);
	question = ask("alice", "absent", "5", "input", 0);
	assert_false(explain_decide(policy, image, &question).anything);
}

static void knows_that_info_is_missing(void **state)
{
	struct question question = ask("3", "twins", "1", "output", 0);

	(void)state;
	assert_false(explain_decide(policy, image, &question).anything);
}

static void refuses_what_there_is_not(void **state)
{
	struct question question = {0};

	(void)state;
	assert_int_equal(explain_target(policy, &machine, "header", "8", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "header", "NOSUCH", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "header", "TWICE", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "absent", "65536", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "absent", "1-2", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "absent", "1,2", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "absent", "1V8-EN", &question), 0);
	assert_int_equal(explain_target(policy, &machine, "relays", "3", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "relays", "RELAY0", &question), -1);
	assert_int_equal(explain_target(policy, &machine, "nosuch", "0", &question), -1);
	assert_int_equal(explain_subject(&machine, "nosuch", NULL, 0, &question), -1);
	assert_int_equal(explain_subject(&machine, "4294967295", NULL, 0, &question), -1);
	assert_int_equal(explain_subject(&machine, "99999999999999999999", NULL, 0, &question), -1);
	assert_int_equal(explain_subject(&machine, "4294967294", NULL, 0, &question), 0);
	assert_int_equal(explain_rights("write"), 0);
}

/* Any line may be the one that is denied, as long as nobody knows which it is. */
static void denies_a_chip_for_an_unknown_line(void **state)
{
	(void)state;
	assert_int_equal(answer("alice", "late", "0", "output", 0), ANSWER_REFUSED);
	assert_int_equal(answer("alice", "late", "70", "output", 0), ANSWER_REFUSED);
	assert_int_equal(answer("alice", "late", "70", "input", 0), ANSWER_ALLOWED);
	assert_int_equal(rules("alice", "late", "70", "output", 0), 1 << 14 | 1 << 16);
	assert_int_equal(rules("alice", "late", "3", "output", 0), 1 << 14 | 1 << 16);
	assert_int_equal(answer("1", "late", "70", "output", 1), ANSWER_ALLOWED);
	/* nor does it reach another chip, or an allow of an unknown line give any */
	assert_int_equal(answer("alice", "header", "0", "output", 0), ANSWER_ALLOWED);
	assert_int_equal(answer("alice", "absent", "6", "output", 0), ANSWER_REFUSED);
}

/* Puts a file in a descriptor's place; returns what was there. */
static int replace(int fd, FILE *file)
{
	int before = dup(fd);

	assert_int_equal(dup2(fileno(file), fd), fd);
	return before;
}

static void put_back(int fd, int before)
{
	dup2(before, fd);
	close(before);
}

/* What the command answers of a policy on standard input, to be freed. */
static char *answered(const char *rules, const char *user, const char *line, const char *right)
{
	char *argv[] = {"explain", "--policy",	 "-",		(char *)user,
			"gone",	   (char *)line, (char *)right, NULL};
	FILE *given = tmpfile(), *took = tmpfile();
	char *said = calloc(1, 4096);
	int input, output;

	fprintf(given, "chip gone label \"gone\"\n%s", rules);
	rewind(given);
	fflush(stdout);
	input = replace(STDIN_FILENO, given);
	output = replace(STDOUT_FILENO, took);
	cli_run(&cmd_explain, 7, argv);
	fflush(stdout);
	put_back(STDIN_FILENO, input);
	put_back(STDOUT_FILENO, output);
	rewind(took);
	assert_true(fread(said, 1, 4095, took) > 0);
	fclose(given);
	fclose(took);
	return said;
}

static void answers(const char *rules, const char *right, const char *wanted, bool has)
{
	char *said = answered(rules, "54321", "1", right);

	if (!strstr(said, wanted) == has)
		fail_msg("%s\"%s\" in:\n%s", has ? "no " : "", wanted, said);
	free(said);
}

/* Who may drive a line, by a program that asks for more than that. */
static void says_who_asks_for_more(void **state)
{
	(void)state;
	answers("allow user 54321 output on gone 1\n", "input", "hint: gpiozero", true);
	answers("allow user 54321 output on gone 1\n", "bias", "gpiozero Button", true);
	answers("allow user 54321 input on gone 1\n", "edges", "hint: gpiomon", true);
	answers("allow user 54321 output on gone 2\n", "input", "hint: ", false);
	answers("allow user 54321 input on gone 1\n", "output", "hint: ", false);
}

/* A rule allows it, and the program is refused all the same. */
static void says_what_else_refuses(void **state)
{
	(void)state;
	answers("allow user 54321 all on gone 1\n", "output", "a program with threads is refused",
		true);
	answers("allow user 54321 all on gone 1\n", "output", "without a record", true);
	answers("allow user 54321 all on gone 1 memory any\n", "output", "refused", false);
	answers("set info restricted\nallow user 54321 info on gone 1\n", "info", "refused", false);
}

/* A name cannot end its line, or pass for another field. */
static void shows_what_was_asked(void **state)
{
	char *said =
		answered("allow user 54321 output on gone 1\n", "54321", "a\n\x1b[31m", "output");

	(void)state;
	if (!strstr(said, "54321 may not output on gone line a\\x0a\\x1b[31m ("))
		fail_msg("%s", said);
	free(said);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_plain, teardown)
	const struct CMUnitTest tests[] = {
		TEST(judges_by_every_name_of_a_chip),
		TEST(judges_by_groups),
		TEST(says_what_is_lacking),
		TEST(asks_for_input_with_edges),
		TEST(asks_for_a_direction_with_bias),
		TEST(tells_twins_apart),
		TEST(follows_links),
		TEST(knows_absent_chips),
		TEST(names_lines_of_absent_chips),
		TEST(denies_a_chip_for_an_unknown_line),
		TEST(knows_settings),
		TEST(says_who_asks_for_more),
		TEST(says_what_else_refuses),
		TEST(shows_what_was_asked),
		cmocka_unit_test_setup_teardown(knows_strict_settings, setup_strict, teardown),
		TEST(knows_that_there_is_nothing_to_gain),
		cmocka_unit_test_setup_teardown(knows_that_info_is_missing, setup_strict, teardown),
		TEST(refuses_what_there_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
