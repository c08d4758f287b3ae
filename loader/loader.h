/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the gpio-acl command share: exit codes, the commands, paths, messages. */
#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* refused or failed; status: not loaded; doctor: found something */
	EXIT_USAGE = 2,
	EXIT_PERMISSIVE = 3, /* status only */
};

#define DEFAULT_POLICY "/etc/gpio-acl/policy.conf"
#define RUN_DIR	       "/run/gpio-acl"

/* One file a command; argv[0] is the command's word. Each returns an enum exit_code. */
int cmd_load(int argc, char **argv);
int cmd_unload(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_pardon(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_resolve(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* "gpio-acl: error: ..." on standard error, a newline added. */
void error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "gpio-acl: ..." there: what a service that has no output tells the journal. */
void notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* On standard output: "no rules", "1 rule", "2 rules", and what comes after. */
void print_number(size_t number, const char *what, const char *after);

/*
 * The path of a policy's file that was given on the command line, to be freed. "-", and an empty
 * name, stay as they are; what is a link stays one.
 */
char *absolute_path(const char *file);

/* Colour for @out: a terminal, no NO_COLOR, TERM not "dumb". */
bool use_colour(FILE *out);

/*
 * usage_error() - a command line that does not parse: the command and the message, then a line
 * that points to `gpio-acl COMMAND --help`; returns EXIT_USAGE.
 */
int usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
