// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs that every GPIO ioctl and every passed line descriptor goes through, and the
 * verdict: finish_request() is the only place that refuses a request.
 */
#include "bpf/lib/request.h"
#include "bpf/lib/audit.h"

/* The verdict of a judgement, counted and, when it refuses, audited. */
static int finish_request(struct judgement *j, enum gpio_acl_reason reason)
{
	j->reason = reason;
	count(reason);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		return 0;
	if (j->scratch)
		audit_lines(j, reason);
	else
		audit_bare(j, reason);
	return j->terms.flags & GPIO_ACL_FLAG_PERMISSIVE ? 0 : -EPERM;
}

static __always_inline bool is_gpio(__u32 command)
{
	return _IOC_TYPE(command) == GPIO_ACL_IOCTL_TYPE;
}

/*
 * A use of a held request that was allowed the last time is allowed at the least cost, if that
 * stands.
 *
 * @hook, here and below: what the hook is given, the file, the command and its argument
 */
static __always_inline bool pass_again(const __u64 *hook)
{
	__u32 command = hook[1];
	struct scratch *scratch = is_use(command) ? find_scratch() : NULL;

	if (!scratch || !is_allowed_still(scratch, (const void *)hook[0], command))
		return false;
	judge_nothing(scratch);
	count(GPIO_ACL_REASON_ALLOWED);
	return true;
}

/* Of its own, so that the above need not clear all of its frame. */
static __noinline int judge_ioctl(const __u64 *hook, enum reading reading)
{
	struct judgement j = {.file = (const void *)hook[0], .command = hook[1]};

	j.kind = file_kind(j.file);
	if (j.kind == GPIO_ACL_FILE_OTHER)
		return watch_lending(j.file, j.command);
	j.action = gpio_acl_action(j.kind, j.command);
	if (!begin(&j, bpf_get_current_task_btf()->cred))
		return 0;
	return remember(&j, finish_request(&j, judge(&j, hook[2], reading)));
}

/* Of their own, so that the hooks take a few instructions of what is not GPIO. */
static __noinline int judge_native(const __u64 *hook)
{
	return pass_again(hook) ? 0 : judge_ioctl(hook, CAN_SLEEP);
}

static __noinline int judge_compat(const __u64 *hook)
{
	return pass_again(hook) ? 0 : judge_ioctl(hook, CANNOT_SLEEP);
}

SEC("lsm.s/file_ioctl")
int file_ioctl(const __u64 *hook)
{
	return is_gpio(hook[1]) ? judge_native(hook)
				: watch_lending((const void *)hook[0], hook[1]);
}

SEC("lsm/file_ioctl_compat")
int file_ioctl_compat(const __u64 *hook)
{
	return is_gpio(hook[1]) ? judge_compat(hook)
				: watch_lending((const void *)hook[0], hook[1]);
}

/*
 * Optional: before 6.2, what a task stores cannot be reached by any other on its processor while a
 * program that can sleep waits for the memory. There this one, which cannot, has it first: of the
 * programs on a hook the last one attached runs first.
 */
SEC("?lsm/file_ioctl")
int BPF_PROG(storage, struct file *file, unsigned int cmd)
{
	if (!is_gpio(cmd) || file_kind(file) == GPIO_ACL_FILE_OTHER)
		return 0;
	make_scratch();
	own_origin(bpf_get_current_task_btf());
	return 0;
}

/* A line request's descriptor, or a chip's, arrives over a socket or by pidfd_getfd(). */
SEC("lsm/file_receive")
int BPF_PROG(file_receive, struct file *file)
{
	struct judgement j = {.file = file, .action = GPIO_ACL_ACTION_RECEIVE};

	j.kind = file_kind(file);
	if (j.kind == GPIO_ACL_FILE_OTHER)
		return 0;
	if (j.kind == GPIO_ACL_FILE_CHIP)
		j.action = GPIO_ACL_ACTION_WATCHING;
	if (!begin(&j, bpf_get_current_task_btf()->cred))
		return 0;
	return finish_request(&j, judge(&j, 0, NO_ARGUMENT));
}
