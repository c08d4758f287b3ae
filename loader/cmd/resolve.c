// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl resolve: an aggregate's lines as words for a gpiod tool (resolve.h). */
#include <getopt.h>

#include "loader/cli.h"
#include "loader/aggregates/read.h"
#include "loader/aggregates/select.h"
#include "policy/text.h"

static const char help[] =
	"Usage: gpio-acl resolve [--v1] NAME[POSITIONS][=VALUES]\n"
	"Print lines of a published aggregate as the words that a gpiod tool takes.\n"
	"POSITIONS are [0], [0,2] or [0-3,7]; without them all lines are meant. VALUES are\n"
	"0 or 1, one for each line. All lines must be of one chip, and that must be present.\n"
	"\n"
	"Options:\n"
	"  --v1    words for the tools of libgpiod 1 instead of 2\n"
	"  --help  this text\n"
	"\n"
	"Exit codes: 0 printed; 1 no such line now; 2 wrong usage\n"
	"\n"
	"Examples:\n"
	"  gpioget $(gpio-acl resolve sensors)\n"
	"  gpioset $(gpio-acl resolve 'relays[0,2]=1,0')\n";

int cmd_resolve(int argc, char **argv)
{
	static const struct option options[] = {
		{"v1", no_argument, NULL, '1'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool v1 = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case '1':
			v1 = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return msg_usage("resolve", "there is no option %s",
					   text_quoted(argv[optind - 1], SIZE_MAX));
		}
	}
	if (argc - optind != 1)
		return msg_usage("resolve", "one aggregate must be given, as in relays[0,2]");
	return select_print(stdout, PUBLISHED_DIR, argv[optind], v1);
}
