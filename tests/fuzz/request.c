// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A GPIO ioctl, from its bytes to the decision, as the BPF programs check it. An input is a
 * struct setup, the lines held (where the file holds some), the rules and the ioctl's argument.
 *
 *  - Decoding stays within the argument, and within 1..64 lines; each of them needs just what
 *    needs_of() says, which is written the other way round.
 *  - What a line lacks is what the rules say, asked one by one.
 *  - A deny more takes nothing from what is lacking, an allow more adds nothing to it; the order of
 *    the lines means nothing.
 *
 * Over 450 lines: the model of a request (needs_of()) stands beside the calls that it is compared
 * with.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/decide/loop.h"

#include "gpio-acl/abi.h"

#define MOST_RULES   16
#define MOST_ENTRIES ((MOST_RULES + 1) * 5) /* blocks that a rule of 256 lines may touch */
#define NUM_IDS	     8			    /* uids, gids and nodes are few, so that they meet */
#define CHIP_LINES   54

struct table {
	struct gpio_acl_key keys[MOST_ENTRIES];
	union gpio_acl_value values[MOST_ENTRIES];
	size_t num;
};

static const union gpio_acl_value *lookup(const struct table *table, const struct gpio_acl_key *key)
{
	for (size_t i = 0; i < table->num; i++) {
		if (!memcmp(&table->keys[i], key, sizeof(*key)))
			return &table->values[i];
	}
	return NULL;
}

#define GPIO_ACL_LOOKUP(policy, key) lookup(policy, key)

#include "bpf/core/decide.h"
#include "bpf/core/decode.h"

struct setup {
	uint8_t file;	 /* enum gpio_acl_file */
	uint8_t command; /* one of the known, or the next */
	uint8_t other_command[4];
	uint8_t num_held;
	uint8_t num_rules;
	uint8_t any; /* bit 0: asks about memory; 1: the kernel is known; 2: nobody can change it */
	uint8_t uid, num_groups, groups[4];
	uint8_t chips[GPIO_ACL_NUM_CHIP_BY];
	uint8_t extra; /* the rule that is added; the last one of those given */
};

struct held {
	uint8_t offset[4];
	uint8_t is_output;
};

/* A rule on lines that follow each other, as it is given. */
struct raw_rule {
	uint8_t subjects, id, node;
	uint8_t allow, deny;
	uint8_t line;	 /* it begins at this line of the request; from 64 on: at `offset` */
	uint8_t more;	 /* lines after the first */
	uint8_t zone[2]; /* offset, when it is not a line of the request */
};

struct rule {
	uint32_t subjects, id, node;
	uint32_t allow, deny;
	uint32_t first, last;
};

static const uint32_t commands[] = {
	GPIO_GET_CHIPINFO_IOCTL,	  GPIO_GET_LINEINFO_IOCTL,
	GPIO_GET_LINEINFO_WATCH_IOCTL,	  GPIO_GET_LINEINFO_UNWATCH_IOCTL,
	GPIO_V2_GET_LINEINFO_IOCTL,	  GPIO_V2_GET_LINEINFO_WATCH_IOCTL,
	GPIO_GET_LINEHANDLE_IOCTL,	  GPIO_GET_LINEEVENT_IOCTL,
	GPIO_V2_GET_LINE_IOCTL,		  GPIO_V2_LINE_GET_VALUES_IOCTL,
	GPIO_V2_LINE_SET_VALUES_IOCTL,	  GPIO_V2_LINE_SET_CONFIG_IOCTL,
	GPIOHANDLE_GET_LINE_VALUES_IOCTL, GPIOHANDLE_SET_LINE_VALUES_IOCTL,
	GPIOHANDLE_SET_CONFIG_IOCTL,
};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool is_known(uint32_t command)
{
	for (size_t i = 0; i < NUM_COMMANDS; i++) {
		if (commands[i] == command)
			return true;
	}
	return false;
}

/* ---- what an argument asks for, once more --------------------------------------------------- */

