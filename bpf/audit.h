/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of a judgement: the counters, which are exact, and a record of every refusal, which
 * a full ring loses (and counts) rather than block anybody.
 */
#ifndef GPIO_ACL_AUDIT_H
#define GPIO_ACL_AUDIT_H

#include "bpf/maps.h"

static void describe_request(struct gpio_acl_record *record, const struct judgement *j,
			     enum gpio_acl_reason reason)
{
	record->time = bpf_ktime_get_boot_ns();
	record->generation = j->terms.generation;
	record->uid = subject_uid(j->cred);
	record->gid = j->cred->egid.val;
	record->command = j->command;
	record->reason = reason;
	record->passed = j->terms.flags & GPIO_ACL_PERMISSIVE;
}

static void describe_caller(struct gpio_acl_record *record)
{
	__u64 id = bpf_get_current_pid_tgid();

	record->cgroup = bpf_get_current_cgroup_id();
	record->pid = id >> 32;
	record->tid = id;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

static void describe_chip(struct gpio_acl_record *record, const struct gpio_device *chip)
{
	__builtin_memset(record->chip, 0, sizeof(record->chip));
	__builtin_memset(record->label, 0, sizeof(record->label));
	if (!chip)
		return;
	bpf_probe_read_kernel_str(record->chip, sizeof(record->chip),
				  chip_name(chip, GPIO_ACL_BY_NAME));
	bpf_probe_read_kernel_str(record->label, sizeof(record->label),
				  chip_name(chip, GPIO_ACL_BY_LABEL));
}

/*
 * The last quarter of the ring is for what the kernel took unjudged: a flood of refusals, which
 * anybody can make, shall not be the end of the record of a race.
 */
static bool has_room(enum gpio_acl_reason reason)
{
	if (reason == GPIO_ACL_RACE || reason == GPIO_ACL_UNJUDGED)
		return true;
	return bpf_ringbuf_query(&audit, BPF_RB_AVAIL_DATA) < AUDIT_SIZE / 4 * 3;
}

/* A refusal without scratch tells no lines; its record is made in the ring. */
static void audit_bare(const struct judgement *j, enum gpio_acl_reason reason)
{
	struct gpio_acl_record *record;

	record = has_room(reason) ? bpf_ringbuf_reserve(&audit, GPIO_ACL_RECORD_SIZE(0), 0) : NULL;
	if (!record) {
		count(GPIO_ACL_LOST);
		return;
	}
	__builtin_memset(record, 0, GPIO_ACL_RECORD_SIZE(0));
	describe_request(record, j, reason);
	describe_caller(record);
	bpf_ringbuf_submit(record, 0);
}

/* Completes the record of the lines that were judged; returns its size. */
static __u64 describe_lines(const struct judgement *j, enum gpio_acl_reason reason)
{
	struct gpio_acl_record *record = &j->scratch->record;
	__u32 n = j->num_lines;

	if (n > GPIO_ACL_MAX_LINES)
		n = 0;
	describe_request(record, j, reason);
	describe_chip(record, j->chip);
	record->num_lines = n;
	record->taken = 0;
	return GPIO_ACL_RECORD_SIZE(n);
}

static void audit_lines(const struct judgement *j, enum gpio_acl_reason reason)
{
	__u64 size = describe_lines(j, reason);

	describe_caller(&j->scratch->record);
	if (size > sizeof(j->scratch->record) || !has_room(reason) ||
	    bpf_ringbuf_output(&audit, &j->scratch->record, size, 0))
		count(GPIO_ACL_LOST);
}

/* A line that was taken without having been judged. */
static void audit_taken(const struct judgement *j, enum gpio_acl_reason reason, __u32 offset)
{
	__u64 size = describe_lines(j, reason);

	describe_caller(&j->scratch->record);
	j->scratch->record.taken = offset;
	j->scratch->record.passed = reason == GPIO_ACL_UNJUDGED;
	if (size > sizeof(j->scratch->record) ||
	    bpf_ringbuf_output(&audit, &j->scratch->record, size, 0))
		count(GPIO_ACL_LOST);
}

/* The verdict of a judgement, counted and, when it refuses, audited. */
static int conclude(struct judgement *j, enum gpio_acl_reason reason)
{
	j->reason = reason;
	count(reason);
	if (reason == GPIO_ACL_ALLOWED)
		return 0;
	if (j->scratch)
		audit_lines(j, reason);
	else
		audit_bare(j, reason);
	return j->terms.flags & GPIO_ACL_PERMISSIVE ? 0 : -EPERM;
}

#endif
