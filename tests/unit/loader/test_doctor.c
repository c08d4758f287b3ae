// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: the kernel, the policy's file, the nodes of chips. The machine: doctor_fixture.h */
#include "doctor_fixture.h"

static void nothing_is_wrong(void **state)
{
	NEEDS_ROOT();
	expect(state, DOCTOR_OK, "lsm", "is active", NULL);
	expect(state, DOCTOR_OK, "bpf", "only root", NULL);
	expect(state, DOCTOR_OK, "policy", "/etc/gpio-acl/policy.conf can be loaded", NULL);
	expect(state, DOCTOR_OK, "node", "/dev/gpiochip0 can be opened by group gpio (alice, bob)",
	       NULL);
	expect(state, DOCTOR_OK, "node", "/dev/gpiochip1 can be opened by root alone", NULL);
	expect(state, DOCTOR_OK, "i2c",
	       "/dev/i2c-1, which leads to gpiochip1, is root's, and open to group i2c (nobody is "
	       "in it)",
	       NULL);
	expect(state, DOCTOR_OK, "hidraw", "/dev/hidraw0, which leads to gpiochip0", NULL);
	expect(state, DOCTOR_OK, "usb", "/dev/bus/usb/001/002, which leads to gpiochip0", NULL);
}

static void kernels(void **state)
{
	NEEDS_ROOT();
	make_file(state, "sys/kernel/security/lsm", "lockdown,bpfilter,xbpf\n", 0444);
	expect(state, DOCTOR_PROBLEM, "lsm", "(active: lockdown,bpfilter,xbpf)",
	       "boot with lsm=lockdown,bpfilter,xbpf,bpf on the kernel command line");
	make_file(state, "boot/armbianEnv.txt", "verbosity=1\n", 0644);
	expect(state, DOCTOR_PROBLEM, "lsm", "is not active",
	       "add lsm=lockdown,bpfilter,xbpf,bpf to the line extraargs=");
	make_file(state, "proc/kallsyms",
		  "ffffffff8200abcd t gpio_ioctl\nffffffff8200abde t linereq_ioctl\n"
		  "ffffffff8200abdf t not_bpf_lsm_file_ioctl\n",
		  0444);
	expect(state, DOCTOR_PROBLEM, "lsm", "was built without the BPF LSM", "CONFIG_BPF_LSM=y");
	unlink(PATH_OF("sys/kernel/security/lsm"));
	expect(state, DOCTOR_PROBLEM, "lsm", "cannot read which LSMs", "mount -t securityfs");
	make_file(state, "sys/kernel/security/lsm", "bpf", 0444);
	make_file(state, "sys/kernel/security/lockdown", "none integrity [confidentiality]\n",
		  0444);
	expect(state, DOCTOR_PROBLEM, "lockdown", "confidentiality",
	       "add lockdown=integrity to the line extraargs=");
	unlink(PATH_OF("sys/kernel/security/lockdown"));
	expect(state, DOCTOR_OK, "lockdown", "", NULL);
	make_file(state, "proc/sys/net/core/bpf_jit_enable", "0\n", 0444);
	expect(state, DOCTOR_PROBLEM, "jit", "the BPF JIT is off",
	       "sysctl net.core.bpf_jit_enable=1");
	unlink(PATH_OF("proc/sys/net/core/bpf_jit_enable"));
	expect(state, DOCTOR_OK, "jit", "", NULL);
	unlink(PATH_OF("sys/kernel/btf/vmlinux"));
	make_file(state, "sys/kernel/btf/vmlinux", "ELF", 0444);
	expect(state, DOCTOR_PROBLEM, "btf", "cannot read the kernel's BTF",
	       "CONFIG_DEBUG_INFO_BTF");
	unlink(PATH_OF("sys/kernel/btf/vmlinux"));
	expect(state, DOCTOR_PROBLEM, "btf", "has no BTF", "CONFIG_DEBUG_INFO_BTF");
}

