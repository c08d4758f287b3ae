/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract between the kernel side and the user side: rights, reasons, the keys and values of
 * a policy map, and the audit record. Fixed widths, no holes; whoever changes a layout or the
 * meaning of a number raises GPIO_ACL_ABI.
 */
#ifndef GPIO_ACL_ABI_H
#define GPIO_ACL_ABI_H

#include <linux/types.h>

#define GPIO_ACL_ABI 10

/* Bounds. Each is enforced: on the user side with an error, in the kernel with a refusal. */
#define GPIO_ACL_MAX_LINES	64    /* lines of one request: GPIO_V2_LINES_MAX, GPIOHANDLES_MAX */
#define GPIO_ACL_MAX_OFFSET	65535 /* gpio_device.ngpio is a u16 */
#define GPIO_ACL_MAX_GROUPS	1024  /* groups of a subject: the effective and the supplementary */
#define GPIO_ACL_MAX_NAMESPACES 34  /* user namespaces in each other: create_user_ns() allows 33 */
#define GPIO_ACL_MAX_SHARERS	4   /* users who own one subordinate uid */
#define GPIO_ACL_CHIP_STEP	16  /* bytes of a chip's name matched by one lookup */
#define GPIO_ACL_CHIP_NAME	128 /* a chip's label, device or name, with its final NUL */

/*
 * Rights: the name, the word in a policy, and what a request that uses the right needs beside it.
 * A right's number is the index of its mask in struct gpio_acl_lines.
 */
#define GPIO_ACL_RIGHTS(X)                                                                         \
	X(INFO, "info", 0)                                                                         \
	X(INPUT, "input", 0)                                                                       \
	X(OUTPUT, "output", 0)                                                                     \
	X(EDGES, "edges", GPIO_ACL_RIGHT(GPIO_ACL_INPUT))                                          \
	X(BIAS, "bias", GPIO_ACL_HOLD)

enum gpio_acl_right {
#define X(name, word, with) GPIO_ACL_##name,
	GPIO_ACL_RIGHTS(X)
#undef X
		GPIO_ACL_NUM_RIGHTS,
	GPIO_ACL_MAX_RIGHTS = 8, /* the layouts have room for so many */
};

#define GPIO_ACL_RIGHT(right) (1u << (right))
#define GPIO_ACL_ALL	      (GPIO_ACL_RIGHT(GPIO_ACL_NUM_RIGHTS) - 1)

/* "info, input, ..., ", for messages. */
#define GPIO_ACL_RIGHT_WORD(name, word, with) word ", "
#define GPIO_ACL_RIGHT_LIST		      GPIO_ACL_RIGHTS(GPIO_ACL_RIGHT_WORD)

/*
 * What a line may need beside rights: `input` or `output`, either will do (a request as is, a held
 * line's use). Every right's number is below this one's, whatever rights are added.
 */
#define GPIO_ACL_HOLD GPIO_ACL_RIGHT(GPIO_ACL_MAX_RIGHTS)

/* The tables of a policy map: the first word of every key. */
enum gpio_acl_table {
	GPIO_ACL_SETTINGS = 1, /* one entry: struct gpio_acl_settings */
	GPIO_ACL_CHIP,	       /* one step of a chip's name: struct gpio_acl_step */
	GPIO_ACL_LINES, /* rules on 64 lines: struct gpio_acl_lines; + enum gpio_acl_subjects */
	GPIO_ACL_ANY = GPIO_ACL_LINES + 3, /* the same, only the allows with `memory any` */
	GPIO_ACL_TEXT = GPIO_ACL_ANY + 3,  /* the canonical policy, a whole value an entry */
	GPIO_ACL_SUBUIDS, /* subordinate uids: struct gpio_acl_subuids, numbered from 0, ascending
			   */
};

enum gpio_acl_subjects {
	GPIO_ACL_EVERYONE,
	GPIO_ACL_USER,
	GPIO_ACL_GROUP,
};

/*
 * How a policy names a chip, as the node where the walk of the name begins: the name is cut into
 * steps of GPIO_ACL_CHIP_STEP bytes, padded with NULs (at least one: the last step holds it), and
 * each lookup of {CHIP, node, step} gives the next node. The node of the last step is the chip's
 * identity in GPIO_ACL_LINES keys. Nodes are numbered from GPIO_ACL_FIRST_NODE, uniquely.
 */
enum gpio_acl_chip_by {
	GPIO_ACL_BY_LABEL,
	GPIO_ACL_BY_DEVICE,
	GPIO_ACL_BY_NAME,
	GPIO_ACL_FIRST_NODE,
};

#define GPIO_ACL_NUM_CHIP_BY GPIO_ACL_FIRST_NODE
#define GPIO_ACL_NO_CHIP     0 /* no rule names this chip so (a walk never ends in a first node) */

