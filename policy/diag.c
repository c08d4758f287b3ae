/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diagnostics: see diag.h. */
#include "policy/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"
#include "policy/xalloc.h"

#define TAB_STOP   8u
#define SHOWN_LINE 100u /* columns of a line that are shown */
#define SHOWN_LEAD 40u	/* of these, at most so many before the words meant */

enum kind {
	ERROR,
	WARNING,
	NOTE,
	NUM_KINDS,
};

struct message {
	enum kind kind;
	char *file; /* NULL: about no place in a text */
	unsigned int order;
	uint32_t line, column;
	char *text;
	char *excerpt; /* the source line, as it is printed */
	size_t caret, num_carets;
	struct message *notes;
	size_t num_notes;
};

struct diag {
	struct message *messages;
	size_t num_messages;
	size_t counts[NUM_KINDS]; /* of all messages, also of those that are not kept */
	bool last_kept;
};

struct diag *diag_new(void)
{
	return xcalloc(1, sizeof(struct diag));
}

static void message_free(struct message *message)
{
	for (size_t i = 0; i < message->num_notes; i++)
		message_free(&message->notes[i]);
	free(message->notes);
	free(message->file);
	free(message->text);
	free(message->excerpt);
}

void diag_free(struct diag *diag)
{
	if (!diag)
		return;
	for (size_t i = 0; i < diag->num_messages; i++)
		message_free(&diag->messages[i]);
	free(diag->messages);
	free(diag);
}

size_t diag_errors(const struct diag *diag)
{
	return diag->counts[ERROR];
}

size_t diag_warnings(const struct diag *diag)
{
	return diag->counts[WARNING];
}

bool diag_shows_last(const struct diag *diag)
{
	return diag->last_kept;
}

/* A character of a source line: its bytes and its columns on the screen. */
struct cell {
	const char *text;
	size_t size;
	size_t column, width;
};

/* Moves to the next character of a line that ends at @end; false at the end. */
static bool next_cell(struct cell *cell, const char *end)
{
	uint32_t code;

	cell->text += cell->size;
	cell->column += cell->width;
	cell->size = 0;
	cell->width = 0;
	if (cell->text >= end)
		return false;
	cell->size = text_char(cell->text, end, &code);
	if (!cell->size)
		cell->size = 1;
	cell->width = *cell->text == '\t' ? TAB_STOP - cell->column % TAB_STOP : 1;
	return true;
}

static void print_cell(const struct cell *cell, FILE *out)
{
	if (*cell->text == '\t')
		fprintf(out, "%*s", (int)cell->width, "");
	else if (text_is_plain(cell->text, cell->size))
		fwrite(cell->text, 1, cell->size, out);
	else
		putc('?', out);
}

/* Prints columns @from up to @to - 1 of a line. */
static void print_window(const char *line, const char *end, size_t from, size_t to, FILE *out)
{
	struct cell cell = {.text = line};

	if (from)
		fputs("...", out);
	while (next_cell(&cell, end) && cell.column < to) {
		if (cell.column >= from)
			print_cell(&cell, out);
	}
	if (cell.text < end)
		fputs("...", out);
}

static void message_excerpt(struct message *message, const struct span *span)
{
	const struct source *source = span->source;
	const char *words = source->text + span->offset, *words_end = words + span->size;
	const char *line = memrchr(source->text, '\n', span->offset);
	const char *end = memchr(words, '\n', source->size - span->offset);
	struct cell cell = {0};
	size_t caret, carets_end, from, size;
	FILE *out;

	line = line ? line + 1 : source->text;
	end = end ? end : source->text + source->size;
	message->column = 1;
	cell.text = line;
	while (next_cell(&cell, end) && cell.text < words)
		message->column++;
	caret = cell.column;
	/* stop where the excerpt ends: a line can be as long as a file */
	while (cell.text < words_end && cell.column <= caret + SHOWN_LINE && next_cell(&cell, end))
		;
	carets_end = cell.column > caret ? cell.column : caret + 1;
	while (cell.column <= SHOWN_LINE && next_cell(&cell, end))
		;
	from = cell.column > SHOWN_LINE && caret > SHOWN_LEAD ? caret - SHOWN_LEAD : 0;
	if (carets_end > from + SHOWN_LINE)
		carets_end = from + SHOWN_LINE;
	out = open_memstream(&message->excerpt, &size);
	if (!out)
		return;
	print_window(line, end, from, from + SHOWN_LINE, out);
	fclose(out);
	message->caret = caret - from + (from ? strlen("...") : 0);
	message->num_carets = carets_end - caret;
}

__attribute__((format(printf, 3, 0))) static struct message
message_make(enum kind kind, const struct span *span, const char *format, va_list args)
{
	struct message message = {.kind = kind};

	if (vasprintf(&message.text, format, args) < 0)
		message.text = xstrdup("a message that found no memory");
	if (!span)
		return message;
	message.file = xstrdup(span->source->name);
	message.order = span->source->order;
	message.line = span->line;
	message_excerpt(&message, span);
	return message;
}

__attribute__((format(printf, 3, 0))) static void
message_note(struct message *message, const struct span *span, const char *format, va_list args)
{
	message->notes = xgrow(message->notes, message->num_notes, sizeof(*message->notes));
	message->notes[message->num_notes++] = message_make(NOTE, span, format, args);
}

