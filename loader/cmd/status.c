// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl status: what is in force, what it has decided, and which chips it meets here. */
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include <time.h>

#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "loader/engine/kernel.h"
#include "loader/input/input.h"
#include "loader/input/last.h"
#include "loader/input/open.h"
#include "loader/machine/machine.h"
#include "loader/util/json.h"
#include "loader/util/memory.h"
#include "policy/text.h"

static const char *const reason_words[] = {
#define X(name, word, text, hint) word,
	GPIO_ACL_REASONS(X)
#undef X
};

/* All that is shown, read before a word of it is printed. */
struct state {
	struct image *image;
	struct policy *policy;
	const struct gpio_acl_settings *settings;
	uint64_t counters[GPIO_ACL_NUM_COUNTERS];
	const struct engine_hook *hooks;
	size_t num_hooks;
	bool runs;			/* the kernel runs what is attached */
	struct kernel_fault fault;	/* or why not */
	bool complete;			/* it does, and no hook that is needed is missing */
	struct json_object *quarantine; /* users */
	struct engine_full full;
	struct machine machine;
};

static void add_inmate(uint32_t uid, uint64_t since, void *ctx)
{
	struct state *state = ctx;
	struct json_object *inmate = memory(json_object_new_object());
	const char *name = machine_user_name(uid);

	json_add_number(inmate, "uid", uid);
	json_add_text(inmate, "user", name ? name : "", name ? strlen(name) : 0);
	json_add_number(inmate, "since_boot_seconds", since / 1000000000);
	json_object_array_add(state->quarantine, inmate);
}

static bool is_missing(const struct engine_hook *hook)
{
	return hook->needed && !hook->attached;
}

static int read_state(struct state *state)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	struct diag *diag = memory(diag_new());
	const union gpio_acl_value *value;

	state->policy = input_read_loaded(&state->image, diag);
	diag_print(diag, stderr, use_colour(stderr));
	diag_free(diag);
	state->quarantine = memory(json_object_new_array());
	if (!state->policy || engine_counters(state->counters) ||
	    engine_quarantine(add_inmate, state) || engine_full(&state->full))
		return -1;
	value = image_lookup(state->image, &key);
	state->settings = &value->settings;
	state->num_hooks = engine_hooks(&state->hooks);
	state->runs = kernel_runs("", &state->fault) == KERNEL_MET;
	state->complete = state->runs;
	for (size_t i = 0; i < state->num_hooks; i++)
		if (is_missing(&state->hooks[i]))
			state->complete = false;
	machine_read(&state->machine);
	return 0;
}

static void free_state(struct state *state)
{
	if (state->image)
		image_free(state->image);
	json_object_put(state->quarantine);
	policy_free(state->policy);
	machine_free(&state->machine);
}

static const char *mode_word(const struct state *state)
{
	if (!state->complete)
		return "incomplete";
	return state->settings->flags & GPIO_ACL_FLAG_PERMISSIVE ? "permissive" : "enforcing";
}

/* When it was loaded, in local time for people, in UTC for programs. */
static void format_time(const struct state *state, bool utc, char *text, size_t size)
{
	time_t seconds = state->settings->loaded_at / 1000000000;
	struct tm tm;

	if (utc)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	strftime(text, size, utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S", &tm);
}

/* Refused or let pass: the mode may have been another when it was. */
static uint64_t num_not_allowed(const struct state *state)
{
	uint64_t sum = 0;

	for (int i = GPIO_ACL_REASON_ALLOWED + 1; i < GPIO_ACL_NUM_REASONS; i++)
		if (i != GPIO_ACL_REASON_BYPASS && i != GPIO_ACL_REASON_CHANGED)
			sum += state->counters[i];
	return sum;
}

/* Records that never came into a ring. */
static uint64_t num_lost(const struct state *state)
{
	return state->counters[GPIO_ACL_COUNTER_LOST] + state->counters[GPIO_ACL_COUNTER_LEFT_OUT];
}

static bool is_present(const struct state *state, const struct policy_chip *chip)
{
	for (size_t i = 0; i < state->machine.num_chips; i++)
		if (policy_chip_matches(chip, &state->machine.chips[i]))
			return true;
	return false;
}

/* ---- JSON ----------------------------------------------------------------------------- */

static struct json_object *chip_json(const struct state *state, const struct machine_chip *chip)
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
	for (size_t i = 0; i < state->policy->num_chips; i++)
		if (policy_chip_matches(&state->policy->chips[i], chip))
			json_object_array_add(names, memory(json_object_new_string(
							     state->policy->chips[i].name)));
	json_add(object, "policy", names);
	return object;
}

