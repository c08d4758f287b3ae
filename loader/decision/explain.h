/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Would a request be allowed, and by which rules? The answer is made by the function that decides
 * in the kernel (bpf/core/decide.h), so it cannot differ from the kernel's.
 */
#ifndef LOADER_DECISION_EXPLAIN_H
#define LOADER_DECISION_EXPLAIN_H

#include "policy/policy.h"

/* Who asks for which rights on which line, as ids and indexes. */
struct question {
	const struct machine_chip *present; /* the chip, if it is present, or NULL */
	const char *name;		    /* of the line, if only the policy knows it, or NULL */
	size_t num_present;		    /* how many chips match; .present is the first */
	uint32_t uid; /* effective uid; the groups: effective gid and supplementary groups */
	uint32_t num_groups;
	uint32_t groups[GPIO_ACL_MAX_GROUPS];
	uint32_t chip;	 /* index in policy.chips; UINT32_MAX: the policy does not have it */
	uint32_t offset; /* POLICY_NO_OFFSET: a named line of an absent chip */
	uint32_t rights; /* GPIO_ACL_BIT() bits and GPIO_ACL_HOLD */
	bool linked;	 /* the chip was named by a link to its node */
};

enum answer {
	ANSWER_ALLOWED, /* rules allow it */
	ANSWER_ROOT,	/* allowed: rules do not apply to root */
	ANSWER_INFO,	/* allowed: info is open */
	ANSWER_OWNERS,	/* refused: a subordinate uid, whose owner is unknown */
	ANSWER_ABSENT,	/* refused to everyone: which line has this name is unknown */
	ANSWER_REFUSED, /* refused: rules deny it, or none allows it */
};

struct verdict {
	enum answer answer;
	uint32_t has;	 /* rights that the subject has on the line */
	uint32_t lacks;	 /* rights that it asks for and does not have */
	bool memory_any; /* it is allowed with any memory: by `memory any`, or as .anything */
	bool anything;	 /* it has every right on every line of the chip */
};

/*
 * The rights that a request for a right needs: the right itself and what GPIO_ACL_RIGHTS has beside
 * it. @word: `info`, ..., or `all`. 0: the word is not a right.
 */
uint32_t explain_rights(const char *word);

/*
 * explain_subject() - find the ids of a user and its groups
 * @user: its name or uid
 * @groups: names or gids of further groups, @num_groups of them
 *
 * Sets uid and groups of @question. A uid without an account has only the further groups. 0, or -1
 * after a message.
 */
int explain_subject(const struct machine *machine, const char *user, char *const *groups,
		    size_t num_groups, struct question *question);

/*
 * explain_target() - find chip and line
 * @chip: a chip or aggregate of the policy; or gpiochipN (or a link to it), with or without /dev/,
 *	  or the label of a chip that is present
 * @line: an offset or a line name; of an aggregate the position
 *
 * Sets @question's chip, present, linked, num_present, offset and name. 0, or -1 after a message.
 */
int explain_target(const struct policy *policy, const struct machine *machine, const char *chip,
		   const char *line, struct question *question);

/* The decision; @image is compiled from @policy. */
struct verdict explain_decide(const struct policy *policy, const struct image *image,
			      const struct question *question);

/* What a request may need and these rights satisfy. */
uint32_t explain_satisfies(uint32_t rights);

/* Is a rule about this subject, this line and some of @rights? */
bool explain_applies(const struct policy *policy, const struct policy_rule *rule,
		     const struct question *question, uint32_t rights);

#endif
