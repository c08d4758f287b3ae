// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl load: compile a policy, put it in force, publish its aggregates, say what holds now. */
#include <getopt.h>
#include <inttypes.h>
#include <unistd.h>

#include "loader/clean.h"
#include "loader/engine.h"
#include "loader/loader.h"
#include "loader/memory.h"
#include "loader/publish.h"
#include "loader/world.h"

static const char help[] =
	"Usage: gpio-acl load [--permissive] [FILE]\n"
	"Compile the policy FILE (" DEFAULT_POLICY ") and put it in force in place of the\n"
	"one that is. From then on the kernel judges every GPIO request by it; this command ends,\n"
	"enforcement stays until `gpio-acl unload` or the next boot. On any error what was in\n"
	"force stays so. A name that means nothing here today (an account, a line name, an offset\n"
	"beyond the chip) is open, and no error: an allow of it gives nothing, a deny of it takes\n"
	"all that it could mean, until `gpio-acl watch` finds it. Takes root.\n"
	"\n"
	"Options:\n"
	"  --permissive  audit what the policy would refuse, but let it pass\n"
	"  --help        this text\n"
	"\n"
	"Exit codes: 0 in force; 1 failed, what was in force still is; 2 wrong usage\n"
	"\n"
	"Example:\n"
	"  gpio-acl load --permissive /etc/gpio-acl/policy.conf\n";

/* A holder of lines that the policy now refuses it: it keeps them, but cannot use them. */
static void warn_holder(const struct gpio_acl_record *record, void *ctx)
{
	char *comm = memory(clean_text(record->comm, sizeof(record->comm)));
	char *label = memory(clean_text(record->label, sizeof(record->label)));
	const char *user = world_user_name(record->uid);

	(void)ctx;
	fprintf(stderr, "gpio-acl: warning: process %u (%s) of ", record->pid, comm);
	if (user)
		fprintf(stderr, "%s", user);
	else
		fprintf(stderr, "user %u", record->uid);
	fprintf(stderr, " holds what this policy %s: %.32s \"%s\" line",
		record->passed ? "would refuse it" : "refuses it", record->chip, label);
	for (uint32_t i = 0; i < record->num_lines; i++)
		if (record->lines[i].lacks)
			fprintf(stderr, " %u", record->lines[i].offset);
	fprintf(stderr,
		"; its next use of the request fails; stop the process to free the lines\n");
	free(comm);
	free(label);
}

static void count_open(const struct policy_open *open, void *ctx)
{
	(void)open;
	++*(size_t *)ctx;
}

static void report(const struct policy *policy, size_t num_open, uint64_t generation)
{
	printf("%s: in force as generation %" PRIu64 ", %s: ", policy->file, generation,
	       policy->flags & GPIO_ACL_PERMISSIVE ? "permissive (nothing is refused)"
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
};

static int swap_in(void *ctx)
{
	const struct swap *swap = ctx;
	uint64_t generation;

	if (engine_load(swap->image, &generation))
		return -1;
	report(swap->policy, swap->num_open, generation);
	return 0;
}

static int load(struct policy *policy, const struct world *world, struct diag *diag)
{
	struct image *image = policy_compile(policy, diag);
	struct swap swap = {.policy = policy, .image = image};
	int published = -1;

	policy_each_open(policy, world, count_open, &swap.num_open);
	if (image)
		published = publish_maps(policy, world, swap_in, &swap);
	else
		diag_print(diag, stderr, use_colour(stderr));
	image_free(image);
	return published < 0 || engine_held(warn_holder, NULL) ? EXIT_REFUSED : EXIT_DONE;
}

static int read_and_load(const char *file, bool permissive)
{
	int status = EXIT_REFUSED, locked = engine_lock();
	struct policy *policy;
	struct world world;
	struct diag *diag;
	char *path;

	if (locked < 0)
		return EXIT_REFUSED;
	diag = memory(diag_new());
	world_read(&world);
	path = absolute_path(file);
	policy = policy_read_file(path, &world, diag);
	free(path);
	diag_print(diag, stderr, use_colour(stderr));
	if (policy) {
		if (permissive)
			policy->flags |= GPIO_ACL_PERMISSIVE;
		status = load(policy, &world, diag);
	}
	policy_free(policy);
	world_free(&world);
	diag_free(diag);
	close(locked);
	return status;
}

int cmd_load(int argc, char **argv)
{
	static const struct option options[] = {
		{"permissive", no_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool permissive = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			permissive = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return usage_error("load", "there is no option \"%s\"", argv[optind - 1]);
		}
	}
	if (argc - optind > 1)
		return usage_error("load", "one policy file at a time");
	if (engine_check_kernel())
		return EXIT_REFUSED;
	return read_and_load(optind < argc ? argv[optind] : DEFAULT_POLICY, permissive);
}
