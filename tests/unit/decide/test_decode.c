/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Over 450 lines: all tests share the builders of requests, one for each ioctl.
 */
/*
 * What a GPIO ioctl asks for: every command on every kind of file, every combination of the flags
 * that matter, attributes, numbers of lines, and everything that must be refused without a
 * decision.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/decide/loop.h"

#include "bpf/core/decode.h"

#define INFO   GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO)
#define INPUT  GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT)
#define OUTPUT GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)
#define EDGES  GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES)
#define BIAS   GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS)
#define HOLD   GPIO_ACL_HOLD

#define V2_INPUT   GPIO_V2_LINE_FLAG_INPUT
#define V2_OUTPUT  GPIO_V2_LINE_FLAG_OUTPUT
#define V2_RISING  GPIO_V2_LINE_FLAG_EDGE_RISING
#define V2_FALLING GPIO_V2_LINE_FLAG_EDGE_FALLING

#define NOT_FLAGS GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES
#define UNTOUCHED 0xabab /* a need that nobody wrote */
#define ALL_LINES (~0ull)
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

/* ---- commands ------------------------------------------------------------------------- */

static const struct {
	__u32 command;
	enum gpio_acl_action chip, request, handle, event;
} commands[] = {
	{GPIO_GET_CHIPINFO_IOCTL, .chip = GPIO_ACL_ACTION_CHIP_INFO},
	{GPIO_GET_LINEINFO_IOCTL, .chip = GPIO_ACL_ACTION_LINE_INFO},
	{GPIO_GET_LINEINFO_WATCH_IOCTL, .chip = GPIO_ACL_ACTION_LINE_INFO},
	{GPIO_GET_LINEINFO_UNWATCH_IOCTL, .chip = GPIO_ACL_ACTION_LINE_INFO},
	{GPIO_V2_GET_LINEINFO_IOCTL, .chip = GPIO_ACL_ACTION_LINE_INFO},
	{GPIO_V2_GET_LINEINFO_WATCH_IOCTL, .chip = GPIO_ACL_ACTION_LINE_INFO},
	{GPIO_GET_LINEHANDLE_IOCTL, .chip = GPIO_ACL_ACTION_REQUEST},
	{GPIO_GET_LINEEVENT_IOCTL, .chip = GPIO_ACL_ACTION_REQUEST},
	{GPIO_V2_GET_LINE_IOCTL, .chip = GPIO_ACL_ACTION_REQUEST},
	{GPIO_V2_LINE_GET_VALUES_IOCTL, .request = GPIO_ACL_ACTION_GET},
	{GPIO_V2_LINE_SET_VALUES_IOCTL, .request = GPIO_ACL_ACTION_SET},
	{GPIO_V2_LINE_SET_CONFIG_IOCTL, .request = GPIO_ACL_ACTION_CONFIG},
	{GPIOHANDLE_GET_LINE_VALUES_IOCTL, .handle = GPIO_ACL_ACTION_GET,
	 .event = GPIO_ACL_ACTION_GET},
	{GPIOHANDLE_SET_LINE_VALUES_IOCTL, .handle = GPIO_ACL_ACTION_SET},
	{GPIOHANDLE_SET_CONFIG_IOCTL, .handle = GPIO_ACL_ACTION_CONFIG},
};

static void test_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++) {
		__u32 command = commands[i].command;

		assert_int_equal(_IOC_TYPE(command), GPIO_ACL_IOCTL_TYPE);
		assert_int_equal(gpio_acl_action(GPIO_ACL_FILE_CHIP, command), commands[i].chip);
		assert_int_equal(gpio_acl_action(GPIO_ACL_FILE_REQUEST, command),
				 commands[i].request);
		assert_int_equal(gpio_acl_action(GPIO_ACL_FILE_HANDLE, command),
				 commands[i].handle);
		assert_int_equal(gpio_acl_action(GPIO_ACL_FILE_EVENT, command), commands[i].event);
		assert_int_equal(gpio_acl_action(GPIO_ACL_FILE_OTHER, command),
				 GPIO_ACL_ACTION_UNKNOWN);
	}
}

static bool is_known(__u32 command)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (commands[i].command == command)
			return true;
	}
	return false;
}

