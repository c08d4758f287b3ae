// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What GPIO operations cost, in instructions: runs in a guest with --icount, where a nanosecond is
 * an instruction. Each operation is repeated in batches too short for most of them to be
 * interrupted by a timer; the median of the batches is the figure.
 *
 *   bench CHIP PULL GROUPS [REFUSED]
 *   bench refuse N REFUSED
 *
 * CHIP (/dev/gpiochipN) has 64 lines and its users may do anything with them, PULL is the file that
 * drives line 0 of it from outside. The operations are done as user 1000 in GROUPS groups, and on
 * line 0 of the chip REFUSED, if one is named, what is refused. Prints "NAME MEDIAN LEAST MOST".
 * The second form only does what is refused, N times.
 */
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define USER	    1000
#define FIRST_GROUP 100000
#define MAX_GROUPS  1024
#define BATCHES	    61
#define BATCH_COST  200000 /* instructions; a tick is some millions */
#define LOOP	    100000
#define EDGES	    (GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING)

static int chip, refused = -1, pull, request, pipe_fds[2];
static int lines; /* of the request that is held */
static bool pulled;

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* ---- the operations --------------------------------------------------------------------- */

/* The request's descriptor, or -1. Its memory is the stack's: see docs/security.md. */
static int request_lines(int on, int num, unsigned long long flags)
{
	struct gpio_v2_line_request argument = {.num_lines = num, .config.flags = flags};

	for (int i = 0; i < num; i++)
		argument.offsets[i] = i;
	return ioctl(on, GPIO_V2_GET_LINE_IOCTL, &argument) ? -1 : argument.fd;
}

static void request_and_close(int num, unsigned long long flags)
{
	int fd = request_lines(chip, num, flags);

	if (fd < 0)
		err(1, "a request of %d lines", num);
	close(fd);
}

static void fionread(void)
{
	int n;

	if (ioctl(pipe_fds[0], FIONREAD, &n))
		err(1, "FIONREAD");
}

static void open_and_close(void)
{
	close(open("/etc/hostname", O_RDONLY | O_CLOEXEC));
}

static void line_info(void)
{
	struct gpio_v2_line_info info = {.offset = 1};

	if (ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &info))
		err(1, "line info");
}

static void input_1(void)
{
	request_and_close(1, GPIO_V2_LINE_FLAG_INPUT);
}

static void input_64(void)
{
	request_and_close(64, GPIO_V2_LINE_FLAG_INPUT);
}

static void output_1(void)
{
	request_and_close(1, GPIO_V2_LINE_FLAG_OUTPUT);
}

static void output_64(void)
{
	request_and_close(64, GPIO_V2_LINE_FLAG_OUTPUT);
}

static void set(void)
{
	struct gpio_v2_line_values values = {.bits = ~0ull, .mask = ~0ull >> (64 - lines)};

	if (ioctl(request, GPIO_V2_LINE_SET_VALUES_IOCTL, &values))
		err(1, "set values");
}

static void get(void)
{
	struct gpio_v2_line_values values = {.mask = ~0ull >> (64 - lines)};

	if (ioctl(request, GPIO_V2_LINE_GET_VALUES_IOCTL, &values))
		err(1, "get values");
}

static void pull_line(bool up)
{
	const char *text = up ? "pull-up" : "pull-down";

	if (pwrite(pull, text, strlen(text), 0) < 0)
		err(1, "the simulated line");
	pulled = up;
}

static void read_event(void)
{
	struct gpio_v2_line_event event;

	if (read(request, &event, sizeof(event)) != sizeof(event))
		err(1, "edge event");
}

/* From the write that moves the line to the event in hand. */
static void edge(void)
{
	pull_line(!pulled);
	read_event();
}

/* A line that was an output may have kept its value: brings it where the pull is. */
static void prepare_edges(void)
{
	struct pollfd events = {.fd = request, .events = POLLIN};

	pull_line(true);
	pull_line(false);
	while (poll(&events, 1, 100) > 0)
		read_event();
}

static void refuse(void)
{
	if (request_lines(refused, 1, GPIO_V2_LINE_FLAG_OUTPUT) >= 0)
		errx(1, "nothing refused line 0 of the second chip");
}

struct operation {
	const char *name;
	void (*run)(void);
	int lines;		  /* held meanwhile */
	unsigned long long flags; /* of the held ones */
};

