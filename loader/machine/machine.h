/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills in a struct machine (policy/policy.h): what the names of a policy mean on this machine. */
#ifndef LOADER_MACHINE_MACHINE_H
#define LOADER_MACHINE_MACHINE_H

#include "policy/policy.h"

#define MACHINE_SUBUID "/etc/subuid"

/*
 * machine_id() - look up an account that the command line gives by name or number
 * @find: user_id or group_id of a struct machine
 * @what: "user" or "group"
 *
 * 0, or -1 after a message.
 */
int machine_id(int (*find)(const char *name, uint32_t *id), const char *what, const char *name,
	       uint32_t *id);

/*
 * machine_read() - this machine's accounts, and the chips that are present now (chips.h)
 *
 * Not strict, since the kernel's policy must not depend on what is here today. Free it with
 * machine_free().
 */
void machine_read(struct machine *machine);

/* The same without chips: no chip is opened, and the machine looks as if it had none. */
void machine_read_accounts(struct machine *machine);
void machine_free(struct machine *machine);

/* The name of an account, or NULL; valid until the next call. */
const char *machine_user_name(uint32_t uid);
const char *machine_group_name(uint32_t gid);

#endif
