/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract between the BPF programs and the loader: bounds, keys and values of a policy map,
 * counters, the audit record. Fixed widths, no holes. A change of a layout, of the meaning of a
 * number, or of what a pinned map holds raises GPIO_ACL_ABI.
 */
#ifndef GPIO_ACL_ABI_H
#define GPIO_ACL_ABI_H

#include <linux/types.h>

#include "gpio-acl/reasons.h"
#include "gpio-acl/rights.h"
#include "gpio-acl/subjects.h"

#define GPIO_ACL_ABI 12

/* Bounds. The loader enforces each with an error, the programs with a refusal. */
#define GPIO_ACL_MAX_LINES	64    /* lines of one request: GPIO_V2_LINES_MAX, GPIOHANDLES_MAX */
#define GPIO_ACL_MAX_OFFSET	65535 /* gpio_device.ngpio is a u16 */
#define GPIO_ACL_MAX_GROUPS	1024  /* groups of a subject: the effective and the supplementary */
#define GPIO_ACL_MAX_NAMESPACES 34    /* nested user namespaces: create_user_ns() allows 33 */
#define GPIO_ACL_MAX_SHARERS	4     /* owners of one subordinate uid */
#define GPIO_ACL_CHIP_STEP	16    /* bytes of a chip's name matched by one lookup */
#define GPIO_ACL_CHIP_NAME	128   /* a chip's label, device or name, with its final NUL */

/*
 * The tables of a policy map: the first word of every key. Rules have one for each kind of subject.
 */
enum gpio_acl_table {
	GPIO_ACL_TABLE_SETTINGS = 1, /* one entry: struct gpio_acl_settings */
	GPIO_ACL_TABLE_CHIPS,	     /* one step of a chip's name: struct gpio_acl_step */
	GPIO_ACL_TABLE_RULES, /* rules on 64 lines: struct gpio_acl_masks; + the subject's kind */
	GPIO_ACL_TABLE_MEMORY_ANY = /* the same, but only allows with `memory any` */
	GPIO_ACL_TABLE_RULES + GPIO_ACL_NUM_SUBJECTS,
	GPIO_ACL_TABLE_TEXT = /* the canonical policy, a whole value an entry */
	GPIO_ACL_TABLE_MEMORY_ANY + GPIO_ACL_NUM_SUBJECTS,
	GPIO_ACL_TABLE_SUBUIDS, /* struct gpio_acl_subuids, numbered from 0, ascending */
};

/*
 * How a policy names a chip: the node at which the lookup of the name starts. The name is cut into
 * steps of GPIO_ACL_CHIP_STEP bytes, padded with NULs (at least one: the last step holds it). Each
 * lookup of {CHIPS, node, step} gives the next node. The node of the last step identifies the chip
 * in the keys of GPIO_ACL_TABLE_RULES. Nodes are unique, numbered from GPIO_ACL_FIRST_NODE.
 */
enum gpio_acl_chip_by {
	GPIO_ACL_BY_LABEL,
	GPIO_ACL_BY_DEVICE,
	GPIO_ACL_BY_NAME,
	GPIO_ACL_FIRST_NODE,
};

#define GPIO_ACL_NUM_CHIP_BY GPIO_ACL_FIRST_NODE
#define GPIO_ACL_NO_CHIP     0 /* no rule uses this name (a lookup never ends in a first node) */

struct gpio_acl_key {
	__u16 table;
	__u16 block; /* rules: line offset / 64 */
	__u32 chip;  /* rules: node of the chip's name; CHIPS: the node walked from */
	union {
		struct {
			__u64 id; /* uid, gid, 0 for everyone; TEXT, SUBUIDS: number */
			__u64 zero;
		};
		char step[GPIO_ACL_CHIP_STEP];
	};
};

/* Masks of 64 lines: bit n of word [right] is line 64 * block + n. A deny overrides any allow. */
struct gpio_acl_masks {
	__u64 allow[GPIO_ACL_MAX_RIGHTS];
	__u64 deny[GPIO_ACL_MAX_RIGHTS];
};

struct gpio_acl_step {
	__u32 node;
};

enum gpio_acl_flags {
	GPIO_ACL_FLAG_PERMISSIVE = 1,	   /* set mode permissive */
	GPIO_ACL_FLAG_ROOT_ENFORCE = 2,	   /* set root enforce */
	GPIO_ACL_FLAG_INFO_RESTRICTED = 4, /* set info restricted */
	GPIO_ACL_FLAG_HAS_MEMORY_ANY = 8,  /* some rule has `memory any` */
};

struct gpio_acl_settings {
	__u32 flags;
	__u32 num_rules;
	__u64 text_size;   /* bytes of the canonical policy in GPIO_ACL_TABLE_TEXT */
	__u64 generation;  /* set when loaded; 0 in an image */
	__u64 loaded_at;   /* CLOCK_REALTIME, ns; set when loaded; 0 in an image */
	__u32 num_subuids; /* entries in GPIO_ACL_TABLE_SUBUIDS */
	__u32 zero;
};

/*
 * A range of subordinate uids, and all who are accountable for a process with one of them,
 * ascending.
 */
struct gpio_acl_subuids {
	__u32 first, last;
	__u32 num_owners; /* GPIO_ACL_OWNERS_UNKNOWN: not all are known, and .owners is empty */
	__u32 owners[GPIO_ACL_MAX_SHARERS];
};

