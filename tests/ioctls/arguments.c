// SPDX-License-Identifier: GPL-2.0-or-later
/* Chance, and the arguments of ioctls that are made by it: mostly such as the policy may allow. */
#include "arguments.h"

#include <string.h>

/* ---- chance ----------------------------------------------------------------------------- */

static uint64_t state;

void seed_chance(uint64_t seed)
{
	state = seed;
}

uint64_t bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d;
}

unsigned int below(unsigned int n)
{
	return (bits() >> 32) % n;
}

bool percent(unsigned int n)
{
	return below(100) < n;
}

/* ---- arguments -------------------------------------------------------------------------- */

/* Mostly a line that this right, or else any, is granted on, so that much is allowed. */
static uint32_t some_offset(const struct chip *chip, unsigned int right)
{
	uint64_t lines = chip->grants[right];
	uint32_t line = below(chip->num_lines);

	if (percent(3))
		return (uint32_t[]){chip->num_lines, 64, 65535, 65536, 1u << 31, ~0u}[below(6)];
	for (int i = 0; i < NUM_RIGHTS && !lines; i++)
		lines = chip->grants[i];
	if (lines && percent(95))
		while (!(lines >> line & 1))
			line = (line + 1) % chip->num_lines;
	return line;
}

static unsigned int some_count(void)
{
	if (percent(2))
		return (unsigned int[]){0, 65, 1u << 16, ~0u}[below(4)];
	return percent(95) ? (unsigned int[]){1, 1, 1, 2, 3}[below(5)] : 1 + below(MAX_LINES);
}

/* Mostly such as ask for the right. */
static uint64_t some_v2_flags(unsigned int right)
{
	static const uint64_t usual[NUM_RIGHTS][4] = {
		{0, 4, 8, 0x34},
		{0, 4, 0x404, 6},
		{8, 0xa, 0x48, 0x408},
		{0x14, 0x24, 0x34, 0x816},
		{0x104, 0x208, 0x114, 0x108},
	};

	if (percent(3))
		return bits() & 0x1fff;
	if (percent(1))
		return 1ull << (13 + below(51));
	return usual[right][below(4)];
}

static uint32_t some_v1_flags(unsigned int right)
{
	static const uint32_t usual[NUM_RIGHTS][3] = {
		{0, 1, 2}, {0, 1, 5}, {2, 6, 10}, {1, 0, 5}, {0x21, 0x42, 0x22},
	};

	if (percent(1))
		return 1u << (8 + below(24));
	return percent(10) ? bits() & 0xff : usual[right][below(3)];
}

static void fill_config(struct gpio_v2_line_config *config, unsigned int right)
{
	memset(config, 0, sizeof(*config));
	config->flags = some_v2_flags(right);
	config->num_attrs = percent(70) ? 0 : below(4);
	if (percent(1))
		config->num_attrs = 10 + below(3);
	for (unsigned int a = 0; a < config->num_attrs && a < GPIO_V2_LINE_NUM_ATTRS_MAX; a++) {
		config->attrs[a].attr.id = percent(1) ? 4 + below(9) : 1 + below(2);
		config->attrs[a].attr.flags =
			config->attrs[a].attr.id == 1 ? some_v2_flags(below(NUM_RIGHTS)) : bits();
		config->attrs[a].mask = percent(50) ? bits() : 1ull << below(4);
	}
}

void fill(union argument *argument, uint32_t command, const struct chip *chip)
{
	unsigned int right = below(NUM_RIGHTS); /* info, input, output, edges, bias */

	memset(argument, 0, sizeof(*argument));
	switch (command) {
	case GPIO_V2_GET_LINE_IOCTL:
		for (int i = 0; i < MAX_LINES; i++)
			argument->request.offsets[i] = some_offset(chip, right);
		argument->request.num_lines = some_count();
		fill_config(&argument->request.config, right);
		break;
	case GPIO_GET_LINEHANDLE_IOCTL:
		for (int i = 0; i < MAX_LINES; i++)
			argument->handle.lineoffsets[i] = some_offset(chip, right);
		argument->handle.lines = some_count();
		argument->handle.flags = some_v1_flags(right);
		break;
	case GPIO_GET_LINEEVENT_IOCTL:
		argument->event.lineoffset = some_offset(chip, right);
		argument->event.handleflags = some_v1_flags(right);
		argument->event.eventflags = percent(2) ? bits() : below(4);
		break;
	case GPIO_V2_GET_LINEINFO_IOCTL:
	case GPIO_V2_GET_LINEINFO_WATCH_IOCTL:
		argument->info.offset = some_offset(chip, right);
		break;
	case GPIO_V2_LINE_GET_VALUES_IOCTL:
	case GPIO_V2_LINE_SET_VALUES_IOCTL:
		argument->values.bits = bits();
		argument->values.mask = percent(50) ? ~0ull : bits();
		break;
	case GPIO_V2_LINE_SET_CONFIG_IOCTL:
		fill_config(&argument->config, right);
		break;
	case GPIOHANDLE_SET_CONFIG_IOCTL:
		argument->handle_config.flags = some_v1_flags(right);
		break;
	default:
		argument->offset = some_offset(chip, right);
	}
	if (percent(2)) /* anything at all */
		for (size_t i = 0; i < sizeof(argument->request) / 8; i++)
			((uint64_t *)argument->bytes)[i] = percent(50) ? bits() : 0;
}
