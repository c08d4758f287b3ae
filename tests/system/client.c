// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A GPIO client without a library: takes the steps of its command line, one after the other, and
 * says of each what came of it, so that a test can ask the kernel for anything, well-formed or not.
 *
 *   client STEP [ARG]... [, STEP [ARG]...]...
 *
 * Credentials and files
 *   name COMM                   be called so in the audit
 *   as UID[:GID[:GROUP,...]]    become this user (all ids; `GROUP*N` is N groups from GROUP on);
 *				`.` is who one is, `=UID` changes only the effective uid
 *   egid GID                    change only the effective gid
 *   realuid UID                 change only the real uid
 *   fsuid UID                   change only the uid for files
 *   keep                        from now on a change of user takes no capabilities away
 *   drop                        give up all capabilities
 *   newuser                     a user namespace of one's own, root in it
 *   mapped UIDS GIDS [OWNER]    one that root maps: INSIDE:OUTSIDE:COUNT,...; `as` says who one is;
 *made by OWNER open CHIP                   open /dev/CHIP exec PROGRAM                go on as
 *another client, all descriptors inherited fork WHO                    go on in a child that
 *becomes WHO, all descriptors inherited pass WHO                    send the line request (else the
 *chip) over a socket to a child WHO, which goes on getfd WHO                   become WHO; a child
 *takes the same by pidfd_getfd(), goes on grab WHO                    a child that becomes WHO
 *(which takes `keep`) takes it so, goes on aside WHO STEP [ARG]...     a child that becomes WHO
 *(which takes `keep`), and shares one's descriptors, takes this step; one goes on with what it
 *requested memory HOW                  make another writer of one's memory, as memory.c knows them
 *   write FILE TEXT             write TEXT into FILE
 *   wait                        go on at the next line of standard input
 *   storm FILE                  request lines 1 to 4 in turns until FILE exists; prints counts
 *   flood N LINE                request a line N times; prints counts
 *   use FILE LINE               request a line, set, read and release it until FILE exists
 *   look FILE                   print FILE's first line at the end, before anything is released
 *   look mem:ADDRESS:BIT        the same with a bit of a 32-bit register; for root
 *   levels FOLDER               which lines are 1, of a simulated chip's FOLDER in sysfs
 *
 * On the chip: chipinfo; info N, watch N, unwatch N (info1, watch1: the first uAPI);
 * request, handle, event with SPEC...; sweep SPEC...: request each line alone, print which it got;
 * exchange SPEC...: release, and request; raw chip NUMBER [WHERE]
 *
 * On the request: release; get [MASK]; set MASK BITS; config SPEC...; edge MS: wait for an edge;
 * get1, set1 BITS, config1 SPEC... of the first uAPI;
 * raw request NUMBER [WHERE]
 *
 * SPEC  lines=0-3,7  flags=WORD+WORD  attr=ID:MASK:VALUE  num_lines=N  num_attrs=N  offset=N
 *	 values=BITS: what handle and config1 put out
 *	 at=WHERE: pass the argument in fresh (never touched) memory, at null, at wild, at an
 *	 address of the kernel's, or in memory of a kind that memory.c knows
 *
 * A step prints "STEP: done ..." or "STEP: ERRNO". Only the last may fail, or one with `try`
 * before it. Exit codes: 0 done; 2 wrong usage; 3 the last step was refused with EPERM; 4 it
 * failed otherwise; 5 an earlier step failed, so that the last was never attempted.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/gpio.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

#define MEM 99 /* the descriptor of /dev/mem, which outlives an exec */

enum { DONE, USAGE = 2, REFUSED, FAILED, NOT_ATTEMPTED };

static int chip = -1, request = -1; /* what the steps work on */
static char **rest;		    /* the steps after this one */
static char comm[16];
static char result[1024]; /* what a step has to say beside "done" */
static const char *look;  /* what to print at the end */

static void usage(const char *what)
{
	fprintf(stderr, "client: %s?\n", what);
	exit(USAGE);
}

static unsigned long long number(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 0);

	if (end == text || *end)
		usage(text);
	return n;
}

/* ---- the argument of an ioctl ----------------------------------------------------------- */