/* What the policy calls chips that are not present. */
static struct json_object *absent_json(const struct state *state)
{
	struct json_object *names = memory(json_object_new_array());

	for (size_t i = 0; i < state->policy->num_chips; i++)
		if (!is_present(state, &state->policy->chips[i]))
			json_object_array_add(names, memory(json_object_new_string(
							     state->policy->chips[i].name)));
	return names;
}

static struct json_object *hooks_json(const struct state *state)
{
	struct json_object *object = memory(json_object_new_object());

	for (size_t i = 0; i < state->num_hooks; i++) {
		const struct engine_hook *hook = &state->hooks[i];
		const char *word = hook->attached ? "attached" : "not needed";

		json_add_text(object, hook->name, is_missing(hook) ? "missing" : word, SIZE_MAX);
	}
	return object;
}

static struct json_object *full_json(const struct state *state)
{
	struct json_object *object = memory(json_object_new_object());

	json_add_bool(object, "quarantine", state->full.quarantine);
	return object;
}

static void print_json(const struct state *state)
{
	struct json_object *object = memory(json_object_new_object());
	struct json_object *refused = memory(json_object_new_object());
	struct json_object *chips = memory(json_object_new_array());
	char loaded_at[64];

	format_time(state, true, loaded_at, sizeof(loaded_at));
	json_add_text(object, "mode", mode_word(state), 16);
	json_add_text(object, "origin", policy_origins[state->policy->origin], SIZE_MAX);
	json_add_text(object, "file", state->policy->file, strlen(state->policy->file));
	json_add_number(object, "generation", state->settings->generation);
	json_add_text(object, "loaded_at", loaded_at, sizeof(loaded_at));
	json_add_number(object, "rules", state->policy->num_rules);
	json_add_number(object, "aggregates", state->policy->num_aggregates);
	json_add(object, "hooks", hooks_json(state));
	json_add_bool(object, "hooks_run", state->runs);
	json_add_number(object, "allowed", state->counters[GPIO_ACL_REASON_ALLOWED]);
	for (int i = GPIO_ACL_REASON_ALLOWED + 1; i < GPIO_ACL_NUM_REASONS; i++)
		json_add_number(refused, reason_words[i], state->counters[i]);
	json_add(object, "refused", refused);
	json_add(object, "quarantine", json_object_get(state->quarantine));
	json_add(object, "full", full_json(state));
	json_add_number(object, "audit_lost", num_lost(state));
	json_add_number(object, "audit_left_out", state->counters[GPIO_ACL_COUNTER_LEFT_OUT]);
	for (size_t i = 0; i < state->machine.num_chips; i++)
		json_object_array_add(chips, chip_json(state, &state->machine.chips[i]));
	json_add(object, "chips", chips);
	json_add(object, "absent", absent_json(state));
	json_add(object, "open", open_json(state->policy, &state->machine));
	json_print(stdout, object);
}

/* ---- text ----------------------------------------------------------------------------- */

enum { CHIP, LABEL, DEVICE, LINES, POLICY, NUM_COLUMNS };

static void set_cell(struct libscols_line *row, int column, const char *text)
{
	char *clean = memory(text_clean(text, strlen(text)));

	if (scols_line_refer_data(row, column, clean))
		memory(NULL);
}