/* Every number with every direction and the sizes of the known structs: one bit off is unknown. */
static void test_unknown_commands(void **state)
{
	(void)state;
	for (__u32 i = 0; i < 4 * 256 * (COUNT(commands) + 2); i++) {
		__u32 of = i / 1024;
		__u32 size = of < COUNT(commands) ? _IOC_SIZE(commands[of].command)
						  : (of - COUNT(commands)) * 0x3fff;
		__u32 command = _IOC(i / 256 % 4, GPIO_ACL_IOCTL_TYPE, i % 256, size);

		if (is_known(command))
			continue;
		for (int file = GPIO_ACL_FILE_OTHER; file <= GPIO_ACL_FILE_EVENT; file++)
			assert_int_equal(gpio_acl_action(file, command), GPIO_ACL_ACTION_UNKNOWN);
	}
	for (size_t i = 0; i < COUNT(commands); i++) {
		__u32 other_type = commands[i].command ^ 1 << _IOC_TYPESHIFT;

		for (int file = GPIO_ACL_FILE_OTHER; file <= GPIO_ACL_FILE_EVENT; file++)
			assert_int_equal(gpio_acl_action(file, other_type),
					 GPIO_ACL_ACTION_UNKNOWN);
	}
}

/* The hook copies _IOC_SIZE() bytes of what has an argument to decode: they have to fit. */
static void test_arguments_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (commands[i].chip || commands[i].request == GPIO_ACL_ACTION_CONFIG ||
		    commands[i].handle == GPIO_ACL_ACTION_CONFIG)
			assert_true(_IOC_SIZE(commands[i].command) <=
				    sizeof(union gpio_acl_argument));
	}
}

/* ---- held lines ----------------------------------------------------------------------- */

static void test_held(void **state)
{
	static const struct {
		enum gpio_acl_file file;
		enum gpio_acl_action action;
		__u16 input, output, edges; /* what a held line needs, by what it is now */
	} cases[] = {
		{GPIO_ACL_FILE_REQUEST, GPIO_ACL_ACTION_GET, HOLD, HOLD, HOLD},
		{GPIO_ACL_FILE_REQUEST, GPIO_ACL_ACTION_SET, 0, OUTPUT, 0},
		{GPIO_ACL_FILE_REQUEST, GPIO_ACL_ACTION_RECEIVE, HOLD, HOLD, HOLD | EDGES},
		{GPIO_ACL_FILE_REQUEST, GPIO_ACL_ACTION_HOLDING, HOLD, HOLD | OUTPUT, HOLD},
		{GPIO_ACL_FILE_REQUEST, GPIO_ACL_ACTION_CONFIG, 0, 0, 0}, /* by its argument */
		{GPIO_ACL_FILE_HANDLE, GPIO_ACL_ACTION_GET, HOLD, HOLD, HOLD},
		{GPIO_ACL_FILE_HANDLE, GPIO_ACL_ACTION_SET, OUTPUT, OUTPUT, OUTPUT},
		{GPIO_ACL_FILE_HANDLE, GPIO_ACL_ACTION_HOLDING, HOLD, HOLD | OUTPUT, HOLD},
		{GPIO_ACL_FILE_EVENT, GPIO_ACL_ACTION_GET, HOLD, HOLD, HOLD},
		{GPIO_ACL_FILE_EVENT, GPIO_ACL_ACTION_RECEIVE, HOLD, HOLD, HOLD | EDGES},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(gpio_acl_held_needs(cases[i].file, cases[i].action, false, false),
				 cases[i].input);
		assert_int_equal(gpio_acl_held_needs(cases[i].file, cases[i].action, true, false),
				 cases[i].output);
		assert_int_equal(gpio_acl_held_needs(cases[i].file, cases[i].action, false, true),
				 cases[i].edges);
	}
}

/* ---- a decoding ----------------------------------------------------------------------- */

struct decoded {
	union gpio_acl_argument *argument; /* exactly the bytes of its command: ASan sees more */
	struct gpio_acl_record_line *lines;
	__u32 num_lines;
	__u64 ngpio;
	bool known_kernel;
	bool invalid;
};

static int setup(void **state)
{
	struct decoded *decoded = calloc(1, sizeof(*decoded));

	decoded->ngpio = ~0ull;
	decoded->lines = calloc(GPIO_ACL_MAX_LINES, sizeof(*decoded->lines));
	for (int i = 0; i < GPIO_ACL_MAX_LINES; i++)
		decoded->lines[i] = (struct gpio_acl_record_line){.offset = ~0u, .need = UNTOUCHED};
	*state = decoded;
	return 0;
}

static int teardown(void **state)
{
	struct decoded *decoded = *state;

	free(decoded->argument);
	free(decoded->lines);
	free(decoded);
	return 0;
}

/* Not inlined: the compiler would count the bytes of a command that it is not. */
static __attribute__((noinline)) struct gpio_acl_decoding start(struct decoded *decoded,
								__u32 command, const void *argument)
{
	size_t size = _IOC_SIZE(command);

	free(decoded->argument);
	decoded->argument = memcpy(malloc(size), argument, size);
	return (struct gpio_acl_decoding){
		.argument = decoded->argument,
		.lines = decoded->lines,
		.command = command,
		.ngpio = decoded->ngpio,
		.known_kernel = decoded->known_kernel,
	};
}

