/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exclusive memory: is the caller the only one who can write its argument until the kernel has
 * used it? docs/security.md has the proof by cases, writer by writer.
 *
 * Most other writers leave a sign in the task or the mm, read at the moment of the judgement.
 * Those that leave none there are told by what makes them, when they are made, and remembered in
 * `marks` until the memory is gone: a clone that shares memory, an open of /proc/PID/mem, a granted
 * access of the ptrace kind, a userfaultfd, MADV_FREE, a task that ends and leaves work behind; and
 * memory that is older than the hooks, of which nobody can tell, until its process executes
 * something. So mm_users, which any reader of /proc/PID/maps raises, is not looked at, and such a
 * reader never makes a lawful request fail.
 *
 * fork() hands down the pages themselves, and with them whoever took a reference to one of them
 * before and still writes through it. So a child is alone in its memory only if its parent was,
 * when it forked; until it executes something.
 *
 * A judgement and a mark can run at the same time. The judgement first sets scratch.judging and
 * then reads the marks; the hook that marks first writes the mark and then reads scratch.judging.
 * Each has a full memory barrier in between, so that at least one of them sees the other.
 */
#ifndef GPIO_ACL_EXCLUSIVE_H
#define GPIO_ACL_EXCLUSIVE_H

#include "bpf/maps.h"

#define MMF_HAS_PINNED	   27
#define VM_SHARED	   0x00000008ul
#define VM_MAYSHARE	   0x00000080ul
#define VM_DROPPABLE	   (1ul << 40)
#define CLONE_VM	   0x00000100ul
#define CLONE_FILES	   0x00000400ul
#define CLONE_VFORK	   0x00004000ul
#define CLONE_THREAD	   0x00010000ul
#define FMODE_WRITE	   2u
#define PTRACE_MODE_ATTACH 2u
#define BPF_MAX_LOOPS	   (1 << 23)

/* mm -> the enum gpio_acl_reason why it is not its user's alone. The loader says how many. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
} marks SEC(".maps");

/* An exchange with it orders what stands before and after: here, a mark and a look at judging. */
static __u64 barrier;

/*
 * What a task was born with, until it executes something: each is self_exec_id + 1 of that time,
 * or 0. (An mm's address would not do, it may be another's tomorrow.)
 */
struct origin {
	__u64 borrowed; /* its memory, by vfork() */
	__u64 shares;	/* another process's descriptors */
	__u64 forked;	/* the pages of a parent that was not alone in its memory */
	__u64 why;	/* enum gpio_acl_reason for that; until execve() */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct origin);
} origins SEC(".maps");

static struct origin *find_origin(struct task_struct *task)
{
	return bpf_task_storage_get(&origins, (void *)task, 0, 0);
}

