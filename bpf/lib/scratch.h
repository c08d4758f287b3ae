/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one check: struct gpio_request on the stack, struct scratch in the task's storage.
 * What the storage keeps from one request to the next (cache, inflight) is here, too.
 */
#ifndef GPIO_ACL_SCRATCH_H
#define GPIO_ACL_SCRATCH_H

#include "bpf/lib/gdev.h"

/* A GET or SET of the values of a held request that was allowed. */
struct cached_use {
	__u64 file;    /* the file's private_data */
	__u32 command; /* 0: none */
};

/* What earlier requests of the task found out, and what that depends on: cache.h. */
struct cache {
	__u64 generation_all; /* struct changes, .all */
	__u64 groups;	      /* address of cred->group_info */
	__u64 ns;     /* address of the initial user namespace; 0: another, nothing is cached */
	__u32 policy; /* id of its map */
	__u32 owners; /* true: scratch.subject has its owners */
	__u32 uid, gid;
	/* A device, and the block of 64 lines of it that was looked up last: */
	__u32 block;  /* + 1; 0: none */
	__u64 gdev;   /* 0: none */
	__u64 serial; /* gdev_serial() */
	__u32 chips[GPIO_ACL_NUM_CHIP_BY];
	struct cached_use uses[2];
	__u64 generation_uses; /* struct changes, .uses */
	struct gpio_acl_masks granted;
};

/* Which policy a verdict is of: from its struct gpio_acl_settings. Zeros: none. */
struct policy_info {
	__u64 generation;
	__u32 flags;
	__u32 known; /* true: this is a policy's */
};

enum inflight_state {
	INFLIGHT_NONE,
	INFLIGHT_CHECKING,   /* from before the argument is read until there is a verdict */
	INFLIGHT_REQUEST,    /* allowed: its lines are compared with those the kernel claims */
	INFLIGHT_CONFIG,     /* allowed: no line is claimed; directions are compared */
	INFLIGHT_PERMISSIVE, /* not allowed, but not refused: nothing is compared */
	INFLIGHT_ANYTHING,   /* allowed: any line of the chip, in any direction */
};

/*
 * The request of the task that is in flight: between the hook and the end of the ioctl. It counts
 * only in the ioctl with this command and argument: get_inflight().
 */
struct inflight {
	__u64 state; /* enum inflight_state; 64 bits for smp_store_mb() */
	__u32 command;
	__u32 address;	 /* of the argument, lower half */
	__u32 changed;	 /* a line was claimed that was not asked for, but is allowed; counted */
	__u32 last_line; /* index in record.lines of the one that the kernel claimed last */
	__u32 num_lines; /* of record.lines */
	__u64 any_mm;	 /* the mm whose fd_sharing.inflight_any counts this one; 0: none */
	__u64 exec_id;	 /* the task's self_exec_id at that time */
	__u64 gdev;
};

/*
 * What a check needs and the 512 bytes of a BPF stack cannot hold. Per task, not per CPU: sleepable
 * programs are preempted, and another task would overwrite it.
 */
struct scratch {
	struct gpio_acl_record record; /* record.lines are the lines of the request */
	struct gpio_acl_subject subject;
	struct cache cache; /* its chips and granted are those of .subject */
	union gpio_acl_argument argument;
	/* One byte more than a policy's name can have, in whole steps. */
	char name[GPIO_ACL_CHIP_NAME + GPIO_ACL_CHIP_STEP];
	struct inflight inflight;
	__u32 raced; /* the task changed a request in flight; stays until the task dies */
	/* Parameters of the functions that are verified by themselves (check_policy() and so on):
	 */
	struct {
		__u32 kind, action; /* of the request: read_held_line() */
		__u64 gdev;	    /* the device to ask the policy about */
		__u64 cred_ns;	    /* the caller's struct user_namespace */
		__u64 watched;	    /* watched_bitmap() of the chip file */
	} in;
	/* What they return beside their verdict: */
	struct {
		__u32 num_lines; /* of record.lines */
		__u32 invalid;	 /* the kernel refuses the argument, and claims no line */
		struct policy_info info;
		__u32 memory_any; /* rules with `memory any` allow it: memory need not be private */
		__u32 owners_unknown;
		__u32 quarantined;
	} out;
	/* State of their loops: the verifier does not follow it here. */
	struct {
		__u64 ns; /* the struct user_namespace to look at next */
		struct gpio_acl_search search;
		__u64 lacks_info; /* bit n: line n of the block lacks `info` */
	} walk;
};

/*
 * 7.3 allocates task storage by kmalloc_nolock(), which has nothing larger than
 * KMALLOC_MAX_CACHE_SIZE (mm/slub.c): 8 KiB, with the element's header. Beyond that every request
 * would be refused.
 */
_Static_assert(sizeof(struct scratch) <= 7680, "a scratch fits task storage");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* The request that a hook checks. On the stack: the verifier keeps track of it. */
struct gpio_request {
	struct policy_info info;
	const struct file *file;
	const struct cred *cred;
	struct gpio_device *gdev;
	struct scratch *scratch;
	enum gpio_acl_file kind;
	enum gpio_acl_action action;
	__u32 command;
	__u32 num_lines;
	__u16 needs; /* what every one of the held lines needs */
	enum gpio_acl_reason reason;
	enum gpio_acl_reason memory;  /* why the argument is not private; ALLOWED: it is */
	enum inflight_state inflight; /* compare.bpf.c: what the task has in flight */
};

/* Scratch of the current task, or NULL. */
static struct scratch *find_scratch(void)
{
	return bpf_task_storage_get(&scratches, (void *)bpf_get_current_task_btf(), 0, 0);
}

static struct scratch *get_scratch(struct task_struct *task)
{
	return bpf_task_storage_get(&scratches, (void *)task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

#define STORAGE_TRIES 20000

static long try_scratch(__u64 i, void *ctx)
{
	return !!get_scratch(bpf_get_current_task_btf());
}

/*
 * The scratch of the current task; NULL on -ENOMEM. Before 6.2 bpf_task_storage_get() also returns
 * NULL while another task was preempted on this CPU with bpf_task_storage_busy held, which ends
 * soon: so it is tried again.
 */
static struct scratch *make_scratch(void)
{
	struct scratch *scratch = find_scratch();

	if (scratch)
		return scratch;
	bpf_loop(STORAGE_TRIES, try_scratch, NULL, 0);
	return get_scratch(bpf_get_current_task_btf());
}

#endif
