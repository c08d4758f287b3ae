/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Over 450 lines: all tests share the array of rules and its builders.
 */
/*
 * The decision, over a handful of rules in an array in place of a policy map: which subject
 * matches, which lines, what wins, and exactly what is reported as lacking.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/decide/loop.h"

#include "gpio-acl/abi.h"

/* ---- a small policy ------------------------------------------------------------------- */

struct rule {
	struct gpio_acl_key key;
	union gpio_acl_value value;
};

static struct rule rules[16];
static size_t num_rules;
static unsigned int lookups;

static const union gpio_acl_value *lookup(void *policy, const struct gpio_acl_key *key)
{
	assert_ptr_equal(policy, rules);
	lookups++;
	for (size_t i = 0; i < num_rules; i++) {
		if (!memcmp(&rules[i].key, key, sizeof(*key)))
			return &rules[i].value;
	}
	return NULL;
}

#define GPIO_ACL_LOOKUP(policy, key) lookup(policy, key)

#include "bpf/core/decide.h"

#define INFO   GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO)
#define INPUT  GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT)
#define OUTPUT GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)
#define EDGES  GPIO_ACL_BIT(GPIO_ACL_RIGHT_EDGES)
#define BIAS   GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS)
#define HOLD   GPIO_ACL_HOLD

#define ALICE	  1000
#define OPERATORS 2000
#define CHIP	  10 /* the chip by its label; 11 and 12 are it by device and by name */

static struct gpio_acl_subject subject;
static struct gpio_acl_record_line *lines; /* GPIO_ACL_MAX_LINES on the heap: ASan sees more */
static __u32 chips[GPIO_ACL_NUM_CHIP_BY];

static int setup(void **state)
{
	(void)state;
	num_rules = 0;
	lookups = 0;
	subject = (struct gpio_acl_subject){.uid = ALICE, .num_groups = 1, .groups = {ALICE}};
	lines = calloc(GPIO_ACL_MAX_LINES, sizeof(*lines));
	chips[GPIO_ACL_BY_LABEL] = CHIP;
	chips[GPIO_ACL_BY_DEVICE] = GPIO_ACL_NO_CHIP;
	chips[GPIO_ACL_BY_NAME] = GPIO_ACL_NO_CHIP;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(lines);
	return 0;
}

static void add_rule(__u32 table, __u32 id, __u32 chip, __u32 offset, bool deny, __u32 rights)
{
	struct rule *rule = &rules[num_rules++];

	assert_true(num_rules <= sizeof(rules) / sizeof(rules[0]));
	memset(rule, 0, sizeof(*rule));
	rule->key.table = table;
	rule->key.id = id;
	rule->key.chip = chip;
	rule->key.block = offset / 64;
	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		if (rights & GPIO_ACL_BIT(right))
			(deny ? rule->value.lines.deny : rule->value.lines.allow)[right] =
				1ull << offset % 64;
	}
}

static void allow(enum gpio_acl_subject_kind subjects, __u32 id, __u32 offset, __u32 rights)
{
	add_rule(GPIO_ACL_TABLE_RULES + subjects, id, CHIP, offset, false, rights);
}

/* One key holds one value: a deny beside an allow is of the same entry. */
static void deny(enum gpio_acl_subject_kind subjects, __u32 id, __u32 offset, __u32 rights)
{
	add_rule(GPIO_ACL_TABLE_RULES + subjects, id, CHIP, offset, true, rights);
}

static __u32 decide_in(__u32 tables, __u32 num_lines)
{
	struct gpio_acl_masks granted = {};
	struct gpio_acl_decision decision = {
		.policy = rules,
		.subject = &subject,
		.lines = lines,
		.granted = &granted,
		.tables = tables,
	};

	memcpy(decision.chips, chips, sizeof(chips));
	return gpio_acl_decide(&decision, num_lines);
}