static uint64_t v2_flags(const struct gpio_v2_line_config *config, uint32_t line)
{
	uint64_t flags = config->flags;

	/* the first that has the line counts: so the last that is written must be the first */
	for (int a = config->num_attrs - 1; a >= 0; a--) {
		if (config->attrs[a].attr.id == GPIO_V2_LINE_ATTR_ID_FLAGS &&
		    config->attrs[a].mask & UINT64_C(1) << line)
			flags = config->attrs[a].attr.flags;
	}
	return flags;
}

static uint32_t rights_of(bool input, bool output, bool edges, bool pull)
{
	uint32_t direction = (input || edges ? GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT) : 0) |
			     (output ? GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT) : 0);

	return (direction ? direction : GPIO_ACL_HOLD) |
	       (edges ? GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES) : 0) |
	       (pull ? GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS) : 0);
}

static uint32_t v2_rights(const struct gpio_v2_line_config *config, uint32_t line)
{
	uint64_t flags = v2_flags(config, line);

	return rights_of(
		flags & GPIO_V2_LINE_FLAG_INPUT, flags & GPIO_V2_LINE_FLAG_OUTPUT,
		flags & (GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING),
		flags & (GPIO_V2_LINE_FLAG_BIAS_PULL_UP | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN));
}

static bool v1_pull(uint32_t flags)
{
	return flags & (GPIOHANDLE_REQUEST_BIAS_PULL_UP | GPIOHANDLE_REQUEST_BIAS_PULL_DOWN);
}

static uint32_t v1_rights(uint32_t flags)
{
	return rights_of(flags & GPIOHANDLE_REQUEST_INPUT, flags & GPIOHANDLE_REQUEST_OUTPUT, false,
			 v1_pull(flags));
}

/* What a command needs on a line; @held: whether it is an output now. */
static uint32_t needs_of(uint32_t command, const union gpio_acl_argument *argument, uint32_t line,
			 bool is_output)
{
	switch (command) {
	case GPIO_V2_GET_LINE_IOCTL:
		return v2_rights(&argument->v2_request.config, line);
	case GPIO_V2_LINE_SET_CONFIG_IOCTL:
		return v2_rights(&argument->v2_config, line);
	case GPIO_GET_LINEHANDLE_IOCTL:
		return v1_rights(argument->v1_handle.flags);
	case GPIOHANDLE_SET_CONFIG_IOCTL:
		return v1_rights(argument->v1_config.flags);
	case GPIO_GET_LINEEVENT_IOCTL:
		return rights_of(true, false, true, v1_pull(argument->v1_event.handleflags));
	case GPIO_V2_LINE_GET_VALUES_IOCTL:
	case GPIOHANDLE_GET_LINE_VALUES_IOCTL:
		return GPIO_ACL_HOLD;
	case GPIOHANDLE_SET_LINE_VALUES_IOCTL:
		return GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT);
	case GPIO_V2_LINE_SET_VALUES_IOCTL:
		return is_output ? GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT) : 0;
	default:
		return GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO);
	}
}

static uint32_t offset_of(uint32_t command, const union gpio_acl_argument *argument, uint32_t line)
{
	switch (command) {
	case GPIO_V2_GET_LINE_IOCTL:
		return argument->v2_request.offsets[line];
	case GPIO_GET_LINEHANDLE_IOCTL:
		return argument->v1_handle.lineoffsets[line];
	case GPIO_GET_LINEEVENT_IOCTL:
		return argument->v1_event.lineoffset;
	case GPIO_V2_GET_LINEINFO_IOCTL:
	case GPIO_V2_GET_LINEINFO_WATCH_IOCTL:
		return argument->v2_info.offset;
	default:
		return argument->v1_info.line_offset;
	}
}

/* ---- what the rules say, once more ----------------------------------------------------------- */

static bool concerns(const struct rule *rule, const struct gpio_acl_subject *subject)
{
	if (rule->subjects == GPIO_ACL_SUBJECT_EVERYONE)
		return true;
	if (rule->subjects == GPIO_ACL_SUBJECT_USER)
		return rule->id == subject->uid;
	for (uint32_t i = 0; i < subject->num_groups; i++) {
		if (rule->id == subject->groups[i])
			return true;
	}
	return false;
}

