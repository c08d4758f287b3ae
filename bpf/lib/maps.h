/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps that the loader pins and reads: the policy, the counters, the audit's ring buffers, the
 * quarantine. A change of what is in one of them raises GPIO_ACL_ABI.
 */
#ifndef GPIO_ACL_MAPS_H
#define GPIO_ACL_MAPS_H

#include "bpf/lib/core.h"
#include "bpf/lib/kernel.h"

/* A published policy, with entries as in abi.h. The template of the maps in `policies`. */
struct policy_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct gpio_acl_key));
	__uint(value_size, sizeof(union gpio_acl_value));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct policy_map);
} policies SEC(".maps");

/* The map of the active policy, or NULL. */
static void *find_policy(void)
{
	__u32 active = 0;

	return bpf_map_lookup_elem(&policies, &active);
}

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GPIO_ACL_NUM_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Records of refusals: any user can cause any number. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20); /* bytes */
} audit SEC(".maps");

/* RACE and BYPASS records. A ring of its own: a flood of refusals cannot push them out. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} races SEC(".maps");

/* What a payer has used of its ring. */
struct share {
	__u64 bytes;	/* of its records since the reader came, those left out included */
	__u64 left_out; /* records since left_out reported it */
};

/* LRU: the payer that was not seen for longest makes room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct gpio_acl_payer);
	__type(value, struct share);
} shares SEC(".maps");

/* uid -> CLOCK_BOOTTIME ns at which a process of it raced. Only gpio-acl pardon removes one. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} quarantine SEC(".maps");

/*
 * Set when a map had no room (fail closed). In a map, and not static: it outlives the programs, and
 * user space maps it to clear one member while programs may set another.
 */
struct {
	bool quarantine; /* everybody but root is in quarantine, until gpio-acl pardon all */
} overflow SEC(".data.overflow");

static void count(__u32 counter)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &counter);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#endif