/* What one line lacks of what it needs. */
static __u32 lacks(__u32 offset, __u16 need)
{
	__u32 all;

	lines[0] = (struct gpio_acl_record_line){.offset = offset, .need = need, .lacks = 0xffff};
	all = decide_in(GPIO_ACL_TABLE_RULES, 1);
	assert_int_equal(all, lines[0].lacks);
	return all;
}

/* ---- what wins ------------------------------------------------------------------------ */

static void test_default_refuses(void **state)
{
	(void)state;
	assert_int_equal(lacks(3, INFO | INPUT | OUTPUT | EDGES), INFO | INPUT | OUTPUT | EDGES);
	assert_int_equal(lacks(3, HOLD), HOLD);
}

static void test_allow(void **state)
{
	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 3, INPUT | EDGES);
	assert_int_equal(lacks(3, INPUT), 0);
	assert_int_equal(lacks(3, INPUT | EDGES), 0);
	assert_int_equal(lacks(3, INPUT | OUTPUT), OUTPUT);
	assert_int_equal(lacks(3, INFO), INFO);
	assert_int_equal(lacks(2, INPUT), INPUT);
	assert_int_equal(lacks(4, INPUT), INPUT);
}

/* Each right is a mask of its own: all 16 grants against all 32 needs. */
static void test_every_grant_and_need(void **state)
{
	for (__u32 grant = 0; grant <= GPIO_ACL_ALL_RIGHTS; grant++) {
		teardown(state);
		setup(state);
		allow(GPIO_ACL_SUBJECT_USER, ALICE, 3, grant);
		for (__u16 need = 0; need < 32; need++) {
			__u32 lacking = need & ~grant & ~HOLD;

			if (need & HOLD && !(grant & INPUT) && !(grant & OUTPUT))
				lacking |= HOLD;
			assert_int_equal(lacks(3, need), lacking);
		}
	}
}

static void test_union(void **state)
{
	(void)state;
	subject.groups[subject.num_groups++] = OPERATORS;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 3, INPUT);
	allow(GPIO_ACL_SUBJECT_GROUP, OPERATORS, 3, EDGES);
	allow(GPIO_ACL_SUBJECT_EVERYONE, 0, 3, INFO);
	assert_int_equal(lacks(3, INFO | INPUT | OUTPUT | EDGES), OUTPUT);
}

/* Each kind of subject denied, each kind allowed. */
static void test_deny_wins(void **state)
{
	static const struct {
		enum gpio_acl_subject_kind subjects;
		__u32 id;
	} who[] = {{GPIO_ACL_SUBJECT_EVERYONE, 0},
		   {GPIO_ACL_SUBJECT_USER, ALICE},
		   {GPIO_ACL_SUBJECT_GROUP, OPERATORS}};

	for (int allowed = 0; allowed < 3; allowed++) {
		for (int denied = 0; denied < 3; denied++) {
			teardown(state);
			setup(state);
			subject.groups[subject.num_groups++] = OPERATORS;
			allow(who[allowed].subjects, who[allowed].id, 3, INPUT | OUTPUT | EDGES);
			if (allowed == denied)
				rules[0].value.lines.deny[GPIO_ACL_RIGHT_OUTPUT] = 1 << 3;
			else
				deny(who[denied].subjects, who[denied].id, 3, OUTPUT);
			assert_int_equal(lacks(3, INPUT | OUTPUT | EDGES), OUTPUT);
		}
	}
}

static void test_deny_of_others(void **state)
{
	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 3, OUTPUT);
	deny(GPIO_ACL_SUBJECT_USER, ALICE + 1, 3, OUTPUT);
	deny(GPIO_ACL_SUBJECT_GROUP, OPERATORS, 3, OUTPUT);
	deny(GPIO_ACL_SUBJECT_USER, ALICE, 4, OUTPUT);
	deny(GPIO_ACL_SUBJECT_EVERYONE, 0, 3, INPUT);
	assert_int_equal(lacks(3, OUTPUT), 0);
}

