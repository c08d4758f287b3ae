// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "oracle.h"

#define V1_FLAGS 0xffu	 /* INPUT to BIAS_DISABLE */
#define V2_FLAGS 0x1fffu /* USED to EVENT_CLOCK_HTE */
#define V1_EDGES 3u

static bool has(const struct chip *chip, uint32_t line, unsigned int right)
{
	if (line >= chip->num_lines)
		return true; /* there is no such line: EINVAL */
	for (int i = 0; i < NUM_RIGHTS; i++)
		if (right == 1u << i)
			return chip->grants[i] >> line & 1;
	return false;
}

/* Nothing to gain: who may do anything with a chip needs no judge to understand what it asks for.
 */
static bool may_anything(const struct chip *chip, bool restricted)
{
	for (int i = 0; i < NUM_RIGHTS; i++)
		for (unsigned int line = 0; line < chip->num_lines; line++)
			if (!(chip->grants[i] >> line & 1) && (1 << i != INFO || restricted))
				return false;
	return true;
}

/* Has the subject all of these rights on the line? */
static bool has_all(const struct chip *chip, uint32_t line, unsigned int rights)
{
	for (int i = 0; i < NUM_RIGHTS; i++)
		if (rights >> i & 1 && !has(chip, line, 1u << i))
			return false;
	return !(rights & EITHER) || has(chip, line, INPUT) || has(chip, line, OUTPUT);
}

/* Whoever may neither read nor drive a line has no business with one he holds. */
static bool may_hold(const struct held *file)
{
	for (unsigned int i = 0; i < file->num_lines; i++)
		if (!has_all(file->chip, file->offsets[i], EITHER))
			return false;
	return true;
}

/* An old kernel drives all lines of a handle when the first one is an output. */
static bool may_set(const struct held *file)
{
	for (unsigned int i = 0; i < file->num_lines; i++)
		if ((file->outputs[i] || file->kind == V1_HANDLE) &&
		    !has(file->chip, file->offsets[i], OUTPUT))
			return false;
	return true;
}

static unsigned int of_direction(bool input, bool output)
{
	if (!input && !output)
		return EITHER;
	return (input ? INPUT : 0) | (output ? OUTPUT : 0);
}

static unsigned int of_v1_pull(uint32_t flags)
{
	return flags & (GPIOHANDLE_REQUEST_BIAS_PULL_UP | GPIOHANDLE_REQUEST_BIAS_PULL_DOWN) ? BIAS
											     : 0;
}

static unsigned int of_v1_flags(uint32_t flags)
{
	return of_direction(flags & GPIOHANDLE_REQUEST_INPUT, flags & GPIOHANDLE_REQUEST_OUTPUT) |
	       of_v1_pull(flags);
}

static unsigned int of_v2_flags(uint64_t flags)
{
	bool edges = flags & (GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING);
	bool pull = flags & (GPIO_V2_LINE_FLAG_BIAS_PULL_UP | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN);

	return of_direction(edges || flags & GPIO_V2_LINE_FLAG_INPUT,
			    flags & GPIO_V2_LINE_FLAG_OUTPUT) |
	       (edges ? EDGES : 0) | (pull ? BIAS : 0);
}

static bool more_than_one(uint64_t bits)
{
	return bits & (bits - 1);
}

/*
 * Flags that the kernel itself answers with EINVAL, whatever the line: as read in gpiolib-cdev.c.
 * The first uAPI has the same rules, with its own numbers.
 */
static bool is_nonsense(bool unknown, bool input, bool output, bool edges, uint64_t drives,
			uint64_t biases)
{
	return unknown || (input && output) || (edges && !input) || more_than_one(drives) ||
	       (drives && !output) || more_than_one(biases) || (biases && !input && !output);
}

