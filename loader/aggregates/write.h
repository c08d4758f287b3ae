/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Publishes the aggregates of a policy (format: read.h) in two steps: all files are written, and
 * then, when the policy is in force, they get their names. So a policy whose files find no room is
 * never in force, and nobody reads a file of a policy that is not.
 */
#ifndef LOADER_AGGREGATES_WRITE_H
#define LOADER_AGGREGATES_WRITE_H

#include <limits.h>
#include <stdbool.h>

#include "loader/util/path.h"
#include "policy/policy.h"

/* A publication in progress. The caller sets base, and keeps it; the rest is write.c's. */
struct publication {
	const char *base; /* RUN_DIR */
	const struct policy *policy;
	int folder; /* BASE/aggregates */
	bool is_new;
	char path[PATH_MAX];
};

/*
 * aggregates_prepare() - write a file for every aggregate of @policy, under a name that readers
 * skip
 *
 * Chips that @machine does not have are written as absent; if several match one chip of the policy,
 * the first by number is written (policy_read_file() warns of them). Call it with engine_lock()
 * held.
 *
 * 0: end it with aggregates_commit() or aggregates_abort(), and do not free @policy before that.
 * -1 after a message: what was published is unchanged, and there is nothing to end.
 */
int aggregates_prepare(struct publication *to, const struct policy *policy,
		       const struct machine *machine);

/*
 * aggregates_commit() - publish what was prepared, and nothing else
 *
 * A file that has changed replaces the old one by a rename; files of other aggregates are removed.
 * Returns how many have changed, or -1 after a message.
 */
int aggregates_commit(struct publication *to);

/* Drop what was prepared: what was published is unchanged. */
void aggregates_abort(struct publication *to);

/* Remove all published aggregates below @base, if any. 0, or -1 after a message. */
int aggregates_remove(const char *base);

#endif
