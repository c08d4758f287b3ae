/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of rights in the policy language, and hints which programs need them. */
#ifndef LOADER_UTIL_RIGHTS_H
#define LOADER_UTIL_RIGHTS_H

#include "gpio-acl/abi.h"

/*
 * Word n is that of bit n; NULL if no right has that number. The last is that of GPIO_ACL_HOLD,
 * which no rule can name.
 */
#define NUM_RIGHT_WORDS (GPIO_ACL_MAX_RIGHTS + 1)

/* All that a request can need of a line. */
#define ALL_NEEDS (GPIO_ACL_ALL_RIGHTS | GPIO_ACL_HOLD)

extern const char *const right_words[NUM_RIGHT_WORDS];

/* Which programs need a right although their users do not expect it: one line, or NULL. */
extern const char *const right_hints[NUM_RIGHT_WORDS];

#endif
