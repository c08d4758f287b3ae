/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's structs as CO-RE sees them: only the members that are used, and how they are read.
 * What a kernel version moved or renamed is handled here or, for GPIO, in gdev.h.
 */
#ifndef GPIO_ACL_KERNEL_H
#define GPIO_ACL_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EPERM	1
#define EAGAIN	11
#define EBUSY	16
#define EEXIST	17
#define SIGKILL 9

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

struct group_info {
	int ngroups;
	kgid_t gid[0];
};

struct user_namespace {
	struct user_namespace *parent;
	int level; /* 0: the initial one */
	kuid_t owner;
};

struct cred {
	kuid_t uid;
	kuid_t euid;
	kgid_t egid;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct signal_struct {
	int nr_threads;
	int group_exit_code;
};

struct vm_userfaultfd_ctx {
	void *ctx;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	void *vm_ops;
	void *vm_file;
	struct vm_userfaultfd_ctx vm_userfaultfd_ctx;
};

struct mm_struct {
	unsigned long flags;
	void *ioctx_table;
	void *notifier_subscriptions;
};

/*
 * Types that only a kernel built with USERFAULTFD, AIO, MMU_NOTIFIER, IO_URING defines, in the file
 * of that facility: OPTIONAL().
 */
struct userfaultfd_ctx {
};
struct kioctx_table {
};
struct mmu_notifier_subscriptions {
};
struct io_wq {
};

/* From 7.2 on the flags are a bitmap. */
struct mm_struct___bitmap {
	struct {
		unsigned long __mm_flags[1];
	} flags;
};

typedef struct {
	int counter;
} atomic_t;

struct files_struct {
	atomic_t count;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	struct hlist_head tasks[1]; /* by enum pid_type; the first is PIDTYPE_PID */
};

struct inode {
	unsigned int i_rdev;
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct task_struct {
	int pid;
	int tgid;
	const struct cred *cred;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct files_struct *files;
	unsigned int ptrace;
	__u64 self_exec_id;
	void *io_uring;
	char comm[16];
	struct hlist_node pid_links[1]; /* as in struct pid */
};

struct qstr {
	const unsigned char *name;
};

struct kernfs_node {
	__u64 id;
};

struct kobject {
	const char *name;
	struct kernfs_node *sd;
};

struct device {
	struct kobject kobj;
	struct device *parent;
};

struct bpf_map {
	__u32 id;
};

struct file_operations {
	void *unlocked_ioctl;
};

struct file {
	unsigned int f_mode;
	struct inode *f_inode;
	const struct file_operations *f_op;
	void *private_data;
};

/* Registers by architecture: of a function's arguments, and of a system call's. */
struct pt_regs___x86 {
	unsigned long cx, dx, si, di;
};

struct pt_regs___arm64 {
	__u64 regs[31];
};

struct pt_regs___riscv {
	unsigned long a0, a1, a2;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	void *key;
	void *value;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* Since 6.2. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* VIEW(type, address) - give an address a kernel type, for READ() */
#define VIEW(type, address)                                                                        \
	((type *)(&bpf_rdonly_cast ? bpf_rdonly_cast(address, bpf_core_type_id_kernel(type))       \
				   : (void *)(address)))

/*
 * READ(type, address, field) - a member of a kernel object of which only the address is known
 *
 * One load where bpf_rdonly_cast() exists (6.2), else a helper's call. 0 when the read faults.
 */
#define READ(type, address, field)                                                                 \
	({                                                                                         \
		__auto_type view_ = VIEW(type, address);                                           \
		__typeof__(view_->field) value_;                                                   \
		if (&bpf_rdonly_cast)                                                              \
			value_ = view_->field;                                                     \
		else                                                                               \
			value_ = BPF_CORE_READ(view_, field);                                      \
		value_;                                                                            \
	})

/* MAJOR() of a device number (include/linux/kdev_t.h). */
#define DEVICE_MAJOR(device) ((device) >> 20)

/*
 * OPTIONAL(field, type) - a pointer that depends on a kernel option; @type tells that it is built
 * in
 *
 * NULL without the option: the facility cannot exist there. If only the type exists, this kernel
 * keeps the pointer elsewhere: the read stays in, and the object does not load (fail closed).
 */
#define OPTIONAL(field, type)                                                                      \
	(bpf_core_field_exists(field) || bpf_core_type_exists(type) ? (field) : NULL)

/*
 * The uid whose rights count, as the initial user namespace sees it: the effective one. A
 * set-user-ID program of root has the rights of its caller (the real uid) until it becomes root
 * altogether, as sudo and su do.
 */
static inline __u32 subject_uid(const struct cred *cred)
{
	__u32 uid = cred->euid.val;

	return uid ? uid : cred->uid.val;
}

/* Argument 0 or 1 of the function that a kprobe is at. */
static __always_inline void *kprobe_argument(const void *ctx, int n)
{
	const struct pt_regs___arm64 *arm64 = ctx;
	const struct pt_regs___riscv *riscv = ctx;
	const struct pt_regs___x86 *x86 = ctx;
	__u64 value;

	/*
	 * Keep clang from merging the loads into one at a variable offset. The verifier:
	 * "dereference of modified ctx ptr".
	 */
	if (bpf_core_field_exists(arm64->regs)) {
		value = n ? arm64->regs[1] : arm64->regs[0];
		barrier_var(value);
	} else if (bpf_core_field_exists(riscv->a1)) {
		value = n ? riscv->a1 : riscv->a0;
		barrier_var(value);
	} else {
		value = n ? x86->si : x86->di;
		barrier_var(value);
	}
	return (void *)value;
}

/*
 * is_in_ioctl() - is the task in the ioctl(2) with this command and argument?
 *
 * The registers of a system call stay as they were until it ends: an interrupt or a preemption
 * saves its own below them, and only ptrace can change them. After the return to user mode they are
 * those of the last entry into the kernel: the answer may stay true for a moment too long, but is
 * never false too early.
 *
 * Only lower halves are compared, as a 32-bit program passes them. On x86 the command is in si, or
 * in cx after int 0x80, SYSENTER and 32-bit SYSCALL (arch/x86/entry).
 */
static __always_inline bool is_in_ioctl(struct task_struct *task, __u32 command, __u32 arg)
{
	const void *regs = (const void *)bpf_task_pt_regs((void *)task);
	const struct pt_regs___arm64 *arm64 = regs;
	const struct pt_regs___riscv *riscv = regs;
	const struct pt_regs___x86 *x86 = regs;

	if (bpf_core_field_exists(arm64->regs))
		return (__u32)arm64->regs[1] == command && (__u32)arm64->regs[2] == arg;
	if (bpf_core_field_exists(riscv->a1))
		return (__u32)riscv->a1 == command && (__u32)riscv->a2 == arg;
	return (__u32)x86->dx == arg && ((__u32)x86->si == command || (__u32)x86->cx == command);
}

/* The task of a file in /proc/PID; NULL: it is gone. */
static inline const struct task_struct *proc_task(const void *inode)
{
	const void *proc = inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
	const struct pid *pid = BPF_CORE_READ((const struct proc_inode *)proc, pid);
	const void *link = BPF_CORE_READ(pid, tasks[0].first);

	return link ? link - bpf_core_field_offset(struct task_struct, pid_links) : NULL;
}

#endif
