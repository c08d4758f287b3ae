// SPDX-License-Identifier: GPL-2.0-or-later
/* See hook_error.h. Checked against the sources of Linux 6.1, 6.12 and 7.3. */
#include "loader/engine/hook_error.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#define ENOTSUPP 524 /* include/linux/errno.h: the kernel's own, not in any libc */

#define STOCK                                                                                      \
	"boot a stock Debian kernel: 6.1 or later on amd64, 6.12 or later on arm64 and riscv64"

#define WHAT(fault, ...)   snprintf((fault)->what, sizeof((fault)->what), __VA_ARGS__)
#define REMEDY(fault, ...) snprintf((fault)->remedy, sizeof((fault)->remedy), __VA_ARGS__)

enum kind {
	KPROBE = 1 << 0,
	LSM = 1 << 1,
	TRACING = 1 << 2, /* fentry, fexit, fmod_ret */
	ITERATOR = 1 << 3,
	TRAMPOLINE = LSM | TRACING,
	ANY = KPROBE | TRAMPOLINE | ITERATOR,
};

/* The prefix of a section's name, and that of the kernel's function. */
static const struct section {
	const char *prefix;
	enum kind kind;
	const char *function;
} sections[] = {
	{"kprobe/", KPROBE, ""},	  {"lsm/", LSM, "bpf_lsm_"}, {"lsm.s/", LSM, "bpf_lsm_"},
	{"fentry/", TRACING, ""},	  {"fexit/", TRACING, ""},   {"fmod_ret/", TRACING, ""},
	{"iter/", ITERATOR, "bpf_iter_"},
};

/* Which option adds a function; a '*' at the end of a name matches anything. */
static const struct {
	const char *function, *option;
} options[] = {
	{"gpiod_*", "CONFIG_GPIOLIB=y"},
	{"gpio_ioctl*", "CONFIG_GPIO_CDEV=y"},
	{"linereq_*", "CONFIG_GPIO_CDEV=y"},
	{"madvise_*", "CONFIG_ADVISE_SYSCALLS=y"},
	{"bpf_lsm_*", "CONFIG_BPF_LSM=y"},
	{"bpf_iter_*", "CONFIG_BPF_SYSCALL=y and CONFIG_PROC_FS=y"},
	{"security_*", "CONFIG_SECURITY=y"},
};

/* What an errno means if the function is there. The first row that matches counts. */
static const struct {
	enum kind kinds;
	bool loaded;
	int err;
	const char *what, *remedy;
} causes[] = {
	/* register_fentry() in kernel/bpf/trampoline.c: no ftrace location, or no direct calls. */
	{TRAMPOLINE, true, ENOTSUPP, "the kernel cannot attach BPF programs to functions",
	 "it needs CONFIG_BPF_JIT=y and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y, which arm64 has "
	 "from 6.4 on, and 32-bit arm never"},
	{TRAMPOLINE, true, ENODEV, "ftrace cannot attach BPF programs to functions",
	 "it needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y"},
	/* bpf_arch_text_poke(): no room for a call; register_ftrace_direct(): another user. */
	{LSM, true, EBUSY,
	 "the kernel's hook has no room for a call, or something else is attached to it",
	 "it needs CONFIG_FUNCTION_TRACER=y and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y; or end "
	 "what is attached, for example a live patch"},
	{TRACING, true, EBUSY,
	 "something else is attached to the function: a live patch, or a tracer",
	 "end it, then load again"},
	{TRAMPOLINE, true, E2BIG, "it has the maximum number of BPF programs",
	 "end some of the others: bpftool link"},
	{TRAMPOLINE, true, EINVAL, "the kernel refuses programs of this kind there", STOCK},
	/* kernel/trace/trace_kprobe.c, trace_event_perf.c; include/linux/trace_events.h */
	{KPROBE, true, EADDRNOTAVAIL, "more than one function has that name", STOCK},
	{KPROBE, true, EOPNOTSUPP, "the kernel cannot run BPF programs from kprobes",
	 "it needs CONFIG_BPF_EVENTS=y"},
	{KPROBE, true, ENOENT, "the kernel has no kprobe events",
	 "it needs CONFIG_KPROBE_EVENTS=y"},
	{KPROBE, true, ENODEV, "the kernel has no kprobe events",
	 "it needs CONFIG_KPROBE_EVENTS=y"},
	{KPROBE, true, EINVAL, "the kernel refuses a kprobe there (it is on the kprobe blacklist)",
	 STOCK},
	{KPROBE, true, E2BIG, "it has the maximum number of BPF programs",
	 "end some of the others: bpftool perf"},
	{KPROBE, true, EPERM, "the kernel is locked down", "boot with lockdown=integrity"},
	{KPROBE, true, EACCES, "the kernel refuses a kprobe there",
	 "run this as root of the machine"},
	/* bpf_prog_load(), bpf_tracing_prog_attach(); the JIT, kernel/bpf/core.c */
	{ANY, false, ENOTSUPP, "the kernel has no BPF JIT, or it is off",
	 "it needs CONFIG_BPF_JIT=y, and sysctl net.core.bpf_jit_enable=1"},
	{ANY, false, EPERM, "the kernel refuses to load BPF programs from here",
	 "run this as root of the machine, not of a container"},
	{ANY, false, ENOMEM, "the kernel is out of memory", "free some, then load again"},
	{ANY, true, ENOMEM, "the kernel is out of memory", "free some, then load again"},
	{ANY, true, EPERM, "the kernel refuses to attach it from here",
	 "run this as root of the machine, not of a container"},
};

