/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that print records share. Everybody else includes record.h. */
#ifndef LOADER_AUDIT_RECORD_INTERNAL_H
#define LOADER_AUDIT_RECORD_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "loader/audit/record.h"

#define RECORD_SECOND INT64_C(1000000000) /* of a record's time, ns */

/* A row of GPIO_ACL_REASONS; the hint may be NULL. */
struct record_reason {
	const char *word, *text, *hint;
};

extern const struct record_reason record_reasons[GPIO_ACL_NUM_REASONS];
extern const char *const record_kinds[GPIO_ACL_NUM_KINDS];

/* Does the record report a line that the kernel claimed, and that no check had allowed? */
bool record_is_taken(const struct gpio_acl_record *record);

/* What the process asked for: the word of an ioctl, or that it is unknown, or none. */
const char *record_command_word(const struct gpio_acl_record *record);

void record_print_text(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view);
void record_print_json(FILE *out, const struct gpio_acl_record *record,
		       const struct record_view *view);

#endif
