/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Audit records: whether bytes are one, and how it is printed as text and as JSON. */
#ifndef LOADER_AUDIT_RECORD_H
#define LOADER_AUDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "gpio-acl/abi.h"

/* Looks up the numbers of a record. A name may be NULL, and is valid until the next call. */
struct record_view {
	int64_t (*boot_time)(void); /* CLOCK_REALTIME less CLOCK_BOOTTIME, ns */
	const char *(*user_name)(uint32_t uid);
	const char *(*group_name)(uint32_t gid);
	char *(*cgroup_path)(uint64_t id); /* below /sys/fs/cgroup; the caller frees it */
};

/*
 * record_is_valid() - can these bytes be a record?
 *
 * The size must fit the number of lines, at most 64; reason and the other enums must be in range.
 * Nothing else is checked: texts are read up to the end of their arrays, and escaped.
 */
bool record_is_valid(const void *data, size_t size);

/*
 * record_print() - a valid record as a line and a hint under it, or as one line of JSON
 * @view: NULL for this machine
 *
 * A name or a label that a process chose cannot break the line or move the cursor.
 */
void record_print(FILE *out, const struct gpio_acl_record *record, const struct record_view *view,
		  bool json);

/* Prints a program's name, in quotes if it could be mistaken for the text around it. */
void record_print_comm(FILE *out, const struct gpio_acl_record *record);

#endif
