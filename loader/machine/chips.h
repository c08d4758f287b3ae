/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the GPIO chips that are present now. */
#ifndef LOADER_MACHINE_CHIPS_H
#define LOADER_MACHINE_CHIPS_H

#include "policy/policy.h"

/*
 * chips_read() - the chips that this process may open, sorted by number
 * @num: takes how many
 *
 * Leaves out a chip that cannot be opened, since its label and lines are unknown, and one that is
 * unplugged meanwhile. Free with chips_free(), also if there is none.
 *
 * A line whose info this process may not read has no name.
 */
struct machine_chip *chips_read(size_t *num);
void chips_free(struct machine_chip *chips, size_t num);

/* Other names gpiochipN in /dev for the nodes of chips. Free with links_free(). */
struct machine_link *links_read(size_t *num);
void links_free(struct machine_link *links, size_t num);

#endif