__attribute__((format(printf, 4, 0))) static void diag_add(struct diag *diag, enum kind kind,
							   const struct span *span,
							   const char *format, va_list args)
{
	diag->last_kept = diag->counts[kind]++ < DIAG_MOST;
	if (!diag->last_kept)
		return;
	diag->messages = xgrow(diag->messages, diag->num_messages, sizeof(*diag->messages));
	diag->messages[diag->num_messages++] = message_make(kind, span, format, args);
	for (const struct source *source = span ? span->source : NULL; source && source->parent;
	     source = source->parent)
		diag_note(diag, NULL, "included from %s:%u", source->parent->name,
			  source->parent_line);
}

void diag_error(struct diag *diag, const struct span *span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_add(diag, ERROR, span, format, args);
	va_end(args);
}

void diag_warning(struct diag *diag, const struct span *span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_add(diag, WARNING, span, format, args);
	va_end(args);
}

void diag_open(struct diag *diag, bool strict, const struct span *span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_add(diag, strict ? ERROR : WARNING, span, format, args);
	va_end(args);
}

void diag_remark(struct diag *diag, const struct span *span, const char *format, ...)
{
	struct message *remark;
	va_list args;

	va_start(args, format);
	diag_add(diag, NOTE, span, format, args);
	va_end(args);
	if (!diag->last_kept)
		return;
	remark = &diag->messages[diag->num_messages - 1];
	free(remark->excerpt);
	remark->excerpt = NULL;
}

void diag_note(struct diag *diag, const struct span *span, const char *format, ...)
{
	va_list args;

	if (!diag->last_kept)
		return;
	va_start(args, format);
	message_note(&diag->messages[diag->num_messages - 1], span, format, args);
	va_end(args);
}

static void message_print(const struct message *message, FILE *out, bool colour)
{
	static const char *const words[] = {"error", "warning", "note"};
	static const char *const colours[] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};
	const char *on = colour ? colours[message->kind] : "", *off = colour ? "\033[0m" : "";

	if (message->file) {
		text_message(message->file, out);
		fprintf(out, ":%u:%u: ", message->line, message->column);
	}
	fprintf(out, "%s%s:%s ", on, words[message->kind], off);
	text_message(message->text, out);
	putc('\n', out);
	if (message->excerpt) {
		fprintf(out, "%5u | %s\n", message->line, message->excerpt);
		fprintf(out, "%5s | %*s%s^", "", (int)message->caret, "", on);
		for (size_t i = 1; i < message->num_carets; i++)
			putc('~', out);
		fprintf(out, "%s\n", off);
	}
	for (size_t i = 0; i < message->num_notes; i++) {
		fputs("  ", out);
		message_print(&message->notes[i], out, colour);
	}
}

/*
 * Sorts by place in the text. Messages without a place come first; else the order of adding stays.
 */
static int compare_messages(const void *left, const void *right)
{
	const struct message *a = *(const struct message *const *)left;
	const struct message *b = *(const struct message *const *)right;

	if (!a->file != !b->file)
		return a->file ? 1 : -1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void print_more(size_t count, const char *what, FILE *out)
{
	if (count > DIAG_MOST)
		fprintf(out, "... and %zu more %s%s\n", count - DIAG_MOST, what,
			count - DIAG_MOST > 1 ? "s" : "");
}

/* The messages in the order to show them, to be freed. */
static const struct message **sort_messages(const struct diag *diag)
{
	const struct message **sorted = xcalloc(diag->num_messages, sizeof(*sorted));

	for (size_t i = 0; i < diag->num_messages; i++)
		sorted[i] = &diag->messages[i];
	qsort(sorted, diag->num_messages, sizeof(*sorted), compare_messages);
	return sorted;
}

void diag_print(const struct diag *diag, FILE *out, bool colour)
{
	const struct message **sorted = sort_messages(diag);

	for (size_t i = 0; i < diag->num_messages; i++)
		message_print(sorted[i], out, colour);
	free(sorted);
	print_more(diag->counts[ERROR], "error", out);
	print_more(diag->counts[WARNING], "warning", out);
	print_more(diag->counts[NOTE], "note", out);
}

void diag_each(const struct diag *diag, void (*each)(const struct diag_message *message, void *ctx),
	       void *ctx)
{
	const struct message **sorted = sort_messages(diag);

	for (size_t i = 0; i < diag->num_messages; i++) {
		const struct message *message = sorted[i];

		each(
			&(struct diag_message){
				.error = message->kind == ERROR,
				.file = message->file,
				.line = message->line,
				.column = message->column,
				.text = message->text,
				.note = message->num_notes ? message->notes[0].text : NULL,
			},
			ctx);
	}
	free(sorted);
}

static bool same_text(const char *one, const char *other)
{
	return one && other ? !strcmp(one, other) : one == other;
}

static bool same_messages(const struct message *one, const struct message *other, size_t num)
{
	for (size_t i = 0; i < num; i++)
		if (one[i].kind != other[i].kind || one[i].line != other[i].line ||
		    one[i].column != other[i].column || !same_text(one[i].file, other[i].file) ||
		    !same_text(one[i].text, other[i].text) ||
		    !same_text(one[i].excerpt, other[i].excerpt) ||
		    one[i].num_notes != other[i].num_notes ||
		    !same_messages(one[i].notes, other[i].notes, one[i].num_notes))
			return false;
	return true;
}

bool diag_same(const struct diag *one, const struct diag *other)
{
	return !memcmp(one->counts, other->counts, sizeof(one->counts)) &&
	       one->num_messages == other->num_messages &&
	       same_messages(one->messages, other->messages, one->num_messages);
}