static bool names_chip(const struct rule *rule, const uint32_t *chips)
{
	for (int by = 0; by < GPIO_ACL_NUM_CHIP_BY; by++) {
		if (chips[by] != GPIO_ACL_NO_CHIP && chips[by] == rule->node)
			return true;
	}
	return false;
}

static uint32_t lacks_of(const struct rule *rules, size_t num,
			 const struct gpio_acl_subject *subject, const uint32_t *chips,
			 const struct gpio_acl_record_line *line)
{
	uint32_t allowed = 0, denied = 0, has;

	for (size_t i = 0; i < num; i++) {
		if (!concerns(&rules[i], subject) || !names_chip(&rules[i], chips) ||
		    line->offset < rules[i].first || line->offset > rules[i].last)
			continue;
		allowed |= rules[i].allow;
		denied |= rules[i].deny;
	}
	has = allowed & ~denied;
	if (has & (GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT) | GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)))
		has |= GPIO_ACL_HOLD;
	return line->need & ~has;
}

/* ---- a policy ------------------------------------------------------------------------------- */

static struct gpio_acl_masks *entry_of(struct table *table, const struct rule *rule,
				       uint32_t tables, uint32_t block)
{
	struct gpio_acl_key key = {
		.table = tables + rule->subjects,
		.id = rule->id,
		.chip = rule->node,
		.block = block,
	};
	size_t i = 0;

	while (i < table->num && memcmp(&table->keys[i], &key, sizeof(key)))
		i++;
	if (i == table->num) {
		must(i < MOST_ENTRIES);
		table->keys[i] = key;
		memset(&table->values[i], 0, sizeof(table->values[i]));
		table->num++;
	}
	return &table->values[i].lines;
}

static void fill(struct table *table, const struct rule *rules, size_t num, uint32_t tables)
{
	table->num = 0;
	for (size_t i = 0; i < num; i++) {
		for (uint32_t line = rules[i].first; line <= rules[i].last; line++) {
			struct gpio_acl_masks *lines =
				entry_of(table, &rules[i], tables, line / 64);

			for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
				lines->allow[right] |= (uint64_t)(rules[i].allow >> right & 1)
						       << line % 64;
				lines->deny[right] |= (uint64_t)(rules[i].deny >> right & 1)
						      << line % 64;
			}
		}
	}
}

static struct rule take_rule(struct input *input, const struct gpio_acl_record_line *lines,
			     uint32_t num)
{
	struct raw_rule raw;
	struct rule rule;

	input_take(input, &raw, sizeof(raw));
	rule = (struct rule){
		.subjects = raw.subjects % 3,
		.id = raw.id % NUM_IDS,
		.node = GPIO_ACL_FIRST_NODE + raw.node % NUM_IDS,
		.allow = raw.allow & GPIO_ACL_ALL_RIGHTS,
		.deny = raw.deny & GPIO_ACL_ALL_RIGHTS,
		.first = raw.zone[0] << 8 | raw.zone[1],
	};
	if (rule.subjects == GPIO_ACL_SUBJECT_EVERYONE)
		rule.id = 0;
	if (raw.line < GPIO_ACL_MAX_LINES)
		rule.first = lines[raw.line % num].offset & GPIO_ACL_MAX_OFFSET;
	rule.last = rule.first + raw.more;
	if (rule.last > GPIO_ACL_MAX_OFFSET)
		rule.last = GPIO_ACL_MAX_OFFSET;
	return rule;
}

/* ---- the properties ------------------------------------------------------------------------- */

struct request_case {
	uint32_t tables;
	struct gpio_acl_subject subject;
	uint32_t chips[GPIO_ACL_NUM_CHIP_BY];
	struct gpio_acl_record_line *lines; /* GPIO_ACL_MAX_LINES */
	uint32_t num_lines;
};

static void decide(const struct request_case *request, const struct rule *rules, size_t num_rules,
		   struct gpio_acl_record_line *lines)
{
	struct table table;
	struct gpio_acl_masks granted = {};
	struct gpio_acl_decision decision = {
		.policy = &table,
		.subject = &request->subject,
		.lines = lines,
		.granted = &granted,
		.tables = request->tables,
	};
	uint32_t lacks = 0;

