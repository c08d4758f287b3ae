/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers of the tests of policies: read, compile and print one. Include after cmocka.h. */
#ifndef TESTS_UNIT_POLICY_READING_H
#define TESTS_UNIT_POLICY_READING_H

#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy/machine.h"

/* The output of diag_print(), to be freed. */
static inline char *test_messages(const struct diag *diag)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	diag_print(diag, out, false);
	fclose(out);
	return text;
}

/* The canonical policy, to be freed. */
static inline char *test_print(const struct policy *policy, const struct machine *machine)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(policy_print(policy, machine, out), 0);
	fclose(out);
	return text;
}

/* Reads a policy that must have no error. */
static inline struct policy *test_read(const char *text)
{
	struct diag *diag = diag_new();
	struct policy *policy = policy_read_text("test", text, strlen(text), &test_machine, diag);

	if (!policy)
		diag_print(diag, stderr, false);
	assert_non_null(policy);
	diag_free(diag);
	return policy;
}

static inline struct image *test_compile(const char *text)
{
	struct diag *diag = diag_new();
	struct policy *policy = test_read(text);
	struct image *image = policy_compile(policy, diag);

	assert_non_null(image);
	assert_int_equal(diag_errors(diag), 0);
	policy_free(policy);
	diag_free(diag);
	return image;
}

/* Reading @text must fail with an error that contains @error. */
static inline void test_refused(const char *text, size_t size, const char *error)
{
	struct diag *diag = diag_new();
	struct policy *policy = policy_read_text("test", text, size, &test_machine, diag);
	char *messages = test_messages(diag);

	if (!strstr(messages, error))
		fprintf(stderr, "no \"%s\" in:\n%s", error, messages);
	assert_non_null(strstr(messages, error));
	assert_null(policy);
	assert_true(diag_errors(diag) > 0);
	free(messages);
	diag_free(diag);
}

#endif