/* Whoever holds a line by one right alone may use it; a deny of that one ends it. */
static void test_hold(void **state)
{
	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 1, INPUT);
	rules[0].value.lines.allow[GPIO_ACL_RIGHT_OUTPUT] = 1 << 2 | 1 << 5;
	rules[0].value.lines.allow[GPIO_ACL_RIGHT_INFO] = 1 << 3;
	rules[0].value.lines.allow[GPIO_ACL_RIGHT_EDGES] = 1 << 4;
	rules[0].value.lines.deny[GPIO_ACL_RIGHT_OUTPUT] = 1 << 5;
	assert_int_equal(lacks(1, HOLD), 0);
	assert_int_equal(lacks(1, HOLD | OUTPUT), OUTPUT);
	assert_int_equal(lacks(2, HOLD), 0);
	assert_int_equal(lacks(2, HOLD | OUTPUT), 0);
	assert_int_equal(lacks(3, HOLD), HOLD);
	assert_int_equal(lacks(4, HOLD), HOLD);
	assert_int_equal(lacks(5, HOLD), HOLD);
}

/* ---- subjects ------------------------------------------------------------------------- */

static void test_ids_are_of_their_kind(void **state)
{
	(void)state;
	subject.groups[0] = OPERATORS;
	allow(GPIO_ACL_SUBJECT_GROUP, ALICE, 3, INPUT);
	allow(GPIO_ACL_SUBJECT_USER, OPERATORS, 3, INPUT);
	allow(GPIO_ACL_SUBJECT_USER, 0, 3, INPUT);
	allow(GPIO_ACL_SUBJECT_GROUP, 0, 3, INPUT);
	assert_int_equal(lacks(3, INPUT), INPUT);
	allow(GPIO_ACL_SUBJECT_EVERYONE, 0, 3, INPUT);
	assert_int_equal(lacks(3, INPUT), 0);
}

/* Of the makers of the subject's user namespaces denies count, and nothing else. */
static void test_owners(void **state)
{
	(void)state;
	subject.uid = 100990;
	subject.num_owners = 2;
	subject.owners[0] = 100000;
	subject.owners[1] = ALICE;
	allow(GPIO_ACL_SUBJECT_USER, 100990, 1, INPUT | OUTPUT);
	deny(GPIO_ACL_SUBJECT_USER, ALICE, 1, OUTPUT);
	allow(GPIO_ACL_SUBJECT_USER, 100000, 65, INPUT);
	assert_int_equal(lacks(1, INPUT), 0);
	assert_int_equal(lacks(1, OUTPUT), OUTPUT);
	assert_int_equal(lacks(65, INPUT), INPUT);
}

/* The rule is about the group at every place of as many groups as there can be. */
static void test_many_groups(void **state)
{
	static const __u32 at[] = {0, 1, 31, 32, 500, GPIO_ACL_MAX_GROUPS - 1};

	(void)state;
	allow(GPIO_ACL_SUBJECT_GROUP, OPERATORS, 3, INPUT);
	subject.num_groups = GPIO_ACL_MAX_GROUPS;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (__u32 group = 0; group < GPIO_ACL_MAX_GROUPS; group++)
			subject.groups[group] = 10000 + group;
		assert_int_equal(lacks(3, INPUT), INPUT);
		subject.groups[at[i]] = OPERATORS;
		assert_int_equal(lacks(3, INPUT), 0);
	}
	subject.num_groups = GPIO_ACL_MAX_GROUPS - 1; /* the last is no longer one of them */
	assert_int_equal(lacks(3, INPUT), INPUT);
	subject.num_groups = 0;
	subject.groups[0] = OPERATORS;
	assert_int_equal(lacks(3, INPUT), INPUT);
}

/* ---- chips ---------------------------------------------------------------------------- */

