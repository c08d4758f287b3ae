/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules: reads `allow` and `deny` statements. An account that this machine does not know is
 * reported and stays open; reading of the rule goes on.
 */
#include <errno.h>
#include <string.h>

#include "policy/parse.h"
#include "policy/subject.h"

/*
 * The id of an account, looked up once for each name; POLICY_NO_ID with a positive errno in *error.
 */
static uint32_t account_id(struct reader *reader, enum gpio_acl_subject_kind kind, const char *name,
			   int *error)
{
	size_t size = strlen(name) + 1;
	char key[1 + POLICY_MAX_LINE];
	uint32_t id, known;

	key[0] = kind;
	memcpy(key + 1, name, size - 1);
	id = table_find(&reader->accounts, key, size);
	known = table_find(&reader->no_accounts, key, size);
	if (id != TABLE_NONE || known != TABLE_NONE) {
		*error = known;
		return id;
	}
	*error = -policy_subjects[kind].find(reader->machine, name, &id);
	if (!*error && id != POLICY_NO_ID)
		return table_add(&reader->accounts, key, size, id);
	*error = *error ? *error : ENOENT;
	table_add(&reader->no_accounts, key, size, *error);
	return POLICY_NO_ID;
}

/* Reports an account that was not found, and what that means for its rule. */
static void report_open_account(struct reader *reader, const struct policy_rule *rule, int error,
				const struct span *span)
{
	const char *kind = policy_subjects[rule->subjects].word;
	bool strict = reader->machine->strict;

	if (error == ENOENT)
		diag_open(reader->diag, strict, span, "unknown %s %s", kind,
			  text_quoted(rule->account, SIZE_MAX));
	else
		diag_open(reader->diag, strict, span, "cannot look up %s %s: %s", kind,
			  text_quoted(rule->account, SIZE_MAX), strerror(error));
	if (!strict)
		diag_note(reader->diag, NULL,
			  rule->deny ? "until it is found, this deny applies to everyone; "
				       "gpio-acl watch looks for it"
				     : "until it is found, this rule has no effect; "
				       "gpio-acl watch looks for it");
	diag_note(reader->diag, NULL, "a number needs no account: %s 990", kind);
}

/* An account that was not found stays open. In canonical text that was reported before. */
static void find_account(struct reader *reader, struct policy_rule *rule, char *name,
			 const struct span *span)
{
	int error;

	rule->id = account_id(reader, rule->subjects, name, &error);
	if (rule->id != POLICY_NO_ID)
		return;
	rule->account = name;
	reader->num_unresolved++;
	if (!reader->loaded)
		report_open_account(reader, rule, error, span);
}

static bool parse_account(struct parser *parser, struct policy_rule *rule)
{
	const char *what = policy_subjects[rule->subjects].operand;
	const struct token *token = &parser->token;
	char *name;

	if (token_is_numeric(token))
		return parser_id(parser, what, &rule->id);
	if (token->kind == TOKEN_STRING) {
		name = token_string(token, parser->reader->policy->pool);
	} else if (token->kind != TOKEN_WORD) {
		return parser_expected(parser, what);
	} else if (!token_is_name(token)) {
		parser_expected(parser, what);
		diag_note(
			parser->reader->diag, NULL,
			"a name with other characters than letters, digits, _ and - needs quotes");
		return false;
	} else {
		name = pool_string(parser->reader->policy->pool, token_text(token),
				   token->span.size);
	}
	find_account(parser->reader, rule, name, &token->span);
	parser_next(parser);
	return true; /* an unknown account is reported; go on with the rest */
}

static bool parse_subject(struct parser *parser, struct policy_rule *rule, struct words *subject)
{
	struct words words = token_words(&parser->token);
	const char *kinds[GPIO_ACL_NUM_SUBJECTS];
	int kind;

	for (kind = 0; kind < GPIO_ACL_NUM_SUBJECTS; kind++)
		kinds[kind] = policy_subjects[kind].word;
	kind = parser_one_of(parser, kinds, GPIO_ACL_NUM_SUBJECTS, "a subject");
	if (kind < 0)
		return false;
	rule->subjects = kind;
	if (policy_subjects[kind].operand && !parse_account(parser, rule))
		return false;
	/* up to the last token read */
	words.size = parser->statement.offset + parser->statement.size - words.offset;
	*subject = words;
	return true;
}

/* The bits of the right at the next token; 0 if it is none. */
static uint32_t right_bits(const struct token *token)
{
	if (token_is(token, "all"))
		return GPIO_ACL_ALL_RIGHTS;
	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		if (token_is(token, policy_rights[right]))
			return GPIO_ACL_BIT(right);
	}
	return 0;
}