static const struct {
	const char *word;
	__u64 v2;
	__u32 v1;
} flag_words[] = {
	{"asis", 0, 0},
	{"input", GPIO_V2_LINE_FLAG_INPUT, GPIOHANDLE_REQUEST_INPUT},
	{"output", GPIO_V2_LINE_FLAG_OUTPUT, GPIOHANDLE_REQUEST_OUTPUT},
	{"low", GPIO_V2_LINE_FLAG_ACTIVE_LOW, GPIOHANDLE_REQUEST_ACTIVE_LOW},
	{"drain", GPIO_V2_LINE_FLAG_OPEN_DRAIN, GPIOHANDLE_REQUEST_OPEN_DRAIN},
	{"up", GPIO_V2_LINE_FLAG_BIAS_PULL_UP, GPIOHANDLE_REQUEST_BIAS_PULL_UP},
	{"down", GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN, GPIOHANDLE_REQUEST_BIAS_PULL_DOWN},
	{"floating", GPIO_V2_LINE_FLAG_BIAS_DISABLED, GPIOHANDLE_REQUEST_BIAS_DISABLE},
	{"rising", GPIO_V2_LINE_FLAG_EDGE_RISING, 0},
	{"falling", GPIO_V2_LINE_FLAG_EDGE_FALLING, 0},
};

/* A SPEC, before it is put into the struct of a command. */
struct spec {
	__u32 num_lines, num_attrs, offsets[GPIO_V2_LINES_MAX], offset;
	__u64 v2;
	__u32 v1;
	__u64 values;
	struct gpio_v2_line_config_attribute attrs[GPIO_V2_LINE_NUM_ATTRS_MAX];
	const char *at;
};

static void parse_flags(char *text, __u64 *v2, __u32 *v1)
{
	char *save, *word = strtok_r(text, "+", &save);

	for (*v2 = *v1 = 0; word; word = strtok_r(NULL, "+", &save)) {
		size_t i = 0, num = sizeof(flag_words) / sizeof(*flag_words);

		while (i < num && strcmp(flag_words[i].word, word))
			i++;
		*v2 |= i < num ? flag_words[i].v2 : number(word);
		*v1 |= i < num ? flag_words[i].v1 : number(word);
	}
}

static void parse_lines(char *text, struct spec *spec)
{
	char *save, *item = strtok_r(text, ",", &save);

	for (; item; item = strtok_r(NULL, ",", &save)) {
		unsigned int first, last;

		if (sscanf(item, "%u-%u", &first, &last) != 2)
			first = last = number(item);
		do {
			if (spec->num_lines == GPIO_V2_LINES_MAX)
				usage("lines");
			spec->offsets[spec->num_lines++] = first;
		} while (first++ != last);
	}
}

/* ID is flags, values, debounce or a number; VALUE is flag words or a number. */
static void parse_attr(char *text, struct spec *spec)
{
	struct gpio_v2_line_config_attribute *attr;
	char *save, *id = strtok_r(text, ":", &save);
	char *mask = strtok_r(NULL, ":", &save), *value = strtok_r(NULL, ":", &save);
	__u64 flags;
	__u32 ignored;

	if (!value || spec->num_attrs == GPIO_V2_LINE_NUM_ATTRS_MAX)
		usage("attr");
	attr = &spec->attrs[spec->num_attrs++];
	attr->mask = number(mask);
	if (!strcmp(id, "flags")) {
		parse_flags(value, &flags, &ignored);
		attr->attr.id = GPIO_V2_LINE_ATTR_ID_FLAGS;
		attr->attr.flags = flags;
		return;
	}
	attr->attr.id = !strcmp(id, "values")	  ? GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES
			: !strcmp(id, "debounce") ? GPIO_V2_LINE_ATTR_ID_DEBOUNCE
						  : number(id);
	if (!strcmp(id, "debounce"))
		attr->attr.debounce_period_us = number(value);
	else
		attr->attr.values = number(value);
}

static struct spec parse_spec(char **args)
{
	struct spec spec = {.at = "stack"};

