/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tasks share a table of file descriptors, while a request whose memory need not be private
 * is in flight. Needed only for rules with `memory any`.
 *
 * A request that raced ends with its process, and so does its descriptor, unless a process that
 * shares the table lives on. So a task that shares its table has no such request, and while one is
 * in flight no process comes to share the table. The two sides are ordered as barrier.h says.
 */
#ifndef GPIO_ACL_FD_SHARING_H
#define GPIO_ACL_FD_SHARING_H

#include "bpf/lib/barrier.h"
#include "bpf/lib/private_memory.h"

struct fd_sharing {
	__u64 reason; /* why others may have the descriptors: enum gpio_acl_reason; until execve()
		       */
	__u64 inflight_any; /* requests in flight under a rule with `memory any`, of all threads */
};

/* mm -> what its threads have to know of each other. The loader sets max_entries. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct fd_sharing);
} fd_sharings SEC(".maps");

/* NULL if the map is full. */
static struct fd_sharing *get_fd_sharing(__u64 mm)
{
	struct fd_sharing new = {}, *sharing = bpf_map_lookup_elem(&fd_sharings, &mm);

	if (sharing)
		return sharing;
	bpf_map_update_elem(&fd_sharings, &mm, &new, BPF_NOEXIST);
	return bpf_map_lookup_elem(&fd_sharings, &mm);
}

/*
 * Does nothing if the task executed another program since: the fexit program may have been skipped,
 * and the mm of today can have the address of that one.
 */
static void end_inflight_any(struct scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fd_sharing *sharing;
	__u64 mm = scratch->inflight.any_mm;

	if (!mm)
		return;
	scratch->inflight.any_mm = 0;
	if (mm != (__u64)task->mm || scratch->inflight.exec_id != task->self_exec_id)
		return;
	sharing = bpf_map_lookup_elem(&fd_sharings, &mm);
	if (sharing)
		__sync_fetch_and_add(&sharing->inflight_any, -1);
}

/*
 * begin_inflight_any() - may the current task's request pass although its memory is not private?
 *
 * Returns GPIO_ACL_REASON_ALLOWED if no other process shares its table of descriptors; then none
 * comes to share it before end_inflight_any(). Else the reason.
 */
static enum gpio_acl_reason begin_inflight_any(struct scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fd_sharing *sharing = get_fd_sharing((__u64)task->mm);

	if (!sharing)
		return GPIO_ACL_REASON_NOMEM;
	end_inflight_any(scratch);
	__sync_fetch_and_add(&sharing->inflight_any, 1);
	scratch->inflight.any_mm = (__u64)task->mm;
	scratch->inflight.exec_id = task->self_exec_id;
	smp_mb();
	return shares_files(own_task_share(task), task) ? GPIO_ACL_REASON_DESCRIPTORS
							: sharing->reason;
}

/*
 * share_fds() - the current task makes a task that shares its descriptors
 * @child_share: of the new task, if it is another process
 * @thread: it is a thread
 *
 * Returns false if that must be refused: the map is full, or a `memory any` request is in flight.
 */
static bool share_fds(struct task_struct *task, struct task_share *child_share, bool thread)
{
	struct fd_sharing *sharing;

	if (thread && !shares_files(own_task_share(task), task))
		return true;
	sharing = get_fd_sharing((__u64)task->mm);
	if (!sharing)
		return false;
	sharing->reason = GPIO_ACL_REASON_DESCRIPTORS;
	if (thread)
		return true;
	smp_mb();
	if (!child_share || sharing->inflight_any)
		return false;
	child_share->files = task->self_exec_id + 1;
	return true;
}

/*
 * For an mm that is older than the hooks. Its threads do not show whether others share the table.
 */
static bool scan_fds(struct task_struct *task)
{
	struct files_struct *files = task->files;
	struct fd_sharing *sharing;

	if (!files || files->count.counter == 1)
		return true;
	sharing = get_fd_sharing((__u64)task->mm);
	if (sharing)
		sharing->reason = GPIO_ACL_REASON_PREEXISTING;
	return sharing;
}

#endif
