/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules come to, before it becomes an image or is looked at for rules that never matter. */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"

static struct gpio_acl_key slot_key(uint32_t table, uint32_t id, uint32_t chip, uint32_t block)
{
	return (struct gpio_acl_key){.table = table, .id = id, .chip = chip, .block = block};
}

uint32_t slots_find(const struct slots *slots, uint32_t table, uint32_t id, uint32_t chip,
		    uint32_t block)
{
	struct gpio_acl_key key = slot_key(table, id, chip, block);

	return names_find(&slots->index, &key, sizeof(key));
}

uint32_t slots_add(struct slots *slots, uint32_t table, uint32_t id, uint32_t chip, uint32_t block)
{
	struct gpio_acl_key key = slot_key(table, id, chip, block);
	uint32_t slot = names_add(&slots->index, &key, sizeof(key), slots->num_slots);

	if (slot < slots->num_slots)
		return slot;
	slots->slots = memory_grow(slots->slots, slots->num_slots, sizeof(*slots->slots));
	slots->slots[slots->num_slots++] = (struct slot){.key = key};
	return slot;
}

void slots_free(struct slots *slots)
{
	names_free(&slots->index);
	free(slots->slots);
}

void lines_add(struct gpio_acl_masks *lines, const struct policy_rule *rule, uint64_t mask)
{
	__u64 *masks = rule->deny ? lines->deny : lines->allow;

	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		if (rule->rights & GPIO_ACL_BIT(right))
			masks[right] |= mask;
	}
}

/* Lines of a rule that follow each other in one block are one term. */
struct collector {
	struct terms *terms;
	const struct policy_rule *rule;
	uint32_t chip, block;
	uint64_t lines;
};

/* Whom a rule's masks are for: the deny of an open account is everyone's. */
static uint32_t rule_masks(struct slots *slots, uint32_t tables, const struct policy_rule *rule,
			   uint32_t chip, uint32_t block)
{
	if (rule->account)
		return slots_add(slots, tables + GPIO_ACL_SUBJECT_EVERYONE, 0, chip, block);
	return slots_add(slots, tables + rule->subjects, rule->id, chip, block);
}

static void add_term(struct collector *collector, uint32_t tables)
{
	struct terms *terms = collector->terms;
	uint32_t slot = rule_masks(&terms->slots, tables, collector->rule, collector->chip,
				   collector->block);

	terms->terms = memory_grow(terms->terms, terms->num_terms, sizeof(*terms->terms));
	terms->terms[terms->num_terms++] = (struct term){slot, collector->lines};
	lines_add(&terms->slots.slots[slot].lines, collector->rule, collector->lines);
}

static void finish_term(struct collector *collector)
{
	if (!collector->lines)
		return;
	add_term(collector, GPIO_ACL_TABLE_RULES);
	if (collector->rule->memory_any)
		add_term(collector, GPIO_ACL_TABLE_MEMORY_ANY);
	collector->lines = 0;
}

static int collect_line(const struct policy_line *line, void *ctx)
{
	struct collector *collector = ctx;
	uint32_t block = line->offset / 64;

	if (line->offset == POLICY_NO_OFFSET)
		return 0;
	if (line->chip != collector->chip || block != collector->block)
		finish_term(collector);
	collector->chip = line->chip;
	collector->block = block;
	collector->lines |= 1ull << line->offset % 64;
	return 0;
}

static void collect_rule(struct terms *terms, const struct policy *policy,
			 const struct policy_rule *rule)
{
	struct collector collector = {.terms = terms, .rule = rule};

	policy_rule_lines(policy, rule, collect_line, &collector);
	finish_term(&collector);
}

bool terms_make(struct terms *terms, const struct policy *policy)
{
	memset(terms, 0, sizeof(*terms));
	terms->first = memory_alloc(policy->num_rules + 1, sizeof(*terms->first));
	for (size_t i = 0; i < policy->num_rules; i++) {
		if (!policy->rules[i].account)
			collect_rule(terms, policy, &policy->rules[i]);
		terms->first[i + 1] = terms->num_terms;
		if (terms->slots.num_slots > POLICY_MAX_ENTRIES) {
			terms_free(terms);
			return false;
		}
	}
	return true;
}

/* Denies of lines that are not known yet, while they are spread over the lines of their chips. */
struct spread {
	struct terms *terms;
	const struct policy_rule *rule;
	const uint32_t *blocks; /* in which anything is allowed on any chip */
	size_t num_blocks;
	uint32_t chip; /* the last one that was denied; UINT32_MAX: none */
};

static int deny_chip(const struct policy_line *line, void *ctx)
{
	struct spread *spread = ctx;

	if (line->offset != POLICY_NO_OFFSET || line->chip == spread->chip)
		return 0;
	spread->chip = line->chip;
	for (size_t i = 0; i < spread->num_blocks; i++) {
		struct slots *slots = &spread->terms->slots;
		uint32_t slot = rule_masks(slots, GPIO_ACL_TABLE_RULES, spread->rule, line->chip,
					   spread->blocks[i]);

		lines_add(&slots->slots[slot].lines, spread->rule, UINT64_MAX);
	}
	return 0;
}

static uint32_t *find_blocks(const struct terms *terms, size_t *num)
{
	uint32_t *blocks = NULL;
	struct names known = {0};

	*num = 0;
	for (size_t i = 0; i < terms->slots.num_slots; i++) {
		uint32_t block = terms->slots.slots[i].key.block;

		if (names_add(&known, &block, sizeof(block), i) != i)
			continue;
		blocks = memory_grow(blocks, *num, sizeof(*blocks));
		blocks[(*num)++] = block;
	}
	names_free(&known);
	return blocks;
}

void terms_deny_unknown(struct terms *terms, const struct policy *policy)
{
	struct spread spread = {.terms = terms};
	uint32_t *blocks = find_blocks(terms, &spread.num_blocks);

	spread.blocks = blocks;
	for (size_t i = 0; i < policy->num_rules; i++) {
		spread.rule = &policy->rules[i];
		spread.chip = UINT32_MAX;
		if (spread.rule->deny && spread.rule->account)
			collect_rule(terms, policy, spread.rule);
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

void terms_free(struct terms *terms)
{
	slots_free(&terms->slots);
	free(terms->terms);
	free(terms->first);
}
