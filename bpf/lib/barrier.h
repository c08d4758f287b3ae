/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Full memory barriers, as the kernel's smp_mb() and smp_store_mb(): BPF of 6.1 has none by name.
 *
 * All of them but those of cache.h are for one pattern, store buffering. Two tasks each announce
 * what they do and then look for the other:
 *
 *	checks a request			makes another writer
 *	----------------			--------------------
 *	inflight.state = CHECKING		tainted_mms[mm] = reason
 *	smp_mb()				smp_mb()
 *	read tainted_mms[mm]			read inflight.state
 *
 * Without the barriers each can read the old value, and the other writer goes unnoticed. With both
 * of them at least one task sees the other: the request is refused, or the other writer is.
 */
#ifndef GPIO_ACL_BARRIER_H
#define GPIO_ACL_BARRIER_H

#include <linux/types.h>

/*
 * smp_store_mb() - store a value, then a full barrier: one exchange
 *
 * An atomic operation that returns the old value is fully ordered (Documentation/atomic_t.txt; the
 * JITs emit it so). One that returns nothing orders nothing.
 */
#define smp_store_mb(variable, value) ((void)__sync_lock_test_and_set(&(variable), value))

/* Nobody reads it. */
static __u64 barrier;

static __always_inline void smp_mb(void)
{
	smp_store_mb(barrier, 1);
}

#endif
