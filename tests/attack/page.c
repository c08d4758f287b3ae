// SPDX-License-Identifier: GPL-2.0-or-later
/* Writers that exchange the argument's page, or make it vanish and come back. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

/* ---- pages that vanish: zeros where FORBIDDEN is 0 --------------------------------------- */

static void *drop_in_thread(void *arg)
{
	struct flip *flip = arg;

	for (;;) {
		*flip->word = flip->checked;
		random_pause(SHORT);
		madvise(flip->page, PAGE, MADV_DONTNEED);
		random_pause(SHORT);
	}
	return NULL;
}

static void run_dontneed(struct flip *flip)
{
	start_thread(drop_in_thread, flip);
	attempts(flip);
}

static int own_pidfd;

static void advise(struct flip *flip, int pidfd, int advice)
{
	struct iovec page = {flip->page, PAGE};

	if (syscall(SYS_process_madvise, pidfd, &page, 1, advice, 0) >= 0 || errno == EAGAIN)
		return;
	if ((errno == EPERM || errno == EINVAL) && pidfd == own_pidfd)
		absent("madvise", "process_madvise cannot drop pages");
	if (errno == EPERM || errno == EINVAL)
		absent(NULL, "process_madvise of another process takes CAP_SYS_NICE");
	broken("process_madvise");
}

static void *advise_in_thread(void *arg)
{
	struct flip *flip = arg;

	for (;;) {
		*flip->word = flip->checked;
		random_pause(SHORT);
		advise(flip, own_pidfd, MADV_DONTNEED);
		random_pause(SHORT);
	}
	return NULL;
}

static void run_madvise(struct flip *flip)
{
	own_pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	start_thread(advise_in_thread, flip);
	attempts(flip);
}

/* Pages that are free to go are sent away from outside. */
static void before_free(struct flip *flip)
{
	*flip->word = flip->checked;
	if (madvise(flip->page, PAGE, MADV_FREE))
		broken("MADV_FREE");
}

static void run_madvise_other(struct flip *flip)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);

	own_pidfd = -1;
	if (start_process(0))
		attempts(flip);
	for (;;)
		advise(flip, pidfd, MADV_PAGEOUT);
}

/* ---- pages that are exchanged ------------------------------------------------------------ */

static void *remap_in_thread(void *arg)
{
	struct flip *flip = arg;

	for (int i = 1;; i = !i) {
		void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);

		memcpy(page, flip->images[i], PAGE);
		if (mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, flip->page) ==
		    MAP_FAILED)
			broken("mremap");
		random_pause(SHORT);
	}
	return NULL;
}

static void run_remap(struct flip *flip)
{
	start_thread(remap_in_thread, flip);
	attempts(flip);
}

/* ---- userfaultfd: who reads the argument waits in its middle ------------------------------ */

static int faults, memory;
static char second_page[PAGE] __attribute__((aligned(4096)));

/* The second page is absent: its fault says that the first one, with the word, has been read. */
static void wait_for_fault(void)
{
	struct uffd_msg message;

	if (read(faults, &message, sizeof(message)) != sizeof(message))
		broken("read of a userfaultfd");
}

static void end_fault(struct flip *flip)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)flip->area + PAGE,
		.src = (uintptr_t)second_page,
		.len = PAGE,
	};

	if (ioctl(faults, UFFDIO_COPY, &copy) && errno != EEXIST)
		broken("UFFDIO_COPY");
}

static void before_uffd(struct flip *flip)
{
	*flip->word = flip->checked;
	if (madvise(flip->area + PAGE, PAGE, MADV_DONTNEED))
		broken("madvise");
}

static void open_faults(struct flip *flip, unsigned int flags)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {
		.range = {.start = (uintptr_t)flip->area + PAGE, .len = PAGE},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (flip->page != flip->area)
		absent(NULL, "this change is in the page that is waited for");
	memcpy(second_page, flip->area + PAGE, PAGE);
	faults = syscall(SYS_userfaultfd, O_CLOEXEC | flags);
	if (faults < 0 && errno == EPERM)
		absent(NULL, "vm.unprivileged_userfaultfd is 0");
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api) || ioctl(faults, UFFDIO_REGISTER, &range))
		broken("userfaultfd");
}

static void *serve_in_thread(void *arg)
{
	struct flip *flip = arg;

	for (;;) {
		wait_for_fault();
		*flip->word = flip->raced;
		end_fault(flip);
	}
	return NULL;
}