	for (; *args; args++) {
		char *value = strchr(*args, '=');

		if (!value)
			usage(*args);
		*value++ = '\0';
		if (!strcmp(*args, "lines"))
			parse_lines(value, &spec);
		else if (!strcmp(*args, "flags"))
			parse_flags(value, &spec.v2, &spec.v1);
		else if (!strcmp(*args, "attr"))
			parse_attr(value, &spec);
		else if (!strcmp(*args, "num_lines"))
			spec.num_lines = number(value);
		else if (!strcmp(*args, "num_attrs"))
			spec.num_attrs = number(value);
		else if (!strcmp(*args, "values"))
			spec.values = number(value);
		else if (!strcmp(*args, "offset"))
			spec.offset = number(value);
		else if (!strcmp(*args, "at"))
			spec.at = value;
		else
			usage(*args);
	}
	return spec;
}

static struct gpio_v2_line_config config_of(const struct spec *spec)
{
	struct gpio_v2_line_config config = {.flags = spec->v2, .num_attrs = spec->num_attrs};

	memcpy(config.attrs, spec->attrs, sizeof(config.attrs));
	return config;
}

/* One byte a line, as the first uAPI has them. */
static void spread_values(__u64 bits, __u8 *values)
{
	for (int i = 0; i < GPIOHANDLES_MAX; i++)
		values[i] = bits >> i & 1;
}

static int call_in(int fd, unsigned long command, void *argument, const char *where)
{
	void *place = memory_place(where, argument, _IOC_SIZE(command));

	if (!place && errno == EINVAL)
		usage(where);
	if (!place || ioctl(fd, command, place) < 0)
		return -errno;
	memcpy(argument, place, _IOC_SIZE(command));
	return 0;
}

/* The ioctl itself, with its argument where a SPEC wants it. 0 or -errno. */
static int call(int fd, unsigned long command, void *argument, const char *at)
{
	if (!strcmp(at, "fresh"))
		argument = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);
	else if (!strcmp(at, "null"))
		argument = NULL;
	else if (!strcmp(at, "wild"))
		argument = (void *)0x10;
	else if (!strcmp(at, "kernel"))
		argument = (void *)~0xffful; /* a 32-bit program's stack can be below */
	else if (strcmp(at, "stack"))
		return call_in(fd, command, argument, at);
	return ioctl(fd, command, argument) < 0 ? -errno : 0;
}

/* ---- the chip --------------------------------------------------------------------------- */

static int do_open(char **args)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", args[0]);
	chip = open(path, O_RDWR | O_CLOEXEC);
	return chip < 0 ? -errno : 0;
}

static int do_chipinfo(char **args)
{
	struct gpiochip_info info = {0};
	int err = call(chip, GPIO_GET_CHIPINFO_IOCTL, &info, "stack");

	(void)args;
	snprintf(result, sizeof(result), "%s [%s] %u", info.name, info.label, info.lines);
	return err;
}

static int v2_info(unsigned long command, char **args)
{
	struct gpio_v2_line_info info = {0};
	struct spec spec = {.at = "stack"};
	int err;

	if (strchr(args[0], '='))
		spec = parse_spec(args);
	else
		spec.offset = number(args[0]);
	info.offset = spec.offset;
	err = call(chip, command, &info, spec.at);
	snprintf(result, sizeof(result), "[%s] [%s] 0x%llx", info.name, info.consumer,
		 (unsigned long long)info.flags);
	return err;
}

static int do_info(char **args)
{
	return v2_info(GPIO_V2_GET_LINEINFO_IOCTL, args);
}

static int do_watch(char **args)
{
	return v2_info(GPIO_V2_GET_LINEINFO_WATCH_IOCTL, args);
}

static int v1_info(unsigned long command, char **args)
{
	struct gpioline_info info = {.line_offset = number(args[0])};
	int err = call(chip, command, &info, "stack");

	snprintf(result, sizeof(result), "[%s] [%s]", info.name, info.consumer);
	return err;
}

static int do_info1(char **args)
{
	return v1_info(GPIO_GET_LINEINFO_IOCTL, args);
}

static int do_watch1(char **args)
{
	return v1_info(GPIO_GET_LINEINFO_WATCH_IOCTL, args);
}

static int do_unwatch(char **args)
{
	__u32 offset = number(args[0]);

	return call(chip, GPIO_GET_LINEINFO_UNWATCH_IOCTL, &offset, "stack");
}

