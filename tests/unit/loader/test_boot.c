// SPDX-License-Identifier: GPL-2.0-or-later
/* Where boot words go: each machine here is the files that its boot loader has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder_fixture.h"
#include "loader/machine/boot.h"

#define WORD "lsm=capability,bpf"

struct file {
	const char *name, *text;
};

/* The remedies are spelled out, not made from the table of boot.c. */
static const struct machine {
	struct file files[5];
	const char *add, *replace;
} machines[] = {
	{{{"usr/sbin/update-grub", ""},
	  {"etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet %s\"\n"}},
	 "the line GRUB_CMDLINE_LINUX= in /etc/default/grub, run update-grub, and reboot",
	 "in /etc/default/grub, run update-grub, and reboot"},
	{{{"boot/firmware/cmdline.txt", "console=tty1 %s root=LABEL=a\n"}},
	 "the only line in /boot/firmware/cmdline.txt and reboot",
	 "in /boot/firmware/cmdline.txt and reboot"},
	{{{"boot/firmware/cmdline.txt", "console=tty1\n"},
	  {"boot/firmware/current/cmdline.txt", "%s\n"}},
	 "the only line in /boot/firmware/current/cmdline.txt and reboot",
	 "in /boot/firmware/current/cmdline.txt and reboot"},
	{{{"boot/firmware/cmdline.txt", "console=tty1\n"},
	  {"etc/default/raspi-extra-cmdline", "quiet %s\n"}},
	 "the line in /etc/default/raspi-extra-cmdline, run update-initramfs -u, and reboot",
	 "in /etc/default/raspi-extra-cmdline, run update-initramfs -u, and reboot"},
	{{{"boot/armbianEnv.txt", "verbosity=1\nextraargs=%s\n"}},
	 "the line extraargs= (a new one, if there is none) in /boot/armbianEnv.txt and reboot",
	 "in /boot/armbianEnv.txt and reboot"},
	{{{"boot/extlinux/extlinux.conf", "label l0\n\tappend root=a\n"},
	  {"etc/default/u-boot", "#U_BOOT_UPDATE=\"true\"\nU_BOOT_PARAMETERS=\"ro %s\"\n"}},
	 "the line U_BOOT_PARAMETERS= (take the # before it away) in /etc/default/u-boot, run "
	 "u-boot-update, and reboot",
	 "in /etc/default/u-boot, run u-boot-update, and reboot"},
	{{{"boot/extlinux/extlinux.conf", "label l0\n\tappend root=a %s\n"}},
	 "each line append in /boot/extlinux/extlinux.conf and reboot",
	 "in /boot/extlinux/extlinux.conf and reboot"},
	{{{"boot/efi/EFI/systemd/systemd-bootx64.efi", ""},
	  {"etc/kernel/cmdline", "root=a %s\n"},
	  {"boot/efi/loader/entries/6.12.conf", "options root=a\n"},
	  {"usr/sbin/update-grub", ""},
	  {"etc/default/grub", ""}},
	 "the line in /etc/kernel/cmdline, run kernel-install add \"$(uname -r)\" "
	 "\"/boot/vmlinuz-$(uname -r)\", and reboot",
	 "in /etc/kernel/cmdline, run kernel-install add \"$(uname -r)\" "
	 "\"/boot/vmlinuz-$(uname -r)\", and reboot"},
	{{{"efi/EFI/systemd/systemd-bootaa64.efi", ""},
	  {"efi/loader/entries/6.12.conf", "title a\noptions root=a\n"},
	  {"efi/loader/entries/7.3.conf", "title b\noptions root=a %s\n"}},
	 "the line options in /efi/loader/entries/6.12.conf, /efi/loader/entries/7.3.conf and "
	 "reboot",
	 "in /efi/loader/entries/6.12.conf, /efi/loader/entries/7.3.conf and reboot"},
};

static void make_file(void **state, const char *name, const char *text)
{
	char *path = strdup(PATH_OF(name)), *slash = path + strlen(*state);

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	put_file(path, text);
	free(path);
}

static void make_machine(void **state, const struct machine *machine, const char *word)
{
	char text[256];

	for (const struct file *file = machine->files; file->name; file++) {
		const char *mark = strstr(file->text, "%s");

		if (mark)
			snprintf(text, sizeof(text), "%.*s%s%s", (int)(mark - file->text),
				 file->text, word, mark + 2);
		else
			snprintf(text, sizeof(text), "%s", file->text);
		make_file(state, file->name, text);
	}
}

static void remove_machine(void **state)
{
	nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(mkdir(*state, 0755), 0);
}

static void expect(void **state, const char *wanted)
{
	char *text = boot_remedy(*state, WORD);

	assert_string_equal(text, wanted);
	free(text);
}

#define NUM_MACHINES (sizeof(machines) / sizeof(*machines))

static void a_new_word(void **state)
{
	char wanted[1024];

	for (size_t i = 0; i < NUM_MACHINES; i++) {
		const struct machine *machine = &machines[i];

		make_machine(state, machine, "");
		make_file(state, "proc/cmdline", "root=a nolsm=x quiet\n");
		snprintf(wanted, sizeof(wanted), "add " WORD " to %s", machine->add);
		expect(state, wanted);
		remove_machine(state);
	}
}

static void in_place_of_another(void **state)
{
	char wanted[1024];

	for (size_t i = 0; i < NUM_MACHINES; i++) {
		const struct machine *machine = &machines[i];

		make_machine(state, machine, "lsm=capability");
		make_file(state, "proc/cmdline", "root=a lsm=capability quiet\n");
		snprintf(wanted, sizeof(wanted), "replace lsm=capability with " WORD " %s",
			 machine->replace);
		expect(state, wanted);
		remove_machine(state);
	}
}

/* The word that the kernel was booted with does not come from that file. */
static void from_elsewhere(void **state)
{
	for (size_t i = 0; i < NUM_MACHINES; i++) {
		const struct machine *machine = &machines[i];

		make_machine(state, machine, "lsm=capability,yama");
		make_file(state, "proc/cmdline", "lsm=capability");
		expect(state,
		       "boot with " WORD " on the kernel command line, in place of lsm=capability");
		remove_machine(state);
	}
}

static void no_boot_loader_that_is_known(void **state)
{
	expect(state, "boot with " WORD " on the kernel command line");
	make_file(state, "etc/default/grub", ""); /* left over: nothing reads it */
	make_file(state, "etc/kernel/cmdline", "");
	make_file(state, "proc/cmdline", "root=a\n");
	expect(state, "boot with " WORD " on the kernel command line");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_word),
		TEST(in_place_of_another),
		TEST(from_elsewhere),
		TEST(no_boot_loader_that_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