/* A rule counts by whichever of its names the policy knows the chip; together they are a union. */
static void test_three_names(void **state)
{
	static const __u32 right[] = {INPUT, OUTPUT, EDGES};

	(void)state;
	for (int by = 0; by < GPIO_ACL_NUM_CHIP_BY; by++)
		add_rule(GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_USER, ALICE, CHIP + by, 3, false,
			 right[by]);
	for (int known = 0; known < 1 << GPIO_ACL_NUM_CHIP_BY; known++) {
		__u32 granted = 0;

		for (int by = 0; by < GPIO_ACL_NUM_CHIP_BY; by++) {
			chips[by] = known & 1 << by ? CHIP + by : GPIO_ACL_NO_CHIP;
			granted |= known & 1 << by ? right[by] : 0;
		}
		assert_int_equal(lacks(3, INPUT | OUTPUT | EDGES),
				 (INPUT | OUTPUT | EDGES) & ~granted);
	}
}

static void test_deny_by_another_name(void **state)
{
	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 3, INPUT | OUTPUT);
	add_rule(GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_EVERYONE, 0, CHIP + 2, 3, true, OUTPUT);
	assert_int_equal(lacks(3, INPUT | OUTPUT), 0);
	chips[GPIO_ACL_BY_NAME] = CHIP + 2;
	assert_int_equal(lacks(3, INPUT | OUTPUT), OUTPUT);
}

/* A chip that no rule names is not looked up at all, so no key of chip 0 can speak of it. */
static void test_unknown_chip(void **state)
{
	(void)state;
	chips[GPIO_ACL_BY_LABEL] = GPIO_ACL_NO_CHIP;
	add_rule(GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_EVERYONE, 0, GPIO_ACL_NO_CHIP, 3, false,
		 GPIO_ACL_ALL_RIGHTS);
	assert_int_equal(lacks(3, INPUT), INPUT);
	assert_int_equal(lookups, 0);
}

static void test_other_chip(void **state)
{
	(void)state;
	add_rule(GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_USER, ALICE, CHIP + 1, 3, false, INPUT);
	assert_int_equal(lacks(3, INPUT), INPUT);
}

/* ---- lines ---------------------------------------------------------------------------- */

static void test_block_edges(void **state)
{
	static const __u32 edges[] = {0, 63, 64, 65, 127, 128, 65471, 65472, 65535};

	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		teardown(state);
		setup(state);
		allow(GPIO_ACL_SUBJECT_USER, ALICE, edges[i], INPUT);
		for (size_t j = 0; j < sizeof(edges) / sizeof(edges[0]); j++)
			assert_int_equal(lacks(edges[j], INPUT), j == i ? 0 : INPUT);
	}
}

/* Beyond the last offset there can be nothing is granted, whatever the map holds. */
static void test_offset_beyond(void **state)
{
	static const __u32 beyond[] = {65536, 65539, 0x10000 + 65535, 0x80000003, ~0u};

	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 3, GPIO_ACL_ALL_RIGHTS);
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		allow(GPIO_ACL_SUBJECT_USER, ALICE, beyond[i], GPIO_ACL_ALL_RIGHTS);
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		assert_int_equal(lacks(beyond[i], INPUT | HOLD), INPUT | HOLD);
	assert_int_equal(lacks(~0u, 0), 0);
	assert_int_equal(lookups, 0);
}

/* Blocks in turn, there and back: what was gathered for one is never used for another. */
static void test_alternating_blocks(void **state)
{
	static const __u32 offsets[] = {64, 0, 64, 128, 0, 128, 192, 64, 192, 0};
	const size_t num = sizeof(offsets) / sizeof(offsets[0]);

	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 0, INPUT);
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 64, OUTPUT);
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 128, INPUT | OUTPUT);
	deny(GPIO_ACL_SUBJECT_EVERYONE, 0, 128, INPUT);
	for (size_t i = 0; i < num; i++)
		lines[i] =
			(struct gpio_acl_record_line){.offset = offsets[i], .need = INPUT | OUTPUT};
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, num), INPUT | OUTPUT);
	for (size_t i = 0; i < num; i++) {
		static const __u16 lacking[] = {OUTPUT, INPUT, INPUT, INPUT | OUTPUT};

		assert_int_equal(lines[i].lacks, lacking[offsets[i] / 64]);
	}
}

