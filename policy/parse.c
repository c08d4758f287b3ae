/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens to statements: the grammar of gpio-acl.conf(5). A statement with an error is reported and
 * left; a name that it defines counts as defined all the same, so that one mistake is one error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/suggest.h"

struct parser {
	struct reader *reader;
	struct lexer lexer;
	const char *file;      /* the source's name, owned by the policy */
	struct token token;    /* the one to be read next */
	struct span statement; /* from its keyword; to its last token when it was read */
};

static void next(struct parser *parser)
{
	if (parser->token.kind != TOKEN_END)
		parser->statement.size = parser->token.span.offset + parser->token.span.size -
					 parser->statement.offset;
	parser->token = lex_token(&parser->lexer);
}

/* An error at the next token: something else was @expected there. */
static bool expected(struct parser *parser, const char *expected)
{
	const struct token *token = &parser->token;
	int size = token->span.size < TEXT_QUOTED ? token->span.size : TEXT_QUOTED;

	if (token->kind == TOKEN_END)
		diag_error(parser->reader->diag, &token->span,
			   "the line ends where %s should follow", expected);
	else if (token->kind == TOKEN_STRING)
		diag_error(parser->reader->diag, &token->span, "%.*s where %s should be", size,
			   token_text(token), expected); /* in its own quotes */
	else if (token->kind != TOKEN_BAD)
		diag_error(parser->reader->diag, &token->span, "%s where %s should be",
			   text_quoted(token_text(token), token->span.size), expected);
	return false;
}

static bool accept_word(struct parser *parser, const char *word)
{
	if (!token_is(&parser->token, word))
		return false;
	next(parser);
	return true;
}

static bool accept(struct parser *parser, enum token_kind kind)
{
	if (parser->token.kind != kind)
		return false;
	next(parser);
	return true;
}

static bool expect_end(struct parser *parser, const char *instead)
{
	return parser->token.kind == TOKEN_END || expected(parser, instead);
}

static char *accept_string(struct parser *parser)
{
	char *string;

	if (parser->token.kind != TOKEN_STRING)
		return NULL;
	string = token_string(&parser->token, parser->reader->policy->pool);
	next(parser);
	return string;
}

static struct words token_words(const struct token *token)
{
	return (struct words){token->span.offset, token->span.size};
}

/* The next token's word among @words, as its index; else an error that lists them, and -1. */
static int expect_one_of(struct parser *parser, const char *const *words, int num, const char *what)
{
	bool near;
	char *list;

	for (int i = 0; i < num; i++) {
		if (accept_word(parser, words[i]))
			return i;
	}
	expected(parser, what);
	if (parser->token.kind == TOKEN_BAD)
		return -1;
	list = suggest_names(words, num, "", &near);
	diag_note(parser->reader->diag, NULL, "one of %s", list);
	free(list);
	return -1;
}

/* ---- names and numbers ---------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(const char *text, size_t size)
{
	if (!is_letter(text[0]))
		return false;
	for (size_t i = 1; i < size; i++) {
		if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '-')
			return false;
	}
	return true;
}

/* The name of a chip or an aggregate. */
static bool expect_name(struct parser *parser, const char *what, struct words *name)
{
	const struct token *token = &parser->token;
	const char *text = token_text(token);

	if (token->kind != TOKEN_WORD)
		return expected(parser, what);
	if (!is_name(text, token->span.size)) {
		diag_error(parser->reader->diag, &token->span, "%s is not %s",
			   text_quoted(text, token->span.size), what);
		diag_note(parser->reader->diag, NULL,
			  "a name is a letter or _, then letters, digits, _ and -");
		return false;
	}
	if (token->span.size > POLICY_MAX_NAME) {
		diag_error(parser->reader->diag, &token->span,
			   "a name of %u bytes; %u are the most", token->span.size,
			   POLICY_MAX_NAME);
		return false;
	}
	*name = token_words(token);
	next(parser);
	return true;
}

/* Digits at *text, moved past them; beyond 32 bits the number is UINT64_MAX. */
static uint64_t read_digits(const char **text, const char *end)
{
	uint64_t number = 0;

	for (; *text < end && is_digit(**text); ++*text) {
		if (number <= UINT32_MAX)
			number = 10 * number + (**text - '0');
	}
	return number <= UINT32_MAX ? number : UINT64_MAX;
}

