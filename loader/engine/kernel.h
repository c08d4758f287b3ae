/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gpio-acl needs of the kernel, and the remedy for each need that is not met. `load` stops at
 * the first of them, `doctor` reports all.
 */
#ifndef LOADER_ENGINE_KERNEL_H
#define LOADER_ENGINE_KERNEL_H

#include <stdint.h>

#define BPFFS	"/sys/fs/bpf"
#define PIN_DIR BPFFS "/gpio-acl"

/* In the order in which load checks them. */
enum kernel_need {
	KERNEL_BTF,
	KERNEL_LSM,
	KERNEL_LOCKDOWN,
	KERNEL_JIT,
	KERNEL_FTRACE, /* this and the next also after load: else programs do not run */
	KERNEL_KPROBES,
	KERNEL_BPFFS,
	KERNEL_SYMBOLS, /* only while programs are being attached */
	NUM_KERNEL_NEEDS,
};

enum kernel_answer {
	KERNEL_MET,
	KERNEL_NOT_MET,
	KERNEL_UNKNOWN, /* unknown: only root can see */
};

/* What is wrong, and the remedy: clauses without a full stop. */
struct kernel_fault {
	char what[2048], remedy[2048];
};

/*
 * kernel_meets() - check one need
 * @root: the folder that /proc and /sys are in: "" is this machine
 * @fault: filled in unless the need is met
 */
enum kernel_answer kernel_meets(enum kernel_need need, const char *root,
				struct kernel_fault *fault);

/*
 * kernel_runs() - does the kernel run programs that are attached?
 * @fault: filled in unless it does
 *
 * Root can switch that off by sysctl, and links stay attached. Does not check whether any are.
 */
enum kernel_answer kernel_runs(const char *root, struct kernel_fault *fault);

/*
 * The functions by which the hooks recognise GPIO files: .unlocked_ioctl of their file_operations
 * (drivers/gpio/gpiolib-cdev.c). Their address is taken, so no compiler can inline them; and
 * kallsyms has functions even without CONFIG_KALLSYMS_ALL, which variables need.
 */
enum kernel_symbol {
	KERNEL_GPIO_IOCTL,
	KERNEL_LINEREQ_IOCTL,
	KERNEL_LINEHANDLE_IOCTL, /* this and the next: of the v1 interface */
	KERNEL_LINEEVENT_IOCTL,
	NUM_KERNEL_SYMBOLS,
};

/*
 * kernel_symbol() - the address of a symbol
 *
 * As the last kernel_meets(KERNEL_SYMBOLS) found it; call that first. 0: the kernel has none.
 */
uint64_t kernel_symbol(enum kernel_symbol symbol);

#endif
