// SPDX-License-Identifier: GPL-2.0-or-later
/* The client's steps on chips and line requests (client.c). */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client.h"

/* ---- the chip --------------------------------------------------------------------------- */

static int do_open(char **args)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", args[0]);
	chip = open(path, O_RDWR | O_CLOEXEC);
	return chip < 0 ? -errno : 0;
}

static int do_chipinfo(char **args)
{
	struct gpiochip_info info = {0};
	int err = call(chip, GPIO_GET_CHIPINFO_IOCTL, &info, "stack");

	(void)args;
	snprintf(result, sizeof(result), "%s [%s] %u", info.name, info.label, info.lines);
	return err;
}

static int v2_info(unsigned long command, char **args)
{
	struct gpio_v2_line_info info = {0};
	struct spec spec = {.at = "stack"};
	int err;

	if (strchr(args[0], '='))
		spec = parse_spec(args);
	else
		spec.offset = number(args[0]);
	info.offset = spec.offset;
	err = call(chip, command, &info, spec.at);
	snprintf(result, sizeof(result), "[%s] [%s] 0x%llx", info.name, info.consumer,
		 (unsigned long long)info.flags);
	return err;
}

static int do_info(char **args)
{
	return v2_info(GPIO_V2_GET_LINEINFO_IOCTL, args);
}

static int do_watch(char **args)
{
	return v2_info(GPIO_V2_GET_LINEINFO_WATCH_IOCTL, args);
}

static int v1_info(unsigned long command, char **args)
{
	struct gpioline_info info = {.line_offset = number(args[0])};
	int err = call(chip, command, &info, "stack");

	snprintf(result, sizeof(result), "[%s] [%s]", info.name, info.consumer);
	return err;
}

static int do_info1(char **args)
{
	return v1_info(GPIO_GET_LINEINFO_IOCTL, args);
}

static int do_watch1(char **args)
{
	return v1_info(GPIO_GET_LINEINFO_WATCH_IOCTL, args);
}

static int do_unwatch(char **args)
{
	__u32 offset = number(args[0]);

	return call(chip, GPIO_GET_LINEINFO_UNWATCH_IOCTL, &offset, "stack");
}

static int do_request(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpio_v2_line_request argument = {
		.num_lines = spec.num_lines,
		.config = config_of(&spec),
		.consumer = "client",
	};
	int err;

	memcpy(argument.offsets, spec.offsets, sizeof(argument.offsets));
	err = call(chip, GPIO_V2_GET_LINE_IOCTL, &argument, spec.at);
	if (!err)
		request = argument.fd;
	return err;
}

/* What is given back is the first that the kernel gives out again. */
static int do_exchange(char **args)
{
	close(request);
	return do_request(args);
}

static void say_line(unsigned int line)
{
	size_t at = strlen(result);

	snprintf(result + at, sizeof(result) - at, "%s%u", at ? " " : "", line);
}

static int do_sweep(char **args)
{
	struct spec spec = parse_spec(args);
	int err;

	for (__u32 i = 0; i < spec.num_lines; i++) {
		struct gpio_v2_line_request argument = {.num_lines = 1, .config = config_of(&spec)};

		argument.offsets[0] = spec.offsets[i];
		err = call(chip, GPIO_V2_GET_LINE_IOCTL, &argument, spec.at);
		if (err && err != -EPERM)
			return err;
		if (err)
			continue;
		close(argument.fd);
		say_line(spec.offsets[i]);
	}
	return 0;
}

static int do_levels(char **args)
{
	char path[512], level;
	unsigned int line;
	int fd;

	for (line = 0;; line++) {
		snprintf(path, sizeof(path), "%s/sim_gpio%u/value", args[0], line);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
		if (read(fd, &level, 1) == 1 && level == '1')
			say_line(line);
		close(fd);
	}
	return line ? 0 : -errno;
}

static int do_handle(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpiohandle_request argument = {
		.lines = spec.num_lines,
		.flags = spec.v1,
		.consumer_label = "client",
	};
	int err;

	memcpy(argument.lineoffsets, spec.offsets, sizeof(argument.lineoffsets));
	spread_values(spec.values, argument.default_values);
	err = call(chip, GPIO_GET_LINEHANDLE_IOCTL, &argument, spec.at);
	if (!err)
		request = argument.fd;
	return err;
}