/* Lines of one block cost the lookups of one line. */
static void test_one_gathering_a_block(void **state)
{
	unsigned int once;

	(void)state;
	lacks(64, INPUT);
	once = lookups;
	for (__u32 i = 0; i < 64; i++)
		lines[i] = (struct gpio_acl_record_line){.offset = 127 - i, .need = INPUT};
	lookups = 0;
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 64), INPUT);
	assert_int_equal(lookups, once);
}

/* Exactly the lines that fail are marked, each with exactly what it lacks; the result is all. */
static void test_lacks_exactly(void **state)
{
	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 0, 0);
	rules[0].value.lines.allow[GPIO_ACL_RIGHT_INPUT] = 0x5555555555555555;
	rules[0].value.lines.allow[GPIO_ACL_RIGHT_OUTPUT] = 0x3333333333333333;
	for (__u32 i = 0; i < 64; i++)
		lines[i] = (struct gpio_acl_record_line){
			.offset = i,
			.need = INPUT | OUTPUT | (i == 9 ? EDGES : 0),
			.lacks = 0xffff,
		};
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 64), INPUT | OUTPUT | EDGES);
	for (__u32 i = 0; i < 64; i++) {
		assert_int_equal(lines[i].offset, i);
		assert_int_equal(lines[i].need, INPUT | OUTPUT | (i == 9 ? EDGES : 0));
		assert_int_equal(lines[i].lacks,
				 (i & 1 ? INPUT : 0) | (i & 2 ? OUTPUT : 0) | (i == 9 ? EDGES : 0));
	}
}

/* A line that needs nothing passes on any chip and is not asked about. */
static void test_need_nothing(void **state)
{
	(void)state;
	for (__u32 i = 0; i < 64; i++)
		lines[i] = (struct gpio_acl_record_line){.offset = i * 64, .lacks = 0xffff};
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 64), 0);
	for (__u32 i = 0; i < 64; i++)
		assert_int_equal(lines[i].lacks, 0);
	assert_int_equal(lookups, 0);
	lines[63].need = INPUT;
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 64), INPUT);
	assert_int_equal(lines[62].lacks, 0);
	assert_int_equal(lines[63].lacks, INPUT);
}

/* Lines beyond the number are left alone, and beyond 64 there are none. */
static void test_number_of_lines(void **state)
{
	(void)state;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 0, INPUT);
	lines[0] = (struct gpio_acl_record_line){.offset = 0, .need = INPUT};
	lines[1] = (struct gpio_acl_record_line){.offset = 1, .need = INPUT, .lacks = 0xabab};
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 0), 0);
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 1), 0);
	assert_int_equal(lines[1].lacks, 0xabab);
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 2), INPUT);
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 1000), INPUT); /* ASan would see line 64 */
}

/* ---- memory any ----------------------------------------------------------------------- */

/* The tables of `memory any` answer for themselves: neither sees the other's rules. */
static void test_memory_tables(void **state)
{
	(void)state;
	subject.groups[0] = OPERATORS;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 3, INPUT);
	add_rule(GPIO_ACL_TABLE_MEMORY_ANY + GPIO_ACL_SUBJECT_USER, ALICE, CHIP, 3, false, OUTPUT);
	add_rule(GPIO_ACL_TABLE_MEMORY_ANY + GPIO_ACL_SUBJECT_GROUP, OPERATORS, CHIP, 3, false,
		 EDGES);
	add_rule(GPIO_ACL_TABLE_MEMORY_ANY + GPIO_ACL_SUBJECT_EVERYONE, 0, CHIP, 3, false, INFO);
	lines[0] = (struct gpio_acl_record_line){.offset = 3, .need = GPIO_ACL_ALL_RIGHTS};
	assert_int_equal(decide_in(GPIO_ACL_TABLE_RULES, 1), INFO | OUTPUT | EDGES | BIAS);
	assert_int_equal(decide_in(GPIO_ACL_TABLE_MEMORY_ANY, 1), INPUT | BIAS);
}

