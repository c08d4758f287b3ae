// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's side: the hooks that every GPIO ioctl and every passed line descriptor goes
 * through. Without a published policy they are dormant: see loader/engine/engine.h.
 *
 * What the caller could change between our reading and the kernel's is kept from it by
 * exclusive.h; what the kernel then really takes is compared by truth.h with what was judged.
 */
#include "bpf/exclusive.h"
#include "bpf/judge.h"
#include "bpf/truth.h"

char LICENSE[] SEC("license") = "GPL";

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
	return remember(&j, conclude(&j, judge(&j, hook[2], reading)));
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
	return conclude(&j, judge(&j, 0, NO_ARGUMENT));
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
	    !(mark((__u64)task->mm, GPIO_ACL_REASON_PREEXISTING) && survey_descriptors(task)))
		bpf_seq_write(ctx->meta->seq, &failed, sizeof(failed));
	return 0;
}

/* ---- what is read through pins ----------------------------------------------------------- */

/*
 * Whose records were left out, and how many, as struct gpio_acl_left_out; the reader of the audit
 * reads it when it has read the rings, and all shares begin anew.
 */
SEC("iter/bpf_map_elem")
int left_out(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct gpio_acl_payer *payer = ctx->key;
	struct gpio_acl_left_out told = {};
	struct share *share = ctx->value;

	if (!payer || !share)
		return 0;
	share->bytes = 0;
	told.payer = *payer;
	told.count = __sync_lock_test_and_set(&share->left_out, 0);
	/* An element that finds no room in what is read now is shown again with the next part. */
	if (told.count && bpf_seq_write(ctx->meta->seq, &told, sizeof(told)))
		__sync_fetch_and_add(&share->left_out, told.count);
	return 0;
}

/* Line requests held now that the policy in force refuses to their holder, as audit records. */
SEC("iter/task_file")
int held(struct bpf_iter__task_file *ctx)
{
	struct judgement j = {.action = GPIO_ACL_ACTION_HOLDING};
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
	reason = judge(&j, 0, NO_ARGUMENT);
	if (reason == GPIO_ACL_REASON_ALLOWED || !j.scratch)
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
