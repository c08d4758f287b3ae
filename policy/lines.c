/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines: finds what the offsets and line names of a target stand for on the chips that are present,
 * and refuses a line that is named twice.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/suggest.h"

#define MOST_OFFSETS 8u /* listed in a message */

/* A line of a target, with the item that names it. */
struct found {
	uint32_t chip, offset;
	const char *name; /* NULL: the policy gives the offset */
	const struct item *item;
	size_t order;
};

/* ---- line names ----------------------------------------------------------------------- */

/* How many lines of a chip have the name. Sets *offset to the first of them. */
static unsigned int count_lines(const struct machine_chip *chip, const char *name, uint32_t *offset)
{
	unsigned int count = 0;

	for (uint32_t i = chip->num_lines; i-- > 0;) {
		if (chip->line_names && chip->line_names[i] && !strcmp(chip->line_names[i], name)) {
			*offset = i;
			count++;
		}
	}
	return count;
}

enum line_search line_search(const struct machine *machine, const uint32_t *present, size_t num,
			     const char *name, uint32_t *offset, uint32_t *where)
{
	size_t having = 0;
	bool same = true;

	for (size_t i = 0; i < num; i++) {
		uint32_t here = 0;
		unsigned int count = count_lines(&machine->chips[present[i]], name, &here);

		if (count > 1) {
			*where = present[i];
			return LINE_AMBIGUOUS;
		}
		if (!count)
			continue;
		same &= !having || here == *offset;
		*offset = here;
		having++;
	}
	if (!having)
		return LINE_MISSING;
	return having == num && same ? LINE_FOUND : LINE_DIFFERENT;
}

size_t line_key(char key[LINE_KEY_SIZE], uint32_t chip, const char *name)
{
	size_t size = strlen(name);

	memcpy(key, &chip, sizeof(chip));
	memcpy(key + sizeof(chip), name, size);
	return sizeof(chip) + size;
}

static void report_no_line(struct reader *reader, uint32_t chip, const struct item *item,
			   const struct span *span)
{
	const struct machine_chip *present = chip_present(reader, chip, 0);
	bool near;
	char *list;

	diag_open(reader->diag, reader->machine->strict, span, "chip %s (%s %s) has no line %s",
		  reader->policy->chips[chip].name, present->name,
		  text_quoted(present->label, SIZE_MAX), text_quoted(item->name, SIZE_MAX));
	if (!diag_shows_last(reader->diag))
		return;
	list = present->line_names
		       ? suggest_names(present->line_names, present->num_lines, item->name, &near)
		       : NULL;
	if (!list)
		diag_note(reader->diag, NULL, "its lines have no names: use offsets 0-%u",
			  present->num_lines - 1);
	else
		diag_note(reader->diag, NULL, "%s: %s", near ? "similar names" : "its lines", list);
	free(list);
}

static void report_ambiguous(struct reader *reader, const struct machine_chip *present,
			     const struct item *item, const struct span *span)
{
	char *list = NULL;
	unsigned int listed = 0;
	size_t size;
	FILE *out = open_memstream(&list, &size);

	if (!out)
		return;
	for (uint32_t i = 0; i < present->num_lines && listed <= MOST_OFFSETS; i++) {
		if (!present->line_names[i] || strcmp(present->line_names[i], item->name))
			continue;
		fputs(listed ? ", " : "", out);
		if (listed++ < MOST_OFFSETS)
			fprintf(out, "%u", i);
		else
			fputs("...", out);
	}
	fclose(out);
	diag_open(reader->diag, reader->machine->strict, span, "%s %s has several lines named %s",
		  present->name, text_quoted(present->label, SIZE_MAX),
		  text_quoted(item->name, SIZE_MAX));
	diag_note(reader->diag, NULL, "use the offset of the line that is meant: %s", list);
	free(list);
}

