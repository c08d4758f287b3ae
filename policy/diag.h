/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a policy: a queue of messages that is filled while reading and shown at the
 * end, in the order of the text. A message keeps a copy of the line it is about, so sources may
 * be gone when it is printed:
 *
 *   policy.conf:3:35: error: no line "RELY0" on chip header (gpiochip0 "lab-a")
 *       3 | allow user alice output on header "RELY0"
 *         |                                   ^~~~~~~
 *     note: lines with near names: "RELAY0", "RELAY1"
 *
 * Columns count characters from 1. Whatever bytes a policy or a chip's label holds, only printable
 * characters are shown; a name that others chose is put between quotes by text_quoted(), never by a
 * format. Beyond DIAG_MOST of a kind messages are only counted.
 */
#ifndef POLICY_DIAG_H
#define POLICY_DIAG_H

#include "policy/policy.h"
#include "policy/source.h"

#define DIAG_MOST 100u

#define DIAG_FORMAT __attribute__((format(printf, 3, 4)))

/* @span: the words meant; NULL when it is about no place in a text. */
DIAG_FORMAT void diag_error(struct diag *diag, const struct span *span, const char *format, ...);
DIAG_FORMAT void diag_warning(struct diag *diag, const struct span *span, const char *format, ...);

/* An error if @strict, else a warning: of a name that means nothing on this machine today. */
void diag_open(struct diag *diag, bool strict, const struct span *span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* What may well be meant: one line, not counted among the warnings. */
DIAG_FORMAT void diag_remark(struct diag *diag, const struct span *span, const char *format, ...);

/* More about the last error or warning: a remedy (no span), or another place that matters. */
DIAG_FORMAT void diag_note(struct diag *diag, const struct span *span, const char *format, ...);

/* Will the last error or warning be shown? Saves looking for notes that nobody would read. */
bool diag_shows_last(const struct diag *diag);

#endif
