/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Definitions and targets: reads `chip` and `aggregate` statements, and the lines that follow a
 * name in them and in rules.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/parse.h"

/* ---- targets -------------------------------------------------------------------------- */

static void add_item(struct target *target, const struct item *item)
{
	target->items = xgrow(target->items, target->num_items, sizeof(*item));
	target->items[target->num_items++] = *item;
}

/* The offsets and line names that follow a chip's name: any number of them. */
static bool parse_items(struct parser *parser, struct target *target)
{
	for (;;) {
		struct item item = {.words = token_words(&parser->token)};

		if (parser->token.kind == TOKEN_STRING)
			item.name = parser_accept_string(parser);
		else if (!token_is_numeric(&parser->token))
			return parser->token.kind != TOKEN_BAD;
		else if (!parser_range(parser, "an offset or a range of offsets",
				       GPIO_ACL_MAX_OFFSET, &item))
			return false;
		add_item(target, &item);
	}
}

/* The positions in brackets that follow an aggregate's name. */
static bool parse_slice(struct parser *parser, struct target *target)
{
	const char *what = "a position or a range of positions";
	struct item item;

	target->slice = true;
	do {
		if (!token_is_numeric(&parser->token))
			return parser_expected(parser, what);
		if (!parser_range(parser, what, POLICY_MAX_LINES - 1, &item))
			return false;
		add_item(target, &item);
	} while (parser_accept(parser, TOKEN_COMMA));
	if (parser->token.kind != TOKEN_CLOSE)
		return parser_expected(parser, "a comma or ]");
	parser_next(parser);
	return true;
}

bool parse_target(struct parser *parser, struct target *target)
{
	bool good = parser_name(parser, "the name of a chip or an aggregate", &target->name);

	if (good && parser_accept(parser, TOKEN_OPEN))
		good = parse_slice(parser, target);
	else if (good)
		good = parse_items(parser, target);
	target->items = pool_keep(parser->reader->pool, target->items, target->num_items,
				  sizeof(*target->items));
	return good;
}

/* Defines a name, or reports that it is defined already. */
static bool define(struct parser *parser, struct words name, struct definition definition)
{
	struct reader *reader = parser->reader;
	const char *text = words_text(&parser->statement, name);
	struct span span = words_span(&parser->statement, name);
	struct definition first;

	if (symbols_define(&reader->symbols, text, name.size, definition, &first))
		return true;
	diag_error(reader->diag, &span, "%s is defined twice", text_quoted(text, name.size));
	diag_note(reader->diag,
		  first.is_aggregate ? &reader->aggregates[first.index].statement
				     : &reader->chips[first.index].statement,
		  "first defined here");
	return false;
}

/* Two chips known by the same name would be the same chip, with rules under two names. */
static void check_selector(struct parser *parser, const struct policy_chip *chip, uint32_t index,
			   const struct span *value)
{
	struct reader *reader = parser->reader;
	size_t size = strlen(chip->value) + 1;
	char key[1 + POLICY_MAX_STRING];
	uint32_t first;

	key[0] = chip->by;
	memcpy(key + 1, chip->value, size - 1);
	first = table_add(&reader->selectors, key, size, index);
	if (first == index)
		return;
	diag_error(reader->diag, value, "chip %s has the same %s as chip %s", chip->name,
		   policy_chip_by[chip->by], reader->policy->chips[first].name);
	if (reader->chips[index].link)
		diag_note(reader->diag, NULL, "%s is a link to %s", reader->chips[index].link,
			  chip->value);
	diag_note(reader->diag, &reader->chips[first].statement, "first defined here");
}

/*
 * The kernel names every chip gpiochipN (gpiochip_add_data_with_key() in drivers/gpio/gpiolib.c): a
 * rule for another name would never match.
 */
static bool check_chip_name(struct parser *parser, const char *name, const struct span *span)
{
	struct diag *diag = parser->reader->diag;
	const size_t prefix = strlen("gpiochip");

	if (!strncmp(name, "gpiochip", prefix) && name[prefix] &&
	    !name[prefix + strspn(name + prefix, "0123456789")])
		return true;
	diag_error(diag, span, "invalid chip name %s: it must be gpiochip and a number",
		   text_quoted(name, SIZE_MAX));
	if (!strncmp(name, "/dev/", 5))
		diag_note(diag, NULL, "write it without /dev/: name %s",
			  text_quoted(name + 5, SIZE_MAX));
	else
		diag_note(diag, NULL,
			  "gpiodetect lists names and labels; a label is written so: label %s",
			  text_quoted(name, SIZE_MAX));
	return false;
}

