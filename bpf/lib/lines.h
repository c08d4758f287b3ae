/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines a request is about, and what it needs on each: from its argument, from the lines that
 * the file holds, or from both.
 */
#ifndef GPIO_ACL_LINES_H
#define GPIO_ACL_LINES_H

#include "bpf/lib/inflight.h"
#include "bpf/lib/private_memory.h"
#include "bpf/lib/test.h"

struct held_walk {
	const void *data;
	const struct gpio_device *gdev;
	struct scratch *scratch;
	__u16 needs;
	bool failed;
};

/*
 * Kind and action come from the scratch, which is map memory: the verifier knows nothing of its
 * contents. 6.1's verifier (all before 6.8): it knows what the caller's stack holds, path by path,
 * but does not mark as precise what is read there through a pointer. So it prunes a path that
 * differs in nothing else, and removes what only that path reaches as dead code.
 */
static long read_held_line(__u64 i, void *ctx)
{
	struct held_walk *walk = ctx;
	enum gpio_acl_file kind = walk->scratch->in.kind;
	enum gpio_acl_action action = walk->scratch->in.action;
	struct held_line held;
	__u16 need;
	bool edges;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	if (held_read(walk->data, kind, i, walk->gdev, &held)) {
		walk->failed = true;
		return 1;
	}
	edges = action == GPIO_ACL_ACTION_RECEIVE && held_has_edges(walk->data, kind, i);
	need = gpio_acl_held_needs(kind, action, held.is_output, edges);
	gpio_acl_ask(&walk->scratch->record.lines[i], held.offset, need);
	walk->needs &= need;
	return 0;
}

/* The lines that a line file holds, from kernel memory, and what the action needs on each. */
static enum gpio_acl_reason read_held(struct gpio_request *r)
{
	struct held_walk walk = {
		.data = r->file->private_data,
		.gdev = r->gdev,
		.scratch = r->scratch,
		.needs = ~0,
	};
	__u32 n = held_count(r->file, r->kind);

	if (!n || n > GPIO_ACL_MAX_LINES)
		return GPIO_ACL_REASON_KERNEL_READ;
	r->scratch->in.kind = r->kind;
	r->scratch->in.action = r->action;
	bpf_loop(n, read_held_line, &walk, 0);
	if (walk.failed)
		return GPIO_ACL_REASON_KERNEL_READ;
	r->num_lines = n;
	r->needs = walk.needs;
	return GPIO_ACL_REASON_ALLOWED;
}

/* How a hook can read the argument of its system call. */
enum fetch {
	FETCH_NONE,
	FETCH_SLEEPABLE,
	FETCH_RESIDENT, /* a page that is not present is unreadable */
};

static __always_inline enum gpio_acl_reason read_argument(struct gpio_request *r, unsigned long arg,
							  enum fetch fetch)
{
	union gpio_acl_argument *argument = &r->scratch->argument;
	__u32 size = _IOC_SIZE(r->command);
	long err;

	if (size > sizeof(*argument))
		return GPIO_ACL_REASON_COMMAND;
	r->scratch->inflight.command = r->command;
	r->scratch->inflight.address = arg;
	smp_store_mb(r->scratch->inflight.state, INFLIGHT_CHECKING);
	if (!memcheck_off)
		r->memory = check_private(arg, size);
	if (fetch == FETCH_SLEEPABLE)
		err = bpf_copy_from_user(argument, size, (const void *)arg);
	else
		err = bpf_probe_read_user(argument, size, (const void *)arg);
	return err ? GPIO_ACL_REASON_UNREADABLE : GPIO_ACL_REASON_ALLOWED;
}

/*
 * The kernels whose checks of flags and attributes (gpiolib-cdev.c) were read: 6.1 to 7.3. A newer
 * one may accept what this version does not know: that is refused there.
 */
#define KERNEL_IS_KNOWN (LINUX_KERNEL_VERSION < KERNEL_VERSION(7, 4, 0))
extern int LINUX_KERNEL_VERSION __kconfig;

/*
 * decode() - the lines of a request and what each needs, from the argument in @scratch
 * @command: of the ioctl
 * @num_held: lines that a configuration is for, in record.lines; 0: a request
 * @ngpio: lines of the chip; ~0: no offset is beyond
 *
 * Writes record.lines, out.num_lines and out.invalid. Returns enum gpio_acl_reason. Global, for the
 * verifier: see check_policy().
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
	scratch->out.num_lines = num_held;
	reason = num_held ? gpio_acl_decode_config(&decoding, num_held)
			  : gpio_acl_decode(&decoding, &scratch->out.num_lines);
	scratch->out.invalid = decoding.invalid;
	return reason;
}

/*
 * The kernel refuses a malformed argument, and lines that the chip does not have, with an errno of
 * its own. If nobody can change the argument that is left to the kernel, and no line is checked.
 * One that is claimed all the same is a race (compare.bpf.c).
 */
static __always_inline enum gpio_acl_reason decode_argument(struct gpio_request *r)
{
	bool is_private = r->memory == GPIO_ACL_REASON_ALLOWED;
	__u64 ngpio = is_private ? READ(struct gpio_device, r->gdev, ngpio) : ~0ull;
	enum gpio_acl_reason reason = decode(r->scratch, r->command, r->num_lines, ngpio);

	r->num_lines = r->scratch->out.num_lines;
	if (!is_private || !r->scratch->out.invalid)
		return reason;
	r->num_lines = 0;
	return GPIO_ACL_REASON_ALLOWED;
}

/* The lines that a chip file watches. check_policy() finds those that lack `info`. */
static __always_inline void ask_watched(struct gpio_request *r)
{
	r->scratch->in.watched = watched_bitmap(r->file);
	r->scratch->out.num_lines = 0;
}

/* The lines of the request and what each needs, from the argument, the held file, or both. */
static __always_inline enum gpio_acl_reason read_request(struct gpio_request *r, unsigned long arg,
							 enum fetch fetch)
{
	enum gpio_acl_reason reason = GPIO_ACL_REASON_ALLOWED;

	if (r->action == GPIO_ACL_ACTION_UNKNOWN)
		return GPIO_ACL_REASON_COMMAND;
	if (r->kind != GPIO_ACL_FILE_CHIP)
		reason = read_held(r);
	else if (fetch == FETCH_NONE)
		ask_watched(r);
	if (fetch == FETCH_NONE || reason != GPIO_ACL_REASON_ALLOWED ||
	    (r->kind != GPIO_ACL_FILE_CHIP && r->action != GPIO_ACL_ACTION_CONFIG))
		return reason;
	reason = read_argument(r, arg, fetch);
	return reason == GPIO_ACL_REASON_ALLOWED ? decode_argument(r) : reason;
}

#endif
