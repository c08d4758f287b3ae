/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to people, and exit codes. Every message is one line of printable text, whatever names
 * it quotes.
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

/* "gpio-acl: ..." on standard error, for a service that has no other output. */
void msg_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The error of everything that only root may do. */
void msg_must_be_root(void);

/*
 * msg_usage() - an error of the command line, and a line that points to `gpio-acl COMMAND --help`
 * @command: or NULL
 *
 * Returns EXIT_USAGE.
 */
int msg_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "no rules", "1 rule" or "2 rules" to standard output, and then @after. */
void print_number(size_t number, const char *what, const char *after);

/* May @out have colours? It is a terminal, NO_COLOR is not set, and TERM is not "dumb". */
bool use_colour(FILE *out);

#endif
