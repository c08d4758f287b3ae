/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit spool: records that were taken out of the kernel's rings, kept since boot in two files
 * of a memory file system, `audit` and before it `audit.old`. It is bounded: when both are full,
 * half of it goes, and is counted: the oldest records of who has most (gpio_acl_payer() in abi.h
 * says whose a record is), so that nobody's flood is the end of another's records. One process may
 * have it open: loader/cmd/audit.c locks.
 */
#ifndef LOADER_AUDIT_SPOOL_H
#define LOADER_AUDIT_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_SIZE (8u << 20) /* bytes of both files at most; half as much more in a turn */

struct spool;

/*
 * spool_open() - open the spool in a folder, made when it is missing, with mode 0600
 * @folder: descriptor of a folder of ours (rundir.h); the caller keeps it open meanwhile
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
 * @dropped: takes how many records since boot were appended and are gone
 *
 * Returns 0, what @each returned, or -1 after a message.
 */
int spool_read(struct spool *spool, int (*each)(void *ctx, void *record, size_t size), void *ctx,
	       uint64_t *dropped);

#endif
