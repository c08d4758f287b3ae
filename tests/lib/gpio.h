/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test programs ask of the GPIO uAPI (linux/gpio.h). */
#ifndef TESTS_LIB_GPIO_H
#define TESTS_LIB_GPIO_H

#include <errno.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>

/* A v2 request of @num lines from @first on. */
static inline struct gpio_v2_line_request gpio_request(__u32 first, __u32 num, __u64 flags)
{
	struct gpio_v2_line_request argument = {.num_lines = num, .config.flags = flags};

	for (__u32 i = 0; i < num; i++)
		argument.offsets[i] = first + i;
	return argument;
}

/* Requests the lines; returns the descriptor of the request, or -errno. */
static inline int gpio_request_lines(int chip, __u32 first, __u32 num, __u64 flags)
{
	struct gpio_v2_line_request argument = gpio_request(first, num, flags);

	return ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &argument) ? -errno : argument.fd;
}

/* The same of one line by the first uAPI. */
static inline int gpio_request_handle(int chip, __u32 line, __u32 flags)
{
	struct gpiohandle_request argument = {.lines = 1, .lineoffsets = {line}, .flags = flags};

	return ioctl(chip, GPIO_GET_LINEHANDLE_IOCTL, &argument) ? -errno : argument.fd;
}

#endif
