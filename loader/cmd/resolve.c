// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl resolve: prints lines of an aggregate as arguments for a gpiod tool (select.h). */

#include "loader/aggregates/read.h"
#include "loader/aggregates/select.h"
#include "loader/cli.h"

struct config {
	bool v1;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;

	(void)argc;
	return select_print(stdout, PUBLISHED_DIR, argv[0], given->v1);
}

static const struct cli_option options[] = {
	{.name = "v1",
	 .help = "print words for the tools of libgpiod 1, not 2",
	 .offset = offsetof(struct config, v1)},
	{0},
};

const struct command cmd_resolve = {
	.name = "resolve",
	.summary = "print lines of an aggregate as words for gpiod tools",
	.synopsis = "[--v1] NAME[POSITIONS][=VALUES]",
	.help = "Print lines of a published aggregate as the words that a gpiod tool takes. "
		"POSITIONS are [0], [0,2] or [0-3,7]; without them all lines are printed. VALUES "
		"are 0 or 1, one for each line. All lines must be on one chip, which must be "
		"present. Needs no privilege.",
	.exits = {[EXIT_DONE] = "printed", [EXIT_REFUSED] = "no such line now"},
	.example = "gpioset $(gpio-acl resolve 'relays[0,2]=1,0')",
	.options = options,
	.config_size = sizeof(struct config),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