/* What the policy calls a chip: all its names for it, or "-". */
static void set_policy_names(struct libscols_line *row, const struct policy *policy,
			     const struct machine_chip *chip)
{
	char *names = NULL;
	size_t size = 0;
	FILE *out = memory(open_memstream(&names, &size));
	const char *separator = "";

	for (size_t i = 0; i < policy->num_chips; i++)
		if (policy_chip_matches(&policy->chips[i], chip)) {
			fprintf(out, "%s%s", separator, policy->chips[i].name);
			separator = ",";
		}
	if (!*separator)
		fputs("-", out);
	fclose(out);
	if (scols_line_refer_data(row, POLICY, memory(names)))
		memory(NULL);
}

/* A row for a chip of the policy: of what is in it, only what it is known by can be told. */
static void add_absent(struct libscols_table *table, const struct policy_chip *chip)
{
	static const int columns[] = {LABEL, DEVICE, CHIP}; /* by enum gpio_acl_chip_by */
	struct libscols_line *row = memory(scols_table_new_line(table, NULL));
	char policy[POLICY_MAX_NAME + 32];

	snprintf(policy, sizeof(policy), "%s (not present)", chip->name);
	for (int i = CHIP; i < POLICY; i++)
		set_cell(row, i, i == columns[chip->by] ? chip->value : "-");
	set_cell(row, POLICY, policy);
}

static void print_chips(const struct state *state)
{
	static const char *const titles[] = {"CHIP", "LABEL", "DEVICE", "LINES", "POLICY"};
	struct libscols_table *table = memory(scols_new_table());
	char number[16];

	for (int i = 0; i < NUM_COLUMNS; i++)
		memory(scols_table_new_column(table, titles[i], 0,
					      i == LINES ? SCOLS_FL_RIGHT : 0));
	for (size_t i = 0; i < state->machine.num_chips; i++) {
		const struct machine_chip *chip = &state->machine.chips[i];
		struct libscols_line *row = memory(scols_table_new_line(table, NULL));

		snprintf(number, sizeof(number), "%u", chip->num_lines);
		set_cell(row, CHIP, chip->name);
		set_cell(row, LABEL, chip->label);
		set_cell(row, DEVICE, chip->device ? chip->device : "-");
		set_cell(row, LINES, number);
		set_policy_names(row, state->policy, chip);
	}
	for (size_t i = 0; i < state->policy->num_chips; i++)
		if (!is_present(state, &state->policy->chips[i]))
			add_absent(table, &state->policy->chips[i]);
	if (!state->machine.num_chips)
		puts("no GPIO chip is present");
	if (scols_table_get_nlines(table))
		scols_print_table(table);
	scols_unref_table(table);
}

/* How many hooks are at work, and the names of those that are not but have to be. */
static void print_hooks(const struct state *state)
{
	size_t attached = 0;

	for (size_t i = 0; i < state->num_hooks; i++)
		attached += state->hooks[i].attached;
	printf(" %zu attached", attached);
	for (size_t i = 0; i < state->num_hooks; i++)
		if (!state->hooks[i].attached)
			printf(", %s %s", state->hooks[i].name,
			       is_missing(&state->hooks[i]) ? "MISSING" : "not needed");
}

static void print_quarantine(const struct state *state)
{
	size_t num = json_object_array_length(state->quarantine);

	if (num)
		fputs("quarantine ", stdout);
	for (size_t i = 0; i < num; i++) {
		struct json_object *inmate = json_object_array_get_idx(state->quarantine, i);

		printf(" %s(%s)", json_object_get_string(json_object_object_get(inmate, "user")),
		       json_object_get_string(json_object_object_get(inmate, "uid")));
	}
	if (num)
		putchar('\n');
}

/* What there was no room for, and what helps. */
static void print_full(const struct state *state)
{
	if (state->full.quarantine)
		puts("full        the quarantine, so everybody but root is in it (quarantined); "
		     "let all out: gpio-acl pardon all");
}

