// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random ioctls on chips and line requests, each compared with what oracle.c predicts.
 *
 *   fuzz SEED CALLS TABLE...
 *
 * A TABLE, POLICY-SUBJECT.table (prepare.py), tells who to be and what POLICY.conf grants. They are
 * of one subject; every now and then the policy of another one is put into force, whatever is
 * held. Started as root; a child stays root, loads the policies and answers which lines are
 * outputs, which the oracle needs to know of a SET. Ends with a line "calls N refused N granted N
 * loads N"; or with the first call whose outcome is not the predicted one, and status 1.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/vhost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "oracle.h"

#define MAX_CHIPS  8
#define MAX_GROUPS 64
#define MAX_HELD   6
#define ONE_POLICY 500 /* calls */

static struct chip chips[MAX_CHIPS];
static unsigned int num_chips;
static struct held held[MAX_HELD]; /* line requests; .fd -1: none */
static struct held others[2];	   /* files that are no GPIO's */
static bool restricted, permissive;
static unsigned int uid, num_groups;
static gid_t groups[MAX_GROUPS];
static int ask = -1, answer = -1; /* pipes to and from the child that stays root */
static char **tables;
static unsigned int num_tables;
static unsigned long refused, granted, loads;
static char *edge; /* the end of readable memory */

/* ---- commands --------------------------------------------------------------------------- */

static const uint32_t on_chips[] = {
	GPIO_V2_GET_LINE_IOCTL,		 GPIO_V2_GET_LINE_IOCTL,
	GPIO_V2_GET_LINE_IOCTL,		 GPIO_GET_CHIPINFO_IOCTL,
	GPIO_V2_GET_LINEINFO_IOCTL,	 GPIO_V2_GET_LINEINFO_WATCH_IOCTL,
	GPIO_GET_LINEINFO_UNWATCH_IOCTL, GPIO_GET_LINEINFO_IOCTL,
	GPIO_GET_LINEINFO_WATCH_IOCTL,	 GPIO_GET_LINEHANDLE_IOCTL,
	GPIO_GET_LINEEVENT_IOCTL,
};
static const uint32_t on_lines[] = {
	GPIO_V2_LINE_GET_VALUES_IOCTL,	  GPIO_V2_LINE_SET_VALUES_IOCTL,
	GPIO_V2_LINE_SET_CONFIG_IOCTL,	  GPIOHANDLE_GET_LINE_VALUES_IOCTL,
	GPIOHANDLE_SET_LINE_VALUES_IOCTL, GPIOHANDLE_SET_CONFIG_IOCTL,
};

/* A known command mostly; one of the GPIO type that nobody knows; any number. */
static uint32_t some_command(const struct held *file)
{
	bool chip = file->kind == CHIP;
	uint32_t command;

	if (percent(3))
		chip = !chip;
	command = chip ? on_chips[below(sizeof(on_chips) / sizeof(*on_chips))]
		       : on_lines[below(sizeof(on_lines) / sizeof(*on_lines))];
	if (percent(3))
		return command ^ 1u << below(8); /* its number */
	if (percent(2))
		return command ^ 1u << (16 + below(16)); /* size and direction */
	if (percent(1))
		command = bits();
	/* One of vhost's lends the memory, whatever the file: then nothing is allowed any more. */
	return _IOC_TYPE(command) == VHOST_VIRTIO ? command ^ 1u << 8 : command;
}

static struct held *some_file(struct held *chip_file)
{
	struct held *file = &held[below(MAX_HELD)];

	if (percent(1))
		return &others[below(2)];
	if (file->fd >= 0 && percent(5)) {
		close(file->fd);
		file->fd = -1;
	}
	if (file->fd >= 0 && percent(60))
		return file;
	*chip_file = (struct held){.kind = CHIP, .chip = &chips[below(num_chips)]};
	chip_file->fd = chip_file->chip->fd;
	return chip_file;
}

/* Where the argument is passed: NULL when it cannot be read there, all or in part. */
static const union argument *place(void **at, union argument *argument, uint32_t command)
{
	size_t size = _IOC_SIZE(command);

	*at = argument;
	if (percent(98) || size < 2 || size > sizeof(*argument))
		return argument;
	switch (below(4)) {
	case 0:
		*at = NULL;
		return NULL;
	case 1:
		*at = (void *)~(unsigned long)(bits() >> 33); /* the kernel's half */
		return NULL;
	case 2:
		*at = edge - 1 - below(size - 1);
		memcpy(*at, argument, edge - (char *)*at);
		return NULL;
	default:
		*at = edge - size;
		memcpy(*at, argument, size);
		return argument;
	}
}

