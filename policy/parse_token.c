/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens, as the parser sees them: reads the next one as a word, a name, a number or a range, or
 * reports what was expected instead.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/parse.h"
#include "policy/suggest.h"

void parser_next(struct parser *parser)
{
	if (parser->token.kind != TOKEN_END)
		parser->statement.size = parser->token.span.offset + parser->token.span.size -
					 parser->statement.offset;
	parser->token = lex_token(&parser->lexer);
}

/* Reports what was expected, and @near as what may have been meant, unless it is NULL. */
static void report_expected(struct parser *parser, const char *what, const char *near)
{
	const struct token *token = &parser->token;
	const char *got = token_text(token); /* a string has quotes already */
	uint32_t size = token->span.size < TEXT_QUOTED ? token->span.size : TEXT_QUOTED;

	if (token->kind == TOKEN_BAD)
		return; /* lex.c has reported it */
	if (token->kind == TOKEN_END) {
		diag_error(parser->reader->diag, &token->span, "expected %s before end of line",
			   what);
		return;
	}
	if (token->kind != TOKEN_STRING) {
		got = text_quoted(got, token->span.size);
		size = strlen(got);
	}
	if (near)
		diag_error(parser->reader->diag, &token->span,
			   "expected %s, got %.*s; did you mean %s?", what, (int)size, got,
			   text_quoted(near, SIZE_MAX));
	else
		diag_error(parser->reader->diag, &token->span, "expected %s, got %.*s", what,
			   (int)size, got);
}

bool parser_expected(struct parser *parser, const char *what)
{
	report_expected(parser, what, NULL);
	return false;
}

/* The word that the next token resembles most, or NULL. */
static const char *near_word(struct parser *parser, const char *const *words, int num)
{
	const struct token *token = &parser->token;

	if (token->kind != TOKEN_WORD)
		return NULL;
	return suggest_word(words, num,
			    pool_string(parser->reader->pool, token_text(token), token->span.size));
}

bool parser_expected_near(struct parser *parser, const char *what, const char *const *words,
			  int num)
{
	report_expected(parser, what, near_word(parser, words, num));
	return false;
}

bool parser_expected_one_of(struct parser *parser, const char *what, const char *const *words,
			    int num)
{
	const char *near = near_word(parser, words, num);
	bool any_near;
	char *list;

	report_expected(parser, what, near);
	if (near || parser->token.kind == TOKEN_BAD)
		return false;
	list = suggest_names(words, num, "", &any_near);
	diag_note(parser->reader->diag, NULL, "one of %s", list);
	free(list);
	return false;
}

bool parser_accept_word(struct parser *parser, const char *word)
{
	if (!token_is(&parser->token, word))
		return false;
	parser_next(parser);
	return true;
}

bool parser_accept(struct parser *parser, enum token_kind kind)
{
	if (parser->token.kind != kind)
		return false;
	parser_next(parser);
	return true;
}

bool parser_expect_end(struct parser *parser, const char *instead)
{
	return parser->token.kind == TOKEN_END || parser_expected(parser, instead);
}

char *parser_accept_string(struct parser *parser)
{
	char *string;

	if (parser->token.kind != TOKEN_STRING)
		return NULL;
	string = token_string(&parser->token, parser->reader->policy->pool);
	parser_next(parser);
	return string;
}

int parser_one_of(struct parser *parser, const char *const *words, int num, const char *what)
{
	for (int i = 0; i < num; i++) {
		if (parser_accept_word(parser, words[i]))
			return i;
	}
	parser_expected_one_of(parser, what, words, num);
	return -1;
}

/* ---- names and numbers ---------------------------------------------------------------- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool token_is_name(const struct token *token)
{
	const char *text = token_text(token);

	if (!is_letter(text[0]))
		return false;
	for (uint32_t i = 1; i < token->span.size; i++) {
		if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '-')
			return false;
	}
	return true;
}

bool parser_name(struct parser *parser, const char *what, struct words *name)
{
	const struct token *token = &parser->token;

	if (token->kind != TOKEN_WORD)
		return parser_expected(parser, what);
	if (!token_is_name(token)) {
		parser_expected(parser, what);
		diag_note(parser->reader->diag, NULL,
			  "a name is a letter or _, then letters, digits, _ and -");
		return false;
	}
	if (token->span.size > POLICY_MAX_NAME) {
		diag_error(parser->reader->diag, &token->span, "name too long: %u bytes (limit %u)",
			   token->span.size, POLICY_MAX_NAME);
		return false;
	}
	*name = token_words(token);
	parser_next(parser);
	return true;
}

uint64_t read_digits(const char **text, const char *end)
{
	uint64_t number = 0;

	for (; *text < end && is_digit(**text); ++*text) {
		if (number <= UINT32_MAX)
			number = 10 * number + (**text - '0');
	}
	return number <= UINT32_MAX ? number : UINT64_MAX;
}

bool token_is_numeric(const struct token *token)
{
	const char *text = token_text(token);

	return token->kind == TOKEN_WORD &&
	       (is_digit(text[0]) ||
		((text[0] == '+' || text[0] == '-') && token->span.size > 1 && is_digit(text[1])));
}

/* Reports that a word is no number of the kind @what, and why if that is obvious. */
static bool bad_number(struct parser *parser, const char *what)
{
	const struct token *token = &parser->token;
	const char *text = token_text(token);
	const char *why = "";

	if (!is_digit(text[0]))
		why = ": numbers have no sign";
	else if (token->span.size > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		why = ": numbers are decimal";
	diag_error(parser->reader->diag, &token->span, "expected %s, got %s%s", what,
		   text_quoted(text, token->span.size), why);
	return false;
}

/* Reads N or N-N; the caller checks the bounds. */
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

bool parser_range(struct parser *parser, const char *what, uint64_t most, struct item *item)
{
	const struct span *span = &parser->token.span;
	uint64_t first = 0, last = 0;

	if (!read_range(parser, what, &first, &last))
		return false;
	if (first > last) {
		diag_error(parser->reader->diag, span, "range %s is reversed",
			   text_quoted(token_text(&parser->token), span->size));
		return false;
	}
	if (last > most) {
		diag_error(parser->reader->diag, span, "%s is too large (limit %lu)",
			   text_quoted(token_text(&parser->token), span->size),
			   (unsigned long)most);
		return false;
	}
	*item = (struct item){.words = token_words(&parser->token), .first = first, .last = last};
	parser_next(parser);
	return true;
}

bool parser_id(struct parser *parser, const char *what, uint32_t *id)
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
		diag_error(parser->reader->diag, &token->span, "%s is too large (limit %u)",
			   text_quoted(text - token->span.size, token->span.size), POLICY_MAX_ID);
		return false;
	}
	*id = number;
	parser_next(parser);
	return true;
}
