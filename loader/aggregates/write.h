/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writer of the published maps (their form: read.h), in two steps: all of them are written, and
 * then, when the policy is in force, they get their names. So a policy whose maps find no room
 * never comes in force, and nobody reads a map of a policy that is not.
 */
#ifndef LOADER_AGGREGATES_WRITE_H
#define LOADER_AGGREGATES_WRITE_H

#include <limits.h>
#include <stdbool.h>

#include "loader/util/path.h"
#include "policy/policy.h"

/* Maps on their way. The caller sets base, which stays the caller's; the rest is write.c's. */
struct publication {
	const char *base; /* RUN_DIR */
	const struct policy *policy;
	int folder; /* BASE/aggregates */
	bool is_new;
	char path[PATH_MAX];
};

/*
 * aggregates_prepare() - write a map of every aggregate of @policy, under no name that readers know
 *
 * Chips that @machine does not have are written as absent; of several that answer to one chip of
 * the policy the first by number is written (reading the policy warned of them). One caller at a
 * time: engine_lock() sees to that.
 *
 * 0: to be ended by aggregates_commit() or aggregates_abort(), before which @policy must not be
 * freed. -1 after a message: what was published is unchanged, and there is nothing to end.
 */
int aggregates_prepare(struct publication *publication, const struct policy *policy,
		       const struct machine *machine);

/*
 * aggregates_commit() - publish what was prepared, and nothing else
 *
 * Each map that says something new replaces the old one by a rename; those of aggregates that are
 * gone are removed. Returns how many maps are new, or -1 after a message.
 */
int aggregates_commit(struct publication *publication);

/* Drop what was prepared: what was published is unchanged. */
void aggregates_abort(struct publication *publication);

/* Remove every published map below @base: after unload there is none. 0, also without any, or -1
 * after a message. */
int aggregates_remove(const char *base);

#endif
