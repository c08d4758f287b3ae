/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lexer: see lex.h. */
#include "policy/lex.h"

#include <string.h>

#include "policy/diag.h"
#include "policy/text.h"
#include "policy/xalloc.h"

static struct span lexer_span(const struct lexer *lexer, uint32_t offset, uint32_t size)
{
	return (struct span){lexer->source, lexer->line, offset, size};
}

/* Printable ASCII and tabs only? Most lines are, and need no decoding. */
static bool is_plain_ascii(const char *text, const char *end)
{
	bool plain = true;

	for (; text < end; text++)
		plain &= (*text >= ' ' && *text < 0x7f) || *text == '\t';
	return plain;
}

/* Such characters are refused even in comments: a rule must be what it looks like. */
static void report_unseen(struct lexer *lexer, const struct span *span, uint32_t code)
{
	if (!code) {
		diag_error(lexer->diag, span, "NUL byte: not a text file");
	} else if (code == '\r') {
		diag_error(lexer->diag, span, "carriage return within a line");
	} else if (text_is_invisible(code)) {
		diag_error(lexer->diag, span, "invisible character U+%04X", code);
		diag_note(lexer->diag, NULL, "delete it: it can make text look like other text");
	} else {
		diag_error(lexer->diag, span, "control character U+%04X", code);
		diag_note(lexer->diag, NULL,
			  "delete it: only spaces, tabs and newlines are accepted");
	}
}

/* Are all characters of the line valid in a policy? */
static bool check_characters(struct lexer *lexer)
{
	const char *text = lexer->source->text + lexer->at, *end = lexer->source->text + lexer->end;
	uint32_t code;
	size_t size;

	if (is_plain_ascii(text, end))
		return true;
	for (; text < end; text += size) {
		struct span span = lexer_span(lexer, text - lexer->source->text, 1);

		size = text_char(text, end, &code);
		if (!size) {
			diag_error(lexer->diag, &span, "byte 0x%02x is not valid UTF-8",
				   (unsigned char)*text);
			diag_note(lexer->diag, NULL, "save the file as UTF-8");
			return false;
		}
		if (code != '\t' && (text_is_control(code) || text_is_invisible(code))) {
			span.size = size;
			report_unseen(lexer, &span, code);
			return false;
		}
	}
	return true;
}

/* Adds a remedy: a sed command that changes the file in place. */
static void note_sed(struct lexer *lexer, const char *what, const char *script)
{
	const char *name = lexer->source->name;
	bool filter = !strcmp(name, policy_file_name("-"));

	diag_note(lexer->diag, NULL, "%s: sed %s'%s'%s%s", what, filter ? "" : "-i ", script,
		  filter ? "" : " ", filter ? "" : name);
}

/* Reports a byte order mark, which Windows editors write before UTF-8, and skips it. */
static void drop_byte_order_mark(struct lexer *lexer)
{
	static const char mark[] = {'\xef', '\xbb', '\xbf'};
	struct span span = lexer_span(lexer, 0, sizeof(mark));

	if (lexer->at || lexer->end < sizeof(mark) ||
	    memcmp(lexer->source->text, mark, sizeof(mark)))
		return;
	lexer->at += sizeof(mark);
	diag_error(lexer->diag, &span, "byte order mark at the start of the file");
	note_sed(lexer, "remove it", "1s/^\\xef\\xbb\\xbf//");
}

/* Reports CR LF once for each file, and reads it as LF. */
static void drop_carriage_return(struct lexer *lexer)
{
	struct span span;

	if (lexer->end == lexer->at || lexer->source->text[lexer->end - 1] != '\r')
		return;
	lexer->end--;
	if (lexer->windows)
		return;
	lexer->windows = true;
	span = lexer_span(lexer, lexer->end, 1);
	diag_error(lexer->diag, &span, "Windows line endings (CR LF)");
	note_sed(lexer, "remove the carriage returns", "s/\\r$//");
}

static bool check_line(struct lexer *lexer)
{
	uint32_t size = lexer->end - lexer->at;
	struct span span = lexer_span(lexer, lexer->at, size);

	if (size > POLICY_MAX_LINE) {
		diag_error(lexer->diag, &span, "line too long: %u bytes (limit %u)", size,
			   POLICY_MAX_LINE);
		return false;
	}
	drop_byte_order_mark(lexer);
	drop_carriage_return(lexer);
	return check_characters(lexer);
}

