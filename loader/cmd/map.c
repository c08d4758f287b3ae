// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl map: the published maps as a table, on a terminal and in a pipe alike. */
#include <getopt.h>
#include <libsmartcols/libsmartcols.h>

#include "loader/cli.h"
#include "loader/util/memory.h"
#include "loader/aggregates/read.h"
#include "policy/policy.h"
#include "policy/text.h"

static const char help[] =
	"Usage: gpio-acl map [--json] [NAME]\n"
	"Show the lines of every published aggregate, or of aggregate NAME: the position of a\n"
	"line in the aggregate, the chip it is on, its offset there, its name, and the chip's\n"
	"label. A chip that is not present has no name. Needs no privilege.\n"
	"\n"
	"Options:\n"
	"  --json  the table as JSON, null for what is not known\n"
	"  --help  this text\n"
	"\n"
	"Exit codes: 0 shown; 1 no such aggregate; 2 wrong usage\n"
	"\n"
	"Example:\n"
	"  gpio-acl map relays\n";

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

int cmd_map(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct libscols_table *table;
	bool json = false;
	int option, failed;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return msg_usage("map", "there is no option %s",
					   text_quoted(argv[optind - 1], SIZE_MAX));
		}
	}
	if (argc - optind > 1)
		return msg_usage("map", "one aggregate at most can be named");
	table = new_table(json);
	failed = optind < argc ? add_aggregate(table, argv[optind], json) : add_all(table, json);
	if (!failed)
		scols_print_table(table);
	scols_unref_table(table);
	return failed ? EXIT_REFUSED : EXIT_DONE;
}
