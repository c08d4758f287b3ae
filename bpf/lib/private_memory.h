/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private memory: can anybody but the caller write its argument until the kernel has used it?
 * Without this check a request is open to a double fetch: the hook reads it, another writer changes
 * it, the kernel reads it again (TOCTOU). docs/security.md has the proof by cases, writer by
 * writer.
 *
 * Most other writers are visible in the task or the mm when the request is checked. Those that are
 * not are noticed when they are made, and the mm is tainted (`tainted_mms`) until it is gone: a
 * clone that shares the mm, an open of /proc/PID/mem, a ptrace access, a userfaultfd, MADV_FREE, a
 * task that exits and leaves work behind. An mm that is older than the hooks is tainted until
 * execve(). mm_users is not looked at: every reader of /proc/PID/maps raises it, and must not make
 * a lawful request fail.
 *
 * fork() hands down the pages, and with them every reference that somebody took to one of them and
 * still writes through. So the memory of a child is private only if that of its parent was at
 * fork(); until execve().
 *
 * A check and a taint can run at the same time: barrier.h has the argument why one sees the other.
 */
#ifndef GPIO_ACL_PRIVATE_MEMORY_H
#define GPIO_ACL_PRIVATE_MEMORY_H

#include "bpf/lib/maps.h"
#include "bpf/lib/scratch.h"

#define MMF_HAS_PINNED 27
#define VM_SHARED      0x00000008ul
#define VM_MAYSHARE    0x00000080ul
#define VM_DROPPABLE   (1ul << 40)
#define BPF_MAX_LOOPS  (1 << 23)

/* mm -> enum gpio_acl_reason why others may write it. The loader sets max_entries. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
} tainted_mms SEC(".maps");

/*
 * What a task got at clone(), until execve(): each member but the last is the task's self_exec_id +
 * 1 at that time, or 0. (The address of an mm would not do: another mm may have it later.)
 */
struct task_share {
	__u64 vfork_mm;	   /* the mm of its parent, by vfork() */
	__u64 files;	   /* another process's table of descriptors */
	__u64 forked;	   /* the pages of a parent whose memory was not private */
	__u64 fork_reason; /* enum gpio_acl_reason for .forked */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_share);
} task_shares SEC(".maps");

static struct task_share *find_task_share(struct task_struct *task)
{
	return bpf_task_storage_get(&task_shares, (void *)task, 0, 0);
}