/* ---- whole chips ---------------------------------------------------------------------- */

static bool has_chip(__u32 num_lines, __u32 rights)
{
	struct gpio_acl_masks granted = {};
	struct gpio_acl_chip_decision chip = {
		.d =
			{
				.policy = rules,
				.subject = &subject,
				.granted = &granted,
				.tables = GPIO_ACL_TABLE_RULES,
			},
		.num_lines = num_lines,
		.rights = rights,
	};

	memcpy(chip.d.chips, chips, sizeof(chips));
	return gpio_acl_has_chip(&chip);
}

/* On all lines of a block. */
static void allow_block(__u32 block, __u32 rights)
{
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 64 * block, rights);
	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		if (rights & GPIO_ACL_BIT(right))
			rules[num_rules - 1].value.lines.allow[right] = ~0ull;
	}
}

/* One right on one line less, wherever it is, and it is not all of the chip. */
static void test_has_chip(void **state)
{
	static const __u32 sizes[] = {1, 2, 63, 64, 65, 128, 129};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		teardown(state);
		setup(state);
		for (__u32 block = 0; block < GPIO_ACL_NUM_BLOCKS(sizes[i]); block++)
			allow_block(block, GPIO_ACL_ALL_RIGHTS);
		assert_true(has_chip(sizes[i], GPIO_ACL_ALL_RIGHTS));
		for (__u32 line = 0; line < sizes[i]; line++) {
			__u64 *deny = rules[line / 64].value.lines.deny;

			deny[line % GPIO_ACL_NUM_RIGHTS] = 1ull << line % 64;
			assert_false(has_chip(sizes[i], GPIO_ACL_ALL_RIGHTS));
			assert_true(
				has_chip(sizes[i], GPIO_ACL_ALL_RIGHTS &
							   ~(1u << line % GPIO_ACL_NUM_RIGHTS)));
			deny[line % GPIO_ACL_NUM_RIGHTS] = 0;
		}
		/* beyond the chip nothing is asked for */
		allow(GPIO_ACL_SUBJECT_GROUP, ALICE, 64 * GPIO_ACL_NUM_BLOCKS(sizes[i]), 0);
		assert_false(has_chip(64 * GPIO_ACL_NUM_BLOCKS(sizes[i]) + 1, GPIO_ACL_ALL_RIGHTS));
	}
	assert_false(has_chip(0, GPIO_ACL_ALL_RIGHTS));
}

/* The largest chip there can be, all but its last line. */
static void test_has_large_chip(void **state)
{
	__u32 blocks = GPIO_ACL_MAX_BLOCKS;

	(void)state;
	assert_int_equal(blocks, 1024);
	allow_block(0, GPIO_ACL_ALL_RIGHTS);
	assert_false(has_chip(GPIO_ACL_MAX_OFFSET + 1, GPIO_ACL_ALL_RIGHTS));
	assert_int_equal(gpio_acl_block_lines(1023, 65536), ~0ull);
	assert_int_equal(gpio_acl_block_lines(1023, 65535), ~0ull >> 1);
	assert_int_equal(gpio_acl_block_lines(0, 65535), ~0ull);
	assert_int_equal(gpio_acl_block_lines(1, 65), 1);
}

