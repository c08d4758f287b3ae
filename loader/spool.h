/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit spool: records that were taken out of the kernel's ring, kept since boot in two files
 * of a memory file system, `audit` and before it `audit.old`. It is bounded: the older half goes
 * when both are full, and is counted. One process may have it open: cmd_audit.c locks.
 */
#ifndef LOADER_SPOOL_H
#define LOADER_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_SIZE (8u << 20) /* bytes of both files at most */

struct spool;

/*
 * spool_open() - open the spool in a folder, made when it is missing, with mode 0600
 * @folder: descriptor of a folder of ours (folder.h); the caller keeps it open meanwhile
 * @path: the folder's path, for messages
 * @size: bytes of both files at most, above twice a record's
 *
 * What a killed writer left unfinished at the end is cut off. NULL after a message.
 */
struct spool *spool_open(int folder, const char *path, size_t size);
void spool_close(struct spool *spool);

/* Append a record, at most sizeof(struct gpio_acl_record) bytes. 0, or -1 after a message. */
int spool_append(struct spool *spool, const void *record, size_t size);

/*
 * spool_read() - every record of the spool, oldest first
 * @each: returns other than 0 to stop
 * @dropped: takes how many records since boot came before these and are gone
 *
 * Returns 0, what @each returned, or -1 after a message.
 */
int spool_read(struct spool *spool, int (*each)(void *ctx, void *record, size_t size), void *ctx,
	       uint64_t *dropped);

#endif
