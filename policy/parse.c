/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parser: reads statements, by the grammar of gpio-acl.conf(5). It reports a statement with an
 * error and goes on with the next one. A name that such a statement defines counts as defined, so
 * that one mistake gives one error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/parse.h"

/* ---- settings and includes ------------------------------------------------------------ */

static bool parse_set(struct parser *parser)
{
	struct reader *reader = parser->reader;
	const char *names[NUM_SETTINGS];
	int setting, value;

	for (int i = 0; i < NUM_SETTINGS; i++)
		names[i] = policy_settings[i].name;
	setting = parser_one_of(parser, names, NUM_SETTINGS, "a setting");
	if (setting < 0)
		return false;
	value = parser_one_of(parser, policy_settings[setting].values, 2, "a value");
	if (value < 0 || !parser_expect_end(parser, "end of line"))
		return false;
	if (reader->settings[setting].source) {
		diag_error(reader->diag, &parser->statement, "%s is set twice", names[setting]);
		diag_note(reader->diag, &reader->settings[setting], "first set here");
		return false;
	}
	reader->settings[setting] = parser->statement;
	if (value)
		reader->policy->flags |= policy_settings[setting].flag;
	return true;
}

/* Does the file include itself, directly or through others? */
static bool is_cycle(const struct source *opened)
{
	for (const struct source *up = opened->parent; up; up = up->parent) {
		if (up->inode && up->inode == opened->inode && up->device == opened->device)
			return true;
	}
	return false;
}

static void include_file(struct parser *parser, const char *path)
{
	struct diag *diag = parser->reader->diag;
	const struct source *source = reader_open(parser->reader, path, &parser->statement);

	if (!source)
		return;
	if (is_cycle(source))
		diag_error(diag, &parser->statement, "%s includes itself", path);
	else if (source->depth > POLICY_MAX_INCLUDES)
		diag_error(diag, &parser->statement, "includes nested too deeply (limit %u)",
			   POLICY_MAX_INCLUDES);
	else
		parse_source(parser->reader, source);
}

static bool parse_include(struct parser *parser)
{
	char *pattern, **paths;

	if (parser->reader->loaded) {
		diag_error(parser->reader->diag, &parser->statement,
			   "include in the text of an image");
		return false;
	}
	if (parser->token.kind != TOKEN_STRING)
		return parser_expected(parser, "a \"file or pattern\"");
	pattern = parser_accept_string(parser);
	if (!parser_expect_end(parser, "end of line"))
		return false;
	paths = source_glob(pattern, &parser->statement, parser->reader->diag);
	for (size_t i = 0; paths && paths[i]; i++) {
		include_file(parser, paths[i]);
		free(paths[i]);
	}
	free(paths);
	return paths;
}

/* ---- subordinate uids ----------------------------------------------------------------- */

static bool add_subuids(struct parser *parser, const struct gpio_acl_subuids *subuids)
{
	struct policy *policy = parser->reader->policy;
	size_t num = policy->num_subuids;

	if (num == POLICY_MAX_SUBUIDS || subuids->first > subuids->last ||
	    (num && policy->subuids[num - 1].last >= subuids->first)) {
		diag_error(parser->reader->diag, &parser->statement,
			   "ranges of subordinate uids out of order");
		return false;
	}
	policy->subuids = xgrow(policy->subuids, num, sizeof(*subuids));
	policy->subuids[policy->num_subuids++] = *subuids;
	return true;
}

static bool parse_owners(struct parser *parser, struct gpio_acl_subuids *subuids)
{
	if (parser_accept_word(parser, "unknown")) {
		subuids->num_owners = GPIO_ACL_OWNERS_UNKNOWN;
		return parser_expect_end(parser, "end of line");
	}
	if (!parser_accept_word(parser, "user"))
		return parser_expected(parser, "\"user\"");
	while (parser->token.kind != TOKEN_END) {
		if (subuids->num_owners == GPIO_ACL_MAX_SHARERS ||
		    !token_is_numeric(&parser->token))
			return parser_expected(parser, "end of line");
		if (!parser_id(parser, "a uid", &subuids->owners[subuids->num_owners++]))
			return false;
	}
	return true;
}

/* A statement of canonical text only: else the machine says which ranges there are (subuids.c). */
static bool parse_subuids(struct parser *parser)
{
	struct gpio_acl_subuids subuids = {0};
	struct item range;

	if (!token_is_numeric(&parser->token))
		return parser_expected(parser, "a range of uids");
	if (!parser_range(parser, "a range of uids", POLICY_MAX_ID, &range))
		return false;
	subuids.first = range.first;
	subuids.last = range.last;
	return parse_owners(parser, &subuids) && add_subuids(parser, &subuids);
}

/* ---- statements ----------------------------------------------------------------------- */

/* The statements, by keyword. */
static const struct statement {
	const char *keyword;
	bool (*parse)(struct parser *parser); /* reads what follows the keyword */
	bool canonical;			      /* valid in canonical text only */
} statements[] = {
	{"include", parse_include, false}, {"set", parse_set, false},
	{"chip", parse_chip, false},	   {"aggregate", parse_aggregate, false},
	{"allow", parse_allow, false},	   {"deny", parse_deny, false},
	{"subuids", parse_subuids, true},
};

#define NUM_STATEMENTS (sizeof(statements) / sizeof(*statements))

static void parse_statement(struct parser *parser)
{
	const char *words[NUM_STATEMENTS];
	int num = 0, index;

	for (; num < (int)NUM_STATEMENTS; num++) {
		if (statements[num].canonical && !parser->reader->loaded)
			break;
		words[num] = statements[num].keyword;
	}
	index = parser_one_of(parser, words, num, "a statement");
	if (index >= 0)
		statements[index].parse(parser);
}

void parse_source(struct reader *reader, const struct source *source)
{
	struct parser parser = {
		.reader = reader,
		.lexer = {.source = source, .diag = reader->diag},
		.file = pool_string(reader->policy->pool, source->name, strlen(source->name)),
	};

	while (lex_line(&parser.lexer)) {
		parser.token = lex_token(&parser.lexer);
		parser.statement = parser.token.span;
		if (parser.token.kind != TOKEN_END)
			parse_statement(&parser);
	}
}