static void report_different(struct reader *reader, uint32_t chip, const struct item *item,
			     const struct span *span)
{
	const struct policy_chip *definition = &reader->policy->chips[chip];
	const struct machine_chip *one = chip_present(reader, chip, 0);
	const struct machine_chip *other = chip_present(reader, chip, 1);

	diag_open(reader->diag, reader->machine->strict, span,
		  "line %s is not the same on all chips that match %s %s",
		  text_quoted(item->name, SIZE_MAX), policy_chip_by[definition->by],
		  text_quoted(definition->value, SIZE_MAX));
	if (device_counts_plugs(one->device) || device_counts_plugs(other->device)) {
		diag_note(reader->diag, NULL,
			  "their device names change at each plug-in: use offsets that are right "
			  "for all of them");
		return;
	}
	diag_note(reader->diag, &reader->chips[chip].statement,
		  "tell them apart by device: %s (%s), %s (%s)%s",
		  text_quoted(one->device ? one->device : "none", SIZE_MAX), one->name,
		  text_quoted(other->device ? other->device : "none", SIZE_MAX), other->name,
		  reader->chips[chip].num_present > 2 ? ", ..." : "");
}

/* Adds to the last warning what an open line name means until it is found. */
static void note_open_line(struct reader *reader, const char *name)
{
	if (!reader->machine->strict)
		diag_note(reader->diag, NULL,
			  "until %s is found, an allow of it has no effect, and a deny of it "
			  "covers every line of the chip; gpio-acl watch looks for it",
			  text_quoted(name, SIZE_MAX));
}

/* Finds the offset of a line name on the chips present; false after a message if it has none. */
static bool find_line(struct reader *reader, uint32_t chip, const struct item *item,
		      const struct span *span, uint32_t *found)
{
	const struct chip_source *source = &reader->chips[chip];
	uint32_t where;

	switch (line_search(reader->machine, source->present, source->num_present, item->name,
			    found, &where)) {
	case LINE_FOUND:
		return true;
	case LINE_MISSING:
		report_no_line(reader, chip, item, span);
		return false;
	case LINE_AMBIGUOUS:
		report_ambiguous(reader, &reader->machine->chips[where], item, span);
		return false;
	case LINE_DIFFERENT:
		report_different(reader, chip, item, span);
		return false;
	}
	return false;
}

static void warn_absent(struct reader *reader, uint32_t chip, const struct item *item,
			const struct span *span)
{
	const struct policy_chip *definition = &reader->policy->chips[chip];

	reader->num_unresolved++;
	if (reader->loaded)
		return;
	diag_warning(reader->diag, span,
		     "chip %s (%s %s) is not present: %s is denied to everyone until it is",
		     definition->name, policy_chip_by[definition->by],
		     text_quoted(definition->value, SIZE_MAX), text_quoted(item->name, SIZE_MAX));
	diag_note(reader->diag, NULL,
		  "gpio-acl watch then looks for the line; without it, load the policy again, or "
		  "use the line's offset");
}

/* find_line(), with a cache. A name that is not found is searched, and reported, each time. */
static bool resolve_name(struct reader *reader, uint32_t chip, const struct item *item,
			 const struct span *span, uint32_t *offset)
{
	char key[LINE_KEY_SIZE];
	size_t size = line_key(key, chip, item->name);

	*offset = POLICY_NO_OFFSET;
	if (!reader->chips[chip].num_present) {
		warn_absent(reader, chip, item, span);
		return true;
	}
	*offset = table_find(&reader->line_names, key, size);
	if (*offset != TABLE_NONE)
		return true;
	if (!find_line(reader, chip, item, span, offset)) {
		note_open_line(reader, item->name);
		*offset = POLICY_NO_OFFSET;
		reader->num_unresolved++;
		return !reader->machine->strict;
	}
	table_add(&reader->line_names, key, size, *offset);
	return true;
}

/* ---- lines of a chip ------------------------------------------------------------------ */

static bool check_offset(struct reader *reader, uint32_t chip, const struct item *item,
			 const struct span *span)
{
	for (size_t i = 0; i < reader->chips[chip].num_present; i++) {
		const struct machine_chip *present = chip_present(reader, chip, i);

		if (item->last < present->num_lines)
			continue;
		diag_open(reader->diag, reader->machine->strict, span,
			  "chip %s (%s %s) has no line %u", reader->policy->chips[chip].name,
			  present->name, text_quoted(present->label, SIZE_MAX), item->last);
		if (present->num_lines)
			diag_note(reader->diag, NULL, "it has %u lines: 0-%u", present->num_lines,
				  present->num_lines - 1);
		return !reader->machine->strict;
	}
	return true;
}

/* A quoted name counts as one line. */
size_t target_size(const struct target *target)
{
	size_t count = 0;

	for (size_t i = 0; i < target->num_items; i++)
		count += target->items[i].last - target->items[i].first + 1;
	return count;
}

