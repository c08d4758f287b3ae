// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hooks FOLDER NAME: has the kernel NAME every function that a program of ours attaches to? The
 * folder has its /proc/kallsyms and its BTF (image.py). The programs come out of the object itself,
 * and which of the optional ones this kernel needs is what the loader says. TAP.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "gpio_acl.skel.h"
#include "loader/engine/engine.h"
#include "loader/engine/kernel.h"

/* Why no compiler makes a static function vanish that a hook is on: its address is taken. */
static const struct {
	const char *function, *taken_by;
} statics[] = {
	{"gpio_ioctl", "gpio_fileops.unlocked_ioctl"},
	{"gpio_ioctl_compat", "gpio_fileops.compat_ioctl"},
	{"linereq_ioctl", "line_fileops.unlocked_ioctl"},
	{"linehandle_ioctl", "linehandle_fileops.unlocked_ioctl"},
	{"lineevent_ioctl", "lineevent_fileops.unlocked_ioctl"},
	{"mem_open", "proc_mem_operations.open"},
	{"madvise_free_pte_range", "madvise_free_walk_ops.pmd_entry"},
};

static const char *folder;
static char *symbols; /* all of kallsyms: lines of ADDRESS TYPE NAME */

/* NOLINTBEGIN(bugprone-reserved-identifier) */
struct btf *__wrap_btf__load_vmlinux_btf(void);
/* NOLINTEND(bugprone-reserved-identifier) */

/* What the loader asks, and the functions of which it looks up here. */
struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/sys/kernel/btf/vmlinux", folder);
	return btf__parse(path, NULL);
}

static bool read_symbols(void)
{
	char path[4096];
	size_t size = 0;
	ssize_t n = -1;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/kallsyms", folder);
	file = fopen(path, "re");
	if (file) {
		n = getdelim(&symbols, &size, '\0', file);
		fclose(file);
	}
	return n > 0;
}

/* How many functions are called @name; the type of the last one: t is static. */
static int count_symbols(const char *name, char *type)
{
	char end[300];
	int n = 0;

	snprintf(end, sizeof(end), " %s\n", name);
	for (const char *at = symbols; (at = strstr(at, end)); at++) {
		if (!strchr("tTwW", at[-1]))
			continue;
		*type = at[-1];
		n++;
	}
	return n;
}

static const char *taken_by(const char *function)
{
	for (size_t i = 0; i < sizeof(statics) / sizeof(*statics); i++)
		if (!strcmp(statics[i].function, function))
			return statics[i].taken_by;
	return NULL;
}

struct place {
	const char *prefix;   /* of the section's name */
	const char *function; /* what precedes the function's name in the kernel */
	bool needs_btf;
};

/* "lsm.s/file_ioctl" is at bpf_lsm_file_ioctl(). */
static const struct place *find_place(const char *section)
{
	static const struct place places[] = {
		{"lsm/", "bpf_lsm_", true},   {"lsm.s/", "bpf_lsm_", true},
		{"iter/", "bpf_iter_", true}, {"fentry/", "", true},
		{"fexit/", "", true},	      {"fmod_ret/", "", true},
		{"kprobe/", "", false},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!strncmp(section, places[i].prefix, strlen(places[i].prefix)))
			return &places[i];
	return NULL;
}

/* The last words of a test's line: what is wrong, or why the function is there for good. */
static char *check_place(const struct btf *btf, const char *section, bool *ok)
{
	const struct place *place = find_place(section);
	char name[256], type = 'T', *words = NULL;
	const char *reason;
	int times;

	*ok = false;
	if (!place)
		return strdup("a kind of program that this test does not know");
	snprintf(name, sizeof(name), "%s%s", place->function, strchr(section, '/') + 1);
	times = count_symbols(name, &type);
	reason = taken_by(name);
	if (times != 1)
		return asprintf(&words, "%d functions of that name", times) < 0 ? NULL : words;
	if (place->needs_btf && btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) <= 0)
		return strdup("not in BTF");
	if (type == 't' && !reason)
		return strdup("static, and no reason known why it cannot vanish");
	*ok = true;
	return asprintf(&words, type == 't' ? "its address is taken: %s" : "called across files",
			reason) < 0
		       ? NULL
		       : words;
}

/* One that depends on the kernel, and that this one does not need. */
static bool is_unneeded(const struct engine_hook *hooks, size_t num, const char *name)
{
	for (size_t i = 0; i < num; i++)
		if (!strcmp(hooks[i].name, name))
			return !hooks[i].by_policy && !hooks[i].needed;
	return false;
}

static void test(bool ok, const char *kernel, const char *what, const char *words)
{
	printf("%s - %s: %s: %s\n", ok ? "ok" : "not ok", kernel, what, words);
}

/* The functions by which the hooks know GPIO files. */
static void test_files(const char *kernel)
{
	struct kernel_fault fault;
	bool met = kernel_meets(KERNEL_SYMBOLS, folder, &fault) == KERNEL_MET;

	test(met, kernel, "what serves the ioctls of GPIO files", met ? "each once" : fault.what);
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char *argv[])
{
	const struct engine_hook *hooks;
	struct bpf_object *programs;
	struct bpf_program *prog;
	struct btf *btf;
	const void *bytes;
	size_t num, size;

	if (argc != 3)
		return 2;
	folder = argv[1];
	libbpf_set_print(silent);
	bytes = gpio_acl_bpf__elf_bytes(&size);
	programs = bpf_object__open_mem(bytes, size, NULL);
	btf = __wrap_btf__load_vmlinux_btf();
	if (!programs || !btf || !read_symbols()) {
		test(false, argv[2], "its lists", "cannot be read");
		return 1;
	}
	num = engine_hooks(&hooks);
	bpf_object__for_each_program (prog, programs) {
		const char *section = bpf_program__section_name(prog);
		char *words;
		bool ok;

		section += *section == '?';
		if (is_unneeded(hooks, num, bpf_program__name(prog))) {
			printf("# %s: %s is not needed\n", argv[2], section);
			continue;
		}
		words = check_place(btf, section, &ok);
		test(ok, argv[2], section, words);
		free(words);
	}
	test_files(argv[2]);
	free(symbols);
	btf__free(btf);
	bpf_object__close(programs);
	return 0;
}
