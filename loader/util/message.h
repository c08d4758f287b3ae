/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command says to people, and what it ends with. Every message is one line of printable
 * text, whatever is in it.
 */
#ifndef LOADER_UTIL_MESSAGE_H
#define LOADER_UTIL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* refused or failed; status: not loaded; doctor: found something */
	EXIT_USAGE = 2,
	EXIT_PERMISSIVE = 3, /* status only */
};

/* "gpio-acl: error: ..." on standard error; a newline is added. */
void msg_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void msg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "gpio-acl: ..." on standard error: a service that has no output logs with it. */
void msg_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What is only for root: one error, which says the remedy. */
void msg_must_be_root(void);

/*
 * msg_usage() - a command line that does not parse: the command (or NULL) and the message, then a
 * line that points to `gpio-acl COMMAND --help`
 *
 * Returns EXIT_USAGE.
 */
int msg_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints to standard output "no rules", "1 rule" or "2 rules", and then @after. */
void print_number(size_t number, const char *what, const char *after);

/* Colour for @out? It is a terminal, NO_COLOR is not set, and TERM is not "dumb". */
bool use_colour(FILE *out);

#endif
