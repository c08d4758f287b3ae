// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl doctor: prints what prevents enforcement on this machine, and the ways around a policy,
 * each with its remedy. It changes nothing. */
#include <string.h>
#include <unistd.h>

#include "loader/cli.h"
#include "loader/doctor/doctor.h"
#include "loader/engine/engine.h"
#include "loader/engine/kernel.h"
#include "loader/input/input.h"
#include "loader/input/last.h"
#include "loader/machine/machine.h"
#include "loader/machine/subid.h"
#include "loader/util/json.h"
#include "loader/util/memory.h"
#include "loader/util/path.h"
#include "policy/text.h"

static const char *const state_words[NUM_DOCTOR_STATES] = {"ok", "unknown", "warning", "problem"};

/* ---- checks -------------------------------------------------------------------- */

/* At boot another policy was loaded than the one in the file: the first finding. */
static void add_boot(struct doctor *doctor, const struct policy *policy)
{
	struct finding finding;

	if (!last_words(policy))
		return;
	doctor_add(doctor, DOCTOR_PROBLEM, "boot", doctor_text("%s", last_words(policy)),
		   doctor_text(LAST_REMEDY));
	finding = doctor->findings[doctor->num_findings - 1];
	memmove(doctor->findings + 1, doctor->findings,
		(doctor->num_findings - 1) * sizeof(finding));
	doctor->findings[0] = finding;
}

/* A policy whose hooks the kernel does not run is not in force; doctor_kernel() added that problem.
 */
static void add_loaded(struct doctor *doctor, const struct policy *policy)
{
	struct kernel_fault fault;

	if (policy && kernel_runs("", &fault) != KERNEL_MET)
		return;
	if (policy)
		doctor_add(doctor, DOCTOR_OK, "policy",
			   doctor_text("%s is in force, %s", policy->file,
				       policy->flags & GPIO_ACL_FLAG_PERMISSIVE ? "permissive"
										: "enforcing"),
			   NULL);
	else
		doctor_add(doctor, DOCTOR_PROBLEM, "policy",
			   doctor_text("the policy in force is incomplete, or cannot be read back"),
			   doctor_text("load the policy again: gpio-acl load"));
}

/* Adds the hooks and the policy in force, and returns the policy, if there is one. @can: hooks can
 * be attached. */
static struct policy *look_at_engine(struct doctor *doctor, bool can)
{
	struct policy *policy = NULL;
	struct image *image = NULL;
	struct diag *diag;
	bool attached;

	if (engine_is_other_version()) {
		doctor_add(doctor, DOCTOR_PROBLEM, "policy",
			   doctor_text("the policy in force and its hooks are of another version "
				       "of gpio-acl"),
			   doctor_text("load the policy again: gpio-acl load"));
		return NULL;
	}
	diag = diag_new();
	attached = doctor_hooks(doctor, can);
	if (attached && engine_loaded() > 0)
		policy = input_read_loaded(&image, diag);
	if (policy)
		add_boot(doctor, policy);
	if (attached)
		add_loaded(doctor, policy);
	else
		doctor_add(doctor, DOCTOR_WARNING, "policy",
			   doctor_text("none is in force: no GPIO request is checked"),
			   doctor_text("%s: gpio-acl load",
				       can ? "load one" : "when the kernel can, load one"));
	image_free(image);
	diag_free(diag);
	return policy;
}

/* Subordinate uids are read only from the file, not from what nsswitch.conf names. */
static void add_subid(struct doctor *doctor)
{
	char *source = subid_source(doctor->root);

	if (source)
		doctor_add(doctor, DOCTOR_WARNING, "subuid",
			   doctor_text("subordinate uids come from %s (subid: in "
				       "/etc/nsswitch.conf), which is not read",
				       text_quoted(source, SIZE_MAX)),
			   doctor_text(SUBID_REMEDY));
	free(source);
}

/* @file: the policy that was named, or NULL. */
static void look(struct doctor *doctor, const char *file)
{
	struct policy *loaded = NULL, *written;
	struct machine machine;
	bool can;

	machine_read(&machine);
	can = doctor_kernel(doctor);
	if (geteuid())
		doctor_add(doctor, DOCTOR_UNKNOWN, "hook",
			   doctor_text("which hooks can be attached"), doctor_text(DOCTOR_AS_ROOT));
	else
		loaded = look_at_engine(doctor, can);
	written = doctor_file(doctor, file ? file : DEFAULT_POLICY, file, &machine);
	doctor_nodes(doctor, loaded ? loaded : written, &machine);
	add_subid(doctor);
	doctor_routes(doctor);
	doctor_brokers(doctor);
	doctor_programs(doctor);
	policy_free(loaded);
	policy_free(written);
	machine_free(&machine);
}

