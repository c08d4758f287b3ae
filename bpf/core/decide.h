/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision: may this subject do what these lines need, on a chip with these names, under this
 * policy?
 *
 * Pure, and there is no second implementation: the BPF programs, the unit tests and `gpio-acl
 * explain` compile this file. Each defines before it includes it:
 *
 *   GPIO_ACL_LOOKUP(policy, key)  the union gpio_acl_value of a key, or NULL
 *   GPIO_ACL_LOOP(n, step, ctx)   calls long step(__u64 i, void *ctx) for i in 0..n-1, until it
 *                                 returns non-zero
 *
 * A subject may do the union of its allows minus the union of its denies (docs/architecture.md,
 * "Policy language"). A line that nothing allows is refused.
 */
#ifndef GPIO_ACL_DECIDE_H
#define GPIO_ACL_DECIDE_H

#include <stdbool.h>

#include "gpio-acl/abi.h"

/* The creators of the user namespaces of a process, and the owners of their uids and its own. */
#define GPIO_ACL_MAX_OWNERS                                                                        \
	(GPIO_ACL_MAX_NAMESPACES * (1 + GPIO_ACL_MAX_SHARERS) + GPIO_ACL_MAX_SHARERS)
#define GPIO_ACL_NUM_BLOCKS(num_lines) (((num_lines) + 63) / 64)
#define GPIO_ACL_MAX_BLOCKS	       GPIO_ACL_NUM_BLOCKS(GPIO_ACL_MAX_OFFSET + 1)

/*
 * The subject of a request. Its uid is the effective one, or the real one where that is 0; its
 * groups are the effective and all supplementary ones. All ids are those of the initial user
 * namespace.
 *
 * Its owners (docs/security.md, "Whose process it is") are the creators of the user namespaces that
 * the process is in, and the owners of subordinate uids. Their denies apply to the process, too.
 * Accountable for it is the outermost of them, or all who share that uid; without any, its own uid.
 */
struct gpio_acl_subject {
	__u32 uid;
	__u32 num_owners;
	__u32 owners[GPIO_ACL_MAX_OWNERS];
	__u32 num_accountable; /* at least one */
	__u32 accountable[GPIO_ACL_MAX_SHARERS];
	__u32 num_groups;
	__u32 groups[GPIO_ACL_MAX_GROUPS];
};

/* The state of a decision. The caller sets the members up to chips; the rest starts as zeros. */
struct gpio_acl_decision {
	void *policy;
	const struct gpio_acl_subject *subject;
	struct gpio_acl_record_line *lines; /* GPIO_ACL_MAX_LINES; .lacks is written */
	struct gpio_acl_masks *granted;	    /* by the rules on .block, in its .allow; written */
	__u32 tables; /* GPIO_ACL_TABLE_RULES, or GPIO_ACL_TABLE_MEMORY_ANY to ask about memory */
	__u32 chips[GPIO_ACL_NUM_CHIP_BY];
	__u32 chip;
	__u32 block; /* the block in granted, + 1; 0: none yet */
	__u32 lacks; /* of all lines together */
};

/* ---- owners of the process ------------------------------------------------------------- */

/* Looks for the range of subordinate uids that a uid is in. */
struct gpio_acl_search {
	__u32 uid;
	__u32 begin, end;	       /* the entries that are left to search, without .end */
	struct gpio_acl_subuids found; /* num_owners 0: not found */
};

/*
 * The context of the loop. The state is behind a pointer, so that the verifier does not follow it.
 */
struct gpio_acl_searching {
	void *policy;
	struct gpio_acl_search *search;
};

static long gpio_acl_search_half(__u64 i, void *ctx)
{
	struct gpio_acl_searching *searching = ctx;
	struct gpio_acl_search *search = searching->search;
	struct gpio_acl_key key = {
		.table = GPIO_ACL_TABLE_SUBUIDS,
		.id = search->begin + (search->end - search->begin) / 2,
	};
	const union gpio_acl_value *value;

	(void)i;
	if (search->begin >= search->end)
		return 1;
	value = GPIO_ACL_LOOKUP(searching->policy, &key);
	if (!value)
		return 1;
	if (search->uid < value->subuids.first) {
		search->end = key.id;
		return 0;
	}
	if (search->uid > value->subuids.last) {
		search->begin = key.id + 1;
		return 0;
	}
	search->found = value->subuids;
	return 1;
}

/* gpio_acl_search() - find the owners of search->uid as a subordinate uid, into search->found */
static inline void gpio_acl_search(void *policy, struct gpio_acl_search *search)
{
	struct gpio_acl_searching searching = {.policy = policy, .search = search};
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	const union gpio_acl_value *value = GPIO_ACL_LOOKUP(policy, &key);

	search->found.num_owners = 0;
	search->begin = 0;
	search->end = value ? value->settings.num_subuids : 0;
	if (search->end)
		GPIO_ACL_LOOP(32, gpio_acl_search_half, &searching);
}

static inline void gpio_acl_own(struct gpio_acl_subject *subject, __u32 uid)
{
	__u32 n = subject->num_owners;

	if (n >= GPIO_ACL_MAX_OWNERS)
		return;
	subject->owners[n] = uid;
	subject->num_owners = n + 1;
}

