// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The floor: what the kernel takes for calling a program at all. An empty program on each hook of
 * bpf/ but file_alloc and storage, which are rarely at work; floor.c attaches them. tests/bench/run
 * compares the names with those of the hooks at work.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define EMPTY(section, name)                                                                       \
	SEC(section) int name(void *ctx)                                                           \
	{                                                                                          \
		return 0;                                                                          \
	}

EMPTY("lsm.s/file_ioctl", file_ioctl)
EMPTY("lsm/file_ioctl_compat", file_ioctl_compat)
EMPTY("lsm/file_receive", file_receive)
EMPTY("lsm/task_alloc", task_alloc)
EMPTY("lsm/ptrace_access_check", ptrace_access_check)
EMPTY("lsm/inode_init_security_anon", inode_init_security_anon)
EMPTY("lsm/task_fix_setgroups", task_fix_setgroups)
EMPTY("kprobe/mem_open", mem_open)
EMPTY("kprobe/madvise_free_pte_range", madvise_free)
EMPTY("kprobe/exit_signals", exit_signals)
EMPTY("kprobe/exit_mmap", exit_mmap)
EMPTY("kprobe/gpiod_request", gpiod_request)
EMPTY("fexit/gpio_ioctl", gpio_ioctl_end)
EMPTY("?fentry/mem_open", mem_open_fentry)
EMPTY("?fentry/madvise_free_pte_range", madvise_free_fentry)
EMPTY("?fentry/exit_signals", exit_signals_fentry)
EMPTY("?fentry/exit_mmap", exit_mmap_fentry)
/* Not on every kernel: floor.c looks for the function. */
EMPTY("?fexit/gpio_ioctl_compat", compat_end)
EMPTY("?kprobe/gpiod_direction_output_nonotify", direction_output)