static bool v2_nonsense(uint64_t flags)
{
	return is_nonsense(flags & (~(uint64_t)V2_FLAGS | GPIO_V2_LINE_FLAG_USED),
			   flags & GPIO_V2_LINE_FLAG_INPUT, flags & GPIO_V2_LINE_FLAG_OUTPUT,
			   flags & (GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING),
			   flags & (GPIO_V2_LINE_FLAG_OPEN_DRAIN | GPIO_V2_LINE_FLAG_OPEN_SOURCE),
			   flags & (GPIO_V2_LINE_FLAG_BIAS_PULL_UP |
				    GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN |
				    GPIO_V2_LINE_FLAG_BIAS_DISABLED));
}

static bool v1_nonsense(uint32_t flags)
{
	return is_nonsense(flags & ~V1_FLAGS, flags & GPIOHANDLE_REQUEST_INPUT,
			   flags & GPIOHANDLE_REQUEST_OUTPUT, false,
			   flags & (GPIOHANDLE_REQUEST_OPEN_DRAIN | GPIOHANDLE_REQUEST_OPEN_SOURCE),
			   flags & (GPIOHANDLE_REQUEST_BIAS_PULL_UP |
				    GPIOHANDLE_REQUEST_BIAS_PULL_DOWN |
				    GPIOHANDLE_REQUEST_BIAS_DISABLE));
}

/* The flags of the i-th line: of the first attribute that gives it some, else the default ones. */
static uint64_t flags_of(const struct gpio_v2_line_config *config, unsigned int i)
{
	for (uint32_t a = 0; a < config->num_attrs; a++)
		if (config->attrs[a].attr.id == GPIO_V2_LINE_ATTR_ID_FLAGS &&
		    config->attrs[a].mask >> i & 1)
			return config->attrs[a].attr.flags;
	return config->flags;
}

/* Are the flags of some line nonsense, or does an attribute debounce what is no input? */
static bool config_nonsense(const struct gpio_v2_line_config *config, unsigned int num_lines)
{
	if (config->num_attrs > GPIO_V2_LINE_NUM_ATTRS_MAX)
		return true;
	for (unsigned int i = 0; i < num_lines; i++) {
		uint64_t flags = flags_of(config, i);

		if (v2_nonsense(flags))
			return true;
		for (uint32_t a = 0; a < config->num_attrs; a++)
			if (config->attrs[a].attr.id == GPIO_V2_LINE_ATTR_ID_DEBOUNCE &&
			    config->attrs[a].mask >> i & 1 && !(flags & GPIO_V2_LINE_FLAG_INPUT))
				return true;
	}
	return false;
}

static bool refuses_config(const struct gpio_v2_line_config *config, const struct chip *chip,
			   const uint32_t *offsets, unsigned int num_lines)
{
	if (config_nonsense(config, num_lines))
		return false;
	for (unsigned int i = 0; i < num_lines; i++)
		if (!has_all(chip, offsets[i], of_v2_flags(flags_of(config, i))))
			return true;
	return false;
}

static bool refuses_request(const struct gpio_v2_line_request *request, const struct chip *chip)
{
	if (!request->num_lines || request->num_lines > MAX_LINES)
		return false;
	return refuses_config(&request->config, chip, request->offsets, request->num_lines);
}

static bool refuses_v1_flags(uint32_t flags, const struct chip *chip, const uint32_t *offsets,
			     unsigned int num_lines)
{
	if (v1_nonsense(flags))
		return false;
	for (unsigned int i = 0; i < num_lines; i++)
		if (!has_all(chip, offsets[i], of_v1_flags(flags)))
			return true;
	return false;
}

static bool refuses_handle(const struct gpiohandle_request *handle, const struct chip *chip)
{
	if (!handle->lines || handle->lines > MAX_LINES)
		return false;
	return refuses_v1_flags(handle->flags, chip, handle->lineoffsets, handle->lines);
}