static enum gpio_acl_reason decode(struct decoded *decoded, __u32 command, const void *argument)
{
	struct gpio_acl_decoding decoding = start(decoded, command, argument);
	enum gpio_acl_reason reason;

	decoded->num_lines = 0;
	reason = gpio_acl_decode(&decoding, &decoded->num_lines);
	decoded->invalid = decoding.invalid;
	return reason;
}

static enum gpio_acl_reason decode_config(struct decoded *decoded, __u32 command,
					  const void *argument, __u32 num_lines)
{
	struct gpio_acl_decoding decoding = start(decoded, command, argument);
	enum gpio_acl_reason reason = gpio_acl_decode_config(&decoding, num_lines);

	decoded->invalid = decoding.invalid;
	return reason;
}

static void assert_lines(const struct decoded *decoded, __u32 num, const __u32 *offsets, __u16 need)
{
	assert_int_equal(decoded->num_lines, num);
	for (__u32 i = 0; i < num; i++) {
		assert_int_equal(decoded->lines[i].offset, offsets[i]);
		assert_int_equal(decoded->lines[i].need, need);
	}
	if (num < GPIO_ACL_MAX_LINES)
		assert_int_equal(decoded->lines[num].need, UNTOUCHED);
}

/* record.lines are left by the request before: .lacks is cleared even if this one ends here. */
static void assert_nothing_lacks(struct decoded *decoded, __u32 command, const void *argument,
				 enum gpio_acl_reason reason)
{
	for (int i = 0; i < GPIO_ACL_MAX_LINES; i++)
		decoded->lines[i].lacks = GPIO_ACL_ALL_RIGHTS;
	assert_int_equal(decode(decoded, command, argument), reason);
	for (__u32 i = 0; i < decoded->num_lines; i++)
		assert_int_equal(decoded->lines[i].lacks, 0);
}

static void test_nothing_lacks_yet(void **state)
{
	struct gpio_v2_line_request v2 = {.num_lines = 64};
	struct gpiohandle_request v1 = {.lines = 64};
	struct gpioevent_request event = {.lineoffset = 1};
	struct gpio_v2_line_info info = {.offset = 1};

	assert_nothing_lacks(*state, GPIO_V2_GET_LINE_IOCTL, &v2, GPIO_ACL_REASON_ALLOWED);
	assert_nothing_lacks(*state, GPIO_GET_LINEHANDLE_IOCTL, &v1, GPIO_ACL_REASON_ALLOWED);
	assert_nothing_lacks(*state, GPIO_GET_LINEEVENT_IOCTL, &event, GPIO_ACL_REASON_ALLOWED);
	assert_nothing_lacks(*state, GPIO_V2_GET_LINEINFO_IOCTL, &info, GPIO_ACL_REASON_ALLOWED);
	v2.config.flags = 1ull << 63;
	v1.flags = event.handleflags = 1u << 31;
	assert_nothing_lacks(*state, GPIO_V2_GET_LINE_IOCTL, &v2, GPIO_ACL_REASON_FLAG);
	assert_nothing_lacks(*state, GPIO_GET_LINEHANDLE_IOCTL, &v1, GPIO_ACL_REASON_FLAG);
	assert_nothing_lacks(*state, GPIO_GET_LINEEVENT_IOCTL, &event, GPIO_ACL_REASON_FLAG);
}

/* ---- version 2 ------------------------------------------------------------------------ */

static struct gpio_v2_line_request v2_request(__u32 num_lines, __u64 flags)
{
	struct gpio_v2_line_request request = {.num_lines = num_lines, .config.flags = flags};

	for (__u32 i = 0; i < GPIO_V2_LINES_MAX; i++)
		request.offsets[i] = 1000 + 7 * i;
	return request;
}

static void add_attr(struct gpio_v2_line_config *config, __u32 id, __u64 flags, __u64 mask)
{
	config->attrs[config->num_attrs].attr.id = id;
	config->attrs[config->num_attrs].attr.flags = flags;
	config->attrs[config->num_attrs++].mask = mask;
}

/* All 2^13 combinations of the flags there are; what each needs is written once more, in words. */
static void test_v2_flags(void **state)
{
	for (__u64 flags = 0; flags < 1 << 13; flags++) {
		struct gpio_v2_line_request request = v2_request(2, flags);
		__u16 need = 0;

		if (flags & V2_OUTPUT)
			need |= OUTPUT;
		if (flags & V2_INPUT)
			need |= INPUT;
		if (flags & V2_RISING || flags & V2_FALLING)
			need |= INPUT | EDGES;
		if (!need) /* as is */
			need = HOLD;
		if (flags & GPIO_V2_LINE_FLAG_BIAS_PULL_UP ||
		    flags & GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN)
			need |= BIAS;
		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, 2, request.offsets, need);
		assert_int_equal(
			decode_config(*state, GPIO_V2_LINE_SET_CONFIG_IOCTL, &request.config, 2),
			GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, 2, request.offsets, need);
	}
}

