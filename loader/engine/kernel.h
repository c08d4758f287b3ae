/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gpio-acl needs of the kernel. `load` stops at the first need that is not met, `doctor` tells
 * about all of them.
 */
#ifndef LOADER_ENGINE_KERNEL_H
#define LOADER_ENGINE_KERNEL_H

#include <stdint.h>

#define BPFFS	"/sys/fs/bpf"
#define PIN_DIR BPFFS "/gpio-acl"

/* In the order in which load asks. */
enum kernel_need {
	KERNEL_BTF,
	KERNEL_LSM,
	KERNEL_LOCKDOWN,
	KERNEL_JIT,
	KERNEL_FTRACE, /* this and the next: while programs are to run, too */
	KERNEL_KPROBES,
	KERNEL_BPFFS,
	KERNEL_SYMBOLS, /* only while programs are attached */
	NUM_KERNEL_NEEDS,
};

enum kernel_answer {
	KERNEL_MET,
	KERNEL_NOT_MET,
	KERNEL_NOT_TOLD, /* only root can see */
};

/* What is wrong, and the remedy: clauses without a full stop. */
struct kernel_fault {
	char what[2048], remedy[2048];
};

/*
 * kernel_meets() - is a need met?
 * @root: the folder in which the kernel's file systems are: "" is this machine
 * @fault: filled in unless it is met
 */
enum kernel_answer kernel_meets(enum kernel_need need, const char *root,
				struct kernel_fault *fault);

/*
 * kernel_runs() - does the kernel run the programs that are attached? Root can end that, and the
 * programs do not know. Whether they are there is not asked.
 * @fault: filled in unless it does
 */
enum kernel_answer kernel_runs(const char *root, struct kernel_fault *fault);

/*
 * The functions by which the hooks know GPIO files: they serve their ioctls
 * (drivers/gpio/gpiolib-cdev.c). Their addresses are taken, so that no compiler can inline them;
 * and functions are named where the kernel names no variables (no CONFIG_KALLSYMS_ALL), too.
 */
enum kernel_symbol {
	KERNEL_GPIO_IOCTL,
	KERNEL_LINEREQ_IOCTL,
	KERNEL_LINEHANDLE_IOCTL, /* this and the next: of the v1 interface */
	KERNEL_LINEEVENT_IOCTL,
	NUM_KERNEL_SYMBOLS,
};

/*
 * kernel_symbol() - the address that the kernel has for it
 *
 * As found when it was asked last whether it meets KERNEL_SYMBOLS, which has to be so; 0: there is
 * none.
 */
uint64_t kernel_symbol(enum kernel_symbol symbol);

#endif
