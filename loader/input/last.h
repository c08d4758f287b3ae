/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy that was in force last, kept over a boot: for a boot at which the policy cannot be
 * loaded. The copy is canonical text (policy_print()), which needs no file, no chip and no account
 * to be read again, and is replaced by rename: it is whole, or there is none.
 */
#ifndef LOADER_INPUT_LAST_H
#define LOADER_INPUT_LAST_H

#include "policy/policy.h"

#define LAST_DIR  "/var/lib/gpio-acl"
#define LAST_FILE "last.conf"
#define LAST_PATH LAST_DIR "/" LAST_FILE

/* A copy on its way. The caller sets folder; it stays the caller's. */
struct last {
	const char *folder; /* LAST_DIR */
	bool same;	    /* it is the copy already: the disk is left alone */
	int err;	    /* 0 or a negative errno */
};

/*
 * last_prepare() - write a copy of the policy beside the one that there is
 *
 * Then it is either made the copy (last_commit()), when the policy is in force, or dropped. If it
 * could not be written, last_commit() removes the older copy and returns a negative errno: to fall
 * back on another policy than the last one would be wrong.
 */
void last_prepare(struct last *last, const struct policy *policy);
int last_commit(struct last *last);
void last_drop(struct last *last);

/* Warns of what last_commit() returned, unless it is 0. */
void last_warn(const struct policy *policy, int err);

/* The kept policy, POLICY_LAST; NULL, with errors in @diag if there is one that is not good. */
struct policy *last_read(struct diag *diag);

/* A sentence on a policy that is not POLICY_LOADED, for people, and what they can do; or NULL. */
const char *last_words(const struct policy *policy);
#define LAST_REMEDY "see gpio-acl check, mend the policy, then gpio-acl load"

#endif
