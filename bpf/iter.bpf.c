// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The iterators: programs that user space reads. One looks at the tasks that are older than the
 * hooks, one lists what the audit left out, one lists held lines that the policy refuses.
 */
#include "bpf/lib/audit.h"
#include "bpf/lib/request.h"

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