/* Reports a token that is no right. @more: "on" would be valid, too. */
static bool expected_right(struct parser *parser, bool more)
{
	const char *words[GPIO_ACL_NUM_RIGHTS + 2];
	int num = 0;

	for (; num < GPIO_ACL_NUM_RIGHTS; num++)
		words[num] = policy_rights[num];
	words[num++] = "all";
	if (more)
		words[num++] = "on";
	return parser_expected_one_of(parser, more ? "a right or \"on\"" : "a right", words, num);
}

static bool parse_rights(struct parser *parser, struct policy_rule *rule)
{
	const struct token *token = &parser->token;
	uint32_t bits;

	for (; !token_is(token, "on"); parser_next(parser)) {
		bits = right_bits(token);
		if (!bits)
			return expected_right(parser, rule->rights);
		if (rule->rights & bits) {
			diag_error(parser->reader->diag, &token->span, "right %s is already given",
				   text_quoted(token_text(token), token->span.size));
			return false;
		}
		rule->rights |= bits;
	}
	if (!rule->rights)
		return expected_right(parser, false);
	parser_next(parser);
	return true;
}

static bool parse_as(struct parser *parser, struct policy_rule *rule, const struct span *clause)
{
	if (rule->as) {
		diag_error(parser->reader->diag, clause, "\"as\" is given twice");
		return false;
	}
	rule->as = parser_accept_string(parser);
	return rule->as || parser_expected(parser, "the rule's purpose, a \"string\"");
}

static bool parse_memory(struct parser *parser, struct policy_rule *rule, const struct span *clause)
{
	if (!parser_accept_word(parser, "any"))
		return parser_expected(parser, "\"any\"");
	if (rule->memory_any || rule->deny) {
		diag_error(parser->reader->diag, clause,
			   rule->deny ? "\"memory any\" is only valid in an allow"
				      : "\"memory any\" is given twice");
		return false;
	}
	rule->memory_any = true;
	return true;
}

static bool parse_clauses(struct parser *parser, struct policy_rule *rule)
{
	static const char *const words[] = {"as", "memory"};

	while (parser->token.kind != TOKEN_END) {
		struct span clause = parser->token.span;
		bool good;

		if (parser_accept_word(parser, "as"))
			good = parse_as(parser, rule, &clause);
		else if (parser_accept_word(parser, "memory"))
			good = parse_memory(parser, rule, &clause);
		else
			good = parser_expected_near(
				parser, "a line, \"as\", \"memory any\" or end of line", words, 2);
		if (!good)
			return false;
	}
	return true;
}

/* In canonical text, a rule's comment says where the rule came from: `# FILE:LINE`. */
static bool read_origin(struct parser *parser, struct policy_rule *rule)
{
	const struct span *comment = &parser->lexer.comment;
	const char *text = parser->reader->sources[0]->text + comment->offset;
	const char *end = text + comment->size, *colon = memrchr(text, ':', comment->size);
	const char *digits = colon ? colon + 1 : end;
	uint64_t line;

	if (comment->size > 2 && text[1] == ' ' && colon > text + 2 && digits < end) {
		line = read_digits(&digits, end);
		if (digits == end && line <= UINT32_MAX) {
			rule->file = pool_string(parser->reader->policy->pool, text + 2,
						 colon - text - 2);
			rule->line = line;
			return true;
		}
	}
	diag_error(parser->reader->diag, &parser->statement, "rule without its origin");
	return false;
}

static bool add_rule(struct parser *parser, const struct policy_rule *rule,
		     const struct rule_source *source)
{
	struct reader *reader = parser->reader;
	struct policy *policy = reader->policy;

	if (policy->num_rules == POLICY_MAX_RULES) {
		diag_error(reader->diag, &parser->statement, "too many rules (limit %u)",
			   POLICY_MAX_RULES);
		return false;
	}
	policy->rules = xgrow(policy->rules, policy->num_rules, sizeof(*rule));
	reader->rules = xgrow(reader->rules, policy->num_rules, sizeof(*source));
	policy->rules[policy->num_rules] = *rule;
	reader->rules[policy->num_rules++] = *source;
	return true;
}

static bool parse_rule(struct parser *parser, bool deny)
{
	struct policy_rule rule = {
		.deny = deny,
		.file = parser->file,
		.line = parser->lexer.line,
		.aggregate = UINT32_MAX,
	};
	struct rule_source source = {0};

	if (!parse_subject(parser, &rule, &source.subject) || !parse_rights(parser, &rule) ||
	    !parse_target(parser, &source.target) || !parse_clauses(parser, &rule))
		return false;
	if (parser->reader->loaded && !read_origin(parser, &rule))
		return false;
	source.statement = parser->statement;
	return add_rule(parser, &rule, &source);
}

bool parse_allow(struct parser *parser)
{
	return parse_rule(parser, false);
}

bool parse_deny(struct parser *parser)
{
	return parse_rule(parser, true);
}