static void print_text(const struct state *state)
{
	char loaded_at[64];

	format_time(state, false, loaded_at, sizeof(loaded_at));
	if (last_words(state->policy))
		printf("boot        %s; " LAST_REMEDY "\n", last_words(state->policy));
	if (!state->runs)
		printf("stopped     %s; %s\n", state->fault.what, state->fault.remedy);
	printf("policy      %s, generation %" PRIu64 ", loaded %s\n", state->policy->file,
	       (uint64_t)state->settings->generation, loaded_at);
	printf("mode        %s%s\n", mode_word(state),
	       state->complete ? "" : ": see what to do with gpio-acl doctor");
	fputs("holds       ", stdout);
	print_number(state->policy->num_rules, "rule", ", ");
	print_number(state->policy->num_aggregates, "aggregate", ", ");
	print_number(state->policy->num_chips, "chip", "\n");
	printf("hooks      ");
	print_hooks(state);
	printf("\nallowed     %" PRIu64 "\n", state->counters[GPIO_ACL_REASON_ALLOWED]);
	printf("not allowed %" PRIu64, num_not_allowed(state));
	for (int i = GPIO_ACL_REASON_ALLOWED + 1; i < GPIO_ACL_NUM_REASONS; i++)
		if (state->counters[i])
			printf("  %s %" PRIu64, reason_words[i], state->counters[i]);
	printf("\naudit lost  %" PRIu64, num_lost(state));
	if (state->counters[GPIO_ACL_COUNTER_LEFT_OUT])
		printf("  left out %" PRIu64 " (see gpio-acl audit, left-out)",
		       state->counters[GPIO_ACL_COUNTER_LEFT_OUT]);
	putchar('\n');
	print_quarantine(state);
	print_full(state);
	open_print(state->policy, &state->machine);
	putchar('\n');
	print_chips(state);
}

/* ---- the command ---------------------------------------------------------------------- */

static int show(bool json)
{
	struct state state = {0};
	int status = EXIT_REFUSED;

	if (!read_state(&state)) {
		if (state.complete)
			status = state.settings->flags & GPIO_ACL_FLAG_PERMISSIVE ? EXIT_PERMISSIVE
										  : EXIT_DONE;
		if (json)
			print_json(&state);
		else
			print_text(&state);
	}
	free_state(&state);
	return status;
}

/* Nothing in force is an answer too, and no error. */
static int show_nothing(bool json)
{
	puts(json ? "{\"mode\":\"not loaded\"}" : "not loaded: no GPIO request is judged");
	return EXIT_REFUSED;
}

struct config {
	bool json;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;
	int has_policy = engine_has_policy();

	(void)argc;
	(void)argv;
	if (has_policy < 0)
		return EXIT_REFUSED;
	return has_policy ? show(given->json) : show_nothing(given->json);
}

static const struct cli_option options[] = {
	{.name = "json", .help = "print one JSON object", .offset = offsetof(struct config, json)},
	{0},
};

const struct command cmd_status = {
	.name = "status",
	.summary = "show what is loaded and what was allowed and refused",
	.synopsis = "[--json]",
	.help = "Show the loaded policy, its file and when it was loaded; the attached hooks; what "
		"was allowed and what was not (refused, or passed in permissive mode) since the "
		"hooks were attached; lost audit records; the users in quarantine; open names, "
		"which mean nothing on this machine now; the chips that are present, with their "
		"names in the policy, and the chips of the policy that are not.",
	.exits = {[EXIT_DONE] = "enforcing",
		  [EXIT_REFUSED] = "nothing is loaded; a hook that is needed is missing or does "
				   "not run; or the state cannot be read",
		  [EXIT_PERMISSIVE] = "permissive"},
	.example = "gpio-acl status",
	.options = options,
	.config_size = sizeof(struct config),
	.flags = CMD_ROOT,
	.run = run,
};
