/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reach: what all rules of a policy together allow and deny to each subject, so that one rule is
 * compared with all others at once.
 */
#include <stdlib.h>

#include "policy/lint.h"
#include "policy/subject.h"

/* Tables of lint.reach: allowed masks of several entries together. */
enum reach {
	REACH_NAMED = 1, /* lines of all chips that are known by label, by device or by name */
	REACH_BESIDE,	 /* + kind of subject: lines of a chip, beside the subject's own rules */
};

/* Finds for each entry the entry for everyone on the same lines; TABLE_NONE if there is none. */
static void find_everyone(struct lint *lint)
{
	const struct mask_table *masks = &lint->masks.table;

	lint->everyone = xcalloc(masks->num_entries, sizeof(*lint->everyone));
	for (size_t i = 0; i < masks->num_entries; i++) {
		const struct gpio_acl_key *key = &masks->entries[i].key;
		uint32_t tables = entry_tables(&masks->entries[i]);

		lint->everyone[i] = mask_table_find(masks, tables + GPIO_ACL_SUBJECT_EVERYONE, 0,
						    key->chip, key->block);
	}
}

const struct gpio_acl_masks *everyones_masks(const struct lint *lint,
					     const struct rule_share *share)
{
	static const struct gpio_acl_masks nothing;
	uint32_t entry = lint->everyone[share->entry];

	return entry == TABLE_NONE ? &nothing : &lint->masks.table.entries[entry].lines;
}

bool is_denied(const struct lint *lint, size_t index)
{
	uint32_t rights = lint->policy->rules[index].rights;
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		const struct gpio_acl_masks *own = &entry_of(lint, share)->lines;

		for (int right = 0; right < NUM_RIGHTS && !is_memory_entry(entry_of(lint, share));
		     right++) {
			if ((rights & GPIO_ACL_BIT(right)) &&
			    (share->lines &
			     ~(own->deny[right] | everyones_masks(lint, share)->deny[right])))
				return false;
		}
	}
	return has_shares(lint, index);
}

static void add_reach(struct lint *lint, uint32_t table, uint32_t which,
		      const struct mask_entry *entry)
{
	uint32_t reach = mask_table_add(&lint->reach, table, 0, which, entry->key.block);

	for (int right = 0; right < NUM_RIGHTS; right++)
		lint->reach.entries[reach].lines.allow[right] |= entry->lines.allow[right];
}

/* Adds what an entry allows to the reach of each kind of subject that it may apply to as well. */
static void add_beside(struct lint *lint, const struct mask_entry *entry)
{
	uint32_t own = entry_kind(entry);

	for (uint32_t kind = 0; kind < GPIO_ACL_NUM_SUBJECTS; kind++) {
		if (kind != own || !policy_subjects[kind].single)
			add_reach(lint, REACH_BESIDE + kind, entry->key.chip, entry);
	}
}

static void find_reach(struct lint *lint)
{
	const struct mask_table *masks = &lint->masks.table;

	for (size_t i = 0; i < masks->num_entries; i++) {
		const struct mask_entry *entry = &masks->entries[i];
		const struct gpio_acl_key *key = &entry->key;

		if (is_memory_entry(entry) ||
		    (is_root(entry_kind(entry), key->id) && bypasses_root(lint)))
			continue;
		add_reach(lint, REACH_NAMED, lint->policy->chips[key->chip].by, entry);
		add_beside(lint, entry);
	}
}

static __u64 reach_mask(const struct lint *lint, uint32_t table, uint32_t which, uint32_t block,
			int right)
{
	uint32_t reach = mask_table_find(&lint->reach, table, 0, which, block);

	return reach == TABLE_NONE ? 0 : lint->reach.entries[reach].lines.allow[right];
}

/*
 * Allowed by the subject's own rules, or by rules for others that one of its processes may also be.
 * The same chip may be known by label in one rule and by device in another, so rules for any chip
 * that is known in another way count as well.
 */
__u64 perhaps_allowed(const struct lint *lint, const struct rule_share *share, int right)
{
	const struct mask_entry *entry = entry_of(lint, share);
	const struct gpio_acl_key *key = &entry->key;
	__u64 mask = entry->lines.allow[right] | reach_mask(lint, REACH_BESIDE + entry_kind(entry),
							    key->chip, key->block, right);

	for (uint32_t by = 0; by < GPIO_ACL_NUM_CHIP_BY; by++) {
		if (by != lint->policy->chips[key->chip].by)
			mask |= reach_mask(lint, REACH_NAMED, by, key->block, right);
	}
	return mask;
}

bool takes_nothing(const struct lint *lint, size_t index)
{
	uint32_t rights = lint->policy->rules[index].rights;
	const struct rule_share *share = NULL;

	/* an open name may turn out to be allowed; with `info open`, info needs no rule */
	if (lint->reader->num_unresolved ||
	    (!(lint->policy->flags & GPIO_ACL_FLAG_INFO_RESTRICTED) &&
	     (rights & GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO))))
		return false;
	while ((share = next_share(lint, index, share))) {
		for (int right = 0; right < NUM_RIGHTS; right++) {
			if ((rights & GPIO_ACL_BIT(right)) &&
			    (share->lines & perhaps_allowed(lint, share, right)))
				return false;
		}
	}
	return has_shares(lint, index);
}

void lint_find_reach(struct lint *lint)
{
	find_everyone(lint);
	find_reach(lint);
}

void lint_free_reach(struct lint *lint)
{
	free(lint->everyone);
	mask_table_free(&lint->reach);
}
