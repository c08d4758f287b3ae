/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of rights, as the policy language has them, and who asks for them unexpectedly. */
#ifndef LOADER_UTIL_RIGHTS_H
#define LOADER_UTIL_RIGHTS_H

#include "gpio-acl/abi.h"

/*
 * Word n is that of bit n, NULL where no right has this number yet; the last, of GPIO_ACL_HOLD, is
 * no right that a rule can name.
 */
#define NUM_RIGHT_WORDS (GPIO_ACL_MAX_RIGHTS + 1)

/* All that a line can need. */
#define ALL_NEEDS (GPIO_ACL_ALL_RIGHTS | GPIO_ACL_HOLD)

extern const char *const right_words[NUM_RIGHT_WORDS];

/* Which programs ask for a right where their users do not expect it: one line, or NULL. */
extern const char *const right_hints[NUM_RIGHT_WORDS];

#endif
