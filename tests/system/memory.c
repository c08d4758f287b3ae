// SPDX-License-Identifier: GPL-2.0-or-later
/* One function for each writer that gpio-acl(8) has a reason word for, as far as it is made easily.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <linux/vhost.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

#define PAGE  4096
#define STACK 65536

/* ---- other writers ----------------------------------------------------------------------- */

static pid_t client;

/* Until the client ends. */
static int sleep_on(void *unused)
{
	(void)unused;
	if (getpid() != client && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != client))
		_exit(1);
	while (pause() < 0)
		;
	return 0;
}

static int share(int flags)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return clone(sleep_on, stack + STACK, flags, NULL) < 0 ? -errno : 0;
}

static int share_thread(void)
{
	return share(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD);
}

static int share_memory(void)
{
	return share(CLONE_VM | SIGCHLD);
}

static int share_descriptors(void)
{
	return share(CLONE_FILES | SIGCHLD);
}

/* A child that has its parent traced until the parent ends. */
static int share_tracer(void)
{
	pid_t child;
	int ready[2];
	char byte;

	if (pipe(ready))
		return -errno;
	/* To become another user made it undumpable: others of the user could not even ask. */
	prctl(PR_SET_DUMPABLE, 1);
	child = fork();
	if (!child) {
		if (ptrace(PTRACE_SEIZE, client, NULL, NULL) || write(ready[1], "", 1) != 1)
			_exit(1);
		sleep_on(NULL);
	}
	close(ready[1]);
	return read(ready[0], &byte, 1) == 1 ? 0 : -ECHILD;
}

#define NUM_LOCKERS 8

/*
 * Forgets which pages of files were used, again and again: each time it takes the lock to write.
 * Not those of the stack, where arguments lie: a processor that cannot note for itself that a page
 * was used (a Raspberry Pi 3's) faults at the next use, and the 32-bit way into the kernel would
 * find the argument unreadable.
 */
static void lock_on(int ready)
{
	char path[32];
	int fd;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != client)
		_exit(1);
	snprintf(path, sizeof(path), "/proc/%d/clear_refs", client);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (write(fd, "3", 1) == 1 && write(ready, "", 1) == 1)
		while (write(fd, "3", 1) == 1)
			;
	_exit(1);
}

/* Of so many some always wait for the lock of the address space, and nobody else gets it. */
static int lock_memory(void)
{
	int ready[2];
	char byte;

	if (pipe(ready))
		return -errno;
	prctl(PR_SET_DUMPABLE, 1); /* as above */
	for (int i = 0; i < NUM_LOCKERS; i++) {
		pid_t child = fork();

		if (child < 0)
			return -errno;
		if (!child)
			lock_on(ready[1]);
	}
	close(ready[1]);
	for (int i = 0; i < NUM_LOCKERS; i++)
		if (read(ready[0], &byte, 1) != 1)
			return -ECHILD;
	return 0;
}

/* Its memory is pinned for a moment, and the kernel does not say that this is over. */
static int share_pin(void)
{
	char from, to;
	struct iovec local = {&to, 1}, remote = {&from, 1};

	return process_vm_writev(client, &local, 1, &remote, 1, 0) == 1 ? 0 : -errno;
}

static int share_mem_file(void)
{
	return open("/proc/self/mem", O_RDWR | O_CLOEXEC) < 0 ? -errno : 0;
}

static int read_mem_file(void)
{
	return open("/proc/self/mem", O_RDONLY | O_CLOEXEC) < 0 ? -errno : 0;
}

static int share_uring(void)
{
	struct io_uring_params params = {0};

	return syscall(SYS_io_uring_setup, 1, &params) < 0 ? -errno : 0;
}

static int use_uring(void *unused)
{
	(void)unused;
	share_uring();
	return 0;
}

/* A thread that has a ring, and is gone. */
static int leave_uring(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile pid_t thread = 0;

	if (clone(use_uring, stack + STACK,
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			  CLONE_PARENT_SETTID,
		  NULL, &thread) < 0)
		return -errno;
	while (!syscall(SYS_tgkill, client, thread, 0))
		sched_yield();
	return 0;
}

static int end_by(void *signal)
{
	if (signal)
		kill(getpid(), SIGKILL);
	_exit(127);
}

static int vfork_and_end(void *signal)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child = clone(end_by, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, signal);

	return child < 0 || waitpid(child, NULL, 0) != child ? -errno : 0;
}

static int vfork_killed(void)
{
	return vfork_and_end("");
}