static const struct section *find_section(const char *name)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		if (!strncmp(name, sections[i].prefix, strlen(sections[i].prefix)))
			return &sections[i];
	return NULL;
}

/* The function that a program is attached to; "" for an unknown kind. */
static void name_function(const char *name, char *function, size_t size)
{
	const struct section *section = find_section(name);

	snprintf(function, size, "%s%s", section ? section->function : "",
		 section ? name + strlen(section->prefix) : "");
}

static const char *section_name(const struct hook_error *error)
{
	return error->section + (*error->section == '?');
}

/* Counts functions of vmlinux only: modules may have others of that name. */
static int count_functions(const char *root, const char *function)
{
	char path[PATH_MAX], *line = NULL, type, name[256];
	int n = 0, end;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/kallsyms", root);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0)
		n += strstr(line, function) && /* skips most of 200,000 lines */
		     sscanf(line, "%*x %c %255s%n", &type, name, &end) == 2 && line[end] == '\n' &&
		     strchr("tTwW", type) && !strcmp(name, function);
	free(line);
	if (!file)
		return -1;
	fclose(file);
	return n;
}

void hook_error_look(struct hook_error *error, const char *root)
{
	char function[256], path[PATH_MAX];
	struct btf *btf;

	name_function(section_name(error), function, sizeof(function));
	error->functions = count_functions(root, function);
	snprintf(path, sizeof(path), "%s/sys/kernel/btf/vmlinux", root);
	btf = btf__parse_raw(path);
	error->in_btf = btf && btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;
	btf__free(btf);
}

static const char *option_of(const char *function)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		size_t length = strcspn(options[i].function, "*");

		if (!strncmp(function, options[i].function, length))
			return options[i].option;
	}
	return NULL;
}

/* True if the function is missing or ambiguous. kprobes need kallsyms, the others BTF as well. */
static bool explain_function(const struct hook_error *error, struct kernel_fault *fault)
{
	const struct section *section = find_section(section_name(error));
	bool missing = !error->functions || (section && section->kind != KPROBE && !error->in_btf);
	char function[256];

	name_function(section_name(error), function, sizeof(function));
	if (!section || (!missing && error->functions < 2))
		return false;
	if (!missing) {
		WHAT(fault, "the kernel has %d functions with the name %s()", error->functions,
		     function);
		REMEDY(fault, STOCK);
		return true;
	}
	WHAT(fault, "the kernel has no function %s()%s", function,
	     error->functions > 0 ? " in its BTF" : "");
	if (option_of(function))
		REMEDY(fault, "it needs %s", option_of(function));
	else
		REMEDY(fault, STOCK);
	return true;
}

/* libbpf writes to the log: "... CO-RE relocation <byte_off> [7] struct x.y (0:1 ...". */
static bool explain_field(const struct hook_error *error, struct kernel_fault *fault)
{
	const char *at =
		error->log ? strstr(error->log, "failed to resolve CO-RE relocation") : NULL;
	size_t length;

	at = at ? strstr(at, "] ") : NULL;
	if (!at)
		return false;
	at += strlen("] ");
	length = strcspn(at, "(\n");
	while (length && at[length - 1] == ' ')
		length--;
	WHAT(fault, "the kernel has no %.*s, or it has moved", (int)length, at);
	REMEDY(fault, STOCK "; if it is later than this gpio-acl, update gpio-acl");
	return true;
}

/* The last line of the verifier's log, without the statistics after it. */
static void explain_verdict(const struct hook_error *error, struct kernel_fault *fault)
{
	const char *line = NULL;
	size_t length = 0;

	for (const char *at = error->log; at && *at;) {
		size_t n = strcspn(at, "\n");

		if (n && strncmp(at, "processed ", 10) && strncmp(at, "verification time", 17)) {
			line = at;
			length = n;
		}
		at += n + (at[n] == '\n');
	}
	if (line)
		WHAT(fault, "verifier: %.*s", (int)length, line);
	else
		WHAT(fault, "%s", error->err == ENOTSUPP ? "not supported" : strerror(error->err));
	REMEDY(fault, STOCK);
}

void hook_error_explain(const struct hook_error *error, struct kernel_fault *fault)
{
	const struct section *section = find_section(section_name(error));

	if (explain_function(error, fault) || explain_field(error, fault))
		return;
	for (size_t i = 0; section && i < sizeof(causes) / sizeof(*causes); i++) {
		if (!(causes[i].kinds & section->kind) || causes[i].loaded != error->loaded ||
		    causes[i].err != error->err)
			continue;
		WHAT(fault, "%s", causes[i].what);
		REMEDY(fault, "%s", causes[i].remedy);
		return;
	}
	explain_verdict(error, fault);
}
