// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gpio-acl load: compiles a policy, puts it in force and publishes its aggregates. On any error
 * what was in force stays; with --boot, the machine is never left open.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "loader/aggregates/write.h"
#include "loader/audit/record.h"
#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "loader/input/last.h"
#include "loader/machine/machine.h"
#include "loader/machine/subid.h"
#include "loader/util/path.h"
#include "policy/text.h"

/* Warns of a process that holds lines which the policy refuses it: it keeps them, but cannot use
 * them. */
static void warn_holder(const struct gpio_acl_record *record, void *ctx)
{
	const char *user = machine_user_name(record->uid);

	(void)ctx;
	fprintf(stderr, "gpio-acl: warning: process %u (", record->pid);
	record_print_comm(stderr, record);
	fputs(") of ", stderr);
	if (user)
		text_put(user, SIZE_MAX, stderr);
	else
		fprintf(stderr, "user %u", record->uid);
	fprintf(stderr,
		" holds what this policy %s: ", record->passed ? "would refuse it" : "refuses it");
	text_put(record->chip, sizeof(record->chip), stderr);
	putc(' ', stderr);
	text_quote(record->label, sizeof(record->label), stderr);
	fputs(" line", stderr);
	for (uint32_t i = 0; i < record->num_lines; i++)
		if (record->lines[i].lacks)
			fprintf(stderr, " %u", record->lines[i].offset);
	fprintf(stderr,
		"; its next use of the request fails; stop the process to free the lines\n");
}

static void warn_subid(void)
{
	char *source = subid_source("");

	if (source)
		msg_warn("subordinate uids come from %s (subid: in /etc/nsswitch.conf), which "
			 "is not read: " SUBID_REMEDY,
			 text_quoted(source, SIZE_MAX));
	free(source);
}

static void count_open(const struct policy_open *open, void *ctx)
{
	(void)open;
	++*(size_t *)ctx;
}

static void print_loaded(const struct policy *policy, size_t num_open, uint64_t generation)
{
	printf("%s: in force as generation %" PRIu64 ", %s: ", policy->file, generation,
	       policy->flags & GPIO_ACL_FLAG_PERMISSIVE ? "permissive (nothing is refused)"
							: "enforcing");
	print_number(policy->num_rules, "rule", ", ");
	print_number(policy->num_aggregates, "aggregate", ", ");
	print_number(policy->num_chips, "chip", "");
	if (num_open) {
		fputs("; ", stdout);
		print_number(num_open, "open name", ": gpio-acl status lists them");
	}
	putchar('\n');
	fflush(stdout);
}

struct swap {
	const struct policy *policy;
	const struct image *image;
	size_t num_open;
	const char *instead_of; /* at boot: the file that could not be loaded */
	struct last last;	/* the copy to be kept; without a folder there is none */
	bool in_force;
};

static int swap_in(struct swap *swap)
{
	uint64_t generation;

	if (engine_load(swap->image, &generation))
		return -1;
	swap->in_force = true;
	if (swap->last.folder)
		last_commit(&swap->last);
	if (swap->instead_of)
		msg_error("%s could not be loaded: the last policy that was in force is in force "
			  "again, from %s; " LAST_REMEDY,
			  swap->instead_of, swap->policy->file);
	else
		print_loaded(swap->policy, swap->num_open, generation);
	return 0;
}

/* Puts the policy of @swap in force, and publishes it. */
static int load(struct swap *swap, const struct machine *machine, struct diag *diag)
{
	struct publication publication = {.base = RUN_DIR};
	struct image *image = policy_compile(swap->policy, diag);
	int published = -1;

	swap->image = image;
	policy_each_open(swap->policy, machine, count_open, &swap->num_open);
	if (image && !aggregates_prepare(&publication, swap->policy, machine)) {
		if (swap_in(swap))
			aggregates_abort(&publication);
		else
			published = aggregates_commit(&publication);
	}
	image_free(image);
	return published < 0 || engine_held(warn_holder, NULL) ? EXIT_REFUSED : EXIT_DONE;
}

/* As load(), and keeps a copy of the policy for the next boot: without --permissive, which is for
 * this load alone. */
static int load_file(struct policy *policy, bool permissive, struct swap *swap,
		     const struct machine *machine)
{
	struct diag *diag = diag_new();
	int status;

	swap->last.folder = LAST_DIR;
	last_prepare(&swap->last, policy);
	if (permissive)
		policy->flags |= GPIO_ACL_FLAG_PERMISSIVE;
	swap->policy = policy;
	status = load(swap, machine, diag);
	if (swap->in_force) {
		last_warn(policy, swap->last.err);
	} else {
		diag_print(diag, stderr, use_colour(stderr));
		last_drop(&swap->last);
	}
	diag_free(diag);
	return status;
}

