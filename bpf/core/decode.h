/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a GPIO ioctl asks for: which lines, and which rights each of them needs
 * (docs/architecture.md, "What a request needs"). Pure: compiled into the BPF programs and,
 * unchanged, into the tests.
 *
 * The rules come from <linux/gpio.h> and, for what a flag or an attribute does to a line, from
 * drivers/gpio/gpiolib-cdev.c. Define GPIO_ACL_LOOP before including this, as for decide.h.
 */
#ifndef GPIO_ACL_DECODE_H
#define GPIO_ACL_DECODE_H

#include <stdbool.h>

#include "gpio-acl/abi.h"
#include "gpio-acl/ioctls.h"

/* The argument of an ioctl in user memory: _IOC_SIZE(command) bytes of it. */
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

#define GPIO_ACL_V2_PULLS (GPIO_V2_LINE_FLAG_BIAS_PULL_UP | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN)

#define GPIO_ACL_V2_BIASES (GPIO_ACL_V2_PULLS | GPIO_V2_LINE_FLAG_BIAS_DISABLED)

#define GPIO_ACL_V2_EDGES (GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING)

#define GPIO_ACL_V2_FLAGS                                                                          \
	(GPIO_V2_LINE_FLAG_USED | GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_INPUT |         \
	 GPIO_V2_LINE_FLAG_OUTPUT | GPIO_ACL_V2_EDGES | GPIO_V2_LINE_FLAG_OPEN_DRAIN |             \
	 GPIO_V2_LINE_FLAG_OPEN_SOURCE | GPIO_ACL_V2_BIASES |                                      \
	 GPIO_V2_LINE_FLAG_EVENT_CLOCK_REALTIME | GPIO_V2_LINE_FLAG_EVENT_CLOCK_HTE)

/*
 * What an ioctl needs on a held line, by its state: is it an output now, and does the file deliver
 * its edges? The latter matters to RECEIVE alone, since reading edges is not an ioctl. The needs of
 * CONFIG are decoded from its argument.
 *
 * A SET on a v1 handle drives all of its lines if the first one is an output (linehandle_ioctl() in
 * gpiolib-cdev.c). The others may be inputs, if they were requested "as is".
 */
static inline __u16 gpio_acl_held_needs(enum gpio_acl_file file, enum gpio_acl_action action,
					bool is_output, bool has_edges)
{
	__u16 needs = 0;

	if (action == GPIO_ACL_ACTION_SET && file == GPIO_ACL_FILE_HANDLE)
		is_output = true;
	if (action == GPIO_ACL_ACTION_GET || action == GPIO_ACL_ACTION_RECEIVE ||
	    action == GPIO_ACL_ACTION_HOLDING)
		needs |= GPIO_ACL_HOLD;
	if (is_output && (action == GPIO_ACL_ACTION_SET || action == GPIO_ACL_ACTION_HOLDING))
		needs |= GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT);
	if (has_edges && action == GPIO_ACL_ACTION_RECEIVE)
		needs |= GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES);
	return needs;
}

_Static_assert(GPIO_ACL_NUM_RIGHTS == 5, "gpio_acl_needs(), gpio_acl_held_needs() need each right");
_Static_assert(GPIO_ACL_NUM_IOCTLS == 16, "gpio_acl_decode() and its like read each argument");

/*
 * What the (v2) flags of a line need. Without a direction the line is requested "as is": nothing is
 * driven, and any holder can read it. A pull drives the line, too: it sets the level of a line that
 * floats, whatever the direction.
 */
static inline __u16 gpio_acl_needs(__u64 flags)
{
	__u16 needs = 0;

	if (flags & (GPIO_V2_LINE_FLAG_INPUT | GPIO_ACL_V2_EDGES))
		needs |= GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT);
	if (flags & GPIO_V2_LINE_FLAG_OUTPUT)
		needs |= GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT);
	if (!needs)
		needs = GPIO_ACL_HOLD;
	if (flags & GPIO_ACL_V2_EDGES)
		needs |= GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES);
	if (flags & GPIO_ACL_V2_PULLS)
		needs |= GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS);
	return needs;
}

/*
 * Does every kernel from 6.1 to 7.3 refuse these flags before it claims a line? As
 * gpio_v2_line_flags_validate() and linehandle_validate_flags() in gpiolib-cdev.c, the same in all.
 */
static inline bool gpio_acl_are_invalid(__u64 flags)
{
	__u64 biases = flags & GPIO_ACL_V2_BIASES;
	bool input = flags & GPIO_V2_LINE_FLAG_INPUT, output = flags & GPIO_V2_LINE_FLAG_OUTPUT;
	bool drain = flags & GPIO_V2_LINE_FLAG_OPEN_DRAIN,
	     source = flags & GPIO_V2_LINE_FLAG_OPEN_SOURCE;

	if (flags & GPIO_V2_LINE_FLAG_USED || flags & ~GPIO_ACL_V2_FLAGS)
		return true;
	return (input && output) || (flags & GPIO_ACL_V2_EDGES && !input) || (drain && source) ||
	       ((drain || source) && !output) || (biases && !input && !output) ||
	       biases & (biases - 1);
}

