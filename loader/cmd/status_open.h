/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the open names of a policy (policy_each_open()), for `status`. */
#ifndef LOADER_CMD_STATUS_OPEN_H
#define LOADER_CMD_STATUS_OPEN_H

#include "policy/policy.h"

struct json_object;

/* One line of text for each. */
void open_print(const struct policy *policy, const struct machine *machine);

/* An array of objects. */
struct json_object *open_json(const struct policy *policy, const struct machine *machine);

#endif