static int do_request(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpio_v2_line_request argument = {
		.num_lines = spec.num_lines,
		.config = config_of(&spec),
		.consumer = "client",
	};
	int err;

	memcpy(argument.offsets, spec.offsets, sizeof(argument.offsets));
	err = call(chip, GPIO_V2_GET_LINE_IOCTL, &argument, spec.at);
	if (!err)
		request = argument.fd;
	return err;
}

/* What is given back is the first that the kernel gives out again. */
static int do_exchange(char **args)
{
	close(request);
	return do_request(args);
}

static void say_line(unsigned int line)
{
	size_t at = strlen(result);

	snprintf(result + at, sizeof(result) - at, "%s%u", at ? " " : "", line);
}

static int do_sweep(char **args)
{
	struct spec spec = parse_spec(args);
	int err;

	for (__u32 i = 0; i < spec.num_lines; i++) {
		struct gpio_v2_line_request argument = {.num_lines = 1, .config = config_of(&spec)};

		argument.offsets[0] = spec.offsets[i];
		err = call(chip, GPIO_V2_GET_LINE_IOCTL, &argument, spec.at);
		if (err && err != -EPERM)
			return err;
		if (err)
			continue;
		close(argument.fd);
		say_line(spec.offsets[i]);
	}
	return 0;
}

static int do_levels(char **args)
{
	char path[512], level;
	unsigned int line;
	int fd;

	for (line = 0;; line++) {
		snprintf(path, sizeof(path), "%s/sim_gpio%u/value", args[0], line);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
		if (read(fd, &level, 1) == 1 && level == '1')
			say_line(line);
		close(fd);
	}
	return line ? 0 : -errno;
}

static int do_handle(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpiohandle_request argument = {
		.lines = spec.num_lines,
		.flags = spec.v1,
		.consumer_label = "client",
	};
	int err;

	memcpy(argument.lineoffsets, spec.offsets, sizeof(argument.lineoffsets));
	spread_values(spec.values, argument.default_values);
	err = call(chip, GPIO_GET_LINEHANDLE_IOCTL, &argument, spec.at);
	if (!err)
		request = argument.fd;
	return err;
}

static int do_event(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpioevent_request argument = {
		.lineoffset = spec.offsets[0],
		.handleflags = spec.v1,
		.eventflags = GPIOEVENT_REQUEST_BOTH_EDGES,
		.consumer_label = "client",
	};
	int err = call(chip, GPIO_GET_LINEEVENT_IOCTL, &argument, spec.at);

	if (!err)
		request = argument.fd;
	return err;
}

/* Command NUMBER of the GPIO type: with `w` before it one that passes 64 bytes; WHERE as in a SPEC.
 */
static int do_raw(char **args)
{
	char argument[4096] = {0};
	int fd = !strcmp(args[0], "chip") ? chip : request;
	const char *text = args[1] + (*args[1] == 'w');
	unsigned long command = *args[1] == 'w'
					? _IOC(_IOC_READ | _IOC_WRITE, 0xB4, number(text), 64)
					: number(text);

	return call(fd, command, argument, args[2] ? args[2] : "stack");
}

/* ---- the request ------------------------------------------------------------------------ */

static int do_release(char **args)
{
	(void)args;
	close(request);
	request = -1;
	return 0;
}

static int do_get(char **args)
{
	struct gpio_v2_line_values values = {.mask = args[0] ? number(args[0]) : 1};
	int err = call(request, GPIO_V2_LINE_GET_VALUES_IOCTL, &values, "stack");

	snprintf(result, sizeof(result), "0x%llx", (unsigned long long)values.bits);
	return err;
}

static int do_set(char **args)
{
	struct gpio_v2_line_values values = {.mask = number(args[0]), .bits = number(args[1])};

	return call(request, GPIO_V2_LINE_SET_VALUES_IOCTL, &values, "stack");
}

static int do_config(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpio_v2_line_config config = config_of(&spec);

	return call(request, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config, spec.at);
}

