/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines a request is about, and what it needs on each: from its argument, from the lines that
 * the file holds, or from both.
 */
#ifndef GPIO_ACL_LINES_H
#define GPIO_ACL_LINES_H

#include "bpf/lib/inflight.h"
#include "bpf/lib/memcheck.h"
#include "bpf/lib/test.h"

struct held_walk {
	const void *data;
	const struct gpio_device *chip;
	struct scratch *scratch;
	__u16 needs;
	bool failed;
};

/*
 * The kind of file and the action are had from the scratch, a map's memory, of which the verifier
 * assumes nothing. Those on the caller's stack it knows, path by path; but before 6.8 it does not
 * mark as precise what is read there by way of a pointer, prunes a path that differs in nothing
 * else, and removes what only that one reaches as dead code (seen on 6.1).
 */
static long read_held_line(__u64 i, void *ctx)
{
	struct held_walk *walk = ctx;
	enum gpio_acl_file kind = walk->scratch->kind;
	enum gpio_acl_action action = walk->scratch->action;
	struct held_line held;
	__u16 need;
	bool edges;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	if (held_read(walk->data, kind, i, walk->chip, &held)) {
		walk->failed = true;
		return 1;
	}
	edges = action == GPIO_ACL_ACTION_RECEIVE && held_tells_edges(walk->data, kind, i);
	need = gpio_acl_held_needs(kind, action, held.is_output, edges);
	gpio_acl_ask(&walk->scratch->record.lines[i], held.offset, need);
	walk->needs &= need;
	return 0;
}

/* The lines of a line file, from kernel memory, and what the action needs on each. */
static enum gpio_acl_reason read_held(struct judgement *j)
{
	struct held_walk walk = {
		.data = j->file->private_data,
		.chip = j->chip,
		.scratch = j->scratch,
		.needs = ~0,
	};
	__u32 n = held_count(j->file, j->kind);

	if (!n || n > GPIO_ACL_MAX_LINES)
		return GPIO_ACL_REASON_KERNEL_READ;
	j->scratch->kind = j->kind;
	j->scratch->action = j->action;
	bpf_loop(n, read_held_line, &walk, 0);
	if (walk.failed)
		return GPIO_ACL_REASON_KERNEL_READ;
	j->num_lines = n;
	j->needs = walk.needs;
	return GPIO_ACL_REASON_ALLOWED;
}

/* What a hook can do about the argument of its system call. */
enum reading {
	NO_ARGUMENT,
	CAN_SLEEP,
	CANNOT_SLEEP, /* what is not in memory is unreadable */
};

static __always_inline enum gpio_acl_reason read_argument(struct judgement *j, unsigned long arg,
							  enum reading reading)
{
	union gpio_acl_argument *argument = &j->scratch->argument;
	__u32 size = _IOC_SIZE(j->command);
	long err;

	if (size > sizeof(*argument))
		return GPIO_ACL_REASON_COMMAND;
	j->scratch->command = j->command;
	j->scratch->address = arg;
	__sync_lock_test_and_set(&j->scratch->judging, JUDGING_CONFIG); /* a barrier, too */
	if (!exclusive_off)
		j->memory = check_exclusive(arg, size);
	if (reading == CAN_SLEEP)
		err = bpf_copy_from_user(argument, size, (const void *)arg);
	else
		err = bpf_probe_read_user(argument, size, (const void *)arg);
	return err ? GPIO_ACL_REASON_UNREADABLE : GPIO_ACL_REASON_ALLOWED;
}

/*
 * The kernels whose checks of flags and attributes were read, in gpiolib-cdev.c: 6.1 to 7.3. A
 * newer one may take what this version does not know; there it is refused.
 */
#define KERNEL_IS_KNOWN (LINUX_KERNEL_VERSION < KERNEL_VERSION(7, 4, 0))
extern int LINUX_KERNEL_VERSION __kconfig;

/*
 * decode() - the lines of a request and what each needs, from the argument in @scratch
 * @command: the ioctl's
 * @num_held: lines that a configuration is for, which are in record.lines; 0: it is a request
 * @ngpio: lines that the chip has; ~0: no offset is beyond
 *
 * Writes record.lines, how many they are (.num_decoded) and .invalid. Returns enum gpio_acl_reason.
 * Not static: see decide().
 */
__noinline int decode(struct scratch *scratch, __u32 command, __u32 num_held, __u64 ngpio)
{
	struct gpio_acl_decoding decoding = {
		.command = command,
		.ngpio = ngpio,
		.known_kernel = KERNEL_IS_KNOWN,
	};
	int reason;

	if (!scratch)
		return GPIO_ACL_REASON_KERNEL_READ;
	decoding.argument = &scratch->argument;
	decoding.lines = scratch->record.lines;
	scratch->num_decoded = num_held;
	reason = num_held ? gpio_acl_decode_config(&decoding, num_held)
			  : gpio_acl_decode(&decoding, &scratch->num_decoded);
	scratch->invalid = decoding.invalid;
	return reason;
}

/*
 * The kernel refuses what is malformed, and lines that the chip does not have, with an errno of its
 * own. It may, when nobody can make it something else in between. Of what is malformed no line is
 * judged then: one that is taken all the same is a race (verify.bpf.c).
 */
static __always_inline enum gpio_acl_reason decode_argument(struct judgement *j)
{
	bool is_private = j->memory == GPIO_ACL_REASON_ALLOWED;
	__u64 ngpio = is_private ? READ(struct gpio_device, j->chip, ngpio) : ~0ull;
	enum gpio_acl_reason reason = decode(j->scratch, j->command, j->num_lines, ngpio);

	j->num_lines = j->scratch->num_decoded;
	if (!is_private || !j->scratch->invalid)
		return reason;
	j->num_lines = 0;
	return GPIO_ACL_REASON_ALLOWED;
}

/* The lines that a chip's descriptor watches; decide() finds those that lack `info`. */
static __always_inline void ask_watched(struct judgement *j)
{
	j->scratch->watched = watched_bitmap(j->file);
	j->scratch->num_decoded = 0;
}

/* The lines of the request and what each needs, from the argument, the held file, or both. */
static __always_inline enum gpio_acl_reason read_request(struct judgement *j, unsigned long arg,
							 enum reading reading)
{
	enum gpio_acl_reason reason = GPIO_ACL_REASON_ALLOWED;

	if (j->action == GPIO_ACL_ACTION_UNKNOWN)
		return GPIO_ACL_REASON_COMMAND;
	if (j->kind != GPIO_ACL_FILE_CHIP)
		reason = read_held(j);
	else if (reading == NO_ARGUMENT)
		ask_watched(j);
	if (reading == NO_ARGUMENT || reason != GPIO_ACL_REASON_ALLOWED ||
	    (j->kind != GPIO_ACL_FILE_CHIP && j->action != GPIO_ACL_ACTION_CONFIG))
		return reason;
	reason = read_argument(j, arg, reading);
	return reason == GPIO_ACL_REASON_ALLOWED ? decode_argument(j) : reason;
}

#endif
