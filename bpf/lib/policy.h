/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision in the kernel: looks up the active policy, and asks core/decide.h about the lines
 * and the subject in a task's scratch.
 */
#ifndef GPIO_ACL_POLICY_H
#define GPIO_ACL_POLICY_H

#include "bpf/lib/subject.h"

/* A walk along a chip's name, as abi.h tells; @name is padded with NULs. */
struct name_walk {
	void *policy;
	const char *name;
	__u32 node;
	__u32 chip; /* the node where it ended, or GPIO_ACL_NO_CHIP */
};

static long take_step(__u64 i, void *ctx)
{
	struct name_walk *walk = ctx;
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_CHIPS, .chip = walk->node};
	const union gpio_acl_value *value;

	if (i >= GPIO_ACL_CHIP_NAME / GPIO_ACL_CHIP_STEP)
		return 1;
	__builtin_memcpy(key.step, walk->name + i * GPIO_ACL_CHIP_STEP, GPIO_ACL_CHIP_STEP);
	value = bpf_map_lookup_elem(walk->policy, &key);
	if (!value)
		return 1;
	walk->node = value->step.node;
	if (key.step[GPIO_ACL_CHIP_STEP - 1])
		return 0;
	walk->chip = walk->node;
	return 1;
}

/* One call of decide(). */
struct deciding {
	void *policy;
	struct scratch *scratch;
	const struct gpio_device *chip;
	bool failed;
};

/* What the policy calls the chip by one of its names. A name too long for a policy is none. */
static long read_chip_name(__u64 by, void *ctx)
{
	struct deciding *d = ctx;
	char *name = d->scratch->name;
	struct name_walk walk = {.policy = d->policy, .name = name, .node = by};
	const char *source;
	long size;

	if (by >= GPIO_ACL_NUM_CHIP_BY)
		return 1;
	source = chip_name(d->chip, by);
	if (!source && by == GPIO_ACL_BY_DEVICE)
		return 0;
	__builtin_memset(name, 0, sizeof(d->scratch->name));
	size = bpf_probe_read_kernel_str(name, GPIO_ACL_CHIP_NAME + 1, source);
	if (size < 0) {
		d->failed = true;
		return 1;
	}
	if (size <= GPIO_ACL_CHIP_NAME)
		bpf_loop(GPIO_ACL_CHIP_NAME / GPIO_ACL_CHIP_STEP, take_step, &walk, 0);
	d->scratch->recall.chips[by] = walk.chip;
	return 0;
}

/* Unless it is the chip of the last time, under the policy of the last time. */
static bool read_chip(struct deciding *d)
{
	struct recall *recall = &d->scratch->recall;

	if (recall->chip == (__u64)d->chip)
		return true;
	recall->block = 0;
	/* A chip need not have all names: those of the last one go. */
	__builtin_memset(recall->chips, 0, sizeof(recall->chips));
	bpf_loop(GPIO_ACL_NUM_CHIP_BY, read_chip_name, d, 0);
	if (!d->failed)
		recall->chip = (__u64)d->chip;
	return !d->failed;
}

/* The terms of a policy; zeros when it has none. */
static struct terms read_terms(void *policy)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	const union gpio_acl_value *value = bpf_map_lookup_elem(policy, &key);
	struct terms terms = {};

	if (value) {
		terms.generation = value->settings.generation;
		terms.flags = value->settings.flags;
		terms.known = true;
	}
	return terms;
}

static bool is_free_root(__u32 uid, __u32 flags)
{
	return !uid && !(flags & GPIO_ACL_FLAG_ROOT_ENFORCE);
}

/* Is there nothing to ask the rules about? (docs/architecture.md, "What a request needs") */
static bool is_free(__u32 uid, enum gpio_acl_action action, __u32 flags)
{
	if (is_free_root(uid, flags))
		return true;
	if (action == GPIO_ACL_ACTION_LINE_INFO || action == GPIO_ACL_ACTION_WATCHING)
		return !(flags & GPIO_ACL_FLAG_INFO_RESTRICTED);
	return action == GPIO_ACL_ACTION_CHIP_INFO;
}

/* What the rules in these tables grant; of those on lines the block asked for last is known. */
static __always_inline struct gpio_acl_decision start_decision(const struct deciding *d,
							       __u32 tables)
{
	struct recall *recall = &d->scratch->recall;
	struct gpio_acl_decision decision = {
		.policy = d->policy,
		.subject = &d->scratch->subject,
		.lines = d->scratch->record.lines,
		.granted = &recall->granted,
		.tables = tables,
		.block = tables == GPIO_ACL_TABLE_RULES ? recall->block : 0,
	};

	__builtin_memcpy(decision.chips, recall->chips, sizeof(decision.chips));
	return decision;
}

static __always_inline void end_decision(const struct deciding *d,
					 const struct gpio_acl_decision *decision)
{
	d->scratch->recall.block = decision->tables == GPIO_ACL_TABLE_RULES ? decision->block : 0;
}

/*
 * What the lines of the request lack by the rules in these tables. A function of its own, as are
 * the next: a decision fills a good part of the 512 bytes that all frames together may have.
 */
static __noinline __u32 lacking(const struct deciding *d, __u32 tables, __u32 num_lines)
{
	struct gpio_acl_decision decision = start_decision(d, tables);

	gpio_acl_decide(&decision, num_lines);
	end_decision(d, &decision);
	return decision.lacks;
}

