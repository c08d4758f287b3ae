// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: ways around the policy. The machine: doctor_fixture.h */
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "doctor_fixture.h"

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
	/* gpiomem0 comes first; what a link leads to is not another node */
	assert_true(has_finding(&doctor, DOCTOR_OK, "gpiomem",
				"/dev/gpiomem1, which leads to the registers of the GPIO "
				"controller (it is a node of the same device as /dev/gpiomem0)",
				NULL));
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
	       "checked too, can be opened by everyone",
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
	expect(state, DOCTOR_WARNING, "broker", "rgpiod (process 123, of user bob) uses lines",
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
	told = has_finding(&doctor, DOCTOR_UNKNOWN, "setuid", "whether 1 set-user-ID", "sudo");
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
	const struct CMUnitTest tests[] = {
		TEST(registers),
		TEST(other_nodes),
		TEST(nodes_of_one_name),
		TEST(other_nodes_of_chips),
		TEST(brokers),
		TEST(a_broker_by_its_library),
		TEST(programs),
		TEST(programs_that_cannot_be_read),
		TEST(sysfs),
		TEST(buses),
		TEST(two_chips_on_a_bus),
		TEST(access_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
