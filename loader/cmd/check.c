// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl check: every error and warning of a policy; needs no privilege and no hardware. */
#include <getopt.h>

#include "loader/cli.h"
#include "loader/machine/machine.h"
#include "loader/util/path.h"
#include "policy/text.h"

static const char help[] =
	"Usage: gpio-acl check [FILE|-]\n"
	"Read a policy (" DEFAULT_POLICY " unless FILE is given; - is standard\n"
	"input) with all that it includes, and print every error and warning. Nothing is changed.\n"
	"Chips that are present, and may be opened, are compared with what the policy says of\n"
	"them. An account that this machine does not know, or a line that such a chip does not\n"
	"have, is an error here; `load` warns of it, and refuses what it could mean.\n"
	"\n"
	"Options:\n"
	"  --help  this text\n"
	"\n"
	"Exit codes: 0 no errors; 1 errors; 2 wrong usage\n"
	"\n"
	"Example:\n"
	"  gpio-acl check new.conf && gpio-acl load new.conf\n";

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
		image_free(policy_compile(policy, diag)); /* finds what is too much for a map */
	good = !diag_errors(diag);
	diag_print(diag, stderr, use_colour(stderr));
	print_summary(file, policy, diag);
	policy_free(policy);
	machine_free(&machine);
	diag_free(diag);
	return good ? EXIT_DONE : EXIT_REFUSED;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option != 'h')
			return msg_usage("check", "there is no option %s",
					 text_quoted(argv[optind - 1], SIZE_MAX));
		fputs(help, stdout);
		return EXIT_DONE;
	}
	if (argc - optind > 1)
		return msg_usage("check", "one file at most can be given");
	return check(optind < argc ? argv[optind] : DEFAULT_POLICY);
}
