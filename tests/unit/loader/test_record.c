// SPDX-License-Identifier: GPL-2.0-or-later
/* The text and the JSON of audit records, word for word; and which bytes are no record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <linux/gpio.h>

#include "loader/audit/record.h"

static int64_t boot_time(void)
{
	return 1795444000 * INT64_C(1000000000);
}

static const char *user_name(uint32_t uid)
{
	return uid == 1000 ? "alice" : NULL;
}

static const char *group_name(uint32_t gid)
{
	return gid == 1000 ? "alice" : NULL;
}

static char *cgroup_path(uint64_t id)
{
	return id == 42 ? strdup("/user.slice") : NULL;
}

static const struct record_view view = {boot_time, user_name, group_name, cgroup_path};

#define OUTPUT GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)
#define INPUT  GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT)
#define EDGES  GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES)
#define BIAS   GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS)

static struct gpio_acl_record refusal(void)
{
	return (struct gpio_acl_record){
		.time = 5123456789,
		.generation = 3,
		.cgroup = 42,
		.pid = 812,
		.tid = 813,
		.uid = 1000,
		.gid = 1000,
		.command = GPIO_V2_GET_LINE_IOCTL,
		.reason = GPIO_ACL_REASON_POLICY,
		.comm = "gpioset",
		.chip = "gpiochip0",
		.label = "lab-a",
		.num_lines = 3,
		.lines = {{17, OUTPUT, OUTPUT}, {4, OUTPUT, 0}, {5, OUTPUT, 0}},
	};
}

static char *printed(const struct gpio_acl_record *record, bool json)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	record_print(out, record, &view, json);
	fclose(out);
	return text;
}

static void expect(const struct gpio_acl_record *record, bool json, const char *text)
{
	char *got = printed(record, json);

	assert_string_equal(got, text);
	free(got);
}

static void in_words(void **state)
{
	struct gpio_acl_record record = refusal();

	(void)state;
	expect(&record, false,
	       "2026-11-23 14:26:45.123 refused alice (1000:1000) gpioset[812] line request on "
	       "gpiochip0 \"lab-a\": line 17: output; lines 4-5: allowed - "
	       "no rule allows it, or a rule denies it (policy, generation 3)\n"
	       "    hint: why: gpio-acl explain alice gpiochip0 17 output\n");
}

static void permissive_and_several_rights(void **state)
{
	struct gpio_acl_record record = refusal();

	(void)state;
	record.passed = 1;
	record.uid = 4711;
	record.command = GPIO_GET_LINEEVENT_IOCTL;
	record.num_lines = 6;
	record.lines[0] = (struct gpio_acl_record_line){9, INPUT | EDGES, EDGES};
	record.lines[1] = (struct gpio_acl_record_line){3, INPUT, INPUT};
	record.lines[2] = (struct gpio_acl_record_line){8, INPUT | EDGES, EDGES};
	record.lines[3] = (struct gpio_acl_record_line){2, INPUT | EDGES, INPUT | EDGES};
	record.lines[4] = (struct gpio_acl_record_line){11, EDGES, EDGES};
	record.lines[5] = (struct gpio_acl_record_line){1, GPIO_ACL_HOLD, GPIO_ACL_HOLD};
	expect(&record, false,
	       "2026-11-23 14:26:45.123 let pass (permissive): 4711 (4711:1000) gpioset[812] "
	       "event request (v1) on gpiochip0 \"lab-a\": lines 8-9 11: edges; line 3: input; "
	       "line 2: input edges; line 1: input-or-output - "
	       "no rule allows it, or a rule denies it (policy, generation 3)\n"
	       "    hint: why: gpio-acl explain 4711 gpiochip0 9 edges\n"
	       "    hint: gpiozero and others ask for a line as an input before they drive it: "
	       "that needs `input`, too\n"
	       "    hint: gpiomon, and each input of pi4j or Home Assistant, asks for edge "
	       "events: that needs `edges`, too\n");
}

/* The refusal of a gpiozero Button. */
static void lacking_bias(void **state)
{
	struct gpio_acl_record record = refusal();

	(void)state;
	record.command = GPIO_V2_GET_LINE_IOCTL;
	record.num_lines = 2;
	record.lines[0] = (struct gpio_acl_record_line){9, INPUT, 0};
	record.lines[1] = (struct gpio_acl_record_line){3, INPUT | BIAS, BIAS};
	expect(&record, false,
	       "2026-11-23 14:26:45.123 refused alice (1000:1000) gpioset[812] line request "
	       "on gpiochip0 \"lab-a\": line 3: bias; line 9: allowed - "
	       "no rule allows it, or a rule denies it (policy, generation 3)\n"
	       "    hint: why: gpio-acl explain alice gpiochip0 3 bias\n"
	       "    hint: it sets a pull-up or pull-down, as a gpiozero Button does: that needs "
	       "`bias`, too\n");
}

