/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics: collects the errors and warnings about a policy while it is read, and prints them in
 * the order of the text. A message keeps a copy of its source line, so it outlives the source:
 *
 *   policy.conf:3:35: error: chip header (gpiochip0 "lab-a") has no line "RELY0"
 *       3 | allow user alice output on header "RELY0"
 *         |                                   ^~~~~~~
 *     note: similar names: "RELAY0", "RELAY1"
 *
 * Columns count characters, from 1. Only printable characters are printed, whatever bytes a policy
 * or a chip's label has. Put a name that others chose into a message with text_quoted(), never with
 * "%s". After DIAG_MOST messages of a kind the rest is only counted.
 */
#ifndef POLICY_DIAG_H
#define POLICY_DIAG_H

#include "policy/policy.h"
#include "policy/source.h"

#define DIAG_MOST 100u

#define DIAG_FORMAT __attribute__((format(printf, 3, 4)))

/*
 * Add a message. @span: the words it is about, whose source need not live on; NULL: no place in a
 * text. @format makes one line without its end.
 */
DIAG_FORMAT void diag_error(struct diag *diag, const struct span *span, const char *format, ...);
DIAG_FORMAT void diag_warning(struct diag *diag, const struct span *span, const char *format, ...);

/* An error if @strict, else a warning: a name that means nothing on this machine now. */
void diag_open(struct diag *diag, bool strict, const struct span *span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Something that may well be meant. Printed without the source line; no warning is counted. */
DIAG_FORMAT void diag_remark(struct diag *diag, const struct span *span, const char *format, ...);

/* Adds to the last message: a remedy (@span is NULL), or another place that matters. */
DIAG_FORMAT void diag_note(struct diag *diag, const struct span *span, const char *format, ...);

/* Will the last message be printed? If not, notes that are expensive to find can be left out. */
bool diag_shows_last(const struct diag *diag);

#endif