/* Reports only the first statement above the limit. */
bool count_lines_named(struct reader *reader, size_t count, const struct span *span)
{
	bool before = reader->num_lines > POLICY_MAX_LINES;

	if (before)
		return false;
	reader->num_lines += count;
	if (reader->num_lines <= POLICY_MAX_LINES)
		return true;
	diag_error(reader->diag, span, "too many lines named in rules and aggregates (limit %u)",
		   POLICY_MAX_LINES);
	return false;
}

bool lines_resolve(struct reader *reader, uint32_t chip, const struct target *target,
		   const struct span *statement, struct policy_line *lines)
{
	bool good = true;

	for (size_t i = 0; i < target->num_items; i++) {
		const struct item *item = &target->items[i];
		struct span span = words_span(statement, item->words);
		uint32_t offset;

		if (item->name) {
			good &= resolve_name(reader, chip, item, &span, &offset);
			*lines++ = (struct policy_line){chip, offset, item->name};
			continue;
		}
		good &= check_offset(reader, chip, item, &span);
		for (offset = item->first; offset <= item->last; offset++)
			*lines++ = (struct policy_line){chip, offset, NULL};
	}
	return good;
}

/* ---- lines named twice ---------------------------------------------------------------- */

static int compare_found(const void *left, const void *right)
{
	const struct found *a = left, *b = right;

	if (a->chip != b->chip)
		return a->chip < b->chip ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (!a->name != !b->name)
		return a->name ? 1 : -1;
	if (a->offset == POLICY_NO_OFFSET && a->name && b->name && strcmp(a->name, b->name))
		return strcmp(a->name, b->name);
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool same_found(const struct found *a, const struct found *b)
{
	return a->chip == b->chip && a->offset == b->offset &&
	       (a->offset != POLICY_NO_OFFSET || !strcmp(a->name, b->name));
}

/* Are the lines ascending offsets of one chip? Then none is named twice. */
static bool is_ascending(const struct policy_line *lines, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		if (lines[i].offset == POLICY_NO_OFFSET && num > 1)
			return false;
		if (i &&
		    (lines[i].chip != lines[i - 1].chip || lines[i].offset <= lines[i - 1].offset))
			return false;
	}
	return true;
}

/*
 * Reports two entries of found[] that are the same line. If one of them is a name and the other an
 * offset, that depends on which line has the name today.
 */
static void report_twice(struct reader *reader, const struct found *a, const struct found *b,
			 const struct span *statement)
{
	const struct found *first = a->order < b->order ? a : b, *second = first == a ? b : a;
	struct span span = words_span(statement, second->item->words);
	struct span other = words_span(statement, first->item->words);
	bool strict = reader->machine->strict || !a->name == !b->name;

	if (first->offset == POLICY_NO_OFFSET)
		diag_open(reader->diag, strict, &span, "line %s of chip %s is named twice",
			  text_quoted(first->name, SIZE_MAX),
			  reader->policy->chips[first->chip].name);
	else
		diag_open(reader->diag, strict, &span, "line %u of chip %s is named twice",
			  first->offset, reader->policy->chips[first->chip].name);
	diag_note(reader->diag, &other, "first named here");
	if (!strict)
		note_open_line(reader, a->name ? a->name : b->name);
}

/*
 * In an aggregate, a line named twice would have two virtual offsets. A name whose line is also
 * given by its offset stays open.
 */
void lines_check_twice(struct reader *reader, struct policy_line *lines, size_t num,
		       const struct target *parts, const struct span *statement)
{
	size_t at = 0, before = diag_errors(reader->diag);
	struct found *found;

	if (is_ascending(lines, num))
		return;
	found = xcalloc(num, sizeof(*found));
	for (; at < num; parts++) {
		for (size_t i = 0; i < parts->num_items; i++) {
			const struct item *item = &parts->items[i];

			for (uint32_t n = item->first; n <= item->last; n++, at++)
				found[at] = (struct found){lines[at].chip, lines[at].offset,
							   lines[at].name, item, at};
		}
	}
	qsort(found, num, sizeof(*found), compare_found);
	for (size_t i = 1; i < num; i++) {
		if (!same_found(&found[i - 1], &found[i]))
			continue;
		report_twice(reader, &found[i - 1], &found[i], statement);
		if (diag_errors(reader->diag) > before)
			break;
		lines[found[i].order].offset = POLICY_NO_OFFSET;
		reader->num_unresolved++;
	}
	free(found);
}
