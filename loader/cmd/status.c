// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl status: shows the policy in force, what it allowed and refused, and the chips. It reads
 * all of that before it prints anything. */
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include <time.h>

#include "loader/cli.h"
#include "loader/cmd/status.h"
#include "loader/cmd/status_open.h"
#include "loader/input/input.h"
#include "loader/input/last.h"
#include "loader/util/memory.h"
#include "policy/text.h"

const char *const status_reasons[GPIO_ACL_NUM_REASONS] = {
#define X(name, word, text, hint) word,
	GPIO_ACL_REASONS(X)
#undef X
};

static void add_quarantined(uint32_t uid, uint64_t since, void *ctx)
{
	struct status *status = ctx;

	status->quarantined = memory(reallocarray(status->quarantined, status->num_quarantined + 1,
						  sizeof(*status->quarantined)));
	status->quarantined[status->num_quarantined++] = (struct quarantined){uid, since};
}

bool status_is_missing(const struct engine_hook *hook)
{
	return hook->needed && !hook->attached;
}

static int read_status(struct status *status)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	struct diag *diag = diag_new();
	const union gpio_acl_value *value;

	status->policy = input_read_loaded(&status->image, diag);
	diag_print(diag, stderr, use_colour(stderr));
	diag_free(diag);
	if (!status->policy || engine_counters(status->counters) ||
	    engine_quarantine(add_quarantined, status) || engine_full(&status->full))
		return -1;
	value = image_lookup(status->image, &key);
	status->settings = &value->settings;
	status->num_hooks = engine_hooks(&status->hooks);
	status->runs = kernel_runs("", &status->fault) == KERNEL_MET;
	status->complete = status->runs;
	for (size_t i = 0; i < status->num_hooks; i++)
		if (status_is_missing(&status->hooks[i]))
			status->complete = false;
	machine_read(&status->machine);
	return 0;
}

static void free_status(struct status *status)
{
	image_free(status->image);
	free(status->quarantined);
	policy_free(status->policy);
	machine_free(&status->machine);
}

const char *status_mode(const struct status *status)
{
	if (!status->complete)
		return "incomplete";
	return status->settings->flags & GPIO_ACL_FLAG_PERMISSIVE ? "permissive" : "enforcing";
}

