/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzzers share. Each is one function over any bytes that tries the properties its file
 * begins with. It is linked twice: with libFuzzer, which looks for inputs (make fuzz), and with
 * replay.c, which tries those that are kept in corpus/ (make test).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property of every input. */
#define must(property) ((property) ? (void)0 : fuzz_fail(#property, __FILE__, __LINE__))

static inline void fuzz_fail(const char *property, const char *file, int line)
{
	fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, property);
	abort();
}

/* What is left of an input. */
struct input {
	const uint8_t *data;
	size_t size;
};

/* The next bytes of an input; where it ends, zeros. */
static inline void input_take(struct input *input, void *to, size_t size)
{
	size_t have = size < input->size ? size : input->size;

	memset(to, 0, size);
	if (have)
		memcpy(to, input->data, have);
	input->data += have;
	input->size -= have;
}

static inline uint8_t input_byte(struct input *input)
{
	uint8_t byte;

	input_take(input, &byte, sizeof(byte));
	return byte;
}

#endif
