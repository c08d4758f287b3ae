// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine (engine.h). What is pinned, under PIN_DIR:
 *
 *   maps-ABI/       what outlives a change of programs: policies, counters, audit, quarantine,
 *                   and what is known of processes, that of requests under way too
 *   links-BUILD-N/  one link a program of the text BUILD, attached at time N
 *
 * A links folder counts only when it is complete. A load that needs new programs attaches them
 * all, pins them in a folder of their own, publishes, and only then removes the other folders: at
 * every moment one complete set of hooks is at work, or, before the first publication, dormant.
 */
#include "loader/engine/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "gpio_acl.skel.h"
#include "loader/engine/hook_error.h"
#include "loader/engine/kernel.h"
#include "loader/util/folder.h"
#include "loader/util/message.h"
#include "loader/util/path.h"

#define ABI_TEXT_(n) #n
#define ABI_TEXT(n)  ABI_TEXT_(n)
#define MAPS_PREFIX  "maps-"
#define MAPS	     MAPS_PREFIX ABI_TEXT(GPIO_ACL_ABI)
#define MAPS_DIR     PIN_DIR "/" MAPS
#define LINKS	     "links-"
#define LOCK	     "lock"
#define NAME_LEN     256  /* a name in a folder: NAME_MAX and a NUL */
#define PATH_LEN     640  /* PIN_DIR and two names */
#define BATCH	     8192 /* entries a batch: what one system call copies */

/* What the kernel's side remembers of processes has room for so many, which take 140 bytes each. */
#define MIN_PROCESSES 4096
#define MAX_PROCESSES (1 << 22) /* PID_MAX_LIMIT: they take a thousandth of what threads do */

/*
 * The programs, each the name of its pin: the hooks, of which some are optional, and the iterators.
 * The pins of HELD and LEFT_OUT list when they are read what engine_held() and engine_left_out()
 * tell; SCAN_TASKS is read once and not pinned.
 */
#define HELD	   "held_lines"
#define LEFT_OUT   "left_out"
#define SCAN_TASKS "scan_tasks"
#define STORAGE	   "storage"
#define FILE_ALLOC "file_alloc" /* at work only while a rule says `memory any` */

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
	{.name = "mem_open_fentry", .optional = true, .function = "mem_open"},
	{.name = "madvise_free_fentry", .optional = true, .function = "madvise_free_pte_range"},
	{.name = "exit_signals_fentry", .optional = true, .function = "exit_signals"},
	{.name = "exit_mmap_fentry", .optional = true, .function = "exit_mmap"},
	{.name = "direction_output", .optional = true, .function = OUTPUT_FUNCTION},
	{.name = "direction_output_before_6_13", .optional = true, .without = OUTPUT_FUNCTION},
	{.name = "compat_end", .optional = true, .function = "gpio_ioctl_compat"},
	{.name = "request_end", .optional = true, .function = "linereq_ioctl", .rt = true},
	{.name = "handle_end", .optional = true, .function = "linehandle_ioctl", .rt = true},
	{.name = STORAGE, .optional = true},
	{.name = FILE_ALLOC, .optional = true},
};

#define NUM_HOOKS (sizeof(hooks) / sizeof(*hooks))

/* ---- what the kernel can do ----------------------------------------------------------- */

static int check(enum kernel_need need)
{
	struct kernel_fault fault;

	if (kernel_meets(need, "", &fault) == KERNEL_MET)
		return 0;
	msg_error("%s; %s", fault.what, fault.remedy);
	return -1;
}

int engine_check_kernel(void)
{
	if (geteuid()) {
		msg_error("this takes root: run it with sudo");
		return -1;
	}
	for (enum kernel_need need = 0; need < KERNEL_SYMBOLS; need++)
		if (check(need))
			return -1;
	return 0;
}

/* ---- pins ----------------------------------------------------------------------------- */

/* A fingerprint of the BPF object: programs of the same text need not be attached again. */
static uint64_t build_id(void)
{
	uint64_t hash = 0xcbf29ce484222325;
	const unsigned char *bytes;
	size_t size;

	bytes = (const unsigned char *)gpio_acl_bpf__elf_bytes(&size);
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

static bool pinned(const char *dir, const char *name)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), PIN_DIR "/%s/%s", dir, name);
	return !access(path, F_OK);
}

static bool is_complete(const char *dir)
{
	for (size_t i = 0; i < NUM_HOOKS; i++)
		if (!hooks[i].optional && !pinned(dir, hooks[i].name))
			return false;
	return pinned(dir, LEFT_OUT) && pinned(dir, HELD);
}