static void test_v2_unknown_flags(void **state)
{
	for (int bit = 13; bit < 64; bit++) {
		struct gpio_v2_line_request request = v2_request(2, V2_INPUT);

		add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, 1ull << bit, 2);
		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_FLAG);
		assert_int_equal(
			decode_config(*state, GPIO_V2_LINE_SET_CONFIG_IOCTL, &request.config, 2),
			GPIO_ACL_REASON_FLAG);
		request.config.attrs[0].mask = 4; /* of a line that is not asked for */
		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
		request = v2_request(2, 1ull << bit);
		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_FLAG);
		assert_int_equal(
			decode_config(*state, GPIO_V2_LINE_SET_CONFIG_IOCTL, &request.config, 2),
			GPIO_ACL_REASON_FLAG);
	}
}

/* An unknown flag of the first line is still refused when the lines after it are good. */
static void test_v2_unknown_flag_stays(void **state)
{
	struct gpio_v2_line_request request = v2_request(64, V2_INPUT);

	add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, 1ull << 40, 1);
	assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request), GPIO_ACL_REASON_FLAG);
}

static void assert_needs(const struct decoded *decoded, const __u16 *needs, __u32 num)
{
	for (__u32 i = 0; i < num; i++)
		assert_int_equal(decoded->lines[i].need, needs[i]);
}

/* The first flags attribute whose mask has the line wins, whatever comes later or beside it. */
static void test_v2_first_attribute_wins(void **state)
{
	static const __u16 needs[] = {OUTPUT, OUTPUT, INPUT | EDGES | BIAS, INPUT};
	struct gpio_v2_line_request request = v2_request(4, V2_INPUT);

	add_attr(&request.config, NOT_FLAGS, V2_OUTPUT, ALL_LINES);
	add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_DEBOUNCE, V2_OUTPUT, ALL_LINES);
	add_attr(&request.config, 0, V2_OUTPUT, ALL_LINES);
	add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, V2_OUTPUT, 0x3);
	add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS,
		 V2_INPUT | V2_RISING | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN, 0x6);
	assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request), GPIO_ACL_REASON_ALLOWED);
	assert_needs(*state, needs, 4);
	assert_int_equal(decode_config(*state, GPIO_V2_LINE_SET_CONFIG_IOCTL, &request.config, 4),
			 GPIO_ACL_REASON_ALLOWED);
	assert_needs(*state, needs, 4);
}

/* An attribute overrides: it takes rights away as well as it asks for more. */
static void test_v2_attribute_overrides(void **state)
{
	static const __u16 needs[] = {OUTPUT | BIAS, HOLD};
	struct gpio_v2_line_request request =
		v2_request(2, V2_OUTPUT | GPIO_V2_LINE_FLAG_BIAS_PULL_UP);

	add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, 0, 2);
	assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request), GPIO_ACL_REASON_ALLOWED);
	assert_needs(*state, needs, 2);
}

/* Each bit of a mask is one line, up to the last. */
static void test_v2_masks(void **state)
{
	struct decoded *decoded = *state;

	for (__u32 bit = 0; bit < 64; bit++) {
		struct gpio_v2_line_request request = v2_request(64, V2_INPUT);

		add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, V2_OUTPUT, 1ull << bit);
		assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
		for (__u32 i = 0; i < 64; i++)
			assert_int_equal(decoded->lines[i].need, i == bit ? OUTPUT : INPUT);
	}
}

/* The last of ten attributes counts; one beyond num_attrs does not. */
static void test_v2_number_of_attributes(void **state)
{
	struct decoded *decoded = *state;
	struct gpio_v2_line_request request = v2_request(1, V2_INPUT);

	for (int i = 0; i < GPIO_V2_LINE_NUM_ATTRS_MAX - 1; i++)
		add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, V2_INPUT, 2);
	add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, V2_OUTPUT, 1);
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
			 GPIO_ACL_REASON_ALLOWED);
	assert_int_equal(decoded->lines[0].need, OUTPUT);

	request.config.num_attrs = GPIO_V2_LINE_NUM_ATTRS_MAX - 1;
	request.config.attrs[9].attr.id = 4;
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
			 GPIO_ACL_REASON_ALLOWED);
	assert_int_equal(decoded->lines[0].need, INPUT);

	for (int more = 0; more < 2; more++) {
		request.config.num_attrs = more ? ~0u : GPIO_V2_LINE_NUM_ATTRS_MAX + 1;
		request.config.attrs[9].attr.id = 0;
		assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_MALFORMED);
		assert_int_equal(
			decode_config(decoded, GPIO_V2_LINE_SET_CONFIG_IOCTL, &request.config, 1),
			GPIO_ACL_REASON_MALFORMED);
	}
}