/* The v2 flags that mean the same as these v1 flags. Unknown ones stay unknown. */
static inline __u64 gpio_acl_v1_flags(__u32 flags)
{
	return (__u64)(flags & ~0xffu) << 5 | /* unknown */
	       (flags & (GPIOHANDLE_REQUEST_INPUT | GPIOHANDLE_REQUEST_OUTPUT)) << 2 |
	       (flags & GPIOHANDLE_REQUEST_ACTIVE_LOW) >> 1 |
	       (flags & 0xf8u) << 3; /* drain, source, pull-up, pull-down, disabled bias */
}

_Static_assert(GPIOHANDLE_REQUEST_INPUT << 2 == GPIO_V2_LINE_FLAG_INPUT &&
		       GPIOHANDLE_REQUEST_OUTPUT << 2 == GPIO_V2_LINE_FLAG_OUTPUT &&
		       GPIOHANDLE_REQUEST_ACTIVE_LOW >> 1 == GPIO_V2_LINE_FLAG_ACTIVE_LOW &&
		       GPIOHANDLE_REQUEST_OPEN_DRAIN << 3 == GPIO_V2_LINE_FLAG_OPEN_DRAIN &&
		       GPIOHANDLE_REQUEST_OPEN_SOURCE << 3 == GPIO_V2_LINE_FLAG_OPEN_SOURCE &&
		       GPIOHANDLE_REQUEST_BIAS_PULL_UP << 3 == GPIO_V2_LINE_FLAG_BIAS_PULL_UP &&
		       GPIOHANDLE_REQUEST_BIAS_PULL_DOWN << 3 == GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN &&
		       GPIOHANDLE_REQUEST_BIAS_DISABLE << 3 == GPIO_V2_LINE_FLAG_BIAS_DISABLED,
	       "v1 flags in the order of v2");

/* The state of a decoding, from the argument to the lines. */
struct gpio_acl_decoding {
	const union gpio_acl_argument *argument;
	struct gpio_acl_record_line *lines; /* GPIO_ACL_MAX_LINES of them */
	__u32 command;
	__u64 ngpio;	   /* lines of the chip: a line beyond needs nothing; ~0: unlimited */
	bool known_kernel; /* its checks and flags are those of 6.1 to 7.3 */
	bool invalid;	   /* written: the kernel refuses the argument, and claims no line */
	enum gpio_acl_reason reason;
	__u64 debounced; /* bit n: an attribute debounces line n */
};

/* A line that is asked for, before the decision. */
static inline void gpio_acl_ask(struct gpio_acl_record_line *line, __u32 offset, __u16 need)
{
	line->offset = offset;
	line->need = need;
	line->lacks = 0;
}

/*
 * The same for a line of the argument. A line that the chip does not have needs nothing: the kernel
 * answers EINVAL (gpiochip_get_desc(), from 6.7 on gpio_device_get_desc()).
 */
static inline void gpio_acl_ask_line(const struct gpio_acl_decoding *d, __u32 i, __u32 offset,
				     __u16 need)
{
	gpio_acl_ask(&d->lines[i], offset, offset < d->ngpio ? need : 0);
}

static inline void gpio_acl_check_flags(struct gpio_acl_decoding *d, __u64 flags)
{
	if (flags & ~GPIO_ACL_V2_FLAGS)
		d->reason = GPIO_ACL_REASON_FLAG;
	if (d->known_kernel && gpio_acl_are_invalid(flags))
		d->invalid = true;
}

/* No lines, or more lines or attributes than the struct has room for: every kernel refuses it. */
static inline enum gpio_acl_reason gpio_acl_malformed(struct gpio_acl_decoding *d)
{
	d->invalid = true;
	return GPIO_ACL_REASON_MALFORMED;
}

/*
 * The flags of one line: those of the first flags attribute whose mask has it, else those of the
 * request (gpio_v2_line_config_flags() in gpiolib-cdev.c).
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

	gpio_acl_check_flags(d, flags);
	/* gpio_v2_line_config_validate(): debounce requires explicit input */
	if (d->known_kernel && d->debounced >> i & 1 && !(flags & GPIO_V2_LINE_FLAG_INPUT))
		d->invalid = true;
	return gpio_acl_needs(flags);
}

static long gpio_acl_decode_v2_request(__u64 i, void *ctx)
{
	struct gpio_acl_decoding *d = ctx;
	const struct gpio_v2_line_request *request = &d->argument->v2_request;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	gpio_acl_ask_line(d, i, request->offsets[i], gpio_acl_decode_flags(d, &request->config, i));
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
	gpio_acl_ask_line(d, i, handle->lineoffsets[i],
			  gpio_acl_needs(gpio_acl_v1_flags(handle->flags)));
	return 0;
}

static long gpio_acl_decode_v1_config(__u64 i, void *ctx)
{
	struct gpio_acl_decoding *d = ctx;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	d->lines[i].need = gpio_acl_needs(gpio_acl_v1_flags(d->argument->v1_config.flags));
	return 0;
}

