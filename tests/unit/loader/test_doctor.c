// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor on a machine made of files: at first nothing is wrong with it; then each test plants a
 * defect, and just that has to be found. Owners take root, so that most tests are skipped without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "folder_fixture.h"
#include "loader/doctor.h"

#define ALICE 1000
#define I2C   990

#define CHIP_PARENT "sys/devices/pci0/usb1/1-1/1-1:1.0/0003:10C4:EA90.0001"
#define EXPANDER    "sys/devices/platform/bus/i2c-1/1-0020"

static void make_file(void **state, const char *name, const char *text, mode_t mode)
{
	char *path = strdup(PATH_OF(name)), *slash = path + strlen(*state);

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	put_file(path, text);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void make_link(void **state, const char *name, const char *target)
{
	make_file(state, name, "", 0644);
	assert_int_equal(unlink(PATH_OF(name)), 0);
	assert_int_equal(symlink(target, PATH_OF(name)), 0);
}

static void give(void **state, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	assert_int_equal(chown(PATH_OF(name), uid, gid), 0);
	assert_int_equal(chmod(PATH_OF(name), mode), 0);
}

/* A device of a subsystem; the names lead into folders that need not be there. */
static void make_device(void **state, const char *folder, const char *subsystem)
{
	char *name, *target;

	assert_true(asprintf(&name, "%s/subsystem", folder) > 0);
	assert_true(asprintf(&target, "../../../bus/%s", subsystem) > 0);
	make_link(state, name, target);
	free(name);
	free(target);
}

/* Two chips: a USB adapter that is a HID device, and an expander on an I2C bus. */
static int machine_setup(void **state)
{
	if (folder_setup(state))
		return -1;
	chmod(*state, 0755);
	make_file(state, "sys/kernel/btf/vmlinux", "", 0444);
	make_file(state, "sys/kernel/security/lsm", "lockdown,capability,bpf,yama", 0444);
	make_file(state, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n",
		  0444);
	make_file(state, "proc/cmdline", "root=LABEL=a quiet\n", 0444);
	make_file(state, "proc/sys/kernel/kptr_restrict", "1\n", 0444);
	make_file(state, "proc/sys/kernel/unprivileged_bpf_disabled", "2\n", 0444);
	make_file(state, "proc/kallsyms",
		  "ffffffff81000000 T _text\nffffffff81000abc T bpf_lsm_file_ioctl\n"
		  "ffffffff8200abcd t gpio_ioctl\n"
		  "ffffffff8200abde t linereq_ioctl\nffffffffc000abde t linereq_ioctl\t[other]\n",
		  0444);
	make_file(state, "etc/passwd",
		  "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/"
		  "bin/sh\n",
		  0644);
	make_file(state, "etc/group",
		  "root:x:0:\ni2c:x:990:\ngpio:x:991:alice,bob\nplug:x:992:bob\n", 0644);
	make_file(state, "etc/gpio-acl/policy.conf",
		  "chip cp label \"cp2112_gpio\"\nallow user alice input on cp 0\n"
		  "allow group 992 input on cp 1\n",
		  0644);
	make_device(state, CHIP_PARENT, "hid");
	make_device(state, "sys/devices/pci0/usb1/1-1", "usb");
	make_file(state, "sys/devices/pci0/usb1/1-1/uevent",
		  "MAJOR=189\nDEVNAME=bus/usb/001/002\nDEVTYPE=usb_device\n", 0644);
	make_file(state, CHIP_PARENT "/hidraw/hidraw0/dev", "", 0644);
	make_file(state, CHIP_PARENT "/gpiochip0/dev", "", 0644);
	make_device(state, EXPANDER, "i2c");
	make_device(state, "sys/devices/platform/bus/i2c-1", "i2c");
	make_file(state, EXPANDER "/gpiochip1/dev", "", 0644);
	make_link(state, "sys/bus/gpio/devices/gpiochip0", "../../../../" CHIP_PARENT "/gpiochip0");
	make_link(state, "sys/bus/gpio/devices/gpiochip1", "../../../../" EXPANDER "/gpiochip1");
	make_file(state, "sys/class/gpio/export", "", 0200);
	make_file(state, "sys/class/gpio/unexport", "", 0200);
	make_file(state, "dev/gpiochip0", "", 0660);
	make_file(state, "dev/gpiochip1", "", 0600);
	make_file(state, "dev/gpiomem0", "", 0600);
	make_file(state, "dev/mem", "", 0640);
	make_file(state, "dev/hidraw0", "", 0600);
	make_file(state, "dev/hidraw1", "", 0666); /* another device's */
	make_file(state, "dev/i2c-1", "", 0660);
	make_file(state, "dev/i2c-2", "", 0666); /* no chip is on it */
	make_file(state, "dev/bus/usb/001/002", "", 0664);
	if (!geteuid()) {
		give(state, "dev/gpiochip0", 0, 991, 0660);
		give(state, "dev/i2c-1", 0, I2C, 0660);
		give(state, "dev/bus/usb/001/002", 0, 0, 0664);
	}
	return 0;
}

static int user_id(const char *name, uint32_t *id)
{
	*id = ALICE;
	return strcmp(name, "alice");
}

static const struct world_chip chips[] = {
	{"gpiochip0", "cp2112_gpio", "0003:10C4:EA90.0001", 8, NULL},
	{"gpiochip1", "1-0020", "1-0020", 8, NULL},
};

static const struct world world = {.user_id = user_id, .chips = chips, .num_chips = 2};

static struct doctor examine_file(void **state, bool named)
{
	struct doctor doctor;
	struct policy *policy;

	doctor_open(&doctor, *state);
	doctor_kernel(&doctor);
	policy = doctor_file(&doctor, "/etc/gpio-acl/policy.conf", named, &world);
	doctor_nodes(&doctor, policy, &world);
	doctor_routes(&doctor);
	doctor_brokers(&doctor);
	doctor_programs(&doctor);
	policy_free(policy);
	return doctor;
}

static struct doctor examine(void **state)
{
	return examine_file(state, false);
}

/* Is there a finding with these words? */
static bool has_finding(const struct doctor *doctor, enum doctor_state state, const char *check,
			const char *what, const char *remedy)
{
	for (size_t i = 0; i < doctor->num_findings; i++) {
		const struct finding *finding = &doctor->findings[i];

		if (finding->state == state && !strcmp(finding->check, check) &&
		    strstr(finding->what, what) &&
		    (!remedy || (finding->remedy && strstr(finding->remedy, remedy))))
			return true;
	}
	return false;
}

static void print_findings(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->num_findings; i++)
		fprintf(stderr, "%d %s: %s (%s)\n", doctor->findings[i].state,
			doctor->findings[i].check, doctor->findings[i].what,
			doctor->findings[i].remedy ? doctor->findings[i].remedy : "-");
}

