// SPDX-License-Identifier: GPL-2.0-or-later
/* See status_open.h. */
#include "loader/cmd/status_open.h"
#include "loader/util/json.h"
#include "loader/util/memory.h"
#include "policy/text.h"

static void print(const struct policy_open *open, void *ctx)
{
	(void)ctx;
	if (!open->name) {
		printf("open        line %u of chip %s: %s has %u lines\n", open->offset,
		       open->chip->name, open->present->name, open->present->num_lines);
		return;
	}
	printf("open        %s ", open->kind);
	text_quote(open->name, SIZE_MAX, stdout);
	if (open->chip)
		printf(" of chip %s", open->chip->name);
	putchar('\n');
}

void open_print(const struct policy *policy, const struct machine *machine)
{
	policy_each_open(policy, machine, print, NULL);
}

static void add(const struct policy_open *open, void *ctx)
{
	struct json_object *object = memory(json_object_new_object());

	json_add_text(object, "kind", open->kind, SIZE_MAX);
	if (open->chip)
		json_add_text(object, "chip", open->chip->name, SIZE_MAX);
	if (open->name) {
		json_add_text(object, "name", open->name, SIZE_MAX);
	} else {
		json_add_number(object, "offset", open->offset);
		json_add_text(object, "present", open->present->name, SIZE_MAX);
	}
	json_object_array_add(ctx, object);
}

struct json_object *open_json(const struct policy *policy, const struct machine *machine)
{
	struct json_object *array = memory(json_object_new_array());

	policy_each_open(policy, machine, add, array);
	return array;
}