/* Finds a links folder whose name begins with @prefix; false when there is none. */
static bool find_folder(const char *prefix, bool complete, char *name, size_t size)
{
	DIR *dir = opendir(PIN_DIR);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)) &&
		    (!complete || is_complete(entry->d_name))) {
			snprintf(name, size, "%s", entry->d_name);
			found = true;
		}
	if (dir)
		closedir(dir);
	return found;
}

/* Finds a complete one: no other counts. */
static bool find_links(const char *prefix, char *name, size_t size)
{
	return find_folder(prefix, true, name, size);
}

/* Are there maps of another ABI: has another version put a policy in force, perhaps? */
static bool has_other_maps(void)
{
	DIR *dir = opendir(PIN_DIR);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = !strncmp(entry->d_name, MAPS_PREFIX, strlen(MAPS_PREFIX)) &&
			strcmp(entry->d_name, MAPS);
	if (dir)
		closedir(dir);
	return found;
}

/* Removes a folder of pins: what was pinned there, and nowhere else, ends. */
static int remove_pins(const char *name)
{
	char path[PATH_LEN];
	struct dirent *entry;
	int parent, fd, err;
	DIR *dir;

	snprintf(path, sizeof(path), PIN_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return errno == ENOENT ? 0 : -1;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(fd, entry->d_name, 0);
	closedir(dir);
	parent = open(PIN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = unlinkat(parent, name, AT_REMOVEDIR);
	close(parent);
	return err;
}

static bool is_kept(const char *name, const char *links, const char *maps)
{
	return name[0] == '.' || (links && !strcmp(name, links)) || (maps && !strcmp(name, maps));
}

/*
 * Removes every folder of pins but two: the links and maps now at work (or NULL). The list is read
 * first, so that one descriptor at a time will do: this also tidies up for want of them.
 */
static int remove_other_pins(const char *links, const char *maps)
{
	struct dirent **entries = NULL;
	int n = scandir(PIN_DIR, &entries, NULL, NULL), err = 0;

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (!is_kept(name, links, maps) && remove_pins(name)) {
			msg_error("cannot remove " PIN_DIR "/%s: %s", name, strerror(errno));
			err = -1;
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

static int make_dir(const char *path, mode_t mode)
{
	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	msg_error("cannot make the folder %s: %s", path, strerror(errno));
	return -1;
}

int engine_lock(void)
{
	int folder = folder_open(AT_FDCWD, RUN_DIR, RUN_DIR), fd;

	if (folder < 0)
		return -1;
	fd = openat(folder, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	close(folder);
	if (fd < 0 || flock(fd, LOCK_EX)) {
		msg_error("cannot lock " RUN_DIR "/" LOCK ": %s", strerror(errno));
		return -1;
	}
	return fd;
}

static int open_map(const char *name)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), MAPS_DIR "/%s", name);
	return bpf_obj_get(path);
}

/* ---- the policy in force -------------------------------------------------------------- */

/* The published policy's map; -ENOENT when there is none. */
static int open_policy(int policies)
{
	__u32 zero = 0, id;

	if (bpf_map_lookup_elem(policies, &zero, &id))
		return -errno;
	return bpf_map_get_fd_by_id(id);
}

/* As open_policy(), from the pin; prints a message unless there just is none. */
static int open_pinned_policy(void)
{
	int policies = open_map("policies");
	int fd = policies < 0 ? -errno : open_policy(policies);

	if (policies >= 0)
		close(policies);
	if (fd == -EACCES || fd == -EPERM)
		msg_error("only root may look at the policy in force: run this with sudo");
	else if (fd < 0 && fd != -ENOENT)
		msg_error("cannot read the policy in force under " PIN_DIR ": %s", strerror(-fd));
	if (fd != -ENOENT || !has_other_maps())
		return fd;
	msg_error("the policy in force is of another version of gpio-acl: load it again with this "
		  "one");
	return -ESTALE;
}

/* Zeros when they cannot be read. */
static struct gpio_acl_settings settings_of(int policy)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	union gpio_acl_value value = {};

	bpf_map_lookup_elem(policy, &key, &value);
	return value.settings;
}

uint64_t engine_generation(void)
{
	int policies = open_map("policies");
	int policy = policies < 0 ? -1 : open_policy(policies);
	uint64_t generation = policy < 0 ? 0 : settings_of(policy).generation;

	if (policies >= 0)
		close(policies);
	if (policy >= 0)
		close(policy);
	return generation;
}

int engine_has_policy(void)
{
	int fd = open_pinned_policy();

	if (fd < 0)
		return fd == -ENOENT ? 0 : -1;
	close(fd);
	return 1;
}

int engine_loaded(void)
{
	char links[NAME_LEN];
	int has_policy = engine_has_policy();

	return has_policy > 0 ? find_links(LINKS, links, sizeof(links)) : has_policy;
}

/* ---- load ----------------------------------------------------------------------------- */

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return getenv("GPIO_ACL_DEBUG") ? vfprintf(stderr, format, args) : 0;
}

