/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resolves statements: finds the chips, aggregates and lines that names in them stand for. A name
 * or offset that this machine does not have is an error if the machine is strict; else it is a
 * warning and stays open.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/suggest.h"

/*
 * Adds a note with names that may have been meant: of chips and, unless @only_chips, of aggregates.
 */
static void note_candidates(struct reader *reader, const char *word, bool only_chips)
{
	const struct policy *policy = reader->policy;
	size_t num = policy->num_chips + (only_chips ? 0 : policy->num_aggregates);
	const char **names;
	bool near;
	char *list;

	names = xcalloc(num, sizeof(*names));
	for (size_t i = 0; i < num; i++)
		names[i] = i < policy->num_chips ? policy->chips[i].name
						 : policy->aggregates[i - policy->num_chips].name;
	list = suggest_names(names, num, word, &near);
	if (list)
		diag_note(reader->diag, NULL, "%s: %s",
			  near	       ? "similar names"
			  : only_chips ? "the policy's chips"
				       : "the policy's chips and aggregates",
			  list);
	free(list);
	free(names);
}

/* Finds what the name of a target stands for; false after an error. */
static bool find_definition(struct reader *reader, const struct span *statement, struct words name,
			    bool only_chips, struct definition *found)
{
	struct span span = words_span(statement, name);
	const char *text = words_text(statement, name);
	char *word;

	if (symbols_find(&reader->symbols, text, name.size, found))
		return true;
	diag_error(reader->diag, &span, "unknown chip%s %s", only_chips ? "" : " or aggregate",
		   text_quoted(text, name.size));
	if (diag_shows_last(reader->diag)) {
		word = pool_string(reader->pool, text, name.size);
		note_candidates(reader, word, only_chips);
	}
	return false;
}

/* The chip of one part of an aggregate; UINT32_MAX if the part has an error. */
static uint32_t part_chip(struct reader *reader, const struct aggregate_source *source,
			  const struct target *part)
{
	struct span span = words_span(&source->statement, part->name);
	struct definition found;

	if (!find_definition(reader, &source->statement, part->name, true, &found))
		return UINT32_MAX;
	if (found.is_aggregate) {
		diag_error(reader->diag, &span,
			   "%s is an aggregate: an aggregate consists of lines of chips",
			   reader->policy->aggregates[found.index].name);
		return UINT32_MAX;
	}
	reader->chips[found.index].used = true;
	return reader->chips[found.index].broken ? UINT32_MAX : found.index;
}

static void resolve_aggregate(struct reader *reader, size_t index)
{
	struct policy_aggregate *aggregate = &reader->policy->aggregates[index];
	struct aggregate_source *source = &reader->aggregates[index];
	size_t num = 0;

	for (size_t i = 0; i < source->num_parts; i++)
		num += target_size(&source->parts[i]);
	if (source->broken || !count_lines_named(reader, num, &source->statement)) {
		source->broken = true;
		return;
	}
	aggregate->lines = pool_alloc(reader->policy->pool, num, sizeof(*aggregate->lines));
	for (size_t i = 0; i < source->num_parts; i++) {
		const struct target *part = &source->parts[i];
		uint32_t chip = part_chip(reader, source, part);

		if (chip == UINT32_MAX || !lines_resolve(reader, chip, part, &source->statement,
							 aggregate->lines + aggregate->num_lines))
			source->broken = true;
		aggregate->num_lines += target_size(part);
	}
	if (!source->broken)
		lines_check_twice(reader, aggregate->lines, num, source->parts, &source->statement);
}

/* A rule must name its lines: "all lines" would later cover lines that the chip has gained. */
static void report_bare_chip(struct reader *reader, uint32_t chip, const struct span *span)
{
	const struct chip_source *source = &reader->chips[chip];
	const char *name = reader->policy->chips[chip].name;
	uint32_t least = UINT32_MAX;

	diag_error(reader->diag, span, "rule for chip %s names no lines", name);
	for (size_t i = 0; i < source->num_present; i++) {
		if (chip_present(reader, chip, i)->num_lines < least)
			least = chip_present(reader, chip, i)->num_lines;
	}
	if (source->num_present && least)
		diag_note(reader->diag, NULL, "all its lines are %s 0-%u", name, least - 1);
	else
		diag_note(reader->diag, NULL, "name them, as in %s 0-3", name);
}

