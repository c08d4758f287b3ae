/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPIO chips that are present now. */
#ifndef LOADER_MACHINE_CHIPS_H
#define LOADER_MACHINE_CHIPS_H

#include "policy/policy.h"

/*
 * chips_read() - the chips that this process may open, by number
 * @num: takes how many
 *
 * A chip that cannot be opened is left out: neither its label nor its lines can be known, and
 * half of it would make a policy look wrong that is right. So is one that goes meanwhile. Without
 * a single chip the answer is empty. Free with chips_free().
 *
 * A line whose info is refused to this process has no name.
 */
struct machine_chip *chips_read(size_t *num);
void chips_free(struct machine_chip *chips, size_t num);

/* What else in /dev is called gpiochipN and is the node of a chip. Free with links_free(). */
struct machine_link *links_read(size_t *num);
void links_free(struct machine_link *links, size_t num);

#endif
