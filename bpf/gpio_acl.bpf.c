// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's side: the hooks that every GPIO ioctl and every passed line descriptor goes
 * through. Without a published policy they are dormant: see loader/engine.h.
 *
 * What the caller could change between our reading and the kernel's is kept from it by
 * exclusive.h; what the kernel then really takes is compared by truth.h with what was judged.
 */
#include "bpf/exclusive.h"
#include "bpf/judge.h"
#include "bpf/truth.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline int judge_ioctl(const struct file *file, __u32 command, unsigned long arg,
				       bool sleepable)
{
	struct judgement j = {.file = file, .command = command};

	if (_IOC_TYPE(command) != GPIO_ACL_IOCTL_TYPE)
		return 0;
	j.kind = file_kind(file);
	if (j.kind == GPIO_ACL_FILE_OTHER)
		return 0;
	j.action = gpio_acl_action(j.kind, command);
	if (!begin(&j, bpf_get_current_task_btf()->cred))
		return 0;
	return remember(&j, conclude(&j, judge(&j, arg, sleepable)));
}

SEC("lsm.s/file_ioctl")
int BPF_PROG(file_ioctl, struct file *file, unsigned int cmd, unsigned long arg)
{
	return judge_ioctl(file, cmd, arg, true);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(file_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg)
{
	return judge_ioctl(file, cmd, arg, false);
}

/*
 * Optional: before 6.2, what a task stores cannot be reached by any other on its processor while a
 * program that can sleep waits for the memory. There this one, which cannot, has it first: of the
 * programs on a hook the last one attached runs first.
 */
SEC("?lsm/file_ioctl")
int BPF_PROG(storage, struct file *file, unsigned int cmd)
{
	if (_IOC_TYPE(cmd) == GPIO_ACL_IOCTL_TYPE && file_kind(file) != GPIO_ACL_FILE_OTHER)
		make_scratch();
	return 0;
}

/* A line request's descriptor arrives over a socket or by pidfd_getfd(). */
SEC("lsm/file_receive")
int BPF_PROG(file_receive, struct file *file)
{
	struct judgement j = {.file = file, .action = GPIO_ACL_RECEIVE};

	j.kind = file_kind(file);
	if (j.kind == GPIO_ACL_FILE_OTHER || j.kind == GPIO_ACL_FILE_CHIP)
		return 0;
	if (!begin(&j, bpf_get_current_task_btf()->cred))
		return 0;
	return conclude(&j, judge(&j, 0, false));
}

/* ---- what was there before: lines held, memory in use ----------------------------------- */

/*
 * Marks all memory and descriptors that are older than the hooks. Read once, after attaching the
 * first ones and before `held`, whose pin says that all was done; writes something only when it
 * failed.
 */
SEC("iter/task")
int survey(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	char failed = '!';

	if (task && task->mm &&
	    !(mark((__u64)task->mm, GPIO_ACL_OLDER) && survey_descriptors(task)))
		bpf_seq_write(ctx->meta->seq, &failed, sizeof(failed));
	return 0;
}

/* Line requests held now that the policy in force refuses to their holder, as audit records. */
SEC("iter/task_file")
int held(struct bpf_iter__task_file *ctx)
{
	struct judgement j = {.action = GPIO_ACL_HOLDING};
	struct task_struct *task = ctx->task;
	struct gpio_acl_record *record;
	enum gpio_acl_reason reason;
	__u64 size;

	j.file = ctx->file;
	if (!task || !j.file)
		return 0;
	j.kind = file_kind(j.file);
	if (j.kind == GPIO_ACL_FILE_OTHER || j.kind == GPIO_ACL_FILE_CHIP)
		return 0;
	if (!begin(&j, task->cred))
		return 0;
	reason = judge(&j, 0, false);
	if (reason == GPIO_ACL_ALLOWED || !j.scratch)
		return 0;
	record = &j.scratch->record;
	size = describe_lines(&j, reason);
	record->cgroup = 0;
	record->pid = task->tgid;
	record->tid = task->pid;
	bpf_core_read_str(record->comm, sizeof(record->comm), &task->comm);
	if (size <= sizeof(*record))
		bpf_seq_write(ctx->meta->seq, record, size);
	return 0;
}
