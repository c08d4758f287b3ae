/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps that the loader pins and reads: the policy, the counters, the audit's ring buffers, the
 * quarantine. A change of what is in one of them raises GPIO_ACL_ABI.
 */
#ifndef GPIO_ACL_MAPS_H
#define GPIO_ACL_MAPS_H

#include "bpf/lib/core.h"
#include "bpf/lib/kernel.h"

/* A published policy; entries as in abi.h. This one is the template of those in `policies`. */
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

/* The map of the one in force; NULL: none is. */
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

/* Refusals, of which anybody can make any number. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20); /* bytes */
} audit SEC(".maps");

/* What the kernel took unjudged. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} races SEC(".maps");

/* What a payer has of its ring. */
struct share {
	__u64 bytes;	/* of its records, those left out too, since the reader was there */
	__u64 left_out; /* records, since this was told (left_out()) */
};

/* Who has not been heard of for longest makes room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct gpio_acl_payer);
	__type(value, struct share);
} shares SEC(".maps");

/* uid -> when (CLOCK_BOOTTIME, ns) a process of it tried a race. Only gpio-acl pardon takes one
 * out. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} quarantine SEC(".maps");

/*
 * Set when there was no room: then it is so of everybody. A map of its own, which lasts, and not
 * static, so that user space can map it: it clears one while programs may set the other.
 */
struct {
	bool quarantine; /* everybody but root is in it, until gpio-acl pardon all */
} full SEC(".data.full");

static void count(__u32 counter)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &counter);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#endif
