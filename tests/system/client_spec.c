// SPDX-License-Identifier: GPL-2.0-or-later
/* The client's arguments of ioctls: from a SPEC's words (client.c) to the struct, and where it
 * lies. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "client.h"
#include "memory.h"

static const struct {
	const char *word;
	__u64 v2;
	__u32 v1;
} flag_words[] = {
	{"asis", 0, 0},
	{"input", GPIO_V2_LINE_FLAG_INPUT, GPIOHANDLE_REQUEST_INPUT},
	{"output", GPIO_V2_LINE_FLAG_OUTPUT, GPIOHANDLE_REQUEST_OUTPUT},
	{"low", GPIO_V2_LINE_FLAG_ACTIVE_LOW, GPIOHANDLE_REQUEST_ACTIVE_LOW},
	{"drain", GPIO_V2_LINE_FLAG_OPEN_DRAIN, GPIOHANDLE_REQUEST_OPEN_DRAIN},
	{"up", GPIO_V2_LINE_FLAG_BIAS_PULL_UP, GPIOHANDLE_REQUEST_BIAS_PULL_UP},
	{"down", GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN, GPIOHANDLE_REQUEST_BIAS_PULL_DOWN},
	{"floating", GPIO_V2_LINE_FLAG_BIAS_DISABLED, GPIOHANDLE_REQUEST_BIAS_DISABLE},
	{"rising", GPIO_V2_LINE_FLAG_EDGE_RISING, 0},
	{"falling", GPIO_V2_LINE_FLAG_EDGE_FALLING, 0},
};

static void parse_flags(char *text, __u64 *v2, __u32 *v1)
{
	char *save, *word = strtok_r(text, "+", &save);

	for (*v2 = *v1 = 0; word; word = strtok_r(NULL, "+", &save)) {
		size_t i = 0, num = sizeof(flag_words) / sizeof(*flag_words);

		while (i < num && strcmp(flag_words[i].word, word))
			i++;
		*v2 |= i < num ? flag_words[i].v2 : number(word);
		*v1 |= i < num ? flag_words[i].v1 : number(word);
	}
}

static void parse_lines(char *text, struct spec *spec)
{
	char *save, *item = strtok_r(text, ",", &save);

	for (; item; item = strtok_r(NULL, ",", &save)) {
		unsigned int first, last;

		if (sscanf(item, "%u-%u", &first, &last) != 2)
			first = last = number(item);
		do {
			if (spec->num_lines == GPIO_V2_LINES_MAX)
				usage("lines");
			spec->offsets[spec->num_lines++] = first;
		} while (first++ != last);
	}
}

/* ID is flags, values, debounce or a number; VALUE is flag words or a number. */
static void parse_attr(char *text, struct spec *spec)
{
	struct gpio_v2_line_config_attribute *attr;
	char *save, *id = strtok_r(text, ":", &save);
	char *mask = strtok_r(NULL, ":", &save), *value = strtok_r(NULL, ":", &save);
	__u64 flags;
	__u32 ignored;

	if (!value || spec->num_attrs == GPIO_V2_LINE_NUM_ATTRS_MAX)
		usage("attr");
	attr = &spec->attrs[spec->num_attrs++];
	attr->mask = number(mask);
	if (!strcmp(id, "flags")) {
		parse_flags(value, &flags, &ignored);
		attr->attr.id = GPIO_V2_LINE_ATTR_ID_FLAGS;
		attr->attr.flags = flags;
		return;
	}
	attr->attr.id = !strcmp(id, "values")	  ? GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES
			: !strcmp(id, "debounce") ? GPIO_V2_LINE_ATTR_ID_DEBOUNCE
						  : number(id);
	if (!strcmp(id, "debounce"))
		attr->attr.debounce_period_us = number(value);
	else
		attr->attr.values = number(value);
}

struct spec parse_spec(char **args)
{
	struct spec spec = {.at = "stack"};

	for (; *args; args++) {
		char *value = strchr(*args, '=');

		if (!value)
			usage(*args);
		*value++ = '\0';
		if (!strcmp(*args, "lines"))
			parse_lines(value, &spec);
		else if (!strcmp(*args, "flags"))
			parse_flags(value, &spec.v2, &spec.v1);
		else if (!strcmp(*args, "attr"))
			parse_attr(value, &spec);
		else if (!strcmp(*args, "num_lines"))
			spec.num_lines = number(value);
		else if (!strcmp(*args, "num_attrs"))
			spec.num_attrs = number(value);
		else if (!strcmp(*args, "values"))
			spec.values = number(value);
		else if (!strcmp(*args, "offset"))
			spec.offset = number(value);
		else if (!strcmp(*args, "at"))
			spec.at = value;
		else
			usage(*args);
	}
	return spec;
}

struct gpio_v2_line_config config_of(const struct spec *spec)
{
	struct gpio_v2_line_config config = {.flags = spec->v2, .num_attrs = spec->num_attrs};

	memcpy(config.attrs, spec->attrs, sizeof(config.attrs));
	return config;
}

void spread_values(__u64 bits, __u8 *values)
{
	for (int i = 0; i < GPIOHANDLES_MAX; i++)
		values[i] = bits >> i & 1;
}

static int call_in(int fd, unsigned long command, void *argument, const char *where)
{
	void *place = memory_place(where, argument, _IOC_SIZE(command));

	if (!place && errno == EINVAL)
		usage(where);
	if (!place || ioctl(fd, command, place) < 0)
		return -errno;
	memcpy(argument, place, _IOC_SIZE(command));
	return 0;
}

int call(int fd, unsigned long command, void *argument, const char *at)
{
	if (!strcmp(at, "fresh"))
		argument = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);
	else if (!strcmp(at, "null"))
		argument = NULL;
	else if (!strcmp(at, "wild"))
		argument = (void *)0x10;
	else if (!strcmp(at, "kernel"))
		argument = (void *)~0xffful; /* a 32-bit program's stack can be below */
	else if (strcmp(at, "stack"))
		return call_in(fd, command, argument, at);
	return ioctl(fd, command, argument) < 0 ? -errno : 0;
}