static void test_v2_attribute_ids(void **state)
{
	static const __u32 unknown[] = {4, 5, 0x100, 0x80000001, ~0u};

	for (__u32 id = 0; id <= GPIO_V2_LINE_ATTR_ID_DEBOUNCE; id++) {
		struct gpio_v2_line_request request = v2_request(1, V2_INPUT);

		add_attr(&request.config, id, V2_INPUT, 1);
		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
	}
	for (size_t i = 0; i < COUNT(unknown); i++) {
		struct gpio_v2_line_request request = v2_request(1, V2_INPUT);

		for (int before = 0; before < 9; before++)
			add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, V2_INPUT, 1);
		add_attr(&request.config, unknown[i], 0, 0);
		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_FLAG);
		assert_int_equal(
			decode_config(*state, GPIO_V2_LINE_SET_CONFIG_IOCTL, &request.config, 1),
			GPIO_ACL_REASON_FLAG);
	}
}

static void test_v2_number_of_lines(void **state)
{
	static const __u32 good[] = {1, 2, 63, 64}, bad[] = {0, 65, 0x80000001, ~0u};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct gpio_v2_line_request request = v2_request(good[i], V2_OUTPUT);

		setup(state);
		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, good[i], request.offsets, OUTPUT);
		teardown(state);
	}
	setup(state);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct gpio_v2_line_request request = v2_request(bad[i], V2_OUTPUT);

		assert_int_equal(decode(*state, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_MALFORMED);
		assert_lines(*state, 0, NULL, 0);
	}
	teardown(state);
}

/* ---- version 1 ------------------------------------------------------------------------ */

static struct gpiohandle_request v1_handle(__u32 num_lines, __u32 flags)
{
	struct gpiohandle_request request = {.lines = num_lines, .flags = flags};

	for (__u32 i = 0; i < GPIOHANDLES_MAX; i++)
		request.lineoffsets[i] = 3 * i;
	return request;
}

static bool v1_pulls(__u32 flags)
{
	return flags & GPIOHANDLE_REQUEST_BIAS_PULL_UP || flags & GPIOHANDLE_REQUEST_BIAS_PULL_DOWN;
}

static void test_v1_flags(void **state)
{
	for (__u32 flags = 0; flags < 1 << 8; flags++) {
		struct gpiohandle_request request = v1_handle(2, flags);
		struct gpiohandle_config config = {.flags = flags};
		bool in = flags & GPIOHANDLE_REQUEST_INPUT, out = flags & GPIOHANDLE_REQUEST_OUTPUT;
		__u16 need = in || out ? (in ? INPUT : 0) | (out ? OUTPUT : 0) : HOLD;

		need |= v1_pulls(flags) ? BIAS : 0;

		assert_int_equal(decode(*state, GPIO_GET_LINEHANDLE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, 2, request.lineoffsets, need);
		assert_int_equal(decode_config(*state, GPIOHANDLE_SET_CONFIG_IOCTL, &config, 2),
				 GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, 2, request.lineoffsets, need);
	}
}

static void test_v1_unknown_flags(void **state)
{
	for (int bit = 8; bit < 32; bit++) {
		struct gpiohandle_request request = v1_handle(1, 1u << bit);
		struct gpiohandle_config config = {.flags = 1u << bit};
		struct gpioevent_request event = {.handleflags = 1u << bit};

		assert_int_equal(decode(*state, GPIO_GET_LINEHANDLE_IOCTL, &request),
				 GPIO_ACL_REASON_FLAG);
		assert_int_equal(decode(*state, GPIO_GET_LINEEVENT_IOCTL, &event),
				 GPIO_ACL_REASON_FLAG);
		assert_int_equal(decode_config(*state, GPIOHANDLE_SET_CONFIG_IOCTL, &config, 1),
				 GPIO_ACL_REASON_FLAG);
	}
}

static void test_v1_number_of_lines(void **state)
{
	static const __u32 good[] = {1, 63, 64}, bad[] = {0, 65, ~0u};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct gpiohandle_request request = v1_handle(good[i], GPIOHANDLE_REQUEST_OUTPUT);

		setup(state);
		assert_int_equal(decode(*state, GPIO_GET_LINEHANDLE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, good[i], request.lineoffsets, OUTPUT);
		teardown(state);
	}
	setup(state);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct gpiohandle_request request = v1_handle(bad[i], GPIOHANDLE_REQUEST_OUTPUT);

		assert_int_equal(decode(*state, GPIO_GET_LINEHANDLE_IOCTL, &request),
				 GPIO_ACL_REASON_MALFORMED);
		assert_lines(*state, 0, NULL, 0);
	}
	teardown(state);
}

