/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This machine: what the names in a policy mean here. */
#ifndef LOADER_WORLD_H
#define LOADER_WORLD_H

#include "policy/policy.h"

/* This machine's accounts, and the chips that are present now (chips.h). Free: world_free(). */
void world_read(struct world *world);
void world_free(struct world *world);

/* Names of accounts, as in struct world: NULL without one, valid until the next call. */
const char *world_user_name(uint32_t uid);
const char *world_group_name(uint32_t gid);

#endif
