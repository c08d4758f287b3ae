/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of subjects, one row each: how a rule names one, how the machine finds its id, and what
 * is to be known of it when rules are compared.
 */
#ifndef POLICY_SUBJECT_H
#define POLICY_SUBJECT_H

#include "policy/policy.h"

struct policy_subject {
	const char *word;    /* in a rule */
	const char *operand; /* what must follow, for messages; NULL: nothing, no name, no id */
	/* Sets *id to the id of a name; or a negative errno, -ENOENT if there is no such name */
	int (*find)(const struct machine *machine, const char *name, uint32_t *id);
	/* The name of an id, valid until the next call; NULL if it has none */
	const char *(*name)(const struct machine *machine, uint32_t id);
	bool single;	       /* a process is exactly one of the kind */
	const char *weak_deny; /* a warning about each deny, or NULL */
};

/* By enum gpio_acl_subject_kind. */
extern const struct policy_subject policy_subjects[GPIO_ACL_NUM_SUBJECTS];

#endif
