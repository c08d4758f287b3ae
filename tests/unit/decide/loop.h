/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's bpf_loop() for the texts of bpf/ when a test compiles them. */
#ifndef TESTS_UNIT_DECIDE_LOOP_H
#define TESTS_UNIT_DECIDE_LOOP_H

#include <linux/types.h>

static inline void test_loop(__u32 n, long (*step)(__u64 i, void *ctx), void *ctx)
{
	for (__u64 i = 0; i < n && !step(i, ctx); i++)
		;
}

#define GPIO_ACL_LOOP(n, step, ctx) test_loop(n, step, ctx)

#endif