static int do_get1(char **args)
{
	struct gpiohandle_data data = {0};
	int err = call(request, GPIOHANDLE_GET_LINE_VALUES_IOCTL, &data, "stack");

	(void)args;
	snprintf(result, sizeof(result), "%u", data.values[0]);
	return err;
}

static int do_set1(char **args)
{
	struct gpiohandle_data data = {0};

	spread_values(number(args[0]), data.values);
	return call(request, GPIOHANDLE_SET_LINE_VALUES_IOCTL, &data, "stack");
}

static int do_config1(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpiohandle_config config = {.flags = spec.v1};

	spread_values(spec.values, config.default_values);
	return call(request, GPIOHANDLE_SET_CONFIG_IOCTL, &config, spec.at);
}

static int do_edge(char **args)
{
	struct pollfd poll_fd = {.fd = request, .events = POLLIN};
	struct gpio_v2_line_event event;

	puts("edge: waiting");
	if (poll(&poll_fd, 1, number(args[0])) != 1)
		return -ETIME;
	if (read(request, &event, sizeof(event)) != sizeof(event))
		return -errno;
	snprintf(result, sizeof(result), "%s %u",
		 event.id == GPIO_V2_LINE_EVENT_RISING_EDGE ? "rising" : "falling", event.offset);
	return 0;
}

/* ---- who asks --------------------------------------------------------------------------- */

static int do_name(char **args)
{
	snprintf(comm, sizeof(comm), "%s", args[0]);
	return prctl(PR_SET_NAME, comm) ? -errno : 0;
}

static size_t parse_groups(char *text, gid_t *groups, size_t max)
{
	char *save, *item = text ? strtok_r(text, ",", &save) : NULL;
	size_t num = 0;

	for (; item; item = strtok_r(NULL, ",", &save)) {
		unsigned int first, count = 1;

		if (sscanf(item, "%u*%u", &first, &count) < 1 || num + count > max)
			usage("groups");
		while (count--)
			groups[num++] = first++;
	}
	return num;
}

static int become(char *who)
{
	static gid_t groups[4096];
	char *save, *uid = strtok_r(who, ":", &save), *gid = strtok_r(NULL, ":", &save);
	size_t num = parse_groups(strtok_r(NULL, ":", &save), groups, 4096);
	uid_t u = number(uid);
	gid_t g = gid ? number(gid) : u;

	if (setgroups(num, groups) || setresgid(g, g, g) || setresuid(u, u, u))
		return -errno;
	/* Or pidfd_getfd() would fail for a reason that is not the policy's. */
	return prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

static int do_as(char **args)
{
	if (args[0][0] == '=')
		return seteuid(number(args[0] + 1)) ? -errno : 0;
	return strcmp(args[0], ".") ? become(args[0]) : 0;
}

static int do_egid(char **args)
{
	return setegid(number(args[0])) ? -errno : 0;
}

static int do_realuid(char **args)
{
	return setresuid(number(args[0]), -1, -1) ? -errno : 0;
}

static int do_fsuid(char **args)
{
	setfsuid(number(args[0]));
	return (uid_t)setfsuid(-1) == number(args[0]) ? 0 : -EPERM;
}

static int do_keep(char **args)
{
	(void)args;
	return prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) ? -errno : 0;
}

static int do_drop(char **args)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	(void)args;
	return syscall(SYS_capset, &header, none) ? -errno : 0;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int do_newuser(char **args)
{
	char uid_map[64], gid_map[64];
	int err;

	(void)args;
	snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER))
		return -errno;
	err = write_file("/proc/self/uid_map", uid_map);
	if (!err)
		err = write_file("/proc/self/setgroups", "deny");
	if (!err)
		err = write_file("/proc/self/gid_map", gid_map);
	snprintf(result, sizeof(result), "uid %u", geteuid());
	return err;
}

/* MAP as the kernel wants it, into the file of that name of a process. */
static int write_map(pid_t pid, const char *name, char *map)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	for (char *c = map; *c; c++)
		*c = *c == ',' ? '\n' : *c == ':' ? ' ' : *c;
	return write_file(path, map);
}

