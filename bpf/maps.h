/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel side's memory: what a task's judgement needs, the published policy, the counters, the
 * audit's rings, the quarantine. Which of it outlives a change of programs: loader/engine/engine.c;
 * whoever changes what is in one of those raises GPIO_ACL_ABI.
 */
#ifndef GPIO_ACL_MAPS_H
#define GPIO_ACL_MAPS_H

#include "bpf/kernel.h" /* first: it says what a lookup and a loop are here */

#include "bpf/decide.h"

/* A command on a held request that was allowed. */
struct use {
	__u64 file;    /* the line file's private_data */
	__u32 command; /* 0: none */
};

/* What is remembered of earlier judgements, and what that rests on: recall.h. */
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
	__u64 waived;	 /* mm for which exclusive.h counts a request to be looked after; 0: none */
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

/* That of the current task, if it has one. */
static struct scratch *find_scratch(void)
{
	return bpf_task_storage_get(&scratches, (void *)bpf_get_current_task_btf(), 0, 0);
}

static struct scratch *get_scratch(struct task_struct *task)
{
	return bpf_task_storage_get(&scratches, (void *)task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/*
 * is_judging() - what is judged in the ioctl that the task is in; JUDGING_NOTHING when it is in
 * none, whatever the last one left
 *
 * So nobody has to be there when an ioctl ends: a program that would be (fexit) can be skipped.
 */
static __always_inline enum judging is_judging(struct task_struct *task,
					       const struct scratch *scratch)
{
	enum judging judging = scratch->judging;

	if (judging == JUDGING_NOTHING || !is_in_ioctl(task, scratch->command, scratch->address))
		return JUDGING_NOTHING;
	return judging;
}

/*
 * The process that raced is killed where the race is seen, in a kprobe. There preemption is off,
 * and bpf_send_signal() leaves it to an irq_work; with PREEMPT_RT that is a thread's, late, and is
 * not taken (-EBUSY) while another one waits for that thread (bpf_send_signal_common() in
 * kernel/trace/bpf_trace.c, 6.1 to 7.3). So whatever runs in the racer's context with preemption
 * on sends the signal again, which takes effect at once: the hooks of the LSM, which are never
 * skipped, and the end of the ioctl.
 */
static bool kill_racer(const struct scratch *scratch)
{
	if (scratch->raced)
		bpf_send_signal(SIGKILL);
	return scratch->raced;
}

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

/* Set only by a test build of the loader, so that attacks can be seen to win without a defence. */
const volatile bool exclusive_off, truth_off;

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

static void count(__u32 counter)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &counter);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#endif
