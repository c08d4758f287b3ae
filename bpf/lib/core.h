/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pure functions of bpf/core/, compiled with the kernel's map lookup and loop.
 */
#ifndef GPIO_ACL_CORE_H
#define GPIO_ACL_CORE_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#define GPIO_ACL_LOOKUP(policy, key) bpf_map_lookup_elem(policy, key)
#define GPIO_ACL_LOOP(n, step, ctx)  bpf_loop(n, step, ctx, 0)

#include "bpf/core/decide.h"
#include "bpf/core/decode.h"

#endif
