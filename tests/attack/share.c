// SPDX-License-Identifier: GPL-2.0-or-later
/* Writers: other threads and processes, through memory or descriptors that they share. */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* ---- common ------------------------------------------------------------------------------ */

void random_pause(unsigned int max)
{
	static __thread unsigned int state = 1;

	state = state * 1664525 + 1013904223;
	for (unsigned int i = ((unsigned long long)state * max) >> 32; i; i--)
		__asm__ volatile("" ::: "memory");
}

int flip_word(void *arg)
{
	struct flip *flip = arg;

	for (;;) {
		*flip->word = flip->raced;
		random_pause(SHORT);
		*flip->word = flip->checked;
		random_pause(SHORT);
	}
	return 0;
}

void start_thread(void *(*run)(void *), struct flip *flip)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, flip);
	if (errno)
		broken("pthread_create");
}

pid_t start_process(unsigned long flags)
{
	pid_t parent = getpid(), pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid < 0)
		broken("clone");
	if (!pid && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(1);
	return pid;
}

void die(int signal)
{
	(void)signal;
	kill(getpid(), SIGKILL);
}

pid_t start_requester(void)
{
	signal(SIGCHLD, die);
	return start_process(0);
}

void attempt_in_child(void (*prepare)(struct flip *), struct flip *flip)
{
	static bool is_child;
	int status = 0;
	pid_t child;

	if (is_child) {
		while (wait(NULL) > 0)
			;
		_exit(0);
	}
	do {
		prepare(flip);
		child = start_process(0);
		is_child = !child;
		if (is_child)
			return;
	} while (waitpid(child, &status, 0) == child && WIFEXITED(status));
	die(0); /* as the child did: the supervisor knows only its own */
}

static void *flip_in_thread(void *flip)
{
	flip_word(flip);
	return NULL;
}

void use_processor(int number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		broken("sched_setaffinity");
}

/* ---- shared address spaces --------------------------------------------------------------- */

static void run_thread(struct flip *flip)
{
	start_thread(flip_in_thread, flip);
	attempts(flip);
}

/* The page becomes copy-on-write again and again, and moves when it is written. */
static void *flip_and_fork(void *arg)
{
	struct flip *flip = arg;

	for (;;) {
		pid_t child = fork();

		if (!child)
			_exit(0);
		for (int i = 0; i < 1000; i++) {
			*flip->word = flip->raced;
			random_pause(SHORT);
			*flip->word = flip->checked;
			random_pause(SHORT);
		}
		waitpid(child, NULL, 0);
	}
	return NULL;
}

static void run_fork(struct flip *flip)
{
	start_thread(flip_and_fork, flip);
	attempts(flip);
}

void *new_stack(void)
{
	char *stack =
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return stack + (1 << 20);
}

static void run_process(struct flip *flip)
{
	if (clone(flip_word, new_stack(), CLONE_VM | SIGCHLD, flip) < 0)
		broken("clone");
	attempts(flip);
}

/*
 * Allowed requests and open() calls without end, at the lowest priority: the scheduler preempts
 * them inside the BPF programs for long, and the kernel skips a program that is active on the CPU
 * (bpf_prog_active, prog->active).
 */
static void occupy_programs(void)
{
	struct sched_param none = {0};

	if (sched_setscheduler(0, SCHED_IDLE, &none))
		broken("SCHED_IDLE");
	for (;;) {
		request_allowed(&changes[0]);
		close(open("/dev/null", O_RDONLY | O_CLOEXEC));
	}
}

static void run_preempted_programs(struct flip *flip)
{
	for (int i = 0; i < 16; i++)
		if (!start_process(0))
			occupy_programs();
	run_thread(flip);
}

static int request_in_child(void *flip)
{
	attempts(flip);
}

/* The child requests while its parent waits for it and its parent's other thread writes. */
static void run_vfork(struct flip *flip)
{
	signal(SIGCHLD, die);
	start_thread(flip_in_thread, flip);
	if (clone(request_in_child, new_stack(), CLONE_VM | CLONE_VFORK | SIGCHLD, flip) < 0)
		broken("clone");
	die(0);
}

