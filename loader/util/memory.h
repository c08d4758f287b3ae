/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of the command itself. A command that has none left says so and ends: there is nothing
 * it could still do, and what is in force does not depend on it.
 */
#ifndef LOADER_UTIL_MEMORY_H
#define LOADER_UTIL_MEMORY_H

#include <stdlib.h>

#include "loader/util/message.h"

/* The result of an allocation, never NULL: without memory the command ends with EXIT_REFUSED. */
static inline void *memory(void *allocated)
{
	if (!allocated) {
		msg_error("there is no memory left: end other programs, or give this one more");
		exit(EXIT_REFUSED);
	}
	return allocated;
}

#endif
