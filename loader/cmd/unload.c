// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl unload: end enforcement and leave nothing of it behind. */
#include <getopt.h>
#include <unistd.h>

#include "loader/aggregates/write.h"
#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "policy/text.h"

static const char help[] =
	"Usage: gpio-acl unload\n"
	"End enforcement: the kernel goes back to whoever may open /dev/gpiochipN may drive every\n"
	"line of it. Removes the hooks, the policy, the counters, what the audit had not yet\n"
	"printed, and the published aggregates. Takes root.\n"
	"\n"
	"Options:\n"
	"  --help  this text\n"
	"\n"
	"Exit codes: 0 nothing is in force any more; 1 failed; 2 wrong usage\n"
	"\n"
	"Example:\n"
	"  gpio-acl unload\n";

static int unload(void)
{
	int locked = engine_lock(), loaded;

	if (locked < 0)
		return EXIT_REFUSED;
	loaded = engine_loaded();
	if (loaded < 0 || engine_unload() || aggregates_remove(RUN_DIR))
		return EXIT_REFUSED;
	close(locked);
	puts(loaded ? "unloaded: no GPIO request is judged any more; after the next load restart "
		      "the programs that ask for lines, which are refused new ones until then "
		      "(preexisting)"
		    : "nothing was loaded");
	return EXIT_DONE;
}

int cmd_unload(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};

	opterr = 0;
	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case -1:
		break;
	case 'h':
		fputs(help, stdout);
		return EXIT_DONE;
	default:
		return msg_usage("unload", "there is no option %s",
				 text_quoted(argv[optind - 1], SIZE_MAX));
	}
	if (optind < argc)
		return msg_usage("unload", "it takes no argument: %s",
				 text_quoted(argv[optind], SIZE_MAX));
	if (geteuid()) {
		msg_error("this takes root: run it with sudo");
		return EXIT_REFUSED;
	}
	return unload();
}
