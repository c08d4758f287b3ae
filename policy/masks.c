/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line masks: see masks.h. */
#include "policy/masks.h"

#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/xalloc.h"

static struct gpio_acl_key entry_key(uint32_t table, uint32_t id, uint32_t chip, uint32_t block)
{
	return (struct gpio_acl_key){.table = table, .id = id, .chip = chip, .block = block};
}

uint32_t mask_table_find(const struct mask_table *masks, uint32_t table, uint32_t id, uint32_t chip,
			 uint32_t block)
{
	struct gpio_acl_key key = entry_key(table, id, chip, block);

	return table_find(&masks->index, &key, sizeof(key));
}

uint32_t mask_table_add(struct mask_table *masks, uint32_t table, uint32_t id, uint32_t chip,
			uint32_t block)
{
	struct gpio_acl_key key = entry_key(table, id, chip, block);
	uint32_t entry = table_add(&masks->index, &key, sizeof(key), masks->num_entries);

	if (entry < masks->num_entries)
		return entry;
	masks->entries = xgrow(masks->entries, masks->num_entries, sizeof(*masks->entries));
	masks->entries[masks->num_entries++] = (struct mask_entry){.key = key};
	return entry;
}

void mask_table_free(struct mask_table *masks)
{
	table_free(&masks->index);
	free(masks->entries);
}

void masks_add_rule(struct gpio_acl_masks *lines, const struct policy_rule *rule, uint64_t mask)
{
	__u64 *masks = rule->deny ? lines->deny : lines->allow;

	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		if (rule->rights & GPIO_ACL_BIT(right))
			masks[right] |= mask;
	}
}

/* Collects a rule's lines: lines that follow each other in one block of 64 make one share. */
struct collector {
	struct rule_masks *masks;
	const struct policy_rule *rule;
	uint32_t chip, block;
	uint64_t lines;
};

/* The entry that a rule belongs to: that of its subject, or everyone's if its account is open. */
static uint32_t entry_of_rule(struct mask_table *table, uint32_t tables,
			      const struct policy_rule *rule, uint32_t chip, uint32_t block)
{
	if (rule->account)
		return mask_table_add(table, tables + GPIO_ACL_SUBJECT_EVERYONE, 0, chip, block);
	return mask_table_add(table, tables + rule->subjects, rule->id, chip, block);
}

static void add_share(struct collector *collector, uint32_t tables)
{
	struct rule_masks *masks = collector->masks;
	uint32_t entry = entry_of_rule(&masks->table, tables, collector->rule, collector->chip,
				       collector->block);

	masks->shares = xgrow(masks->shares, masks->num_shares, sizeof(*masks->shares));
	masks->shares[masks->num_shares++] = (struct rule_share){entry, collector->lines};
	masks_add_rule(&masks->table.entries[entry].lines, collector->rule, collector->lines);
}

static void finish_share(struct collector *collector)
{
	if (!collector->lines)
		return;
	add_share(collector, GPIO_ACL_TABLE_RULES);
	if (collector->rule->memory_any)
		add_share(collector, GPIO_ACL_TABLE_MEMORY_ANY);
	collector->lines = 0;
}

static int collect_line(const struct policy_line *line, void *ctx)
{
	struct collector *collector = ctx;
	uint32_t block = line->offset / 64;

	if (line->offset == POLICY_NO_OFFSET)
		return 0;
	if (line->chip != collector->chip || block != collector->block)
		finish_share(collector);
	collector->chip = line->chip;
	collector->block = block;
	collector->lines |= 1ull << line->offset % 64;
	return 0;
}

static void collect_rule(struct rule_masks *masks, const struct policy *policy,
			 const struct policy_rule *rule)
{
	struct collector collector = {.masks = masks, .rule = rule};

	policy_rule_lines(policy, rule, collect_line, &collector);
	finish_share(&collector);
}

bool rule_masks_make(struct rule_masks *masks, const struct policy *policy)
{
	memset(masks, 0, sizeof(*masks));
	masks->first = xcalloc(policy->num_rules + 1, sizeof(*masks->first));
	for (size_t i = 0; i < policy->num_rules; i++) {
		if (!policy->rules[i].account)
			collect_rule(masks, policy, &policy->rules[i]);
		masks->first[i + 1] = masks->num_shares;
		if (masks->table.num_entries > POLICY_MAX_ENTRIES) {
			rule_masks_free(masks);
			return false;
		}
	}
	return true;
}

/* Spreads the deny of an open line name over all lines of its chip. */
struct spread {
	struct rule_masks *masks;
	const struct policy_rule *rule;
	const uint32_t *blocks; /* in which a rule allows or denies a line, on any chip */
	size_t num_blocks;
	uint32_t chip; /* the last one denied for this rule; UINT32_MAX: none */
};

static int deny_chip(const struct policy_line *line, void *ctx)
{
	struct spread *spread = ctx;

	if (line->offset != POLICY_NO_OFFSET || line->chip == spread->chip)
		return 0;
	spread->chip = line->chip;
	for (size_t i = 0; i < spread->num_blocks; i++) {
		struct mask_table *table = &spread->masks->table;
		uint32_t entry = entry_of_rule(table, GPIO_ACL_TABLE_RULES, spread->rule,
					       line->chip, spread->blocks[i]);

		masks_add_rule(&table->entries[entry].lines, spread->rule, UINT64_MAX);
	}
	return 0;
}

/* The blocks that any entry is about, each once; to be freed. */
static uint32_t *find_blocks(const struct rule_masks *masks, size_t *num)
{
	uint32_t *blocks = NULL;
	struct table known = {0};

	*num = 0;
	for (size_t i = 0; i < masks->table.num_entries; i++) {
		uint32_t block = masks->table.entries[i].key.block;

		if (table_add(&known, &block, sizeof(block), i) != i)
			continue;
		blocks = xgrow(blocks, *num, sizeof(*blocks));
		blocks[(*num)++] = block;
	}
	table_free(&known);
	return blocks;
}

void rule_masks_deny_open(struct rule_masks *masks, const struct policy *policy)
{
	struct spread spread = {.masks = masks};
	uint32_t *blocks = find_blocks(masks, &spread.num_blocks);

	spread.blocks = blocks;
	for (size_t i = 0; i < policy->num_rules; i++) {
		spread.rule = &policy->rules[i];
		spread.chip = UINT32_MAX;
		if (spread.rule->deny && spread.rule->account)
			collect_rule(masks, policy, spread.rule);
		if (spread.rule->deny)
			policy_rule_lines(policy, spread.rule, deny_chip, &spread);
	}
	free(blocks);
}

static int is_open_line(const struct policy_line *line, void *ctx)
{
	(void)ctx;
	return line->offset == POLICY_NO_OFFSET;
}

bool rule_is_open(const struct policy *policy, const struct policy_rule *rule)
{
	return rule->account || policy_rule_lines(policy, rule, is_open_line, NULL);
}

void rule_masks_free(struct rule_masks *masks)
{
	mask_table_free(&masks->table);
	free(masks->shares);
	free(masks->first);
}
