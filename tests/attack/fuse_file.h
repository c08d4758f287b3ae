/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file system (FUSE) of one file, its root. A direct read or write of it bypasses the cache. */
#ifndef ATTACK_FUSE_FILE_H
#define ATTACK_FUSE_FILE_H

#include <linux/fuse.h>

#include "attack.h"

#define FUSE_PAGES 4096 /* of one request, at most */
#define FUSE_DATA  (FUSE_PAGES * PAGE)
#define FUSE_HEAD  (sizeof(struct fuse_in_header) + sizeof(struct fuse_write_in))

extern int fuse_device; /* /dev/fuse, of the server */

/* Mounts it in new namespaces of this process's own. */
void fuse_mount(void);
/* Opens the file, for direct input and output. */
int fuse_open(void);
/*
 * Answers for ever. Each request is read to @at, @size bytes at most; @data is what a reader of the
 * file gets, when before_read() has returned; NULL: there is no reader.
 */
void fuse_serve(char *at, size_t size, const void *data, void (*before_read)(void));

#endif
