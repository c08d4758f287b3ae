// SPDX-License-Identifier: GPL-2.0-or-later
/* Writers: asynchronous reads of a file into the argument, still in progress during the request. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attack.h"

static int source; /* a file of both images */

/* ---- io_uring, without a library --------------------------------------------------------- */

#define ENTRIES 64

static struct {
	int fd;
	unsigned int flags;
	char *rings; /* both */
	struct io_uring_params params;
	struct io_uring_sqe *sqes;
} ring;

static unsigned int *ring_word(__u32 offset)
{
	return (void *)(ring.rings + offset);
}

static void open_ring(unsigned int flags)
{
	size_t size;

	ring.params.flags = ring.flags = flags;
	ring.params.sq_thread_idle = 1000;
	ring.fd = syscall(SYS_io_uring_setup, ENTRIES, &ring.params);
	if (ring.fd < 0 && (errno == ENOSYS || errno == EPERM))
		absent(NULL, "io_uring is disabled");
	if (ring.fd < 0)
		broken("io_uring_setup");
	size = ring.params.sq_off.array + ENTRIES * sizeof(__u32);
	if (size < ring.params.cq_off.cqes + 2 * ENTRIES * sizeof(struct io_uring_cqe))
		size = ring.params.cq_off.cqes + 2 * ENTRIES * sizeof(struct io_uring_cqe);
	ring.rings =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
	ring.sqes = mmap(NULL, ENTRIES * sizeof(*ring.sqes), PROT_READ | PROT_WRITE, MAP_SHARED,
			 ring.fd, IORING_OFF_SQES);
	if (ring.rings == MAP_FAILED || ring.sqes == MAP_FAILED)
		broken("mmap of a ring");
}

/* Submits a read of image @i; entries are made and taken in order, and never more than ENTRIES. */
static void submit(struct flip *flip, int fd, int i, unsigned int opcode, unsigned int flags)
{
	unsigned int *tail = ring_word(ring.params.sq_off.tail);
	unsigned int slot = *tail & (ENTRIES - 1);

	ring.sqes[slot] = (struct io_uring_sqe){
		.opcode = opcode,
		.flags = flags,
		.fd = fd,
		.off = i * PAGE,
		.addr = (uintptr_t)flip->page,
		.len = PAGE,
	};
	ring_word(ring.params.sq_off.array)[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

static void enter(unsigned int num, unsigned int wait, unsigned int flags)
{
	while (syscall(SYS_io_uring_enter, ring.fd, num, wait, flags, NULL, 0) < 0)
		if (errno != EINTR && errno != EAGAIN)
			broken("io_uring_enter");
}

/* Takes what has been read; returns how many reads that was. */
static unsigned int take_completions(void)
{
	unsigned int *head = ring_word(ring.params.cq_off.head), num;
	unsigned int tail = __atomic_load_n(ring_word(ring.params.cq_off.tail), __ATOMIC_ACQUIRE);
	const struct io_uring_cqe *cqes = (void *)ring_word(ring.params.cq_off.cqes);

	for (num = 0; *head != tail; num++) {
		int result = cqes[*head & (2 * ENTRIES - 1)].res;

		if (result != (int)PAGE) {
			errno = result < 0 ? -result : EIO;
			broken("a read by io_uring");
		}
		__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	}
	return num;
}

/* Workers of the kernel's that are threads of the attacker. */
static unsigned int pending;

static void before_uring(struct flip *flip)
{
	pending -= take_completions();
	if (pending > ENTRIES - 2)
		return;
	submit(flip, source, 1, IORING_OP_READ, IOSQE_ASYNC);
	submit(flip, source, 0, IORING_OP_READ, IOSQE_ASYNC);
	pending += 2;
	enter(2, 0, 0);
}

static void run_uring(struct flip *flip)
{
	source = image_file(flip);
	open_ring(0);
	attempts(flip);
}

/* One such thread that reads on as long as there is something to read. */
static void before_uring_sqpoll(struct flip *flip)
{
	pending -= take_completions();
	for (; pending < ENTRIES / 2; pending++)
		submit(flip, source, pending % 2, IORING_OP_READ, 0);
	if (__atomic_load_n(ring_word(ring.params.sq_off.flags), __ATOMIC_ACQUIRE) &
	    IORING_SQ_NEED_WAKEUP)
		enter(0, 0, IORING_ENTER_SQ_WAKEUP);
}

static void run_uring_sqpoll(struct flip *flip)
{
	source = image_file(flip);
	open_ring(IORING_SETUP_SQPOLL);
	attempts(flip);
}

static void read_on(struct flip *flip)
{
	for (int i = 1;; i = !i) {
		submit(flip, source, i, IORING_OP_READ_FIXED, 0);
		enter(1, 1, IORING_ENTER_GETEVENTS);
		take_completions();
		random_pause(SHORT);
	}
}

/* The page is registered with the ring, and a child that has the ring reads into it. */
static void run_uring_fixed(struct flip *flip)
{
	struct iovec page = {flip->page, PAGE};

	source = image_file(flip);
	open_ring(0);
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &page, 1))
		broken("IORING_REGISTER_BUFFERS");
	if (start_process(0))
		attempts(flip);
	read_on(flip);
}