/* NULL: there is no room, or (on 6.1) another task is busy there; then the worst is assumed. */
static struct origin *get_origin(struct task_struct *task)
{
	return bpf_task_storage_get(&origins, (void *)task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

#define STORAGE_TRIES 20000

static long try_origin(__u64 i, void *ctx)
{
	struct task_struct **task = ctx;

	return !!get_origin(*task);
}

/*
 * That of the current task, or of a child that it is making. On 6.1 who is busy there is preempted,
 * and soon done.
 */
static struct origin *own_origin(struct task_struct *task)
{
	struct origin *origin = find_origin(task);

	if (origin)
		return origin;
	bpf_loop(STORAGE_TRIES, try_origin, &task, 0);
	return get_origin(task);
}

/* false: there was no room, and whoever makes the other writer must be kept from it. */
static bool mark(__u64 mm, __u32 reason)
{
	int err; /* 32 bits: before 6.4 the helper sets no more */

	if (!mm)
		return true;
	err = bpf_map_update_elem(&marks, &mm, &reason, BPF_NOEXIST);
	if (err == -EEXIST)
		err = 0;
	barrier_var(err); /* else a verdict is computed from it, whose bounds no verifier sees */
	return !err;
}

static bool is_born_with(const struct task_struct *task, __u64 when)
{
	return when == task->self_exec_id + 1;
}

static bool has_borrowed(const struct origin *origin, const struct task_struct *task)
{
	return !origin || is_born_with(task, origin->borrowed);
}

static bool is_born_sharing(const struct origin *origin, const struct task_struct *task)
{
	return !origin || is_born_with(task, origin->shares);
}

/*
 * Why a child of fork() is not alone, if its parent is not: for @reason. Two of the reasons are of
 * the pages themselves, and as true of the child.
 */
static enum gpio_acl_reason inherit(enum gpio_acl_reason reason)
{
	if (reason == GPIO_ACL_REASON_DROPPABLE || reason == GPIO_ACL_REASON_PREEXISTING)
		return reason;
	return GPIO_ACL_REASON_FORKED;
}

static bool has_pinned(const struct mm_struct *mm)
{
	const struct mm_struct___bitmap *with_bitmap = (const void *)mm;
	unsigned long flags;

	if (bpf_core_field_exists(with_bitmap->flags.__mm_flags))
		flags = with_bitmap->flags.__mm_flags[0];
	else
		flags = mm->flags;
	return flags >> MMF_HAS_PINNED & 1;
}

/* What the task, the current one, and its memory say of other writers. */
static enum gpio_acl_reason check_task(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct origin *origin;
	__u64 key = (__u64)mm;
	__u32 *marked;

	if (task->signal->nr_threads > 1)
		return GPIO_ACL_REASON_THREADS;
	if (task->ptrace)
		return GPIO_ACL_REASON_TRACED;
	if (OPTIONAL(task->io_uring, struct io_wq))
		return GPIO_ACL_REASON_URING;
	if (!mm)
		return GPIO_ACL_REASON_KERNEL_READ;
	if (OPTIONAL(mm->ioctx_table, struct kioctx_table))
		return GPIO_ACL_REASON_AIO;
	if (OPTIONAL(mm->notifier_subscriptions, struct mmu_notifier_subscriptions))
		return GPIO_ACL_REASON_DEVICE;
	if (has_pinned(mm))
		return GPIO_ACL_REASON_PINNED;
	origin = own_origin(task);
	if (has_borrowed(origin, task))
		return GPIO_ACL_REASON_SHARED;
	marked = bpf_map_lookup_elem(&marks, &key);
	if (marked)
		return *marked;
	return is_born_with(task, origin->forked) ? origin->why : GPIO_ACL_REASON_ALLOWED;
}

/*
 * So long, in ns, another may hold the lock of the address space. One on a virtual processor may be
 * stopped in it, for as long as others on the real one take. But nobody shall keep processors busy
 * at will: for a second after a user has waited in vain, that user waits a short time only.
 */
#define MAX_BUSY       100000000
#define MAX_BUSY_AGAIN 2000000
#define SECOND	       1000000000

/* uid -> when (CLOCK_MONOTONIC, ns) it waited in vain the last time; the oldest make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} waited_in_vain SEC(".maps");

/* How long the current task is to wait from now on. */
static __u64 patience(__u64 now)
{
	__u32 uid = subject_uid(bpf_get_current_task_btf()->cred);
	const __u64 *last = bpf_map_lookup_elem(&waited_in_vain, &uid);

	return last && now - *last < SECOND ? MAX_BUSY_AGAIN : MAX_BUSY;
}

static void note_wait(__u64 now)
{
	__u32 uid = subject_uid(bpf_get_current_task_btf()->cred);

	bpf_map_update_elem(&waited_in_vain, &uid, &now, BPF_ANY);
}

struct vma_check {
	__u64 start, end;
	__u64 until; /* CLOCK_MONOTONIC, ns; 0: it was not locked yet */
	enum gpio_acl_reason reason;
};

static long check_vma(struct task_struct *task, struct vm_area_struct *vma, void *ctx)
{
	struct vma_check *check = ctx;

	check->reason = GPIO_ACL_REASON_ALLOWED;
	if (vma->vm_end < check->end)
		check->reason = GPIO_ACL_REASON_SPLIT;
	else if (vma->vm_flags & (VM_SHARED | VM_MAYSHARE) || vma->vm_file || vma->vm_ops)
		check->reason = GPIO_ACL_REASON_MAPPED;
	else if (OPTIONAL(vma->vm_userfaultfd_ctx.ctx, struct userfaultfd_ctx))
		check->reason = GPIO_ACL_REASON_USERFAULT;
	else if (vma->vm_flags & VM_DROPPABLE)
		check->reason = GPIO_ACL_REASON_DROPPABLE;
	return 0;
}

/* bpf_find_vma() only tries the lock; -EBUSY is no answer yet. */
static long try_vma(__u64 i, void *ctx)
{
	struct vma_check *check = ctx;
	long err =
		bpf_find_vma((void *)bpf_get_current_task_btf(), check->start, check_vma, check, 0);
	__u64 now;

	if (!err)
		return 1;
	check->reason = err == -EBUSY ? GPIO_ACL_REASON_BUSY : GPIO_ACL_REASON_UNREADABLE;
	if (err != -EBUSY)
		return 1;
	now = bpf_ktime_get_ns();
	if (!check->until)
		check->until = now + patience(now);
	if (now <= check->until)
		return 0;
	note_wait(now);
	return 1;
}

/*
 * check_exclusive() - can nobody but the caller write size bytes at arg? And has nobody else its
 * descriptors? A request that raced all the same ends with its process, and its descriptor with it.
 *
 * Returns GPIO_ACL_REASON_ALLOWED, or which condition failed. Stays true until the caller's system
 * call ends, as long as scratch.judging is set.
 */
static enum gpio_acl_reason check_exclusive(__u64 arg, __u32 size)
{
	struct vma_check check = {.start = arg, .end = arg + size, .reason = GPIO_ACL_REASON_BUSY};
	struct task_struct *task = bpf_get_current_task_btf();
	enum gpio_acl_reason reason = check_task(task);

	if (reason != GPIO_ACL_REASON_ALLOWED)
		return reason;
	/* It has no threads, so only itself could share them, and is here. */
	if (task->files->count.counter > 1)
		return GPIO_ACL_REASON_DESCRIPTORS;
	bpf_loop(BPF_MAX_LOOPS, try_vma, &check, 0);
	return check.reason;
}

/* ---- descriptors, under a `memory any` rule ---------------------------------------------- */

/*
 * A request that raced ends with its process, and so does its descriptor, unless a process that
 * shares the table of descriptors lives on. So no waiver for who shares it, and no sharing while a
 * waived request is under way. Again each says first what it does, and then looks at the other.
 */
struct company {
	__u64 shares; /* enum gpio_acl_reason why others may have the descriptors; until execve() */
	__u64 waivers; /* requests under way, of any thread */
};

/* mm -> what the threads that use it have to know of each other. The loader says how many. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct company);
} companies SEC(".maps");

/* NULL: there was no room */
static struct company *find_company(__u64 mm)
{
	struct company new = {}, *company = bpf_map_lookup_elem(&companies, &mm);

	if (company)
		return company;
	bpf_map_update_elem(&companies, &mm, &new, BPF_NOEXIST);
	return bpf_map_lookup_elem(&companies, &mm);
}

/*
 * Where the program at the end of an ioctl was skipped, the task may have executed something since;
 * its memory of today can have the address of that one.
 */
static void end_waiver(struct scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct company *company;
	__u64 mm = scratch->waived;

	if (!mm)
		return;
	scratch->waived = 0;
	if (mm != (__u64)task->mm || scratch->exec_id != task->self_exec_id)
		return;
	company = bpf_map_lookup_elem(&companies, &mm);
	if (company)
		__sync_fetch_and_add(&company->waivers, -1);
}

/*
 * begin_waiver() - may the current task's request go without exclusive memory, as far as its
 * descriptor is concerned? If so, no process comes to share the descriptors before end_waiver().
 */
static enum gpio_acl_reason begin_waiver(struct scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct company *company = find_company((__u64)task->mm);

	if (!company)
		return GPIO_ACL_REASON_NOMEM;
	end_waiver(scratch);
	__sync_fetch_and_add(&company->waivers, 1);
	scratch->waived = (__u64)task->mm;
	scratch->exec_id = task->self_exec_id;
	__sync_lock_test_and_set(&barrier, 1);
	return is_born_sharing(own_origin(task), task) ? GPIO_ACL_REASON_DESCRIPTORS
						       : company->shares;
}

/*
 * share_descriptors() - the current task makes one that shares its descriptors: a thread, or else
 * another process, with the origin @born. False when it may not: there is no room to remember it,
 * or a waived request is under way.
 */
static bool share_descriptors(struct task_struct *task, struct origin *born, bool thread)
{
	struct company *company;

	if (thread && !is_born_sharing(own_origin(task), task))
		return true;
	company = find_company((__u64)task->mm);
	if (!company)
		return false;
	company->shares = GPIO_ACL_REASON_DESCRIPTORS;
	if (thread)
		return true;
	__sync_lock_test_and_set(&barrier, 1);
	if (!born || company->waivers)
		return false;
	born->shares = task->self_exec_id + 1;
	return true;
}

/* Whether memory that is older than the hooks has been in company cannot be told by its threads. */
static bool survey_descriptors(struct task_struct *task)
{
	struct files_struct *files = task->files;
	struct company *company;

	if (!files || files->count.counter == 1)
		return true;
	company = find_company((__u64)task->mm);
	if (company)
		company->shares = GPIO_ACL_REASON_PREEXISTING;
	return company;
}

/* ---- those that make another writer --------------------------------------------------- */

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

#define VHOST_TYPE 0xAF /* VHOST_VIRTIO in linux/vhost.h */
#define DRM_MAJOR  226

/*
 * Does an ioctl lend the caller's memory to a thread of the kernel's, which then writes it by
 * kthread_use_mm() and leaves no sign? It is said of more than do it, since a driver's module may
 * come later than the hooks, and the signs of those that do are in their structs:
 *
 * - vhost: VHOST_SET_OWNER (vhost_dev_set_owner() in drivers/vhost/vhost.c;
 * vhost_run_work_kthread_list() where the worker is no thread of the owner's: in 6.1, and on demand
 * in 6.12.117 and 7.3);
 * - GPUs of Intel: a user fence (user_fence_worker() in drivers/gpu/drm/xe/xe_sync.c, 6.12
 * and 7.3). drm_ioctl() goes by the number alone, so the type of the command says nothing.
 */
static __always_inline bool lends_memory(const struct file *file, __u32 command)
{
	return _IOC_TYPE(command) == VHOST_TYPE || DEVICE_MAJOR(file->f_inode->i_rdev) == DRM_MAJOR;
}

static __noinline int lend_memory(void)
{
	__u64 mm = (__u64)bpf_get_current_task_btf()->mm;

	if (bpf_map_lookup_elem(&marks, &mm))
		return 0;
	return mark(mm, GPIO_ACL_REASON_DEVICE) ? 0 : -EPERM;
}

/* Of an ioctl on no GPIO file. */
static __always_inline int watch_lending(const struct file *file, __u32 command)
{
	return lends_memory(file, command) ? lend_memory() : 0;
}

/*
 * These functions have no hook of an LSM, or one that costs too much. So two programs watch each: a
 * kprobe, which is skipped on a processor where a task is preempted in bpf(2); and where the kernel
 * allows it an fentry program, which is skipped where another task is preempted in it.
 */

/*
 * For want of room to mark the memory the process ends. The signal may come late (maps.h,
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

#endif
