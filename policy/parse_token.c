/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parser's view of tokens: reads the next one as a word, a name, a number or a range, or
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

/* An error at the next token: something else was @expected there. */
bool parser_expected(struct parser *parser, const char *expected)
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

/* The next token's word among @words, as its index; else an error that lists them, and -1. */
int parser_one_of(struct parser *parser, const char *const *words, int num, const char *what)
{
	bool near;
	char *list;

	for (int i = 0; i < num; i++) {
		if (parser_accept_word(parser, words[i]))
			return i;
	}
	parser_expected(parser, what);
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

/* The name of a chip or an aggregate. */
bool parser_name(struct parser *parser, const char *what, struct words *name)
{
	const struct token *token = &parser->token;
	const char *text = token_text(token);

	if (token->kind != TOKEN_WORD)
		return parser_expected(parser, what);
	if (!token_is_name(token)) {
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
	parser_next(parser);
	return true;
}

/* Digits at *text, moved past them; beyond 32 bits the number is UINT64_MAX. */
uint64_t read_digits(const char **text, const char *end)
{
	uint64_t number = 0;

	for (; *text < end && is_digit(**text); ++*text) {
		if (number <= UINT32_MAX)
			number = 10 * number + (**text - '0');
	}
	return number <= UINT32_MAX ? number : UINT64_MAX;
}

/* Is the word meant as a number, if perhaps a wrong one? */
bool token_is_numeric(const struct token *token)
{
	const char *text = token_text(token);

	return token->kind == TOKEN_WORD &&
	       (is_digit(text[0]) ||
		((text[0] == '+' || text[0] == '-') && token->span.size > 1 && is_digit(text[1])));
}

/* Why a word that token_is_numeric() is not the number or the range it should be. */
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

/* The range of offsets or positions at the next token, which token_is_numeric(). */
bool parser_range(struct parser *parser, const char *what, uint64_t most, struct item *item)
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
		diag_error(parser->reader->diag, &token->span,
			   "%s is beyond %u, the last there can be",
			   text_quoted(text - token->span.size, token->span.size), POLICY_MAX_ID);
		return false;
	}
	*id = number;
	parser_next(parser);
	return true;
}
