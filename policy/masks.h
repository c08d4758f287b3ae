/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules as line masks. Turns the rules of a policy into one mask entry for each subject and each
 * 64 lines of a chip: the form that the image stores and that the checks of rules compare.
 */
#ifndef POLICY_MASKS_H
#define POLICY_MASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpio-acl/abi.h"
#include "policy/table.h"

struct policy;
struct policy_rule;

/* An entry of the image to be, except that key.chip is an index in policy.chips. */
struct mask_entry {
	struct gpio_acl_key key;
	struct gpio_acl_masks lines; /* of all rules together */
};

/* Entries without order, each key once. Starts as all zeros; mask_table_free() frees it. */
struct mask_table {
	struct mask_entry *entries;
	size_t num_entries;
	struct table index; /* keys, to indexes in entries */
};

/*
 * mask_table_add() - index of the entry of a key, added with empty masks if there is none
 * @table: enum gpio_acl_table plus the kind of subject, or a number that the caller chose
 * @block: line offset / 64
 *
 * The call may move .entries.
 */
uint32_t mask_table_add(struct mask_table *masks, uint32_t table, uint32_t id, uint32_t chip,
			uint32_t block);

/* Index of the entry of a key, or TABLE_NONE. */
uint32_t mask_table_find(const struct mask_table *masks, uint32_t table, uint32_t id, uint32_t chip,
			 uint32_t block);

/* Frees what the table holds, not @masks itself. */
void mask_table_free(struct mask_table *masks);

/* What one rule adds to one entry. */
struct rule_share {
	uint32_t entry; /* index in rule_masks.table */
	uint64_t lines; /* bit n: line 64 * block + n */
};

struct rule_masks {
	struct mask_table table;
	struct rule_share *shares; /* of all rules, in the order of the policy */
	size_t num_shares;
	size_t *first; /* of each rule: its first share; first[num_rules] is num_shares */
};

/*
 * rule_masks_make() - the masks of all rules whose account is known, on lines that are known
 *
 * Returns false, with nothing to free, if they need more than POLICY_MAX_ENTRIES entries. Else
 * @masks is to be freed with rule_masks_free().
 */
bool rule_masks_make(struct rule_masks *masks, const struct policy *policy);

/* Frees what rule_masks_make() allocated, not @masks itself. */
void rule_masks_free(struct rule_masks *masks);

/*
 * rule_masks_deny_open() - add the denies of open names
 *
 * Fail closed: an open line name could be any line of its chip, so its deny covers all lines of
 * the chip that any rule could allow. An open account could be anybody, so its deny is everyone's.
 * Adds entries and mask bits, but no shares.
 */
void rule_masks_deny_open(struct rule_masks *masks, const struct policy *policy);

/* Is the rule's account or one of its lines open? */
bool rule_is_open(const struct policy *policy, const struct policy_rule *rule);

/* Sets the bits of @mask for each right of a rule, in the allow or the deny masks of @lines. */
void masks_add_rule(struct gpio_acl_masks *lines, const struct policy_rule *rule, uint64_t mask);

#endif