/*
 * The kernel knows only the chip's own name, so a link in /dev stands for the name of its target.
 */
static void follow_link(const struct reader *reader, struct policy_chip *chip,
			struct chip_source *source)
{
	const char *name = machine_find_link(reader->machine, chip->value);

	if (!name)
		return;
	source->link = chip->value;
	chip->value = pool_string(reader->policy->pool, name, strlen(name));
}

static bool parse_chip_value(struct parser *parser, struct policy_chip *chip,
			     struct chip_source *source)
{
	struct span value;
	int by = parser_one_of(parser, policy_chip_by, GPIO_ACL_NUM_CHIP_BY,
			       "a way to identify the chip");

	if (by < 0)
		return false;
	chip->by = by;
	value = parser->token.span;
	if (parser->token.kind != TOKEN_STRING)
		return parser_expected(parser, "a \"string\"");
	chip->value = parser_accept_string(parser);
	if (strlen(chip->value) >= GPIO_ACL_CHIP_NAME) {
		diag_error(parser->reader->diag, &value, "%s too long: %zu bytes (limit %u)",
			   policy_chip_by[by], strlen(chip->value), GPIO_ACL_CHIP_NAME - 1);
		return false;
	}
	if (by == GPIO_ACL_BY_NAME && !check_chip_name(parser, chip->value, &value))
		return false;
	if (by == GPIO_ACL_BY_NAME)
		follow_link(parser->reader, chip, source);
	source->value = (struct words){value.offset, value.size};
	return parser_expect_end(parser, "end of line");
}

bool parse_chip(struct parser *parser)
{
	struct reader *reader = parser->reader;
	struct policy *policy = reader->policy;
	size_t index = policy->num_chips;
	struct policy_chip *chip;
	struct chip_source *source;
	struct words name = {0};

	if (!parser_name(parser, "a chip's name", &name) ||
	    !define(parser, name, (struct definition){false, index}))
		return false;
	policy->chips = xgrow(policy->chips, index, sizeof(*policy->chips));
	reader->chips = xgrow(reader->chips, index, sizeof(*reader->chips));
	policy->num_chips++;
	chip = &policy->chips[index];
	source = &reader->chips[index];
	*chip = (struct policy_chip){
		.name = pool_string(policy->pool, words_text(&parser->statement, name), name.size),
	};
	*source = (struct chip_source){.broken = true};
	source->broken = !parse_chip_value(parser, chip, source);
	source->statement = parser->statement;
	if (!source->broken) {
		struct span value = words_span(&source->statement, source->value);

		check_selector(parser, chip, index, &value);
	}
	return !source->broken;
}

static bool parse_parts(struct parser *parser, struct aggregate_source *source)
{
	if (!parser_accept(parser, TOKEN_EQUALS))
		return parser_expected(parser, "=");
	do {
		struct target part = {0};
		bool good = parser_name(parser, "a chip's name", &part.name) &&
			    parse_items(parser, &part);

		if (good && !part.num_items)
			good = parser_expected(parser,
					       "a line (an offset, a range or a \"line name\")");
		part.items = pool_keep(parser->reader->pool, part.items, part.num_items,
				       sizeof(*part.items));
		if (!good)
			return false;
		source->parts = xgrow(source->parts, source->num_parts, sizeof(part));
		source->parts[source->num_parts++] = part;
	} while (parser_accept(parser, TOKEN_COMMA));
	return parser_expect_end(parser, "a comma, a line or end of line");
}

bool parse_aggregate(struct parser *parser)
{
	struct reader *reader = parser->reader;
	struct policy *policy = reader->policy;
	size_t index = policy->num_aggregates;
	struct aggregate_source source = {0};
	struct words name = {0};

	if (!parser_name(parser, "an aggregate's name", &name) ||
	    !define(parser, name, (struct definition){true, index}))
		return false;
	source.broken = !parse_parts(parser, &source);
	source.parts =
		pool_keep(reader->pool, source.parts, source.num_parts, sizeof(*source.parts));
	source.statement = parser->statement;
	policy->aggregates = xgrow(policy->aggregates, index, sizeof(*policy->aggregates));
	reader->aggregates = xgrow(reader->aggregates, index, sizeof(*reader->aggregates));
	policy->num_aggregates++;
	policy->aggregates[index] = (struct policy_aggregate){
		.name = pool_string(policy->pool, words_text(&parser->statement, name), name.size),
	};
	reader->aggregates[index] = source;
	return !source.broken;
}
