// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The programs: which of them to load, over which maps, and how to attach them; and a trial of
 * each, which leaves nothing attached. The only file that is built twice: GPIO_ACL_TEST is a build
 * whose defences can be switched off.
 */
#include "loader/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "gpio_acl.skel.h"
#include "loader/engine/hook_error.h"
#include "loader/engine/kernel.h"
#include "loader/util/message.h"

/* Bounds of max_entries of the maps with an entry for each mm, about 140 bytes. */
#define MIN_PROCESSES 4096
#define MAX_PROCESSES (1 << 22) /* PID_MAX_LIMIT */

uint64_t programs_build_id(void)
{
	uint64_t hash = 0xcbf29ce484222325;
	const unsigned char *bytes;
	size_t size;

	bytes = (const unsigned char *)gpio_acl_bpf__elf_bytes(&size);
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return getenv("GPIO_ACL_DEBUG") ? vfprintf(stderr, format, args) : 0;
}

void programs_quiet_libbpf(void)
{
	libbpf_set_print(silent);
}

struct bpf_object *programs_open(void)
{
	const void *bytes;
	size_t size;

	programs_quiet_libbpf();
	bytes = gpio_acl_bpf__elf_bytes(&size);
	return bpf_object__open_mem(bytes, size, NULL);
}

/* Reads the iterator, which runs it for every task. It writes a byte if a map is full. */
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

/* Why the kernel refused a program, by errno. @loaded: it was loaded, but not attached. */
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
 * Without KPROBES_ON_FTRACE, as on riscv64, the kernel refuses a kprobe where ftrace patches a
 * function's entry: EINVAL (check_ftrace_location() in kernel/kprobes.c; 6.12 and 7.2). Skip those
 * 8 bytes, which do not change the arguments.
 */
#ifdef __riscv
#define KPROBE_OFFSET 8
#else
#define KPROBE_OFFSET 0
#endif

/* Attaches an iterator to the map whose elements it is for. NULL with errno. */
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

/* Behind the bytes that ftrace patches (KPROBE_OFFSET). */
static struct bpf_link *attach_kprobe(const struct bpf_program *prog)
{
	const char *function = strchr(bpf_program__section_name(prog), '/') + 1;
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .offset = KPROBE_OFFSET);

	return bpf_program__attach_kprobe_opts(prog, function, &opts);
}

/* Attaches a program to what its section names. NULL with errno. */
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
		msg_error("cannot attach the hook %s: %s; %s", name, fault.what, fault.remedy);
		return -1;
	}
	snprintf(path, sizeof(path), PIN_DIR "/%s/%s", links, name);
	err = strcmp(name, SCAN_TASKS) ? bpf_link__pin(link, path) : run_scan(link);
	if (err && strcmp(name, SCAN_TASKS))
		msg_error("cannot pin %s: %s", path, strerror(errno));
	else if (err)
		msg_error("cannot scan the running processes: %s", strerror(errno));
	else
		bpf_link__disconnect(link);
	bpf_link__destroy(link);
	return err;
}

/* How many processes this machine can have, within the bounds above. */
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

/* Sets max_entries of a map with an entry for each mm; a map that is pinned keeps its size. */
static int make_room(struct bpf_map *map)
{
	struct bpf_map_info info = {.max_entries = max_processes()};
	__u32 size = sizeof(info);
	int fd = pins_open_map(bpf_map__name(map));
	int err = fd < 0 ? 0 : bpf_obj_get_info_by_fd(fd, &info, &size);

	if (fd >= 0)
		close(fd);
	return err ? err : bpf_map__set_max_entries(map, info.max_entries);
}

/* A map's pin. bpffs refuses dots in a name, and that of a data section has some. */
static const char *pin_name(const struct bpf_map *map)
{
	const char *dot = strrchr(bpf_map__name(map), '.');

	return dot ? dot + 1 : bpf_map__name(map);
}

/* Sets the pin of each map that outlives the programs, and the sizes. */
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

#ifdef GPIO_ACL_TEST
/* Only in test builds: GPIO_ACL_TEST_OFF="memcheck verify" switches those defences off. */
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
/* After engine_check(KERNEL_SYMBOLS), except for FILE_ALLOC alone, which does not use them. */
static void name_files(struct gpio_acl_bpf *skel)
{
	skel->rodata->gpio_ioctl = kernel_symbol(KERNEL_GPIO_IOCTL);
	skel->rodata->linereq_ioctl = kernel_symbol(KERNEL_LINEREQ_IOCTL);
	skel->rodata->linehandle_ioctl = kernel_symbol(KERNEL_LINEHANDLE_IOCTL);
	skel->rodata->lineevent_ioctl = kernel_symbol(KERNEL_LINEEVENT_IOCTL);
}

static void choose_optional(struct gpio_acl_bpf *skel, const struct btf *kernel)
{
	const struct engine_hook *hooks;
	size_t num = hooks_all(&hooks);

	for (size_t i = 0; i < num; i++) {
		struct bpf_program *prog;

		if (!hooks[i].optional || hooks[i].by_policy)
			continue;
		prog = bpf_object__find_program_by_name(skel->obj, hooks[i].name);
		bpf_program__set_autoload(prog, hook_is_needed(kernel, &hooks[i]));
	}
}

/* Sets which programs to load: all but FILE_ALLOC, or that alone. */
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
	/*
	 * No new scan if hooks of another build, over the same maps, have tainted mms all along.
	 * Those of another ABI have maps of their own; this one's can be there all the same, if a
	 * load that would have replaced them was killed.
	 */
	bpf_program__set_autoload(skel->progs.scan_tasks,
				  !pins_find_links(LINKS, links, sizeof(links)) ||
					  !pins_have(MAPS, "tainted_mms") || pins_of_other_abi());
}

/* Opens the programs to be loaded without pins: the hook @name alone, or all of them if NULL. */
static struct gpio_acl_bpf *open_for_trial(const char *name)
{
	struct gpio_acl_bpf *skel = gpio_acl_bpf__open();
	struct bpf_program *prog;

	if (!skel)
		return NULL;
	choose_programs(skel, false);
	bpf_program__set_autoload(skel->progs.file_alloc, true);
	bpf_program__set_autoload(skel->progs.scan_tasks, false);
	/* While attached they see every process, as any other set of hooks does. */
	if (make_room(skel->maps.tainted_mms) || make_room(skel->maps.fd_sharings)) {
		gpio_acl_bpf__destroy(skel);
		return NULL;
	}
	bpf_object__for_each_program (prog, skel->obj)
		if (name && strcmp(bpf_program__name(prog), name))
			bpf_program__set_autoload(prog, false);
	return skel;
}

/* Attaches a program and detaches it. */
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

#define VERIFIER_LOG (8 << 20) /* bytes: enough for our longest program */

/* Loads one hook alone: if the object is loaded as a whole, the error does not say which failed. */
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
	const struct engine_hook *hooks;
	size_t num = hooks_all(&hooks);
	struct gpio_acl_bpf *skel;
	bool together;

	programs_quiet_libbpf();
	skel = open_for_trial(NULL);
	together = skel && !gpio_acl_bpf__load(skel);
	for (size_t i = 0; i < num; i++) {
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

/* Reports the first program that the kernel refuses to load, and why. Reads errno. */
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
			msg_error("cannot load the hook %s: %s; %s", name, fault.what,
				  fault.remedy);
			return;
		}
	}
	msg_error("cannot load the BPF programs: %s; verifier log: GPIO_ACL_DEBUG=1 gpio-acl load",
		  strerror(err));
}

int programs_start(const char *links, bool file_alloc)
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
