// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl: finds the command that is asked for and runs it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/cli.h"
#include "loader/util/path.h"
#include "policy/suggest.h"
#include "policy/text.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"load", cmd_load, "put a policy in force, or replace the one that is"},
	{"unload", cmd_unload, "end enforcement and remove all of it from the kernel"},
	{"status", cmd_status, "show what is in force and what it has decided"},
	{"check", cmd_check, "find the errors of a policy, changing nothing"},
	{"show", cmd_show, "print a policy, or the one in force, in canonical form"},
	{"explain", cmd_explain, "say whether a user may use a line, and by which rule"},
	{"audit", cmd_audit, "print refusals, as they happen or since boot"},
	{"pardon", cmd_pardon, "let a user out of the quarantine that a race ended in"},
	{"map", cmd_map, "show the lines of the published aggregates"},
	{"resolve", cmd_resolve, "print lines of an aggregate as words for gpiod tools"},
	{"watch", cmd_watch, "follow chips that come and go, until it is stopped"},
	{"doctor", cmd_doctor, "find what keeps a policy from being enforced here"},
};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	puts("Usage: gpio-acl COMMAND [OPTION]... [ARGUMENT]...\n"
	     "Who may use which GPIO line: an access policy, enforced by the kernel.\n"
	     "\nCommands:");
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].summary);
	puts("\nOptions:\n"
	     "  --help     this text; `gpio-acl COMMAND --help` tells about a command\n"
	     "  --version  the version\n"
	     "\nExit codes:\n"
	     "  0  done; explain: allowed; status: enforcing\n"
	     "  1  refused or failed; status: not loaded; doctor: something is wrong\n"
	     "  2  wrong usage\n"
	     "  3  status: loaded, but permissive\n"
	     "\nFiles:\n"
	     "  " DEFAULT_POLICY "    the policy\n"
	     "  " RUN_DIR "/aggregates      published aggregates, for programs to read\n"
	     "\nSee gpio-acl(8), and gpio-acl.conf(5) for the language of policies.");
	return EXIT_DONE;
}

static int version(void)
{
	puts("gpio-acl " GPIO_ACL_VERSION);
	return EXIT_DONE;
}

static int unknown(const char *word)
{
	const char *names[NUM_COMMANDS];
	bool near;
	char *list;

	if (*word == '-')
		return msg_usage(NULL, "there is no option %s", text_quoted(word, SIZE_MAX));
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		names[i] = commands[i].name;
	list = suggest_names(names, NUM_COMMANDS, word, &near);
	msg_usage(NULL, "there is no command %s%s%s", text_quoted(word, SIZE_MAX),
		  near ? "; near names: " : "", near ? list : "");
	free(list);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	if (argc < 2)
		return msg_usage(NULL, "no command given");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return version();
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}

int main(int argc, char **argv)
{
	int code = run(argc, argv);

	/* Output that was lost must not look like success: it may feed another program. */
	if (fflush(stdout) || ferror(stdout)) {
		msg_error("writing to standard output: %s", strerror(errno));
		return code == EXIT_DONE ? EXIT_REFUSED : code;
	}
	return code;
}
