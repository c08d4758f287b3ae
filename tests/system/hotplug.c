// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hotplug END NAME LABEL: until the file END exists, does all that can be done to chips that come
 * and go, at random: asks, requests, uses, watches, passes on, and keeps what it got for a while.
 * The file NAME holds the name of the chip that is there now. Started by root, it acts as alice,
 * who may use lines 0 to 2 of chips of that LABEL and nothing else (`*`: everything). Says what
 * ended otherwise than it must, and how much was done, was refused, and met a chip that was gone.
 *
 * It asks for no edges: a line of gpio-sim that is requested with edges while its chip goes makes
 * the kernel warn or wait for ever (7.3; free_irq() of an interrupt whose domain is gone), without
 * any policy.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/gpio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../lib/gpio.h"

enum { ALICE = 1000, NUM_CHIPS = 4, NUM_REQUESTS = 4 };

struct chip {
	int fd;	  /* -1: none */
	bool may; /* it has the LABEL */
};

struct request {
	int fd; /* -1: none */
	bool output;
};

static struct chip chips[NUM_CHIPS];
static struct request requests[NUM_REQUESTS];
static bool everything;
static unsigned long done, refused, gone, wrong;

/* What is allowed is never refused, what is not always, as long as the chip is there. */
static void outcome(const char *what, bool may, int ret)
{
	int err = ret < 0 ? errno : 0;

	if (err == ENODEV)
		gone++;
	else if (may && (!err || err == EBUSY))
		done++;
	else if (!may && err == EPERM)
		refused++;
	else if (wrong++ < 10)
		printf("%s that is %s: %s\n", what, may ? "allowed" : "refused",
		       err ? strerror(err) : "done");
}

static void become(uid_t uid)
{
	if (seteuid(uid)) {
		perror("seteuid");
		exit(1);
	}
}

/* By the time it is opened the name may be another chip's. Root, since udev is not so fast. */
static int open_chip(const char *name_file)
{
	char name[64], path[80];
	FILE *file;
	int fd = -1;

	become(0);
	file = fopen(name_file, "re");
	if (file && fscanf(file, "%63s", name) == 1) {
		snprintf(path, sizeof(path), "/dev/%s", name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (file)
		fclose(file);
	become(ALICE);
	return fd;
}

static void another_chip(const char *name_file, const char *label)
{
	struct chip *chip = &chips[random() % NUM_CHIPS];
	struct gpiochip_info info = {0};

	if (chip->fd >= 0)
		close(chip->fd);
	chip->fd = open_chip(name_file);
	if (chip->fd < 0)
		return;
	outcome("chip info", true, ioctl(chip->fd, GPIO_GET_CHIPINFO_IOCTL, &info));
	chip->may = everything || !strcmp(info.label, label);
}

static void ask_for(const struct chip *chip, bool may, __u32 first, __u32 num, __u64 flags)
{
	struct request *request = &requests[random() % NUM_REQUESTS];
	int fd;

	if (!may && random() % 64)
		return; /* a record each: the audit shall have room for others' */
	fd = gpio_request_lines(chip->fd, first, num, flags);
	outcome("a request", may, fd < 0 ? -1 : 0);
	if (fd < 0)
		return;
	if (request->fd >= 0)
		close(request->fd);
	request->fd = fd;
	request->output = flags & GPIO_V2_LINE_FLAG_OUTPUT;
}

static void use_chip(const struct chip *chip)
{
	struct gpio_v2_line_info info = {.offset = random() % 4};

	if (chip->fd < 0)
		return;
	switch (random() % 8) {
	case 0:
	case 1:
		outcome("a watch", true, ioctl(chip->fd, GPIO_V2_GET_LINEINFO_WATCH_IOCTL, &info));
		break;
	case 2:
		outcome("line info", true, ioctl(chip->fd, GPIO_V2_GET_LINEINFO_IOCTL, &info));
		break;
	case 3:
	case 4:
		ask_for(chip, chip->may, 0, 2, GPIO_V2_LINE_FLAG_INPUT);
		break;
	case 5:
	case 6:
		ask_for(chip, chip->may, 2, 1, GPIO_V2_LINE_FLAG_OUTPUT);
		break;
	case 7:
		ask_for(chip, everything, 2, 2, GPIO_V2_LINE_FLAG_OUTPUT);
		break;
	}
}

/* The descriptor of another process's, or one's own: security_file_receive() */
static int receive(int fd)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	int received = syscall(SYS_pidfd_getfd, pidfd, fd, 0), err = errno;

	close(pidfd);
	if (received >= 0)
		close(received);
	errno = err;
	return received;
}

static void use_request(const struct request *request)
{
	struct gpio_v2_line_values values = {.mask = 1, .bits = random() & 1};
	struct gpio_v2_line_config config = {
		.flags = request->output ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT,
	};
	int fd = request->fd;

	if (fd < 0)
		return;
	switch (random() % 4) {
	case 0:
		outcome("get", true, ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values));
		break;
	case 1: /* the kernel refuses it for inputs */
		if (request->output)
			outcome("set", true, ioctl(fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values));
		break;
	case 2:
		outcome("config", true, ioctl(fd, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config));
		break;
	case 3:
		outcome("a receipt", true, receive(fd));
		break;
	}
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	everything = !strcmp(argv[3], "*");
	for (int i = 0; i < NUM_CHIPS; i++)
		chips[i].fd = -1;
	for (int i = 0; i < NUM_REQUESTS; i++)
		requests[i].fd = -1;
	srandom(getpid());
	if (setgroups(0, NULL) || setegid(ALICE))
		return 1;
	while (access(argv[1], F_OK)) {
		another_chip(argv[2], argv[3]);
		for (int i = random() % 16; i; i--)
			if (random() % 2)
				use_chip(&chips[random() % NUM_CHIPS]);
			else
				use_request(&requests[random() % NUM_REQUESTS]);
	}
	printf("done=%lu refused=%lu gone=%lu wrong=%lu\n", done, refused, gone, wrong);
	return 0;
}