/* ---- shared pages and files -------------------------------------------------------------- */

static void map_over(struct flip *flip, int flags, int fd)
{
	if (mmap(flip->page, PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) == MAP_FAILED)
		broken("mmap");
}

static void map_shared(struct flip *flip)
{
	map_over(flip, MAP_SHARED | MAP_ANONYMOUS, -1);
}

static void run_child(struct flip *flip)
{
	if (!start_process(0))
		flip_word(flip);
	attempts(flip);
}

int image_file(struct flip *flip)
{
	int fd = memfd_create("attack", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, flip->images, sizeof(flip->images), 0) != sizeof(flip->images))
		broken("memfd_create");
	return fd;
}

static int mapped_file;

static void map_file_shared(struct flip *flip)
{
	mapped_file = image_file(flip);
	map_over(flip, MAP_SHARED, mapped_file);
}

static void map_file_private(struct flip *flip)
{
	mapped_file = image_file(flip);
	map_over(flip, MAP_PRIVATE, mapped_file);
}

/* A private page follows its file until it is written; the kernel's answer may have done so. */
static void before_file_private(struct flip *flip)
{
	if (madvise(flip->page, PAGE, MADV_DONTNEED))
		broken("madvise");
}

void nothing_before(struct flip *flip)
{
	(void)flip;
}

void write_file(struct flip *flip, int fd, off_t at)
{
	for (;;) {
		if (pwrite(fd, &flip->raced, 4, at) != 4)
			break;
		random_pause(SHORT);
		if (pwrite(fd, &flip->checked, 4, at) != 4)
			break;
		random_pause(SHORT);
	}
	broken("pwrite");
}

static void run_file(struct flip *flip)
{
	if (!start_process(0))
		write_file(flip, mapped_file, (char *)flip->word - flip->page);
	attempts(flip);
}

/* ---- shared descriptors ------------------------------------------------------------------ */

/* Does it hold the line? A descriptor's fdinfo says so of every line that it holds. */
static bool holds_line(int fd, int line)
{
	char path[64], text[1024], wanted[32];
	ssize_t size;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	size = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	if (info >= 0)
		close(info);
	text[size < 0 ? 0 : size] = '\0';
	snprintf(wanted, sizeof(wanted), "gpio-line:\t%d\n", line);
	return strstr(text, wanted);
}

/* In a child: a file opened here could get the number of the next request's descriptor. */
bool is_forbidden(int fd)
{
	struct gpio_v2_line_values values = {.mask = 1};
	int status = 0;
	pid_t child;

	if (!ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) || errno != EPERM)
		return false;
	child = fork();
	if (!child)
		_exit(holds_line(fd, FORBIDDEN));
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status);
}

/*
 * A bystander that shares the attacker's descriptor table, but not its memory, and is not killed
 * with it. It duplicates whatever appears at the number of the next request's descriptor.
 */
static void catch_descriptors(void)
{
	for (;;) {
		int fd = fcntl(next_fd, F_DUPFD_CLOEXEC, 500);

		if (fd < 0)
			continue;
		tally->caught += is_forbidden(fd);
		close(fd);
	}
}

static void run_fd_table_bystander(struct flip *flip)
{
	learn_next_fd();
	if (!start_process(CLONE_FILES))
		catch_descriptors();
	run_thread(flip);
}

const struct writer sharing_writers[] = {
	{.name = "thread", .run = run_thread},
	{.name = "fork-copy-on-write", .run = run_fork},
	{.name = "preempted-programs", .run = run_preempted_programs},
	{.name = "clone-vm-process", .run = run_process},
	{.name = "vfork-parent-thread", .run = run_vfork},
	{.name = "shared-mapping", .map = map_shared, .run = run_child},
	{.name = "private-file-mapping",
	 .map = map_file_private,
	 .run = run_file,
	 .before = before_file_private},
	{.name = "shared-file-mapping",
	 .map = map_file_shared,
	 .run = run_file,
	 .before = nothing_before},
	{.name = "fd-table-bystander", .run = run_fd_table_bystander, .bystander = true},
	{0},
};
