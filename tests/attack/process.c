// SPDX-License-Identifier: GPL-2.0-or-later
/* Writers: other processes, through the memory of the one that requests or of a task that exits. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

/* ---- another process's memory ------------------------------------------------------------ */

static pid_t start_requests(struct flip *flip)
{
	pid_t pid = start_requester();

	if (!pid)
		attempts(flip);
	return pid;
}

/* A refusal is the defence, and passes. */
static void write_process(struct flip *flip, pid_t pid)
{
	__u32 word = flip->checked;
	struct iovec local = {&word, 4}, remote = {(void *)flip->word, 4};

	for (;;) {
		word = word == flip->raced ? flip->checked : flip->raced;
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
static void run_proc_mem_by_child(struct flip *flip)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (mem < 0)
		broken("/proc/self/mem");
	if (!start_process(0))
		write_file(flip, mem, (uintptr_t)flip->word);
	attempts(flip);
}

/* Opened by the child that requests; the parent has the same descriptors. */
static void run_own_proc_mem_by_parent(struct flip *flip)
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
		    !WIFSTOPPED(status) || poke(flip, pid, i ? flip->raced : flip->checked) ||
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

/* ---- exiting tasks, which still have the memory --------------------------------------------- */

/*
 * The requester makes a short-lived task and publishes its pid; another process writes the memory
 * through that pid while it exits.
 */
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

/*
 * mm_release() lets the parent of a vfork() go on before exit_mm() drops the mm. At the lowest
 * priority the child is preempted in between.
 */
static int exit_last(void *unused)
{
	struct sched_param none = {0};

	(void)unused;
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		broken("SCHED_IDLE");
	tally->ending = getpid();
	return 0;
}

static void before_exiting_vfork_child(struct flip *flip)
{
	attempt_in_child(nothing_before, flip);
	*flip->word = flip->checked;
	if (clone(exit_last, new_stack(), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) < 0)
		broken("clone");
}

/* Only the first write counts: once it is seen, the mm is tainted and every request is refused. */
static void write_by_child(struct flip *flip, pid_t pid)
{
	__u32 word = flip->checked;
	struct iovec local = {&word, 4}, remote = {(void *)flip->word, 4};

	random_pause(20 * SHORT);
	while (tally->ending == pid) {
		word = word == flip->raced ? flip->checked : flip->raced;
		if (process_vm_writev(pid, &local, 1, &remote, 1, 0) != 4)
			break;
		random_pause(SHORT);
	}
}

static void run_exiting_vfork_child(struct flip *flip)
{
	run_ending(flip, write_by_child);
}

static int exit_at_once(void *unused)
{
	(void)unused;
	return 0;
}

/* Has had a thread that has exited, and is single-threaded when it requests. */
static void before_exiting_thread(struct flip *flip)
{
	attempt_in_child(nothing_before, flip);
	*flip->word = flip->checked;
	if (clone(exit_at_once, new_stack(),
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			  CLONE_PARENT_SETTID,
		  NULL, &tally->ending) < 0)
		broken("clone");
	while (!syscall(SYS_tgkill, getpid(), tally->ending, 0))
		sched_yield();
}

/* /proc/PID/mem of the exiting thread is the memory of the whole process. */
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
		if (pwrite(mem, &flip->checked, 4, (uintptr_t)flip->word) != 4)
			break;
		random_pause(SHORT);
	}
	if (mem >= 0)
		close(mem);
}

static void run_exiting_thread(struct flip *flip)
{
	run_ending(flip, write_by_thread);
}

const struct writer process_writers[] = {
	{.name = "process-vm-writev", .run = run_vm_writev},
	{.name = "proc-mem-by-child", .run = run_proc_mem_by_child},
	{.name = "own-proc-mem-by-parent", .run = run_own_proc_mem_by_parent},
	{.name = "ptrace-pokedata", .run = run_ptrace, .before = nothing_before},
	{.name = "tracer-vm-writev", .run = run_tracer},
	{.name = "exiting-vfork-child",
	 .run = run_exiting_vfork_child,
	 .before = before_exiting_vfork_child},
	{.name = "exiting-thread", .run = run_exiting_thread, .before = before_exiting_thread},
	{0},
};
