// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl map: prints the published aggregates as a table. It reads only the published files. */
#include <libsmartcols/libsmartcols.h>

#include "loader/aggregates/read.h"
#include "loader/cli.h"
#include "loader/util/memory.h"
#include "policy/policy.h"

enum { AGGREGATE, LINE, CHIP, OFFSET, NAME, LABEL, NUM_COLUMNS };

static struct libscols_table *new_table(bool json)
{
	static const struct {
		const char *name;
		int flags, type;
	} columns[NUM_COLUMNS] = {
		[AGGREGATE] = {"AGGREGATE", 0, SCOLS_JSON_STRING},
		[LINE] = {"LINE", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER},
		[CHIP] = {"CHIP", 0, SCOLS_JSON_STRING},
		[OFFSET] = {"OFFSET", SCOLS_FL_RIGHT, SCOLS_JSON_NUMBER},
		[NAME] = {"NAME", 0, SCOLS_JSON_STRING},
		[LABEL] = {"LABEL", 0, SCOLS_JSON_STRING},
	};
	struct libscols_table *table = memory(scols_new_table());

	scols_table_enable_json(table, json);
	scols_table_set_name(table, "lines");
	for (int i = 0; i < NUM_COLUMNS; i++) {
		struct libscols_column *column =
			memory(scols_table_new_column(table, columns[i].name, 0, columns[i].flags));

		scols_column_set_json_type(column, columns[i].type);
	}
	return table;
}

static void set_cell(struct libscols_line *row, int column, const char *text, bool json)
{
	if (!text)
		text = json ? NULL : "-";
	if (scols_line_set_data(row, column, text))
		memory(NULL);
}

static void add_rows(struct libscols_table *table, const struct published *map, bool json)
{
	char number[24];

	for (size_t i = 0; i < map->num_lines; i++) {
		const struct published_line *line = &map->lines[i];
		struct libscols_line *row = memory(scols_table_new_line(table, NULL));

		set_cell(row, AGGREGATE, map->name, json);
		snprintf(number, sizeof(number), "%zu", i);
		set_cell(row, LINE, number, json);
		set_cell(row, CHIP, line->chip, json);
		snprintf(number, sizeof(number), "%u", line->offset);
		set_cell(row, OFFSET, line->offset == POLICY_NO_OFFSET ? NULL : number, json);
		set_cell(row, NAME, line->name, json);
		set_cell(row, LABEL, line->label, json);
	}
}

static int add_aggregate(struct libscols_table *table, const char *name, bool json)
{
	struct published map;

	if (published_read(PUBLISHED_DIR, name, &map))
		return -1;
	add_rows(table, &map, json);
	published_free(&map);
	return 0;
}

static int add_all(struct libscols_table *table, bool json)
{
	char **names;
	int num = published_names(PUBLISHED_DIR, &names), failed = 0;

	if (!num)
		msg_warn("no aggregate is published: no policy is in force, or it defines none");
	for (int i = 0; i < num; i++) {
		failed |= add_aggregate(table, names[i], json);
		free(names[i]);
	}
	if (num >= 0)
		free(names);
	return num < 0 ? -1 : failed;
}

struct config {
	bool json;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;
	struct libscols_table *table = new_table(given->json);
	int failed =
		argc ? add_aggregate(table, argv[0], given->json) : add_all(table, given->json);

	if (!failed)
		scols_print_table(table);
	scols_unref_table(table);
	return failed ? EXIT_REFUSED : EXIT_DONE;
}

static const struct cli_option options[] = {
	{.name = "json",
	 .help = "print the table as JSON, with null for what is not known",
	 .offset = offsetof(struct config, json)},
	{0},
};

const struct command cmd_map = {
	.name = "map",
	.summary = "show the lines of the published aggregates",
	.synopsis = "[--json] [NAME]",
	.help = "Show the lines of every published aggregate, or of aggregate NAME: the position "
		"in the aggregate, the chip, the offset on the chip, the name of the line, and the "
		"label of the chip. A chip that is not present has no name. Needs no privilege.",
	.exits = {[EXIT_DONE] = "shown", [EXIT_REFUSED] = "no such aggregate"},
	.example = "gpio-acl map relays",
	.options = options,
	.config_size = sizeof(struct config),
	.max_args = 1,
	.run = run,
};