/* Reads the scan to its end: its work is done as it is read, and it says nothing if all is well.
 */
static int run_scan(struct bpf_link *link)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	char failed;
	ssize_t n = fd < 0 ? -1 : read(fd, &failed, 1);

	if (fd >= 0)
		close(fd);
	if (n > 0)
		errno = ENOSPC;
	return n ? -1 : 0;
}

/* Why the kernel does not take a program, by errno: it cannot be loaded, or then attached. */
static void explain(const struct bpf_program *prog, bool loaded, const char *log,
		    struct kernel_fault *fault)
{
	struct hook_error failure = {
		.section = bpf_program__section_name(prog),
		.loaded = loaded,
		.err = errno,
		.log = log,
	};

	hook_error_look(&failure, "");
	hook_error_explain(&failure, fault);
}

/*
 * riscv64 takes no kprobe where ftrace patches a function's entry (check_ftrace_location() in
 * kernel/kprobes.c, without KPROBES_ON_FTRACE; 6.12 and 7.2): EINVAL. That is the first 8 bytes,
 * which do nothing to the arguments.
 */
#ifdef __riscv
#define KPROBE_OFFSET 8
#else
#define KPROBE_OFFSET 0
#endif

/* Attaches the iterator that goes through a map, which its section does not say. NULL with errno.
 */
static struct bpf_link *attach_to_map(const struct bpf_program *prog, const struct bpf_map *map)
{
	union bpf_iter_link_info info = {.map.map_fd = bpf_map__fd(map)};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));

	return bpf_program__attach_iter(prog, &opts);
}

static bool is_kprobe(const struct bpf_program *prog)
{
	return strstr(bpf_program__section_name(prog), "kprobe/");
}

/* Where ftrace does not stand (KPROBE_OFFSET). */
static struct bpf_link *attach_kprobe(const struct bpf_program *prog)
{
	const char *function = strchr(bpf_program__section_name(prog), '/') + 1;
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .offset = KPROBE_OFFSET);

	return bpf_program__attach_kprobe_opts(prog, function, &opts);
}

/* Attaches a program where its section says. NULL with errno. */
static struct bpf_link *attach_program(const struct bpf_program *prog)
{
	return KPROBE_OFFSET && is_kprobe(prog) ? attach_kprobe(prog) : bpf_program__attach(prog);
}

static int attach(const struct gpio_acl_bpf *skel, struct bpf_program *prog, const char *links)
{
	const char *name = bpf_program__name(prog);
	struct bpf_link *link = prog == skel->progs.left_out
					? attach_to_map(prog, skel->maps.shares)
					: attach_program(prog);
	struct kernel_fault fault;
	char path[PATH_LEN];
	int err;

	if (!link) {
		explain(prog, true, NULL, &fault);
		msg_error("the hook %s cannot be attached: %s; %s", name, fault.what, fault.remedy);
		return -1;
	}
	snprintf(path, sizeof(path), PIN_DIR "/%s/%s", links, name);
	err = strcmp(name, SCAN_TASKS) ? bpf_link__pin(link, path) : run_scan(link);
	if (err && strcmp(name, SCAN_TASKS))
		msg_error("cannot pin %s: %s", path, strerror(errno));
	else if (err)
		msg_error("cannot look through the processes that run already: %s",
			  strerror(errno));
	else
		bpf_link__disconnect(link);
	bpf_link__destroy(link);
	return err;
}

/* How many processes this machine can have, within bounds. */
static __u32 max_processes(void)
{
	FILE *file = fopen("/proc/sys/kernel/threads-max", "re");
	unsigned long n = 0;

	if (file && fscanf(file, "%lu", &n) != 1)
		n = 0;
	if (file)
		fclose(file);
	return n < MIN_PROCESSES ? MIN_PROCESSES : n > MAX_PROCESSES ? MAX_PROCESSES : n;
}