/* ---- the child that stays root ---------------------------------------------------------- */

/* Which of a chip's lines are outputs; without lines: put the policy of a table into force. */
struct question {
	uint32_t chip, table, num_lines, offsets[MAX_LINES];
};

static void load(const char *table)
{
	char command[128];

	snprintf(command, sizeof(command), "gpio-acl load %.*s.conf >/dev/null 2>&1",
		 (int)strcspn(table, "-"), table);
	if (system(command))
		errx(1, "failed: %s", command);
}

static void answer_all(int questions, int answers)
{
	struct question question;

	while (read(questions, &question, sizeof(question)) == sizeof(question)) {
		bool outputs[MAX_LINES] = {0};

		if (!question.num_lines)
			load(tables[question.table]);
		for (uint32_t i = 0; i < question.num_lines; i++) {
			struct gpio_v2_line_info info = {.offset = question.offsets[i]};

			if (ioctl(chips[question.chip].fd, GPIO_V2_GET_LINEINFO_IOCTL, &info))
				err(1, "root cannot read the info of line %u", info.offset);
			outputs[i] = info.flags & GPIO_V2_LINE_FLAG_OUTPUT;
		}
		if (write(answers, outputs, sizeof(outputs)) != sizeof(outputs))
			exit(1);
	}
	exit(0);
}

static void ask_child(const struct question *question, bool outputs[MAX_LINES])
{
	if (write(ask, question, sizeof(*question)) != sizeof(*question) ||
	    read(answer, outputs, MAX_LINES) != MAX_LINES)
		errx(1, "the child that stays root is gone");
}

static void ask_outputs(struct held *file)
{
	struct question question = {.chip = file->chip - chips, .num_lines = file->num_lines};

	memcpy(question.offsets, file->offsets, sizeof(question.offsets));
	ask_child(&question, file->outputs);
}

static void start_child(void)
{
	int questions[2], answers[2];

	if (pipe(questions) || pipe(answers))
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(questions[1]);
		answer_all(questions[0], answers[1]);
	}
	close(questions[0]);
	close(answers[1]);
	ask = questions[1];
	answer = answers[0];
}

/* ---- calls ------------------------------------------------------------------------------ */

/* A request that was granted is held from now on, in place of another one perhaps. */
static void hold(const struct chip *chip, uint32_t command, const union argument *argument)
{
	struct held *slot = &held[below(MAX_HELD)];
	struct held file = {.chip = chip};
	const uint32_t *offsets;

	switch (command) {
	case GPIO_V2_GET_LINE_IOCTL:
		file.kind = V2_REQUEST;
		file.fd = argument->request.fd;
		file.num_lines = argument->request.num_lines;
		offsets = argument->request.offsets;
		break;
	case GPIO_GET_LINEHANDLE_IOCTL:
		file.kind = V1_HANDLE;
		file.fd = argument->handle.fd;
		file.num_lines = argument->handle.lines;
		offsets = argument->handle.lineoffsets;
		break;
	case GPIO_GET_LINEEVENT_IOCTL:
		file.kind = V1_EVENT;
		file.fd = argument->event.fd;
		file.num_lines = 1;
		offsets = &argument->event.lineoffset;
		break;
	default:
		return;
	}
	memcpy(file.offsets, offsets, file.num_lines * sizeof(*offsets));
	if (slot->fd >= 0)
		close(slot->fd);
	*slot = file;
	granted++;
}

static void complain(const struct held *file, uint32_t command, const union argument *argument,
		     const struct prediction *prediction, const char *outcome)
{
	printf("%s on %s, ioctl 0x%x: predicted %s, found %s\n  lines held:",
	       file->kind == CHIP ? "chip" : "request", file->chip ? file->chip->path : "no chip",
	       command, prediction->refused ? "refused" : "allowed", outcome);
	for (unsigned int i = 0; i < file->num_lines; i++)
		printf(" %u%s", file->offsets[i], file->outputs[i] ? "!" : "");
	printf("\n  argument: ");
	for (size_t i = 0; i < sizeof(argument->request); i++)
		printf("%02x", argument->bytes[i]);
	printf("\n");
	exit(1);
}

