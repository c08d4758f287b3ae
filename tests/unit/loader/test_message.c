// SPDX-License-Identifier: GPL-2.0-or-later
/* A message is one line, whatever names are in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/util/message.h"
#include "policy/text.h"

static FILE *took;
static int before;

/* Captures standard error until told(). */
static void take(void)
{
	took = tmpfile();
	assert_non_null(took);
	before = dup(STDERR_FILENO);
	dup2(fileno(took), STDERR_FILENO);
}

static void told(const char *wanted)
{
	char text[1024] = "";

	dup2(before, STDERR_FILENO);
	close(before);
	rewind(took);
	text[fread(text, 1, sizeof(text) - 1, took)] = '\0';
	fclose(took);
	assert_string_equal(text, wanted);
}

static void shows_names(void **state)
{
	static const char label[] = "a\"b\n\xe2\x80\xae";

	(void)state;
	take();
	msg_error("no %s", label);
	told("gpio-acl: error: no a\"b\\x0a\\xe2\\x80\\xae\n");
	take();
	msg_warn("no label %s", text_quoted(label, SIZE_MAX));
	told("gpio-acl: warning: no label \"a\\\"b\\x0a\\xe2\\x80\\xae\"\n");
	take();
	msg_info("found %s", "\x1b[31m");
	told("gpio-acl: found \\x1b[31m\n");
	take();
	msg_usage("show", "it takes no argument: %s", text_quoted("\t", SIZE_MAX));
	told("gpio-acl: error: show: it takes no argument: \"\\x09\"\n"
	     "Try `gpio-acl show --help`.\n");
}

/* A message that is too long is cut, and still ends with a newline. */
static void ends_its_line(void **state)
{
	char *text = malloc(100000);

	(void)state;
	memset(text, 'a', 99999);
	text[99999] = '\0';
	take();
	msg_error("%s", text);
	dup2(before, STDERR_FILENO);
	close(before);
	fseek(took, -1, SEEK_END);
	assert_int_equal(fgetc(took), '\n');
	assert_true(ftell(took) < 10000);
	fclose(took);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_names),
		cmocka_unit_test(ends_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