/*
 * Checks the attributes. Id 0 is "unused": the kernel ignores it, and a known kernel ignores every
 * id that it does not know.
 */
static inline enum gpio_acl_reason gpio_acl_check_attrs(struct gpio_acl_decoding *d,
							const struct gpio_v2_line_config *config)
{
	if (config->num_attrs > GPIO_V2_LINE_NUM_ATTRS_MAX)
		return gpio_acl_malformed(d);
	for (__u32 a = 0; a < GPIO_V2_LINE_NUM_ATTRS_MAX; a++) {
		if (a >= config->num_attrs)
			break;
		if (config->attrs[a].attr.id > GPIO_V2_LINE_ATTR_ID_DEBOUNCE && !d->known_kernel)
			return GPIO_ACL_REASON_FLAG;
		if (config->attrs[a].attr.id == GPIO_V2_LINE_ATTR_ID_DEBOUNCE)
			d->debounced |= config->attrs[a].mask;
	}
	return GPIO_ACL_REASON_ALLOWED;
}

static inline enum gpio_acl_reason gpio_acl_decode_v2(struct gpio_acl_decoding *d, __u32 *num_lines)
{
	const struct gpio_v2_line_request *request = &d->argument->v2_request;
	__u32 n = request->num_lines;

	if (!n || n > GPIO_ACL_MAX_LINES)
		return gpio_acl_malformed(d);
	d->reason = gpio_acl_check_attrs(d, &request->config);
	if (d->reason != GPIO_ACL_REASON_ALLOWED)
		return d->reason;
	GPIO_ACL_LOOP(n, gpio_acl_decode_v2_request, d);
	*num_lines = n;
	return d->reason;
}

static inline enum gpio_acl_reason gpio_acl_decode_v1(struct gpio_acl_decoding *d, __u32 *num_lines)
{
	__u32 n = d->argument->v1_handle.lines;

	if (!n || n > GPIO_ACL_MAX_LINES)
		return gpio_acl_malformed(d);
	gpio_acl_check_flags(d, gpio_acl_v1_flags(d->argument->v1_handle.flags));
	GPIO_ACL_LOOP(n, gpio_acl_decode_v1_handle, d);
	*num_lines = n;
	return d->reason;
}

/*
 * An event request is an input with edges, whatever its flags say: lineevent_create() has no
 * output.
 */
static inline enum gpio_acl_reason gpio_acl_decode_v1_event(struct gpio_acl_decoding *d,
							    __u32 *num_lines)
{
	const struct gpioevent_request *event = &d->argument->v1_event;
	__u64 flags =
		gpio_acl_v1_flags(event->handleflags) | GPIO_V2_LINE_FLAG_INPUT | GPIO_ACL_V2_EDGES;

	flags |= (__u64)(event->eventflags & ~GPIOEVENT_REQUEST_BOTH_EDGES) << 32; /* unknown */
	gpio_acl_check_flags(d, flags);
	gpio_acl_ask_line(d, 0, event->lineoffset,
			  gpio_acl_needs(flags & ~GPIO_V2_LINE_FLAG_OUTPUT));
	*num_lines = 1;
	return d->reason;
}

static inline enum gpio_acl_reason gpio_acl_decode_info(struct gpio_acl_decoding *d,
							__u32 *num_lines)
{
	bool v2 = d->command == GPIO_V2_GET_LINEINFO_IOCTL ||
		  d->command == GPIO_V2_GET_LINEINFO_WATCH_IOCTL;

	/* v1_info.line_offset and the offset of unwatch are both the first word of the argument. */
	gpio_acl_ask_line(d, 0, v2 ? d->argument->v2_info.offset : d->argument->offset,
			  GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO));
	*num_lines = 1;
	return GPIO_ACL_REASON_ALLOWED;
}

/*
 * gpio_acl_decode() - the lines of a LINE_INFO or REQUEST argument, and what each needs
 * @d: argument, lines, command, ngpio and known_kernel set by the caller, the rest zero
 * @num_lines: where to store how many lines it has, 1..GPIO_ACL_MAX_LINES
 *
 * Returns GPIO_ACL_REASON_ALLOWED when there is something to decide about, else why to refuse. If
 * it sets .invalid and nobody can change the argument any more, the kernel refuses the request: the
 * caller need not.
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
		__u64 flags = gpio_acl_v1_flags(d->argument->v1_config.flags);

		gpio_acl_check_flags(d, flags);
		/* linehandle_set_config(): EINVAL without a direction */
		if (d->known_kernel && gpio_acl_needs(flags) & GPIO_ACL_HOLD)
			d->invalid = true;
		GPIO_ACL_LOOP(num_lines, gpio_acl_decode_v1_config, d);
		return d->reason;
	}
	d->reason = gpio_acl_check_attrs(d, &d->argument->v2_config);
	if (d->reason == GPIO_ACL_REASON_ALLOWED)
		GPIO_ACL_LOOP(num_lines, gpio_acl_decode_v2_config, d);
	return d->reason;
}

#endif
