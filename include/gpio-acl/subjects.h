/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kinds of subjects, whom a rule is about, one row each. policy/subject.c says how the machine
 * finds a subject's id, bpf/core/decide.h which of a process's ids the kernel compares.
 */
#ifndef GPIO_ACL_SUBJECTS_H
#define GPIO_ACL_SUBJECTS_H

/* X(name, word): the word in a policy. A new kind moves the tables of a policy map: raise
 * GPIO_ACL_ABI. */
#define GPIO_ACL_SUBJECTS(X)                                                                       \
	X(EVERYONE, "everyone")                                                                    \
	X(USER, "user")                                                                            \
	X(GROUP, "group")

enum gpio_acl_subject_kind {
#define X(name, word) GPIO_ACL_SUBJECT_##name,
	GPIO_ACL_SUBJECTS(X)
#undef X
		GPIO_ACL_NUM_SUBJECTS,
};

#endif