/* Is the word meant as a number, if perhaps a wrong one? */
static bool is_numeric(const struct token *token)
{
	const char *text = token_text(token);

	return token->kind == TOKEN_WORD &&
	       (is_digit(text[0]) ||
		((text[0] == '+' || text[0] == '-') && token->span.size > 1 && is_digit(text[1])));
}

/* Why a word that is_numeric() is not the number or the range it should be. */
static bool bad_number(struct parser *parser, const char *what)
{
	const struct token *token = &parser->token;
	const char *text = token_text(token);
	const char *why = "";

	if (!is_digit(text[0]))
		why = ": numbers have no sign";
	else if (token->span.size > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		why = ": numbers are decimal";
	diag_error(parser->reader->diag, &token->span, "%s is not %s%s",
		   text_quoted(text, token->span.size), what, why);
	return false;
}

/* N or N-N into @item; the bounds are the caller's. */
static bool read_range(struct parser *parser, const char *what, uint64_t *first, uint64_t *last)
{
	const char *text = token_text(&parser->token), *end = text + parser->token.span.size;

	if (!is_digit(*text))
		return bad_number(parser, what);
	*first = read_digits(&text, end);
	*last = *first;
	if (text + 1 < end && *text == '-' && is_digit(text[1])) {
		text++;
		*last = read_digits(&text, end);
	}
	return text == end || bad_number(parser, what);
}

/* The range of offsets or positions at the next token, which is_numeric(). */
static bool expect_range(struct parser *parser, const char *what, uint64_t most, struct item *item)
{
	const struct span *span = &parser->token.span;
	uint64_t first = 0, last = 0;

	if (!read_range(parser, what, &first, &last))
		return false;
	if (first > last) {
		diag_error(parser->reader->diag, span, "the range %s runs backwards",
			   text_quoted(token_text(&parser->token), span->size));
		return false;
	}
	if (last > most) {
		diag_error(parser->reader->diag, span, "%s is beyond %lu, the last there can be",
			   text_quoted(token_text(&parser->token), span->size),
			   (unsigned long)most);
		return false;
	}
	*item = (struct item){.words = token_words(&parser->token), .first = first, .last = last};
	next(parser);
	return true;
}

/* ---- targets -------------------------------------------------------------------------- */

static void add_item(struct target *target, const struct item *item)
{
	target->items = xgrow(target->items, target->num_items, sizeof(*item));
	target->items[target->num_items++] = *item;
}

/* The items that follow a chip's name: none, or as many as there are. */
static bool parse_items(struct parser *parser, struct target *target)
{
	for (;;) {
		struct item item = {.words = token_words(&parser->token)};

		if (parser->token.kind == TOKEN_STRING)
			item.name = accept_string(parser);
		else if (!is_numeric(&parser->token))
			return parser->token.kind != TOKEN_BAD;
		else if (!expect_range(parser, "an offset or a range of offsets",
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
		if (!is_numeric(&parser->token))
			return expected(parser, what);
		if (!expect_range(parser, what, POLICY_MAX_LINES - 1, &item))
			return false;
		add_item(target, &item);
	} while (accept(parser, TOKEN_COMMA));
	if (parser->token.kind != TOKEN_CLOSE)
		return expected(parser, "a comma or ]");
	next(parser);
	return true;
}

/* Items are collected in an array that grows; now they are all there. */
static void keep_items(struct parser *parser, struct target *target)
{
	struct item *items = target->items;

	target->items = pool_alloc(parser->reader->pool, target->num_items, sizeof(*items));
	if (target->num_items)
		memcpy(target->items, items, target->num_items * sizeof(*items));
	free(items);
}

static bool parse_target(struct parser *parser, struct target *target)
{
	bool good = expect_name(parser, "the name of a chip or an aggregate", &target->name);

	if (good && accept(parser, TOKEN_OPEN))
		good = parse_slice(parser, target);
	else if (good)
		good = parse_items(parser, target);
	keep_items(parser, target);
	return good;
}

/* ---- definitions ---------------------------------------------------------------------- */

bool reader_find(const struct reader *reader, const char *name, size_t size,
		 struct definition *found)
{
	uint32_t value = table_find(&reader->definitions, name, size);

	*found = (struct definition){value & 1, value >> 1};
	return value != TABLE_NONE;
}

/* Makes a name stand for a chip or an aggregate; an error when it stands for something already. */
static bool define(struct parser *parser, struct words name, bool is_aggregate, size_t index)
{
	struct reader *reader = parser->reader;
	const char *text = words_text(&parser->statement, name);
	struct span span = words_span(&parser->statement, name);
	uint32_t value = index << 1 | is_aggregate;
	uint32_t defined = table_add(&reader->definitions, text, name.size, value);

	if (defined == value)
		return true;
	diag_error(reader->diag, &span, "%s is defined twice", text_quoted(text, name.size));
	diag_note(reader->diag,
		  defined & 1 ? &reader->aggregates[defined >> 1].statement
			      : &reader->chips[defined >> 1].statement,
		  "first defined here");
	return false;
}

/* No two chips of a policy may be known by the same: their rules would be about the same lines. */
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

/* The kernel gives no other names: a rule for such a chip would never count. */
static bool check_chip_name(struct parser *parser, const char *name, const struct span *span)
{
	struct diag *diag = parser->reader->diag;
	const size_t prefix = strlen("gpiochip");

	if (!strncmp(name, "gpiochip", prefix) && name[prefix] &&
	    !name[prefix + strspn(name + prefix, "0123456789")])
		return true;
	diag_error(diag, span, "no chip has the name %s: names are gpiochip and a number",
		   text_quoted(name, SIZE_MAX));
	if (!strncmp(name, "/dev/", 5))
		diag_note(diag, NULL, "leave /dev/ out: name %s", text_quoted(name + 5, SIZE_MAX));
	else
		diag_note(diag, NULL,
			  "gpiodetect shows names and labels; a label is told so: "
			  "label %s",
			  text_quoted(name, SIZE_MAX));
	return false;
}

/* The kernel knows a chip by its own name alone: another name of its node stands for that. */
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
	int by = expect_one_of(parser, policy_chip_by, GPIO_ACL_NUM_CHIP_BY,
			       "what the chip is known by");

	if (by < 0)
		return false;
	chip->by = by;
	value = parser->token.span;
	if (parser->token.kind != TOKEN_STRING)
		return expected(parser, "a \"string\"");
	chip->value = accept_string(parser);
	if (strlen(chip->value) >= GPIO_ACL_CHIP_NAME) {
		diag_error(parser->reader->diag, &value, "a %s of %zu bytes; %u are the most",
			   policy_chip_by[by], strlen(chip->value), GPIO_ACL_CHIP_NAME - 1);
		return false;
	}
	if (by == GPIO_ACL_BY_NAME && !check_chip_name(parser, chip->value, &value))
		return false;
	if (by == GPIO_ACL_BY_NAME)
		follow_link(parser->reader, chip, source);
	source->value = (struct words){value.offset, value.size};
	return expect_end(parser, "the end of the line");
}

static bool parse_chip(struct parser *parser)
{
	struct reader *reader = parser->reader;
	struct policy *policy = reader->policy;
	size_t index = policy->num_chips;
	struct policy_chip *chip;
	struct chip_source *source;
	struct words name = {0};

	if (!expect_name(parser, "a chip's name", &name) || !define(parser, name, false, index))
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
	if (!accept(parser, TOKEN_EQUALS))
		return expected(parser, "=");
	do {
		struct target part = {0};
		bool good = expect_name(parser, "a chip's name", &part.name) &&
			    parse_items(parser, &part);

		if (good && !part.num_items)
			good = expected(parser, "a line (an offset, a range or a \"line name\")");
		keep_items(parser, &part);
		if (!good)
			return false;
		source->parts = xgrow(source->parts, source->num_parts, sizeof(part));
		source->parts[source->num_parts++] = part;
	} while (accept(parser, TOKEN_COMMA));
	return expect_end(parser, "a comma, a line or the end of the line");
}

static void keep_parts(struct parser *parser, struct aggregate_source *source)
{
	struct target *parts = source->parts;

	source->parts = pool_alloc(parser->reader->pool, source->num_parts, sizeof(*parts));
	if (source->num_parts)
		memcpy(source->parts, parts, source->num_parts * sizeof(*parts));
	free(parts);
}

static bool parse_aggregate(struct parser *parser)
{
	struct reader *reader = parser->reader;
	struct policy *policy = reader->policy;
	size_t index = policy->num_aggregates;
	struct aggregate_source source = {0};
	struct words name = {0};

	if (!expect_name(parser, "an aggregate's name", &name) ||
	    !define(parser, name, true, index))
		return false;
	source.broken = !parse_parts(parser, &source);
	keep_parts(parser, &source);
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

/* ---- rules ---------------------------------------------------------------------------- */

/* The id of an account, asked of the machine once for each name; POLICY_NO_ID with an errno. */
static uint32_t account_id(struct reader *reader, bool group, const char *name, int *error)
{
	int (*lookup)(const char *, uint32_t *) =
		group ? reader->machine->group_id : reader->machine->user_id;
	size_t size = strlen(name) + 1;
	char key[1 + POLICY_MAX_LINE];
	uint32_t id, known;

	key[0] = group;
	memcpy(key + 1, name, size - 1);
	id = table_find(&reader->accounts, key, size);
	known = table_find(&reader->no_accounts, key, size);
	if (id != TABLE_NONE || known != TABLE_NONE) {
		*error = known;
		return id;
	}
	*error = lookup ? -lookup(name, &id) : ENOENT;
	if (!*error && id != POLICY_NO_ID)
		return table_add(&reader->accounts, key, size, id);
	*error = *error ? *error : ENOENT;
	table_add(&reader->no_accounts, key, size, *error);
	return POLICY_NO_ID;
}

/* Says that an account is not known today, and what that makes of its rule. */
static void report_open_account(struct reader *reader, const struct policy_rule *rule, int error,
				const struct span *span)
{
	const char *kind = rule->subjects == GPIO_ACL_SUBJECT_GROUP ? "group" : "user";
	bool strict = reader->machine->strict;

	if (error == ENOENT)
		diag_open(reader->diag, strict, span, "there is no %s %s", kind,
			  text_quoted(rule->account, SIZE_MAX));
	else
		diag_open(reader->diag, strict, span, "%s %s could not be looked up: %s", kind,
			  text_quoted(rule->account, SIZE_MAX), strerror(error));
	if (!strict)
		diag_note(reader->diag, NULL,
			  rule->deny ? "until it is known, this rule is for everyone; "
				       "gpio-acl watch looks for it"
				     : "until it is known, this rule gives nothing; "
				       "gpio-acl watch looks for it");
	diag_note(reader->diag, NULL, "a number needs no account: %s 990", kind);
}

/* An account that is not known stays open; the text of an image says nothing of it again. */
static void find_account(struct reader *reader, struct policy_rule *rule, char *name,
			 const struct span *span)
{
	int error;

	rule->id = account_id(reader, rule->subjects == GPIO_ACL_SUBJECT_GROUP, name, &error);
	if (rule->id != POLICY_NO_ID)
		return;
	rule->account = name;
	reader->num_unresolved++;
	if (!reader->loaded)
		report_open_account(reader, rule, error, span);
}

static bool read_id(struct parser *parser, const char *what, uint32_t *id)
{
	const struct token *token = &parser->token;
	const char *text = token_text(token), *end = text + token->span.size;
	uint64_t number;

	if (!is_digit(*text))
		return bad_number(parser, what);
	number = read_digits(&text, end);
	if (text < end)
		return bad_number(parser, what);
	if (number > POLICY_MAX_ID) {
		diag_error(parser->reader->diag, &token->span,
			   "%s is beyond %u, the last there can be",
			   text_quoted(text - token->span.size, token->span.size), POLICY_MAX_ID);
		return false;
	}
	*id = number;
	return true;
}

static bool parse_account(struct parser *parser, struct policy_rule *rule)
{
	bool group = rule->subjects == GPIO_ACL_SUBJECT_GROUP;
	const char *what = group ? "a group's name or number" : "a user's name or number";
	const struct token *token = &parser->token;
	char *name;

	if (is_numeric(token)) {
		if (!read_id(parser, what, &rule->id))
			return false;
		next(parser);
		return true;
	}
	if (token->kind == TOKEN_STRING) {
		name = token_string(token, parser->reader->policy->pool);
	} else if (token->kind != TOKEN_WORD) {
		return expected(parser, what);
	} else if (!is_name(token_text(token), token->span.size)) {
		expected(parser, what);
		diag_note(parser->reader->diag, NULL,
			  "quote a name that has other characters than letters, digits, _ and -");
		return false;
	} else {
		name = pool_string(parser->reader->policy->pool, token_text(token),
				   token->span.size);
	}
	find_account(parser->reader, rule, name, &token->span);
	next(parser);
	return true; /* an unknown account is reported; the rest can still be read */
}

static bool parse_subject(struct parser *parser, struct policy_rule *rule, struct words *subject)
{
	static const char *const subjects[] = {"everyone", "user", "group"};
	struct words words = token_words(&parser->token);
	int subject_kind = expect_one_of(parser, subjects, 3, "who the rule is about");

	if (subject_kind < 0)
		return false;
	rule->subjects = subject_kind;
	if (rule->subjects != GPIO_ACL_SUBJECT_EVERYONE && !parse_account(parser, rule))
		return false;
	/* up to the last token read */
	words.size = parser->statement.offset + parser->statement.size - words.offset;
	*subject = words;
	return true;
}

/* The bits of the right at the next token, 0 when it is none. */
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

static bool parse_rights(struct parser *parser, struct policy_rule *rule)
{
	const struct token *token = &parser->token;
	uint32_t bits;

	for (; !token_is(token, "on"); next(parser)) {
		bits = right_bits(token);
		if (!bits) {
			expected(parser, rule->rights ? "a right or \"on\"" : "a right");
			if (token->kind != TOKEN_BAD)
				diag_note(parser->reader->diag, NULL,
					  "the rights are " GPIO_ACL_RIGHT_LIST "or all");
			return false;
		}
		if (rule->rights & bits) {
			diag_error(parser->reader->diag, &token->span,
				   "the right %s is already given",
				   text_quoted(token_text(token), token->span.size));
			return false;
		}
		rule->rights |= bits;
	}
	if (!rule->rights)
		return expected(parser, "a right");
	next(parser);
	return true;
}

static bool parse_as(struct parser *parser, struct policy_rule *rule, const struct span *clause)
{
	if (rule->as) {
		diag_error(parser->reader->diag, clause, "a second \"as\"");
		return false;
	}
	rule->as = accept_string(parser);
	return rule->as || expected(parser, "the rule's purpose as a \"string\"");
}

static bool parse_memory(struct parser *parser, struct policy_rule *rule, const struct span *clause)
{
	if (!accept_word(parser, "any"))
		return expected(parser, "\"any\"");
	if (rule->memory_any || rule->deny) {
		diag_error(parser->reader->diag, clause,
			   rule->deny ? "\"memory any\" on a deny: only an allow can have it"
				      : "a second \"memory any\"");
		return false;
	}
	rule->memory_any = true;
	return true;
}

static bool parse_clauses(struct parser *parser, struct policy_rule *rule)
{
	while (parser->token.kind != TOKEN_END) {
		struct span clause = parser->token.span;
		bool good;

		if (accept_word(parser, "as"))
			good = parse_as(parser, rule, &clause);
		else if (accept_word(parser, "memory"))
			good = parse_memory(parser, rule, &clause);
		else
			good = expected(parser,
					"a line, \"as\", \"memory any\" or the end of the line");
		if (!good)
			return false;
	}
	return true;
}

/* In the text of an image a rule's comment says where it once stood: `# FILE:LINE`. */
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
	diag_error(parser->reader->diag, &parser->statement, "a rule without its origin");
	return false;
}

static bool add_rule(struct parser *parser, const struct policy_rule *rule,
		     const struct rule_source *source)
{
	struct reader *reader = parser->reader;
	struct policy *policy = reader->policy;

	if (policy->num_rules == POLICY_MAX_RULES) {
		diag_error(reader->diag, &parser->statement, "rule %u; %u are the most",
			   POLICY_MAX_RULES + 1, POLICY_MAX_RULES);
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

/* ---- settings and includes ------------------------------------------------------------ */

static bool parse_set(struct parser *parser)
{
	struct reader *reader = parser->reader;
	const char *names[NUM_SETTINGS];
	int setting, value;

	for (int i = 0; i < NUM_SETTINGS; i++)
		names[i] = policy_settings[i].name;
	setting = expect_one_of(parser, names, NUM_SETTINGS, "a setting");
	if (setting < 0)
		return false;
	value = expect_one_of(parser, policy_settings[setting].values, 2, "the setting's value");
	if (value < 0 || !expect_end(parser, "the end of the line"))
		return false;
	if (reader->settings[setting].source) {
		diag_error(reader->diag, &parser->statement, "%s is set twice", names[setting]);
		diag_note(reader->diag, &reader->settings[setting], "first set here");
		return false;
	}
	reader->settings[setting] = parser->statement;
	reader->policy->flags |= value << setting;
	return true;
}

/* Is the file being read already, here or further up? */
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
		diag_error(diag, &parser->statement, "includes in includes, over %u deep",
			   POLICY_MAX_INCLUDES);
	else
		parse_source(parser->reader, source);
}

static bool parse_include(struct parser *parser)
{
	char *pattern, **paths;

	if (parser->reader->loaded) {
		diag_error(parser->reader->diag, &parser->statement, "an include in an image");
		return false;
	}
	if (parser->token.kind != TOKEN_STRING)
		return expected(parser, "a \"file or pattern\"");
	pattern = accept_string(parser);
	if (!expect_end(parser, "the end of the line"))
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
		diag_error(parser->reader->diag, &parser->statement, "ranges are not in order");
		return false;
	}
	policy->subuids = xgrow(policy->subuids, num, sizeof(*subuids));
	policy->subuids[policy->num_subuids++] = *subuids;
	return true;
}

static bool parse_owners(struct parser *parser, struct gpio_acl_subuids *subuids)
{
	if (accept_word(parser, "unknown")) {
		subuids->num_owners = GPIO_ACL_OWNERS_UNKNOWN;
		return expect_end(parser, "the end of the line");
	}
	if (!accept_word(parser, "user"))
		return expected(parser, "\"user\"");
	while (parser->token.kind != TOKEN_END) {
		if (subuids->num_owners == GPIO_ACL_MAX_SHARERS || !is_numeric(&parser->token))
			return expected(parser, "the end of the line");
		if (!read_id(parser, "a uid", &subuids->owners[subuids->num_owners++]))
			return false;
		next(parser);
	}
	return true;
}

/* Only in the text of an image: the machine says which there are (subuids.c). */
static bool parse_subuids(struct parser *parser)
{
	struct gpio_acl_subuids subuids = {0};
	struct item range;

	if (!is_numeric(&parser->token))
		return expected(parser, "a range of uids");
	if (!expect_range(parser, "a range of uids", POLICY_MAX_ID, &range))
		return false;
	subuids.first = range.first;
	subuids.last = range.last;
	return parse_owners(parser, &subuids) && add_subuids(parser, &subuids);
}

/* ---- statements ----------------------------------------------------------------------- */

static void parse_statement(struct parser *parser)
{
	static const char *const keywords[] = {"include", "set",  "chip",   "aggregate",
					       "allow",	  "deny", "subuids"};
	int num = parser->reader->loaded ? 7 : 6;
	int keyword = expect_one_of(parser, keywords, num, "a statement");

	switch (keyword) {
	case 0:
		parse_include(parser);
		break;
	case 1:
		parse_set(parser);
		break;
	case 2:
		parse_chip(parser);
		break;
	case 3:
		parse_aggregate(parser);
		break;
	case 4:
	case 5:
		parse_rule(parser, keyword == 5);
		break;
	case 6:
		parse_subuids(parser);
		break;
	}
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
