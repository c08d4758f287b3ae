// SPDX-License-Identifier: GPL-2.0-or-later
/* Audit records in words, and as JSON: see record.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gpio-acl/ioctls.h"
#include "loader/audit/record.h"
#include "loader/machine/machine.h"
#include "loader/util/json.h"
#include "loader/util/memory.h"
#include "loader/util/rights.h"
#include "policy/text.h"

#define SECOND INT64_C(1000000000)
#define CGROUP "/sys/fs/cgroup"

static const struct {
	const char *word, *text, *hint;
} reasons[] = {
#define X(name, word, text, hint) {word, text, hint},
	GPIO_ACL_REASONS(X)
#undef X
};

static const char *const kinds[] = {
#define X(name, word) word,
	GPIO_ACL_KINDS(X)
#undef X
};

/* Does the record tell of a line that the kernel took, and nobody had judged? */
static bool is_taken(const struct gpio_acl_record *record)
{
	return record->reason == GPIO_ACL_REASON_RACE || record->reason == GPIO_ACL_REASON_BYPASS;
}

static const struct {
	uint32_t number;
	const char *word;
} commands[] = {{0, "receive descriptor"},
#define X(file, command, action, word) {command, word},
		GPIO_ACL_IOCTLS(X)
#undef X
};

/* ---- this machine --------------------------------------------------------------------- */

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static int64_t boot_time(void)
{
	return now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
}

/* A cgroup's id is its file handle. NULL: it is gone, or not to be found by this process. */
static char *cgroup_path(uint64_t id)
{
	struct {
		struct file_handle handle;
		uint64_t id;
	} file = {{.handle_bytes = sizeof(id), .handle_type = 0xfe /* FILEID_KERNFS */}, id};
	int root = open(CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = root < 0 ? -1 : open_by_handle_at(root, &file.handle, O_PATH | O_CLOEXEC);
	char link[32], path[PATH_MAX];
	ssize_t size = -1;

	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		size = readlink(link, path, sizeof(path) - 1);
		close(fd);
	}
	if (root >= 0)
		close(root);
	path[size < 0 ? 0 : size] = '\0';
	if (!strcmp(path, CGROUP))
		return memory(strdup("/"));
	if (strncmp(path, CGROUP "/", strlen(CGROUP "/")))
		return NULL;
	return memory(strdup(path + strlen(CGROUP)));
}

static const struct record_view here = {boot_time, machine_user_name, machine_group_name,
					cgroup_path};

/* ---- what is said of lines ------------------------------------------------------------- */

bool record_is_valid(const void *data, size_t size)
{
	struct gpio_acl_record record;

	if (size < GPIO_ACL_RECORD_SIZE(0) || size > sizeof(record))
		return false;
	memcpy(&record, data, size);
	if (record.reason == GPIO_ACL_COUNTER_LEFT_OUT)
		return size == GPIO_ACL_RECORD_SIZE(0) && record.kind < GPIO_ACL_NUM_KINDS;
	return size == GPIO_ACL_RECORD_SIZE(record.num_lines) && /* so they are no more than 64 */
	       record.reason != GPIO_ACL_REASON_ALLOWED && record.reason < GPIO_ACL_NUM_REASONS &&
	       record.passed <= 1;
}

static const char *command_word(const struct gpio_acl_record *record)
{
	uint32_t number = record->command;

	if (!number && is_taken(record))
		return "no GPIO ioctl";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].number == number)
			return commands[i].word;
	return "unknown command";
}

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

/* The offsets of the lines that lack the same, in ranges: `line 17`, `lines 4-5 9`. */
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

/* Is line @i the first that lacks just what it lacks? */
static bool is_first(const struct gpio_acl_record *record, uint32_t i)
{
	for (uint32_t earlier = 0; earlier < i; earlier++)
		if (record->lines[earlier].lacks == record->lines[i].lacks)
			return false;
	return true;
}

/*
 * The lines that failed, by what they lack, then those that alone would have been allowed; all
 * alike when it was not the policy that refused them.
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

/* ---- text ------------------------------------------------------------------------------ */

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

static void print_time(FILE *out, int64_t time, bool json)
{
	time_t seconds = time / SECOND;
	struct tm parts = {0};
	char text[32];

	(json ? gmtime_r : localtime_r)(&seconds, &parts);
	strftime(text, sizeof(text), json ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &parts);
	if (json)
		fprintf(out, "%s.%06" PRId64 "Z", text, time % SECOND / 1000);
	else
		fprintf(out, "%s.%03" PRId64, text, time % SECOND / 1000000);
}

/* The question to ask `explain`: about the first line that failed and a right that it lacked. */
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