/* ---- at boot -------------------------------------------------------------------------- */

/*
 * Refuses everything to everybody but root, before a file is read or an account is looked up: that
 * may hang, or be killed.
 */
static void close_all(const char *file)
{
	struct policy *closed = policy_closed(file);
	struct diag *diag = diag_new();
	struct image *image = policy_compile(closed, diag);
	uint64_t generation;

	if (image)
		engine_load(image, &generation);
	diag_print(diag, stderr, use_colour(stderr));
	image_free(image);
	policy_free(closed);
	diag_free(diag);
}

/* Loads the last policy in place of a file that could not be loaded; without one all stays closed.
 */
static void fall_back(const char *file, const struct machine *machine)
{
	struct diag *diag = diag_new();
	struct policy *last = last_read(diag);
	struct swap swap = {.policy = last, .instead_of = file};

	if (last) {
		policy_read_subuids(last, machine, diag); /* if it fails, those in the copy stay */
		load(&swap, machine, diag);
	}
	if (!swap.in_force && engine_has_policy() > 0)
		msg_error("%s could not be loaded, and there is no last policy: closed, nobody but "
			  "root may use a GPIO line; " LAST_REMEDY,
			  file);
	diag_print(diag, stderr, use_colour(stderr));
	policy_free(last);
	diag_free(diag);
}

/* ---- the command ---------------------------------------------------------------------- */

static int read_and_load(const char *path, bool permissive, bool boot)
{
	struct diag *diag = diag_new();
	int status = EXIT_REFUSED;
	struct swap swap = {0};
	struct policy *policy;
	struct machine machine;

	machine_read(&machine);
	policy = policy_read_file(path, &machine, diag);
	if (policy || !boot)
		diag_print(diag, stderr, use_colour(stderr));
	if (policy)
		status = load_file(policy, permissive, &swap, &machine);
	if (boot && !swap.in_force)
		fall_back(path, &machine);
	if (boot && !policy) /* the first line says what is in force */
		diag_print(diag, stderr, use_colour(stderr));
	warn_subid();
	policy_free(policy);
	machine_free(&machine);
	diag_free(diag);
	return status;
}

static int lock_and_load(const char *file, bool permissive, bool boot)
{
	int status = EXIT_REFUSED, locked = engine_lock();
	char *path = absolute_path(file);

	if (locked >= 0) {
		/* -1, it is not known: close the machine. */
		boot = boot && engine_has_policy() <= 0;
		if (boot)
			close_all(path); /* if this fails, loading the file may still work */
		status = read_and_load(path, permissive, boot);
		close(locked);
	}
	free(path);
	return status;
}

struct config {
	bool permissive, boot;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;

	if (engine_check_kernel())
		return EXIT_REFUSED;
	return lock_and_load(argc ? argv[0] : DEFAULT_POLICY, given->permissive, given->boot);
}

static const struct cli_option options[] = {
	{.name = "permissive",
	 .help = "audit what the policy would refuse, but do not refuse it",
	 .offset = offsetof(struct config, permissive),
	 .exclusive = true},
	{.name = "boot",
	 .help = "if no policy is loaded and FILE cannot be loaded: load the last policy "
		 "(" LAST_PATH "); if there is none, load one that gives nothing to anybody "
		 "but root. The unit gpio-acl.service uses this option",
	 .offset = offsetof(struct config, boot),
	 .exclusive = true},
	{0},
};

const struct command cmd_load = {
	.name = "load",
	.summary = "load a policy, or replace the one that is loaded",
	.synopsis = "[--permissive | --boot] [FILE]",
	.help = "Compile the policy FILE (default: " DEFAULT_POLICY ") and load it into the "
		"kernel, in place of the loaded one. From then on the kernel checks every GPIO "
		"request. Enforcement stays until `gpio-acl unload` or the next boot; no process "
		"has to run. On an error the loaded policy stays. A name that means nothing on "
		"this machine now (an account, a line name, an offset beyond the chip) is open, "
		"which is no error: an allow of it gives nothing, a deny of it denies all that it "
		"could mean, until `gpio-acl watch` finds it.",
	.exits = {[EXIT_DONE] = "loaded",
		  [EXIT_REFUSED] = "failed, the loaded policy stays; or --boot loaded the last "
				   "policy, or closed all lines"},
	.example = "gpio-acl load --permissive /etc/gpio-acl/policy.conf",
	.options = options,
	.config_size = sizeof(struct config),
	.max_args = 1,
	.flags = CMD_ROOT,
	.run = run,
};