/* An event needs the same whatever direction its flags say, and whichever edges it wants. */
static void test_v1_event(void **state)
{
	for (__u32 flags = 0; flags < 1 << 8; flags++) {
		for (__u32 edges = 0; edges <= GPIOEVENT_REQUEST_BOTH_EDGES; edges++) {
			struct gpioevent_request event = {
				.lineoffset = 12345,
				.handleflags = flags,
				.eventflags = edges,
			};

			assert_int_equal(decode(*state, GPIO_GET_LINEEVENT_IOCTL, &event),
					 GPIO_ACL_REASON_ALLOWED);
			assert_lines(*state, 1, &event.lineoffset,
				     INPUT | EDGES | (v1_pulls(flags) ? BIAS : 0));
		}
	}
}

static void test_v1_unknown_edges(void **state)
{
	for (int bit = 2; bit < 32; bit++) {
		struct gpioevent_request event = {
			.handleflags = GPIOHANDLE_REQUEST_INPUT,
			.eventflags = GPIOEVENT_REQUEST_RISING_EDGE | 1u << bit,
		};

		assert_int_equal(decode(*state, GPIO_GET_LINEEVENT_IOCTL, &event),
				 GPIO_ACL_REASON_FLAG);
	}
}

/* ---- what the kernel refuses ---------------------------------------------------------- */

/*
 * The checks of 6.1 to 7.3, in the words of gpiolib-cdev.c; @flags are v2's. (EVENT_CLOCK_HTE
 * depends on how a kernel was built.)
 */
static bool kernel_refuses(__u64 flags)
{
	bool input = flags & V2_INPUT, output = flags & V2_OUTPUT;
	int biases = !!(flags & GPIO_V2_LINE_FLAG_BIAS_PULL_UP) +
		     !!(flags & GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN) +
		     !!(flags & GPIO_V2_LINE_FLAG_BIAS_DISABLED);
	int drives = !!(flags & GPIO_V2_LINE_FLAG_OPEN_DRAIN) +
		     !!(flags & GPIO_V2_LINE_FLAG_OPEN_SOURCE);

	if (flags >> 13 || flags & GPIO_V2_LINE_FLAG_USED)
		return true;
	if (input && output)
		return true;
	if ((flags & V2_RISING || flags & V2_FALLING) && !input)
		return true;
	if (drives > 1 || (drives && !output))
		return true;
	return biases > 1 || (biases && !input && !output);
}

static void test_v2_invalid(void **state)
{
	struct decoded *decoded = *state;

	decoded->known_kernel = true;
	for (__u64 flags = 0; flags < 1 << 14; flags++) {
		struct gpio_v2_line_request request = v2_request(3, V2_INPUT);
		struct gpio_v2_line_config config = {.flags = flags};

		add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_FLAGS, flags, 2);
		assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
				 flags >> 13 ? GPIO_ACL_REASON_FLAG : GPIO_ACL_REASON_ALLOWED);
		assert_int_equal(decoded->invalid, kernel_refuses(flags));
		decode_config(decoded, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config, 2);
		assert_int_equal(decoded->invalid, kernel_refuses(flags));
		request.config.attrs[0].mask = 8; /* of a line that is not asked for */
		assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
				 GPIO_ACL_REASON_ALLOWED);
		assert_false(decoded->invalid);
	}
}

static void test_v1_invalid(void **state)
{
	struct decoded *decoded = *state;

	decoded->known_kernel = true;
	for (__u32 flags = 0; flags < 1 << 9; flags++) {
		struct gpiohandle_request request = v1_handle(2, flags);
		struct gpiohandle_config config = {.flags = flags};
		struct gpioevent_request event = {.handleflags = flags, .eventflags = 1};
		/* the same flags lie elsewhere in v2: written here one by one */
		__u64 v2 = (flags & 1 ? V2_INPUT : 0) | (flags & 2 ? V2_OUTPUT : 0) |
			   (flags & 8 ? GPIO_V2_LINE_FLAG_OPEN_DRAIN : 0) |
			   (flags & 0x10 ? GPIO_V2_LINE_FLAG_OPEN_SOURCE : 0) |
			   (flags & 0x20 ? GPIO_V2_LINE_FLAG_BIAS_PULL_UP : 0) |
			   (flags & 0x40 ? GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN : 0) |
			   (flags & 0x80 ? GPIO_V2_LINE_FLAG_BIAS_DISABLED : 0) |
			   (flags & 0x100 ? 1 << 13 : 0);

		decode(decoded, GPIO_GET_LINEHANDLE_IOCTL, &request);
		assert_int_equal(decoded->invalid, kernel_refuses(v2));
		decode_config(decoded, GPIOHANDLE_SET_CONFIG_IOCTL, &config, 2);
		assert_int_equal(decoded->invalid, kernel_refuses(v2) || !(flags & 3));
		decode(decoded, GPIO_GET_LINEEVENT_IOCTL, &event);
		assert_int_equal(decoded->invalid, kernel_refuses(v2 | V2_INPUT));
	}
	for (int bit = 2; bit < 32; bit++) {
		struct gpioevent_request event = {.eventflags = 1u << bit};

		assert_int_equal(decode(decoded, GPIO_GET_LINEEVENT_IOCTL, &event),
				 GPIO_ACL_REASON_FLAG);
		assert_true(decoded->invalid);
	}
}

