// SPDX-License-Identifier: GPL-2.0-or-later
/* See rights.h. */
#include "loader/util/rights.h"

const char *const right_words[NUM_RIGHT_WORDS] = {
#define X(name, word, with) [GPIO_ACL_RIGHT_##name] = (word),
	GPIO_ACL_RIGHTS(X)
#undef X
		[GPIO_ACL_MAX_RIGHTS] = "input-or-output",
};

const char *const right_hints[NUM_RIGHT_WORDS] = {
	[GPIO_ACL_RIGHT_INPUT] =
		"gpiozero and others ask for a line as an input before they drive it: "
		"that needs `input`, too",
	[GPIO_ACL_RIGHT_EDGES] = "gpiomon, and each input of pi4j or Home Assistant, asks for edge "
				 "events: that needs `edges`, too",
	[GPIO_ACL_RIGHT_BIAS] =
		"it sets a pull-up or pull-down, as a gpiozero Button does: that needs "
		"`bias`, too",
};