/* Refusals of well-known programs have a hint. */
static void what_people_meet(void **state)
{
	static const struct {
		enum gpio_acl_reason reason;
		const char *words[5];
	} meet[] = {
		{GPIO_ACL_REASON_THREADS,
		 {"before the first thread starts", "helper program", "`memory any`", "gpiozero",
		  "Node.js"}},
		{GPIO_ACL_REASON_PREEXISTING, {"restart the program", "unload"}},
		{GPIO_ACL_REASON_TRACED, {"strace"}},
		{GPIO_ACL_REASON_PINNED,
		 {"are or were pinned", "restart the program", "strace", "py-spy", "direct I/O"}},
		{GPIO_ACL_REASON_MAPPED, {"stack or the heap", "static or global struct"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(meet) / sizeof(*meet); i++) {
		struct gpio_acl_record record = refusal();
		char *text;

		record.reason = meet[i].reason;
		text = printed(&record, false);
		for (size_t word = 0; word < 5 && meet[i].words[word]; word++)
			if (!strstr(text, meet[i].words[word]))
				fail_msg("no \"%s\" in: %s", meet[i].words[word], text);
		free(text);
	}
}

static void passed_descriptor(void **state)
{
	struct gpio_acl_record record = refusal();

	(void)state;
	record.command = 0;
	record.num_lines = 1;
	record.lines[0] = (struct gpio_acl_record_line){1, GPIO_ACL_HOLD, GPIO_ACL_HOLD};
	expect(&record, false,
	       "2026-11-23 14:26:45.123 refused alice (1000:1000) gpioset[812] receive descriptor "
	       "on gpiochip0 \"lab-a\": line 1: input-or-output - "
	       "no rule allows it, or a rule denies it (policy, generation 3)\n"
	       "    hint: why: gpio-acl explain alice gpiochip0 1 input\n");
}

static void hostile_names(void **state)
{
	struct gpio_acl_record record = refusal();
	struct json_object *object, *comm;
	char *text;

	(void)state;
	record.num_lines = 0;
	record.command = 0xdeadb4ff;
	record.reason = GPIO_ACL_REASON_COMMAND;
	memcpy(record.comm, "x[1] \x1b[2J\n\"\xff\\end", 16); /* not terminated */
	memset(record.chip, 0, sizeof(record.chip));
	expect(&record, false,
	       "2026-11-23 14:26:45.123 refused alice (1000:1000) "
	       "\"x[1] \\x1b[2J\\x0a\\\"\\xff\\\\end\"[812] unknown command 0xdeadb4ff on "
	       "an unknown chip - a GPIO command that this version does not know "
	       "(unknown-command, generation 3)\n"
	       "    hint: a newer gpio-acl may know this command\n");
	text = printed(&record, true);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	object = json_tokener_parse(text);
	assert_non_null(object);
	assert_true(json_object_object_get_ex(object, "comm", &comm));
	assert_string_equal(json_object_get_string(comm), "x[1] \\x1b[2J\\x0a\"\\xff\\\\end");
	json_object_put(object);
	free(text);
}

static void full_arrays(void **state)
{
	struct gpio_acl_record record = refusal();
	char *text;

	(void)state;
	memset(record.comm, 'c', sizeof(record.comm));
	memset(record.chip, 'g', sizeof(record.chip));
	memset(record.label, 'l', sizeof(record.label));
	record.num_lines = 64;
	for (uint32_t i = 0; i < 64; i++)
		record.lines[i] = (struct gpio_acl_record_line){UINT32_MAX - i, 0xffff, 0xffff};
	text = printed(&record, false);
	assert_non_null(strstr(text, "lines 4294967232-4294967295: "
				     "info input output edges bias input-or-output - "));
	free(text);
	free(printed(&record, true));
}

static void as_json(void **state)
{
	struct gpio_acl_record record = refusal();

	(void)state;
	record.num_lines = 2;
	expect(&record, true,
	       "{\"time\":\"2026-11-23T14:26:45.123456Z\",\"pid\":812,\"tid\":813,\"uid\":1000,"
	       "\"user\":\"alice\",\"gid\":1000,\"group\":\"alice\",\"comm\":\"gpioset\","
	       "\"cgroup\":{\"id\":42,\"path\":\"/user.slice\"},\"chip\":\"gpiochip0\","
	       "\"label\":\"lab-a\",\"command\":{\"word\":\"line request\",\"number\":3260068871},"
	       "\"lines\":[{\"offset\":17,\"need\":[\"output\"],\"lacks\":[\"output\"]},"
	       "{\"offset\":4,\"need\":[\"output\"],\"lacks\":[]}],"
	       "\"reason\":\"policy\",\"passed\":false,\"generation\":3}\n");
}

/* The reader of the rings makes these itself. */
static void left_out(void **state)
{
	struct gpio_acl_record record = {
		.time = 5123456789,
		.uid = 1000,
		.reason = GPIO_ACL_COUNTER_LEFT_OUT,
		.left_out = 12345,
		.kind = GPIO_ACL_KIND_REFUSED,
	};

	(void)state;
	expect(&record, false,
	       "2026-11-23 14:26:45.123 12345 records of alice (1000) were left out: too many at "
	       "once (left-out, refused)\n"
	       "    hint: gpio-acl status has counted them\n");
	expect(&record, true,
	       "{\"time\":\"2026-11-23T14:26:45.123456Z\",\"uid\":1000,\"user\":\"alice\","
	       "\"reason\":\"left-out\",\"kind\":\"refused\",\"left_out\":12345}\n");
	record.uid = 4711;
	record.left_out = 1;
	record.kind = GPIO_ACL_KIND_RACE;
	expect(&record, false,
	       "2026-11-23 14:26:45.123 1 record of 4711 (4711) was left out: too many at once "
	       "(left-out, race)\n"
	       "    hint: gpio-acl status has counted it\n");
	assert_true(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(0)));
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(1)));
	record.kind = GPIO_ACL_NUM_KINDS;
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(0)));
}

