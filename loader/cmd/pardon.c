// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl pardon: the only way out of the quarantine. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "loader/machine/machine.h"
#include "loader/util/memory.h"
#include "policy/text.h"

static const char help[] =
	"Usage: gpio-acl pardon USER|UID|all\n"
	"A user whose process tried to race a judged request is in quarantine: every GPIO request\n"
	"of that user is refused. This lets one user out, or all; when the quarantine was full,\n"
	"which puts everybody but root in it, only all will do. `gpio-acl status` lists who is in\n"
	"it, `gpio-acl audit` shows the race. Takes root.\n"
	"\n"
	"Options:\n"
	"  --help  this text\n"
	"\n"
	"Exit codes: 0 let out; 1 was not in it, or failed; 2 wrong usage\n"
	"\n"
	"Example:\n"
	"  gpio-acl pardon alice\n";

struct inmates {
	uint32_t *uids;
	size_t num;
};

static void add_inmate(uint32_t uid, uint64_t since, void *ctx)
{
	struct inmates *inmates = ctx;

	(void)since;
	inmates->uids = memory(realloc(inmates->uids, (inmates->num + 1) * sizeof(uid)));
	inmates->uids[inmates->num++] = uid;
}

/* @full: whether all that there are were in it. They come last, when there is room again. */
static int pardon_all(bool full)
{
	struct inmates inmates = {0};
	int err = engine_quarantine(add_inmate, &inmates);

	for (size_t i = 0; !err && i < inmates.num; i++)
		err = engine_pardon(inmates.uids[i]) < 0 ? -1 : 0;
	if (!err && full)
		err = engine_pardon_rest();
	if (!err)
		printf("users let out of the quarantine: %zu%s\n", inmates.num,
		       full ? ", and everybody else: it was full" : "");
	free(inmates.uids);
	return err ? EXIT_REFUSED : EXIT_DONE;
}

static int pardon_user(const char *user, bool full)
{
	struct machine machine;
	uint32_t uid;
	int err;

	machine_read_accounts(&machine);
	err = machine_id(machine.user_id, "user", user, &uid);
	machine_free(&machine);
	if (err)
		return EXIT_REFUSED;
	if (full) {
		msg_error("user %s cannot be let out alone: the quarantine was full, so everybody "
			  "but "
			  "root is in it; let all out: gpio-acl pardon all",
			  user);
		return EXIT_REFUSED;
	}
	err = engine_pardon(uid);
	if (err > 0)
		msg_error("user %s is not in quarantine; gpio-acl status lists who is", user);
	return err ? EXIT_REFUSED : EXIT_DONE;
}

int cmd_pardon(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	struct engine_full full;
	int loaded;

	opterr = 0;
	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case -1:
		break;
	case 'h':
		fputs(help, stdout);
		return EXIT_DONE;
	default:
		return msg_usage("pardon", "there is no option %s",
				 text_quoted(argv[optind - 1], SIZE_MAX));
	}
	if (argc - optind != 1)
		return msg_usage("pardon", "name one user, or all");
	if (geteuid()) {
		msg_error("only root may pardon: run it with sudo");
		return EXIT_REFUSED;
	}
	loaded = engine_loaded();
	if (loaded < 0)
		return EXIT_REFUSED;
	if (!loaded) {
		msg_error("no policy is loaded, so nobody is in quarantine");
		return EXIT_REFUSED;
	}
	if (engine_full(&full))
		return EXIT_REFUSED;
	return strcmp(argv[optind], "all") ? pardon_user(argv[optind], full.quarantine)
					   : pardon_all(full.quarantine);
}
