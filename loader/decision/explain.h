/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would this be allowed, and by which rule? Answered by the kernel's own decision (bpf/core/decide.h).
 */
#ifndef LOADER_DECISION_EXPLAIN_H
#define LOADER_DECISION_EXPLAIN_H

#include "policy/policy.h"

/* What is asked, found in a policy and on this machine. */
struct question {
	const struct machine_chip *present; /* the chip that answers, or NULL */
	const char *name;		    /* of the line, where only the policy has it; or NULL */
	size_t num_present;		    /* how many answer; the first is judged */
	uint32_t uid; /* who asks: the effective uid, gid and supplementary groups */
	uint32_t num_groups;
	uint32_t groups[GPIO_ACL_MAX_GROUPS];
	uint32_t chip;	 /* index in policy.chips, or UINT32_MAX: only present */
	uint32_t offset; /* POLICY_NO_OFFSET: a named line of an absent chip */
	uint32_t rights; /* GPIO_ACL_BIT() bits and GPIO_ACL_HOLD */
	bool linked;	 /* it was asked for by another name of its node */
};

enum answer {
	ANSWER_ALLOWED, /* rules allow it */
	ANSWER_ROOT,	/* allowed: rules do not apply to root */
	ANSWER_INFO,	/* allowed: info is open */
	ANSWER_OWNERS,	/* refused: whose subordinate uid it is is not known */
	ANSWER_ABSENT,	/* refused to everyone: it is not known which line that is */
	ANSWER_REFUSED, /* refused: rules deny it, or none allows it */
};

struct verdict {
	enum answer answer;
	uint32_t has;	 /* rights that the subject's rules grant on the line */
	uint32_t lacks;	 /* of what is asked for */
	bool memory_any; /* what is asked is allowed with any memory: by such rules, or */
	bool anything;	 /* there is nothing to gain, all of the chip is allowed */
};

/*
 * What a request that uses a right needs, by the right's word (`info`, ..., `all`): it, and what
 * GPIO_ACL_RIGHTS has beside it. 0 when the word is no right.
 */
uint32_t explain_rights(const char *word);

/*
 * explain_subject() - an account as a process of it would be
 * @user: its name or uid
 * @groups: names or gids of further groups, @num_groups of them
 *
 * Sets uid and groups of @question: those of its account; a uid without account has none of its
 * own. 0, or -1 after a message.
 */
int explain_subject(const struct machine *machine, const char *user, char *const *groups,
		    size_t num_groups, struct question *question);

/*
 * explain_target() - find chip and line
 * @chip: of the policy: a chip's name, or an aggregate's; else of a present chip: gpiochipN (or
 * another name of its node, a link), with or without /dev/, or label
 * @line: an offset or a line's name; of an aggregate the virtual offset
 *
 * Sets @question's chip, present, linked, num_present, offset and name. 0, or -1 after a message.
 */
int explain_target(const struct policy *policy, const struct machine *machine, const char *chip,
		   const char *line, struct question *question);

/* The verdict; @image is compiled from @policy. */
struct verdict explain_judge(const struct policy *policy, const struct image *image,
			     const struct question *question);

/* All needs that these rights satisfy. */
uint32_t explain_satisfies(uint32_t rights);

/* Does a rule concern who and which line is asked for, and some of @rights? */
bool explain_applies(const struct policy *policy, const struct policy_rule *rule,
		     const struct question *question, uint32_t rights);

#endif
