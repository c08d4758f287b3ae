// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl: finds the command that is asked for, and runs it by its table (cli.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/cli.h"
#include "loader/util/memory.h"
#include "loader/util/path.h"

static size_t num_commands(void)
{
	size_t num = 0;

	while (commands[num])
		num++;
	return num;
}

static enum exit_code help(void)
{
	puts("Usage: gpio-acl COMMAND [OPTION]... [ARGUMENT]...\n"
	     "Control which user may use which GPIO line. The kernel enforces the policy.\n"
	     "\nCommands:");
	for (size_t i = 0; i < num_commands(); i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	puts("\nOptions:\n"
	     "  --help     show this help; `gpio-acl COMMAND --help` shows that of a command\n"
	     "  --version  show the version\n"
	     "\nExit codes:\n"
	     "  0  done; explain: allowed; status: enforcing\n"
	     "  1  refused or failed; status: not loaded; doctor: something is wrong\n"
	     "  2  wrong usage\n"
	     "  3  status: loaded, but permissive\n"
	     "\nFiles:\n"
	     "  " DEFAULT_POLICY "  the policy\n"
	     "  " RUN_DIR "/aggregates/    published aggregates, for programs to read\n"
	     "\nSee gpio-acl(8), and gpio-acl.conf(5) for the language of policies.");
	return EXIT_DONE;
}

static enum exit_code version(void)
{
	puts("gpio-acl " GPIO_ACL_VERSION);
	return EXIT_DONE;
}

static enum exit_code reject(const char *word)
{
	size_t num = num_commands();
	const char **names;
	char *near;

	if (*word == '-')
		return msg_usage(NULL, "unknown option '%s'", word);
	names = memory(calloc(num + 1, sizeof(*names)));
	for (size_t i = 0; i < num; i++)
		names[i] = commands[i]->name;
	near = cli_near(names, num, word);
	msg_usage(NULL, "unknown command '%s'%s", word, near);
	free(near);
	free(names);
	return EXIT_USAGE;
}

static enum exit_code run(int argc, char **argv)
{
	if (argc < 2)
		return msg_usage(NULL, "missing command");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return version();
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(argv[1], commands[i]->name))
			return cli_run(commands[i], argc - 1, argv + 1);
	return reject(argv[1]);
}

int main(int argc, char **argv)
{
	enum exit_code code = run(argc, argv);

	/* Output that was lost must not look like success: it may feed another program. */
	if (fflush(stdout) || ferror(stdout)) {
		msg_error("cannot write to standard output: %s", strerror(errno));
		return code == EXIT_DONE ? EXIT_REFUSED : code;
	}
	return code;
}
