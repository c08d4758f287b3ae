// SPDX-License-Identifier: GPL-2.0-or-later
/* See rights.h. */
#include "loader/rights.h"

const char *const right_words[NUM_RIGHT_WORDS] = {
	[GPIO_ACL_INFO] = "info",
	[GPIO_ACL_INPUT] = "input",
	[GPIO_ACL_OUTPUT] = "output",
	[GPIO_ACL_EDGES] = "edges",
	[GPIO_ACL_NUM_RIGHTS] = "input-or-output",
};
