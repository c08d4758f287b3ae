/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Audit records in words, and as JSON. */
#ifndef LOADER_AUDIT_RECORD_H
#define LOADER_AUDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "gpio-acl/abi.h"

/* What the numbers of a record mean; names may be NULL, and live until the next call. */
struct record_view {
	int64_t (*boot_time)(void); /* CLOCK_REALTIME less CLOCK_BOOTTIME, ns */
	const char *(*user_name)(uint32_t uid);
	const char *(*group_name)(uint32_t gid);
	char *(*cgroup_path)(uint64_t id); /* below /sys/fs/cgroup; freed by who called */
};

/*
 * record_is_valid() - can these bytes be a refusal's record?
 *
 * Its size is what its lines take, no more than 64; reason and the other words are in range.
 * Nothing else of a record needs doubt: its texts are read up to their arrays' ends and cleaned.
 */
bool record_is_valid(const void *data, size_t size);

/*
 * record_print() - a valid record as a line and a hint under it, or as one line of JSON
 * @view: NULL for this machine
 *
 * Whatever the process chose, its name or a label, cannot break the line or move a cursor.
 */
void record_print(FILE *out, const struct gpio_acl_record *record, const struct record_view *view,
		  bool json);

/* A program's name, which it chooses: in quotes when it could be mistaken for what is around. */
void record_print_comm(FILE *out, const struct gpio_acl_record *record);

#endif