/* No hook need be tried where none can be attached; what hinders nobody but load is no reason. */
static void hooks_are_tried(void **state)
{
	struct doctor doctor;
	bool can[3];

	for (int i = 0; i < 3; i++) {
		doctor_open(&doctor, *state);
		can[i] = doctor_kernel(&doctor);
		doctor_close(&doctor);
		make_file(state, "proc/kallsyms", i ? "" : "ffffffff81000000 T _text\n", 0444);
		if (i)
			make_file(state, "sys/kernel/security/lsm", "yama", 0444);
	}
	assert_true(can[0]);
	assert_true(can[1]);
	assert_false(can[2]);
}

static void unprivileged(void **state)
{
	NEEDS_ROOT();
	make_file(state, "proc/sys/kernel/unprivileged_bpf_disabled", "1\n", 0444);
	expect(state, DOCTOR_OK, "bpf", "is 1", NULL);
	make_file(state, "proc/sys/kernel/unprivileged_bpf_disabled", "0\n", 0444);
	expect(state, DOCTOR_WARNING, "bpf", "users may call bpf(2)",
	       "sysctl kernel.unprivileged_bpf_disabled=2; to last: echo "
	       "kernel.unprivileged_bpf_disabled=2 >/etc/sysctl.d/");
}

static void symbols(void **state)
{
	NEEDS_ROOT();
	make_file(state, "proc/kallsyms",
		  "0000000000000000 t gpio_ioctl\n0000000000000000 t linereq_ioctl\n", 0444);
	expect(state, DOCTOR_PROBLEM, "symbols", "hides", "kptr_restrict=1");
	make_file(state, "proc/kallsyms",
		  "ffffffff8200abcd t gpio_ioctl\n0000000000000000 t linereq_ioctl\n", 0444);
	expect(state, DOCTOR_PROBLEM, "symbols", "hides", "kptr_restrict=1");
	make_file(state, "proc/kallsyms", "ffffffff8200abcd t not_gpio_ioctl\n", 0444);
	expect(state, DOCTOR_PROBLEM, "symbols", "no gpio_ioctl in", "CONFIG_KALLSYMS=y");
	make_file(state, "proc/kallsyms", "ffffffff8200abcd t gpio_ioctl\n", 0444);
	expect(state, DOCTOR_PROBLEM, "symbols", "no linereq_ioctl in", "CONFIG_KALLSYMS=y");
	make_file(state, "proc/kallsyms",
		  "ffffffff8200abcd t gpio_ioctl\nffffffff8200abde t linereq_ioctl\n"
		  "ffffffff8200abef t lineevent_ioctl\nffffffff8200abf0 t lineevent_ioctl\n",
		  0444);
	expect(state, DOCTOR_PROBLEM, "symbols", "more than one lineevent_ioctl",
	       "CONFIG_KALLSYMS=y");
}

/* What keeps programs from being called that are attached. */
static void programs_run(void **state)
{
	NEEDS_ROOT();
	expect(state, DOCTOR_OK, "ftrace", "calls BPF programs", NULL);
	expect(state, DOCTOR_OK, "kprobes", "runs kprobes", NULL);
	make_file(state, "proc/sys/kernel/ftrace_enabled", "1\n", 0644);
	make_file(state, "sys/kernel/debug/kprobes/enabled", "1\n", 0600);
	expect(state, DOCTOR_OK, "ftrace", "calls BPF programs", NULL);
	expect(state, DOCTOR_OK, "kprobes", "runs kprobes", NULL);
	make_file(state, "proc/sys/kernel/ftrace_enabled", "0\n", 0644);
	expect(state, DOCTOR_PROBLEM, "ftrace", "kernel.ftrace_enabled is 0",
	       "sysctl kernel.ftrace_enabled=1");
	make_file(state, "proc/sys/kernel/ftrace_enabled", "1\n", 0644);
	make_file(state, "sys/kernel/debug/kprobes/enabled", "0\n", 0600);
	expect(state, DOCTOR_PROBLEM, "kprobes", "kprobes are off",
	       "echo 1 >/sys/kernel/debug/kprobes/enabled");
}

