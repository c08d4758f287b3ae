// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs that see another writer of a process's memory come into being: they mark the memory
 * (lib/memcheck.h), or refuse. And the one that sees a list of groups change (lib/cache.h).
 */
#include "bpf/lib/cache.h"
#include "bpf/lib/inflight.h"
#include "bpf/lib/test.h"

static bool is_root(void)
{
	return !subject_uid(bpf_get_current_task_btf()->cred);
}

/*
 * add_thread(), add_process() - the current task makes a thread, or another process
 *
 * Both run in the parent, before the child has memory or descriptors: copy_process() in
 * kernel/fork.c calls security_task_alloc() before copy_files() and copy_mm(), 6.1 to 7.3. Between
 * that and copy_mm() a parent that was alone stays so: nobody but itself could change it, or
 * whoever reaches its memory from outside; and who does that writes with mmap_lock held, which
 * dup_mmap() takes, or through pages that are pinned, which fork() copies at once.
 *
 * Return false where there is no room to remember what the child is: it must not be born.
 */
static bool add_thread(struct task_struct *task, unsigned long clone_flags)
{
	if (clone_flags & CLONE_FILES && !share_descriptors(task, NULL, true))
		return false;
	/* Memory that is borrowed is shared for good by who is cloned from the borrower. */
	return !has_borrowed(own_origin(task), task) ||
	       mark((__u64)task->mm, GPIO_ACL_REASON_SHARED);
}

static bool add_process(struct task_struct *task, struct task_struct *child,
			unsigned long clone_flags)
{
	enum gpio_acl_reason reason;
	struct origin *born;

	if (clone_flags & CLONE_FILES && !share_descriptors(task, own_origin(child), false))
		return false;
	if (clone_flags & CLONE_VM) {
		/* After vfork() the parent waits: it is the child that has borrowed the memory. */
		if (!(clone_flags & CLONE_VFORK) || has_borrowed(own_origin(task), task))
			return mark((__u64)task->mm, GPIO_ACL_REASON_SHARED);
		born = own_origin(child);
		if (born)
			born->borrowed = task->self_exec_id + 1;
		return born;
	}
	reason = check_task(task);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		return true;
	born = own_origin(child);
	if (!born)
		return false;
	born->why = inherit(reason);
	born->forked = task->self_exec_id + 1;
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
 * process_vm_writev(), PTRACE_ATTACH, an open of another's /proc/PID/mem. Root may, unmarked: who
 * is root need not race. A request that is under way at this moment wins.
 *
 * A task that ends may have been asked for its memory before, and have none now (mm_access() in
 * kernel/fork.c); and a child of vfork() has its parent's, who goes on, and judges, before the
 * child has given it back (mm_release()). Neither lets anybody in. Nothing of that changes here:
 * the caller holds the task's alloc_lock.
 */
SEC("lsm/ptrace_access_check")
int BPF_PROG(ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	struct scratch *scratch;
	__u64 mm;

	if (exclusive_off || !(mode & PTRACE_MODE_ATTACH) || is_root())
		return 0;
	mm = (__u64)child->mm;
	if (!mm || has_borrowed(get_origin(child), child) || !mark(mm, GPIO_ACL_REASON_WRITER))
		return -EPERM;
	__sync_lock_test_and_set(&barrier, 1);
	scratch = get_scratch(child);
	return !scratch || is_judging(child, scratch) ? -EPERM : 0;
}

/*
 * These functions have no hook of an LSM, or one that costs too much. So two programs watch each: a
 * kprobe, which is skipped on a processor where a task is preempted in bpf(2); and where the kernel
 * allows it an fentry program, which is skipped where another task is preempted in it.
 */

/*
 * For want of room to mark the memory the process ends. The signal may come late (inflight.h,
 * kill_racer()); until then the task is treated as the child of one that is not alone.
 */
static void mark_or_kill(__u64 mm, enum gpio_acl_reason reason)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct origin *origin;

	if (mark(mm, reason))
		return;
	origin = find_origin(task);
	if (origin) {
		origin->why = reason;
		origin->forked = task->self_exec_id + 1;
	}
	bpf_send_signal(SIGKILL);
}