struct gpio_acl_key {
	__u32 table;
	__u32 id; /* uid, gid, 0 for everyone; CHIP: the node walked from; TEXT, SUBUIDS: number */
	union {
		struct {
			__u32 chip;  /* node of the chip's name */
			__u32 block; /* line offset / 64 */
			__u64 zero;
		};
		char step[GPIO_ACL_CHIP_STEP];
	};
};

/* Line masks: bit n of word [right] is line 64 * block + n. A deny wins over any allow. */
struct gpio_acl_lines {
	__u64 allow[GPIO_ACL_MAX_RIGHTS];
	__u64 deny[GPIO_ACL_MAX_RIGHTS];
};

struct gpio_acl_step {
	__u32 node;
};

enum gpio_acl_flags {
	GPIO_ACL_PERMISSIVE = 1,      /* set mode permissive */
	GPIO_ACL_ROOT_ENFORCE = 2,    /* set root enforce */
	GPIO_ACL_INFO_RESTRICTED = 4, /* set info restricted */
	GPIO_ACL_HAS_ANY = 8,	      /* some rule has `memory any` */
};

struct gpio_acl_settings {
	__u32 flags;
	__u32 num_rules;
	__u64 text_size;   /* bytes of the canonical policy in GPIO_ACL_TEXT */
	__u64 generation;  /* set when loaded; 0 in an image */
	__u64 loaded_at;   /* CLOCK_REALTIME, ns; set when loaded; 0 in an image */
	__u32 num_subuids; /* entries in GPIO_ACL_SUBUIDS */
	__u32 zero;
};

/* A range of subordinate uids, and all who answer for a process that has one of them, ascending. */
struct gpio_acl_subuids {
	__u32 first, last;
	__u32 num_owners; /* GPIO_ACL_OWNERS_UNKNOWN: not all of them are known, and it has none */
	__u32 owners[GPIO_ACL_MAX_SHARERS];
};

#define GPIO_ACL_OWNERS_UNKNOWN (GPIO_ACL_MAX_SHARERS + 1)

#define GPIO_ACL_VALUE_SIZE 128

union gpio_acl_value {
	struct gpio_acl_settings settings;
	struct gpio_acl_step step;
	struct gpio_acl_lines lines;
	struct gpio_acl_subuids subuids;
	char text[GPIO_ACL_VALUE_SIZE];
};

/*
 * Why a request was refused: the index of its counter and the word that audit and status show.
 * GPIO_ACL_ALLOWED is the counter of what was not refused.
 */
#define GPIO_ACL_REASONS(X)                                                                        \
	X(ALLOWED, "allowed", "")                                                                  \
	X(POLICY, "policy", "no rule allows it, or a rule denies it")                              \
	X(COMMAND, "unknown-command", "a GPIO command that this version does not know")            \
	X(FLAG, "unknown-flag", "a line flag or attribute that this version does not know")        \
	X(MALFORMED, "malformed", "no lines, more than 64, or more attributes than there can be")  \
	X(UNREADABLE, "unreadable", "the request could not be read from the program's memory")     \
	X(KERNEL, "kernel", "the chip or the held lines could not be read from the kernel")        \
	X(GROUPS, "groups", "the process has more groups than can be judged")                      \
	X(OWNERS, "owners", "whose subordinate uid the process has is not known: see /etc/subuid") \
	X(MEMORY, "memory", "no memory to judge the request in")                                   \
	X(THREADS, "threads", "another thread of the process could change the request")            \
	X(OLDER, "older",                                                                          \
	  "the process is older than gpio-acl: who shares its memory is not known")                \
	X(SHARED, "shared-memory", "another process shares the memory of this one")                \
	X(TRACED, "traced", "the process is being traced")                                         \
	X(WRITER, "memory-writer", "a process has opened the memory of this one for writing")      \
	X(URING, "io_uring", "the process uses io_uring, which could write the request")           \
	X(AIO, "aio", "the process uses kernel AIO, which could write the request")                \
	X(PINNED, "pinned",                                                                        \
	  "pages of the process are or were pinned: by strace, direct I/O, io_uring or a device")  \
	X(DEVICE, "device-memory", "a device shares the memory of the process")                    \
	X(MAPPED, "mapped",                                                                        \
	  "the request lies in a mapping that is shared, a file's or a device's")                  \
	X(SPLIT, "split", "the request lies across several mappings")                              \
	X(USERFAULT, "userfaultfd", "the process uses userfaultfd, which could write the request") \
	X(DROPPABLE, "droppable", "the request lies in memory that the kernel may drop")           \
	X(FORKED, "forked", "forked by a process whose memory others could write")                 \
	X(DESCRIPTORS, "shared-descriptors", "another process shares the descriptors of this one") \
	X(BUSY, "busy", "the memory of the process was being changed for too long")                \
	X(RACE, "race", "what the kernel took is not what was judged: the process was killed")     \
	X(CHANGED, "changed",                                                                      \
	  "the request was changed before the kernel read it, to one that the policy allows")      \
	X(UNJUDGED, "unjudged", "a line was taken without a GPIO request, through sysfs say")      \
	X(QUARANTINED, "quarantined", "a process of this user tried a race; see gpio-acl pardon")

