// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs that every GPIO ioctl and every received GPIO descriptor goes through, and the
 * verdict: finish_request() is the one place that refuses a request.
 */
#include "bpf/lib/audit.h"
#include "bpf/lib/check.h"

/* The verdict. Counted and, if it refuses, audited. */
static int finish_request(struct gpio_request *r, enum gpio_acl_reason reason)
{
	r->reason = reason;
	count(reason);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		return 0;
	if (r->scratch)
		audit_lines(r, reason);
	else
		audit_bare(r, reason);
	return r->info.flags & GPIO_ACL_FLAG_PERMISSIVE ? 0 : -EPERM;
}

static __always_inline bool is_gpio(__u32 command)
{
	return _IOC_TYPE(command) == GPIO_ACL_IOCTL_TYPE;
}

/*
 * The fast path: a GET or SET on a held request that was allowed the last time, and still is.
 * @args, here and below: the arguments of the LSM hook: file, command, argument
 */
static __always_inline bool allow_cached_use(const __u64 *args)
{
	__u32 command = args[1];
	struct scratch *scratch = is_value_ioctl(command) ? find_scratch() : NULL;

	if (!scratch || !is_use_cached(scratch, (const void *)args[0], command))
		return false;
	clear_inflight(scratch);
	count(GPIO_ACL_REASON_ALLOWED);
	return true;
}

/* noinline: zeroing struct gpio_request is kept out of the fast path. */
static __noinline int check_ioctl(const __u64 *args, enum fetch fetch)
{
	struct gpio_request r = {.file = (const void *)args[0], .command = args[1]};

	r.kind = file_kind(r.file);
	if (r.kind == GPIO_ACL_FILE_OTHER)
		return watch_lending(r.file, r.command);
	r.action = gpio_acl_action(r.kind, r.command);
	if (!begin_request(&r, bpf_get_current_task_btf()->cred))
		return 0;
	return set_inflight(&r, finish_request(&r, check_request(&r, args[2], fetch)));
}

/* noinline: an ioctl that is not GPIO costs the hooks a few instructions. */
static __noinline int check_native(const __u64 *args)
{
	return allow_cached_use(args) ? 0 : check_ioctl(args, FETCH_SLEEPABLE);
}

static __noinline int check_compat(const __u64 *args)
{
	return allow_cached_use(args) ? 0 : check_ioctl(args, FETCH_RESIDENT);
}

SEC("lsm.s/file_ioctl")
int file_ioctl(const __u64 *args)
{
	return is_gpio(args[1]) ? check_native(args)
				: watch_lending((const void *)args[0], args[1]);
}

SEC("lsm/file_ioctl_compat")
int file_ioctl_compat(const __u64 *args)
{
	return is_gpio(args[1]) ? check_compat(args)
				: watch_lending((const void *)args[0], args[1]);
}

/*
 * Optional, for kernels before 6.2. A sleepable program may sleep while it allocates task storage,
 * with bpf_task_storage_busy held: every other task on that CPU gets NULL meanwhile. This program,
 * which cannot sleep, allocates it first: the program attached last to a hook runs first.
 */
SEC("?lsm/file_ioctl")
int BPF_PROG(storage, struct file *file, unsigned int cmd)
{
	if (!is_gpio(cmd) || file_kind(file) == GPIO_ACL_FILE_OTHER)
		return 0;
	make_scratch();
	own_task_share(bpf_get_current_task_btf());
	return 0;
}

/* A descriptor of a line request or a chip arrives over a socket or by pidfd_getfd(). */
SEC("lsm/file_receive")
int BPF_PROG(file_receive, struct file *file)
{
	struct gpio_request r = {.file = file, .action = GPIO_ACL_ACTION_RECEIVE};

	r.kind = file_kind(file);
	if (r.kind == GPIO_ACL_FILE_OTHER)
		return 0;
	if (r.kind == GPIO_ACL_FILE_CHIP)
		r.action = GPIO_ACL_ACTION_WATCHING;
	if (!begin_request(&r, bpf_get_current_task_btf()->cred))
		return 0;
	return finish_request(&r, check_request(&r, 0, FETCH_NONE));
}