static int do_event(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpioevent_request argument = {
		.lineoffset = spec.offsets[0],
		.handleflags = spec.v1,
		.eventflags = GPIOEVENT_REQUEST_BOTH_EDGES,
		.consumer_label = "client",
	};
	int err = call(chip, GPIO_GET_LINEEVENT_IOCTL, &argument, spec.at);

	if (!err)
		request = argument.fd;
	return err;
}

/* Command NUMBER of the GPIO type: with `w` before it one that passes 64 bytes; WHERE as in a SPEC.
 */
static int do_raw(char **args)
{
	char argument[4096] = {0};
	int fd = !strcmp(args[0], "chip") ? chip : request;
	const char *text = args[1] + (*args[1] == 'w');
	unsigned long command = *args[1] == 'w'
					? _IOC(_IOC_READ | _IOC_WRITE, 0xB4, number(text), 64)
					: number(text);

	return call(fd, command, argument, args[2] ? args[2] : "stack");
}

/* ---- the request ------------------------------------------------------------------------ */

static int do_release(char **args)
{
	(void)args;
	close(request);
	request = -1;
	return 0;
}

static int do_get(char **args)
{
	struct gpio_v2_line_values values = {.mask = args[0] ? number(args[0]) : 1};
	int err = call(request, GPIO_V2_LINE_GET_VALUES_IOCTL, &values, "stack");

	snprintf(result, sizeof(result), "0x%llx", (unsigned long long)values.bits);
	return err;
}

static int do_set(char **args)
{
	struct gpio_v2_line_values values = {.mask = number(args[0]), .bits = number(args[1])};

	return call(request, GPIO_V2_LINE_SET_VALUES_IOCTL, &values, "stack");
}

static int do_config(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpio_v2_line_config config = config_of(&spec);

	return call(request, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config, spec.at);
}

static int do_get1(char **args)
{
	struct gpiohandle_data data = {0};
	int err = call(request, GPIOHANDLE_GET_LINE_VALUES_IOCTL, &data, "stack");

	(void)args;
	snprintf(result, sizeof(result), "%u", data.values[0]);
	return err;
}

static int do_set1(char **args)
{
	struct gpiohandle_data data = {0};

	spread_values(number(args[0]), data.values);
	return call(request, GPIOHANDLE_SET_LINE_VALUES_IOCTL, &data, "stack");
}

static int do_config1(char **args)
{
	struct spec spec = parse_spec(args);
	struct gpiohandle_config config = {.flags = spec.v1};

	spread_values(spec.values, config.default_values);
	return call(request, GPIOHANDLE_SET_CONFIG_IOCTL, &config, spec.at);
}

static int do_edge(char **args)
{
	struct pollfd poll_fd = {.fd = request, .events = POLLIN};
	struct gpio_v2_line_event event;

	puts("edge: waiting");
	if (poll(&poll_fd, 1, number(args[0])) != 1)
		return -ETIME;
	if (read(request, &event, sizeof(event)) != sizeof(event))
		return -errno;
	snprintf(result, sizeof(result), "%s %u",
		 event.id == GPIO_V2_LINE_EVENT_RISING_EDGE ? "rising" : "falling", event.offset);
	return 0;
}

const struct step gpio_steps[] = {
	{"open", do_open, 1},
	{"chipinfo", do_chipinfo, 0},
	{"info", do_info, 1},
	{"watch", do_watch, 1},
	{"unwatch", do_unwatch, 1},
	{"info1", do_info1, 1},
	{"watch1", do_watch1, 1},
	{"request", do_request, 0},
	{"handle", do_handle, 0},
	{"event", do_event, 0},
	{"raw", do_raw, 2},
	{"get", do_get, 0},
	{"set", do_set, 2},
	{"config", do_config, 0},
	{"get1", do_get1, 0},
	{"set1", do_set1, 1},
	{"config1", do_config1, 0},
	{"edge", do_edge, 1},
	{"release", do_release, 0},
	{"sweep", do_sweep, 0},
	{"levels", do_levels, 1},
	{"exchange", do_exchange, 0},
	{0},
};