/* By several rules together; `info` only where it is a right of its own. */
static void test_every_right(void **state)
{
	(void)state;
	subject.groups[subject.num_groups++] = OPERATORS;
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 0, INPUT | OUTPUT);
	allow(GPIO_ACL_SUBJECT_GROUP, OPERATORS, 0, EDGES);
	allow(GPIO_ACL_SUBJECT_EVERYONE, 0, 0, BIAS);
	assert_true(has_chip(1, gpio_acl_every_right(0)));
	assert_true(has_chip(1, gpio_acl_every_right(GPIO_ACL_FLAG_HAS_MEMORY_ANY |
						     GPIO_ACL_FLAG_ROOT_ENFORCE)));
	assert_false(has_chip(1, gpio_acl_every_right(GPIO_ACL_FLAG_INFO_RESTRICTED)));
	subject.num_owners = 1;
	subject.owners[0] = ALICE + 1;
	deny(GPIO_ACL_SUBJECT_USER, ALICE + 1, 0, BIAS);
	assert_false(has_chip(1, gpio_acl_every_right(0)));
}

/* The lines of a block that are asked for, and lack a right. */
static void test_block_lacks(void **state)
{
	struct gpio_acl_masks granted = {};
	struct gpio_acl_decision decision = {
		.policy = rules,
		.subject = &subject,
		.granted = &granted,
		.tables = GPIO_ACL_TABLE_RULES,
	};

	(void)state;
	memcpy(decision.chips, chips, sizeof(chips));
	allow(GPIO_ACL_SUBJECT_USER, ALICE, 64, INFO);
	rules[0].value.lines.allow[GPIO_ACL_RIGHT_INFO] = 0xff;
	assert_int_equal(gpio_acl_block_lacks(&decision, 1, 0x3c3, INFO), 0x300);
	assert_int_equal(gpio_acl_block_lacks(&decision, 1, 0xff, INFO), 0);
	assert_int_equal(gpio_acl_block_lacks(&decision, 1, 0xff, INFO | INPUT), 0xff);
	assert_int_equal(gpio_acl_block_lacks(&decision, 2, 0x3c3, INFO), 0x3c3);
	assert_int_equal(gpio_acl_block_lacks(&decision, 1, 0x3c3, INFO), 0x300);
}

/* Refusals for want of knowing the request; not those for an unknown subject or chip, or by a rule.
 */
static void test_doubts(void **state)
{
	(void)state;
	for (int reason = 0; reason < GPIO_ACL_NUM_REASONS; reason++) {
		bool always = reason == GPIO_ACL_REASON_COMMAND || reason == GPIO_ACL_REASON_FLAG ||
			      reason == GPIO_ACL_REASON_UNREADABLE;
		bool never = reason == GPIO_ACL_REASON_ALLOWED ||
			     reason == GPIO_ACL_REASON_KERNEL_READ ||
			     reason == GPIO_ACL_REASON_TOO_MANY_GROUPS ||
			     reason == GPIO_ACL_REASON_QUARANTINED;

		assert_int_equal(gpio_acl_is_doubt(reason, true), always);
		assert_int_equal(gpio_acl_is_doubt(reason, false), !never);
	}
}

#define decision_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		decision_test(test_default_refuses),
		decision_test(test_allow),
		decision_test(test_every_grant_and_need),
		decision_test(test_union),
		decision_test(test_deny_wins),
		decision_test(test_deny_of_others),
		decision_test(test_hold),
		decision_test(test_ids_are_of_their_kind),
		decision_test(test_owners),
		decision_test(test_many_groups),
		decision_test(test_three_names),
		decision_test(test_deny_by_another_name),
		decision_test(test_unknown_chip),
		decision_test(test_other_chip),
		decision_test(test_block_edges),
		decision_test(test_offset_beyond),
		decision_test(test_alternating_blocks),
		decision_test(test_one_gathering_a_block),
		decision_test(test_lacks_exactly),
		decision_test(test_need_nothing),
		decision_test(test_number_of_lines),
		decision_test(test_memory_tables),
		decision_test(test_has_chip),
		decision_test(test_has_large_chip),
		decision_test(test_every_right),
		decision_test(test_block_lacks),
		decision_test(test_doubts),
	};

	return cmocka_run_group_tests_name("the decision", tests, NULL, NULL);
}