void status_format_time(const struct status *status, bool utc, char *text, size_t size)
{
	time_t seconds = status->settings->loaded_at / 1000000000;
	struct tm tm;

	if (utc)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	strftime(text, size, utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S", &tm);
}

/* Refused, or passed in permissive mode: the mode may have changed since. */
static uint64_t num_not_allowed(const struct status *status)
{
	uint64_t sum = 0;

	for (int i = GPIO_ACL_REASON_ALLOWED + 1; i < GPIO_ACL_NUM_REASONS; i++)
		if (i != GPIO_ACL_REASON_BYPASS && i != GPIO_ACL_REASON_CHANGED)
			sum += status->counters[i];
	return sum;
}

uint64_t status_num_lost(const struct status *status)
{
	return status->counters[GPIO_ACL_COUNTER_LOST] +
	       status->counters[GPIO_ACL_COUNTER_LEFT_OUT];
}

bool status_has_chip(const struct status *status, const struct policy_chip *chip)
{
	for (size_t i = 0; i < status->machine.num_chips; i++)
		if (policy_chip_matches(chip, &status->machine.chips[i]))
			return true;
	return false;
}

/* ---- text ----------------------------------------------------------------------------- */

enum { CHIP, LABEL, DEVICE, LINES, POLICY, NUM_COLUMNS };

static void set_cell(struct libscols_line *row, int column, const char *text)
{
	char *clean = text_clean(text, strlen(text));

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

/* A row for a chip that is not present: only what the policy knows it by is known. */
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

static void print_chips(const struct status *status)
{
	static const char *const titles[] = {"CHIP", "LABEL", "DEVICE", "LINES", "POLICY"};
	struct libscols_table *table = memory(scols_new_table());
	char number[16];

	for (int i = 0; i < NUM_COLUMNS; i++)
		memory(scols_table_new_column(table, titles[i], 0,
					      i == LINES ? SCOLS_FL_RIGHT : 0));
	for (size_t i = 0; i < status->machine.num_chips; i++) {
		const struct machine_chip *chip = &status->machine.chips[i];
		struct libscols_line *row = memory(scols_table_new_line(table, NULL));

		snprintf(number, sizeof(number), "%u", chip->num_lines);
		set_cell(row, CHIP, chip->name);
		set_cell(row, LABEL, chip->label);
		set_cell(row, DEVICE, chip->device ? chip->device : "-");
		set_cell(row, LINES, number);
		set_policy_names(row, status->policy, chip);
	}
	for (size_t i = 0; i < status->policy->num_chips; i++)
		if (!status_has_chip(status, &status->policy->chips[i]))
			add_absent(table, &status->policy->chips[i]);
	if (!status->machine.num_chips)
		puts("no GPIO chip is present");
	if (scols_table_get_nlines(table))
		scols_print_table(table);
	scols_unref_table(table);
}

/* How many hooks are attached, and the names of the others. */
static void print_hooks(const struct status *status)
{
	size_t attached = 0;

	for (size_t i = 0; i < status->num_hooks; i++)
		attached += status->hooks[i].attached;
	printf(" %zu attached", attached);
	for (size_t i = 0; i < status->num_hooks; i++)
		if (!status->hooks[i].attached)
			printf(", %s %s", status->hooks[i].name,
			       status_is_missing(&status->hooks[i]) ? "MISSING" : "not needed");
}

static void print_quarantine(const struct status *status)
{
	if (!status->num_quarantined)
		return;
	fputs("quarantine ", stdout);
	for (size_t i = 0; i < status->num_quarantined; i++) {
		const char *name = machine_user_name(status->quarantined[i].uid);

		putchar(' ');
		text_put(name ? name : "", SIZE_MAX, stdout);
		printf("(%u)", status->quarantined[i].uid);
	}
	putchar('\n');
}

/* What there was no room for, and the remedy. */
static void print_full(const struct status *status)
{
	if (status->full.quarantine)
		puts("full        the quarantine, so everybody but root is in it (quarantined); "
		     "let all out: gpio-acl pardon all");
}

static void print_text(const struct status *status)
{
	char loaded_at[64];

	status_format_time(status, false, loaded_at, sizeof(loaded_at));
	if (last_words(status->policy))
		printf("boot        %s; " LAST_REMEDY "\n", last_words(status->policy));
	if (!status->runs)
		printf("stopped     %s; %s\n", status->fault.what, status->fault.remedy);
	printf("policy      %s, generation %" PRIu64 ", loaded %s\n", status->policy->file,
	       (uint64_t)status->settings->generation, loaded_at);
	printf("mode        %s%s\n", status_mode(status),
	       status->complete ? "" : ": see what to do with gpio-acl doctor");
	fputs("holds       ", stdout);
	print_number(status->policy->num_rules, "rule", ", ");
	print_number(status->policy->num_aggregates, "aggregate", ", ");
	print_number(status->policy->num_chips, "chip", "\n");
	printf("hooks      ");
	print_hooks(status);
	printf("\nallowed     %" PRIu64 "\n", status->counters[GPIO_ACL_REASON_ALLOWED]);
	printf("not allowed %" PRIu64, num_not_allowed(status));
	for (int i = GPIO_ACL_REASON_ALLOWED + 1; i < GPIO_ACL_NUM_REASONS; i++)
		if (status->counters[i])
			printf("  %s %" PRIu64, status_reasons[i], status->counters[i]);
	printf("\naudit lost  %" PRIu64, status_num_lost(status));
	if (status->counters[GPIO_ACL_COUNTER_LEFT_OUT])
		printf("  left out %" PRIu64 " (see gpio-acl audit, left-out)",
		       status->counters[GPIO_ACL_COUNTER_LEFT_OUT]);
	putchar('\n');
	print_quarantine(status);
	print_full(status);
	open_print(status->policy, &status->machine);
	putchar('\n');
	print_chips(status);
}

/* ---- the command ---------------------------------------------------------------------- */

static enum exit_code show(bool json)
{
	struct status status = {0};
	enum exit_code code = EXIT_REFUSED;

	if (!read_status(&status)) {
		if (status.complete)
			code = status.settings->flags & GPIO_ACL_FLAG_PERMISSIVE ? EXIT_PERMISSIVE
										 : EXIT_DONE;
		if (json)
			status_print_json(&status);
		else
			print_text(&status);
	}
	free_status(&status);
	return code;
}

/* That nothing is in force is an answer, not an error. */
static enum exit_code show_nothing(bool json)
{
	puts(json ? "{\"mode\":\"not_loaded\"}" : "not loaded: no GPIO request is checked");
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
	.run = run,
};
