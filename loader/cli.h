/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command of gpio-acl as a table: its name, options, arguments and help. cli_run() parses every
 * command line by it, so all commands have one grammar, one form of help, one wording of errors.
 */
#ifndef LOADER_CLI_H
#define LOADER_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/util/message.h"

enum cli_kind {
	CLI_FLAG,  /* bool: it was given */
	CLI_VALUE, /* const char *: its value, the last one that was given */
	CLI_LIST,  /* struct cli_list: every value that was given */
};

struct cli_list {
	char **values;
	size_t num;
};

struct cli_option {
	const char *name;     /* without the dashes */
	const char *argument; /* what its value is, as "FILE"; NULL for CLI_FLAG */
	const char *help;
	size_t offset; /* of what is kept, in the command's config */
	enum cli_kind kind;
	bool exclusive; /* at most one of a command's exclusive options may be given */
};

#define NUM_EXIT_CODES (EXIT_PERMISSIVE + 1)

#define CMD_ROOT 1u /* it must be run as root */

struct command {
	const char *name;
	const char *summary;		   /* a line of `gpio-acl --help` */
	const char *synopsis;		   /* options and arguments */
	const char *help;		   /* what it does; printed in lines of 80 columns */
	const char *exits[NUM_EXIT_CODES]; /* what each exit code means; not EXIT_USAGE */
	const char *example;		   /* a command line */
	const struct cli_option *options;  /* --help not among them; the last has no name */
	size_t config_size;		   /* 0: it has no options */
	int min_args, max_args;		   /* options do not count */
	unsigned int flags;		   /* CMD_ROOT */
	/* @argv: the arguments alone, @argc of them */
	enum exit_code (*run)(const void *config, int argc, char **argv);
};

/* Every command, in the order of `gpio-acl --help`; NULL ends the list (commands.c). */
extern const struct command *const commands[];

/*
 * cli_run() - run a command
 * @argv: argv[0] is the command's name
 *
 * Wrong usage is a message and EXIT_USAGE; --help is printed here, too.
 */
enum exit_code cli_run(const struct command *command, int argc, char **argv);

/* "; did you mean 'load'?" for a mistyped word; "" when no name is near. To be freed. */
char *cli_near(const char *const *names, size_t num, const char *word);

/* One file each in loader/cmd/. */
extern const struct command cmd_load, cmd_unload, cmd_status, cmd_check, cmd_show, cmd_explain,
	cmd_audit, cmd_pardon, cmd_map, cmd_resolve, cmd_watch, cmd_doctor;

#endif
