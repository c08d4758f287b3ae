/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision in the kernel: looks up the active policy, and asks core/decide.h about the lines
 * and the subject in a task's scratch.
 */
#ifndef GPIO_ACL_DECISION_H
#define GPIO_ACL_DECISION_H

#include "bpf/lib/subject.h"

/* Looks up a chip's name in the policy step by step, as abi.h says. @name is padded with NULs. */
struct name_walk {
	void *policy;
	const char *name;
	__u32 node;
	__u32 end; /* the node of the whole name, or GPIO_ACL_NO_CHIP */
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
	walk->end = walk->node;
	return 1;
}

/* One call of check_policy(). */
struct policy_check {
	void *policy;
	struct scratch *scratch;
	const struct gpio_device *gdev;
	bool failed;
};

/* The policy's node for one of the gdev's names. A policy has no name that is too long. */
static long read_chip_name(__u64 by, void *ctx)
{
	struct policy_check *d = ctx;
	char *name = d->scratch->name;
	struct name_walk walk = {.policy = d->policy, .name = name, .node = by};
	const char *source;
	long size;

	if (by >= GPIO_ACL_NUM_CHIP_BY)
		return 1;
	source = gdev_name(d->gdev, by);
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
	d->scratch->cache.chips[by] = walk.end;
	return 0;
}

/* Looks up the nodes of the gdev, unless the cached ones are for it and this policy. */
static bool read_chip_nodes(struct policy_check *d)
{
	struct cache *cache = &d->scratch->cache;

	if (cache->gdev == (__u64)d->gdev)
		return true;
	cache->block = 0;
	/* A gdev may lack one of the names: drop the nodes of the last one. */
	__builtin_memset(cache->chips, 0, sizeof(cache->chips));
	bpf_loop(GPIO_ACL_NUM_CHIP_BY, read_chip_name, d, 0);
	if (!d->failed)
		cache->gdev = (__u64)d->gdev;
	return !d->failed;
}

/* Zeros when the policy has no settings. */
static struct policy_info read_policy_info(void *policy)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	const union gpio_acl_value *value = bpf_map_lookup_elem(policy, &key);
	struct policy_info info = {};

	if (value) {
		info.generation = value->settings.generation;
		info.flags = value->settings.flags;
		info.known = true;
	}
	return info;
}

static bool is_exempt_root(__u32 uid, __u32 flags)
{
	return !uid && !(flags & GPIO_ACL_FLAG_ROOT_ENFORCE);
}

/* Allowed whatever the rules say? (docs/architecture.md, "What a request needs") */
static bool is_exempt(__u32 uid, enum gpio_acl_action action, __u32 flags)
{
	if (is_exempt_root(uid, flags))
		return true;
	if (action == GPIO_ACL_ACTION_LINE_INFO || action == GPIO_ACL_ACTION_WATCHING)
		return !(flags & GPIO_ACL_FLAG_INFO_RESTRICTED);
	return action == GPIO_ACL_ACTION_CHIP_INFO;
}

/* A decision by the rules in these tables. The cache has what rules grant on one block. */
static __always_inline struct gpio_acl_decision start_decision(const struct policy_check *d,
							       __u32 tables)
{
	struct cache *cache = &d->scratch->cache;
	struct gpio_acl_decision decision = {
		.policy = d->policy,
		.subject = &d->scratch->subject,
		.lines = d->scratch->record.lines,
		.granted = &cache->granted,
		.tables = tables,
		.block = tables == GPIO_ACL_TABLE_RULES ? cache->block : 0,
	};

	__builtin_memcpy(decision.chips, cache->chips, sizeof(decision.chips));
	return decision;
}

static __always_inline void end_decision(const struct policy_check *d,
					 const struct gpio_acl_decision *decision)
{
	d->scratch->cache.block = decision->tables == GPIO_ACL_TABLE_RULES ? decision->block : 0;
}

/*
 * The needs that the rules in these tables do not grant. noinline, as the next ones: a decision
 * takes much of the 512 bytes of stack that all frames of a call chain share.
 */
static __noinline __u32 lacking(const struct policy_check *d, __u32 tables, __u32 num_lines)
{
	struct gpio_acl_decision decision = start_decision(d, tables);

	gpio_acl_decide(&decision, num_lines);
	end_decision(d, &decision);
	return decision.lacks;
}

