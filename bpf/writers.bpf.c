// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that see another writer of a process's memory come into being. They taint the mm, or
 * refuse where there is no room to remember it (lib/private_memory.h).
 *
 * And task_fix_setgroups, which invalidates the caches (lib/cache.h).
 */
#include "bpf/lib/cache.h"
#include "bpf/lib/inflight.h"
#include "bpf/lib/test.h"

#define CLONE_VM	   0x00000100ul
#define CLONE_FILES	   0x00000400ul
#define CLONE_VFORK	   0x00004000ul
#define CLONE_THREAD	   0x00010000ul
#define FMODE_WRITE	   2u
#define PTRACE_MODE_ATTACH 2u

static bool is_root(void)
{
	return !subject_uid(bpf_get_current_task_btf()->cred);
}

/*
 * add_thread(), add_process() - the current task makes a thread, or another process
 *
 * Both run in the parent, before the child has memory or descriptors: copy_process() in
 * kernel/fork.c calls security_task_alloc() before copy_files() and copy_mm(), 6.1 to 7.3. If the
 * parent's memory is private here, it still is at copy_mm(): only the parent itself could change
 * that, or a writer from outside. Such a writer holds mmap_lock, which dup_mmap() takes, or writes
 * through pinned pages, which fork() copies at once.
 *
 * Return false if there is no room to remember what the child is: the clone must be refused.
 */
static bool add_thread(struct task_struct *task, unsigned long clone_flags)
{
	if (clone_flags & CLONE_FILES && !share_fds(task, NULL, true))
		return false;
	/* A clone by a child of vfork() shares the mm for good. */
	return !shares_mm_by_vfork(own_task_share(task), task) ||
	       taint_mm((__u64)task->mm, GPIO_ACL_REASON_SHARED);
}

static bool add_process(struct task_struct *task, struct task_struct *child,
			unsigned long clone_flags)
{
	enum gpio_acl_reason reason;
	struct task_share *child_share;

	if (clone_flags & CLONE_FILES && !share_fds(task, own_task_share(child), false))
		return false;
	if (clone_flags & CLONE_VM) {
		/* After vfork() the parent waits: for now only the child uses the mm. */
		if (!(clone_flags & CLONE_VFORK) || shares_mm_by_vfork(own_task_share(task), task))
			return taint_mm((__u64)task->mm, GPIO_ACL_REASON_SHARED);
		child_share = own_task_share(child);
		if (child_share)
			child_share->vfork_mm = task->self_exec_id + 1;
		return child_share;
	}
	reason = check_task(task);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		return true;
	child_share = own_task_share(child);
	if (!child_share)
		return false;
	child_share->fork_reason = inherited_reason(reason);
	child_share->forked = task->self_exec_id + 1;
	return true;
}

SEC("lsm/task_alloc")
int BPF_PROG(task_alloc, struct task_struct *child, unsigned long clone_flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool may;

	if (!task->mm)
		return 0;
	if (clone_flags & CLONE_THREAD)
		may = add_thread(task, clone_flags);
	else
		may = add_process(task, child, clone_flags);
	return may ? 0 : -EAGAIN;
}

/*
 * process_vm_writev(), PTRACE_ATTACH, an open of another process's /proc/PID/mem. Root is exempt:
 * it does not need a race. If the target has a request in flight, the access is refused.
 *
 * Refused too are a task without mm and a child of vfork(). The first is exiting, and the caller
 * may have got its mm before (mm_access() in kernel/fork.c). The second uses the mm of its parent,
 * which goes on, and makes requests, before the child has let go of it (mm_release()). None of that
 * changes meanwhile: the caller holds the target's alloc_lock.
 */
SEC("lsm/ptrace_access_check")
int BPF_PROG(ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	struct scratch *scratch;
	__u64 mm;

	if (memcheck_off || !(mode & PTRACE_MODE_ATTACH) || is_root())
		return 0;
	mm = (__u64)child->mm;
	if (!mm || shares_mm_by_vfork(get_task_share(child), child) ||
	    !taint_mm(mm, GPIO_ACL_REASON_WRITER))
		return -EPERM;
	smp_mb();
	scratch = get_scratch(child);
	return !scratch || get_inflight(child, scratch) ? -EPERM : 0;
}

/*
 * The following functions have no LSM hook, or one that costs too much. So two programs watch each
 * of them: a kprobe, which is skipped on a CPU where a task was preempted in bpf(2)
 * (bpf_prog_active), and where the kernel allows it an fentry program, which is skipped on a CPU
 * where another task was preempted in it (prog->active).
 */

/*
 * Kills the process if the map is full. The signal may come late (kill_racer() in lib/inflight.h);
 * until then the task counts as a child of a process whose memory was not private.
 */
