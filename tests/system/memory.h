/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a client's memory, or its argument's place in it, not the client's alone. */
#ifndef CLIENT_MEMORY_H
#define CLIENT_MEMORY_H

#include <stddef.h>

/*
 * memory_share() - make another writer of this process's memory, which then does nothing
 * @how: a word of `ways` in memory.c
 *
 * Returns 0, -errno when it cannot be made, or 1: there is no such way.
 */
int memory_share(const char *how);

/*
 * memory_place() - memory of a kind, for an argument
 * @where: a word of `places` in memory.c
 * @argument: @size bytes to put there
 *
 * Returns where the argument now is; it is never given back. NULL with errno EINVAL: there is no
 * such kind; or with another errno: it cannot be had.
 */
void *memory_place(const char *where, const void *argument, size_t size);

#endif
