/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks a policy without errors for what is probably not meant. Says nothing of a policy that is
 * too large for an image: policy_compile() does.
 */
#include "policy/lint.h"

void lint_policy(struct reader *reader)
{
	struct lint lint = {.reader = reader, .policy = reader->policy};

	lint_definitions(reader);
	if (!rule_masks_make(&lint.masks, reader->policy))
		return; /* too many for an image: policy_compile() says so */
	lint_rules(&lint);
	rule_masks_free(&lint.masks);
}