/*
 * An open of /proc/PID/mem where that memory is the opener's own asks nobody (mm_access() in
 * kernel/fork.c, 6.1 to 7.3); another's is marked by ptrace_access_check. Whoever holds the
 * descriptor later can write. A task's memory never becomes the opener's while it is asked for: it
 * can be exchanged for a new one, or go.
 */
static void mark_opened(const void *inode, const struct file *file)
{
	const struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	const struct task_struct *target;

	if (!(READ(struct file, file, f_mode) & FMODE_WRITE))
		return;
	target = proc_task(inode);
	if (!target || READ(struct task_struct, target, mm) == mm)
		mark_or_kill((__u64)mm, GPIO_ACL_REASON_WRITER);
}

SEC("kprobe/mem_open")
int mem_open(void *ctx)
{
	mark_opened(argument(ctx, 0), argument(ctx, 1));
	return 0;
}

SEC("?fentry/mem_open")
int BPF_PROG(mem_open_again, void *inode, struct file *file)
{
	mark_opened(inode, file);
	return 0;
}

/*
 * MADV_FREE: reclaim may turn the pages to zeros between two reads, though nobody writes them. The
 * function runs in the caller's context, before it changes the pages of each 2 MiB that are
 * present (madvise_free_single_vma() in mm/madvise.c, 6.1 to 7.3; a foreign mm is refused there).
 * Its address is taken (.pmd_entry), so that no compiler can inline it, as amd64 6.12 does with its
 * caller.
 */
static void mark_freed(void)
{
	mark_or_kill((__u64)bpf_get_current_task_btf()->mm, GPIO_ACL_REASON_DROPPABLE);
}

SEC("kprobe/madvise_free_pte_range")
int madvise_free(void *ctx)
{
	mark_freed();
	return 0;
}

SEC("?fentry/madvise_free_pte_range")
int BPF_PROG(madvise_free_again)
{
	mark_freed();
	return 0;
}

/*
 * A task ends, and its memory stays: a thread's, or what a child of vfork() has borrowed. What it
 * began can outlive it: io_uring's requests, for which an exit does not wait
 * (io_uring_cancel_generic() with cancel_all false, 6.1 to 7.3); and a read that only a fatal
 * signal interrupts, from a network file system (nfs_direct_wait() in fs/nfs/direct.c). A thread is
 * killed with all of its process, a child of vfork() without its parent. Here the task still counts
 * as a thread, and its parent still waits.
 */
#define SIGNAL_MASK 0x7f

static void mark_left(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (OPTIONAL(task->io_uring, struct io_wq))
		mark((__u64)task->mm, GPIO_ACL_REASON_URING);
	else if (task->signal->group_exit_code & SIGNAL_MASK &&
		 has_borrowed(find_origin(task), task))
		mark((__u64)task->mm, GPIO_ACL_REASON_SHARED);
}

SEC("kprobe/exit_signals")
int exit_signals(void *ctx)
{
	mark_left();
	return 0;
}

SEC("?fentry/exit_signals")
int BPF_PROG(exit_signals_again)
{
	mark_left();
	return 0;
}

/* The memory is gone, and its address may be another's tomorrow. */
static void forget_memory(__u64 mm)
{
	bpf_map_delete_elem(&marks, &mm);
	bpf_map_delete_elem(&companies, &mm);
}

SEC("kprobe/exit_mmap")
int exit_mmap(void *ctx)
{
	forget_memory((__u64)argument(ctx, 0));
	return 0;
}

SEC("?fentry/exit_mmap")
int BPF_PROG(exit_mmap_again, struct mm_struct *mm)
{
	forget_memory((__u64)mm);
	return 0;
}

SEC("lsm/inode_init_security_anon")
int BPF_PROG(inode_init_security_anon, void *inode, const struct qstr *name)
{
	char text[16] = {};

	bpf_probe_read_kernel_str(text, sizeof(text), BPF_CORE_READ(name, name));
	if (bpf_strncmp(text, sizeof(text), "[userfaultfd]"))
		return 0;
	return mark((__u64)bpf_get_current_task_btf()->mm, GPIO_ACL_REASON_USERFAULT) ? 0 : -EPERM;
}

/* Only here does a task get another list of groups; it may stand where the last one did. */
SEC("lsm/task_fix_setgroups")
int BPF_PROG(task_fix_setgroups)
{
	world_changed();
	return 0;
}
