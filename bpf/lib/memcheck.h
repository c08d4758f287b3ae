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
#ifndef GPIO_ACL_MEMCHECK_H
#define GPIO_ACL_MEMCHECK_H

#include "bpf/lib/maps.h"
#include "bpf/lib/scratch.h"

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

#endif
