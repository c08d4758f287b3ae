/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Audit records: one for each refusal, written to a ring buffer. A user who causes too many has the
 * rest left out and counted, so that nobody waits and no other user's record is lost.
 */
#ifndef GPIO_ACL_AUDIT_H
#define GPIO_ACL_AUDIT_H

#include "bpf/lib/maps.h"
#include "bpf/lib/scratch.h"

/* Charged when the owner is not known: uid 0, which is refused nothing unless rules apply to it. */
#define ROOT_SHARE 0

static void describe_request(struct gpio_acl_record *record, const struct gpio_request *r,
			     enum gpio_acl_reason reason)
{
	record->time = bpf_ktime_get_boot_ns();
	record->generation = r->info.generation;
	record->uid = subject_uid(r->cred);
	record->charged = r->scratch ? r->scratch->subject.accountable[0] : ROOT_SHARE;
	record->gid = r->cred->egid.val;
	record->command = r->command;
	record->reason = reason;
	record->passed = r->info.flags & GPIO_ACL_FLAG_PERMISSIVE;
}

static void describe_caller(struct gpio_acl_record *record)
{
	__u64 id = bpf_get_current_pid_tgid();

	record->cgroup = bpf_get_current_cgroup_id();
	record->pid = id >> 32;
	record->tid = id;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

static void describe_chip(struct gpio_acl_record *record, const struct gpio_device *gdev)
{
	__builtin_memset(record->chip, 0, sizeof(record->chip));
	__builtin_memset(record->label, 0, sizeof(record->label));
	if (!gdev)
		return;
	bpf_probe_read_kernel_str(record->chip, sizeof(record->chip),
				  gdev_name(gdev, GPIO_ACL_BY_NAME));
	bpf_probe_read_kernel_str(record->label, sizeof(record->label),
				  gdev_name(gdev, GPIO_ACL_BY_LABEL));
}

static struct share *find_share(const struct gpio_acl_payer *payer)
{
	struct share *share = bpf_map_lookup_elem(&shares, payer);
	struct share none = {};

	if (share)
		return share;
	bpf_map_update_elem(&shares, payer, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&shares, payer);
}

/*
 * has_share() - may a record of @size bytes go into @ring?
 *
 * The unread records of one payer never take more than what is free for all others (a dynamic
 * threshold, as switches have for their buffers): n users who flood it get 1/(n + 1) of the ring
 * each, and as much stays free for the next one. What is left out counts as if it were in the ring,
 * so that a payer over its share gets nothing more until the reader comes, which starts a new count
 * (left_out).
 */
static __always_inline bool has_share(void *ring, __u32 uid, enum gpio_acl_reason reason,
				      __u64 size)
{
	struct gpio_acl_payer payer = gpio_acl_payer(uid, reason);
	struct share *share = find_share(&payer);
	__u64 unread = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);

	if (!share) {
		count(GPIO_ACL_COUNTER_LOST);
		return false;
	}
	size += BPF_RINGBUF_HDR_SZ;
	if (__sync_fetch_and_add(&share->bytes, size) + size + unread <=
	    bpf_ringbuf_query(ring, BPF_RB_RING_SIZE))
		return true;
	__sync_fetch_and_add(&share->left_out, 1);
	count(GPIO_ACL_COUNTER_LEFT_OUT);
	return false;
}

/*
 * A refusal without scratch: no lines, and the record is built in the ring. The owners of the
 * process are not known; all of these share one payer.
 */
static void audit_bare(const struct gpio_request *r, enum gpio_acl_reason reason)
{
	struct gpio_acl_record *record;

	if (!has_share(&audit, ROOT_SHARE, reason, GPIO_ACL_RECORD_SIZE(0)))
		return;
	record = bpf_ringbuf_reserve(&audit, GPIO_ACL_RECORD_SIZE(0), 0);
	if (!record) {
		count(GPIO_ACL_COUNTER_LOST);
		return;
	}
	__builtin_memset(record, 0, GPIO_ACL_RECORD_SIZE(0));
	describe_request(record, r, reason);
	describe_caller(record);
	bpf_ringbuf_submit(record, 0);
}

/* Fills the record of the lines that were checked; returns its size. */
static __u64 describe_lines(const struct gpio_request *r, enum gpio_acl_reason reason)
{
	struct gpio_acl_record *record = &r->scratch->record;
	__u32 n = r->num_lines;

	if (n > GPIO_ACL_MAX_LINES)
		n = 0;
	describe_request(record, r, reason);
	describe_chip(record, r->gdev);
	record->num_lines = n;
	record->taken = 0;
	return GPIO_ACL_RECORD_SIZE(n);
}

/* The verifier wants the size checked next to its use. */
static __always_inline void send_record(void *ring, const struct gpio_request *r,
					enum gpio_acl_reason reason, __u64 size)
{
	const struct gpio_acl_record *record = &r->scratch->record;

	if (size <= sizeof(*record) && has_share(ring, record->charged, reason, size) &&
	    bpf_ringbuf_output(ring, (void *)record, size, 0))
		count(GPIO_ACL_COUNTER_LOST);
}

static void audit_lines(const struct gpio_request *r, enum gpio_acl_reason reason)
{
	__u64 size = describe_lines(r, reason);

	describe_caller(&r->scratch->record);
	send_record(&audit, r, reason, size);
}

/* A line that was claimed without having been checked. */
static void audit_taken(const struct gpio_request *r, enum gpio_acl_reason reason, __u32 offset)
{
	__u64 size = describe_lines(r, reason);

	describe_caller(&r->scratch->record);
	r->scratch->record.taken = offset;
	r->scratch->record.passed = reason == GPIO_ACL_REASON_BYPASS;
	send_record(&races, r, reason, size);
}

#endif
