/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one request: struct judgement on the stack, struct scratch in the storage of the
 * task.
 */
#ifndef GPIO_ACL_SCRATCH_H
#define GPIO_ACL_SCRATCH_H

#include "bpf/lib/gdev.h"

/* A command on a held request that was allowed. */
struct use {
	__u64 file;    /* the line file's private_data */
	__u32 command; /* 0: none */
};

/* What is remembered of earlier judgements, and what that rests on: cache.h. */
struct recall {
	__u64 world;  /* struct changes */
	__u64 groups; /* address of the list */
	__u64 ns;     /* of the initial user namespace; 0: another one, and nothing is remembered */
	__u32 policy; /* id of its map */
	__u32 owners; /* true: those of the subject are read */
	__u32 uid, gid;
	/* A chip, and the block of it that was asked for last: */
	__u32 block;  /* + 1; 0: none */
	__u64 chip;   /* its gpio_device; 0: none */
	__u64 serial; /* chip_serial() */
	__u32 chips[GPIO_ACL_NUM_CHIP_BY];
	struct use uses[2];
	__u64 changed; /* struct changes, .uses */
	struct gpio_acl_masks granted;
};

/* Under which policy a verdict is: of its struct gpio_acl_settings. Zeros: none. */
struct terms {
	__u64 generation;
	__u32 flags;
	__u32 known; /* true: these are a policy's */
};

/* What one judgement needs and the 512 bytes of a BPF stack cannot hold. One a task: sleepable
 * programs are preempted, so a processor's scratch would be overwritten. */
struct scratch {
	struct gpio_acl_record record; /* record.lines are the lines being judged */
	struct gpio_acl_subject subject;
	struct recall recall; /* its chips and granted are those of subject */
	union gpio_acl_argument argument;
	/* One byte more than a policy's name can have, in whole steps. */
	char name[GPIO_ACL_CHIP_NAME + GPIO_ACL_CHIP_STEP];
	/* What is judged, or was, for the truth check; it counts only in the ioctl with this
	 * command and argument: is_judging(). */
	__u64 judging; /* enum judging; 64 bits for an atomic exchange */
	__u32 command;
	__u32 address;	 /* lower half of the argument's */
	__u32 num_lines; /* of record.lines */
	__u32 raced;	 /* the kernel took what was not judged; stays until the task dies */
	__u32 changed;	 /* the kernel took what the policy allows, too; counted */
	__u32 taken;	 /* of record.lines, the one that the kernel took or drove last */
	__u64 waived;	 /* mm for which memcheck.h counts a request to be looked after; 0: none */
	__u64 exec_id;	 /* self_exec_id of that time */
	__u64 chip;	 /* gpio_device of the request */
	__u32 num_decoded;  /* of record.lines, by decode() */
	__u32 kind, action; /* of the judgement: see read_held_line() */
	__u32 invalid;	    /* the kernel refuses the argument and takes no line; by decode() */
	__u64 asked;	    /* gpio_device that decide() is asked about */
	/* For read_owners(): */
	__u64 asker_ns; /* struct user_namespace of who asks */
	__u64 ns;	/* the one to look at */
	struct gpio_acl_search search;
	__u32 owners_unknown;
	__u32 quarantined; /* by is_quarantined() */
	__u64 watched;	   /* watched_bitmap() of the descriptor that decide() is asked about */
	__u64 lacking;	   /* of a block of these, those without `info`: tell_watched() */
	/* What it says beside its verdict: */
	struct terms terms;
	__u32 waives; /* the memory need not be exclusive */
};

enum judging {
	JUDGING_NOTHING,
	JUDGING_REQUEST,  /* its lines are compared as the kernel takes them */
	JUDGING_CONFIG,	  /* no line is taken; directions are compared */
	JUDGING_PASSED,	  /* let pass unjudged: permissive */
	JUDGING_ANYTHING, /* every line of the chip may be taken, and driven */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* One judgement: what is known of it, from the hook down. */
struct judgement {
	struct terms terms;
	const struct file *file;
	const struct cred *cred;
	struct gpio_device *chip;
	struct scratch *scratch;
	enum gpio_acl_file kind;
	enum gpio_acl_action action;
	__u32 command;
	__u32 num_lines;
	__u16 needs; /* what every held line needs */
	enum gpio_acl_reason reason;
	enum gpio_acl_reason memory; /* why the argument is not exclusive, if it is not */
	enum judging judging;	     /* truth check: in the ioctl that the task is in */
};

/* That of the current task, if it has one. */
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
 * The scratch of the current task; NULL when it cannot be had. Before 6.2 the task storage of a
 * processor is out of reach while a task is preempted in it, which ends soon.
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
