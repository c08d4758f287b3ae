// SPDX-License-Identifier: GPL-2.0-or-later
/* Each reason why the kernel refuses a program is named, and the option that would help. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "folder_fixture.h"
#include "loader/engine/hook_error.h"

#define FIELD                                                                                      \
	"11: <invalid CO-RE relocation>\n"                                                         \
	"failed to resolve CO-RE relocation <byte_off> [33] struct task_struct.io_uring (0:8 @ "   \
	"offset 80)\n"                                                                             \
	"processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 1\n"

static const struct {
	struct hook_error error;
	const char *what, *remedy;
} cases[] = {
	/* the function is missing or ambiguous */
	{{"kprobe/madvise_free_pte_range", true, ENOENT, NULL, 0, false},
	 "no function madvise_free_pte_range()",
	 "CONFIG_ADVISE_SYSCALLS=y"},
	{{"?kprobe/gpiod_direction_output", true, ENOENT, NULL, 0, true},
	 "no function gpiod_direction_output()",
	 "CONFIG_GPIOLIB=y"},
	{{"lsm.s/file_ioctl", false, ESRCH, NULL, 0, false},
	 "no function bpf_lsm_file_ioctl()",
	 "CONFIG_BPF_LSM=y"},
	{{"fexit/gpio_ioctl", false, ESRCH, NULL, 1, false},
	 "no function gpio_ioctl() in its BTF",
	 "CONFIG_GPIO_CDEV=y"},
	{{"kprobe/mem_open", true, EADDRNOTAVAIL, NULL, 2, true},
	 "2 functions with the name mem_open()",
	 "stock Debian"},
	{{"iter/task", false, ENOENT, NULL, 0, false}, "bpf_iter_task()", "CONFIG_PROC_FS=y"},
	/* a kprobe needs no BTF */
	{{"kprobe/mem_open", true, ENOENT, NULL, 1, false},
	 "kprobe events",
	 "CONFIG_KPROBE_EVENTS=y"},
	/* it is there, and the errno says why */
	{{"lsm/task_alloc", true, 524, NULL, 1, true},
	 "cannot attach BPF programs",
	 "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y"},
	{{"?fentry/mem_open", true, 524, NULL, 1, true},
	 "cannot attach BPF programs",
	 "CONFIG_BPF_JIT=y"},
	{{"?fentry/mem_open", true, ENODEV, NULL, 1, true},
	 "ftrace cannot",
	 "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y"},
	{{"lsm/file_receive", true, EBUSY, NULL, 1, true}, "no room", "CONFIG_FUNCTION_TRACER=y"},
	{{"fexit/gpio_ioctl", true, EBUSY, NULL, 1, true}, "live patch", "end it"},
	{{"kprobe/mem_open", true, EADDRNOTAVAIL, NULL, -1, true}, "more than one", "stock Debian"},
	{{"kprobe/mem_open", true, EOPNOTSUPP, NULL, 1, true}, "kprobe", "CONFIG_BPF_EVENTS=y"},
	{{"kprobe/mem_open", true, EINVAL, NULL, 1, true}, "blacklist", "stock Debian"},
	{{"kprobe/mem_open", true, EPERM, NULL, 1, true}, "locked down", "lockdown=integrity"},
	{{"lsm/task_alloc", false, 524, NULL, 1, true}, "BPF JIT", "bpf_jit_enable=1"},
	{{"lsm/task_alloc", false, EPERM, NULL, 1, true}, "refuses to load BPF programs", "root"},
	{{"lsm/task_alloc", false, ENOMEM, NULL, 1, true}, "out of memory", "free some"},
	/* from the log of the verifier */
	{{"lsm/task_alloc", false, EINVAL, FIELD, 1, true},
	 "no struct task_struct.io_uring, or",
	 "update gpio-acl"},
	{{"lsm/task_alloc", false, EACCES, "0: r0 = 0\nR2 is a scalar\nprocessed 1 insns\n", 1,
	  true},
	 "verifier: R2 is a scalar",
	 "stock Debian"},
	/* unknown */
	{{"lsm/task_alloc", true, EXDEV, NULL, 1, true}, "cross-device", "stock Debian"},
	{{"kprobe/mem_open", true, 524, NULL, 1, true}, "not supported", "stock Debian"},
	{{"perf_event", false, EINVAL, NULL, 0, false}, "Invalid argument", "stock Debian"},
};

static void explains(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct kernel_fault fault = {};

		hook_error_explain(&cases[i].error, &fault);
		if (!strcasestr(fault.what, cases[i].what) ||
		    !strcasestr(fault.remedy, cases[i].remedy))
			fail_msg("%s, errno %d: %s; %s", cases[i].error.section, cases[i].error.err,
				 fault.what, fault.remedy);
	}
}

static const struct {
	const char *section;
	int functions;
} looks[] = {
	{"?kprobe/mem_open", 1}, {"kprobe/gpio_ioctl", 2},
	{"fentry/exit_mmap", 0},			     /* a module's */
	{"lsm/file_ioctl", 1},	 {"kprobe/gpio_fileops", 0}, /* no function */
};

static void looks_functions_up(void **state)
{
	const char *root = *state;

	assert_int_equal(mkdir(PATH_OF("proc"), 0755), 0);
	put_file(PATH_OF("proc/kallsyms"),
		 "ffffffff81000000 t mem_open\nffffffff81000010 t gpio_ioctl\n"
		 "ffffffff81000020 t gpio_ioctl\nffffffff81000030 T bpf_lsm_file_ioctl\n"
		 "ffffffff81000040 d gpio_fileops\nffffffffc0000000 t exit_mmap\t[other]\n"
		 "ffffffffc0000010 t mem_open\t[other]\n");
	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		struct hook_error error = {.section = looks[i].section};

		hook_error_look(&error, root);
		assert_int_equal(error.functions, looks[i].functions);
		assert_false(error.in_btf);
	}
}

static void cannot_look(void **state)
{
	struct hook_error error = {.section = "kprobe/mem_open"};

	(void)state;
	hook_error_look(&error, "/nowhere");
	assert_int_equal(error.functions, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explains),
		cmocka_unit_test_setup_teardown(looks_functions_up, folder_setup, folder_teardown),
		cmocka_unit_test(cannot_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