/* Just one thing is wrong; that the BPF file system is not mounted here always is, too. */
static void expect(void **state, enum doctor_state found, const char *check, const char *what,
		   const char *remedy)
{
	struct doctor doctor = examine(state);
	size_t wrong =
		doctor_count(&doctor, DOCTOR_PROBLEM) + doctor_count(&doctor, DOCTOR_WARNING);
	size_t expected = 1 + (found > DOCTOR_NOT_TOLD);

	if (wrong != expected || !has_finding(&doctor, found, check, what, remedy))
		print_findings(&doctor);
	assert_true(has_finding(&doctor, DOCTOR_PROBLEM, "bpffs", "not mounted", "mount -t bpf"));
	assert_true(has_finding(&doctor, found, check, what, remedy));
	assert_int_equal(wrong, expected);
	doctor_close(&doctor);
}

#define NEEDS_ROOT()                                                                               \
	do {                                                                                       \
		if (geteuid())                                                                     \
			skip();                                                                    \
	} while (0)

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
	expect(state, DOCTOR_PROBLEM, "lsm", "cannot tell", "mount -t securityfs");
	make_file(state, "sys/kernel/security/lsm", "bpf", 0444);
	make_file(state, "sys/kernel/security/lockdown", "none integrity [confidentiality]\n",
		  0444);
	expect(state, DOCTOR_PROBLEM, "lockdown", "confidentiality",
	       "add lockdown=integrity to the line extraargs=");
	unlink(PATH_OF("sys/kernel/security/lockdown"));
	expect(state, DOCTOR_OK, "lockdown", "", NULL);
	unlink(PATH_OF("sys/kernel/btf/vmlinux"));
	expect(state, DOCTOR_PROBLEM, "btf", "types", "CONFIG_DEBUG_INFO_BTF");
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
	expect(state, DOCTOR_PROBLEM, "symbols", "not name gpio_ioctl", "CONFIG_KALLSYMS=y");
	make_file(state, "proc/kallsyms", "ffffffff8200abcd t gpio_ioctl\n", 0444);
	expect(state, DOCTOR_PROBLEM, "symbols", "not name linereq_ioctl", "CONFIG_KALLSYMS=y");
	make_file(state, "proc/kallsyms",
		  "ffffffff8200abcd t gpio_ioctl\nffffffff8200abde t linereq_ioctl\n"
		  "ffffffff8200abef t lineevent_ioctl\nffffffff8200abf0 t lineevent_ioctl\n",
		  0444);
	expect(state, DOCTOR_PROBLEM, "symbols", "more than one lineevent_ioctl",
	       "CONFIG_KALLSYMS=y");
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
		told[i] = has_finding(&doctor, i ? DOCTOR_PROBLEM : DOCTOR_NOT_TOLD, "symbols",
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
	expect(state, DOCTOR_PROBLEM, "policy", "no chip or aggregate is called \"nothing\"",
	       "gpio-acl check");
	unlink(PATH_OF("etc/gpio-acl/policy.conf"));
	expect(state, DOCTOR_WARNING, "policy", "there is no /etc/gpio-acl/policy.conf",
	       "gpio-acl.conf(5)");
	doctor = examine_file(state, true);
	assert_true(has_finding(&doctor, DOCTOR_PROBLEM, "policy",
				"there is no /etc/gpio-acl/policy.conf", "gpio-acl.conf(5)"));
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

static void registers(void **state)
{
	NEEDS_ROOT();
	give(state, "dev/gpiomem0", 0, 991, 0660);
	expect(state, DOCTOR_WARNING, "gpiomem", "open to group gpio (alice, bob)",
	       "chmod 0600 /dev/gpiomem0; to last, a udev rule: KERNEL==\"gpiomem*\"");
	expect(state, DOCTOR_WARNING, "gpiomem", "open to group gpio", ". It breaks RPi.GPIO, ");
	give(state, "dev/gpiomem0", 0, 0, 0600);
	expect(state, DOCTOR_OK, "gpiomem", "is root's; so users cannot use RPi.GPIO, pigpio",
	       NULL);
	give(state, "dev/mem", 0, 0, 0604);
	expect(state, DOCTOR_PROBLEM, "mem", "open to everyone", "chmod 0600 /dev/mem");
	give(state, "dev/mem", ALICE, 0, 0600);
	expect(state, DOCTOR_WARNING, "mem", "open to user alice", NULL);
	give(state, "dev/mem", 0, 0, 0600);
	make_file(state, "dev/port", "", 0622);
	expect(state, DOCTOR_PROBLEM, "mem", "/dev/port leads to all I/O ports", NULL);
}

/* A node of /dev/null's device: where it stands in for another one, nothing can be done by it. */
static void make_node(void **state, const char *name, mode_t mode)
{
	make_file(state, name, "", mode);
	assert_int_equal(unlink(PATH_OF(name)), 0);
	if (mknod(PATH_OF(name), S_IFCHR, makedev(1, 3)))
		skip();
	give(state, name, 0, 0, mode);
}

static void other_nodes(void **state)
{
	NEEDS_ROOT();
	make_node(state, "dev/mem", 0600);
	make_link(state, "dev/registers", "mem");
	expect(state, DOCTOR_OK, "mem", "/dev/mem, which leads to", NULL);
	make_node(state, "dev/other/mem", 0600);
	expect(state, DOCTOR_OK, "mem", "/dev/other/mem, which leads to all registers", NULL);
	make_node(state, "dev/other/mem", 0606);
	expect(state, DOCTOR_PROBLEM, "mem",
	       "/dev/other/mem leads to all registers (it is a node of the same device as "
	       "/dev/mem) around the policy, and is open to everyone",
	       "rm /dev/other/mem; and find out what makes it");
	unlink(PATH_OF("dev/mem"));
	expect(state, DOCTOR_OK, "mem", "there is no /dev/mem", NULL);
}

/* Both of a pattern: each is told once. */
static void nodes_of_one_name(void **state)
{
	struct doctor doctor;
	size_t told = 0;

	NEEDS_ROOT();
	make_node(state, "dev/gpiomem0", 0600);
	make_node(state, "dev/gpiomem1", 0600);
	make_link(state, "dev/gpiomem", "gpiomem1");
	doctor = examine(state);
	for (size_t i = 0; i < doctor.num_findings; i++)
		told += !strcmp(doctor.findings[i].check, "gpiomem");
	doctor_close(&doctor);
	assert_int_equal(told, 3);
}

static void other_nodes_of_chips(void **state)
{
	struct doctor doctor;

	NEEDS_ROOT();
	make_node(state, "dev/gpiochip0", 0600);
	make_link(state, "dev/gpiochip4", "gpiochip0");
	doctor = examine(state);
	assert_true(has_finding(&doctor, DOCTOR_WARNING, "node",
				"user alice has rights on lines of gpiochip0", NULL));
	doctor_close(&doctor);
	make_node(state, "dev/snap/gpio-chardev/a/slot", 0606);
	expect(state, DOCTOR_OK, "node", "/dev/gpiochip0 can be opened by root alone", NULL);
	expect(state, DOCTOR_OK, "node",
	       "/dev/snap/gpio-chardev/a/slot, another node of /dev/gpiochip0, where requests are "
	       "judged too, can be opened by everyone",
	       NULL);
}

static void make_process(void **state, const char *comm, const char *tcp, const char *tcp6)
{
	make_file(state, "proc/123/comm", comm, 0644);
	make_file(state, "proc/123/net/tcp", tcp, 0444);
	make_file(state, "proc/123/net/tcp6", tcp6, 0444);
	give(state, "proc/123", 1001, 1001, 0555);
}

static void brokers(void **state)
{
	static const char head[] = "  sl  local_address rem_address   st tx_queue rx_queue\n",
			  rgpiod[] = "   0: 0100007F:22B9 00000000:0000 0A 00000000:00000000\n",
			  rgpiod6[] = "   1: 00000000000000000000000000000000:22B9 "
				      "00000000000000000000000000000000:0000 0A 00000000\n",
			  uses[] = "   0: 0100007F:22B9 0100007F:9999 01 00000000:00000000\n";

	NEEDS_ROOT();
	make_process(state, "rgpiod\n", rgpiod, head);
	expect(state, DOCTOR_PROBLEM, "broker",
	       "TCP port 8889 leads to the lines of rgpiod (process 123, of user bob) around the "
	       "policy, and is open to everyone",
	       "systemctl disable --now rgpiod");
	make_process(state, "rgpiod\n", head, rgpiod6);
	expect(state, DOCTOR_PROBLEM, "broker", "TCP port 8889", NULL);
	make_process(state, "rgpiod\n", uses, head);
	expect(state, DOCTOR_WARNING, "broker", "rgpiod (process 123, of user bob) moves lines",
	       NULL);
	make_process(state, "jupyter-lab\n", rgpiod, rgpiod6);
	expect(state, DOCTOR_OK, "lsm", "", NULL);
	make_process(state, "gpio-manager\n", "", "");
	expect(state, DOCTOR_WARNING, "broker", "the D-Bus name io.gpiod1 leads to the lines of",
	       "gpio-manager");
	make_process(state, "mygpiod\n", "", "");
	make_file(state, "run/mygpiod/socket", "", 0622);
	expect(state, DOCTOR_PROBLEM, "broker", "/run/mygpiod/socket leads to the lines of mygpiod",
	       "mygpiod");
	give(state, "run/mygpiod/socket", 0, 992, 0620);
	expect(state, DOCTOR_WARNING, "broker", "is open to group plug (bob)", NULL);
	give(state, "run/mygpiod/socket", 0, 0, 0600);
	expect(state, DOCTOR_OK, "broker", "is root's", NULL);
}

/* The library listens, too: there the process has another name. */
static void a_broker_by_its_library(void **state)
{
	NEEDS_ROOT();
	make_file(state, "proc/self/net/tcp",
		  "   0: 00000000:22B8 00000000:0000 0A 00000000:00000000\n", 0444);
	expect(state, DOCTOR_OK, "lsm", "", NULL);
	make_file(state, "dev/pigpio", "", 0600);
	expect(state, DOCTOR_PROBLEM, "broker",
	       "TCP port 8888 leads to the lines of pigpiod, or a program that is linked with its "
	       "library around the policy, and is open to everyone",
	       "pigpiod");
	unlink(PATH_OF("proc/self/net/tcp"));
	give(state, "dev/pigpio", 0, 0, 0662);
	expect(state, DOCTOR_PROBLEM, "broker", "/dev/pigpio leads to the lines of pigpiod", NULL);
}

static void programs(void **state)
{
	NEEDS_ROOT();
	make_file(state, "usr/bin/gpioset", "\177ELF libgpiod.so.3", 0755);
	make_file(state, "usr/bin/sudo", "\177ELF libc.so.6", 04755);
	make_file(state, "usr/bin/none", "libgpiod.so.3", 04644);
	expect(state, DOCTOR_OK, "lsm", "", NULL);
	make_file(state, "usr/lib/a/b/blink", "\177ELF libgpiod.so.3", 04755);
	expect(state, DOCTOR_WARNING, "setuid",
	       "/usr/lib/a/b/blink leads to the lines of user root (set-user-ID; it uses libgpiod)",
	       "chmod u-s /usr/lib/a/b/blink");
	give(state, "usr/lib/a/b/blink", 0, 991, 02755);
	expect(state, DOCTOR_WARNING, "setuid", "the lines of group gpio (set-group-ID; ",
	       "chmod g-s");
	give(state, "usr/lib/a/b/blink", 0, 0, 04700);
	expect(state, DOCTOR_OK, "setuid", "is root's", NULL);
	make_file(state, "opt/rtapi_app", "usage: rtapi_app", 04755);
	expect(state, DOCTOR_WARNING, "setuid", "/opt/rtapi_app leads to", NULL);
	make_file(state, "opt/rtapi_app", "open /dev/gpiochip0", 04755);
	expect(state, DOCTOR_WARNING, "setuid", "it opens chips", NULL);
}

static void programs_that_cannot_be_read(void **state)
{
	struct doctor doctor;
	bool told;

	NEEDS_ROOT();
	make_file(state, "usr/bin/gpioset", "\177ELF libgpiod.so.3", 04711);
	assert_int_equal(seteuid(ALICE), 0);
	doctor = examine(state);
	told = has_finding(&doctor, DOCTOR_NOT_TOLD, "setuid", "whether 1 set-user-ID", "sudo");
	doctor_close(&doctor);
	assert_int_equal(seteuid(0), 0);
	assert_true(told);
}

static void sysfs(void **state)
{
	NEEDS_ROOT();
	give(state, "sys/class/gpio/export", 0, 991, 0220);
	expect(state, DOCTOR_WARNING, "sysfs", "/sys/class/gpio/export leads to every line",
	       "class/gpio");
	give(state, "sys/class/gpio/export", 0, 0, 0200);
	chmod(PATH_OF("sys/class/gpio/unexport"), 0222);
	expect(state, DOCTOR_PROBLEM, "sysfs", "/sys/class/gpio/unexport", NULL);
	chmod(PATH_OF("sys/class/gpio/unexport"), 0200);
	make_file(state, "sys/class/gpio/chip512/export", "", 0222);
	expect(state, DOCTOR_PROBLEM, "sysfs", "/sys/class/gpio/chip512/export", NULL);
	chmod(PATH_OF("sys/class/gpio/chip512/export"), 0200);
	make_file(state, "sys/class/gpio/gpio517/value", "1\n", 0644);
	expect(state, DOCTOR_WARNING, "sysfs", "gpio517 is exported, and everyone may read",
	       "echo 517 > /sys/class/gpio/unexport");
	chmod(PATH_OF("sys/class/gpio/gpio517/value"), 0600);
	make_file(state, "sys/class/gpio/gpio517/direction", "in\n", 0646);
	expect(state, DOCTOR_PROBLEM, "sysfs",
	       "/sys/class/gpio/gpio517/direction leads to an exported", "chmod 0644");
	give(state, "sys/class/gpio/gpio517/direction", 0, 0, 0644);
	make_file(state, "sys/class/gpio/gpiochip512/value", "", 0666); /* no line */
	expect(state, DOCTOR_OK, "sysfs", "gpio517/direction, which leads to", NULL);
}

static void buses(void **state)
{
	NEEDS_ROOT();
	make_file(state, "etc/group", "i2c:x:990:bob,root\ngpio:x:991:alice,bob\nplug:x:992:bob\n",
		  0644);
	expect(state, DOCTOR_WARNING, "i2c",
	       "/dev/i2c-1 leads to gpiochip1 around the policy, and is open to group i2c (bob)",
	       "SUBSYSTEM==\"i2c-dev\"");
	give(state, "dev/i2c-1", 0, 0, 0600);
	chmod(PATH_OF("dev/hidraw0"), 0606);
	expect(state, DOCTOR_PROBLEM, "hidraw", "/dev/hidraw0 leads to gpiochip0", "hidraw");
	chmod(PATH_OF("dev/hidraw0"), 0600);
	chmod(PATH_OF("dev/bus/usb/001/002"), 0666);
	expect(state, DOCTOR_PROBLEM, "usb", "/dev/bus/usb/001/002 leads to gpiochip0",
	       "usb_device");
	chmod(PATH_OF("dev/bus/usb/001/002"), 0664);
	make_file(state, "sys/devices/pci0/usb1/1-1/1-1:1.0/usbmisc/hiddev0/dev", "", 0644);
	make_file(state, "dev/usb/hiddev0", "", 0644);
	expect(state, DOCTOR_PROBLEM, "hidraw", "/dev/usb/hiddev0", "hiddev");
}

static void two_chips_on_a_bus(void **state)
{
	NEEDS_ROOT();
	make_device(state, "sys/devices/platform/spi/spi0/spi0.1", "spi");
	make_file(state, "sys/devices/platform/spi/spi0/spi0.1/gpiochip2/dev", "", 0644);
	make_link(state, "sys/bus/gpio/devices/gpiochip2",
		  "../../../devices/platform/spi/spi0/spi0.1/gpiochip2");
	make_file(state, "dev/spidev0.0", "", 0666);
	make_file(state, "dev/spidev1.0", "", 0666);
	expect(state, DOCTOR_PROBLEM, "spi", "/dev/spidev0.0 leads to gpiochip2 around", "spidev");
	chmod(PATH_OF("dev/spidev0.0"), 0600);
	make_device(state, "sys/devices/platform/bus/i2c-1/1-0021", "i2c");
	make_file(state, "sys/devices/platform/bus/i2c-1/1-0021/gpiochip3/dev", "", 0644);
	make_link(state, "sys/bus/gpio/devices/gpiochip3",
		  "../../../devices/platform/bus/i2c-1/1-0021/gpiochip3");
	expect(state, DOCTOR_OK, "i2c", "/dev/i2c-1, which leads to gpiochip1, gpiochip3", NULL);
}

/* What udev gives to whoever is logged in stands in an access control list. */
static void access_lists(void **state)
{
	/* version 2; owner rw, user 1000 rw, group of the file r, mask rw, others none */
	static const unsigned char list[] = {
		2,  0, 0, 0,			 /* the version */
		1,  0, 6, 0, 255, 255, 255, 255, /* owner */
		2,  0, 6, 0, 232, 3,   0,   0,	 /* user 1000 */
		4,  0, 0, 0, 255, 255, 255, 255, /* the file's group */
		16, 0, 6, 0, 255, 255, 255, 255, /* mask */
		32, 0, 0, 0, 255, 255, 255, 255, /* others */
	};

	struct doctor doctor;

	NEEDS_ROOT();
	give(state, "dev/hidraw0", 0, 991, 0600);
	if (setxattr(PATH_OF("dev/hidraw0"), "system.posix_acl_access", list, sizeof(list), 0))
		skip(); /* no file system for it; the system test has one */
	expect(state, DOCTOR_WARNING, "hidraw", "is open to user alice", "chmod 0600");
	doctor = examine(state);
	assert_false(has_finding(&doctor, DOCTOR_WARNING, "hidraw", "group gpio", NULL));
	doctor_close(&doctor);
	chmod(PATH_OF("dev/hidraw0"), 0600); /* the remedy: it empties the mask */
	expect(state, DOCTOR_OK, "hidraw", "/dev/hidraw0, which leads to gpiochip0, is root's",
	       NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_wrong),
		TEST(kernels),
		TEST(symbols),
		TEST(hooks_are_tried),
		TEST(unprivileged),
		TEST(symbols_for_users),
		TEST(policies),
		TEST(nodes),
		TEST(registers),
		TEST(sysfs),
		TEST(buses),
		TEST(two_chips_on_a_bus),
		TEST(access_lists),
		TEST(other_nodes),
		TEST(nodes_of_one_name),
		TEST(other_nodes_of_chips),
		TEST(brokers),
		TEST(a_broker_by_its_library),
		TEST(programs),
		TEST(programs_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
