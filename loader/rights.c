// SPDX-License-Identifier: GPL-2.0-or-later
/* See rights.h. */
#include "loader/rights.h"

const char *const right_words[NUM_RIGHT_WORDS] = {
#define X(name, word, with) [GPIO_ACL_##name] = word,
	GPIO_ACL_RIGHTS(X)
#undef X
		[GPIO_ACL_MAX_RIGHTS] = "input-or-output",
};