enum gpio_acl_reason {
#define X(name, word, text) GPIO_ACL_##name,
	GPIO_ACL_REASONS(X)
#undef X
		GPIO_ACL_NUM_REASONS,
};

/*
 * Counters: one per reason, then the audit records that found no room at all, and those that were
 * left out because there were too many of one user.
 */
#define GPIO_ACL_LOST	      GPIO_ACL_NUM_REASONS
#define GPIO_ACL_LEFT_OUT     (GPIO_ACL_NUM_REASONS + 1) /* the reason of a record that tells so */
#define GPIO_ACL_NUM_COUNTERS (GPIO_ACL_NUM_REASONS + 2)

/* Kinds of audit records. A user's records of one kind never displace those of another. */
#define GPIO_ACL_KINDS(X)                                                                          \
	X(REFUSALS, "refused")                                                                     \
	X(UNJUDGED_LINES, "unjudged")                                                              \
	X(RACES, "race")                                                                           \
	X(LEFT_OUTS, "left-out")

enum gpio_acl_kind {
#define X(name, word) GPIO_ACL_##name,
	GPIO_ACL_KINDS(X)
#undef X
		GPIO_ACL_NUM_KINDS,
};

/* Whose share of the audit a record takes. */
struct gpio_acl_payer {
	__u32 uid;
	__u32 kind; /* enum gpio_acl_kind */
};

/* The one place that says so, for the rings and for what is kept of them, of a record's words. */
static inline struct gpio_acl_payer gpio_acl_payer(__u32 charged, __u32 reason)
{
	struct gpio_acl_payer payer = {.uid = charged, .kind = GPIO_ACL_REFUSALS};

	if (reason == GPIO_ACL_RACE)
		payer.kind = GPIO_ACL_RACES;
	else if (reason == GPIO_ACL_UNJUDGED)
		payer.kind = GPIO_ACL_UNJUDGED_LINES;
	else if (reason == GPIO_ACL_LEFT_OUT)
		payer.kind = GPIO_ACL_LEFT_OUTS;
	return payer;
}

/* How many records of a payer were left out. */
struct gpio_acl_left_out {
	struct gpio_acl_payer payer;
	__u64 count;
};

/* One line of a request: what it needs and, once judged, what of that no rule grants. */
struct gpio_acl_line {
	__u32 offset;
	__u16 need;  /* GPIO_ACL_RIGHT() bits and GPIO_ACL_HOLD */
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
	__u32 charged; /* whose share it takes: who answers for the process (bpf/whose.h) */
	__u32 zero;
	__u32 command;	 /* ioctl number; 0: a line request's descriptor was received */
	__u16 reason;	 /* enum gpio_acl_reason, or GPIO_ACL_LEFT_OUT, which tells only of uid */
	__u16 passed;	 /* 1: permissive mode let it pass */
	char comm[16];	 /* the thread's name */
	char chip[32];	 /* gpiochipN */
	char label[128]; /* as the policy would name it; cut at 127 bytes */
	__u32 num_lines;
	union {
		__u32 taken; /* RACE, UNJUDGED: offset of the line that the kernel really took */
		__u32 kind;  /* LEFT_OUT: enum gpio_acl_kind of the records that were */
	};
	struct gpio_acl_line lines[GPIO_ACL_MAX_LINES];
};

#define GPIO_ACL_RECORD_SIZE(num_lines)                                                            \
	(__builtin_offsetof(struct gpio_acl_record, lines) +                                       \
	 (num_lines) * sizeof(struct gpio_acl_line))

_Static_assert(sizeof(struct gpio_acl_key) == 24, "no holes in a key");
_Static_assert(sizeof(union gpio_acl_value) == GPIO_ACL_VALUE_SIZE, "no holes in a value");
_Static_assert(sizeof(struct gpio_acl_settings) == 40, "no holes in the settings");
_Static_assert(sizeof(struct gpio_acl_line) == 8, "no holes in a line");
_Static_assert(sizeof(struct gpio_acl_record) == 240 + 8 * GPIO_ACL_MAX_LINES, "no holes");
_Static_assert(GPIO_ACL_MAX_LINES == 64, "one mask bit a line");
_Static_assert((int)GPIO_ACL_NUM_RIGHTS <= (int)GPIO_ACL_MAX_RIGHTS, "a mask for every right");

#endif
