// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl check: prints every error and warning of a policy. Needs neither root nor hardware. */
#include "loader/cli.h"
#include "loader/machine/machine.h"
#include "loader/util/path.h"
#include "policy/text.h"

/* `policy.conf: 12 rules, 2 aggregates, 3 chips: no errors, 1 warning` */
static void print_summary(const char *file, const struct policy *policy, const struct diag *diag)
{
	text_message(policy_file_name(file), stdout);
	fputs(": ", stdout);
	if (policy) {
		print_number(policy->num_rules, "rule", ", ");
		print_number(policy->num_aggregates, "aggregate", ", ");
		print_number(policy->num_chips, "chip", ": ");
	}
	print_number(diag_errors(diag), "error", ", ");
	print_number(diag_warnings(diag), "warning", "\n");
}

static enum exit_code check(const char *file)
{
	struct diag *diag = diag_new();
	struct machine machine;
	struct policy *policy;
	bool good;

	machine_read(&machine);
	machine.strict = true;
	policy = policy_read_file(file, &machine, diag);
	if (policy)
		image_free(policy_compile(policy, diag)); /* finds what is too large for a map */
	good = !diag_errors(diag);
	diag_print(diag, stderr, use_colour(stderr));
	print_summary(file, policy, diag);
	policy_free(policy);
	machine_free(&machine);
	diag_free(diag);
	return good ? EXIT_DONE : EXIT_REFUSED;
}

static enum exit_code run(const void *config, int argc, char **argv)
{
	(void)config;
	return check(argc ? argv[0] : DEFAULT_POLICY);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "find the errors of a policy; changes nothing",
	.synopsis = "[FILE|-]",
	.help = "Read a policy (default: " DEFAULT_POLICY "; - is standard input) with all that "
		"it includes, and print every error and warning. Nothing is changed. Chips that "
		"are present and may be opened are compared with the policy. An account that this "
		"machine does not know, or a line that such a chip does not have, is an error "
		"here; `gpio-acl load` only warns of it.",
	.exits = {[EXIT_DONE] = "no errors", [EXIT_REFUSED] = "errors"},
	.example = "gpio-acl check new.conf && gpio-acl load new.conf",
	.max_args = 1,
	.run = run,
};
