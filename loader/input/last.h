/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy on disk of the policy that was last in force, for a boot at which the policy's file cannot
 * be loaded. The copy is canonical text (policy_print()): reading it needs no other file, chip or
 * account. A rename replaces it, so it is whole or missing.
 */
#ifndef LOADER_INPUT_LAST_H
#define LOADER_INPUT_LAST_H

#include "policy/policy.h"

#define LAST_DIR  "/var/lib/gpio-acl"
#define LAST_FILE "last.conf"
#define LAST_PATH LAST_DIR "/" LAST_FILE

/* A copy in progress. The caller sets folder, and keeps it. */
struct last {
	const char *folder; /* LAST_DIR */
	bool same;	    /* as the copy on disk: nothing is written */
	int err;	    /* 0 or a negative errno */
};

/*
 * last_prepare() - write a copy of the policy beside the older copy
 *
 * End it with last_commit() if the policy is in force, else with last_drop(). If the copy could not
 * be written, last_commit() removes the older one and returns a negative errno: a boot must not
 * fall back on an older policy than the last.
 */
void last_prepare(struct last *last, const struct policy *policy);
int last_commit(struct last *last);
void last_drop(struct last *last);

/* Warns of an error of last_commit(); not of 0. */
void last_warn(const struct policy *policy, int err);

/* Reads the copy, as POLICY_LAST. NULL: there is none, or @diag has its errors. */
struct policy *last_read(struct diag *diag);

/* A sentence for people on a policy that is not POLICY_LOADED; NULL for one that is. */
const char *last_words(const struct policy *policy);
#define LAST_REMEDY "see gpio-acl check, mend the policy, then gpio-acl load"

#endif