/* NULL on -ENOMEM or, on 6.1, if bpf_task_storage_busy is held: callers assume the worst. */
static struct task_share *get_task_share(struct task_struct *task)
{
	return bpf_task_storage_get(&task_shares, (void *)task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static long try_task_share(__u64 i, void *ctx)
{
	struct task_struct **task = ctx;

	return !!get_task_share(*task);
}

/*
 * The same for the current task, or a child that it is making: tried again, since the holder of
 * bpf_task_storage_busy (6.1) is only preempted.
 */
static struct task_share *own_task_share(struct task_struct *task)
{
	struct task_share *share = find_task_share(task);

	if (share)
		return share;
	bpf_loop(STORAGE_TRIES, try_task_share, &task, 0);
	return get_task_share(task);
}

/* Returns false if the map is full: the caller must then refuse what makes the other writer. */
static bool taint_mm(__u64 mm, __u32 reason)
{
	int err; /* int: before 6.4 the helper sets only 32 bits of the result */

	if (!mm)
		return true;
	err = bpf_map_update_elem(&tainted_mms, &mm, &reason, BPF_NOEXIST);
	if (err == -EEXIST)
		err = 0;
	/*
	 * Keep clang from computing the program's return value from err. 6.12's verifier: R0 is not
	 * known to be in [-4095, 0].
	 */
	barrier_var(err);
	return !err;
}

static bool is_since_exec(const struct task_struct *task, __u64 when)
{
	return when == task->self_exec_id + 1;
}

static bool shares_mm_by_vfork(const struct task_share *share, const struct task_struct *task)
{
	return !share || is_since_exec(task, share->vfork_mm);
}

static bool shares_files(const struct task_share *share, const struct task_struct *task)
{
	return !share || is_since_exec(task, share->files);
}

/*
 * Why the memory of a child of fork() is not private, if its parent's is not for @reason. Two
 * reasons are about the pages themselves, and hold for the child too.
 */
static enum gpio_acl_reason inherited_reason(enum gpio_acl_reason reason)
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

/* The other writers that the task (the current one) and its mm show. */
static enum gpio_acl_reason check_task(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct task_share *share;
	__u64 key = (__u64)mm;
	__u32 *taint;

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
	share = own_task_share(task);
	if (shares_mm_by_vfork(share, task))
		return GPIO_ACL_REASON_SHARED;
	taint = bpf_map_lookup_elem(&tainted_mms, &key);
	if (taint)
		return *taint;
	return is_since_exec(task, share->forked) ? share->fork_reason : GPIO_ACL_REASON_ALLOWED;
}

/*
 * Timeout for mmap_lock in ns. The holder may be a descheduled vCPU, so it is long. But a user must
 * not keep CPUs busy at will: for a second after a timeout it is short for that user.
 */
#define MMAP_LOCK_TIMEOUT	100000000
#define MMAP_LOCK_TIMEOUT_SHORT 2000000
#define NSEC_PER_SEC		1000000000

/* uid -> CLOCK_MONOTONIC ns of its last timeout. LRU: the oldest makes room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} last_timeouts SEC(".maps");

/* The timeout of the current task. */
static __u64 mmap_lock_timeout(__u64 now)
{
	__u32 uid = subject_uid(bpf_get_current_task_btf()->cred);
	const __u64 *last = bpf_map_lookup_elem(&last_timeouts, &uid);

	return last && now - *last < NSEC_PER_SEC ? MMAP_LOCK_TIMEOUT_SHORT : MMAP_LOCK_TIMEOUT;
}

static void note_timeout(__u64 now)
{
	__u32 uid = subject_uid(bpf_get_current_task_btf()->cred);

	bpf_map_update_elem(&last_timeouts, &uid, &now, BPF_ANY);
}

struct vma_check {
	__u64 start, end;
	__u64 until; /* CLOCK_MONOTONIC, ns; 0: the lock was free so far */
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

/* bpf_find_vma() uses mmap_read_trylock(): -EBUSY means try again. */
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
		check->until = now + mmap_lock_timeout(now);
	if (now <= check->until)
		return 0;
	note_timeout(now);
	return 1;
}

/*
 * check_private() - can nobody but the caller write @size bytes at @arg?
 *
 * Returns GPIO_ACL_REASON_ALLOWED, or which condition failed. It holds until the caller's system
 * call ends, as long as inflight.state is set.
 *
 * Also refuses a table of descriptors that another process shares: a request that raced ends with
 * its process, and so does its descriptor unless the table lives on.
 */
static enum gpio_acl_reason check_private(__u64 arg, __u32 size)
{
	struct vma_check check = {.start = arg, .end = arg + size, .reason = GPIO_ACL_REASON_BUSY};
	struct task_struct *task = bpf_get_current_task_btf();
	enum gpio_acl_reason reason = check_task(task);

	if (reason != GPIO_ACL_REASON_ALLOWED)
		return reason;
	/* It has no other threads: only the task itself could share the table now. */
	if (task->files->count.counter > 1)
		return GPIO_ACL_REASON_DESCRIPTORS;
	bpf_loop(BPF_MAX_LOOPS, try_vma, &check, 0);
	return check.reason;
}

#define VHOST_TYPE 0xAF /* VHOST_VIRTIO in linux/vhost.h */
#define DRM_MAJOR  226

/*
 * Does an ioctl give the caller's mm to a kernel thread, which then writes it by kthread_use_mm()
 * and leaves no sign in the mm? True for more ioctls than do it: a driver's module may be loaded
 * later than the hooks, and what tells these ioctls apart is in its structs.
 *
 * - vhost: VHOST_SET_OWNER (vhost_dev_set_owner() in drivers/vhost/vhost.c;
 *   vhost_run_work_kthread_list() where the worker is not a thread of the owner: 6.1, and on
 *   request 6.12.117 and 7.3)
 * - Intel GPUs: a user fence (user_fence_worker() in drivers/gpu/drm/xe/xe_sync.c, 6.12 and 7.3).
 *   drm_ioctl() looks at the number alone, so the type of the command says nothing.
 */
static __always_inline bool lends_memory(const struct file *file, __u32 command)
{
	return _IOC_TYPE(command) == VHOST_TYPE || DEVICE_MAJOR(file->f_inode->i_rdev) == DRM_MAJOR;
}

/* noinline: keeps this out of the path of ioctls that lend nothing. */
static __noinline int taint_lent_mm(void)
{
	__u64 mm = (__u64)bpf_get_current_task_btf()->mm;

	if (bpf_map_lookup_elem(&tainted_mms, &mm))
		return 0;
	return taint_mm(mm, GPIO_ACL_REASON_DEVICE) ? 0 : -EPERM;
}

/* For ioctls on files that are not GPIO files. */
static __always_inline int watch_lending(const struct file *file, __u32 command)
{
	return lends_memory(file, command) ? taint_lent_mm() : 0;
}

#endif