#define GPIO_ACL_OWNERS_UNKNOWN (GPIO_ACL_MAX_SHARERS + 1)

#define GPIO_ACL_VALUE_SIZE 128

union gpio_acl_value {
	struct gpio_acl_settings settings;
	struct gpio_acl_step step;
	struct gpio_acl_masks lines;
	struct gpio_acl_subuids subuids;
	char text[GPIO_ACL_VALUE_SIZE];
};

/*
 * Counters: one for each reason; then the audit records for which the ring had no room, and those
 * that were left out because one user caused too many.
 */
#define GPIO_ACL_COUNTER_LOST GPIO_ACL_NUM_REASONS
#define GPIO_ACL_COUNTER_LEFT_OUT                                                                  \
	(GPIO_ACL_NUM_REASONS + 1) /* also the reason of a record that reports them */
#define GPIO_ACL_NUM_COUNTERS (GPIO_ACL_NUM_REASONS + 2)

/* Kinds of audit records. Each has shares of its own in the ring buffers. */
#define GPIO_ACL_KINDS(X)                                                                          \
	X(REFUSED, "refused")                                                                      \
	X(BYPASS, "bypass")                                                                        \
	X(RACE, "race")                                                                            \
	X(LEFT_OUT, "left-out")

enum gpio_acl_kind {
#define X(name, word) GPIO_ACL_KIND_##name,
	GPIO_ACL_KINDS(X)
#undef X
		GPIO_ACL_NUM_KINDS,
};

/* The share of a ring buffer that a record uses. */
struct gpio_acl_payer {
	__u32 uid;
	__u32 kind; /* enum gpio_acl_kind */
};

/* For the ring buffers and for the files that keep them, from two words of a record. */
static inline struct gpio_acl_payer gpio_acl_payer(__u32 charged, __u32 reason)
{
	struct gpio_acl_payer payer = {.uid = charged, .kind = GPIO_ACL_KIND_REFUSED};

	if (reason == GPIO_ACL_REASON_RACE)
		payer.kind = GPIO_ACL_KIND_RACE;
	else if (reason == GPIO_ACL_REASON_BYPASS)
		payer.kind = GPIO_ACL_KIND_BYPASS;
	else if (reason == GPIO_ACL_COUNTER_LEFT_OUT)
		payer.kind = GPIO_ACL_KIND_LEFT_OUT;
	return payer;
}

/* How many records of a payer were left out. */
struct gpio_acl_left_out {
	struct gpio_acl_payer payer;
	__u64 count;
};

/* A line of a request: what it needs and, after the decision, what of that is not granted. */
struct gpio_acl_record_line {
	__u32 offset;
	__u16 need;  /* GPIO_ACL_BIT() bits and GPIO_ACL_HOLD */
	__u16 lacks; /* the part of need that is not granted; 0: this line is allowed */
};

/*
 * An audit record. Only the first num_lines lines are sent: a reader takes
 * GPIO_ACL_RECORD_SIZE(num_lines) bytes and refuses a record of any other size.
 */
struct gpio_acl_record {
	__u64 time; /* CLOCK_BOOTTIME, ns */
	__u64 generation;
	union {
		__u64 cgroup;	/* id of the cgroup (version 2) of the process */
		__u64 left_out; /* LEFT_OUT: how many records were */
	};
	__u32 pid;     /* process, of the initial namespace */
	__u32 tid;     /* thread */
	__u32 uid;     /* effective, or real where that is 0; of the initial user namespace */
	__u32 gid;     /* effective */
	__u32 charged; /* the uid whose share it uses: accountable for the process
			  (bpf/lib/subject.h) */
	__u32 zero;
	__u32 command; /* ioctl number; 0: a line request's descriptor was received */
	__u16 reason;  /* enum gpio_acl_reason, or GPIO_ACL_COUNTER_LEFT_OUT (then only uid is set)
			*/
	__u16 passed;  /* 1: permissive mode: not refused */
	char comm[16]; /* the thread's name */
	char chip[32]; /* gpiochipN */
	char label[128]; /* as the policy would name it; cut at 127 bytes */
	__u32 num_lines;
	union {
		__u32 taken; /* RACE, BYPASS: offset of the line that the kernel claimed */
		__u32 kind;  /* LEFT_OUT: enum gpio_acl_kind of those records */
	};
	struct gpio_acl_record_line lines[GPIO_ACL_MAX_LINES];
};

#define GPIO_ACL_RECORD_SIZE(num_lines)                                                            \
	(__builtin_offsetof(struct gpio_acl_record, lines) +                                       \
	 (num_lines) * sizeof(struct gpio_acl_record_line))

_Static_assert(sizeof(struct gpio_acl_key) == 24, "no holes in a key");
_Static_assert(sizeof(union gpio_acl_value) == GPIO_ACL_VALUE_SIZE, "no holes in a value");
_Static_assert(sizeof(struct gpio_acl_settings) == 40, "no holes in the settings");
_Static_assert(sizeof(struct gpio_acl_record_line) == 8, "no holes in a line");
_Static_assert(sizeof(struct gpio_acl_record) == 240 + 8 * GPIO_ACL_MAX_LINES, "no holes");
_Static_assert(GPIO_ACL_MAX_LINES == 64, "one mask bit a line");

#endif
