// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that user space reads: the scan of tasks that are older than the hooks, the payers whose
 * audit records were left out, the held lines that the policy would refuse.
 */
#include "bpf/lib/audit.h"
#include "bpf/lib/check.h"

/*
 * Taints every mm, and every table of descriptors, that is older than the hooks. Read once after
 * the first hooks are attached and before held_lines is pinned, which says that it is done. Outputs
 * something only if it failed.
 */
SEC("iter/task")
int scan_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	char failed = '!';

	if (task && task->mm &&
	    !(taint_mm((__u64)task->mm, GPIO_ACL_REASON_PREEXISTING) && scan_fds(task)))
		bpf_seq_write(ctx->meta->seq, &failed, sizeof(failed));
	return 0;
}

/*
 * The payers whose records were left out, and how many: struct gpio_acl_left_out. Read by the
 * reader of the audit when it has read the rings; then all shares start anew.
 */
SEC("iter/bpf_map_elem")
int left_out(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct gpio_acl_payer *payer = ctx->key;
	struct gpio_acl_left_out report = {};
	struct share *share = ctx->value;

	if (!payer || !share)
		return 0;
	share->bytes = 0;
	report.payer = *payer;
	report.count = __sync_lock_test_and_set(&share->left_out, 0);
	/* An element for which this read has no room is visited again by the next one. */
	if (report.count && bpf_seq_write(ctx->meta->seq, &report, sizeof(report)))
		__sync_fetch_and_add(&share->left_out, report.count);
	return 0;
}

/* Held line requests that the active policy refuses to their holder, as audit records. */
SEC("iter/task_file")
int held_lines(struct bpf_iter__task_file *ctx)
{
	struct gpio_request r = {.action = GPIO_ACL_ACTION_HOLDING};
	struct task_struct *task = ctx->task;
	struct gpio_acl_record *record;
	enum gpio_acl_reason reason;
	__u64 size;

	r.file = ctx->file;
	if (!task || !r.file)
		return 0;
	r.kind = file_kind(r.file);
	if (r.kind == GPIO_ACL_FILE_OTHER || r.kind == GPIO_ACL_FILE_CHIP)
		return 0;
	if (!begin_request(&r, task->cred))
		return 0;
	reason = check_request(&r, 0, FETCH_NONE);
	if (reason == GPIO_ACL_REASON_ALLOWED || !r.scratch)
		return 0;
	record = &r.scratch->record;
	size = describe_lines(&r, reason);
	record->cgroup = 0;
	record->pid = task->tgid;
	record->tid = task->pid;
	bpf_core_read_str(record->comm, sizeof(record->comm), &task->comm);
	if (size <= sizeof(*record))
		bpf_seq_write(ctx->meta->seq, record, size);
	return 0;
}