static void print_text(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view)
{
	print_time(out, view->boot_time() + record->time, false);
	if (record->reason == GPIO_ACL_REASON_BYPASS)
		fputs(" not judged: ", out);
	else
		fputs(record->passed ? " let pass (permissive): " : " refused ", out);
	print_caller(out, record, view);
	fprintf(out, " %s", command_word(record));
	if (!strcmp(command_word(record), "unknown command"))
		fprintf(out, " 0x%08x", record->command);
	fputs(" on ", out);
	print_lines(out, record);
	if (is_taken(record))
		fprintf(out, "; the kernel took line %u", record->taken);
	fprintf(out, " - %s (%s, generation %" PRIu64 ")\n", reasons[record->reason].text,
		reasons[record->reason].word, (uint64_t)record->generation);
	if (reasons[record->reason].hint)
		fprintf(out, "    hint: %s\n", reasons[record->reason].hint);
	else
		print_question(out, record, view);
	if (record->reason == GPIO_ACL_REASON_POLICY)
		print_right_hints(out, record);
}

/* Of whom how many records were left out. */
static void print_left_out(FILE *out, const struct gpio_acl_record *record,
			   const struct record_view *view)
{
	bool one = record->left_out == 1;

	print_time(out, view->boot_time() + record->time, false);
	fprintf(out, " %" PRIu64 " record%s of ", (uint64_t)record->left_out, one ? "" : "s");
	print_user(out, record, view);
	fprintf(out,
		" (%u) %s left out: too many at once (left-out, %s)\n"
		"    hint: gpio-acl status has counted %s\n",
		record->uid, one ? "was" : "were", kinds[record->kind], one ? "it" : "them");
}

/* ---- JSON ------------------------------------------------------------------------------ */

static struct json_object *lines_object(const struct gpio_acl_record *record)
{
	struct json_object *array = memory(json_object_new_array());

	for (uint32_t i = 0; i < record->num_lines; i++) {
		struct json_object *line = memory(json_object_new_object());

		json_add_number(line, "offset", record->lines[i].offset);
		json_add_words(line, "need", right_words, record->lines[i].need & ALL_NEEDS);
		json_add_words(line, "lacks", right_words, record->lines[i].lacks & ALL_NEEDS);
		json_object_array_add(array, line);
	}
	return array;
}

static void add_time(struct json_object *object, int64_t time)
{
	char text[64];
	FILE *out = memory(fmemopen(text, sizeof(text), "w"));

	print_time(out, time, true);
	fclose(out);
	json_add_text(object, "time", text, sizeof(text));
}

static struct json_object *cgroup_object(uint64_t id, const struct record_view *view)
{
	struct json_object *object = memory(json_object_new_object());
	char *path = view->cgroup_path(id);

	json_add_number(object, "id", id);
	json_add_text(object, "path", path, SIZE_MAX);
	free(path);
	return object;
}

static struct json_object *command_object(const struct gpio_acl_record *record)
{
	struct json_object *object = memory(json_object_new_object());

	json_add_text(object, "word", command_word(record), SIZE_MAX);
	json_add_number(object, "number", record->command);
	return object;
}

static void print_json(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view)
{
	struct json_object *object = memory(json_object_new_object());

	add_time(object, view->boot_time() + record->time);
	json_add_number(object, "pid", record->pid);
	json_add_number(object, "tid", record->tid);
	json_add_number(object, "uid", record->uid);
	json_add_text(object, "user", view->user_name(record->uid), SIZE_MAX);
	json_add_number(object, "gid", record->gid);
	json_add_text(object, "group", view->group_name(record->gid), SIZE_MAX);
	json_add_text(object, "comm", record->comm, sizeof(record->comm));
	json_add(object, "cgroup", cgroup_object(record->cgroup, view));
	json_add_text(object, "chip", record->chip, sizeof(record->chip));
	json_add_text(object, "label", record->label, sizeof(record->label));
	json_add(object, "command", command_object(record));
	json_add(object, "lines", lines_object(record));
	json_add_text(object, "reason", reasons[record->reason].word, SIZE_MAX);
	json_add_bool(object, "passed", record->passed);
	if (is_taken(record))
		json_add_number(object, "taken", record->taken);
	json_add_number(object, "generation", record->generation);
	json_print(out, object);
}

static void print_left_out_json(FILE *out, const struct gpio_acl_record *record,
				const struct record_view *view)
{
	struct json_object *object = memory(json_object_new_object());

	add_time(object, view->boot_time() + record->time);
	json_add_number(object, "uid", record->uid);
	json_add_text(object, "user", view->user_name(record->uid), SIZE_MAX);
	json_add_text(object, "reason", "left-out", SIZE_MAX);
	json_add_text(object, "kind", kinds[record->kind], SIZE_MAX);
	json_add_number(object, "left_out", record->left_out);
	json_print(out, object);
}

void record_print(FILE *out, const struct gpio_acl_record *record, const struct record_view *view,
		  bool json)
{
	view = view ? view : &here;
	if (record->reason == GPIO_ACL_COUNTER_LEFT_OUT)
		(json ? print_left_out_json : print_left_out)(out, record, view);
	else
		(json ? print_json : print_text)(out, record, view);
}
