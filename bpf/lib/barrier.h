/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Full memory barriers between tasks, as the kernel's smp_mb().
 */
#ifndef GPIO_ACL_BARRIER_H
#define GPIO_ACL_BARRIER_H

#include <linux/types.h>

/* An exchange with it orders what stands before and after: here, a mark and a look at judging. */
static __u64 barrier;

#endif
