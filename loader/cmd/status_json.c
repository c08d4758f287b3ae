// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl status --json: the same facts as in the text (status.c), one object for programs. */
#include <string.h>

#include "loader/cmd/status.h"
#include "loader/cmd/status_open.h"
#include "loader/util/json.h"
#include "loader/util/memory.h"

static struct json_object *chip_json(const struct status *status, const struct machine_chip *chip)
{
	struct json_object *object = memory(json_object_new_object());
	struct json_object *names = memory(json_object_new_array());

	json_add_text(object, "name", chip->name, strlen(chip->name));
	json_add_text(object, "label", chip->label, strlen(chip->label));
	if (chip->device)
		json_add_text(object, "device", chip->device, strlen(chip->device));
	else
		json_add(object, "device", NULL);
	json_add_number(object, "lines", chip->num_lines);
	for (size_t i = 0; i < status->policy->num_chips; i++)
		if (policy_chip_matches(&status->policy->chips[i], chip))
			json_object_array_add(names, memory(json_object_new_string(
							     status->policy->chips[i].name)));
	json_add(object, "policy", names);
	return object;
}

/* What the policy calls chips that are not present. */
static struct json_object *absent_json(const struct status *status)
{
	struct json_object *names = memory(json_object_new_array());

	for (size_t i = 0; i < status->policy->num_chips; i++)
		if (!status_has_chip(status, &status->policy->chips[i]))
			json_object_array_add(names, memory(json_object_new_string(
							     status->policy->chips[i].name)));
	return names;
}

static struct json_object *hooks_json(const struct status *status)
{
	struct json_object *object = memory(json_object_new_object());

	for (size_t i = 0; i < status->num_hooks; i++) {
		const struct engine_hook *hook = &status->hooks[i];
		const char *word = hook->attached ? "attached" : "not_needed";

		json_add_text(object, hook->name, status_is_missing(hook) ? "missing" : word,
			      SIZE_MAX);
	}
	return object;
}

static struct json_object *quarantine_json(const struct status *status)
{
	struct json_object *users = memory(json_object_new_array());

	for (size_t i = 0; i < status->num_quarantined; i++) {
		const struct quarantined *entry = &status->quarantined[i];
		struct json_object *user = memory(json_object_new_object());
		const char *name = machine_user_name(entry->uid);

		json_add_number(user, "uid", entry->uid);
		json_add_text(user, "user", name ? name : "", SIZE_MAX);
		json_add_number(user, "since_boot_seconds", entry->since / 1000000000);
		json_object_array_add(users, user);
	}
	return users;
}

static struct json_object *full_json(const struct status *status)
{
	struct json_object *object = memory(json_object_new_object());

	json_add_bool(object, "quarantine", status->full.quarantine);
	return object;
}

void status_print_json(const struct status *status)
{
	struct json_object *object = memory(json_object_new_object());
	struct json_object *refused = memory(json_object_new_object());
	struct json_object *chips = memory(json_object_new_array());
	char loaded_at[64];

	status_format_time(status, true, loaded_at, sizeof(loaded_at));
	json_add_text(object, "mode", status_mode(status), 16);
	json_add_text(object, "origin", policy_origins[status->policy->origin], SIZE_MAX);
	json_add_text(object, "file", status->policy->file, strlen(status->policy->file));
	json_add_number(object, "generation", status->settings->generation);
	json_add_text(object, "loaded_at", loaded_at, sizeof(loaded_at));
	json_add_number(object, "rules", status->policy->num_rules);
	json_add_number(object, "aggregates", status->policy->num_aggregates);
	json_add(object, "hooks", hooks_json(status));
	json_add_bool(object, "hooks_run", status->runs);
	json_add_number(object, "allowed", status->counters[GPIO_ACL_REASON_ALLOWED]);
	for (int i = GPIO_ACL_REASON_ALLOWED + 1; i < GPIO_ACL_NUM_REASONS; i++)
		json_add_number(refused, status_reasons[i], status->counters[i]);
	json_add(object, "refused", refused);
	json_add(object, "quarantine", quarantine_json(status));
	json_add(object, "full", full_json(status));
	json_add_number(object, "audit_lost", status_num_lost(status));
	json_add_number(object, "audit_left_out", status->counters[GPIO_ACL_COUNTER_LEFT_OUT]);
	for (size_t i = 0; i < status->machine.num_chips; i++)
		json_object_array_add(chips, chip_json(status, &status->machine.chips[i]));
	json_add(object, "chips", chips);
	json_add(object, "absent", absent_json(status));
	json_add(object, "open", open_json(status->policy, &status->machine));
	json_print(stdout, object);
}
