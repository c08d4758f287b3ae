/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lexer: cuts text into tokens, line by line. It accepts a line only if that is valid UTF-8,
 * has no control characters but tabs, has at most POLICY_MAX_LINE bytes and ends in a newline.
 */
#ifndef POLICY_LEX_H
#define POLICY_LEX_H

#include "policy/source.h"

struct diag;
struct pool;

enum token_kind {
	TOKEN_END,    /* end of line, or a comment */
	TOKEN_WORD,   /* a keyword, a name, a number or a range */
	TOKEN_STRING, /* with its quotes */
	TOKEN_COMMA,
	TOKEN_EQUALS,
	TOKEN_OPEN,  /* [ */
	TOKEN_CLOSE, /* ] */
	TOKEN_BAD,   /* an invalid string; the error is reported */
};

struct token {
	enum token_kind kind;
	struct span span;
};

struct lexer {
	const struct source *source;
	struct diag *diag;
	uint32_t line;
	uint32_t at, end;    /* the rest of the line */
	uint32_t next;	     /* where the next line starts */
	struct span comment; /* from its #, after TOKEN_END; size 0: none */
	bool windows;	     /* CR LF was reported */
};

/* Goes to the next valid line and reports invalid ones on the way; false at the end. */
bool lex_line(struct lexer *lexer);

struct token lex_token(struct lexer *lexer);

/* The bytes of a token, not ended by NUL. They live as long as the source. */
const char *token_text(const struct token *token);
bool token_is(const struct token *token, const char *word);

/* The value of a TOKEN_STRING, without quotes and escapes. @pool owns it. */
char *token_string(const struct token *token, struct pool *pool);

#endif
