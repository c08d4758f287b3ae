/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to tokens, line by line. A line is only cut into tokens when its bytes are fit to be read:
 * valid UTF-8, no control characters but tabs, at most POLICY_MAX_LINE bytes, a newline at its end.
 */
#ifndef POLICY_LEX_H
#define POLICY_LEX_H

#include "policy/source.h"

struct diag;
struct pool;

enum token_kind {
	TOKEN_END,    /* of the line; a comment ends it too */
	TOKEN_WORD,   /* a keyword, a name, a number, a range: what the parser makes of it */
	TOKEN_STRING, /* with its quotes */
	TOKEN_COMMA,
	TOKEN_EQUALS,
	TOKEN_OPEN,  /* [ */
	TOKEN_CLOSE, /* ] */
	TOKEN_BAD,   /* a string that is none; its error is reported */
};

struct token {
	enum token_kind kind;
	struct span span;
};

struct lexer {
	const struct source *source;
	struct diag *diag;
	uint32_t line;
	uint32_t at, end; /* what is left of the line */
	uint32_t next;	  /* where the next line starts */
	struct span
		comment; /* of this line, from its #; size 0 when it has none (known at its end) */
	bool windows;	 /* a CR was reported */
};

/* Goes to the next line that is fit to be read, reporting those that are not; false: no more. */
bool lex_line(struct lexer *lexer);

struct token lex_token(struct lexer *lexer);

/* The bytes of a token, not ended by NUL. */
const char *token_text(const struct token *token);
bool token_is(const struct token *token, const char *word);

/* What a TOKEN_STRING stands for, without quotes and escapes. */
char *token_string(const struct token *token, struct pool *pool);

#endif