/* As users, who may not look into debugfs. */
static void kprobes_for_users(void **state)
{
	struct doctor doctor;
	bool told;

	NEEDS_ROOT();
	make_file(state, "sys/kernel/debug/kprobes/enabled", "0\n", 0600);
	assert_int_equal(seteuid(ALICE), 0);
	doctor_open(&doctor, *state);
	doctor_kernel(&doctor);
	told = has_finding(&doctor, DOCTOR_UNKNOWN, "kprobes", "whether kprobes run", NULL);
	doctor_close(&doctor);
	assert_int_equal(seteuid(0), 0);
	assert_true(told);
}

/* Users never see addresses, so that says nothing; that even root will not see them, does. */
static void symbols_for_users(void **state)
{
	struct doctor doctor;
	bool told[2];

	NEEDS_ROOT();
	make_file(state, "proc/kallsyms",
		  "0000000000000000 t gpio_ioctl\n0000000000000000 t linereq_ioctl\n", 0444);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(seteuid(ALICE), 0);
		doctor_open(&doctor, *state);
		doctor_kernel(&doctor);
		told[i] = has_finding(&doctor, i ? DOCTOR_PROBLEM : DOCTOR_UNKNOWN, "symbols",
				      "hides", NULL);
		doctor_close(&doctor);
		assert_int_equal(seteuid(0), 0);
		make_file(state, "proc/sys/kernel/kptr_restrict", "2\n", 0444);
	}
	assert_true(told[0]);
	assert_true(told[1]);
}

static void policies(void **state)
{
	struct doctor doctor;

	NEEDS_ROOT();
	chmod(PATH_OF("etc/gpio-acl/policy.conf"), 0664);
	expect(state, DOCTOR_PROBLEM, "policy", "may be written by its group (mode 0664)",
	       "chmod go-w");
	chmod(PATH_OF("etc/gpio-acl/policy.conf"), 0644);
	chmod(PATH_OF("etc/gpio-acl"), 0777);
	expect(state, DOCTOR_PROBLEM, "policy", "may be written by its group and everyone else",
	       "chmod go-w");
	chmod(PATH_OF("etc/gpio-acl"), 0755);
	make_file(state, "etc/gpio-acl/policy.conf", "allow user alice input on nothing 1\n", 0644);
	expect(state, DOCTOR_PROBLEM, "policy", "unknown chip or aggregate \"nothing\"",
	       "gpio-acl check");
	/* the first error, behind a warning */
	make_file(state, "etc/gpio-acl/policy.conf",
		  "chip cp label \"cp2112_gpio\"\nallow user alice input on cp 100\nallow user "
		  "alice input on nothing 1\n",
		  0644);
	expect(state, DOCTOR_PROBLEM, "policy", ".conf:3:27: unknown chip or aggregate",
	       "gpio-acl check");
	unlink(PATH_OF("etc/gpio-acl/policy.conf"));
	expect(state, DOCTOR_WARNING, "policy", "/etc/gpio-acl/policy.conf does not exist",
	       "gpio-acl.conf(5)");
	doctor = examine_file(state, true);
	assert_true(has_finding(&doctor, DOCTOR_PROBLEM, "policy",
				"/etc/gpio-acl/policy.conf does not exist", "gpio-acl.conf(5)"));
	doctor_close(&doctor);
}

static void nodes(void **state)
{
	NEEDS_ROOT();
	give(state, "dev/gpiochip0", 0, 992, 0660);
	expect(state, DOCTOR_WARNING, "node",
	       "user alice has rights on lines of gpiochip0, and cannot open", "udev rule");
	give(state, "dev/gpiochip0", ALICE, 0, 0600);
	expect(state, DOCTOR_WARNING, "node", "group plug has rights on lines of gpiochip0", NULL);
	give(state, "dev/gpiochip0", 0, 0, 0666);
	expect(state, DOCTOR_OK, "node", "/dev/gpiochip0 can be opened by everyone", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_wrong), TEST(kernels),
		TEST(symbols),		TEST(hooks_are_tried),
		TEST(unprivileged),	TEST(symbols_for_users),
		TEST(programs_run),	TEST(kprobes_for_users),
		TEST(policies),		TEST(nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