/* gpio_v2_line_config_validate(): debounce requires explicit input, line by line. */
static void test_debounced(void **state)
{
	static const __u64 flags[] = {0, V2_INPUT, V2_OUTPUT};
	struct decoded *decoded = *state;

	for (int known = 0; known < 2; known++) {
		decoded->known_kernel = known;
		for (__u32 mask = 0; mask < 8; mask++) {
			struct gpio_v2_line_request request = v2_request(2, V2_INPUT);

			add_attr(&request.config, GPIO_V2_LINE_ATTR_ID_DEBOUNCE, 0, mask);
			for (size_t i = 0; i < COUNT(flags); i++) {
				request.config.flags = flags[i];
				assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
						 GPIO_ACL_REASON_ALLOWED);
				assert_int_equal(decoded->invalid,
						 known && mask & 3 && flags[i] != V2_INPUT);
			}
		}
	}
}

/* What no kernel has room for is invalid on every kernel; flags and ids only on one that is known.
 */
static void test_unknown_kernel(void **state)
{
	struct decoded *decoded = *state;
	struct gpio_v2_line_request request = v2_request(1, 1ull << 40);
	struct gpiohandle_request handle = v1_handle(1, 3);

	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request), GPIO_ACL_REASON_FLAG);
	assert_false(decoded->invalid);
	assert_int_equal(decode(decoded, GPIO_GET_LINEHANDLE_IOCTL, &handle),
			 GPIO_ACL_REASON_ALLOWED);
	assert_false(decoded->invalid);
	request = v2_request(65, V2_INPUT);
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
			 GPIO_ACL_REASON_MALFORMED);
	assert_true(decoded->invalid);
	request = v2_request(1, V2_INPUT);
	request.config.num_attrs = 11;
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
			 GPIO_ACL_REASON_MALFORMED);
	assert_true(decoded->invalid);
	handle = v1_handle(0, 1);
	assert_int_equal(decode(decoded, GPIO_GET_LINEHANDLE_IOCTL, &handle),
			 GPIO_ACL_REASON_MALFORMED);
	assert_true(decoded->invalid);
	request = v2_request(1, V2_INPUT);
	add_attr(&request.config, 4, V2_OUTPUT, 1);
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request), GPIO_ACL_REASON_FLAG);
	decoded->known_kernel = true; /* which ignores the attribute */
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
			 GPIO_ACL_REASON_ALLOWED);
	assert_false(decoded->invalid);
	assert_int_equal(decoded->lines[0].need, INPUT);
}

/* A line that the chip does not have needs nothing; those beside it what they do. */
static void test_beyond_the_chip(void **state)
{
	static const __u16 needs[] = {OUTPUT, 0, OUTPUT, 0};
	struct decoded *decoded = *state;
	struct gpio_v2_line_request request = v2_request(4, V2_OUTPUT);
	struct gpiohandle_request handle = v1_handle(4, GPIOHANDLE_REQUEST_OUTPUT);
	struct gpioevent_request event = {.lineoffset = 8};
	struct gpio_v2_line_info info = {.offset = 7};

	decoded->ngpio = 8;
	request.offsets[0] = handle.lineoffsets[0] = 7;
	request.offsets[1] = handle.lineoffsets[1] = 8;
	request.offsets[2] = handle.lineoffsets[2] = 0;
	request.offsets[3] = handle.lineoffsets[3] = ~0u;
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINE_IOCTL, &request),
			 GPIO_ACL_REASON_ALLOWED);
	assert_needs(decoded, needs, 4);
	assert_int_equal(decode(decoded, GPIO_GET_LINEHANDLE_IOCTL, &handle),
			 GPIO_ACL_REASON_ALLOWED);
	assert_needs(decoded, needs, 4);
	assert_int_equal(decode(decoded, GPIO_GET_LINEEVENT_IOCTL, &event),
			 GPIO_ACL_REASON_ALLOWED);
	assert_int_equal(decoded->lines[0].need, 0);
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINEINFO_IOCTL, &info),
			 GPIO_ACL_REASON_ALLOWED);
	assert_int_equal(decoded->lines[0].need, INFO);
	info.offset = 8;
	assert_int_equal(decode(decoded, GPIO_V2_GET_LINEINFO_IOCTL, &info),
			 GPIO_ACL_REASON_ALLOWED);
	assert_int_equal(decoded->lines[0].need, 0);
}