/* Room for all of them in a map by processes; a map that is pinned already keeps its size. */
static int make_room(struct bpf_map *map)
{
	struct bpf_map_info info = {.max_entries = max_processes()};
	__u32 size = sizeof(info);
	int fd = open_map(bpf_map__name(map));
	int err = fd < 0 ? 0 : bpf_obj_get_info_by_fd(fd, &info, &size);

	if (fd >= 0)
		close(fd);
	return err ? err : bpf_map__set_max_entries(map, info.max_entries);
}

/* What a map is pinned as: what is a section in the object has a name with dots, which none may. */
static const char *pin_name(const struct bpf_map *map)
{
	const char *dot = strrchr(bpf_map__name(map), '.');

	return dot ? dot + 1 : bpf_map__name(map);
}

/* Where each map is pinned, and how large it is. */
static int lay_out_maps(struct gpio_acl_bpf *skel)
{
	struct bpf_map *lasting[] = {
		skel->maps.policies,	skel->maps.counters,	 skel->maps.audit,
		skel->maps.races,	skel->maps.shares,	 skel->maps.quarantine,
		skel->maps.tainted_mms, skel->maps.task_shares,	 skel->maps.fd_sharings,
		skel->maps.scratches,	skel->maps.data_changes, skel->maps.data_overflow,
	};
	char path[PATH_LEN];
	int err = make_room(skel->maps.tainted_mms) | make_room(skel->maps.fd_sharings);

	for (size_t i = 0; i < sizeof(lasting) / sizeof(*lasting); i++) {
		snprintf(path, sizeof(path), MAPS_DIR "/%s", pin_name(lasting[i]));
		err |= bpf_map__set_pin_path(lasting[i], path);
	}
	return err;
}

