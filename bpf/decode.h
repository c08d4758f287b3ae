/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a GPIO ioctl asks for: which lines, and which rights each of them needs (design, "What a
 * request needs"). Pure: compiled into the kernel program and, unchanged, into the tests.
 *
 * The rules come from <linux/gpio.h> and, for what a flag or attribute does to a line, from
 * drivers/gpio/gpiolib-cdev.c. Define GPIO_ACL_LOOP as for decide.h before including this.
 */
#ifndef GPIO_ACL_DECODE_H
#define GPIO_ACL_DECODE_H

#include <linux/gpio.h>
#include <stdbool.h>

#include "gpio-acl/abi.h"

#define GPIO_ACL_IOCTL_TYPE 0xB4

/* The files of gpiolib, by their file operations. */
enum gpio_acl_file {
	GPIO_ACL_FILE_OTHER,
	GPIO_ACL_FILE_CHIP,
	GPIO_ACL_FILE_REQUEST, /* v2 line request */
	GPIO_ACL_FILE_HANDLE,  /* v1 line handle */
	GPIO_ACL_FILE_EVENT,   /* v1 line event */
};

/* What a command does, as far as rights are concerned. */
enum gpio_acl_action {
	GPIO_ACL_UNKNOWN, /* refused */
	GPIO_ACL_CHIP_INFO,
	GPIO_ACL_LINE_INFO, /* one line of the argument */
	GPIO_ACL_REQUEST,   /* lines and flags of the argument */
	GPIO_ACL_GET,	    /* the held lines */
	GPIO_ACL_SET,	    /* those held lines that are outputs now */
	GPIO_ACL_CONFIG,    /* the held lines, flags of the argument */
	GPIO_ACL_RECEIVE,   /* the held lines */
	GPIO_ACL_HOLDING,   /* the held lines, and `output` where they are outputs now */
};

/* What a caller's memory holds at an ioctl's argument: _IOC_SIZE(command) bytes of it. */
union gpio_acl_argument {
	struct gpio_v2_line_request v2_request;
	struct gpio_v2_line_config v2_config;
	struct gpio_v2_line_info v2_info;
	struct gpiohandle_request v1_handle;
	struct gpiohandle_config v1_config;
	struct gpioevent_request v1_event;
	struct gpioline_info v1_info;
	__u32 offset; /* unwatch */
};

#define GPIO_ACL_V1_FLAGS                                                                          \
	(GPIOHANDLE_REQUEST_INPUT | GPIOHANDLE_REQUEST_OUTPUT | GPIOHANDLE_REQUEST_ACTIVE_LOW |    \
	 GPIOHANDLE_REQUEST_OPEN_DRAIN | GPIOHANDLE_REQUEST_OPEN_SOURCE |                          \
	 GPIOHANDLE_REQUEST_BIAS_PULL_UP | GPIOHANDLE_REQUEST_BIAS_PULL_DOWN |                     \
	 GPIOHANDLE_REQUEST_BIAS_DISABLE)

#define GPIO_ACL_V1_PULLS (GPIOHANDLE_REQUEST_BIAS_PULL_UP | GPIOHANDLE_REQUEST_BIAS_PULL_DOWN)

#define GPIO_ACL_V2_PULLS (GPIO_V2_LINE_FLAG_BIAS_PULL_UP | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN)

#define GPIO_ACL_V2_EDGES (GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING)

#define GPIO_ACL_V2_FLAGS                                                                          \
	(GPIO_V2_LINE_FLAG_USED | GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_INPUT |         \
	 GPIO_V2_LINE_FLAG_OUTPUT | GPIO_ACL_V2_EDGES | GPIO_V2_LINE_FLAG_OPEN_DRAIN |             \
	 GPIO_V2_LINE_FLAG_OPEN_SOURCE | GPIO_V2_LINE_FLAG_BIAS_PULL_UP |                          \
	 GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN | GPIO_V2_LINE_FLAG_BIAS_DISABLED |                      \
	 GPIO_V2_LINE_FLAG_EVENT_CLOCK_REALTIME | GPIO_V2_LINE_FLAG_EVENT_CLOCK_HTE)

static inline enum gpio_acl_action gpio_acl_chip_action(__u32 command)
{
	switch (command) {
	case GPIO_GET_CHIPINFO_IOCTL:
		return GPIO_ACL_CHIP_INFO;
	case GPIO_GET_LINEINFO_IOCTL:
	case GPIO_GET_LINEINFO_WATCH_IOCTL:
	case GPIO_GET_LINEINFO_UNWATCH_IOCTL:
	case GPIO_V2_GET_LINEINFO_IOCTL:
	case GPIO_V2_GET_LINEINFO_WATCH_IOCTL:
		return GPIO_ACL_LINE_INFO;
	case GPIO_GET_LINEHANDLE_IOCTL:
	case GPIO_GET_LINEEVENT_IOCTL:
	case GPIO_V2_GET_LINE_IOCTL:
		return GPIO_ACL_REQUEST;
	default:
		return GPIO_ACL_UNKNOWN;
	}
}

/* What a command does on a file of its kind; a command of another kind of file is unknown. */
static inline enum gpio_acl_action gpio_acl_action(enum gpio_acl_file file, __u32 command)
{
	if (file == GPIO_ACL_FILE_CHIP)
		return gpio_acl_chip_action(command);
	if (file == GPIO_ACL_FILE_REQUEST) {
		switch (command) {
		case GPIO_V2_LINE_GET_VALUES_IOCTL:
			return GPIO_ACL_GET;
		case GPIO_V2_LINE_SET_VALUES_IOCTL:
			return GPIO_ACL_SET;
		case GPIO_V2_LINE_SET_CONFIG_IOCTL:
			return GPIO_ACL_CONFIG;
		}
		return GPIO_ACL_UNKNOWN;
	}
	if (file != GPIO_ACL_FILE_HANDLE && file != GPIO_ACL_FILE_EVENT)
		return GPIO_ACL_UNKNOWN;
	if (command == GPIOHANDLE_GET_LINE_VALUES_IOCTL)
		return GPIO_ACL_GET;
	if (file == GPIO_ACL_FILE_HANDLE && command == GPIOHANDLE_SET_LINE_VALUES_IOCTL)
		return GPIO_ACL_SET;
	if (file == GPIO_ACL_FILE_HANDLE && command == GPIOHANDLE_SET_CONFIG_IOCTL)
		return GPIO_ACL_CONFIG;
	return GPIO_ACL_UNKNOWN;
}

/*
 * The rights of a held line's use, from whether it is an output now; CONFIG's are decoded. A SET on
 * a v1 handle drives all of its lines if only the first one is an output (linehandle_ioctl() in
 * gpiolib-cdev.c), and the others may be inputs: they were requested as they were.
 */
static inline __u16 gpio_acl_held_needs(enum gpio_acl_file file, enum gpio_acl_action action,
					bool is_output)
{
	__u16 needs = 0;

	if (action == GPIO_ACL_SET && file == GPIO_ACL_FILE_HANDLE)
		is_output = true;
	if (action == GPIO_ACL_GET || action == GPIO_ACL_RECEIVE || action == GPIO_ACL_HOLDING)
		needs |= GPIO_ACL_HOLD;
	if (is_output && (action == GPIO_ACL_SET || action == GPIO_ACL_HOLDING))
		needs |= GPIO_ACL_RIGHT(GPIO_ACL_OUTPUT);
	return needs;
}

/* A line that is asked for, not yet judged. */
static inline void gpio_acl_ask(struct gpio_acl_line *line, __u32 offset, __u16 need)
{
	line->offset = offset;
	line->need = need;
	line->lacks = 0;
}

/*
 * Neither direction is "as is": nothing is driven, and the line can be read, as by whoever holds
 * it. A pull is a drive of its own: it decides the level of a line that floats, whatever the
 * direction.
 */
static inline __u16 gpio_acl_flag_needs(bool input, bool output, bool edges, bool pull)
{
	__u16 needs = 0;

	if (input)
		needs |= GPIO_ACL_RIGHT(GPIO_ACL_INPUT);
	if (output)
		needs |= GPIO_ACL_RIGHT(GPIO_ACL_OUTPUT);
	if (edges)
		needs |= GPIO_ACL_RIGHT(GPIO_ACL_INPUT) | GPIO_ACL_RIGHT(GPIO_ACL_EDGES);
	if (pull)
		needs |= GPIO_ACL_RIGHT(GPIO_ACL_BIAS);
	return input || output || edges ? needs : needs | GPIO_ACL_HOLD;
}

static inline __u16 gpio_acl_v1_needs(__u32 flags)
{
	return gpio_acl_flag_needs(flags & GPIOHANDLE_REQUEST_INPUT,
				   flags & GPIOHANDLE_REQUEST_OUTPUT, false,
				   flags & GPIO_ACL_V1_PULLS);
}

static inline __u16 gpio_acl_v2_needs(__u64 flags)
{
	return gpio_acl_flag_needs(flags & GPIO_V2_LINE_FLAG_INPUT,
				   flags & GPIO_V2_LINE_FLAG_OUTPUT, flags & GPIO_ACL_V2_EDGES,
				   flags & GPIO_ACL_V2_PULLS);
}

/* A decoding on its way: from the argument into the lines. */
struct gpio_acl_decoding {
	const union gpio_acl_argument *argument;
	struct gpio_acl_line *lines; /* GPIO_ACL_MAX_LINES of them */
	__u32 command;
	enum gpio_acl_reason reason;
};

/*
 * The flags of one line: of the first flags attribute whose mask has it, else the request's own
 * (gpio_v2_line_config_flags() in gpiolib-cdev.c).
 */
static inline __u64 gpio_acl_line_flags(const struct gpio_v2_line_config *config, __u32 i)
{
	for (__u32 a = 0; a < GPIO_V2_LINE_NUM_ATTRS_MAX; a++) {
		if (a >= config->num_attrs)
			break;
		if (config->attrs[a].attr.id == GPIO_V2_LINE_ATTR_ID_FLAGS &&
		    config->attrs[a].mask >> i & 1)
			return config->attrs[a].attr.flags;
	}
	return config->flags;
}

static inline __u16 gpio_acl_decode_flags(struct gpio_acl_decoding *d,
					  const struct gpio_v2_line_config *config, __u32 i)
{
	__u64 flags = gpio_acl_line_flags(config, i);

	if (flags & ~GPIO_ACL_V2_FLAGS)
		d->reason = GPIO_ACL_FLAG;
	return gpio_acl_v2_needs(flags);
}

static long gpio_acl_decode_v2_request(__u64 i, void *ctx)
{
	struct gpio_acl_decoding *d = ctx;
	const struct gpio_v2_line_request *request = &d->argument->v2_request;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	gpio_acl_ask(&d->lines[i], request->offsets[i],
		     gpio_acl_decode_flags(d, &request->config, i));
	return 0;
}

static long gpio_acl_decode_v2_config(__u64 i, void *ctx)
{
	struct gpio_acl_decoding *d = ctx;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	d->lines[i].need = gpio_acl_decode_flags(d, &d->argument->v2_config, i);
	return 0;
}

static long gpio_acl_decode_v1_handle(__u64 i, void *ctx)
{
	struct gpio_acl_decoding *d = ctx;
	const struct gpiohandle_request *handle = &d->argument->v1_handle;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	gpio_acl_ask(&d->lines[i], handle->lineoffsets[i], gpio_acl_v1_needs(handle->flags));
	return 0;
}

static long gpio_acl_decode_v1_config(__u64 i, void *ctx)
{
	struct gpio_acl_decoding *d = ctx;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	d->lines[i].need = gpio_acl_v1_needs(d->argument->v1_config.flags);
	return 0;
}

/* Attributes that this version knows: id 0 is "unused", and the kernel passes over it. */
static inline enum gpio_acl_reason gpio_acl_check_attrs(const struct gpio_v2_line_config *config)
{
	if (config->num_attrs > GPIO_V2_LINE_NUM_ATTRS_MAX)
		return GPIO_ACL_MALFORMED;
	for (__u32 a = 0; a < GPIO_V2_LINE_NUM_ATTRS_MAX; a++) {
		if (a >= config->num_attrs)
			break;
		if (config->attrs[a].attr.id > GPIO_V2_LINE_ATTR_ID_DEBOUNCE)
			return GPIO_ACL_FLAG;
	}
	return GPIO_ACL_ALLOWED;
}

static inline enum gpio_acl_reason gpio_acl_decode_v2(struct gpio_acl_decoding *d, __u32 *num_lines)
{
	const struct gpio_v2_line_request *request = &d->argument->v2_request;
	__u32 n = request->num_lines;

	if (!n || n > GPIO_ACL_MAX_LINES)
		return GPIO_ACL_MALFORMED;
	d->reason = gpio_acl_check_attrs(&request->config);
	if (d->reason != GPIO_ACL_ALLOWED)
		return d->reason;
	GPIO_ACL_LOOP(n, gpio_acl_decode_v2_request, d);
	*num_lines = n;
	return d->reason;
}

static inline enum gpio_acl_reason gpio_acl_decode_v1(struct gpio_acl_decoding *d, __u32 *num_lines)
{
	__u32 n = d->argument->v1_handle.lines;

	if (!n || n > GPIO_ACL_MAX_LINES)
		return GPIO_ACL_MALFORMED;
	GPIO_ACL_LOOP(n, gpio_acl_decode_v1_handle, d);
	*num_lines = n;
	return d->argument->v1_handle.flags & ~GPIO_ACL_V1_FLAGS ? GPIO_ACL_FLAG : GPIO_ACL_ALLOWED;
}

static inline enum gpio_acl_reason gpio_acl_decode_v1_event(struct gpio_acl_decoding *d,
							    __u32 *num_lines)
{
	const struct gpioevent_request *event = &d->argument->v1_event;

	gpio_acl_ask(
		&d->lines[0], event->lineoffset,
		gpio_acl_flag_needs(true, false, true, event->handleflags & GPIO_ACL_V1_PULLS));
	*num_lines = 1;
	if (event->handleflags & ~GPIO_ACL_V1_FLAGS ||
	    event->eventflags & ~GPIOEVENT_REQUEST_BOTH_EDGES)
		return GPIO_ACL_FLAG;
	return GPIO_ACL_ALLOWED;
}

static inline enum gpio_acl_reason gpio_acl_decode_info(struct gpio_acl_decoding *d,
							__u32 *num_lines)
{
	bool v2 = d->command == GPIO_V2_GET_LINEINFO_IOCTL ||
		  d->command == GPIO_V2_GET_LINEINFO_WATCH_IOCTL;

	/* v1_info.line_offset and the unwatched offset are the argument's first word alike. */
	gpio_acl_ask(&d->lines[0], v2 ? d->argument->v2_info.offset : d->argument->offset,
		     GPIO_ACL_RIGHT(GPIO_ACL_INFO));
	*num_lines = 1;
	return GPIO_ACL_ALLOWED;
}

/*
 * gpio_acl_decode() - the lines of a LINE_INFO or REQUEST argument, and what each needs
 * @d: argument, lines and command set by the caller, the rest zero
 * @num_lines: where to store how many lines it has, 1..GPIO_ACL_MAX_LINES
 *
 * Returns GPIO_ACL_ALLOWED when there is something to decide about, else why to refuse.
 */
static inline enum gpio_acl_reason gpio_acl_decode(struct gpio_acl_decoding *d, __u32 *num_lines)
{
	switch (d->command) {
	case GPIO_V2_GET_LINE_IOCTL:
		return gpio_acl_decode_v2(d, num_lines);
	case GPIO_GET_LINEHANDLE_IOCTL:
		return gpio_acl_decode_v1(d, num_lines);
	case GPIO_GET_LINEEVENT_IOCTL:
		return gpio_acl_decode_v1_event(d, num_lines);
	default:
		return gpio_acl_decode_info(d, num_lines);
	}
}

/*
 * gpio_acl_decode_config() - what each held line needs under a CONFIG argument
 * @d: as for gpio_acl_decode(); lines[].offset are the held ones, from kernel memory
 * @num_lines: lines held, 1..GPIO_ACL_MAX_LINES
 */
static inline enum gpio_acl_reason gpio_acl_decode_config(struct gpio_acl_decoding *d,
							  __u32 num_lines)
{
	if (d->command == GPIOHANDLE_SET_CONFIG_IOCTL) {
		GPIO_ACL_LOOP(num_lines, gpio_acl_decode_v1_config, d);
		return d->argument->v1_config.flags & ~GPIO_ACL_V1_FLAGS ? GPIO_ACL_FLAG
									 : GPIO_ACL_ALLOWED;
	}
	d->reason = gpio_acl_check_attrs(&d->argument->v2_config);
	if (d->reason == GPIO_ACL_ALLOWED)
		GPIO_ACL_LOOP(num_lines, gpio_acl_decode_v2_config, d);
	return d->reason;
}

#endif
