// SPDX-License-Identifier: GPL-2.0-or-later
/* See kernel.h. All of it is read from /proc and /sys, so that tests can plant a kernel. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/btf.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "loader/engine/kernel.h"
#include "loader/machine/boot.h"

#define SECURITYFS "/sys/kernel/security"
#define KPROBES	   "/sys/kernel/debug/kprobes/enabled"

#define AS_ROOT "run it as root: try sudo"

#define WHAT(fault, ...)   snprintf((fault)->what, sizeof((fault)->what), __VA_ARGS__)
#define REMEDY(fault, ...) snprintf((fault)->remedy, sizeof((fault)->remedy), __VA_ARGS__)

static const char *path_in(const char *root, const char *file, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s%s", root, file);
	return path;
}

/* The first line of a small file; false if it cannot be read. */
static bool read_line(const char *root, const char *file, char *text, size_t size)
{
	char path[PATH_MAX];
	int fd = open(path_in(root, file, path), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return n >= 0;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/* Does the file begin with BTF's magic number? */
static bool is_btf(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint16_t magic = 0;
	ssize_t n = fd < 0 ? -1 : read(fd, &magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return n == sizeof(magic) && magic == BTF_MAGIC;
}

static enum kernel_answer ask_btf(const char *root, struct kernel_fault *fault)
{
	char path[PATH_MAX];

	path_in(root, "/sys/kernel/btf/vmlinux", path);
	if (is_btf(path))
		return KERNEL_MET;
	if (access(path, R_OK))
		WHAT(fault, "the kernel has no BTF (/sys/kernel/btf/vmlinux is missing)");
	else
		WHAT(fault, "cannot read the kernel's BTF (/sys/kernel/btf/vmlinux is not BTF)");
	REMEDY(fault, "boot one built with CONFIG_DEBUG_INFO_BTF=y, as Debian's are");
	return KERNEL_NOT_MET;
}

static void boot_with(struct kernel_fault *fault, const char *root, const char *word)
{
	char *remedy = boot_remedy(root, word);

	REMEDY(fault, "%s", remedy);
	free(remedy);
}

/*
 * Was the kernel built without the BPF LSM? With it, there is a function for each hook
 * (kernel/bpf/bpf_lsm.c). Any user can read names in kallsyms. False if the list is missing or was
 * cut short.
 */
static bool lacks_bpf_lsm(const char *root)
{
	char path[PATH_MAX], *line = NULL;
	FILE *file = fopen(path_in(root, "/proc/kallsyms", path), "re");
	bool found = false, all;
	size_t size = 0;

	while (file && !found && getline(&line, &size, file) > 0)
		found = strstr(line, " bpf_lsm_file_ioctl\n");
	all = file && feof(file);
	free(line);
	if (file)
		fclose(file);
	return all && !found;
}

static enum kernel_answer ask_lsm(const char *root, struct kernel_fault *fault)
{
	char active[1024], word[sizeof(active) + sizeof("lsm=,bpf")];

	if (!read_line(root, SECURITYFS "/lsm", active, sizeof(active))) {
		WHAT(fault, "cannot read which LSMs are active: " SECURITYFS "/lsm is missing");
		REMEDY(fault, "mount it: mount -t securityfs securityfs " SECURITYFS);
		return KERNEL_NOT_MET;
	}
	if (has_word(active, "bpf"))
		return KERNEL_MET;
	if (lacks_bpf_lsm(root)) {
		WHAT(fault, "the kernel was built without the BPF LSM");
		REMEDY(fault, "boot one built with CONFIG_BPF_LSM=y, as Debian's are and those of "
			      "Raspberry Pi OS are not");
		return KERNEL_NOT_MET;
	}
	WHAT(fault, "the BPF LSM is not active (active: %s)", active);
	snprintf(word, sizeof(word), "lsm=%s,bpf", active);
	boot_with(fault, root, word);
	return KERNEL_NOT_MET;
}

static enum kernel_answer ask_lockdown(const char *root, struct kernel_fault *fault)
{
	char modes[256];

	if (!read_line(root, SECURITYFS "/lockdown", modes, sizeof(modes)) ||
	    !strstr(modes, "[confidentiality]"))
		return KERNEL_MET;
	WHAT(fault, "kernel lockdown is in confidentiality mode, where BPF programs may not read "
		    "which lines a request holds");
	boot_with(fault, root, "lockdown=integrity");
	return KERNEL_NOT_MET;
}

/* LSM programs need the JIT. It is on by default on amd64 and arm64, not on riscv64. */
static enum kernel_answer ask_jit(const char *root, struct kernel_fault *fault)
{
	char enabled[16];

	if (!read_line(root, "/proc/sys/net/core/bpf_jit_enable", enabled, sizeof(enabled)) ||
	    strcmp(enabled, "0"))
		return KERNEL_MET;
	WHAT(fault, "the BPF JIT is off (net.core.bpf_jit_enable is 0)");
	REMEDY(fault, "sysctl net.core.bpf_jit_enable=1; for the next boots, write "
		      "net.core.bpf_jit_enable=1 into /etc/sysctl.d/60-gpio-acl.conf");
	return KERNEL_NOT_MET;
}

/* While programs did not run, mms were not tainted: only a new scan of tasks finds them. */
#define START_ANEW "where a policy was loaded, then gpio-acl unload && gpio-acl load"

/*
 * Up to 6.12, writing 0 disables all trampolines, LSM programs included, and on amd64 kprobes at
 * the entry of a function; attaching still succeeds (ftrace_enable_sysctl(),
 * ftrace_startup_enable() in kernel/trace/ftrace.c). 7.3 refuses it with EOPNOTSUPP.
 */
static enum kernel_answer ask_ftrace(const char *root, struct kernel_fault *fault)
{
	char enabled[16];

	if (!read_line(root, "/proc/sys/kernel/ftrace_enabled", enabled, sizeof(enabled)) ||
	    strcmp(enabled, "0"))
		return KERNEL_MET;
	WHAT(fault, "ftrace is off (kernel.ftrace_enabled is 0), so BPF programs do not run: no "
		    "request is checked");
	REMEDY(fault, "sysctl kernel.ftrace_enabled=1, and take it out of /etc/sysctl.d if a file "
		      "there sets it; " START_ANEW);
	return KERNEL_NOT_MET;
}

/*
 * Writing 0 disarms all kprobes, also those that are registered later (disarm_all_kprobes() in
 * kernel/kprobes.c, 6.1 to 7.3). Under lockdown the file cannot be opened, so nobody can write it.
 */
static enum kernel_answer ask_kprobes(const char *root, struct kernel_fault *fault)
{
	char enabled[16];

	if (!read_line(root, KPROBES, enabled, sizeof(enabled))) {
		if (errno != EACCES || !geteuid())
			return KERNEL_MET;
		WHAT(fault, "whether kprobes run");
		REMEDY(fault, AS_ROOT);
		return KERNEL_UNKNOWN;
	}
	if (strcmp(enabled, "0"))
		return KERNEL_MET;
	WHAT(fault, "kprobes are off (" KPROBES " is 0): the lines that the kernel claims are not "
		    "compared with those that were checked");
	REMEDY(fault, "echo 1 >" KPROBES "; " START_ANEW);
	return KERNEL_NOT_MET;
}

static bool others_write(const struct stat *status)
{
	return status->st_uid || status->st_mode & (S_IWGRP | S_IWOTH);
}

/* A PIN_DIR that is not only root's was made by somebody while users could write to bpffs. */
static enum kernel_answer ask_pin_dir(const char *root, struct kernel_fault *fault)
{
	char path[PATH_MAX];
	struct stat status;

	if (lstat(path_in(root, PIN_DIR, path), &status)) {
		if (errno == ENOENT)
			return KERNEL_MET;
		WHAT(fault, "cannot look at " PIN_DIR ": %s", strerror(errno));
		REMEDY(fault, AS_ROOT);
		return errno == EACCES ? KERNEL_UNKNOWN : KERNEL_NOT_MET;
	}
	if (S_ISDIR(status.st_mode) && !others_write(&status))
		return KERNEL_MET;
	WHAT(fault, PIN_DIR " is not only root's");
	REMEDY(fault, "find out who made it, and remove it");
	return KERNEL_NOT_MET;
}

static enum kernel_answer ask_bpffs(const char *root, struct kernel_fault *fault)
{
	char path[PATH_MAX];
	struct statfs fs;
	struct stat status;

	path_in(root, BPFFS, path);
	if (statfs(path, &fs) || fs.f_type != BPF_FS_MAGIC || stat(path, &status)) {
		WHAT(fault, "the BPF file system is not mounted");
		REMEDY(fault, "mount it: mount -t bpf -o mode=0700 bpf " BPFFS);
		return KERNEL_NOT_MET;
	}
	if (!others_write(&status))
		return ask_pin_dir(root, fault);
	WHAT(fault, "users may write " BPFFS ", and so replace what is pinned there");
	REMEDY(fault, "take it from them: chown root " BPFFS "; chmod 0700 " BPFFS);
	return KERNEL_NOT_MET;
}

struct symbol {
	const char *name;
	unsigned int times; /* it is in kallsyms */
	uint64_t address;
};

static struct symbol symbols[NUM_KERNEL_SYMBOLS] = {
	[KERNEL_GPIO_IOCTL] = {.name = "gpio_ioctl"},
	[KERNEL_LINEREQ_IOCTL] = {.name = "linereq_ioctl"},
	[KERNEL_LINEHANDLE_IOCTL] = {.name = "linehandle_ioctl"},
	[KERNEL_LINEEVENT_IOCTL] = {.name = "lineevent_ioctl"},
};

/* A line of /proc/kallsyms: address, type, name, and after a tab its module, if it has one. */
static void note_symbol(const char *line)
{
	unsigned long long address;
	char name[128];

	if (!strstr(line, "_ioctl\n") || /* skips most of 200,000 lines */
	    sscanf(line, "%llx %*c %127s", &address, name) != 2)
		return;
	for (struct symbol *symbol = symbols; symbol < symbols + NUM_KERNEL_SYMBOLS; symbol++) {
		if (strcmp(symbol->name, name))
			continue;
		symbol->times++;
		symbol->address = address;
	}
}

static void find_symbols(const char *root)
{
	char path[PATH_MAX], *line = NULL;
	FILE *file = fopen(path_in(root, "/proc/kallsyms", path), "re");
	size_t size = 0;

	for (size_t i = 0; i < NUM_KERNEL_SYMBOLS; i++)
		symbols[i].times = symbols[i].address = 0;
	while (file && getline(&line, &size, file) > 0)
		note_symbol(line);
	free(line);
	/* A list that was cut short proves nothing. */
	for (size_t i = 0; file && !feof(file) && i < NUM_KERNEL_SYMBOLS; i++)
		symbols[i].times = 0;
	if (file)
		fclose(file);
}

uint64_t kernel_symbol(enum kernel_symbol symbol)
{
	return symbols[symbol].address;
}

/* How many there are of a symbol, if that is wrong; NULL: one, or none of an optional one. */
static const char *misnamed(const struct symbol *symbol)
{
	if (symbol->times > 1)
		return "more than one";
	return symbol->times || symbol >= symbols + KERNEL_LINEHANDLE_IOCTL ? NULL : "no";
}

/* One hidden address is enough: requests on files of that kind would not be checked. */
static bool is_hidden(void)
{
	for (size_t i = 0; i < NUM_KERNEL_SYMBOLS; i++)
		if (symbols[i].times && !symbols[i].address)
			return true;
	return false;
}

/*
 * The hooks recognise a GPIO file by the address of its ioctl function. Hidden addresses read as 0
 * and would match nothing; unprivileged users never see them.
 */
static enum kernel_answer ask_symbols(const char *root, struct kernel_fault *fault)
{
	char restricted[16];

	find_symbols(root);
	for (size_t i = 0; i < NUM_KERNEL_SYMBOLS; i++) {
		if (!misnamed(&symbols[i]))
			continue;
		WHAT(fault, "%s %s in /proc/kallsyms", misnamed(&symbols[i]), symbols[i].name);
		REMEDY(fault, "it needs CONFIG_GPIO_CDEV=y and CONFIG_KALLSYMS=y, as Debian's "
			      "kernels have");
		return KERNEL_NOT_MET;
	}
	if (!is_hidden())
		return KERNEL_MET;
	WHAT(fault, "the kernel hides the addresses of its functions");
	REMEDY(fault, "allow them while loading: sysctl kernel.kptr_restrict=1");
	if (!geteuid() ||
	    (read_line(root, "/proc/sys/kernel/kptr_restrict", restricted, sizeof(restricted)) &&
	     !strcmp(restricted, "2")))
		return KERNEL_NOT_MET;
	return KERNEL_UNKNOWN;
}

enum kernel_answer kernel_meets(enum kernel_need need, const char *root, struct kernel_fault *fault)
{
	static enum kernel_answer (*const ask[])(const char *, struct kernel_fault *) = {
		[KERNEL_BTF] = ask_btf,		  [KERNEL_LSM] = ask_lsm,
		[KERNEL_LOCKDOWN] = ask_lockdown, [KERNEL_JIT] = ask_jit,
		[KERNEL_FTRACE] = ask_ftrace,	  [KERNEL_KPROBES] = ask_kprobes,
		[KERNEL_BPFFS] = ask_bpffs,	  [KERNEL_SYMBOLS] = ask_symbols,
	};

	return ask[need](root, fault);
}

enum kernel_answer kernel_runs(const char *root, struct kernel_fault *fault)
{
	enum kernel_answer answer = kernel_meets(KERNEL_FTRACE, root, fault);

	return answer == KERNEL_MET ? kernel_meets(KERNEL_KPROBES, root, fault) : answer;
}