/* Does this kernel have a function that a program can be attached to? */
static bool has_function(const struct btf *kernel, const char *name)
{
	return kernel && btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

/* Does this kernel need an optional hook? FILE_ALLOC is a matter of the policy. */
static bool kernel_needs(const struct btf *kernel, const struct engine_hook *hook)
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

#ifdef GPIO_ACL_TEST
/* Only in test builds: GPIO_ACL_TEST_OFF="memcheck verify" leaves those defences out. */
static void leave_out_defences(struct gpio_acl_bpf *skel)
{
	const char *off = getenv("GPIO_ACL_TEST_OFF");

	skel->rodata->memcheck_off = off && strstr(off, "memcheck");
	skel->rodata->verify_off = off && strstr(off, "verify");
}
#else
static void leave_out_defences(struct gpio_acl_bpf *skel)
{
	(void)skel;
}
#endif

/* check(KERNEL_SYMBOLS) has been asked, but for FILE_ALLOC alone, which looks at no file. */
static void name_files(struct gpio_acl_bpf *skel)
{
	skel->rodata->gpio_ioctl = kernel_symbol(KERNEL_GPIO_IOCTL);
	skel->rodata->linereq_ioctl = kernel_symbol(KERNEL_LINEREQ_IOCTL);
	skel->rodata->linehandle_ioctl = kernel_symbol(KERNEL_LINEHANDLE_IOCTL);
	skel->rodata->lineevent_ioctl = kernel_symbol(KERNEL_LINEEVENT_IOCTL);
}

static void choose_optional(struct gpio_acl_bpf *skel, const struct btf *kernel)
{
	for (size_t i = 0; i < NUM_HOOKS; i++) {
		struct bpf_program *prog;

		if (!hooks[i].optional || !strcmp(hooks[i].name, FILE_ALLOC))
			continue;
		prog = bpf_object__find_program_by_name(skel->obj, hooks[i].name);
		bpf_program__set_autoload(prog, kernel_needs(kernel, &hooks[i]));
	}
}

/* Which programs to load: all but FILE_ALLOC, or that alone. */
static void choose_programs(struct gpio_acl_bpf *skel, bool file_alloc)
{
	char links[NAME_LEN];
	struct bpf_program *prog;
	struct btf *kernel;

	bpf_object__for_each_program (prog, skel->obj)
		if (file_alloc)
			bpf_program__set_autoload(prog, false);
	bpf_program__set_autoload(skel->progs.file_alloc, file_alloc);
	if (file_alloc)
		return;
	kernel = btf__load_vmlinux_btf();
	choose_optional(skel, kernel);
	btf__free(kernel);
	/* Hooks of another version with the same maps have kept them up to date. */
	bpf_program__set_autoload(skel->progs.scan_tasks,
				  !find_links(LINKS, links, sizeof(links)) ||
					  !pinned(MAPS, "tainted_mms"));
}

/* The programs opened, to be loaded without pins: the hook @name alone, or if NULL all of them. */
static struct gpio_acl_bpf *open_for_trial(const char *name)
{
	struct gpio_acl_bpf *skel = gpio_acl_bpf__open();
	struct bpf_program *prog;

	if (!skel)
		return NULL;
	choose_programs(skel, false);
	bpf_program__set_autoload(skel->progs.file_alloc, true);
	bpf_program__set_autoload(skel->progs.scan_tasks, false);
	/* At work for a moment, they may have to remember as many processes as any. */
	if (make_room(skel->maps.tainted_mms) || make_room(skel->maps.fd_sharings)) {
		gpio_acl_bpf__destroy(skel);
		return NULL;
	}
	bpf_object__for_each_program (prog, skel->obj)
		if (name && strcmp(bpf_program__name(prog), name))
			bpf_program__set_autoload(prog, false);
	return skel;
}

/* Attaches a program for a moment. */
static enum engine_trial try_program(const struct bpf_program *prog, struct kernel_fault *fault)
{
	struct bpf_link *link;

	if (!prog || !bpf_program__autoload(prog))
		return TRIAL_NOT_NEEDED;
	link = attach_program(prog);
	if (!link) {
		explain(prog, true, NULL, fault);
		return TRIAL_NOT_ATTACHED;
	}
	bpf_link__destroy(link);
	return TRIAL_ATTACHED;
}

#define VERIFIER_LOG (8 << 20) /* bytes: all that it says of our longest program */

/* Which one the kernel does not take can be seen only when each is loaded alone. */
static enum engine_trial try_alone(const char *name, struct kernel_fault *fault)
{
	struct gpio_acl_bpf *skel = open_for_trial(name);
	enum engine_trial trial = TRIAL_NOT_LOADED;
	struct bpf_program *prog;
	char *log;

	if (!skel) {
		snprintf(fault->what, sizeof(fault->what), "%s", strerror(errno));
		return TRIAL_NOT_LOADED;
	}
	prog = bpf_object__find_program_by_name(skel->obj, name);
	log = calloc(1, VERIFIER_LOG);
	if (log)
		bpf_program__set_log_buf(prog, log, VERIFIER_LOG);
	if (gpio_acl_bpf__load(skel))
		explain(prog, false, log, fault);
	else
		trial = try_program(prog, fault);
	gpio_acl_bpf__destroy(skel);
	free(log);
	return trial;
}

void engine_try_hooks(engine_each_trial each, void *ctx)
{
	struct gpio_acl_bpf *skel;
	bool together;

	libbpf_set_print(silent);
	skel = open_for_trial(NULL);
	together = skel && !gpio_acl_bpf__load(skel);
	for (size_t i = 0; i < NUM_HOOKS; i++) {
		struct kernel_fault fault = {};
		enum engine_trial trial;

		if (together)
			trial = try_program(
				bpf_object__find_program_by_name(skel->obj, hooks[i].name), &fault);
		else
			trial = try_alone(hooks[i].name, &fault);
		each(hooks[i].name, trial, &fault, ctx);
	}
	gpio_acl_bpf__destroy(skel);
}

/* Says which of the programs that were to be loaded the kernel does not take, and why; by errno. */
static void explain_load(const struct gpio_acl_bpf *skel)
{
	struct kernel_fault fault = {};
	struct bpf_program *prog;
	int err = errno;

	if (skel) {
		bpf_object__for_each_program (prog, skel->obj) {
			const char *name = bpf_program__name(prog);

			if (!bpf_program__autoload(prog) ||
			    try_alone(name, &fault) != TRIAL_NOT_LOADED)
				continue;
			msg_error("the hook %s cannot be loaded: %s; %s", name, fault.what,
				  fault.remedy);
			return;
		}
	}
	msg_error("this kernel does not take the programs of gpio-acl: %s; the kernel's words: "
		  "GPIO_ACL_DEBUG=1 gpio-acl load ...",
		  strerror(err));
}

/* Loads and attaches programs into a folder, over the maps that are pinned, if any. */
static int start_programs(const char *links, bool file_alloc)
{
	struct gpio_acl_bpf *skel = gpio_acl_bpf__open();
	struct bpf_program *prog;
	int err = -1;

	if (skel) {
		name_files(skel);
		leave_out_defences(skel);
		choose_programs(skel, file_alloc);
	}
	if (!skel || lay_out_maps(skel) || gpio_acl_bpf__load(skel)) {
		explain_load(skel);
	} else {
		err = 0;
		bpf_object__for_each_program (prog, skel->obj)
			if (!err && bpf_program__autoload(prog))
				err = attach(skel, prog, links);
	}
	gpio_acl_bpf__destroy(skel);
	return err;
}

/* A new links folder with every hook at work, or nothing. */
static int start_engine(const char *links)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), PIN_DIR "/%s", links);
	if (check(KERNEL_SYMBOLS) || make_dir(path, 0700))
		return -1;
	if (!start_programs(links, false))
		return 0;
	remove_pins(links);
	return -1;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Copies the entries into a map, a batch a system call. 0 or -1 with errno. */