bool lex_line(struct lexer *lexer)
{
	const struct source *source = lexer->source;
	const char *end;

	while (lexer->next < source->size) {
		lexer->at = lexer->next;
		lexer->line++;
		lexer->comment = (struct span){0};
		end = memchr(source->text + lexer->at, '\n', source->size - lexer->at);
		if (!end) {
			struct span span = lexer_span(lexer, lexer->at, source->size - lexer->at);

			diag_error(lexer->diag, &span,
				   "no newline at the end of the file: is it truncated?");
			return false;
		}
		lexer->end = end - source->text;
		lexer->next = lexer->end + 1;
		if (check_line(lexer))
			return true;
	}
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct token end_token(struct lexer *lexer)
{
	if (lexer->at < lexer->end)
		lexer->comment = lexer_span(lexer, lexer->at, lexer->end - lexer->at);
	return (struct token){TOKEN_END, lexer_span(lexer, lexer->at, 0)};
}

static struct token bad_string(struct lexer *lexer, struct span span, const char *why)
{
	diag_error(lexer->diag, &span, "%s", why);
	return (struct token){TOKEN_BAD, span};
}

static struct token string_token(struct lexer *lexer)
{
	const char *text = lexer->source->text;
	uint32_t start = lexer->at, at = start + 1, size = 0;
	struct span span;

	for (; at < lexer->end && text[at] != '"'; at++, size++) {
		if (text[at] == '\t')
			return bad_string(lexer, lexer_span(lexer, at, 1), "tab in a string");
		if (text[at] != '\\')
			continue;
		at++;
		if (at == lexer->end || (text[at] != '"' && text[at] != '\\'))
			return bad_string(lexer, lexer_span(lexer, at - 1, at < lexer->end ? 2 : 1),
					  "in a string, only \\\" and \\\\ may follow a backslash");
	}
	span = lexer_span(lexer, start, at - start);
	if (at == lexer->end)
		return bad_string(lexer, span, "unterminated string");
	span.size++;
	lexer->at = at + 1;
	if (!size)
		return bad_string(lexer, span, "empty string");
	if (size > POLICY_MAX_STRING) {
		diag_error(lexer->diag, &span, "string too long: %u bytes (limit %u)", size,
			   POLICY_MAX_STRING);
		return (struct token){TOKEN_BAD, span};
	}
	return (struct token){TOKEN_STRING, span};
}

static enum token_kind punctuation(char c)
{
	switch (c) {
	case ',':
		return TOKEN_COMMA;
	case '=':
		return TOKEN_EQUALS;
	case '[':
		return TOKEN_OPEN;
	case ']':
		return TOKEN_CLOSE;
	default:
		return TOKEN_WORD;
	}
}

static bool ends_word(char c)
{
	return is_space(c) || c == '"' || c == '#' || punctuation(c) != TOKEN_WORD;
}

struct token lex_token(struct lexer *lexer)
{
	const char *text = lexer->source->text;
	uint32_t start;
	enum token_kind kind;

	while (lexer->at < lexer->end && is_space(text[lexer->at]))
		lexer->at++;
	start = lexer->at;
	if (start == lexer->end || text[start] == '#')
		return end_token(lexer);
	if (text[start] == '"')
		return string_token(lexer);
	kind = punctuation(text[start]);
	lexer->at++;
	while (kind == TOKEN_WORD && lexer->at < lexer->end && !ends_word(text[lexer->at]))
		lexer->at++;
	return (struct token){kind, lexer_span(lexer, start, lexer->at - start)};
}

const char *token_text(const struct token *token)
{
	return token->span.source->text + token->span.offset;
}

bool token_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && token->span.size == strlen(word) &&
	       !memcmp(token_text(token), word, token->span.size);
}

char *token_string(const struct token *token, struct pool *pool)
{
	char *string = pool_string(pool, token_text(token) + 1, token->span.size - 2),
	     *out = string;

	for (const char *in = string; *in; in++) {
		if (*in == '\\')
			in++;
		*out++ = *in;
	}
	*out = '\0';
	return string;
}
