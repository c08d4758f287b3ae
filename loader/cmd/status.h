/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `gpio-acl status` shows, read from the kernel and the machine before anything is printed. */
#ifndef LOADER_CMD_STATUS_H
#define LOADER_CMD_STATUS_H

#include "loader/engine/engine.h"
#include "loader/engine/kernel.h"
#include "loader/machine/machine.h"

/* A user in quarantine. */
struct quarantined {
	uint32_t uid;
	uint64_t since; /* boot, in ns */
};

struct status {
	struct image *image;
	struct policy *policy;
	const struct gpio_acl_settings *settings;
	uint64_t counters[GPIO_ACL_NUM_COUNTERS];
	const struct engine_hook *hooks;
	size_t num_hooks;
	bool runs;		   /* the kernel runs what is attached */
	struct kernel_fault fault; /* or why not */
	bool complete;		   /* it does, and no hook that is needed is missing */
	struct quarantined *quarantined;
	size_t num_quarantined;
	struct engine_full full;
	struct machine machine;
};

/* The words of enum gpio_acl_reason. */
extern const char *const status_reasons[GPIO_ACL_NUM_REASONS];

/* "enforcing", "permissive" or "incomplete". */
const char *status_mode(const struct status *status);

/* When the policy was loaded, in local time for people, in UTC for programs. */
void status_format_time(const struct status *status, bool utc, char *text, size_t size);

/* Is a hook needed, and not attached? */
bool status_is_missing(const struct engine_hook *hook);

/* Is a chip of the policy present? */
bool status_has_chip(const struct status *status, const struct policy_chip *chip);

/* Audit records that were lost or left out: none of them is in a ring. */
uint64_t status_num_lost(const struct status *status);

void status_print_json(const struct status *status);

#endif
