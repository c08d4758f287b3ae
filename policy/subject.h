/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of subjects, one row each: how a rule names one, how the machine finds its id, and what
 * is to be known of it when rules are compared.
 */
#ifndef POLICY_SUBJECT_H
#define POLICY_SUBJECT_H

#include "policy/policy.h"

struct policy_subject {
	const char *word; /* in a rule */
	/* What follows the word, as a message names it; NULL: nothing, and what is below is unused
	 */
	const char *operand;
	/* Sets *id to the id of a name; or a negative errno, -ENOENT if there is no such name */
	int (*find)(const struct machine *machine, const char *name, uint32_t *id);
	/* The name of an id, valid until the next call; NULL if it has none */
	const char *(*name)(const struct machine *machine, uint32_t id);
	/* A process is always exactly one of the kind: rules for another one never add to its own
	 */
	bool single;
	/* Why a deny is no safe refusal, as a warning; NULL: it is one */
	const char *weak_deny;
};

/* By enum gpio_acl_subject_kind. */
extern const struct policy_subject policy_subjects[GPIO_ACL_NUM_SUBJECTS];

#endif
