// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl show: prints a policy in canonical form, read from its files or back from the kernel. */
#include <errno.h>
#include <string.h>

#include "loader/cli.h"
#include "loader/input/input.h"
#include "loader/machine/machine.h"
#include "loader/util/path.h"
#include "policy/text.h"

static enum exit_code show(const char *file)
{
	struct machine machine;
	struct policy *policy;
	int result;

	if (file)
		machine_read(&machine);
	else
		machine_read_accounts(&machine); /* the policy's chips are in it */
	policy = input_read(file, &machine, NULL);
	result = policy ? policy_print(policy, &machine, stdout) : 0;
	if (result)
		msg_error("cannot print the policy: %s", strerror(-result));
	machine_free(&machine);
	if (!policy)
		return EXIT_REFUSED;
	policy_free(policy);
	return result ? EXIT_REFUSED : EXIT_DONE;
}

struct config {
	bool loaded;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;

	if (given->loaded && argc)
		return msg_usage("show", "--loaded and FILE exclude each other");
	if (given->loaded)
		return show(NULL);
	return show(argc ? argv[0] : DEFAULT_POLICY);
}

static const struct cli_option options[] = {
	{.name = "loaded",
	 .help = "print the loaded policy, read back from the kernel; needs root",
	 .offset = offsetof(struct config, loaded)},
	{0},
};

const struct command cmd_show = {
	.name = "show",
	.summary = "print a policy in canonical form",
	.synopsis = "[FILE|-|--loaded]",
	.help = "Print a policy (default: " DEFAULT_POLICY "; - is standard input) in canonical "
		"form: all includes read, numbers in place of names, one statement a line, each "
		"rule with the place that it comes from. The output is a policy with the same "
		"meaning on any machine.",
	.exits = {[EXIT_DONE] = "printed", [EXIT_REFUSED] = "errors, or nothing is loaded"},
	.example = "diff <(gpio-acl show) <(gpio-acl show --loaded)",
	.options = options,
	.config_size = sizeof(struct config),
	.max_args = 1,
	.run = run,
};
