// SPDX-License-Identifier: GPL-2.0-or-later
/* A record as a line for people, and hints under it: see record.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/audit/record_internal.h"
#include "loader/util/rights.h"
#include "policy/text.h"

static void print_needs(FILE *out, uint32_t needs)
{
	const char *separator = "";

	for (size_t bit = 0; bit < NUM_RIGHT_WORDS; bit++) {
		if (!(needs & ALL_NEEDS & GPIO_ACL_BIT(bit)))
			continue;
		fprintf(out, "%s%s", separator, right_words[bit]);
		separator = " ";
	}
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Prints the offsets of lines that lack the same rights, as ranges: `line 17`, `lines 4-5 9`. */
static void print_offsets(FILE *out, const struct gpio_acl_record *record, uint32_t lacks)
{
	uint32_t offsets[GPIO_ACL_MAX_LINES] = {0};
	size_t num = 0;

	for (uint32_t i = 0; i < record->num_lines; i++)
		if (record->lines[i].lacks == lacks)
			offsets[num++] = record->lines[i].offset;
	qsort(offsets, num, sizeof(offsets[0]), by_number);
	fputs(num > 1 ? "lines" : "line", out);
	for (size_t i = 0, last; i < num; i = last + 1) {
		for (last = i; last + 1 < num && offsets[last + 1] - offsets[last] <= 1; last++)
			;
		fprintf(out, " %u", offsets[i]);
		if (offsets[last] != offsets[i])
			fprintf(out, "-%u", offsets[last]);
	}
}

/* Is line @i the first of those that lack the same rights? */
static bool is_first(const struct gpio_acl_record *record, uint32_t i)
{
	for (uint32_t earlier = 0; earlier < i; earlier++)
		if (record->lines[earlier].lacks == record->lines[i].lacks)
			return false;
	return true;
}

/*
 * Prints the lines that were refused, by the rights that they lack, then those that alone would
 * have been allowed; all together if it was not the policy that refused the request.
 */
static void print_lines(FILE *out, const struct gpio_acl_record *record)
{
	const char *separator = ": ";
	bool allowed = false;

	fputs(record->chip[0] ? "" : "an unknown chip", out);
	if (record->chip[0]) {
		text_put(record->chip, sizeof(record->chip), out);
		putc(' ', out);
		text_quote(record->label, sizeof(record->label), out);
	}
	for (uint32_t i = 0; i < record->num_lines; i++) {
		allowed |= !record->lines[i].lacks;
		if (!record->lines[i].lacks || !is_first(record, i))
			continue;
		fputs(separator, out);
		print_offsets(out, record, record->lines[i].lacks);
		fputs(": ", out);
		print_needs(out, record->lines[i].lacks);
		separator = "; ";
	}
	if (allowed) {
		fputs(separator, out);
		print_offsets(out, record, 0);
		fputs(record->reason == GPIO_ACL_REASON_POLICY ? ": allowed" : "", out);
	}
}

void record_print_comm(FILE *out, const struct gpio_acl_record *record)
{
	size_t size = strnlen(record->comm, sizeof(record->comm));
	size_t plain = 0;

	while (plain < size &&
	       strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+:/@-",
		      record->comm[plain]))
		plain++;
	if (size && plain == size)
		fwrite(record->comm, 1, size, out);
	else
		text_quote(record->comm, size, out);
}

static void print_user(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view)
{
	const char *name = view->user_name(record->uid);

	if (name)
		text_put(name, SIZE_MAX, out);
	else
		fprintf(out, "%u", record->uid);
}

static void print_caller(FILE *out, const struct gpio_acl_record *record,
			 const struct record_view *view)
{
	print_user(out, record, view);
	fprintf(out, " (%u:%u) ", record->uid, record->gid);
	record_print_comm(out, record);
	fprintf(out, "[%u]", record->pid);
}

static void print_time(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view)
{
	int64_t time = view->boot_time() + record->time;
	time_t seconds = time / RECORD_SECOND;
	struct tm parts = {0};
	char text[32];

	localtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	fprintf(out, "%s.%03" PRId64, text, time % RECORD_SECOND / 1000000);
}

/* Prints a call of `explain` for the first line that was refused and a right that it lacks. */
static void print_question(FILE *out, const struct gpio_acl_record *record,
			   const struct record_view *view)
{
	const struct gpio_acl_record_line *line = record->lines;
	uint32_t right = 0, lacks;

	while (line < record->lines + record->num_lines && !line->lacks)
		line++;
	if (line == record->lines + record->num_lines)
		return;
	lacks = line->lacks & GPIO_ACL_ALL_RIGHTS ? line->lacks
						  : GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT);
	while (!(lacks >> right & 1))
		right++;
	fputs("    hint: why: gpio-acl explain ", out);
	print_user(out, record, view);
	putc(' ', out);
	text_put(record->chip, sizeof(record->chip), out);
	fprintf(out, " %u %s\n", line->offset, right_words[right]);
}

static void print_right_hints(FILE *out, const struct gpio_acl_record *record)
{
	uint32_t lacks = 0;

	for (uint32_t i = 0; i < record->num_lines; i++)
		lacks |= record->lines[i].lacks;
	for (size_t right = 0; right < NUM_RIGHT_WORDS; right++)
		if (right_hints[right] && lacks & GPIO_ACL_BIT(right))
			fprintf(out, "    hint: %s\n", right_hints[right]);
}

static void print_refusal(FILE *out, const struct gpio_acl_record *record,
			  const struct record_view *view)
{
	print_time(out, record, view);
	if (record->reason == GPIO_ACL_REASON_BYPASS)
		fputs(" not judged: ", out);
	else
		fputs(record->passed ? " let pass (permissive): " : " refused ", out);
	print_caller(out, record, view);
	fprintf(out, " %s", record_command_word(record));
	if (!strcmp(record_command_word(record), "unknown command"))
		fprintf(out, " 0x%08x", record->command);
	fputs(" on ", out);
	print_lines(out, record);
	if (record_is_taken(record))
		fprintf(out, "; the kernel took line %u", record->taken);
	fprintf(out, " - %s (%s, generation %" PRIu64 ")\n", record_reasons[record->reason].text,
		record_reasons[record->reason].word, (uint64_t)record->generation);
	if (record_reasons[record->reason].hint)
		fprintf(out, "    hint: %s\n", record_reasons[record->reason].hint);
	else
		print_question(out, record, view);
	if (record->reason == GPIO_ACL_REASON_POLICY)
		print_right_hints(out, record);
}

/* Prints how many records of a user were left out. */
static void print_left_out(FILE *out, const struct gpio_acl_record *record,
			   const struct record_view *view)
{
	bool one = record->left_out == 1;

	print_time(out, record, view);
	fprintf(out, " %" PRIu64 " record%s of ", (uint64_t)record->left_out, one ? "" : "s");
	print_user(out, record, view);
	fprintf(out,
		" (%u) %s left out: too many at once (left-out, %s)\n"
		"    hint: gpio-acl status has counted %s\n",
		record->uid, one ? "was" : "were", record_kinds[record->kind], one ? "it" : "them");
}

void record_print_text(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view)
{
	if (record->reason == GPIO_ACL_COUNTER_LEFT_OUT)
		print_left_out(out, record, view);
	else
		print_refusal(out, record, view);
}