/*
 * The requesting child only registers its page in the parent's ring. It does no input or output
 * itself; the parent reads into the registered page.
 */
static void run_uring_of_parent(struct flip *flip)
{
	struct iovec page = {flip->page, PAGE};

	source = image_file(flip);
	open_ring(0);
	tally->shared_fd = 0;
	if (!start_requester()) {
		if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &page, 1))
			broken("IORING_REGISTER_BUFFERS");
		tally->shared_fd = 1;
		attempts(flip);
	}
	while (!*(volatile int *)&tally->shared_fd)
		;
	read_on(flip);
}

/* ---- reads from a device, which the kernel ends on its own ------------------------------- */

/* Both images on the disk; without its own cache in between, the read goes into the page itself. */
static void open_disk(struct flip *flip)
{
	if (!disk)
		absent(NULL, "no disk for O_DIRECT was named");
	source = open(disk, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (source < 0 || pwrite(source, flip->images, sizeof(flip->images), 0) < 0)
		broken(disk);
}

/* A read of the raced page is under way when the attempt begins. */
static void before_uring_direct(struct flip *flip)
{
	if (pending)
		enter(0, 1, IORING_ENTER_GETEVENTS);
	take_completions();
	*flip->word = flip->checked;
	submit(flip, source, 1, IORING_OP_READ, 0);
	pending = 1;
	enter(1, 0, 0);
	random_pause(SHORT);
}

static void run_uring_direct(struct flip *flip)
{
	open_disk(flip);
	open_ring(0);
	attempts(flip);
}

static aio_context_t aio;

static void before_aio(struct flip *flip)
{
	struct iocb read = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = source,
		.aio_buf = (uintptr_t)flip->page,
		.aio_nbytes = PAGE,
		.aio_offset = PAGE,
	};
	struct iocb *reads[] = {&read};
	struct io_event event;

	if (pending &&
	    (syscall(SYS_io_getevents, aio, 1, 1, &event, NULL) != 1 || event.res != (int)PAGE))
		broken("io_getevents");
	*flip->word = flip->checked;
	if (syscall(SYS_io_submit, aio, 1, reads) != 1)
		broken("io_submit");
	pending = 1;
	random_pause(SHORT);
}

static void run_aio(struct flip *flip)
{
	open_disk(flip);
	if (syscall(SYS_io_setup, 1, &aio))
		broken("io_setup");
	attempts(flip);
}

const struct writer io_writers[] = {
	{.name = "uring-worker", .run = run_uring, .before = before_uring},
	{.name = "uring-sqpoll", .run = run_uring_sqpoll, .before = before_uring_sqpoll},
	{.name = "uring-fixed-buffer", .run = run_uring_fixed},
	{.name = "uring-of-parent", .run = run_uring_of_parent},
	{.name = "uring-o-direct", .run = run_uring_direct, .before = before_uring_direct},
	{.name = "aio", .run = run_aio, .before = before_aio},
	{0},
};