static void taint_mm_or_kill(__u64 mm, enum gpio_acl_reason reason)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_share *share;

	if (taint_mm(mm, reason))
		return;
	share = find_task_share(task);
	if (share) {
		share->fork_reason = reason;
		share->forked = task->self_exec_id + 1;
	}
	bpf_send_signal(SIGKILL);
}

/*
 * An open of /proc/PID/mem for writing. If the target's mm is the opener's own, no hook is called
 * (mm_access() in kernel/fork.c, 6.1 to 7.3); ptrace_access_check sees the others. Any holder of
 * the descriptor can write later. While the file is opened the target's mm never becomes the
 * opener's: the target can only get a new one, or lose it.
 */
static void taint_opened_mm(const void *inode, const struct file *file)
{
	const struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	const struct task_struct *target;

	if (!(READ(struct file, file, f_mode) & FMODE_WRITE))
		return;
	target = proc_task(inode);
	if (!target || READ(struct task_struct, target, mm) == mm)
		taint_mm_or_kill((__u64)mm, GPIO_ACL_REASON_WRITER);
}

SEC("kprobe/mem_open")
int mem_open(void *ctx)
{
	taint_opened_mm(kprobe_argument(ctx, 0), kprobe_argument(ctx, 1));
	return 0;
}

SEC("?fentry/mem_open")
int BPF_PROG(mem_open_fentry, void *inode, struct file *file)
{
	taint_opened_mm(inode, file);
	return 0;
}

/*
 * MADV_FREE: reclaim may turn the pages to zeros between two reads, although nobody writes them.
 * The function runs in the caller's context, for each 2 MiB, before it changes the pages that are
 * present (madvise_free_single_vma() in mm/madvise.c, 6.1 to 7.3; another process's mm is refused
 * there). Its address is taken (.pmd_entry), so that no compiler inlines it, as amd64 6.12 does
 * with its caller.
 */
static void taint_freeing_mm(void)
{
	taint_mm_or_kill((__u64)bpf_get_current_task_btf()->mm, GPIO_ACL_REASON_DROPPABLE);
}

SEC("kprobe/madvise_free_pte_range")
int madvise_free(void *ctx)
{
	taint_freeing_mm();
	return 0;
}

SEC("?fentry/madvise_free_pte_range")
int BPF_PROG(madvise_free_fentry)
{
	taint_freeing_mm();
	return 0;
}

/*
 * A task exits and its mm stays: a thread's, or a child's of vfork(). What the task began can
 * outlive it: requests of io_uring, for which exit does not wait (io_uring_cancel_generic() with
 * cancel_all false, 6.1 to 7.3), and a read from a network file system that only a fatal signal
 * interrupts (nfs_direct_wait() in fs/nfs/direct.c). A fatal signal kills all threads of a process,
 * but a child of vfork() without its parent. Here the task still counts as a thread, and its parent
 * still waits.
 */
#define SIGNAL_MASK 0x7f

static void taint_left_mm(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (OPTIONAL(task->io_uring, struct io_wq))
		taint_mm((__u64)task->mm, GPIO_ACL_REASON_URING);
	else if (task->signal->group_exit_code & SIGNAL_MASK &&
		 shares_mm_by_vfork(find_task_share(task), task))
		taint_mm((__u64)task->mm, GPIO_ACL_REASON_SHARED);
}

SEC("kprobe/exit_signals")
int exit_signals(void *ctx)
{
	taint_left_mm();
	return 0;
}

SEC("?fentry/exit_signals")
int BPF_PROG(exit_signals_fentry)
{
	taint_left_mm();
	return 0;
}

/* The mm is gone, and another one may get its address. */
static void drop_mm(__u64 mm)
{
	bpf_map_delete_elem(&tainted_mms, &mm);
	bpf_map_delete_elem(&fd_sharings, &mm);
}

SEC("kprobe/exit_mmap")
int exit_mmap(void *ctx)
{
	drop_mm((__u64)kprobe_argument(ctx, 0));
	return 0;
}

SEC("?fentry/exit_mmap")
int BPF_PROG(exit_mmap_fentry, struct mm_struct *mm)
{
	drop_mm((__u64)mm);
	return 0;
}

SEC("lsm/inode_init_security_anon")
int BPF_PROG(inode_init_security_anon, void *inode, const struct qstr *name)
{
	char text[16] = {};

	bpf_probe_read_kernel_str(text, sizeof(text), BPF_CORE_READ(name, name));
	if (bpf_strncmp(text, sizeof(text), "[userfaultfd]"))
		return 0;
	return taint_mm((__u64)bpf_get_current_task_btf()->mm, GPIO_ACL_REASON_USERFAULT) ? 0
											  : -EPERM;
}

/*
 * Only here does a task get another list of groups. The new list may have the address of the old
 * one, so that lib/cache.h cannot see the change by itself.
 */
SEC("lsm/task_fix_setgroups")
int BPF_PROG(task_fix_setgroups)
{
	invalidate_all();
	return 0;
}
