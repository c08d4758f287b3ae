// SPDX-License-Identifier: GPL-2.0-or-later
/* The client's steps on the process: who it is, what it shares and hands over (client.c). */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "memory.h"

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

const struct step task_steps[] = {
	{"name", do_name, 1},	{"as", do_as, 1},	    {"newuser", do_newuser, 0},
	{"exec", do_exec, 1},	{"inherit", do_inherit, 4}, {"pass", do_pass, 1},
	{"getfd", do_getfd, 1}, {"memory", do_memory, 1},   {"fsuid", do_fsuid, 1},
	{"keep", do_keep, 0},	{"drop", do_drop, 0},	    {"mapped", do_mapped, 2},
	{"fork", do_fork, 1},	{"grab", do_grab, 1},	    {"aside", do_aside, 2},
	{"egid", do_egid, 1},	{"realuid", do_realuid, 1}, {0},
};
