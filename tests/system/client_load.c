// SPDX-License-Identifier: GPL-2.0-or-later
/* The client's steps that make many requests (client.c). */
#include <errno.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/gpio.h"
#include "client.h"

/* Bit n of a set is line n. A busy line was allowed: the policy is asked first. */
static bool is_allowed(unsigned int set)
{
	struct gpio_v2_line_request argument = {.config.flags = GPIO_V2_LINE_FLAG_INPUT};

	for (unsigned int line = 0; set >> line; line++)
		if (set >> line & 1)
			argument.offsets[argument.num_lines++] = line;
	if (!ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &argument)) {
		close(argument.fd);
		return true;
	}
	if (errno == EPERM)
		return false;
	if (errno == EBUSY)
		return true;
	printf("storm: %s\n", strerrorname_np(errno));
	exit(FAILED);
}

static int do_storm(char **args)
{
	static const unsigned int sets[] = {0x2, 0x4, 0x8, 0xc, 0x6, 0xa, 0x10, 0x12};
	unsigned int counts[sizeof(sets) / sizeof(*sets)][2] = {0};
	size_t i, at = 0;

	while (access(args[0], F_OK))
		for (i = 0; i < sizeof(sets) / sizeof(*sets); i++)
			counts[i][is_allowed(sets[i])]++;
	for (i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		at += snprintf(result + at, sizeof(result) - at, "%s0x%x=%u/%u", i ? " " : "",
			       sets[i], counts[i][1], counts[i][0]);
	return 0;
}

static int do_flood(char **args)
{
	unsigned int set = 1u << number(args[1]), counts[2] = {0};

	for (unsigned long long n = number(args[0]); n; n--)
		counts[is_allowed(set)]++;
	snprintf(result, sizeof(result), "allowed=%u refused=%u", counts[1], counts[0]);
	return 0;
}

static int set_and_get(int fd, bool value)
{
	struct gpio_v2_line_values values = {.mask = 1, .bits = value};

	if (ioctl(fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) ||
	    ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values))
		return -errno;
	return values.bits == value ? 0 : -EIO;
}

static int do_use(char **args)
{
	__u32 line = number(args[1]);
	unsigned long n = 0;
	int err = 0;

	for (; !err && access(args[0], F_OK); n++) {
		int fd = gpio_request_lines(chip, line, 1, GPIO_V2_LINE_FLAG_OUTPUT);

		if (fd < 0)
			return fd;
		err = set_and_get(fd, n % 2);
		close(fd);
	}
	snprintf(result, sizeof(result), "%lu times", n);
	return err;
}

const struct step load_steps[] = {
	{"storm", do_storm, 1},
	{"flood", do_flood, 2},
	{"use", do_use, 2},
	{0},
};