static void call(void)
{
	struct held chip_file, *file = some_file(&chip_file);
	uint32_t command = some_command(file);
	union argument argument, before;
	const union argument *readable;
	struct prediction prediction;
	bool eperm;
	void *at;
	int result;

	fill(&argument, command, file->chip ? file->chip : &chips[0]);
	before = argument;
	readable = place(&at, &argument, command);
	if (command == GPIO_V2_LINE_SET_VALUES_IOCTL || command == GPIOHANDLE_SET_LINE_VALUES_IOCTL)
		if (file->num_lines)
			ask_outputs(file);
	prediction = predict(file, command, readable, restricted);
	result = ioctl(file->fd, command, at);
	eperm = result < 0 && errno == EPERM;
	refused += prediction.refused;
	if (prediction.refused && !eperm && !permissive)
		complain(file, command, &before, &prediction,
			 result < 0 ? strerror(errno) : "done");
	if (eperm && !prediction.unsure && (!prediction.refused || permissive))
		complain(file, command, &before, &prediction, "EPERM");
	if (!result && file->kind == CHIP) {
		if (at && at != &argument)
			memcpy(&argument, at, _IOC_SIZE(command));
		hold(file->chip, command, &argument);
	}
}

/* ---- */

/* What the policy of a table grants, to be in force from now on. */
static void read_table(const char *path)
{
	FILE *table = fopen(path, "r");
	unsigned int is_restricted, is_permissive;

	if (!table ||
	    fscanf(table, "%u %u %u %u", &is_restricted, &is_permissive, &uid, &num_groups) != 4 ||
	    !num_groups || num_groups > MAX_GROUPS)
		errx(2, "%s: not a table", path);
	restricted = is_restricted;
	permissive = is_permissive;
	for (unsigned int i = 0; i < num_groups; i++)
		if (fscanf(table, "%u", &groups[i]) != 1)
			errx(2, "%s: a group is missing", path);
	for (num_chips = 0; num_chips < MAX_CHIPS; num_chips++) {
		struct chip *chip = &chips[num_chips];
		uint64_t *grants = chip->grants;

		if (fscanf(table,
			   "%63s %u %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64,
			   chip->path, &chip->num_lines, &grants[0], &grants[1], &grants[2],
			   &grants[3], &grants[4]) != 7)
			break;
	}
	fclose(table);
	if (!num_chips)
		errx(2, "%s: no chips", path);
}

static void change_policy(void)
{
	struct question question = {.table = below(num_tables)};
	bool outputs[MAX_LINES];

	ask_child(&question, outputs);
	read_table(tables[question.table]);
	loads++;
}

static void open_files(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int fds[2];

	for (unsigned int i = 0; i < num_chips; i++) {
		chips[i].fd = open(chips[i].path, O_RDWR | O_CLOEXEC);
		if (chips[i].fd < 0)
			err(1, "%s", chips[i].path);
	}
	if (pipe(fds))
		err(1, "pipe");
	others[0] = (struct held){.kind = OTHER, .fd = fds[0]};
	others[1] = (struct held){.kind = OTHER, .fd = open("/dev/null", O_RDWR)};
	edge = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (edge == MAP_FAILED || munmap(edge + page, page))
		err(1, "mmap");
	edge += page;
	for (int i = 0; i < MAX_HELD; i++)
		held[i].fd = -1;
}

int main(int argc, char **argv)
{
	unsigned long calls;

	if (argc < 4)
		errx(2, "usage: fuzz SEED CALLS TABLE...");
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	seed_chance(strtoull(argv[1], NULL, 0) * 2 + 1);
	calls = strtoul(argv[2], NULL, 0);
	tables = argv + 3;
	num_tables = argc - 3;
	read_table(tables[0]);
	open_files();
	start_child();
	if (setgroups(num_groups - 1, groups + 1) || setresgid(groups[0], groups[0], groups[0]) ||
	    setresuid(uid, uid, uid))
		err(1, "cannot become user %u", uid);
	for (unsigned long n = 0; n < calls; n++) {
		if (n % ONE_POLICY == 0)
			change_policy();
		call();
	}
	close(ask);
	wait(NULL);
	printf("calls %lu refused %lu granted %lu loads %lu\n", calls, refused, granted, loads);
	return 0;
}
