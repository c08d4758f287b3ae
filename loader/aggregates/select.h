/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translates `relays[0,2]` into arguments for a tool of libgpiod. */
#ifndef LOADER_AGGREGATES_SELECT_H
#define LOADER_AGGREGATES_SELECT_H

#include <stdio.h>

#include "loader/util/message.h"

/*
 * select_print() - the arguments for some lines of an aggregate, on one line
 * @dir: folder of the published aggregates
 * @request: NAME or NAME[POSITIONS], and =VALUES after either: positions as in a policy, separated
 *	     by commas, ranges allowed; values 0 or 1, one for each line
 * @v1: for libgpiod 1 (`gpiochip0 17 22`) instead of 2 (`-c gpiochip0 17 22`)
 *
 * The output is gpiochipN and numbers only, so that a shell need not quote it. All lines must be of
 * one chip that is present. Returns EXIT_DONE, or EXIT_REFUSED or EXIT_USAGE after a message.
 */
enum exit_code select_print(FILE *out, const char *dir, const char *request, bool v1);

#endif
