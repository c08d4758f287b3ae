// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl show: a policy in canonical form, from its files or from the kernel. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "loader/cli.h"
#include "loader/input/input.h"
#include "loader/machine/machine.h"
#include "loader/util/path.h"
#include "policy/text.h"

static const char help[] =
	"Usage: gpio-acl show [FILE|-|--loaded]\n"
	"Print a policy in canonical form: everything included, numbers for names, one statement\n"
	"a line, each rule with the place it comes from. It is a policy again, with the same\n"
	"meaning on any machine. Without FILE it is that of " DEFAULT_POLICY ".\n"
	"\n"
	"Options:\n"
	"  --loaded  the policy in force, read back from the kernel; needs root\n"
	"  --help    this text\n"
	"\n"
	"Exit codes: 0 printed; 1 errors, or nothing is loaded; 2 wrong usage\n"
	"\n"
	"Example:\n"
	"  diff <(gpio-acl show) <(gpio-acl show --loaded)\n";

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
		msg_error("the policy cannot be printed: %s", strerror(-result));
	machine_free(&machine);
	if (!policy)
		return EXIT_REFUSED;
	policy_free(policy);
	return result ? EXIT_REFUSED : EXIT_DONE;
}

int cmd_show(int argc, char **argv)
{
	static const struct option options[] = {
		{"loaded", no_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool loaded = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'l':
			loaded = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return msg_usage("show", "there is no option %s",
					 text_quoted(argv[optind - 1], SIZE_MAX));
		}
	}
	if (argc - optind > !loaded)
		return msg_usage("show", loaded ? "--loaded takes no file"
						: "one file at most can be given");
	if (loaded)
		return show(NULL);
	return show(optind < argc ? argv[optind] : DEFAULT_POLICY);
}
