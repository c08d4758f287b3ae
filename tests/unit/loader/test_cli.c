// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of commands beside what else lists them: the manual page, the completion, the help. A
 * new row of the table fails here until each has it. And what wrong usage says. Run from the top.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/cli.h"

#define PAGE	   "man/gpio-acl.8"
#define COMPLETION "packaging/completion/gpio-acl.bash"

static char said[8192];

/* Runs a command line, at most 5 words; @fd: what is to be kept in said[]. */
static enum exit_code run(const struct command *command, int fd, const char *const words[])
{
	FILE *took = tmpfile();
	int before = dup(fd), argc = 0;
	char *argv[7] = {(char *)command->name};
	enum exit_code code;

	while (words[argc])
		argv[argc + 1] = (char *)words[argc], argc++;
	fflush(NULL);
	assert_int_equal(dup2(fileno(took), fd), fd);
	code = cli_run(command, argc + 1, argv);
	fflush(NULL);
	dup2(before, fd);
	close(before);
	rewind(took);
	said[fread(said, 1, sizeof(said) - 1, took)] = '\0';
	fclose(took);
	return code;
}

static void has(const char *command, const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("%s: no \"%s\" in:\n%s", command, wanted, text);
}

/* ---- help ------------------------------------------------------------------------------ */

static void is_narrow(const struct command *command)
{
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
		if (strlen(line) > 80)
			fail_msg("%s --help: more than 80 columns: %s", command->name, line);
}

static void helps(void **state)
{
	static const char *const words[] = {"--help", NULL};
	char text[128];

	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];
		const struct cli_option *option = command->options;

		assert_int_equal(run(command, STDOUT_FILENO, words), EXIT_DONE);
		snprintf(text, sizeof(text), "Usage: gpio-acl %s", command->name);
		has(command->name, said, text);
		has(command->name, said, command->example);
		for (; option && option->name; option++) {
			snprintf(text, sizeof(text), "\n  --%s%s%s ", option->name,
				 option->argument ? " " : "",
				 option->argument ? option->argument : "");
			has(command->name, said, text);
			snprintf(text, sizeof(text), "--%s", option->name);
			if (!strstr(command->synopsis, "[OPTION]"))
				has(command->name, command->synopsis, text);
			assert_true((option->kind == CLI_FLAG) == !option->argument);
		}
		is_narrow(command);
	}
}

/* ---- the manual page ------------------------------------------------------------------- */

/* The synopsis in the page, in one line, to be freed. */
static char *read_synopsis(void)
{
	FILE *page = fopen(PAGE, "r"), *out;
	char *line = NULL, *text = NULL;
	size_t size = 0, room = 0;
	bool inside = false;

	if (!page)
		fail_msg("no " PAGE " here: run this from the top of the tree");
	out = open_memstream(&text, &size);
	while (getline(&line, &room, page) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, ".Sh ", 4))
			inside = !strcmp(line, ".Sh SYNOPSIS");
		else if (inside)
			fprintf(out, "%s ", line);
	}
	fclose(out);
	fclose(page);
	free(line);
	return text;
}

/* ".Nm .Cm load .Op Fl -permissive | Fl -boot .Op Ar file " becomes " --permissive --boot" */
static void find_options(const char *synopsis, char options[256])
{
	*options = '\0';
	for (const char *at = synopsis; (at = strstr(at, "Fl -")); at++) {
		size_t size = strcspn(at + 4, " ");

		strcat(options, " --");
		strncat(options, at + 4, size);
		if (!strncmp(at + 4 + size, " Ar ", 4) && strncmp(at + 4 + size, " Ar |", 5)) {
			const char *argument = at + 4 + size + 4;

			strcat(options, " ");
			strncat(options, argument, strcspn(argument, " "));
		}
	}
}

/* What find_options() should find. */
static void list_options(const struct command *command, char options[256])
{
	*options = '\0';
	for (const struct cli_option *option = command->options; option && option->name; option++) {
		char *end = options + strlen(options);

		snprintf(end, 256 - (end - options), " --%s%s%s", option->name,
			 option->argument ? " " : "", option->argument ? option->argument : "");
		for (end += strlen(" --") + strlen(option->name); *end; end++)
			*end |= *end >= 'A' && *end <= 'Z' ? 0x20 : 0;
	}
}

static void is_in_the_manual(void **state)
{
	char *text = read_synopsis(), *at = text, *rest;
	size_t num = 0;

	(void)state;
	while (at && (at = strstr(at, ".Nm .Cm "))) {
		char found[256], wanted[256], *name = strtok_r(at + strlen(".Nm .Cm "), " ", &rest);

		if (!commands[num] || strcmp(commands[num]->name, name))
			fail_msg(PAGE ": %s stands where the table has %s", name,
				 commands[num] ? commands[num]->name : "nothing");
		at = strstr(rest, ".Nm ");
		if (at)
			*at = '\0';
		find_options(rest, found);
		if (at)
			*at = '.';
		list_options(commands[num], wanted);
		if (strcmp(found, wanted))
			fail_msg(PAGE ": %s has%s, the table has%s", name, found, wanted);
		num++;
	}
	if (commands[num])
		fail_msg(PAGE " has no %s", commands[num]->name);
	free(text);
}

/* ---- the completion -------------------------------------------------------------------- */

/* What the words of a command line can be completed to. */
static void complete(const char *words, int cursor)
{
	char line[512];
	FILE *bash;

	snprintf(line, sizeof(line),
		 "bash -c '. " COMPLETION "; COMP_WORDS=(gpio-acl %s); COMP_CWORD=%d; _gpio_acl; "
		 "echo \"${COMPREPLY[*]}\"'",
		 words, cursor);
	bash = popen(line, "r");
	assert_non_null(bash);
	said[fread(said, 1, sizeof(said) - 1, bash)] = '\0';
	assert_int_equal(pclose(bash), 0);
}

