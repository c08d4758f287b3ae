// SPDX-License-Identifier: GPL-2.0-or-later
/* See select.h. Prints nothing unless the whole request is valid. */
#include <stdlib.h>
#include <string.h>

#include "gpio-acl/abi.h"
#include "loader/aggregates/read.h"
#include "loader/aggregates/select.h"
#include "loader/util/memory.h"
#include "policy/policy.h"
#include "policy/text.h"

/* A request cannot have more lines, so a longer list is a mistake. */
#define MAX_LINES GPIO_ACL_MAX_LINES

/* The lines of the request: positions in the aggregate, and a value for each or none. */
struct wanted {
	char *name;
	size_t positions[MAX_LINES];
	size_t num_positions;
	bool all;
	char values[MAX_LINES];
	size_t num_values;
};

static const char *const TOO_MANY = "more than the 64 lines of one request";

static const char *add_range(struct wanted *wanted, size_t first, size_t last)
{
	if (last < first)
		return "a range runs backwards";
	for (size_t position = first; position <= last; position++) {
		if (wanted->num_positions == MAX_LINES)
			return TOO_MANY;
		for (size_t i = 0; i < wanted->num_positions; i++)
			if (wanted->positions[i] == position)
				return "a position is named twice";
		wanted->positions[wanted->num_positions++] = position;
	}
	return NULL;
}

/* Parses a decimal number of at most nine digits; moves @at behind it. */
static bool take_number(const char **at, size_t *number)
{
	const char *start = *at;

	*number = 0;
	while (**at >= '0' && **at <= '9' && *at - start < 9)
		*number = 10 * *number + (*(*at)++ - '0');
	return *at > start;
}

/* Parses what is between [ and ]; moves @at behind the ]. */
static const char *take_slice(const char **at, struct wanted *wanted)
{
	do {
		size_t first, last;
		const char *wrong;

		++*at;
		if (!take_number(at, &first))
			return "a position must be a number from 0";
		last = first;
		if (**at == '-') {
			++*at;
			if (!take_number(at, &last))
				return "a range must end in a number";
		}
		wrong = add_range(wanted, first, last);
		if (wrong)
			return wrong;
	} while (**at == ',');
	if (**at != ']')
		return "positions must be separated by commas and end in `]`";
	++*at;
	return NULL;
}

static const char *take_values(const char **at, struct wanted *wanted)
{
	do {
		++*at;
		if (**at != '0' && **at != '1')
			return "a value must be 0 or 1";
		if (wanted->num_values == MAX_LINES)
			return TOO_MANY;
		wanted->values[wanted->num_values++] = *(*at)++;
	} while (**at == ',');
	return NULL;
}

static const char *parse(const char *request, struct wanted *wanted)
{
	size_t size = strcspn(request, "[=");
	const char *at = request + size;
	const char *wrong = NULL;

	if (!published_is_name(request, size))
		return "it must begin with the name of an aggregate";
	wanted->all = *at != '[';
	if (!wanted->all)
		wrong = take_slice(&at, wanted);
	if (!wrong && *at == '=')
		wrong = take_values(&at, wanted);
	if (!wrong && *at)
		wrong = "text after its end";
	if (!wrong)
		wanted->name = memory(strndup(request, size));
	return wrong;
}

/* Prints the positions of the lines that are on @chip, as a slice to copy. */
static void print_slice(FILE *out, const struct published *map, const struct wanted *wanted,
			const char *chip)
{
	char separator = '[';

	fprintf(out, " %s", map->name);
	for (size_t i = 0; i < wanted->num_positions; i++) {
		const char *its = map->lines[wanted->positions[i]].chip;

		if (strcmp(its, chip))
			continue;
		fprintf(out, "%c%zu", separator, wanted->positions[i]);
		separator = ',';
	}
	fprintf(out, "] (%s)", chip);
}

