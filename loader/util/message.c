// SPDX-License-Identifier: GPL-2.0-or-later
/* See message.h. */
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/util/message.h"
#include "policy/text.h"

/* text_message() escapes what is not printable. Does not allocate. */
static void message(const char *kind, const char *format, va_list args)
{
	char text[2 * PATH_MAX];

	vsnprintf(text, sizeof(text), format, args);
	fflush(stdout); /* keeps the order in a log of both */
	fprintf(stderr, "gpio-acl: %s", kind);
	text_message(text, stderr);
	putc('\n', stderr);
}

void msg_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message("error: ", format, args);
	va_end(args);
}

void msg_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message("warning: ", format, args);
	va_end(args);
}

void msg_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message("", format, args);
	va_end(args);
}

void msg_must_be_root(void)
{
	msg_error("must be run as root: try sudo");
}

int msg_usage(const char *command, const char *format, ...)
{
	char kind[64];
	va_list args;

	snprintf(kind, sizeof(kind), "error: %s%s", command ? command : "", command ? ": " : "");
	va_start(args, format);
	message(kind, format, args);
	va_end(args);
	fprintf(stderr, "Try `gpio-acl %s%s--help`.\n", command ? command : "", command ? " " : "");
	return EXIT_USAGE;
}

void print_number(size_t number, const char *what, const char *after)
{
	if (number)
		printf("%zu", number);
	else
		fputs("no", stdout);
	printf(" %s%s%s", what, number == 1 ? "" : "s", after);
}

bool use_colour(FILE *out)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(out)) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}
