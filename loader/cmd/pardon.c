// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl pardon: lets a user or all out of the quarantine. Nothing else does, not even a reload.
 */
#include <string.h>

#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "loader/machine/machine.h"
#include "loader/util/memory.h"

struct users {
	uint32_t *uids;
	size_t num;
};

static void add_user(uint32_t uid, uint64_t since, void *ctx)
{
	struct users *users = ctx;

	(void)since;
	users->uids = memory(realloc(users->uids, (users->num + 1) * sizeof(uid)));
	users->uids[users->num++] = uid;
}

/* @full: the quarantine had no room, so everybody is in it; they come last, when there is room. */
static int pardon_all(bool full)
{
	struct users users = {0};
	int err = engine_quarantine(add_user, &users);

	for (size_t i = 0; !err && i < users.num; i++)
		err = engine_pardon(users.uids[i]) < 0 ? -1 : 0;
	if (!err && full)
		err = engine_pardon_rest();
	if (!err)
		printf("users let out of the quarantine: %zu%s\n", users.num,
		       full ? ", and everybody else: it was full" : "");
	free(users.uids);
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
		msg_error("cannot let user %s out alone: the quarantine was full, so everybody but "
			  "root is in it; let all out: gpio-acl pardon all",
			  user);
		return EXIT_REFUSED;
	}
	err = engine_pardon(uid);
	if (err > 0)
		msg_error("user %s is not in quarantine; gpio-acl status lists who is", user);
	return err ? EXIT_REFUSED : EXIT_DONE;
}

static enum exit_code run(const void *config, int argc, char **argv)
{
	int loaded = engine_loaded();
	struct engine_full full;

	(void)config;
	(void)argc;
	if (loaded < 0)
		return EXIT_REFUSED;
	if (!loaded) {
		msg_error("no policy is loaded, so nobody is in quarantine");
		return EXIT_REFUSED;
	}
	if (engine_full(&full))
		return EXIT_REFUSED;
	return strcmp(argv[0], "all") ? pardon_user(argv[0], full.quarantine)
				      : pardon_all(full.quarantine);
}

const struct command cmd_pardon = {
	.name = "pardon",
	.summary = "let a user out of the quarantine that follows a race",
	.synopsis = "USER|UID|all",
	.help = "A user whose process changed a GPIO request while the kernel used it is in "
		"quarantine: every GPIO request of this user is refused. This lets one user out, "
		"or all. If the quarantine was full, which puts everybody but root in it, only "
		"`gpio-acl pardon all` helps. `gpio-acl status` lists who is in quarantine, "
		"`gpio-acl audit` shows the race.",
	.exits = {[EXIT_DONE] = "let out", [EXIT_REFUSED] = "was not in quarantine, or failed"},
	.example = "gpio-acl pardon alice",
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_ROOT,
	.run = run,
};