static int do_mapped(char **args)
{
	pid_t target = getpid(), mapper;
	int ends[2], status;
	char byte;

	if (pipe(ends))
		return -errno;
	mapper = fork();
	if (mapper < 0)
		return -errno;
	if (!mapper) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) || write_map(target, "uid_map", args[0]) ||
		      write_map(target, "gid_map", args[1]));
	}
	if ((args[2] && seteuid(strtoul(args[2], NULL, 10))) || unshare(CLONE_NEWUSER))
		return -errno;
	close(ends[0]);
	close(ends[1]);
	return waitpid(mapper, &status, 0) == mapper && !status ? 0 : -EIO;
}

static int do_exec(char **args)
{
	static char *argv[256];
	char program[256], chip_text[16], request_text[16];
	int n = 0;

	snprintf(program, sizeof(program), "%s", args[0]);
	snprintf(chip_text, sizeof(chip_text), "%d", chip);
	snprintf(request_text, sizeof(request_text), "%d", request);
	if (chip >= 0)
		fcntl(chip, F_SETFD, 0);
	if (request >= 0)
		fcntl(request, F_SETFD, 0);
	argv[n++] = program;
	argv[n++] = "inherit";
	argv[n++] = chip_text;
	argv[n++] = request_text;
	argv[n++] = comm;
	argv[n++] = (char *)(look ? look : "-");
	for (char **arg = rest; *arg && n < 254; arg++) {
		if (arg == rest)
			argv[n++] = ",";
		argv[n++] = *arg;
	}
	execv(program, argv);
	return -errno;
}

static int do_inherit(char **args)
{
	chip = number(args[0]);
	request = number(args[1]);
	look = strcmp(args[3], "-") ? args[3] : NULL;
	return do_name(args + 2);
}

/* In the parent: end as the child did, which takes the remaining steps. */
static void follow(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) < 0)
		_exit(NOT_ATTEMPTED);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : NOT_ATTEMPTED);
}

/* In a child: become WHO, and a process as any other of that user's, whatever `keep` kept. */
static int settle(char **args)
{
	int err = do_as(args);

	return !err && geteuid() ? do_drop(NULL) : err;
}

/* The child goes on once the parent has closed its own: nobody but the child holds the lines. */
static int do_fork(char **args)
{
	int ends[2];
	pid_t child;
	char byte;

	if (pipe(ends))
		return -errno;
	fflush(stdout);
	child = fork();
	if (child < 0)
		return -errno;
	if (child) {
		close(chip);
		close(request);
		close(ends[0]);
		close(ends[1]);
		follow(child);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) < 0)
		return -errno;
	close(ends[0]);
	return settle(args);
}

static int send_descriptor(int socket, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec data = {.iov_base = "x", .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

/* A descriptor that security_file_receive() refuses is left out and the message marked as cut. */
static int receive_descriptor(int socket, int *fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;

	if (recvmsg(socket, &message, 0) != 1)
		return errno ? -errno : -EIO;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_len != CMSG_LEN(sizeof(int)))
		return message.msg_flags & MSG_CTRUNC ? -EPERM : -EIO;
	memcpy(fd, CMSG_DATA(header), sizeof(int));
	return 0;
}

/* What is handed over: the line request, or else the chip. */
static int *handed_over(void)
{
	return request >= 0 ? &request : &chip;
}

static int do_pass(char **args)
{
	int ends[2], err, *fd = handed_over();
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -errno;
	fflush(stdout);
	child = fork();
	if (child < 0)
		return -errno;
	if (child) {
		close(ends[1]);
		if (send_descriptor(ends[0], *fd))
			_exit(NOT_ATTEMPTED);
		close(*fd); /* what the child can do then comes from what it received */
		follow(child);
	}
	close(*fd);
	close(ends[0]);
	*fd = -1;
	err = settle(args);
	return err ? err : receive_descriptor(ends[1], fd);
}

/* In a child that becomes WHO: what is handed over is taken from the parent. */
static int take_from_parent(char **args)
{
	int *fd = handed_over(), target = *fd, pidfd, err;
	pid_t parent = getpid(), child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		return -errno;
	if (child)
		follow(child);
	close(target);
	err = do_as(args);
	if (err)
		return err;
	pidfd = syscall(SYS_pidfd_open, parent, 0);
	if (pidfd < 0)
		return -errno;
	*fd = syscall(SYS_pidfd_getfd, pidfd, target, 0);
	return *fd < 0 ? -errno : 0;
}

static int do_getfd(char **args)
{
	static char *same[] = {".", NULL};
	int err = do_as(args);

	return err ? err : take_from_parent(same);
}

static int do_grab(char **args)
{
	int err = take_from_parent(args);

	return !err && geteuid() ? do_drop(NULL) : err;
}

static int take(char **words);

/* The child's descriptors are the parent's, and stay. */
static int do_aside(char **args)
{
	int ends[2], err;
	pid_t child;

	if (pipe(ends))
		return -errno;
	fflush(stdout);
	child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (child < 0)
		return -errno;
	if (!child) {
		char *who[] = {args[0], NULL};

		err = do_as(who);
		_exit(err || take(args + 1) ||
		      write(ends[1], &request, sizeof(request)) != sizeof(request));
	}
	err = waitpid(child, &err, 0) == child && !err ? 0 : -EIO;
	if (!err && read(ends[0], &request, sizeof(request)) != sizeof(request))
		err = -EIO;
	close(ends[0]);
	close(ends[1]);
	return err;
}

static int do_memory(char **args)
{
	int err = memory_share(args[0]);

	if (err > 0)
		usage(args[0]);
	return err;
}

static int do_write(char **args)
{
	int fd = open(args[0], O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, args[1], strlen(args[1])) < 0)
		return -errno;
	close(fd);
	return 0;
}