static void completes_commands(void **state)
{
	char wanted[512] = "";

	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		strcat(wanted, commands[i]->name);
		strcat(wanted, " ");
	}
	strcat(wanted, "--help --version\n");
	complete("\"\"", 1);
	assert_string_equal(said, wanted);
}

static void completes_options(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		const struct cli_option *option = commands[i]->options;
		char words[64], wanted[256] = "";

		for (; option && option->name; option++)
			snprintf(wanted + strlen(wanted), 64, "--%s ", option->name);
		strcat(wanted, "--help\n");
		snprintf(words, sizeof(words), "%s -", commands[i]->name);
		complete(words, 2);
		if (strcmp(said, wanted))
			fail_msg(COMPLETION ": %s has %sthe table has %s", commands[i]->name, said,
				 wanted);
	}
}

/* ---- command lines --------------------------------------------------------------------- */

struct config {
	bool quick, slow;
	const char *file;
	struct cli_list names;
};

static struct config kept;
static char kept_words[64];

static enum exit_code keep(const void *config, int argc, char **argv)
{
	kept = *(const struct config *)config;
	*kept_words = '\0';
	for (size_t i = 0; i < kept.names.num; i++)
		strcat(strcat(kept_words, kept.names.values[i]), " ");
	for (int i = 0; i < argc; i++)
		strcat(strcat(kept_words, argv[i]), " ");
	return EXIT_PERMISSIVE;
}

static const struct cli_option options[] = {
	{"quick", NULL, "", offsetof(struct config, quick), CLI_FLAG, true},
	{"slow", NULL, "", offsetof(struct config, slow), CLI_FLAG, true},
	{"file", "FILE", "", offsetof(struct config, file), CLI_VALUE, false},
	{"name", "NAME", "", offsetof(struct config, names), CLI_LIST, false},
	{0},
};

static const struct command try = {
	.name = "try",
	.synopsis = "[OPTION]... ONE [TWO]",
	.options = options,
	.config_size = sizeof(struct config),
	.min_args = 1,
	.max_args = 2,
	.run = keep,
};

static void keeps_options(void **state)
{
	static const char *const words[] = {"--name=a", "one", "--quick", "--name", "b", NULL};
	static const char *const files[] = {"--file", "x", "--file=y", "--", "--quick", NULL};

	(void)state;
	assert_int_equal(run(&try, STDERR_FILENO, words), EXIT_PERMISSIVE);
	assert_string_equal(kept_words, "a b one ");
	assert_true(kept.quick);
	assert_false(kept.slow);
	assert_null(kept.file);
	assert_int_equal(run(&try, STDERR_FILENO, files), EXIT_PERMISSIVE);
	assert_string_equal(kept_words, "--quick ");
	assert_string_equal(kept.file, "y");
	assert_false(kept.quick);
}

static void tells_wrong_usage(void **state)
{
	static const struct {
		const char *words[4], *message;
	} wrong[] = {
		{{"--frob", "one"}, "unknown option '--frob'\n"},
		{{"--frob=one"}, "unknown option '--frob'\n"},
		{{"--quik"}, "unknown option '--quik'; did you mean '--quick'?\n"},
		{{"-x", "one"}, "unknown option '-x'\n"},
		{{"-xy", "one"}, "unknown option '-x'\n"},
		{{"one", "--file"}, "option '--file' needs a value\n"},
		{{"--quick=yes", "one"}, "option '--quick' takes no value\n"},
		{{"--slow", "--quick", "one"}, "--slow and --quick exclude each other\n"},
		{{"--slow"}, "missing argument; usage: gpio-acl try [OPTION]... ONE [TWO]\n"},
		{{"one", "two", "a\nb"}, "unexpected argument 'a\\x0ab'\n"},
	};
	char wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(run(&try, STDERR_FILENO, wrong[i].words), EXIT_USAGE);
		snprintf(wanted, sizeof(wanted),
			 "gpio-acl: error: try: %sTry `gpio-acl try --help`.\n", wrong[i].message);
		assert_string_equal(said, wanted);
	}
}

static void asks_for_root(void **state)
{
	static const char *const words[] = {"one", NULL};
	struct command root = try;
	enum exit_code code;
	uid_t uid = geteuid();

	(void)state;
	root.flags = CMD_ROOT;
	if (!uid)
		assert_int_equal(seteuid(1000), 0);
	code = run(&root, STDERR_FILENO, words);
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(code, EXIT_REFUSED);
	assert_string_equal(said, "gpio-acl: error: must be run as root: try sudo\n");
}

/* The value of an option is no argument: behind it the first argument is still to come. */
static void completes_arguments(void **state)
{
	char first[sizeof(said)], words[64];

	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		const struct cli_option *option = commands[i]->options;

		for (; option && option->name; option++) {
			snprintf(words, sizeof(words), "%s \"\"", commands[i]->name);
			complete(words, 2);
			strcpy(first, said);
			snprintf(words, sizeof(words), "%s --%s%s \"\"", commands[i]->name,
				 option->name, option->argument ? " x" : "");
			complete(words, option->argument ? 4 : 3);
			assert_string_equal(said, first);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helps),
		cmocka_unit_test(is_in_the_manual),
		cmocka_unit_test(completes_commands),
		cmocka_unit_test(completes_options),
		cmocka_unit_test(completes_arguments),
		cmocka_unit_test(keeps_options),
		cmocka_unit_test(tells_wrong_usage),
		cmocka_unit_test(asks_for_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