static void resolve_chip_rule(struct reader *reader, size_t index, uint32_t chip)
{
	struct policy_rule *rule = &reader->policy->rules[index];
	const struct rule_source *source = &reader->rules[index];
	const struct target *target = &source->target;
	struct span name = words_span(&source->statement, target->name);
	size_t num = target_size(target);

	reader->chips[chip].used = true;
	if (target->slice) {
		diag_error(reader->diag, &name, "%s is a chip, not an aggregate",
			   reader->policy->chips[chip].name);
		diag_note(reader->diag, NULL,
			  "lines of a chip are written without brackets: %s 0-3",
			  reader->policy->chips[chip].name);
		return;
	}
	if (!num)
		report_bare_chip(reader, chip, &name);
	if (reader->chips[chip].broken || !count_lines_named(reader, num, &source->statement))
		return;
	rule->lines = pool_alloc(reader->policy->pool, num, sizeof(*rule->lines));
	rule->num_lines = num;
	if (lines_resolve(reader, chip, target, &source->statement, rule->lines))
		lines_check_twice(reader, rule->lines, num, target, &source->statement);
}

static int compare_ranges(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->words.offset < b->words.offset ? -1 : 1;
}

static void check_positions_twice(struct reader *reader, const struct rule_source *source)
{
	const struct target *target = &source->target;
	struct item *sorted;

	if (!target->num_items)
		return;
	sorted = xcalloc(target->num_items, sizeof(*sorted));
	memcpy(sorted, target->items, target->num_items * sizeof(*sorted));
	qsort(sorted, target->num_items, sizeof(*sorted), compare_ranges);
	for (size_t i = 1; i < target->num_items; i++) {
		struct span span = words_span(&source->statement, sorted[i].words);

		if (sorted[i].first > sorted[i - 1].last)
			continue;
		diag_error(reader->diag, &span, "position %u is named twice", sorted[i].first);
		break;
	}
	free(sorted);
}

/* Copies the positions to the rule, and joins ranges that follow each other. */
static void resolve_positions(struct reader *reader, struct policy_rule *rule,
			      const struct target *target)
{
	rule->ranges = pool_alloc(reader->policy->pool, target->num_items, sizeof(*rule->ranges));
	for (size_t i = 0; i < target->num_items; i++) {
		const struct item *item = &target->items[i];
		struct policy_range *last = rule->ranges + rule->num_ranges - 1;

		if (rule->num_ranges && item->first == last->last + 1)
			last->last = item->last;
		else
			rule->ranges[rule->num_ranges++] =
				(struct policy_range){item->first, item->last};
	}
}

static bool check_positions(struct reader *reader, const struct policy_aggregate *aggregate,
			    const struct rule_source *source)
{
	for (size_t i = 0; i < source->target.num_items; i++) {
		const struct item *item = &source->target.items[i];
		struct span span = words_span(&source->statement, item->words);

		if (item->last < aggregate->num_lines)
			continue;
		diag_error(reader->diag, &span, "aggregate %s has no position %u", aggregate->name,
			   item->last);
		diag_note(reader->diag, NULL, "it has %zu lines: %s[0-%zu]", aggregate->num_lines,
			  aggregate->name, aggregate->num_lines - 1);
		return false;
	}
	return true;
}

static void resolve_aggregate_rule(struct reader *reader, size_t index, uint32_t number)
{
	struct policy_rule *rule = &reader->policy->rules[index];
	const struct rule_source *source = &reader->rules[index];
	const struct policy_aggregate *aggregate = &reader->policy->aggregates[number];
	const struct target *target = &source->target;
	struct span name = words_span(&source->statement, target->name);

	reader->aggregates[number].used = true;
	if (target->num_items && !target->slice) {
		diag_error(reader->diag, &name, "%s is an aggregate, not a chip", aggregate->name);
		diag_note(reader->diag, NULL,
			  "positions in an aggregate are written in brackets: %s[0-1]",
			  aggregate->name);
		return;
	}
	if (reader->aggregates[number].broken || !check_positions(reader, aggregate, source))
		return;
	check_positions_twice(reader, source);
	if (!count_lines_named(reader, target->slice ? target_size(target) : aggregate->num_lines,
			       &source->statement))
		return;
	rule->aggregate = number;
	resolve_positions(reader, rule, target);
}

static void resolve_rule(struct reader *reader, size_t index)
{
	const struct rule_source *source = &reader->rules[index];
	struct definition found;

	if (!find_definition(reader, &source->statement, source->target.name, false, &found))
		return;
	if (found.is_aggregate)
		resolve_aggregate_rule(reader, index, found.index);
	else
		resolve_chip_rule(reader, index, found.index);
}

static void find_present(struct reader *reader, size_t index)
{
	struct chip_source *source = &reader->chips[index];

	if (source->broken)
		return;
	source->present =
		pool_alloc(reader->pool, reader->machine->num_chips, sizeof(*source->present));
	source->num_present =
		chip_find_present(&reader->policy->chips[index], reader->machine, source->present);
}

void resolve_policy(struct reader *reader)
{
	for (size_t i = 0; i < reader->policy->num_chips; i++)
		find_present(reader, i);
	for (size_t i = 0; i < reader->policy->num_aggregates; i++)
		resolve_aggregate(reader, i);
	for (size_t i = 0; i < reader->policy->num_rules; i++)
		resolve_rule(reader, i);
}