static int do_wait(char **args)
{
	char line[64];

	(void)args;
	puts("wait: waiting");
	return fgets(line, sizeof(line), stdin) ? 0 : -EPIPE;
}

static int do_look(char **args)
{
	int fd;

	look = args[0];
	if (strncmp(look, "mem:", 4))
		return 0;
	fd = open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
	return fd < 0 || dup2(fd, MEM) < 0 ? -errno : 0;
}

static void print_bit(const char *where)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned long address, bit;
	const char *map;

	if (sscanf(where, "%lx:%lu", &address, &bit) != 2)
		usage(where);
	map = mmap(NULL, page, PROT_READ, MAP_SHARED, MEM, address / page * page);
	if (map != MAP_FAILED)
		printf("look: %u\n", *(const volatile __u32 *)(map + address % page) >> bit & 1);
}

static void print_look(void)
{
	char text[64];
	FILE *file;

	if (!look)
		return;
	if (!strncmp(look, "mem:", 4)) {
		print_bit(look + 4);
		return;
	}
	file = fopen(look, "re");
	if (file && fgets(text, sizeof(text), file))
		printf("look: %s", text);
	if (file)
		fclose(file);
}

/* ---- storm ------------------------------------------------------------------------------ */

/* Bit n of a set is line n. A busy line was allowed: the policy is asked first. */
static bool is_allowed(unsigned int set)
{
	struct gpio_v2_line_request argument = {.config.flags = GPIO_V2_LINE_FLAG_INPUT};

	for (unsigned int line = 0; set >> line; line++)
		if (set >> line & 1)
			argument.offsets[argument.num_lines++] = line;
	if (!ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &argument)) {
		close(argument.fd);
		return true;
	}
	if (errno == EPERM)
		return false;
	if (errno == EBUSY)
		return true;
	printf("storm: %s\n", strerrorname_np(errno));
	exit(FAILED);
}

static int do_storm(char **args)
{
	static const unsigned int sets[] = {0x2, 0x4, 0x8, 0xc, 0x6, 0xa, 0x10, 0x12};
	unsigned int counts[sizeof(sets) / sizeof(*sets)][2] = {0};
	size_t i, at = 0;

	while (access(args[0], F_OK))
		for (i = 0; i < sizeof(sets) / sizeof(*sets); i++)
			counts[i][is_allowed(sets[i])]++;
	for (i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		at += snprintf(result + at, sizeof(result) - at, "%s0x%x=%u/%u", i ? " " : "",
			       sets[i], counts[i][1], counts[i][0]);
	return 0;
}

static int do_flood(char **args)
{
	unsigned int set = 1u << number(args[1]), counts[2] = {0};

	for (unsigned long long n = number(args[0]); n; n--)
		counts[is_allowed(set)]++;
	snprintf(result, sizeof(result), "allowed=%u refused=%u", counts[1], counts[0]);
	return 0;
}

static int set_and_get(int fd, bool value)
{
	struct gpio_v2_line_values values = {.mask = 1, .bits = value};

	if (ioctl(fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) ||
	    ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values))
		return -errno;
	return values.bits == value ? 0 : -EIO;
}

