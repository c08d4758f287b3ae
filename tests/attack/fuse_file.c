// SPDX-License-Identifier: GPL-2.0-or-later
/* A file system (FUSE) of one file, its root, and its server. */
#include "fuse_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUSE_FILE "/etc/hosts" /* any file; in a mount namespace of our own */

int fuse_device;

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		broken(path);
	close(fd);
}

void fuse_mount(void)
{
	char options[128], map[32];

	snprintf(map, sizeof(map), "0 %d 1", getuid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		absent(NULL, "users may not make namespaces");
	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", map);
	write_text("/proc/self/gid_map", map);
	fuse_device = open("/dev/fuse", O_RDWR | O_CLOEXEC); /* of the namespace that mounts it */
	if (fuse_device < 0)
		absent(NULL, "no /dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=100600,user_id=0,group_id=0",
		 fuse_device);
	if (mount("attack", FUSE_FILE, "fuse", MS_NOSUID | MS_NODEV, options))
		broken("mount");
}

static void answer(const struct fuse_in_header *request, int error, const void *data, size_t size)
{
	struct fuse_out_header head = {
		.len = sizeof(head) + size,
		.error = error,
		.unique = request->unique,
	};
	char reply[sizeof(head) + PAGE];

	memcpy(reply, &head, sizeof(head));
	memcpy(reply + sizeof(head), data, size);
	if (write(fuse_device, reply, head.len) != (ssize_t)head.len)
		broken("an answer to FUSE");
}

static void answer_init(const struct fuse_in_header *request)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 31,
		.flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES,
		.max_write = FUSE_DATA,
		.max_pages = FUSE_PAGES,
	};

	answer(request, 0, &init, sizeof(init));
}

static void answer_attr(const struct fuse_in_header *request)
{
	struct fuse_attr_out attr = {
		.attr = {.ino = FUSE_ROOT_ID,
			 .mode = S_IFREG | 0600,
			 .nlink = 1,
			 .size = FUSE_DATA},
	};

	answer(request, 0, &attr, sizeof(attr));
}

static void answer_write(const struct fuse_in_header *request)
{
	const struct fuse_write_in *in = (const void *)(request + 1);
	struct fuse_write_out out = {.size = in->size};

	answer(request, 0, &out, sizeof(out));
}

void fuse_serve(char *at, size_t size, const void *data, void (*before_read)(void))
{
	const struct fuse_in_header *request = (const void *)at;
	struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};

	while (read(fuse_device, at, size) > 0) {
		switch (request->opcode) {
		case FUSE_INIT:
			answer_init(request);
			break;
		case FUSE_GETATTR:
			answer_attr(request);
			break;
		case FUSE_OPEN:
			answer(request, 0, &opened, sizeof(opened));
			break;
		case FUSE_WRITE:
			answer_write(request);
			break;
		case FUSE_READ:
			if (!data)
				broken("nobody was to read");
			before_read();
			answer(request, 0, data, PAGE);
			break;
		case FUSE_INTERRUPT:
		case FUSE_FORGET:
			break;
		default:
			answer(request, -ENOSYS, "", 0);
		}
	}
	broken("a request of FUSE");
}

int fuse_open(void)
{
	int fd = open(FUSE_FILE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		broken(FUSE_FILE);
	return fd;
}
