// SPDX-License-Identifier: GPL-2.0-or-later
/* Who writes: other threads and processes, by memory or descriptors they share or may reach. */
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
		*flip->word = flip->calm;
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

static pid_t start_requests(struct flip *flip)
{
	pid_t pid = start_requester();

	if (!pid)
		attempts(flip);
	return pid;
}

static void *flip_in_thread(void *flip)
{
	flip_word(flip);
	return NULL;
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
			*flip->word = flip->calm;
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

static void *new_stack(void)
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
 * Lawful requests and open() calls without end, at the lowest priority: each of them may be
 * preempted for long within a program of the kernel's side, which could then be passed over.
 */
static void crowd(void)
{
	struct sched_param none = {0};

	if (sched_setscheduler(0, SCHED_IDLE, &none))
		broken("SCHED_IDLE");
	for (;;) {
		request_lawfully(&changes[0]);
		close(open("/dev/null", O_RDONLY | O_CLOEXEC));
	}
}

static void run_crowd(struct flip *flip)
{
	for (int i = 0; i < 16; i++)
		if (!start_process(0))
			crowd();
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

static void nothing_before(struct flip *flip)
{
	(void)flip;
}

static void write_file(struct flip *flip, int fd, off_t at)
{
	for (;;) {
		if (pwrite(fd, &flip->raced, 4, at) != 4)
			break;
		random_pause(SHORT);
		if (pwrite(fd, &flip->calm, 4, at) != 4)
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

/* ---- another process's memory ------------------------------------------------------------ */

/* A refusal is the defence, and passes. */
static void write_process(struct flip *flip, pid_t pid)
{
	__u32 word = flip->calm;
	struct iovec local = {&word, 4}, remote = {(void *)flip->word, 4};

	for (;;) {
		word = word == flip->raced ? flip->calm : flip->raced;
		if (process_vm_writev(pid, &local, 1, &remote, 1, 0) != 4 && errno != EPERM)
			break;
		random_pause(SHORT);
	}
	if (errno == ESRCH)
		die(0);
	broken("process_vm_writev");
}

static void run_vm_writev(struct flip *flip)
{
	write_process(flip, start_requests(flip));
}

/* Opened by its owner, which asks nobody; inherited by a child. */
static void run_mem_of_parent(struct flip *flip)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (mem < 0)
		broken("/proc/self/mem");
	if (!start_process(0))
		write_file(flip, mem, (uintptr_t)flip->word);
	attempts(flip);
}

/* Opened by the child that requests; the parent has the same descriptors. */
static void run_mem_of_child(struct flip *flip)
{
	signal(SIGCHLD, die);
	tally->shared_fd = -1;
	if (!start_process(CLONE_FILES)) {
		tally->shared_fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
		if (tally->shared_fd < 0)
			broken("/proc/self/mem");
		attempts(flip);
	}
	while (*(volatile int *)&tally->shared_fd < 0)
		;
	write_file(flip, tally->shared_fd, (uintptr_t)flip->word);
}

static void seize(pid_t pid)
{
	signal(SIGCHLD, SIG_DFL);
	while (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		if (errno != EPERM)
			broken("PTRACE_SEIZE");
}

/* Writes the word, by the machine word it lies in. */
static long poke(struct flip *flip, pid_t pid, __u32 word)
{
	unsigned long at = (unsigned long)flip->word & -sizeof(long);
	unsigned long data = ptrace(PTRACE_PEEKDATA, pid, (void *)at, NULL);

	memcpy((char *)&data + ((unsigned long)flip->word - at), &word, sizeof(word));
	return ptrace(PTRACE_POKEDATA, pid, (void *)at, (void *)data);
}

/* POKEDATA wants the tracee stopped, and nothing stops between the check and the use. */
static void run_ptrace(struct flip *flip)
{
	pid_t pid = start_requests(flip);
	int status;

	seize(pid);
	for (int i = 1;; i = !i) {
		if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) || waitpid(pid, &status, 0) < 0 ||
		    !WIFSTOPPED(status) || poke(flip, pid, i ? flip->raced : flip->calm) ||
		    ptrace(PTRACE_CONT, pid, NULL, NULL))
			die(0);
		random_pause(LONG);
	}
}

/* An attached tracer that writes while its tracee runs. */
static void run_tracer(struct flip *flip)
{
	pid_t pid = start_requests(flip);

	seize(pid);
	write_process(flip, pid);
}

/* ---- tasks that end, and still have the memory --------------------------------------------- */

void use_processor(int number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		broken("sched_setaffinity");
}

/* Who requests makes a task that ends, and says who it is; another process writes by way of it. */
static void run_ending(struct flip *flip, void (*write_by)(struct flip *flip, pid_t pid))
{
	const volatile pid_t *ending = &tally->ending;
	pid_t last = 0;

	if (!start_requester()) {
		signal(SIGCHLD, SIG_DFL);
		use_processor(0);
		attempts(flip);
	}
	use_processor(1);
	for (;;) {
		while (*ending == last)
			;
		last = *ending;
		write_by(flip, last);
	}
}

/* A child of vfork() lets its parent go on before it gives the memory back; it is kept from that.
 */
static int end_last(void *unused)
{
	struct sched_param none = {0};

	(void)unused;
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		broken("SCHED_IDLE");
	tally->ending = getpid();
	return 0;
}

static void before_lender(struct flip *flip)
{
	attempt_in_child(nothing_before, flip);
	*flip->word = flip->calm;
	if (clone(end_last, new_stack(), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) < 0)
		broken("clone");
}

/* The first write counts: who was written to before it is judged is refused from then on. */
static void write_by_child(struct flip *flip, pid_t pid)
{
	__u32 word = flip->calm;
	struct iovec local = {&word, 4}, remote = {(void *)flip->word, 4};

	random_pause(20 * SHORT);
	while (tally->ending == pid) {
		word = word == flip->raced ? flip->calm : flip->raced;
		if (process_vm_writev(pid, &local, 1, &remote, 1, 0) != 4)
			break;
		random_pause(SHORT);
	}
}

static void run_lender(struct flip *flip)
{
	run_ending(flip, write_by_child);
}

static int end_at_once(void *unused)
{
	(void)unused;
	return 0;
}

/* Has a thread, and then is alone. */
static void before_widow(struct flip *flip)
{
	attempt_in_child(nothing_before, flip);
	*flip->word = flip->calm;
	if (clone(end_at_once, new_stack(),
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			  CLONE_PARENT_SETTID,
		  NULL, &tally->ending) < 0)
		broken("clone");
	while (!syscall(SYS_tgkill, getpid(), tally->ending, 0))
		sched_yield();
}

/* Who opens its memory while the thread ends has all of the process's. */
static void write_by_thread(struct flip *flip, pid_t pid)
{
	char path[32];
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	do
		mem = open(path, O_RDWR | O_CLOEXEC);
	while (mem < 0 && errno != ENOENT && errno != ESRCH);
	while (mem >= 0 && tally->ending == pid) {
		if (pwrite(mem, &flip->raced, 4, (uintptr_t)flip->word) != 4)
			break;
		random_pause(SHORT);
		if (pwrite(mem, &flip->calm, 4, (uintptr_t)flip->word) != 4)
			break;
		random_pause(SHORT);
	}
	if (mem >= 0)
		close(mem);
}

static void run_widow(struct flip *flip)
{
	run_ending(flip, write_by_thread);
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

/* Looked at in a child of its own: a file opened here could lie where the next request will. */
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
 * A bystander that has the attacker's descriptors, but not its memory or its fate, takes what
 * appears where the next request will.
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

static void run_catch(struct flip *flip)
{
	learn_next_fd();
	if (!start_process(CLONE_FILES))
		catch_descriptors();
	run_thread(flip);
}

const struct writer sharing_writers[] = {
	{.name = "thread", .run = run_thread},
	{.name = "fork", .run = run_fork},
	{.name = "crowd", .run = run_crowd},
	{.name = "process", .run = run_process},
	{.name = "vfork", .run = run_vfork},
	{.name = "shared", .map = map_shared, .run = run_child},
	{.name = "file-private",
	 .map = map_file_private,
	 .run = run_file,
	 .before = before_file_private},
	{.name = "file-shared", .map = map_file_shared, .run = run_file, .before = nothing_before},
	{.name = "vm-writev", .run = run_vm_writev},
	{.name = "mem-of-parent", .run = run_mem_of_parent},
	{.name = "mem-of-child", .run = run_mem_of_child},
	{.name = "ptrace", .run = run_ptrace, .before = nothing_before},
	{.name = "tracer", .run = run_tracer},
	{.name = "lender", .run = run_lender, .before = before_lender},
	{.name = "widow", .run = run_widow, .before = before_widow},
	{.name = "catch", .run = run_catch, .catches = true},
	{0},
};
