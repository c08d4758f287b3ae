/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the checks of a policy without errors share. They warn of statements that are probably not
 * meant: lint_chips.c of definitions, lint_rules.c of rules that have no effect.
 *
 * Every check looks a fixed number of times at each rule. Only a message that will be shown
 * searches for the rule that is the reason.
 */
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include "policy/internal.h"
#include "policy/masks.h"

#define NUM_RIGHTS GPIO_ACL_NUM_RIGHTS

enum verdict {
	MATTERS,
	UNKNOWN, /* an account or a line of it is open: it may get an effect */
	FOR_ROOT,
	DENIED,
	TAKES_NOTHING,
	REPEATED,
};

struct lint {
	struct reader *reader;
	const struct policy *policy;
	struct rule_masks masks;
	uint32_t *everyone;	 /* of each mask entry: everyone's entry for the same lines */
	struct mask_table reach; /* what each subject may be allowed: lint_reach.c */
	unsigned char *verdicts; /* of each rule, enum verdict */
};

/* Does the policy let root do everything? */
static inline bool bypasses_root(const struct lint *lint)
{
	return !(lint->policy->flags & GPIO_ACL_FLAG_ROOT_ENFORCE);
}

static inline bool is_root(enum gpio_acl_subject_kind kind, uint64_t id)
{
	return kind == GPIO_ACL_SUBJECT_USER && !id;
}

static inline const struct mask_entry *entry_of(const struct lint *lint,
						const struct rule_share *share)
{
	return &lint->masks.table.entries[share->entry];
}

static inline bool is_memory_entry(const struct mask_entry *entry)
{
	return entry->key.table >= GPIO_ACL_TABLE_MEMORY_ANY;
}

/* The first of the tables that the entry's is one of: they are one for each kind of subject. */
static inline uint32_t entry_tables(const struct mask_entry *entry)
{
	return is_memory_entry(entry) ? GPIO_ACL_TABLE_MEMORY_ANY : GPIO_ACL_TABLE_RULES;
}

static inline enum gpio_acl_subject_kind entry_kind(const struct mask_entry *entry)
{
	return entry->key.table - entry_tables(entry);
}

static inline bool has_shares(const struct lint *lint, size_t rule)
{
	return lint->masks.first[rule] < lint->masks.first[rule + 1];
}

/* The share of a rule after @share, or its first one if @share is NULL; NULL at the end. */
static inline const struct rule_share *next_share(const struct lint *lint, size_t rule,
						  const struct rule_share *share)
{
	const struct rule_share *shares = lint->masks.shares;

	if (!has_shares(lint, rule))
		return NULL;
	share = share ? share + 1 : shares + lint->masks.first[rule];
	return share < shares + lint->masks.first[rule + 1] ? share : NULL;
}

/* lint_reach.c: fills in .everyone and .reach, to be freed with lint_free_reach(). */
void lint_find_reach(struct lint *lint);
void lint_free_reach(struct lint *lint);

/* lint_reach.c: the masks of everyone's rules for the lines of a share; zeros if there are none. */
const struct gpio_acl_masks *everyones_masks(const struct lint *lint,
					     const struct rule_share *share);

/* lint_reach.c: lines in the block of a share that its subject may be allowed, by any rules. */
__u64 perhaps_allowed(const struct lint *lint, const struct rule_share *share, int right);

/* lint_reach.c: do denies cover all that the allow @rule allows? */
bool is_denied(const struct lint *lint, size_t rule);

/* lint_reach.c: does no rule allow anything that the deny @rule denies? */
bool takes_nothing(const struct lint *lint, size_t rule);

/* lint_repeats.c: sets the verdict of each deny, or each allow, that other rules repeat. */
void lint_find_repeats(struct lint *lint, bool deny);

/* lint_chips.c: checks the definitions of chips and aggregates. */
void lint_definitions(struct reader *reader);

/* lint_rules.c: checks the rules, whose masks are in .masks. */
void lint_rules(struct lint *lint);

#endif
