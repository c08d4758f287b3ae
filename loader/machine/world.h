/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This machine: what the names in a policy mean here. */
#ifndef LOADER_MACHINE_WORLD_H
#define LOADER_MACHINE_WORLD_H

#include "policy/policy.h"

#define WORLD_SUBUID "/etc/subuid"

/*
 * world_id() - the id of an account that is given by its name or number on the command line
 * @find: user_id or group_id of a struct world
 * @what: "user" or "group"
 *
 * 0, or -1 after a message.
 */
int world_id(int (*find)(const char *name, uint32_t *id), const char *what, const char *name,
	     uint32_t *id);

/*
 * This machine's accounts, and the chips that are present now (chips.h); not strict, as the
 * kernel's policy must not depend on what is here today. Free: world_free().
 */
void world_read(struct world *world);
void world_free(struct world *world);

/* Names of accounts, as in struct world: NULL without one, valid until the next call. */
const char *world_user_name(uint32_t uid);
const char *world_group_name(uint32_t gid);

#endif