	fill(&table, rules, num_rules, request->tables);
	memcpy(decision.chips, request->chips, sizeof(decision.chips));
	must(gpio_acl_decide(&decision, request->num_lines) == decision.lacks);
	for (uint32_t i = 0; i < request->num_lines; i++)
		lacks |= lines[i].lacks;
	must(decision.lacks == lacks);
}

/* The same lines with another policy, or in another order. */
static struct gpio_acl_record_line *decide_again(const struct request_case *request,
						 const struct rule *rules, size_t num_rules,
						 bool turned)
{
	struct gpio_acl_record_line *lines = calloc(GPIO_ACL_MAX_LINES, sizeof(*lines));

	for (uint32_t i = 0; i < request->num_lines; i++) {
		lines[i] = request->lines[turned ? request->num_lines - 1 - i : i];
		lines[i].lacks = 0;
	}
	decide(request, rules, num_rules, lines);
	return lines;
}

/* @rules: with room for one more */
static void check_one_more(const struct request_case *request, struct rule *rules, size_t num,
			   struct rule more)
{
	struct gpio_acl_record_line *lines;

	rules[num] = more;
	rules[num].allow = 0;
	lines = decide_again(request, rules, num + 1, false);
	for (uint32_t i = 0; i < request->num_lines; i++)
		must(!(request->lines[i].lacks & ~lines[i].lacks));
	free(lines);

	rules[num] = more;
	rules[num].deny = 0;
	lines = decide_again(request, rules, num + 1, false);
	for (uint32_t i = 0; i < request->num_lines; i++)
		must(!(lines[i].lacks & ~request->lines[i].lacks));
	free(lines);
}

static void check_decision(const struct request_case *request, struct rule *rules, size_t num_rules,
			   struct rule more)
{
	struct gpio_acl_record_line *turned;

	decide(request, rules, num_rules, request->lines);
	for (uint32_t i = 0; i < request->num_lines; i++)
		must(request->lines[i].lacks == lacks_of(rules, num_rules, &request->subject,
							 request->chips, &request->lines[i]));
	turned = decide_again(request, rules, num_rules, true);
	for (uint32_t i = 0; i < request->num_lines; i++)
		must(turned[request->num_lines - 1 - i].lacks == request->lines[i].lacks);
	free(turned);
	check_one_more(request, rules, num_rules, more);
}

static enum gpio_acl_file file_of(const struct setup *setup)
{
	return setup->file % (GPIO_ACL_FILE_EVENT + 1);
}

/*
 * What the hook does with an argument, up to where the decision is asked for; false: refused, or
 * the kernel's to refuse.
 */
static bool decode(const struct setup *setup, enum gpio_acl_action action, uint32_t command,
		   const union gpio_acl_argument *argument, const bool *is_output,
		   struct request_case *request)
{
	struct gpio_acl_decoding decoding = {
		.argument = argument,
		.lines = request->lines,
		.command = command,
		.ngpio = setup->any & 4 ? CHIP_LINES : UINT64_MAX,
		.known_kernel = setup->any & 2,
	};
	uint32_t num = 0;

	if (action == GPIO_ACL_ACTION_LINE_INFO || action == GPIO_ACL_ACTION_REQUEST) {
		if (gpio_acl_decode(&decoding, &num) != GPIO_ACL_REASON_ALLOWED)
			return false;
		must(num >= 1 && num <= GPIO_ACL_MAX_LINES);
		request->num_lines = num;
		for (uint32_t i = 0; i < num; i++)
			must(request->lines[i].offset == offset_of(command, argument, i));
	} else if (action == GPIO_ACL_ACTION_CONFIG) {
		if (gpio_acl_decode_config(&decoding, request->num_lines) !=
		    GPIO_ACL_REASON_ALLOWED)
			return false;
	} else {
		for (uint32_t i = 0; i < request->num_lines; i++)
			request->lines[i].need =
				gpio_acl_held_needs(file_of(setup), action, is_output[i], i & 1);
	}
	for (uint32_t i = 0; i < request->num_lines; i++) {
		bool beyond = (action == GPIO_ACL_ACTION_LINE_INFO ||
			       action == GPIO_ACL_ACTION_REQUEST) &&
			      setup->any & 4 && request->lines[i].offset >= CHIP_LINES;

		must(request->lines[i].need ==
		     (beyond ? 0 : needs_of(command, argument, i, is_output[i])));
	}
	return !decoding.invalid;
}

