/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open names: accounts and lines that did not exist when the policy was read. Looks for each again
 * later; one that is still missing does not keep others from being found.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/subject.h"

/* In struct search.found: the name was looked for and not found. */
#define NO_LINE (POLICY_NO_OFFSET - 1)

/* Indexes in machine->chips of those that a chip of the policy matches. */
struct present {
	uint32_t *chips;
	size_t num;
};

struct search {
	struct policy *policy;
	const struct machine *machine;
	struct diag *diag;
	struct present *present; /* of each chip of the policy */
	struct table found;	 /* line_key(), to offsets: each name is searched once */
};

/* The lines of an aggregate called @name, or of the rule at line @line of file @name. */
struct list {
	struct policy_line *lines;
	size_t num;
	const char *name;
	uint32_t line; /* 0: an aggregate */
};

static void find_present(struct search *search, size_t index)
{
	const struct policy_chip *chip = &search->policy->chips[index];
	const struct machine *machine = search->machine;
	struct present *present = &search->present[index];

	present->chips = xcalloc(machine->num_chips, sizeof(*present->chips));
	present->num = chip_find_present(chip, machine, present->chips);
	if (present->num > 1)
		chip_warn_shared(search->diag, NULL, chip, &machine->chips[present->chips[0]],
				 &machine->chips[present->chips[1]]);
}

static void warn(struct search *search, const struct policy_line *line, const char *why)
{
	const struct policy_chip *chip = &search->policy->chips[line->chip];

	diag_warning(search->diag, NULL, "line %s of chip %s (%s %s) %s: denied to everyone",
		     text_quoted(line->name, SIZE_MAX), chip->name, policy_chip_by[chip->by],
		     text_quoted(chip->value, SIZE_MAX), why);
	diag_note(search->diag, NULL,
		  "find it with gpio-acl check, fix the policy and load it again");
}

/* The offset of a line name now; NO_LINE after a warning that says why there is none. */
static uint32_t look_for(struct search *search, const struct policy_line *line)
{
	static const char *const why[] = {
		[LINE_MISSING] = "not found",
		[LINE_AMBIGUOUS] = "is ambiguous (several lines have this name)",
		[LINE_DIFFERENT] = "is not the same on all chips that match",
	};
	const struct present *present = &search->present[line->chip];
	uint32_t offset, where;
	enum line_search result = line_search(search->machine, present->chips, present->num,
					      line->name, &offset, &where);

	if (result == LINE_FOUND)
		return offset;
	warn(search, line, why[result]);
	return NO_LINE;
}

static uint32_t offset_now(struct search *search, const struct policy_line *line)
{
	char key[LINE_KEY_SIZE];
	size_t size = line_key(key, line->chip, line->name);
	uint32_t offset;

	offset = table_find(&search->found, key, size);
	if (offset == TABLE_NONE)
		offset = table_add(&search->found, key, size, look_for(search, line));
	return offset;
}

static bool is_wanted(const struct search *search, const struct policy_line *line)
{
	return line->offset == POLICY_NO_OFFSET && search->present[line->chip].num;
}

/* Adds a line to those that a list names; false if the list names it already. */
static bool add_line(struct table *named, uint32_t chip, uint32_t offset, uint32_t order)
{
	uint32_t key[] = {chip, offset};

	return table_add(named, key, sizeof(key), order) == order;
}

static void warn_twice(struct search *search, const struct policy_line *line, uint32_t offset,
		       const struct list *list)
{
	char why[POLICY_MAX_STRING];

	if (list->line)
		snprintf(why, sizeof(why), "is line %u, already named by the rule at %s:%u", offset,
			 list->name, list->line);
	else
		snprintf(why, sizeof(why), "is line %u, already named by aggregate %s", offset,
			 list->name);
	warn(search, line, why);
}

/* Fills in the offsets that were found. As in lines_check_twice(), no line may be named twice. */
static size_t fill(struct search *search, const struct list *list)
{
	struct table named = {0};
	size_t wanted = 0, filled = 0;

	for (size_t i = 0; i < list->num; i++)
		wanted += is_wanted(search, &list->lines[i]);
	for (size_t i = 0; wanted && i < list->num; i++)
		if (list->lines[i].offset != POLICY_NO_OFFSET)
			add_line(&named, list->lines[i].chip, list->lines[i].offset, i);
	for (size_t i = 0; wanted && i < list->num; i++) {
		struct policy_line *line = &list->lines[i];
		uint32_t offset = is_wanted(search, line) ? offset_now(search, line) : NO_LINE;

		if (offset == NO_LINE)
			continue;
		if (!add_line(&named, line->chip, offset, i)) {
			warn_twice(search, line, offset, list);
			continue;
		}
		line->offset = offset;
		filled++;
	}
	table_free(&named);
	return filled;
}