static bool refuses_event(const struct gpioevent_request *event, const struct chip *chip)
{
	/* an event is an input, said or not */
	if (event->eventflags & ~V1_EDGES ||
	    v1_nonsense(event->handleflags | GPIOHANDLE_REQUEST_INPUT))
		return false;
	return !has_all(chip, event->lineoffset, INPUT | EDGES | of_v1_pull(event->handleflags));
}

/* Of a chip's commands. */
static bool refuses_on_chip(const struct chip *chip, uint32_t command, const union argument *a,
			    bool restricted)
{
	switch (command) {
	case GPIO_GET_CHIPINFO_IOCTL:
		return false;
	case GPIO_GET_LINEINFO_IOCTL:
	case GPIO_GET_LINEINFO_WATCH_IOCTL:
		return restricted && (!a || !has(chip, a->info1.line_offset, INFO));
	case GPIO_GET_LINEINFO_UNWATCH_IOCTL:
		return restricted && (!a || !has(chip, a->offset, INFO));
	case GPIO_V2_GET_LINEINFO_IOCTL:
	case GPIO_V2_GET_LINEINFO_WATCH_IOCTL:
		return restricted && (!a || !has(chip, a->info.offset, INFO));
	case GPIO_V2_GET_LINE_IOCTL:
		return !a || refuses_request(&a->request, chip);
	case GPIO_GET_LINEHANDLE_IOCTL:
		return !a || refuses_handle(&a->handle, chip);
	case GPIO_GET_LINEEVENT_IOCTL:
		return !a || refuses_event(&a->event, chip);
	default:
		return true;
	}
}

/* Of the commands of a request. */
static bool refuses_on_lines(const struct held *file, uint32_t command, const union argument *a)
{
	bool v2 = file->kind == V2_REQUEST, handle = file->kind == V1_HANDLE;

	if (v2 && command == GPIO_V2_LINE_GET_VALUES_IOCTL)
		return !may_hold(file);
	if (v2 && command == GPIO_V2_LINE_SET_VALUES_IOCTL)
		return !may_set(file);
	if (v2 && command == GPIO_V2_LINE_SET_CONFIG_IOCTL)
		return !a || refuses_config(&a->config, file->chip, file->offsets, file->num_lines);
	if (!v2 && command == GPIOHANDLE_GET_LINE_VALUES_IOCTL)
		return !may_hold(file);
	if (handle && command == GPIOHANDLE_SET_LINE_VALUES_IOCTL)
		return !may_set(file);
	if (handle && command == GPIOHANDLE_SET_CONFIG_IOCTL)
		return !a || ((a->handle_config.flags & 3) && /* a direction, or EINVAL */
			      refuses_v1_flags(a->handle_config.flags, file->chip, file->offsets,
					       file->num_lines));
	return true;
}

/* Where the kernel has an EPERM of its own: v1 watches after v2 ones, values of inputs. */
static bool may_be_eperm(uint32_t command)
{
	return command == GPIO_GET_LINEINFO_WATCH_IOCTL ||
	       command == GPIO_V2_GET_LINEINFO_WATCH_IOCTL ||
	       command == GPIO_V2_LINE_SET_VALUES_IOCTL ||
	       command == GPIOHANDLE_SET_LINE_VALUES_IOCTL;
}

struct prediction predict(const struct held *file, uint32_t command, const union argument *argument,
			  bool info_restricted)
{
	struct prediction prediction = {0};

	prediction.unsure = may_be_eperm(command);
	if (_IOC_TYPE(command) != 0xB4 || file->kind == OTHER) {
		/* The file system's own commands, some of them root's. */
		prediction.unsure = _IOC_TYPE(command) != 0xB4;
		return prediction;
	}
	if (file->kind == CHIP)
		prediction.refused =
			refuses_on_chip(file->chip, command, argument, info_restricted);
	else
		prediction.refused = refuses_on_lines(file, command, argument);
	if (may_anything(file->chip, info_restricted))
		prediction.refused = false;
	return prediction;
}