static int fill(int map, const struct image *image, uint64_t generation)
{
	struct gpio_acl_key *keys = calloc(BATCH, sizeof(*keys));
	union gpio_acl_value *values = calloc(BATCH, sizeof(*values));
	int err = keys && values ? 0 : -1;

	for (size_t done = 0; !err && done < image->num_entries;) {
		__u32 n = 0;

		for (; n < BATCH && done + n < image->num_entries; n++) {
			keys[n] = image->entries[done + n].key;
			values[n] = image->entries[done + n].value;
			if (keys[n].table == GPIO_ACL_TABLE_SETTINGS) {
				values[n].settings.generation = generation;
				values[n].settings.loaded_at = now();
			}
		}
		done += n;
		err = bpf_map_update_batch(map, keys, values, &n, NULL);
	}
	free(keys);
	free(values);
	return err;
}

/* A frozen map of the image, not yet published; -1 after a message. */
static int make_policy(const struct image *image, uint64_t generation)
{
	int map = bpf_map_create(BPF_MAP_TYPE_HASH, "gpio_acl_policy", sizeof(struct gpio_acl_key),
				 sizeof(union gpio_acl_value), image->num_entries, NULL);

	if (map >= 0 && !fill(map, image, generation) && !bpf_map_freeze(map))
		return map;
	msg_error("the kernel has no room for a policy of %zu entries: %s", image->num_entries,
		  strerror(errno));
	if (map >= 0)
		close(map);
	return -1;
}

static int publish(const struct image *image, uint64_t *generation)
{
	int policies = open_map("policies");
	__u32 zero = 0;
	int old, map, err;

	if (policies < 0) {
		msg_error("cannot open " MAPS_DIR "/policies: %s", strerror(errno));
		return -1;
	}
	old = open_policy(policies);
	if (old < 0 && old != -ENOENT) {
		msg_error("cannot read the policy in force: %s", strerror(-old));
		close(policies);
		return -1;
	}
	*generation = old < 0 ? 1 : settings_of(old).generation + 1;
	map = make_policy(image, *generation);
	err = map < 0 ? -1 : bpf_map_update_elem(policies, &zero, &map, BPF_ANY);
	if (map >= 0 && err)
		msg_error("the kernel does not take the new policy: %s", strerror(errno));
	if (old >= 0)
		close(old);
	if (map >= 0)
		close(map);
	close(policies);
	return err;
}

static bool has_memory_any(const struct image *image)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	const union gpio_acl_value *value = image_lookup(image, &key);

	return value && value->settings.flags & GPIO_ACL_FLAG_HAS_MEMORY_ANY;
}

/*
 * After a failure: takes away what it started, and everything when no policy is in force. That has
 * to be certain: a policy that only cannot be opened now (no memory, say) goes on being enforced.
 */
static void leave_as_before(const char *started)
{
	int policies = open_map("policies");
	int policy = policies < 0 ? -errno : open_policy(policies);

	/* Descriptors may be what it failed for. */
	if (policies >= 0)
		close(policies);
	if (policy >= 0)
		close(policy);
	if (started)
		remove_pins(started);
	if (policy == -ENOENT && has_other_maps()) {
		remove_pins(MAPS);
	} else if (policy == -ENOENT) {
		remove_other_pins(NULL, NULL);
		rmdir(PIN_DIR);
	}
}

int engine_load(const struct image *image, uint64_t *generation)
{
	char prefix[64], links[NAME_LEN], path[PATH_LEN];
	bool memory_any = has_memory_any(image), started;

	libbpf_set_print(silent);
	if (make_dir(PIN_DIR, 0700) || make_dir(MAPS_DIR, 0700))
		return -1;
	snprintf(prefix, sizeof(prefix), LINKS "%016llx-", (unsigned long long)build_id());
	started = !find_links(prefix, links, sizeof(links));
	if (started)
		snprintf(links, sizeof(links), "%s%llx", prefix, (unsigned long long)now());
	if ((started && start_engine(links)) ||
	    (memory_any && !pinned(links, FILE_ALLOC) && start_programs(links, true)) ||
	    publish(image, generation)) {
		leave_as_before(started ? links : NULL);
		return -1;
	}
	/* The policy is in force: what now cannot be tidied away is a matter for a warning. */
	snprintf(path, sizeof(path), PIN_DIR "/%s/" FILE_ALLOC, links);
	if (!memory_any && unlink(path) && errno != ENOENT)
		msg_warn("cannot remove %s: %s", path, strerror(errno));
	remove_other_pins(links, MAPS);
	return 0;
}

