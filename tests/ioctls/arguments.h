/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See arguments.c. */
#ifndef TESTS_IOCTLS_ARGUMENTS_H
#define TESTS_IOCTLS_ARGUMENTS_H

#include "oracle.h"

/* The same numbers follow from the same seed, which is not 0. */
void seed_chance(uint64_t seed);
uint64_t bits(void);
unsigned int below(unsigned int n);
bool percent(unsigned int n);
/* An argument of the command, about lines of that chip. */
void fill(union argument *argument, uint32_t command, const struct chip *chip);

#endif