/* As a posix_spawn() of a program that there is not. */
static int vfork_ended(void)
{
	return vfork_and_end(NULL);
}

/* The child of posix_spawn() has this memory until it executes the program. */
static int spawn(void)
{
	char *argv[] = {"client", "name", "spawned", NULL};
	pid_t child;
	int err = posix_spawn(&child, "./client", NULL, NULL, argv, environ), status;

	if (err)
		return -err;
	return waitpid(child, &status, 0) == child && !status ? 0 : -EINVAL;
}

/* Another's memory, which is no door to one's own. */
static int open_other(void)
{
	pid_t child;
	char path[32];

	prctl(PR_SET_DUMPABLE, 1); /* as above */
	child = fork();
	if (!child)
		sleep_on(NULL);
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	return child < 0 || open(path, O_RDWR | O_CLOEXEC) < 0 ? -errno : 0;
}

/* Asked of any file, as the kernel's side goes by the command. */
static int lend_vhost(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return fd >= 0 && ioctl(fd, VHOST_SET_OWNER) && errno == ENOTTY ? 0 : -EINVAL;
}

static int share_aio(void)
{
	static aio_context_t context;

	return syscall(SYS_io_setup, 1, &context) < 0 ? -errno : 0;
}

static int share_userfaultfd(void)
{
	const int user_mode_only = 1;

	return syscall(SYS_userfaultfd, user_mode_only) < 0 ? -errno : 0;
}

static int free_page(void)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 1;
	return madvise(page, PAGE, MADV_FREE) ? -errno : 0;
}

static const struct {
	const char *word;
	int (*make)(void);
} ways[] = {
	{"thread", share_thread},
	{"process", share_memory},
	{"descriptors", share_descriptors},
	{"tracer", share_tracer},
	{"mem", share_mem_file},
	{"mem-read", read_mem_file},
	{"uring", share_uring},
	{"aio", share_aio},
	{"userfaultfd", share_userfaultfd},
	{"free", free_page},
	{"lock", lock_memory},
	{"pin", share_pin},
	{"uring-left", leave_uring},
	{"vfork-killed", vfork_killed},
	{"vfork-ended", vfork_ended},
	{"spawn", spawn},
	{"mem-other", open_other},
	{"vhost", lend_vhost},
};

int memory_share(const char *how)
{
	client = getpid();
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(ways[i].word, how))
			return ways[i].make();
	return 1;
}

/* ---- places ------------------------------------------------------------------------------ */

static void *map_pages(int flags, int fd)
{
	void *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

static int new_file(void)
{
	int fd = memfd_create("client", MFD_CLOEXEC);

	return fd < 0 || ftruncate(fd, 2 * PAGE) ? -1 : fd;
}

static void *place_heap(void)
{
	return map_pages(MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void *place_shared(void)
{
	return map_pages(MAP_SHARED | MAP_ANONYMOUS, -1);
}

static void *place_file(void)
{
	return map_pages(MAP_PRIVATE, new_file());
}

static void *place_shared_file(void)
{
	return map_pages(MAP_SHARED, new_file());
}

static void *place_droppable(void)
{
	return map_pages(MAP_DROPPABLE | MAP_ANONYMOUS, -1);
}

/* Two mappings that the kernel cannot join. */
static void *place_split(void)
{
	char *pages = place_heap();

	if (!pages || mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		return NULL;
	return pages;
}

static const struct {
	const char *word;
	void *(*map)(void);
	int protect; /* so many pages, of two, once the argument is there: */
	int access;
} places[] = {
	{.word = "heap", .map = place_heap},
	{.word = "shared", .map = place_shared},
	{.word = "file", .map = place_file},
	{.word = "shared-file", .map = place_shared_file},
	{.word = "droppable", .map = place_droppable},
	{.word = "split", .map = place_split},
	{"readonly", place_heap, 2, PROT_READ},
	{"half", place_heap, 1, PROT_NONE},
	{"none", place_heap, 2, PROT_NONE},
};

void *memory_place(const char *where, const void *argument, size_t size)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char *pages, *at;

		if (strcmp(places[i].word, where))
			continue;
		pages = places[i].map();
		if (!pages)
			return NULL;
		/* Across the border of the two pages. */
		at = pages + PAGE - size / 2 / 8 * 8;
		memcpy(at, argument, size);
		return mprotect(pages + (2 - places[i].protect) * PAGE, places[i].protect * PAGE,
				places[i].access)
			       ? NULL
			       : at;
	}
	errno = EINVAL;
	return NULL;
}