int engine_replace(const struct image *image, uint64_t *generation)
{
	return publish(image, generation);
}

int engine_unload(void)
{
	int policies = open_map("policies");
	__u32 zero = 0;

	if (policies >= 0) {
		if (bpf_map_delete_elem(policies, &zero) && errno != ENOENT) {
			msg_error("cannot take the policy out of force: %s", strerror(errno));
			return -1;
		}
		close(policies);
	}
	if (remove_other_pins(NULL, NULL))
		return -1;
	if (rmdir(PIN_DIR) && errno != ENOENT) {
		msg_error("cannot remove " PIN_DIR ": %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* ---- reading back --------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct gpio_acl_key));
}

/* The entries of a map, a batch a system call; NULL with errno. The map is frozen. */
static struct image *read_image(int map)
{
	struct gpio_acl_key *keys = calloc(BATCH, sizeof(*keys));
	union gpio_acl_value *values = calloc(BATCH, sizeof(*values));
	struct image *image = calloc(1, sizeof(*image));
	__u32 cursor = 0, n;
	bool first = true, all = false;
	int err = keys && values && image ? 0 : -1;

	while (!err) {
		struct image_entry *grown;

		n = BATCH;
		err = bpf_map_lookup_batch(map, first ? NULL : &cursor, &cursor, keys, values, &n,
					   NULL);
		if (err && errno != ENOENT)
			break;
		grown = realloc(image->entries, (image->num_entries + n + 1) * sizeof(*grown));
		if (!grown)
			break;
		image->entries = grown;
		for (__u32 i = 0; i < n; i++)
			grown[image->num_entries++] =
				(struct image_entry){.key = keys[i], .value = values[i]};
		first = false;
		all = err;
	}
	free(keys);
	free(values);
	if (all) {
		qsort(image->entries, image->num_entries, sizeof(*image->entries), by_key);
		return image;
	}
	if (image)
		image_free(image);
	return NULL;
}

struct image *engine_image(void)
{
	int map = open_pinned_policy();
	struct image *image;

	if (map == -ENOENT)
		msg_error("no policy is loaded; load one: gpio-acl load");
	if (map < 0)
		return NULL;
	image = read_image(map);
	if (!image)
		msg_error("cannot read the policy in force: %s", strerror(errno));
	close(map);
	return image;
}

/* Does a rule of the policy in force say `memory any`? */
static bool memory_any_in_force(void)
{
	int policies = open_map("policies");
	int policy = policies < 0 ? -1 : open_policy(policies);
	__u32 flags = policy < 0 ? 0 : settings_of(policy).flags;

	if (policies >= 0)
		close(policies);
	if (policy >= 0)
		close(policy);
	return flags & GPIO_ACL_FLAG_HAS_MEMORY_ANY;
}

size_t engine_hooks(const struct engine_hook **list)
{
	char links[NAME_LEN];
	bool found = find_links(LINKS, links, sizeof(links)) ||
		     find_folder(LINKS, false, links, sizeof(links));
	bool memory_any = memory_any_in_force();
	struct btf *kernel = btf__load_vmlinux_btf();

	for (size_t i = 0; i < NUM_HOOKS; i++) {
		struct engine_hook *hook = &hooks[i];

		hook->attached = found && pinned(links, hook->name);
		hook->needed = !hook->optional || kernel_needs(kernel, hook) ||
			       (memory_any && !strcmp(hook->name, FILE_ALLOC));
	}
	btf__free(kernel);
	*list = hooks;
	return NUM_HOOKS;
}

int engine_quarantine(void (*each)(uint32_t uid, uint64_t since, void *ctx), void *ctx)
{
	int fd = open_map("quarantine");
	__u32 uid, *previous = NULL;
	__u64 since;

	if (fd < 0) {
		msg_error("cannot open " MAPS_DIR "/quarantine: %s", strerror(errno));
		return -1;
	}
	while (!bpf_map_get_next_key(fd, previous, &uid)) {
		if (!bpf_map_lookup_elem(fd, &uid, &since))
			each(uid, since, ctx);
		previous = &uid;
	}
	close(fd);
	return 0;
}

int engine_pardon(uint32_t uid)
{
	int fd = open_map("quarantine");
	int err = fd < 0 ? -1 : bpf_map_delete_elem(fd, &uid);

	if (err && errno == ENOENT && fd >= 0)
		err = 1;
	else if (err)
		msg_error("cannot change " MAPS_DIR "/quarantine: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * What there was no room for, in the kernel's own memory: to write the whole of it as a map's value
 * could undo what a program sets at that moment. NULL after a message.
 */
static struct gpio_acl_bpf__data_overflow *map_overflow(void)
{
	int fd = open_map("overflow");
	void *full = fd < 0 ? MAP_FAILED
			    : mmap(NULL, sizeof(struct gpio_acl_bpf__data_overflow),
				   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (full == MAP_FAILED)
		msg_error("cannot map " MAPS_DIR "/overflow: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return full == MAP_FAILED ? NULL : full;
}

int engine_full(struct engine_full *full)
{
	struct gpio_acl_bpf__data_overflow *data = map_overflow();

	if (!data)
		return -1;
	full->quarantine = data->overflow.quarantine;
	munmap(data, sizeof(*data));
	return 0;
}

int engine_pardon_rest(void)
{
	struct gpio_acl_bpf__data_overflow *data = map_overflow();

	if (!data)
		return -1;
	data->overflow.quarantine = false;
	munmap(data, sizeof(*data));
	return 0;
}

int engine_counters(uint64_t counters[GPIO_ACL_NUM_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus();
	int fd = open_map("counters");
	uint64_t *values = cpus > 0 ? calloc(cpus, sizeof(*values)) : NULL;
	int err = fd < 0 || !values ? -1 : 0;

	for (__u32 i = 0; !err && i < GPIO_ACL_NUM_COUNTERS; i++) {
		err = bpf_map_lookup_elem(fd, &i, values);
		counters[i] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			counters[i] += values[cpu];
	}
	if (err)
		msg_error("cannot read the counters under " MAPS_DIR ": %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	free(values);
	return err;
}

int engine_audit_ring(enum engine_ring ring)
{
	static const char *const names[] = {[RING_RACES] = "races", [RING_REFUSALS] = "audit"};
	int fd = open_map(names[ring]);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		msg_error("only root may read the audit: run this with sudo");
	else if (errno == ENOENT)
		msg_error("no policy is loaded, so nothing is refused; load one: gpio-acl load");
	else
		msg_error("cannot open " MAPS_DIR "/%s: %s", names[ring], strerror(errno));
	return -1;
}

/* What an iterator tells now, by its pin; NULL, with errno, when it is not there. */
static FILE *read_iterator(const char *name)
{
	char links[NAME_LEN], path[PATH_LEN];

	errno = ENOENT;
	if (!find_links(LINKS, links, sizeof(links)))
		return NULL;
	snprintf(path, sizeof(path), PIN_DIR "/%s/%s", links, name);
	return fopen(path, "re");
}

int engine_left_out(void (*each)(const struct gpio_acl_left_out *left_out, void *ctx), void *ctx)
{
	struct gpio_acl_left_out left_out;
	FILE *stream = read_iterator(LEFT_OUT);
	int failed;

	while (stream && fread(&left_out, sizeof(left_out), 1, stream) == 1)
		each(&left_out, ctx);
	failed = stream ? ferror(stream) : errno != ENOENT; /* after an unload nothing is */
	if (failed)
		msg_error("cannot tell whose audit records were left out: %s", strerror(errno));
	if (stream)
		fclose(stream);
	return failed ? -1 : 0;
}

/* One record at the head of a stream of them; 0 at its end, -1 when it is cut or no record. */
static int read_record(FILE *stream, struct gpio_acl_record *record)
{
	size_t head = GPIO_ACL_RECORD_SIZE(0), lines;

	memset(record, 0, sizeof(*record));
	if (fread(record, head, 1, stream) != 1)
		return ferror(stream) ? -1 : 0;
	if (record->num_lines > GPIO_ACL_MAX_LINES)
		return -1;
	lines = record->num_lines;
	return fread(record->lines, sizeof(*record->lines), lines, stream) == lines ? 1 : -1;
}

int engine_held(void (*each)(const struct gpio_acl_record *record, void *ctx), void *ctx)
{
	FILE *stream = read_iterator(HELD);
	struct gpio_acl_record record;
	int more = -1;

	while (stream && (more = read_record(stream, &record)) > 0)
		each(&record, ctx);
	if (stream)
		fclose(stream);
	if (more)
		msg_error("cannot tell which lines are held now: %s", strerror(errno));
	return more;
}
