/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of subjects: see subject.h. */
#include "policy/subject.h"

#include <errno.h>

static int find_user(const struct machine *machine, const char *name, uint32_t *id)
{
	return machine->user_id ? machine->user_id(name, id) : -ENOENT;
}

static const char *user_name(const struct machine *machine, uint32_t id)
{
	return machine->user_name ? machine->user_name(id) : NULL;
}

static int find_group(const struct machine *machine, const char *name, uint32_t *id)
{
	return machine->group_id ? machine->group_id(name, id) : -ENOENT;
}

static const char *group_name(const struct machine *machine, uint32_t id)
{
	return machine->group_name ? machine->group_name(id) : NULL;
}

/* A new row of GPIO_ACL_SUBJECTS does not compile until it has a row here. */
#define ROW_EVERYONE .operand = NULL
#define ROW_USER                                                                                   \
	.operand = "a user's name or number", .find = find_user, .name = user_name, .single = true
/* setgroups() in a new user namespace drops supplementary groups, and with them their denies. */
#define ROW_GROUP                                                                                  \
	.operand = "a group's name or number", .find = find_group, .name = group_name,             \
	.weak_deny = "a group's deny can be bypassed: a process can leave the group in a user "    \
		     "namespace"

const struct policy_subject policy_subjects[GPIO_ACL_NUM_SUBJECTS] = {
#define X(kind, text) [GPIO_ACL_SUBJECT_##kind] = {.word = (text), ROW_##kind},
	GPIO_ACL_SUBJECTS(X)
#undef X
};