/* Root is not accountable for the uids that it gives to others. */
static inline void gpio_acl_hold_accountable(struct gpio_acl_subject *subject, __u32 uid, __u32 n)
{
	if (!uid || n >= GPIO_ACL_MAX_SHARERS)
		return;
	subject->accountable[n] = uid;
	subject->num_accountable = n + 1;
}

/*
 * gpio_acl_add_user() - add the owners of a user's uid, if it is a subordinate one
 * @search: of that uid, done
 *
 * To be called for the uid of the process first, with that accountable and no owners, then for the
 * creator of each of its user namespaces, from the inner to the outer ones. Returns false when the
 * owners are not all known.
 *
 * A range of one uid lends an account to a container (lxd:1000:1). The owner of the range can
 * become that user, so that its denies apply, but the account itself stays accountable.
 */
static inline bool gpio_acl_add_user(struct gpio_acl_subject *subject,
				     const struct gpio_acl_search *search)
{
	const struct gpio_acl_subuids *found = &search->found;
	__u32 sharers = 0;

	if (found->num_owners > GPIO_ACL_MAX_SHARERS)
		return false;
	gpio_acl_hold_accountable(subject, search->uid, 0);
	for (__u32 i = 0; i < GPIO_ACL_MAX_SHARERS && i < found->num_owners; i++) {
		gpio_acl_own(subject, found->owners[i]);
		if (found->first == found->last)
			continue;
		gpio_acl_hold_accountable(subject, found->owners[i], sharers);
		sharers += !!found->owners[i];
	}
	return true;
}

/* ---- rules ------------------------------------------------------------------------------ */

static inline const union gpio_acl_value *gpio_acl_rules(const struct gpio_acl_decision *d,
							 __u32 subjects, __u32 id)
{
	struct gpio_acl_key key = {
		.table = d->tables + subjects,
		.id = id,
		.chip = d->chip,
		.block = d->block - 1,
	};

	return GPIO_ACL_LOOKUP(d->policy, &key);
}

static inline void gpio_acl_add_rules(struct gpio_acl_decision *d, __u32 subjects, __u32 id)
{
	const union gpio_acl_value *value = gpio_acl_rules(d, subjects, id);

	if (!value)
		return;
	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		d->granted->allow[right] |= value->lines.allow[right];
		d->granted->deny[right] |= value->lines.deny[right];
	}
}

static long gpio_acl_add_group(__u64 i, void *ctx)
{
	struct gpio_acl_decision *d = ctx;

	if (i >= GPIO_ACL_MAX_GROUPS)
		return 1;
	gpio_acl_add_rules(d, GPIO_ACL_SUBJECT_GROUP, d->subject->groups[i]);
	return 0;
}

/* The denies of an owner apply, its allows do not. */
static long gpio_acl_add_owner(__u64 i, void *ctx)
{
	struct gpio_acl_decision *d = ctx;
	const union gpio_acl_value *value;

	if (i >= GPIO_ACL_MAX_OWNERS)
		return 1;
	value = gpio_acl_rules(d, GPIO_ACL_SUBJECT_USER, d->subject->owners[i]);
	for (int right = 0; value && right < GPIO_ACL_NUM_RIGHTS; right++)
		d->granted->deny[right] |= value->lines.deny[right];
	return 0;
}

_Static_assert(GPIO_ACL_NUM_SUBJECTS == 3, "gpio_acl_add_chip() asks for each kind of subject");

static long gpio_acl_add_chip(__u64 by, void *ctx)
{
	struct gpio_acl_decision *d = ctx;

	if (by >= GPIO_ACL_NUM_CHIP_BY)
		return 1;
	d->chip = d->chips[by];
	if (d->chip == GPIO_ACL_NO_CHIP)
		return 0;
	gpio_acl_add_rules(d, GPIO_ACL_SUBJECT_EVERYONE, 0);
	gpio_acl_add_rules(d, GPIO_ACL_SUBJECT_USER, d->subject->uid);
	GPIO_ACL_LOOP(d->subject->num_groups, gpio_acl_add_group, d);
	GPIO_ACL_LOOP(d->subject->num_owners, gpio_acl_add_owner, d);
	return 0;
}

/* All rules about the subject and 64 lines of the chip, by all names of the chip. */
static inline void gpio_acl_gather(struct gpio_acl_decision *d, __u32 block)
{
	d->block = block + 1;
	__builtin_memset(d->granted, 0, sizeof(*d->granted));
	GPIO_ACL_LOOP(GPIO_ACL_NUM_CHIP_BY, gpio_acl_add_chip, d);
	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++)
		d->granted->allow[right] &= ~d->granted->deny[right];
}

/* What rights on a line satisfy: themselves and, with a direction, GPIO_ACL_HOLD. */
static inline __u32 gpio_acl_satisfies(__u32 rights)
{
	if (rights & (GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT) | GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)))
		rights |= GPIO_ACL_HOLD;
	return rights;
}