/* Refusals of a user cannot displace the records of that user's races. */
static void has_a_kind(void **state)
{
	(void)state;
	for (uint32_t reason = 0; reason < GPIO_ACL_NUM_REASONS; reason++) {
		struct gpio_acl_payer payer = gpio_acl_payer(1000, reason);

		assert_int_equal(payer.uid, 1000);
		assert_int_equal(payer.kind, reason == GPIO_ACL_REASON_RACE ? GPIO_ACL_KIND_RACE
					     : reason == GPIO_ACL_REASON_BYPASS
						     ? GPIO_ACL_KIND_BYPASS
						     : GPIO_ACL_KIND_REFUSED);
	}
	assert_int_equal(gpio_acl_payer(1000, GPIO_ACL_COUNTER_LEFT_OUT).kind,
			 GPIO_ACL_KIND_LEFT_OUT);
}

static void knows_what_is_no_record(void **state)
{
	struct gpio_acl_record record = refusal();
	const size_t size = GPIO_ACL_RECORD_SIZE(3);

	(void)state;
	assert_true(record_is_valid(&record, size));
	assert_false(record_is_valid(&record, size - 1));
	assert_false(record_is_valid(&record, size + 1));
	assert_false(record_is_valid(&record, size + sizeof(struct gpio_acl_record_line)));
	assert_false(record_is_valid(&record, 0));
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(0) - 1));
	record.num_lines = 65;
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(64)));
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(65)));
	record.num_lines = 64;
	assert_true(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(64)));
	record.reason = GPIO_ACL_COUNTER_LOST;
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(64)));
	record.reason = GPIO_ACL_REASON_ALLOWED;
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(64)));
	record.reason = GPIO_ACL_REASON_NOMEM;
	record.passed = 2;
	assert_false(record_is_valid(&record, GPIO_ACL_RECORD_SIZE(64)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_words),
		cmocka_unit_test(permissive_and_several_rights),
		cmocka_unit_test(lacking_bias),
		cmocka_unit_test(what_people_meet),
		cmocka_unit_test(passed_descriptor),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(full_arrays),
		cmocka_unit_test(as_json),
		cmocka_unit_test(knows_what_is_no_record),
		cmocka_unit_test(left_out),
		cmocka_unit_test(has_a_kind),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