static void run_uffd(struct flip *flip)
{
	open_faults(flip, 0);
	start_thread(serve_in_thread, flip);
	attempts(flip);
}

/* What a stock Debian gives everybody: the kernel's own accesses fail instead of waiting. */
static void run_uffd_user(struct flip *flip)
{
	open_faults(flip, UFFD_USER_MODE_ONLY);
	start_thread(serve_in_thread, flip);
	attempts(flip);
}

/* One thread, one process to the address space: what a check sees before it waits is all right. */
static void run_uffd_mem(struct flip *flip)
{
	open_faults(flip, 0);
	memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (memory < 0)
		broken("/proc/self/mem");
	if (start_process(0))
		attempts(flip);
	for (;;) {
		wait_for_fault();
		if (pwrite(memory, &flip->raced, 4, (uintptr_t)flip->word) != 4)
			broken("pwrite");
		end_fault(flip);
	}
}

/* ---- pages that may be taken away: reclaimed while the reader waits ------------------------ */

/* What the system does when it is short of memory, to the page that has just been read. */
static void *reclaim_in_thread(void *arg)
{
	struct flip *flip = arg;

	for (;;) {
		wait_for_fault();
		madvise(flip->page, PAGE, MADV_PAGEOUT);
		end_fault(flip);
	}
	return NULL;
}

static void run_reclaim(struct flip *flip)
{
	open_faults(flip, 0);
	start_thread(reclaim_in_thread, flip);
	attempts(flip);
}

static void before_freed(struct flip *flip)
{
	before_uffd(flip);
	before_free(flip);
	/* Ends what MADV_FREE has only queued on this processor. */
	madvise(flip->area + PAGE, PAGE, MADV_COLD);
}

/* A page that is new after each drop is brought to where it can be reclaimed. */
static void before_droppable(struct flip *flip)
{
	before_uffd(flip);
	madvise(flip->page, PAGE, MADV_COLD);
}

static void map_droppable(struct flip *flip)
{
	void *page = mmap(flip->page, PAGE, PROT_READ | PROT_WRITE,
			  MAP_DROPPABLE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (page == MAP_FAILED && (errno == EINVAL || errno == EOPNOTSUPP))
		absent("droppable", "the kernel has no droppable memory");
	if (page == MAP_FAILED)
		broken("MAP_DROPPABLE");
}

/*
 * The same without a thread, a userfaultfd or anything else of the attacker's that shows: its
 * freed page is reclaimed from outside, through a cgroup of the user's own.
 */
static void before_cgroup(struct flip *flip)
{
	before_free(flip);
	madvise(flip->area + PAGE, PAGE, MADV_COLD);
}

static void run_cgroup(struct flip *flip)
{
	int reclaim = open_cgroup("memory.reclaim");

	if (start_process(0))
		attempts(flip);
	for (;;) {
		if (write(reclaim, "64K", 3) < 0 && errno != EAGAIN && errno != EINTR)
			broken("memory.reclaim");
		random_pause(SHORT);
	}
}

/*
 * The same with memory that was freed before the fork(): one process frees the page (MADV_FREE),
 * and each of its children requests once. The child itself calls no madvise().
 */
static void before_fork_after_madv_free(struct flip *flip)
{
	attempt_in_child(before_cgroup, flip);
}

const struct writer page_writers[] = {
	{.name = "madv-dontneed", .run = run_dontneed},
	{.name = "process-madvise", .run = run_madvise},
	{.name = "process-madvise-of-other", .run = run_madvise_other, .before = before_free},
	{.name = "mremap", .run = run_remap},
	{.name = "userfaultfd", .run = run_uffd, .before = before_uffd},
	{.name = "userfaultfd-proc-mem", .run = run_uffd_mem, .before = before_uffd},
	{.name = "madv-free", .run = run_reclaim, .before = before_freed},
	{.name = "droppable", .map = map_droppable, .run = run_reclaim, .before = before_droppable},
	{.name = "cgroup-reclaim", .run = run_cgroup, .before = before_cgroup},
	{.name = "fork-after-madv-free", .run = run_cgroup, .before = before_fork_after_madv_free},
	{.name = "userfaultfd-user-mode", .run = run_uffd_user, .before = before_uffd},
	{0},
};