static void report_several_chips(const struct published *map, const struct wanted *wanted)
{
	char *list;
	size_t size;
	FILE *out = memory(open_memstream(&list, &size));

	for (size_t i = 0; i < wanted->num_positions; i++) {
		const char *chip = map->lines[wanted->positions[i]].chip;
		size_t earlier = 0;

		while (strcmp(map->lines[wanted->positions[earlier]].chip, chip))
			earlier++;
		if (earlier == i)
			print_slice(out, map, wanted, chip);
	}
	fclose(out);
	msg_error("these lines are on several chips, and a request is for lines of one: ask for "
		  "each alone:%s",
		  list);
	free(list);
}

/* A published aggregate has the label of an absent chip, if the policy names it by that. */
static void report_absent(const char *name, size_t position, const char *label)
{
	if (label)
		msg_error("%s[%zu] is on chip %s, which is not present: plug it in", name, position,
			  text_quoted(label, SIZE_MAX));
	else
		msg_error("%s[%zu] is on a chip that is not present, and that the policy knows by "
			  "another name than its label: plug it in; `gpio-acl show --loaded` shows "
			  "root which it is",
			  name, position);
}

/* Every position must exist, and have an offset on a chip that is present, the same for all. */
static int check(const struct published *map, const struct wanted *wanted)
{
	bool several = false;

	for (size_t i = 0; i < wanted->num_positions; i++) {
		const struct published_line *line = &map->lines[wanted->positions[i]];

		if (wanted->positions[i] >= map->num_lines) {
			msg_error("%s has %zu lines, 0-%zu: %s[%zu] is beyond the last", map->name,
				  map->num_lines, map->num_lines - 1, map->name,
				  wanted->positions[i]);
			return -1;
		}
		if (!line->chip) {
			report_absent(map->name, wanted->positions[i], line->label);
			return -1;
		}
		if (line->offset == POLICY_NO_OFFSET) {
			msg_error("%s[%zu] is line %s, which %s did not have when the policy was "
				  "loaded: load it again, or leave that to gpio-acl watch",
				  map->name, wanted->positions[i],
				  text_quoted(line->name ? line->name : "?", SIZE_MAX), line->chip);
			return -1;
		}
		several |= strcmp(line->chip, map->lines[wanted->positions[0]].chip) != 0;
	}
	if (several)
		report_several_chips(map, wanted);
	return several ? -1 : 0;
}

static enum exit_code print(FILE *out, const struct published *map, struct wanted *wanted, bool v1)
{
	if (wanted->all && add_range(wanted, 0, map->num_lines - 1)) {
		msg_error(
			"%s has %zu lines, and a request is for 1 to %d: name some, as in %s[0-3]",
			map->name, map->num_lines, MAX_LINES, map->name);
		return EXIT_REFUSED;
	}
	if (wanted->num_values && wanted->num_values != wanted->num_positions)
		return msg_usage("resolve", "%zu values for %zu lines: give one for each",
				 wanted->num_values, wanted->num_positions);
	if (check(map, wanted))
		return EXIT_REFUSED;
	fprintf(out, "%s%s", v1 ? "" : "-c ", map->lines[wanted->positions[0]].chip);
	for (size_t i = 0; i < wanted->num_positions; i++) {
		fprintf(out, " %u", map->lines[wanted->positions[i]].offset);
		if (wanted->num_values)
			fprintf(out, "=%c", wanted->values[i]);
	}
	putc('\n', out);
	return EXIT_DONE;
}

enum exit_code select_print(FILE *out, const char *dir, const char *request, bool v1)
{
	struct wanted wanted = {0};
	struct published map;
	const char *wrong = parse(request, &wanted);
	enum exit_code code;

	if (wrong)
		return msg_usage("resolve", "%s: %s", text_quoted(request, SIZE_MAX), wrong);
	if (published_read(dir, wanted.name, &map)) {
		free(wanted.name);
		return EXIT_REFUSED;
	}
	code = print(out, &map, &wanted, v1);
	published_free(&map);
	free(wanted.name);
	return code;
}
