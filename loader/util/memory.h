/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command that runs out of memory says so and ends, as policy/ does: there is nothing that it
 * could still do, and the kernel goes on to enforce what it enforces.
 */
#ifndef LOADER_UTIL_MEMORY_H
#define LOADER_UTIL_MEMORY_H

#include <stdlib.h>

#include "loader/util/message.h"

/* Checks an allocation, and returns it: if it is NULL, the command ends with EXIT_REFUSED. */
static inline void *memory(void *allocated)
{
	if (!allocated) {
		msg_error("out of memory; end other programs, or give this one more");
		exit(EXIT_REFUSED);
	}
	return allocated;
}

#endif
