/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit spool: records read from the kernel's rings since boot, in two files of a memory file
 * system, `audit` and the older `audit.old`. When both are full, half of the records are dropped
 * and counted: the oldest of the users with most of them (gpio_acl_payer() in abi.h says whose a
 * record is), so that a flood by one user drops no other user's records. Only one process may have
 * it open: loader/cmd/audit.c takes a lock.
 */
#ifndef LOADER_AUDIT_SPOOL_H
#define LOADER_AUDIT_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_SIZE (8u << 20) /* bytes of both files at most; half as much more while rotating */

struct spool;

/*
 * spool_open() - open the spool in a folder; create it with mode 0600 if it is missing
 * @folder: descriptor from rundir_open(); the caller keeps it open
 * @path: the folder's path, for messages
 * @size: bytes of both files at most, more than two records
 *
 * Cuts off an unfinished record of a killed writer. NULL after a message.
 */
struct spool *spool_open(int folder, const char *path, size_t size);
void spool_close(struct spool *spool);

/* Appends a record of at most sizeof(struct gpio_acl_record) bytes. 0, or -1 after a message. */
int spool_append(struct spool *spool, const void *record, size_t size);

/*
 * spool_read() - every record of the spool, oldest first
 * @each: stops the reading if it does not return 0
 * @dropped: takes how many records have been dropped since boot
 *
 * Returns 0, what @each returned, or -1 after a message.
 */
int spool_read(struct spool *spool, int (*each)(void *ctx, void *record, size_t size), void *ctx,
	       uint64_t *dropped);

#endif