static int do_use(char **args)
{
	struct gpio_v2_line_request argument = {
		.offsets = {number(args[1])},
		.num_lines = 1,
		.config.flags = GPIO_V2_LINE_FLAG_OUTPUT,
	};
	unsigned long n = 0;
	int err = 0;

	for (; !err && access(args[0], F_OK); n++) {
		if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &argument))
			return -errno;
		err = set_and_get(argument.fd, n % 2);
		close(argument.fd);
	}
	snprintf(result, sizeof(result), "%lu times", n);
	return err;
}

/* ---- steps ------------------------------------------------------------------------------ */

static const struct {
	const char *word;
	int (*run)(char **args); /* 0 or -errno */
	int num_args;		 /* at least */
} steps[] = {
	{"name", do_name, 1},	      {"as", do_as, 1},
	{"newuser", do_newuser, 0},   {"open", do_open, 1},
	{"exec", do_exec, 1},	      {"inherit", do_inherit, 4},
	{"pass", do_pass, 1},	      {"getfd", do_getfd, 1},
	{"wait", do_wait, 0},	      {"storm", do_storm, 1},
	{"chipinfo", do_chipinfo, 0}, {"info", do_info, 1},
	{"watch", do_watch, 1},	      {"unwatch", do_unwatch, 1},
	{"info1", do_info1, 1},	      {"watch1", do_watch1, 1},
	{"request", do_request, 0},   {"handle", do_handle, 0},
	{"event", do_event, 0},	      {"raw", do_raw, 2},
	{"get", do_get, 0},	      {"set", do_set, 2},
	{"config", do_config, 0},     {"get1", do_get1, 0},
	{"set1", do_set1, 1},	      {"config1", do_config1, 0},
	{"edge", do_edge, 1},	      {"look", do_look, 1},
	{"release", do_release, 0},   {"memory", do_memory, 1},
	{"write", do_write, 2},	      {"fsuid", do_fsuid, 1},
	{"keep", do_keep, 0},	      {"drop", do_drop, 0},
	{"mapped", do_mapped, 2},     {"fork", do_fork, 1},
	{"grab", do_grab, 1},	      {"sweep", do_sweep, 0},
	{"levels", do_levels, 1},     {"flood", do_flood, 2},
	{"use", do_use, 2},	      {"aside", do_aside, 2},
	{"exchange", do_exchange, 0}, {"egid", do_egid, 1},
	{"realuid", do_realuid, 1},
};

/* One step, its words up to a NULL; returns 0 or -errno after saying so. */
static int take(char **words)
{
	const size_t num = sizeof(steps) / sizeof(*steps);
	int num_args = 0, err;
	size_t i = 0;

	if (!words[0])
		usage("a step that is empty");
	while (i < num && strcmp(steps[i].word, words[0]))
		i++;
	while (words[1 + num_args])
		num_args++;
	if (i == num || num_args < steps[i].num_args)
		usage(words[0]);
	result[0] = '\0';
	err = steps[i].run(words + 1);
	if (err)
		printf("%s: %s\n", words[0], strerrorname_np(-err));
	else
		printf("%s: done%s%s\n", words[0], result[0] ? " " : "", result);
	return err;
}

int main(int argc, char **argv)
{
	char **words = argv + 1;
	int err = 0;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (argc < 2)
		usage("which steps");
	while (*words) {
		bool try = !strcmp(words[0], "try");

		for (rest = words; *rest && strcmp(*rest, ",");)
			rest++;
		if (*rest)
			*rest++ = NULL;
		err = take(words + try);
		if (err && *rest && !try)
			return NOT_ATTEMPTED;
		words = rest;
	}
	print_look();
	if (err)
		return err == -EPERM ? REFUSED : FAILED;
	return DONE;
}
