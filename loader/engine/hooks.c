// SPDX-License-Identifier: GPL-2.0-or-later
/* The hooks: which there are, which this kernel needs, and which are attached. */
#include "loader/engine/internal.h"

#include <string.h>

#include <bpf/btf.h>

#define STORAGE "storage"

/* Functions that tell kernels apart. */
#define OUTPUT_FUNCTION "gpiod_direction_output_nonotify" /* from 6.13 on */
#define RT_FUNCTION	"rt_spin_lock"			  /* with CONFIG_PREEMPT_RT */

static struct engine_hook hooks[] = {
	{.name = "file_ioctl"},
	{.name = "file_ioctl_compat"},
	{.name = "file_receive"},
	{.name = "task_alloc"},
	{.name = "ptrace_access_check"},
	{.name = "inode_init_security_anon"},
	{.name = "task_fix_setgroups"},
	{.name = "mem_open"},
	{.name = "exit_mmap"},
	{.name = "gpiod_request"},
	{.name = "gpio_ioctl_end"},
	{.name = "madvise_free"},
	{.name = "exit_signals"},
	{.name = "mem_open_again", .optional = true, .function = "mem_open"},
	{.name = "madvise_free_again", .optional = true, .function = "madvise_free_pte_range"},
	{.name = "exit_signals_again", .optional = true, .function = "exit_signals"},
	{.name = "exit_mmap_again", .optional = true, .function = "exit_mmap"},
	{.name = "direction_output", .optional = true, .function = OUTPUT_FUNCTION},
	{.name = "direction_output_before_6_13", .optional = true, .without = OUTPUT_FUNCTION},
	{.name = "compat_end", .optional = true, .function = "gpio_ioctl_compat"},
	{.name = "request_end", .optional = true, .function = "linereq_ioctl", .rt = true},
	{.name = "handle_end", .optional = true, .function = "linehandle_ioctl", .rt = true},
	{.name = STORAGE, .optional = true},
	{.name = FILE_ALLOC, .optional = true},
};

#define NUM_HOOKS (sizeof(hooks) / sizeof(*hooks))

size_t hooks_all(const struct engine_hook **list)
{
	*list = hooks;
	return NUM_HOOKS;
}

/* Does this kernel have a function that a program can be attached to? */
static bool has_function(const struct btf *kernel, const char *name)
{
	return kernel && btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

bool hook_is_needed(const struct btf *kernel, const struct engine_hook *hook)
{
	if (hook->rt && !has_function(kernel, RT_FUNCTION))
		return false;
	if (hook->function)
		return has_function(kernel, hook->function);
	if (hook->without)
		return !has_function(kernel, hook->without);
	/* Both came in 6.2. */
	return !strcmp(hook->name, STORAGE) && !has_function(kernel, "bpf_cgrp_storage_get");
}

size_t engine_hooks(const struct engine_hook **list)
{
	char links[NAME_LEN];
	bool found = pins_find_links(LINKS, links, sizeof(links)) ||
		     pins_find(LINKS, false, links, sizeof(links));
	bool memory_any = policy_map_memory_any();
	struct btf *kernel = btf__load_vmlinux_btf();

	for (size_t i = 0; i < NUM_HOOKS; i++) {
		struct engine_hook *hook = &hooks[i];

		hook->attached = found && pins_have(links, hook->name);
		hook->needed = !hook->optional || hook_is_needed(kernel, hook) ||
			       (memory_any && !strcmp(hook->name, FILE_ALLOC));
	}
	btf__free(kernel);
	*list = hooks;
	return NUM_HOOKS;
}