/* ---- info and config ------------------------------------------------------------------ */

static void test_info(void **state)
{
	const __u32 offset = 65535;
	struct gpio_v2_line_info v2 = {.offset = offset, .num_attrs = 3, .name = "4"};
	struct gpioline_info v1 = {.line_offset = offset, .flags = 77, .name = "x"};

	static const __u32 of_v1[] = {GPIO_GET_LINEINFO_IOCTL, GPIO_GET_LINEINFO_WATCH_IOCTL};
	static const __u32 of_v2[] = {GPIO_V2_GET_LINEINFO_IOCTL, GPIO_V2_GET_LINEINFO_WATCH_IOCTL};

	for (int i = 0; i < 2; i++) {
		assert_int_equal(decode(*state, of_v1[i], &v1), GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, 1, &offset, INFO);
		assert_int_equal(decode(*state, of_v2[i], &v2), GPIO_ACL_REASON_ALLOWED);
		assert_lines(*state, 1, &offset, INFO);
	}
	assert_int_equal(decode(*state, GPIO_GET_LINEINFO_UNWATCH_IOCTL, &offset),
			 GPIO_ACL_REASON_ALLOWED);
	assert_lines(*state, 1, &offset, INFO);
}

/* A config names no lines: the held ones, as many as they are, keep their offsets. */
static void test_config_keeps_offsets(void **state)
{
	struct decoded *decoded = *state;
	struct gpio_v2_line_config v2 = {.flags = V2_OUTPUT};
	struct gpiohandle_config v1 = {.flags = GPIOHANDLE_REQUEST_OUTPUT};
	__u32 offsets[GPIO_ACL_MAX_LINES];

	for (__u32 i = 0; i < GPIO_ACL_MAX_LINES; i++)
		decoded->lines[i].offset = offsets[i] = 900 - i;
	for (decoded->num_lines = 1; decoded->num_lines <= 64; decoded->num_lines++) {
		__u32 num = decoded->num_lines;

		assert_int_equal(decode_config(decoded, GPIO_V2_LINE_SET_CONFIG_IOCTL, &v2, num),
				 GPIO_ACL_REASON_ALLOWED);
		assert_lines(decoded, num, offsets, OUTPUT);
	}
	for (__u32 i = 0; i < GPIO_ACL_MAX_LINES; i++)
		decoded->lines[i].need = UNTOUCHED;
	for (decoded->num_lines = 1; decoded->num_lines <= 64; decoded->num_lines++) {
		__u32 num = decoded->num_lines;

		assert_int_equal(decode_config(decoded, GPIOHANDLE_SET_CONFIG_IOCTL, &v1, num),
				 GPIO_ACL_REASON_ALLOWED);
		assert_lines(decoded, num, offsets, OUTPUT);
	}
}

#define decoding_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_unknown_commands),
		cmocka_unit_test(test_arguments_fit),
		cmocka_unit_test(test_held),
		decoding_test(test_nothing_lacks_yet),
		decoding_test(test_v2_flags),
		decoding_test(test_v2_unknown_flags),
		decoding_test(test_v2_unknown_flag_stays),
		decoding_test(test_v2_first_attribute_wins),
		decoding_test(test_v2_attribute_overrides),
		decoding_test(test_v2_masks),
		decoding_test(test_v2_number_of_attributes),
		decoding_test(test_v2_attribute_ids),
		cmocka_unit_test(test_v2_number_of_lines),
		decoding_test(test_v1_flags),
		decoding_test(test_v1_unknown_flags),
		cmocka_unit_test(test_v1_number_of_lines),
		decoding_test(test_v1_event),
		decoding_test(test_v1_unknown_edges),
		decoding_test(test_v2_invalid),
		decoding_test(test_v1_invalid),
		decoding_test(test_debounced),
		decoding_test(test_unknown_kernel),
		decoding_test(test_beyond_the_chip),
		decoding_test(test_info),
		decoding_test(test_config_keeps_offsets),
	};

	return cmocka_run_group_tests_name("request decoding", tests, NULL, NULL);
}