static void take_held(struct input *input, const struct setup *setup, struct request_case *request,
		      bool *is_output)
{
	request->num_lines = 1 + setup->num_held % GPIO_ACL_MAX_LINES;
	for (uint32_t i = 0; i < request->num_lines; i++) {
		struct held held;

		input_take(input, &held, sizeof(held));
		memcpy(&request->lines[i].offset, held.offset, sizeof(held.offset));
		is_output[i] = held.is_output & 1;
	}
}

static void take_subject(const struct setup *setup, struct request_case *request)
{
	request->tables = setup->any & 1 ? GPIO_ACL_TABLE_MEMORY_ANY : GPIO_ACL_TABLE_RULES;
	request->subject.uid = setup->uid % NUM_IDS;
	request->subject.num_groups = setup->num_groups % (sizeof(setup->groups) + 1);
	for (uint32_t i = 0; i < request->subject.num_groups; i++)
		request->subject.groups[i] = setup->groups[i] % NUM_IDS;
	for (int by = 0; by < GPIO_ACL_NUM_CHIP_BY; by++) {
		uint32_t node = setup->chips[by] % (NUM_IDS + 1);

		request->chips[by] = node ? GPIO_ACL_FIRST_NODE + node - 1 : GPIO_ACL_NO_CHIP;
	}
}

static void check(struct input *input, const struct setup *setup, uint32_t command,
		  struct request_case *request)
{
	enum gpio_acl_file file = file_of(setup);
	enum gpio_acl_action action = gpio_acl_action(file, command);
	bool is_output[GPIO_ACL_MAX_LINES] = {false};
	const uint8_t *raw_rules;
	union gpio_acl_argument *argument = calloc(1, _IOC_SIZE(command));
	struct rule rules[MOST_RULES + 1];
	size_t num_rules = setup->num_rules % (MOST_RULES + 1);
	struct input raw;

	if (action != GPIO_ACL_ACTION_LINE_INFO && action != GPIO_ACL_ACTION_REQUEST)
		take_held(input, setup, request, is_output);
	take_subject(setup, request);
	/* the rules may say which line of the request they are about: they wait until it is read */
	raw_rules = input->data;
	raw.size = (num_rules + 1) * sizeof(struct raw_rule);
	raw.size = raw.size < input->size ? raw.size : input->size;
	raw.data = raw_rules;
	input->data += raw.size;
	input->size -= raw.size;
	input_take(input, argument, _IOC_SIZE(command));
	if (decode(setup, action, command, argument, is_output, request)) {
		for (size_t i = 0; i <= num_rules; i++)
			rules[i] = take_rule(&raw, request->lines, request->num_lines);
		check_decision(request, rules, num_rules, rules[num_rules]);
	}
	free(argument);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	static struct request_case request;
	enum gpio_acl_action action;
	struct setup setup;
	uint32_t command;

	input_take(&input, &setup, sizeof(setup));
	if (setup.command < NUM_COMMANDS)
		command = commands[setup.command];
	else
		memcpy(&command, setup.other_command, sizeof(command));
	action = gpio_acl_action(file_of(&setup), command);
	must(action == GPIO_ACL_ACTION_UNKNOWN || is_known(command));
	if (action == GPIO_ACL_ACTION_UNKNOWN || action == GPIO_ACL_ACTION_CHIP_INFO)
		return 0;
	request.lines = calloc(GPIO_ACL_MAX_LINES, sizeof(*request.lines));
	check(&input, &setup, command, &request);
	free(request.lines);
	return 0;
}