/* Has the subject every right on every line of the chip? */
static __noinline bool has_every_right(const struct policy_check *d, __u32 flags)
{
	struct gpio_acl_chip_decision chip = {
		.d = start_decision(d, GPIO_ACL_TABLE_RULES),
		.num_lines = READ(struct gpio_device, d->gdev, ngpio),
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

/* Adds a line to the record, while there is room. */
static long record_watched(__u64 i, void *ctx)
{
	struct watched_walk *walk = ctx;
	struct scratch *scratch = walk->scratch;
	__u32 n = scratch->out.num_lines;

	if (i >= 64 || n >= GPIO_ACL_MAX_LINES)
		return 1;
	if (!(scratch->walk.lacks_info >> i & 1))
		return 0;
	gpio_acl_ask(&scratch->record.lines[n], 64 * (walk->decision.block - 1) + i,
		     GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO));
	scratch->record.lines[n].lacks = GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO);
	scratch->out.num_lines = n + 1;
	return 0;
}

static long check_watched(__u64 i, void *ctx)
{
	struct watched_walk *walk = ctx;
	struct scratch *scratch = walk->scratch;
	__u64 lines;

	if (i >= GPIO_ACL_MAX_BLOCKS)
		return 1;
	lines = watched_lines(scratch->in.watched, i) & gpio_acl_block_lines(i, walk->num_lines);
	if (!lines)
		return 0;
	scratch->walk.lacks_info =
		gpio_acl_block_lacks(&walk->decision, i, lines, GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO));
	if (scratch->walk.lacks_info)
		bpf_loop(64, record_watched, walk, 0);
	return 0;
}

/*
 * Has the subject `info` on every line that the chip file watches? There may be more lines than a
 * record has room for: it gets the first that lack it (out.num_lines, which was 0).
 */
static __noinline bool has_watched(const struct policy_check *d)
{
	struct watched_walk walk = {
		.decision = start_decision(d, GPIO_ACL_TABLE_RULES),
		.scratch = d->scratch,
		.num_lines = READ(struct gpio_device, d->gdev, ngpio),
	};

	bpf_loop(GPIO_ACL_NUM_BLOCKS(walk.num_lines), check_watched, &walk, 0);
	end_decision(d, &walk.decision);
	return !d->scratch->out.num_lines;
}

/* The lines follow from the action. always_inline: see check_lines(). */
static __always_inline bool has_lines(const struct policy_check *d, __u32 action, __u32 flags)
{
	return action == GPIO_ACL_ACTION_WATCHING ? has_watched(d) : has_every_right(d, flags);
}

/*
 * check_policy() - the verdict on the lines and the subject in @scratch
 * @scratch: with record.lines, subject, in.gdev, and the cache refreshed
 * @action: enum gpio_acl_action; for WATCHING and ANYTHING the lines follow from it
 * @num_lines: of record.lines
 * @memory: why the argument is not private; ALLOWED: it is
 *
 * The policy is looked up here, once: settings, names and rules are all of the same one. Writes its
 * settings (out.info), and whether rules with `memory any` grant each line what it needs so that
 * @memory does not matter (out.memory_any). Returns enum gpio_acl_reason.
 *
 * A global function: the verifier goes through it once, and not once for each path that calls it,
 * which took most of the load time.
 */
__noinline int check_policy(struct scratch *scratch, __u32 action, __u32 num_lines, __u32 memory)
{
	struct policy_check d = {.scratch = scratch, .policy = find_policy()};
	__u32 flags;

	if (!scratch)
		return GPIO_ACL_REASON_KERNEL_READ;
	d.gdev = (void *)scratch->in.gdev;
	scratch->out.memory_any = false;
	scratch->out.info = (struct policy_info){};
	if (!d.policy) { /* unloaded meanwhile: no policy refuses it */
		refresh_cached_policy(&scratch->cache, NULL);
		return GPIO_ACL_REASON_ALLOWED;
	}
	scratch->out.info = read_policy_info(d.policy);
	if (!scratch->out.info.known)
		return GPIO_ACL_REASON_KERNEL_READ;
	flags = scratch->out.info.flags;
	if (!read_owners(scratch, d.policy))
		return GPIO_ACL_REASON_OWNERS;
	if (is_exempt(scratch->cache.uid, action, flags))
		return GPIO_ACL_REASON_ALLOWED;
	if (!read_chip_nodes(&d))
		return GPIO_ACL_REASON_KERNEL_READ;
	if (action == GPIO_ACL_ACTION_WATCHING || action == GPIO_ACL_ACTION_ANYTHING)
		return has_lines(&d, action, flags) ? GPIO_ACL_REASON_ALLOWED
						    : GPIO_ACL_REASON_POLICY;
	if (memory != GPIO_ACL_REASON_ALLOWED && flags & GPIO_ACL_FLAG_HAS_MEMORY_ANY)
		scratch->out.memory_any = !lacking(&d, GPIO_ACL_TABLE_MEMORY_ANY, num_lines);
	if (lacking(&d, GPIO_ACL_TABLE_RULES, num_lines))
		return GPIO_ACL_REASON_POLICY;
	return scratch->out.memory_any ? GPIO_ACL_REASON_ALLOWED : memory;
}

#endif
