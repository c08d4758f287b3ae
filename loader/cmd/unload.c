// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl unload: ends enforcement, and removes the hooks, the maps, the published aggregates. */
#include <unistd.h>

#include "loader/aggregates/write.h"
#include "loader/cli.h"
#include "loader/engine/engine.h"

static enum exit_code run(const void *config, int argc, char **argv)
{
	int locked = engine_lock(), loaded;

	(void)config;
	(void)argc;
	(void)argv;
	if (locked < 0)
		return EXIT_REFUSED;
	loaded = engine_loaded();
	if (loaded < 0 || engine_unload() || aggregates_remove(RUN_DIR))
		return EXIT_REFUSED;
	close(locked);
	puts(loaded ? "unloaded: no GPIO request is checked any more; after the next load restart "
		      "the programs that ask for lines: until then they are refused new ones "
		      "(preexisting)"
		    : "nothing was loaded");
	return EXIT_DONE;
}

const struct command cmd_unload = {
	.name = "unload",
	.summary = "end enforcement and remove all of it from the kernel",
	.synopsis = "",
	.help = "End enforcement: again, whoever may open /dev/gpiochipN may use every line of it. "
		"Removes the hooks, the policy, the counters, the audit records that were not "
		"read yet, and the published aggregates.",
	.exits = {[EXIT_DONE] = "nothing is loaded any more", [EXIT_REFUSED] = "failed"},
	.example = "gpio-acl unload",
	.flags = CMD_ROOT,
	.run = run,
};