static size_t find_accounts(struct policy *policy, const struct machine *machine)
{
	size_t found = 0;

	for (size_t i = 0; i < policy->num_rules; i++) {
		struct policy_rule *rule = &policy->rules[i];
		uint32_t id;

		if (!rule->account ||
		    policy_subjects[rule->subjects].find(machine, rule->account, &id) ||
		    id == POLICY_NO_ID)
			continue;
		rule->id = id;
		rule->account = NULL;
		found++;
	}
	return found;
}

size_t policy_resolve_late(struct policy *policy, const struct machine *machine, struct diag *diag)
{
	struct search search = {.policy = policy, .machine = machine, .diag = diag};
	size_t filled = find_accounts(policy, machine);

	search.present = xcalloc(policy->num_chips, sizeof(*search.present));
	for (size_t i = 0; i < policy->num_chips; i++)
		find_present(&search, i);
	for (size_t i = 0; i < policy->num_aggregates; i++) {
		const struct policy_aggregate *aggregate = &policy->aggregates[i];

		filled += fill(&search, &(struct list){aggregate->lines, aggregate->num_lines,
						       .name = aggregate->name});
	}
	for (size_t i = 0; i < policy->num_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		filled += fill(&search, &(struct list){rule->lines, rule->num_lines,
						       .name = rule->file, .line = rule->line});
	}
	for (size_t i = 0; i < policy->num_chips; i++)
		free(search.present[i].chips);
	free(search.present);
	table_free(&search.found);
	return filled;
}

/* ---- listing -------------------------------------------------------------------------- */

struct listing {
	const struct policy *policy;
	const struct machine *machine;
	void (*each)(const struct policy_open *open, void *ctx);
	void *ctx;
	struct table listed; /* {subject, chip, name}; GPIO_ACL_NUM_SUBJECTS: a line */
	uint32_t *last;	     /* of each chip: the highest offset that the policy names, plus one */
};

static void list_once(struct listing *listing, uint32_t subject, const struct policy_open *open)
{
	uint32_t chip = open->chip ? open->chip - listing->policy->chips : 0;
	size_t size = strlen(open->name);
	char key[2 * sizeof(uint32_t) + POLICY_MAX_LINE];

	memcpy(key, &subject, sizeof(subject));
	memcpy(key + sizeof(uint32_t), &chip, sizeof(chip));
	memcpy(key + 2 * sizeof(uint32_t), open->name, size);
	size += 2 * sizeof(uint32_t);
	if (table_find(&listing->listed, key, size) != TABLE_NONE)
		return;
	table_add(&listing->listed, key, size, 0);
	listing->each(open, listing->ctx);
}

static int list_line(const struct policy_line *line, void *ctx)
{
	struct listing *listing = ctx;
	const struct policy_open open = {
		.kind = "line",
		.name = line->name,
		.chip = &listing->policy->chips[line->chip],
	};

	if (line->offset == POLICY_NO_OFFSET)
		list_once(listing, GPIO_ACL_NUM_SUBJECTS, &open);
	else if (line->offset >= listing->last[line->chip])
		listing->last[line->chip] = line->offset + 1;
	return 0;
}

static void list_account(struct listing *listing, const struct policy_rule *rule)
{
	const struct policy_open open = {
		.kind = policy_subjects[rule->subjects].word,
		.name = rule->account,
	};

	if (rule->account)
		list_once(listing, rule->subjects, &open);
}

static void list_beyond(struct listing *listing, uint32_t chip)
{
	struct policy_open open = {
		.kind = "offset",
		.chip = &listing->policy->chips[chip],
		.offset = listing->last[chip] - 1,
	};

	for (size_t i = 0; i < listing->machine->num_chips; i++) {
		open.present = &listing->machine->chips[i];
		if (policy_chip_matches(open.chip, open.present) &&
		    listing->last[chip] > open.present->num_lines)
			listing->each(&open, listing->ctx);
	}
}

void policy_each_open(const struct policy *policy, const struct machine *machine,
		      void (*each)(const struct policy_open *open, void *ctx), void *ctx)
{
	struct listing listing = {.policy = policy, .machine = machine, .each = each, .ctx = ctx};

	listing.last = xcalloc(policy->num_chips, sizeof(*listing.last));
	for (size_t i = 0; i < policy->num_rules; i++)
		list_account(&listing, &policy->rules[i]);
	for (size_t i = 0; i < policy->num_aggregates; i++)
		for (size_t j = 0; j < policy->aggregates[i].num_lines; j++)
			list_line(&policy->aggregates[i].lines[j], &listing);
	for (size_t i = 0; i < policy->num_rules; i++)
		for (size_t j = 0; j < policy->rules[i].num_lines; j++)
			list_line(&policy->rules[i].lines[j], &listing);
	for (size_t i = 0; i < policy->num_chips; i++)
		list_beyond(&listing, i);
	free(listing.last);
	table_free(&listing.listed);
}
