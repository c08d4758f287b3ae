// SPDX-License-Identifier: GPL-2.0-or-later
/* A record as one line of JSON: see record.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "loader/audit/record_internal.h"
#include "loader/util/json.h"
#include "loader/util/memory.h"
#include "loader/util/rights.h"

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

static void add_time(struct json_object *object, const struct gpio_acl_record *record,
		     const struct record_view *view)
{
	int64_t time = view->boot_time() + record->time;
	time_t seconds = time / RECORD_SECOND;
	struct tm parts = {0};
	char text[32], whole[64];

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(whole, sizeof(whole), "%s.%06" PRId64 "Z", text, time % RECORD_SECOND / 1000);
	json_add_text(object, "time", whole, sizeof(whole));
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

	json_add_text(object, "word", record_command_word(record), SIZE_MAX);
	json_add_number(object, "number", record->command);
	return object;
}

static void print_refusal(FILE *out, const struct gpio_acl_record *record,
			  const struct record_view *view)
{
	struct json_object *object = memory(json_object_new_object());

	add_time(object, record, view);
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
	json_add_text(object, "reason", record_reasons[record->reason].word, SIZE_MAX);
	json_add_bool(object, "passed", record->passed);
	if (record_is_taken(record))
		json_add_number(object, "taken", record->taken);
	json_add_number(object, "generation", record->generation);
	json_print(out, object);
}

static void print_left_out(FILE *out, const struct gpio_acl_record *record,
			   const struct record_view *view)
{
	struct json_object *object = memory(json_object_new_object());

	add_time(object, record, view);
	json_add_number(object, "uid", record->uid);
	json_add_text(object, "user", view->user_name(record->uid), SIZE_MAX);
	json_add_text(object, "reason", "left-out", SIZE_MAX);
	json_add_text(object, "kind", record_kinds[record->kind], SIZE_MAX);
	json_add_number(object, "left_out", record->left_out);
	json_print(out, object);
}

void record_print_json(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view)
{
	if (record->reason == GPIO_ACL_COUNTER_LEFT_OUT)
		print_left_out(out, record, view);
	else
		print_refusal(out, record, view);
}
