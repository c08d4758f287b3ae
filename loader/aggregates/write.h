/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writer of the published maps; their form is told in published.h. */
#ifndef LOADER_AGGREGATES_WRITE_H
#define LOADER_AGGREGATES_WRITE_H

#include "policy/policy.h"

/*
 * publish_maps() - publish every aggregate of @policy, and nothing else
 *
 * Each map that says something new is replaced by a rename; those of aggregates that are gone go.
 * All are written before the first is renamed: when there is no room, what was published stays.
 * Chips that @machine does not have are told as absent; of several that answer to one chip of the
 * policy the first by number is told (reading the policy warned of them). One caller at a time:
 * engine_lock() sees to that. Returns how many maps are new, or -1 after a message.
 *
 * @swap: puts the policy in force (0, or -1 after a message): called when all is written and
 * before the first rename, so that a policy whose maps find no room never comes in force. Or NULL.
 */
int publish_maps(const struct policy *policy, const struct machine *machine, int (*swap)(void *ctx),
		 void *ctx);

/* Remove every published map: after unload there is none. 0, also without any, or -1. As above. */
int publish_remove(void);

/* The same with another folder than RUN_DIR. */
int publish_maps_in(const char *base, const struct policy *policy, const struct machine *machine,
		    int (*swap)(void *ctx), void *ctx);
int publish_remove_in(const char *base);

#endif
