// SPDX-License-Identifier: GPL-2.0-or-later
/* One command line, parsed by the command's table; and the help that is made of that table. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "loader/cli.h"
#include "loader/util/memory.h"
#include "policy/suggest.h"

#define WIDTH	     80	 /* columns of --help */
#define FIRST_OPTION 256 /* what getopt_long() returns for options[0]: no character's number */

static size_t num_options(const struct command *command)
{
	size_t num = 0;

	while (command->options && command->options[num].name)
		num++;
	return num;
}

/* ---- help ------------------------------------------------------------------------------ */

/* Prints a text in lines that begin at column @indent, where the cursor is now. */
static void print_filled(const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t size = strcspn(text, " ");

		if (column > indent && column + 1 + size > WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			column += putchar(' ') == ' ';
		}
		column += printf("%.*s", (int)size, text);
		text += size + (text[size] == ' ');
	}
	putchar('\n');
}

/* "--policy FILE" */
static size_t option_width(const struct cli_option *option)
{
	return strlen("--") + strlen(option->name) +
	       (option->argument ? 1 + strlen(option->argument) : 0);
}

static void print_option(const struct cli_option *option, size_t width)
{
	printf("  --%s%s%s%*s", option->name, option->argument ? " " : "",
	       option->argument ? option->argument : "", (int)(width - option_width(option) + 2),
	       "");
	print_filled(option->help, 2 + width + 2);
}

static void print_options(const struct command *command)
{
	static const struct cli_option help = {.name = "help", .help = "show this help"};
	size_t num = num_options(command), width = option_width(&help);

	for (size_t i = 0; i < num; i++)
		if (option_width(&command->options[i]) > width)
			width = option_width(&command->options[i]);
	puts("\nOptions:");
	for (size_t i = 0; i < num; i++)
		print_option(&command->options[i], width);
	print_option(&help, width);
}

static void print_help(const struct command *command)
{
	printf("Usage: gpio-acl %s%s%s\n\n", command->name, *command->synopsis ? " " : "",
	       command->synopsis);
	print_filled(command->help, 0);
	if (command->flags & CMD_ROOT)
		puts("Must be run as root.");
	print_options(command);
	puts("\nExit codes:");
	for (int code = 0; code < NUM_EXIT_CODES; code++) {
		const char *means = code == EXIT_USAGE ? "wrong usage" : command->exits[code];

		if (!means)
			continue;
		printf("  %d  ", code);
		print_filled(means, 5);
	}
	printf("\nExample:\n  %s\n", command->example);
}

/* ---- options --------------------------------------------------------------------------- */

char *cli_near(const char *const *names, size_t num, const char *word)
{
	char *text = NULL, *list;
	bool near;

	list = suggest_names(names, num, word, &near);
	for (char *c = list; c && *c; c++)
		if (*c == '"')
			*c = '\'';
	if (asprintf(&text, "%s%s%s", near ? "; did you mean " : "", near ? list : "",
		     near ? "?" : "") < 0)
		memory(NULL);
	free(list);
	return text;
}

/* The options as getopt_long() has them, to be freed. */
static struct option *long_options(const struct command *command)
{
	size_t num = num_options(command);
	struct option *options = memory(calloc(num + 2, sizeof(*options)));

	for (size_t i = 0; i < num; i++)
		options[i] = (struct option){
			.name = command->options[i].name,
			.has_arg = command->options[i].argument ? required_argument : no_argument,
			.val = FIRST_OPTION + i,
		};
	options[num] = (struct option){"help", no_argument, NULL, 'h'};
	return options;
}

static enum exit_code reject_unknown(const struct command *command, const char *option)
{
	size_t num = num_options(command);
	char **names = memory(calloc(num + 1, sizeof(*names))), *near;

	for (size_t i = 0; i <= num; i++)
		if (asprintf(&names[i], "--%s", i < num ? command->options[i].name : "help") < 0)
			memory(NULL);
	near = cli_near((const char *const *)names, num + 1, option);
	msg_usage(command->name, "unknown option '%s'%s", option, near);
	free(near);
	for (size_t i = 0; i <= num; i++)
		free(names[i]);
	free(names);
	return EXIT_USAGE;
}

/* @found: what getopt_long() returned for the last word that it read. */
static enum exit_code reject_option(const struct command *command, int found, const char *word)
{
	char letter[] = {'-', optopt, '\0'}, *option;
	enum exit_code code;

	if (optopt && optopt < FIRST_OPTION)
		return reject_unknown(command, letter);
	option = memory(strndup(word, strcspn(word, "=")));
	if (found == ':')
		code = msg_usage(command->name, "option '%s' needs a value", option);
	else if (optopt)
		code = msg_usage(command->name, "option '%s' takes no value", option);
	else
		code = reject_unknown(command, option);
	free(option);
	return code;
}

static void keep_option(const struct cli_option *option, void *config, char *value)
{
	void *kept = (char *)config + option->offset;
	struct cli_list *list = kept;

	switch (option->kind) {
	case CLI_FLAG:
		*(bool *)kept = true;
		break;
	case CLI_VALUE:
		*(const char **)kept = value;
		break;
	case CLI_LIST:
		list->values =
			memory(reallocarray(list->values, list->num + 1, sizeof(*list->values)));
		list->values[list->num++] = value;
		break;
	}
}

/* -1: go on, with the first argument at argv[optind]; else the exit code. */
static int parse_options(const struct command *command, const struct option *options, void *config,
			 int argc, char **argv)
{
	const struct cli_option *exclusive = NULL;
	int found;

	opterr = 0;
	optind = 0;
	while ((found = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		const struct cli_option *option;

		if (found == 'h') {
			print_help(command);
			return EXIT_DONE;
		}
		if (found < FIRST_OPTION)
			return reject_option(command, found, argv[optind - 1]);
		option = &command->options[found - FIRST_OPTION];
		if (option->exclusive && exclusive && exclusive != option)
			return msg_usage(command->name, "--%s and --%s exclude each other",
					 exclusive->name, option->name);
		if (option->exclusive)
			exclusive = option;
		keep_option(option, config, optarg);
	}
	return -1;
}

/* ---- the command ----------------------------------------------------------------------- */

static enum exit_code run(const struct command *command, const void *config, int argc, char **argv)
{
	if (argc < command->min_args)
		return msg_usage(command->name, "missing argument; usage: gpio-acl %s %s",
				 command->name, command->synopsis);
	if (argc > command->max_args)
		return msg_usage(command->name, "unexpected argument '%s'",
				 argv[command->max_args]);
	if (command->flags & CMD_ROOT && geteuid()) {
		msg_must_be_root();
		return EXIT_REFUSED;
	}
	return command->run(config, argc, argv);
}

static void free_config(const struct command *command, void *config)
{
	for (size_t i = 0; i < num_options(command); i++)
		if (command->options[i].kind == CLI_LIST)
			free(((struct cli_list *)((char *)config + command->options[i].offset))
				     ->values);
	free(config);
}

enum exit_code cli_run(const struct command *command, int argc, char **argv)
{
	void *config = memory(calloc(1, command->config_size + 1)); /* the size may be 0 */
	struct option *options = long_options(command);
	int code = parse_options(command, options, config, argc, argv);

	if (code < 0)
		code = run(command, config, argc - optind, argv + optind);
	free(options);
	free_config(command, config);
	return code;
}
