// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's side of gpio-acl: one object, made of four texts (as kernel/sched/build_policy.c).
 * While no policy is published its hooks return at once: see loader/engine/engine.h.
 *
 * The order is load-bearing. libbpf attaches programs in the order of their definition, and a load
 * may be interrupted: what sees other writers and what ends a request comes before what begins one.
 */
/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "bpf/writers.bpf.c"

#include "bpf/compare.bpf.c"

#include "bpf/request.bpf.c"

#include "bpf/iter.bpf.c"
/* NOLINTEND(bugprone-suspicious-include) */

char LICENSE[] SEC("license") = "GPL";