/* ---- output ------------------------------------------------------------------- */

static void print_json(const struct doctor *doctor)
{
	struct json_object *object = memory(json_object_new_object());
	struct json_object *findings = memory(json_object_new_array());

	for (size_t i = 0; i < doctor->num_findings; i++) {
		const struct finding *finding = &doctor->findings[i];
		struct json_object *entry = memory(json_object_new_object());

		json_add_text(entry, "state", state_words[finding->state], SIZE_MAX);
		json_add_text(entry, "check", finding->check, SIZE_MAX);
		json_add_text(entry, "what", finding->what, SIZE_MAX);
		if (finding->remedy)
			json_add_text(entry, "remedy", finding->remedy, SIZE_MAX);
		else
			json_add(entry, "remedy", NULL);
		json_object_array_add(findings, entry);
	}
	json_add(object, "findings", findings);
	json_add_number(object, "problems", doctor_count(doctor, DOCTOR_PROBLEM));
	json_add_number(object, "warnings", doctor_count(doctor, DOCTOR_WARNING));
	json_add_number(object, "unknown", doctor_count(doctor, DOCTOR_UNKNOWN));
	json_print(stdout, object);
}

static void print_finding(const struct finding *finding, bool colour)
{
	static const char *const colours[NUM_DOCTOR_STATES] = {"\033[32m", "\033[36m", "\033[1;35m",
							       "\033[1;31m"};

	printf("%s%-8s%s  %-8s  ", colour ? colours[finding->state] : "",
	       state_words[finding->state], colour ? "\033[0m" : "", finding->check);
	text_message(finding->what, stdout);
	putchar('\n');
	if (!finding->remedy)
		return;
	printf("%20sremedy: ", "");
	text_message(finding->remedy, stdout);
	putchar('\n');
}

static void print_text(const struct doctor *doctor)
{
	size_t unknown = doctor_count(doctor, DOCTOR_UNKNOWN);
	bool colour = use_colour(stdout);

	for (size_t i = 0; i < doctor->num_findings; i++)
		print_finding(&doctor->findings[i], colour);
	putchar('\n');
	print_number(doctor_count(doctor, DOCTOR_PROBLEM), "problem", ", ");
	print_number(doctor_count(doctor, DOCTOR_WARNING), "warning", "");
	if (unknown)
		printf(", %zu unknown; run it with sudo to see all", unknown);
	putchar('\n');
}

struct config {
	bool json;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;
	struct doctor doctor;
	bool found;

	doctor_open(&doctor, "");
	look(&doctor, argc ? argv[0] : NULL);
	if (given->json)
		print_json(&doctor);
	else
		print_text(&doctor);
	found = doctor_count(&doctor, DOCTOR_PROBLEM) || doctor_count(&doctor, DOCTOR_WARNING);
	doctor_close(&doctor);
	return found ? EXIT_REFUSED : EXIT_DONE;
}

static const struct cli_option options[] = {
	{.name = "json", .help = "print one JSON object", .offset = offsetof(struct config, json)},
	{0},
};

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "find what prevents enforcement on this machine",
	.synopsis = "[--json] [FILE]",
	.help = "Look for what prevents enforcement on this machine, and for ways around the "
		"policy: what the kernel supports, hook by hook; the policy FILE "
		"(default: " DEFAULT_POLICY ") and who can change it; who can open the chips; and "
		"which users can reach lines by registers, by /sys/class/gpio, by the bus of a "
		"chip, by a program that uses lines for others, or by a set-user-ID program. Each "
		"finding has a remedy. Nothing is changed: hooks are attached for a moment, "
		"without a policy. Without root it lists what it could not see.",
	.exits = {[EXIT_DONE] = "nothing is wrong, as far as it could see",
		  [EXIT_REFUSED] = "warnings or problems"},
	.example = "sudo gpio-acl doctor",
	.options = options,
	.config_size = sizeof(struct config),
	.max_args = 1,
	.run = run,
};