/* The needs that are granted on one line of the block. */
static inline __u32 gpio_acl_rights(const struct gpio_acl_masks *granted, __u32 offset)
{
	__u32 rights = 0;

	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++)
		rights |= (granted->allow[right] >> (offset % 64) & 1) << right;
	return gpio_acl_satisfies(rights);
}

static long gpio_acl_decide_line(__u64 i, void *ctx)
{
	struct gpio_acl_decision *d = ctx;
	struct gpio_acl_record_line *line;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	line = &d->lines[i];
	line->lacks = line->need;
	if (line->need && line->offset <= GPIO_ACL_MAX_OFFSET) {
		if (d->block != line->offset / 64 + 1)
			gpio_acl_gather(d, line->offset / 64);
		line->lacks &= ~gpio_acl_rights(d->granted, line->offset);
	}
	d->lacks |= line->lacks;
	return 0;
}

/*
 * gpio_acl_decide() - decide about a request, all or nothing
 * @d: set by the caller, the rest zero. Or block and .granted as left by an earlier decision with
 *      the same policy, subject, tables and chips.
 * @num_lines: lines of the request, 0..GPIO_ACL_MAX_LINES; a line may need nothing
 *
 * Writes what is not granted on each line into its .lacks. Returns the union of those; the request
 * is allowed when it is 0.
 */
static inline __u32 gpio_acl_decide(struct gpio_acl_decision *d, __u32 num_lines)
{
	GPIO_ACL_LOOP(num_lines, gpio_acl_decide_line, d);
	return d->lacks;
}

/* ---- lines that no request names ------------------------------------------------------- */

/* The lines of a block on a chip with num_lines lines; bit n is line 64 * block + n. */
static inline __u64 gpio_acl_block_lines(__u32 block, __u32 num_lines)
{
	__u32 rest = num_lines - 64 * block;

	return rest < 64 ? (1ull << rest) - 1 : ~0ull;
}

/*
 * gpio_acl_block_lacks() - on which of these lines of a block is any of @rights not granted?
 * @d: as for gpio_acl_decide()
 * @block: line offset / 64
 * @lines: bit n is line 64 * block + n, in the result too
 * @rights: GPIO_ACL_BIT() bits
 */
static inline __u64 gpio_acl_block_lacks(struct gpio_acl_decision *d, __u32 block, __u64 lines,
					 __u32 rights)
{
	__u64 lacks = 0;

	if (d->block != block + 1)
		gpio_acl_gather(d, block);
	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		if (rights & GPIO_ACL_BIT(right))
			lacks |= ~d->granted->allow[right];
	}
	return lacks & lines;
}

/* A decision about a whole chip. */
struct gpio_acl_chip_decision {
	struct gpio_acl_decision d;
	__u32 num_lines; /* of the chip */
	__u32 rights;	 /* asked for on each of them */
};

static long gpio_acl_decide_block(__u64 i, void *ctx)
{
	struct gpio_acl_chip_decision *chip = ctx;
	__u64 lines;

	if (i >= GPIO_ACL_MAX_BLOCKS)
		return 1;
	lines = gpio_acl_block_lines(i, chip->num_lines);
	if (!gpio_acl_block_lacks(&chip->d, i, lines, chip->rights))
		return 0;
	chip->d.lacks = chip->rights;
	return 1;
}

/*
 * gpio_acl_has_chip() - is every one of these rights granted on every line of the chip?
 * @chip: set by the caller; .d as for gpio_acl_decide()
 */
static inline bool gpio_acl_has_chip(struct gpio_acl_chip_decision *chip)
{
	if (!chip->num_lines)
		return false;
	GPIO_ACL_LOOP(GPIO_ACL_NUM_BLOCKS(chip->num_lines), gpio_acl_decide_block, chip);
	return !chip->d.lacks;
}

/*
 * All rights that a policy with these settings (enum gpio_acl_flags) restricts. With them on every
 * line of a chip, a subject may do anything with it.
 */
static inline __u32 gpio_acl_every_right(__u32 flags)
{
	return flags & GPIO_ACL_FLAG_INFO_RESTRICTED
		       ? GPIO_ACL_ALL_RIGHTS
		       : GPIO_ACL_ALL_RIGHTS & ~GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO);
}

/*
 * gpio_acl_is_doubt() - does this refusal only mean that it is not known what is asked for?
 * @is_private: nobody can change the argument. Otherwise it could name lines that the chip does not
 *      have, which no rule allows, and anything that the kernel refuses.
 *
 * Such a refusal is lifted for a subject that may do anything with the chip: it has nothing to
 * gain. Not so if the subject or the chip is unknown.
 */
static inline bool gpio_acl_is_doubt(enum gpio_acl_reason reason, bool is_private)
{
	switch (reason) {
	case GPIO_ACL_REASON_COMMAND:
	case GPIO_ACL_REASON_FLAG:
	case GPIO_ACL_REASON_UNREADABLE:
		return true;
	case GPIO_ACL_REASON_ALLOWED:
	case GPIO_ACL_REASON_KERNEL_READ:
	case GPIO_ACL_REASON_TOO_MANY_GROUPS:
	case GPIO_ACL_REASON_QUARANTINED:
		return false;
	default:
		return !is_private;
	}
}

#endif
