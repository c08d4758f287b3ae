/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the parser share. parse.c reads statements, parse_chip.c definitions and
 * targets, parse_rule.c rules, all of them through the calls of parse_token.c below.
 *
 * A call that returns bool or an index has reported an error if it returns false or -1.
 */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include "policy/internal.h"

struct parser {
	struct reader *reader;
	struct lexer lexer;
	const char *file;      /* the source's name, owned by the policy */
	struct token token;    /* the next one to read */
	struct span statement; /* from its keyword to the last token that was read */
};

static inline struct words token_words(const struct token *token)
{
	return (struct words){token->span.offset, token->span.size};
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the next token. */
void parser_next(struct parser *parser);

/* Reports that @what was expected instead of the next token; returns false. */
bool parser_expected(struct parser *parser, const char *what);

/*
 * Reports that @what was expected, and if the next token resembles one of @num words, that this may
 * have been meant. parser_expected_one_of() lists the words if it resembles none. Both return
 * false.
 */
bool parser_expected_near(struct parser *parser, const char *what, const char *const *words,
			  int num);
bool parser_expected_one_of(struct parser *parser, const char *what, const char *const *words,
			    int num);

/* Reads the next token if it is @word; returns false, without an error, if it is not. */
bool parser_accept_word(struct parser *parser, const char *word);

/* Reads the next token if it is of @kind; returns false, without an error, if it is not. */
bool parser_accept(struct parser *parser, enum token_kind kind);

/* Reads a string: its value, owned by the policy; NULL, without an error, if there is none. */
char *parser_accept_string(struct parser *parser);

/* Is the line at its end? If not, an error says that @instead was expected. */
bool parser_expect_end(struct parser *parser, const char *instead);

/*
 * parser_one_of() - read one of @num words
 * @what: what they are, for the error, which lists them
 *
 * Returns the index of the word, or -1.
 */
int parser_one_of(struct parser *parser, const char *const *words, int num, const char *what);

/* Reads the name of a chip or an aggregate, at most POLICY_MAX_NAME bytes. */
bool parser_name(struct parser *parser, const char *what, struct words *name);

/* Can the word be the name of a chip, an aggregate or, without quotes, an account? */
bool token_is_name(const struct token *token);

/* Is the word meant as a number, even if a wrong one? */
bool token_is_numeric(const struct token *token);

/* Reads decimal digits at *text up to @end and moves *text past them; UINT64_MAX above 32 bits. */
uint64_t read_digits(const char **text, const char *end);

/* Reads N or N-N, at most @most, into @item. The next token must be token_is_numeric(). */
bool parser_range(struct parser *parser, const char *what, uint64_t most, struct item *item);

/* Reads a uid or gid, at most POLICY_MAX_ID. The next token must be token_is_numeric(). */
bool parser_id(struct parser *parser, const char *what, uint32_t *id);

/* parse_chip.c: the target of a rule: a chip or an aggregate, and its lines or positions. */
bool parse_target(struct parser *parser, struct target *target);

/* parse_chip.c: statements, from behind their keyword. */
bool parse_chip(struct parser *parser);
bool parse_aggregate(struct parser *parser);

/* parse_rule.c */
bool parse_allow(struct parser *parser);
bool parse_deny(struct parser *parser);

#endif