/* May the subject do anything with the chip? */
static __noinline bool has_chip(const struct deciding *d, __u32 flags)
{
	struct gpio_acl_chip_decision chip = {
		.d = start_decision(d, GPIO_ACL_TABLE_RULES),
		.num_lines = READ(struct gpio_device, d->chip, ngpio),
		.rights = gpio_acl_every_right(flags),
	};
	bool has = gpio_acl_has_chip(&chip);

	end_decision(d, &chip.d);
	return has;
}

struct watched_walk {
	struct gpio_acl_decision decision;
	struct scratch *scratch;
	__u32 num_lines; /* of the chip */
};

/* Into the record, as long as it has room. */
static long tell_watched(__u64 i, void *ctx)
{
	struct watched_walk *walk = ctx;
	struct scratch *scratch = walk->scratch;
	__u32 n = scratch->num_decoded;

	if (i >= 64 || n >= GPIO_ACL_MAX_LINES)
		return 1;
	if (!(scratch->lacking >> i & 1))
		return 0;
	gpio_acl_ask(&scratch->record.lines[n], 64 * (walk->decision.block - 1) + i,
		     GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO));
	scratch->record.lines[n].lacks = GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO);
	scratch->num_decoded = n + 1;
	return 0;
}

static long decide_watched(__u64 i, void *ctx)
{
	struct watched_walk *walk = ctx;
	struct scratch *scratch = walk->scratch;
	__u64 lines;

	if (i >= GPIO_ACL_MAX_BLOCKS)
		return 1;
	lines = watched_lines(scratch->watched, i) & gpio_acl_block_lines(i, walk->num_lines);
	if (!lines)
		return 0;
	scratch->lacking =
		gpio_acl_block_lacks(&walk->decision, i, lines, GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO));
	if (scratch->lacking)
		bpf_loop(64, tell_watched, walk, 0);
	return 0;
}

/*
 * May the subject have the info of all lines that the chip's descriptor watches? They may be more
 * than a record has room for; it tells of the first ones that lack it (.num_decoded, which was 0).
 */
static __noinline bool has_watched(const struct deciding *d)
{
	struct watched_walk walk = {
		.decision = start_decision(d, GPIO_ACL_TABLE_RULES),
		.scratch = d->scratch,
		.num_lines = READ(struct gpio_device, d->chip, ngpio),
	};

	bpf_loop(GPIO_ACL_NUM_BLOCKS(walk.num_lines), decide_watched, &walk, 0);
	end_decision(d, &walk.decision);
	return !d->scratch->num_decoded;
}

/* The lines are those of the action. Inlined: see judge_parties(). */
static __always_inline bool has_lines(const struct deciding *d, __u32 action, __u32 flags)
{
	return action == GPIO_ACL_ACTION_WATCHING ? has_watched(d) : has_chip(d, flags);
}

/*
 * decide() - the verdict on the lines and the subject in @scratch
 * @scratch: with record.lines, of which there are @num_lines, subject, chip (.asked), and recall
 *	     refreshed
 * @action: enum gpio_acl_action; WATCHING and ANYTHING have lines of their own
 * @memory: why the argument is not exclusive, if it is not
 *
 * The policy is looked up here, once: terms, names and rules are of the same one. Writes its terms,
 * and whether some rule with `memory any` allows each line what it needs so that @memory does not
 * matter (.waives). Returns enum gpio_acl_reason.
 *
 * Not static, for the verifier: it goes through this once, whoever calls it, and not anew for all
 * that may have happened before, which took the better part of a load's time.
 */
__noinline int decide(struct scratch *scratch, __u32 action, __u32 num_lines, __u32 memory)
{
	struct deciding d = {.scratch = scratch, .policy = find_policy()};
	__u32 flags;

	if (!scratch)
		return GPIO_ACL_REASON_KERNEL_READ;
	d.chip = (void *)scratch->asked;
	scratch->waives = false;
	scratch->terms = (struct terms){};
	if (!d.policy) { /* unloaded meanwhile; no policy says so */
		refresh_policy(&scratch->recall, NULL);
		return GPIO_ACL_REASON_ALLOWED;
	}
	scratch->terms = read_terms(d.policy);
	if (!scratch->terms.known)
		return GPIO_ACL_REASON_KERNEL_READ;
	flags = scratch->terms.flags;
	if (!read_owners(scratch, d.policy))
		return GPIO_ACL_REASON_OWNERS;
	if (is_free(scratch->recall.uid, action, flags))
		return GPIO_ACL_REASON_ALLOWED;
	if (!read_chip(&d))
		return GPIO_ACL_REASON_KERNEL_READ;
	if (action == GPIO_ACL_ACTION_WATCHING || action == GPIO_ACL_ACTION_ANYTHING)
		return has_lines(&d, action, flags) ? GPIO_ACL_REASON_ALLOWED
						    : GPIO_ACL_REASON_POLICY;
	if (memory != GPIO_ACL_REASON_ALLOWED && flags & GPIO_ACL_FLAG_HAS_MEMORY_ANY)
		scratch->waives = !lacking(&d, GPIO_ACL_TABLE_MEMORY_ANY, num_lines);
	if (lacking(&d, GPIO_ACL_TABLE_RULES, num_lines))
		return GPIO_ACL_REASON_POLICY;
	return scratch->waives ? GPIO_ACL_REASON_ALLOWED : memory;
}

#endif