static const struct operation operations[] = {
	{"fionread", fionread, 0, 0},
	{"open", open_and_close, 0, 0},
	{"info", line_info, 0, 0},
	{"input-1", input_1, 0, 0},
	{"output-1", output_1, 0, 0},
	{"input-64", input_64, 0, 0},
	{"output-64", output_64, 0, 0},
	{"set-1", set, 1, GPIO_V2_LINE_FLAG_OUTPUT},
	{"set-64", set, 64, GPIO_V2_LINE_FLAG_OUTPUT},
	{"get-1", get, 1, GPIO_V2_LINE_FLAG_INPUT},
	{"get-64", get, 64, GPIO_V2_LINE_FLAG_INPUT},
	{"edge", edge, 1, GPIO_V2_LINE_FLAG_INPUT | EDGES},
};
static const struct operation refusal = {"refused", refuse, 0, 0};

/* ---- measuring -------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static unsigned long long batch(const struct operation *op, unsigned int n)
{
	unsigned long long start = now();

	for (unsigned int i = 0; i < n; i++)
		op->run();
	return now() - start;
}

static void measure(const struct operation *op)
{
	double costs[BATCHES];
	unsigned int n;

	lines = op->lines;
	request = lines ? request_lines(chip, lines, op->flags) : -1;
	if (lines && request < 0)
		err(1, "a request of %d lines", lines);
	if (op->flags & EDGES)
		prepare_edges();
	batch(op, 10); /* what is done once for each process */
	n = 1 + BATCH_COST / (batch(op, 10) / 10 + 1);
	for (int i = 0; i < BATCHES; i++)
		costs[i] = (double)batch(op, n) / n;
	if (request >= 0)
		close(request);
	qsort(costs, BATCHES, sizeof(*costs), compare);
	printf("%s %.1f %.1f %.1f\n", op->name, costs[BATCHES / 2], costs[0], costs[BATCHES - 1]);
	fflush(stdout);
}

/* Two instructions a round. */
#if defined(__x86_64__)
#define COUNT_DOWN "1: dec %0\n\tjnz 1b"
#elif defined(__aarch64__)
#define COUNT_DOWN "1: subs %0, %0, #1\n\tb.ne 1b"
#elif defined(__riscv)
#define COUNT_DOWN "1: addi %0, %0, -1\n\tbnez %0, 1b"
#endif

static unsigned long long spin(void)
{
	unsigned long long start = now(), n = LOOP;

	__asm__ volatile(COUNT_DOWN : "+r"(n) : : "cc");
	return now() - start;
}

/*
 * Known instructions: an emulator that does not count them would make every figure nonsense. Once
 * nobody else runs in between, they are all there is.
 */
static void check_clock(void)
{
	unsigned long long spent = spin(), again;

	for (int i = 0; i < BATCHES; i++) {
		again = spin();
		if (again < spent)
			spent = again;
	}
	if (spent < 2 * LOOP * 0.99 || spent > 2 * LOOP * 1.01)
		errx(1, "%d instructions took %llu ns: is this a guest with --icount?", 2 * LOOP,
		     spent);
}

static void become(unsigned int num_groups)
{
	gid_t groups[MAX_GROUPS];

	if (!num_groups || num_groups > MAX_GROUPS)
		errx(2, "how many groups?");
	for (unsigned int i = 0; i < num_groups - 1; i++)
		groups[i] = FIRST_GROUP + i;
	if (setgroups(num_groups - 1, groups) || setresgid(USER, USER, USER) ||
	    setresuid(USER, USER, USER))
		err(1, "cannot become user %d", USER);
}

static void refuse_all(int n)
{
	become(1);
	for (int i = 0; i < n; i++)
		refuse();
}

int main(int argc, char **argv)
{
	if (argc < 4 || argc > 5)
		errx(2, "usage: bench CHIP PULL GROUPS [REFUSED]; bench refuse N REFUSED");
	if (!strcmp(argv[1], "refuse")) {
		refused = open(argv[3], O_RDWR | O_CLOEXEC);
		refuse_all(atoi(argv[2]));
		return 0;
	}
	chip = open(argv[1], O_RDWR | O_CLOEXEC);
	pull = open(argv[2], O_WRONLY | O_CLOEXEC);
	if (argc == 5)
		refused = open(argv[4], O_RDWR | O_CLOEXEC);
	if (chip < 0 || pull < 0 || (argc == 5 && refused < 0) || pipe(pipe_fds))
		err(1, "cannot open the chips");
	become(atoi(argv[3]));
	check_clock();
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		measure(&operations[i]);
	if (refused >= 0)
		measure(&refusal);
	return 0;
}
