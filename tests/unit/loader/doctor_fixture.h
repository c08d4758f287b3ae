/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor on a machine made of files: at first nothing is wrong with it; then each test plants a
 * defect, and just that has to be found. Owners take root, so that most tests are skipped without.
 */
#ifndef TESTS_UNIT_LOADER_DOCTOR_FIXTURE_H
#define TESTS_UNIT_LOADER_DOCTOR_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder_fixture.h"
#include "loader/doctor/doctor.h"

#define ALICE 1000
#define I2C   990

#define CHIP_PARENT "sys/devices/pci0/usb1/1-1/1-1:1.0/0003:10C4:EA90.0001"
#define EXPANDER    "sys/devices/platform/bus/i2c-1/1-0020"

static inline void make_file(void **state, const char *name, const char *text, mode_t mode)
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

static inline void make_link(void **state, const char *name, const char *target)
{
	make_file(state, name, "", 0644);
	assert_int_equal(unlink(PATH_OF(name)), 0);
	assert_int_equal(symlink(target, PATH_OF(name)), 0);
}

static inline void give(void **state, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	assert_int_equal(chown(PATH_OF(name), uid, gid), 0);
	assert_int_equal(chmod(PATH_OF(name), mode), 0);
}

/* A device of a subsystem; the names lead into folders that need not be there. */
static inline void make_device(void **state, const char *folder, const char *subsystem)
{
	char *name, *target;

	assert_true(asprintf(&name, "%s/subsystem", folder) > 0);
	assert_true(asprintf(&target, "../../../bus/%s", subsystem) > 0);
	make_link(state, name, target);
	free(name);
	free(target);
}

/* Two chips: a USB adapter that is a HID device, and an expander on an I2C bus. */
static inline int machine_setup(void **state)
{
	if (folder_setup(state))
		return -1;
	chmod(*state, 0755);
	make_file(state, "sys/kernel/btf/vmlinux", "\x9f\xeb", 0444); /* BTF_MAGIC */
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

static inline int user_id(const char *name, uint32_t *id)
{
	*id = ALICE;
	return strcmp(name, "alice");
}

static const struct machine_chip chips[] = {
	{"gpiochip0", "cp2112_gpio", "0003:10C4:EA90.0001", 8, NULL},
	{"gpiochip1", "1-0020", "1-0020", 8, NULL},
};

static const struct machine machine = {.user_id = user_id, .chips = chips, .num_chips = 2};

static inline struct doctor examine_file(void **state, bool named)
{
	struct doctor doctor;
	struct policy *policy;

	doctor_open(&doctor, *state);
	doctor_kernel(&doctor);
	policy = doctor_file(&doctor, "/etc/gpio-acl/policy.conf", named, &machine);
	doctor_nodes(&doctor, policy, &machine);
	doctor_routes(&doctor);
	doctor_brokers(&doctor);
	doctor_programs(&doctor);
	policy_free(policy);
	return doctor;
}

static inline struct doctor examine(void **state)
{
	return examine_file(state, false);
}

/* Is there a finding with these words? */
static inline bool has_finding(const struct doctor *doctor, enum doctor_state state,
			       const char *check, const char *what, const char *remedy)
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

static inline void print_findings(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->num_findings; i++)
		fprintf(stderr, "%d %s: %s (%s)\n", doctor->findings[i].state,
			doctor->findings[i].check, doctor->findings[i].what,
			doctor->findings[i].remedy ? doctor->findings[i].remedy : "-");
}

/* Just one thing is wrong; that the BPF file system is not mounted here always is, too. */
static inline void expect(void **state, enum doctor_state found, const char *check,
			  const char *what, const char *remedy)
{
	struct doctor doctor = examine(state);
	size_t wrong =
		doctor_count(&doctor, DOCTOR_PROBLEM) + doctor_count(&doctor, DOCTOR_WARNING);
	size_t expected = 1 + (found > DOCTOR_UNKNOWN);

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, machine_setup, folder_teardown)

#endif
