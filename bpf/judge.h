/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a GPIO request to its verdict: who asks, on which chip, for which lines, what each needs,
 * and the decision under the policy that is in force at that moment. Whatever cannot be read, is
 * not known or is over a bound is refused.
 */
#ifndef GPIO_ACL_JUDGE_H
#define GPIO_ACL_JUDGE_H

#include "bpf/audit.h"
#include "bpf/whose.h"

/* ---- who, on which chip, which lines -------------------------------------------------- */

/* The uid is read already, with the owners. */
static enum gpio_acl_reason read_subject(struct gpio_acl_subject *subject, const struct cred *cred)
{
	const struct group_info *info = cred->group_info;
	__u32 n = info->ngroups;

	if (n > GPIO_ACL_MAX_GROUPS - 1)
		return GPIO_ACL_REASON_TOO_MANY_GROUPS;
	subject->groups[0] = cred->egid.val;
	subject->num_groups = n + 1;
	if (bpf_probe_read_kernel(&subject->groups[1], n * sizeof(__u32),
				  (const void *)info +
					  bpf_core_field_offset(struct group_info, gid)))
		return GPIO_ACL_REASON_KERNEL_READ;
	return GPIO_ACL_REASON_ALLOWED;
}

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

struct held_walk {
	const void *data;
	const struct gpio_device *chip;
	struct scratch *scratch;
	__u16 needs;
	bool failed;
};

/*
 * The kind of file and the action are had from the scratch, a map's memory, of which the verifier
 * assumes nothing. Those on the caller's stack it knows, path by path; but before 6.8 it does not
 * mark as precise what is read there by way of a pointer, prunes a path that differs in nothing
 * else, and removes what only that one reaches as dead code (seen on 6.1).
 */
static long read_held_line(__u64 i, void *ctx)
{
	struct held_walk *walk = ctx;
	enum gpio_acl_file kind = walk->scratch->kind;
	enum gpio_acl_action action = walk->scratch->action;
	struct held_line held;
	__u16 need;
	bool edges;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	if (held_read(walk->data, kind, i, walk->chip, &held)) {
		walk->failed = true;
		return 1;
	}
	edges = action == GPIO_ACL_ACTION_RECEIVE && held_tells_edges(walk->data, kind, i);
	need = gpio_acl_held_needs(kind, action, held.is_output, edges);
	gpio_acl_ask(&walk->scratch->record.lines[i], held.offset, need);
	walk->needs &= need;
	return 0;
}

/* The lines of a line file, from kernel memory, and what the action needs on each. */
static enum gpio_acl_reason read_held(struct judgement *j)
{
	struct held_walk walk = {
		.data = j->file->private_data,
		.chip = j->chip,
		.scratch = j->scratch,
		.needs = ~0,
	};
	__u32 n = held_count(j->file, j->kind);

	if (!n || n > GPIO_ACL_MAX_LINES)
		return GPIO_ACL_REASON_KERNEL_READ;
	j->scratch->kind = j->kind;
	j->scratch->action = j->action;
	bpf_loop(n, read_held_line, &walk, 0);
	if (walk.failed)
		return GPIO_ACL_REASON_KERNEL_READ;
	j->num_lines = n;
	j->needs = walk.needs;
	return GPIO_ACL_REASON_ALLOWED;
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

/* ---- judging -------------------------------------------------------------------------- */

/* What a hook can do about the argument of its system call. */
enum reading {
	NO_ARGUMENT,
	CAN_SLEEP,
	CANNOT_SLEEP, /* what is not in memory is unreadable */
};

static __always_inline enum gpio_acl_reason read_argument(struct judgement *j, unsigned long arg,
							  enum reading reading)
{
	union gpio_acl_argument *argument = &j->scratch->argument;
	__u32 size = _IOC_SIZE(j->command);
	long err;

	if (size > sizeof(*argument))
		return GPIO_ACL_REASON_COMMAND;
	j->scratch->command = j->command;
	j->scratch->address = arg;
	__sync_lock_test_and_set(&j->scratch->judging, JUDGING_CONFIG); /* a barrier, too */
	if (!exclusive_off)
		j->memory = check_exclusive(arg, size);
	if (reading == CAN_SLEEP)
		err = bpf_copy_from_user(argument, size, (const void *)arg);
	else
		err = bpf_probe_read_user(argument, size, (const void *)arg);
	return err ? GPIO_ACL_REASON_UNREADABLE : GPIO_ACL_REASON_ALLOWED;
}

/*
 * The kernels whose checks of flags and attributes were read, in gpiolib-cdev.c: 6.1 to 7.3. A
 * newer one may take what this version does not know; there it is refused.
 */
#define KERNEL_IS_KNOWN (LINUX_KERNEL_VERSION < KERNEL_VERSION(7, 4, 0))
extern int LINUX_KERNEL_VERSION __kconfig;

/*
 * decode() - the lines of a request and what each needs, from the argument in @scratch
 * @command: the ioctl's
 * @num_held: lines that a configuration is for, which are in record.lines; 0: it is a request
 * @ngpio: lines that the chip has; ~0: no offset is beyond
 *
 * Writes record.lines, how many they are (.num_decoded) and .invalid. Returns enum gpio_acl_reason.
 * Not static: see decide().
 */
__noinline int decode(struct scratch *scratch, __u32 command, __u32 num_held, __u64 ngpio)
{
	struct gpio_acl_decoding decoding = {
		.command = command,
		.ngpio = ngpio,
		.known_kernel = KERNEL_IS_KNOWN,
	};
	int reason;

	if (!scratch)
		return GPIO_ACL_REASON_KERNEL_READ;
	decoding.argument = &scratch->argument;
	decoding.lines = scratch->record.lines;
	scratch->num_decoded = num_held;
	reason = num_held ? gpio_acl_decode_config(&decoding, num_held)
			  : gpio_acl_decode(&decoding, &scratch->num_decoded);
	scratch->invalid = decoding.invalid;
	return reason;
}

/*
 * The kernel refuses what is malformed, and lines that the chip does not have, with an errno of its
 * own. It may, when nobody can make it something else in between. Of what is malformed no line is
 * judged then: one that is taken all the same is a race (truth.h).
 */
static __always_inline enum gpio_acl_reason decode_argument(struct judgement *j)
{
	bool is_private = j->memory == GPIO_ACL_REASON_ALLOWED;
	__u64 ngpio = is_private ? READ(struct gpio_device, j->chip, ngpio) : ~0ull;
	enum gpio_acl_reason reason = decode(j->scratch, j->command, j->num_lines, ngpio);

	j->num_lines = j->scratch->num_decoded;
	if (!is_private || !j->scratch->invalid)
		return reason;
	j->num_lines = 0;
	return GPIO_ACL_REASON_ALLOWED;
}

/* The lines that a chip's descriptor watches; decide() finds those that lack `info`. */
static __always_inline void ask_watched(struct judgement *j)
{
	j->scratch->watched = watched_bitmap(j->file);
	j->scratch->num_decoded = 0;
}

/* The lines of the request and what each needs, from the argument, the held file, or both. */
static __always_inline enum gpio_acl_reason read_request(struct judgement *j, unsigned long arg,
							 enum reading reading)
{
	enum gpio_acl_reason reason = GPIO_ACL_REASON_ALLOWED;

	if (j->action == GPIO_ACL_ACTION_UNKNOWN)
		return GPIO_ACL_REASON_COMMAND;
	if (j->kind != GPIO_ACL_FILE_CHIP)
		reason = read_held(j);
	else if (reading == NO_ARGUMENT)
		ask_watched(j);
	if (reading == NO_ARGUMENT || reason != GPIO_ACL_REASON_ALLOWED ||
	    (j->kind != GPIO_ACL_FILE_CHIP && j->action != GPIO_ACL_ACTION_CONFIG))
		return reason;
	reason = read_argument(j, arg, reading);
	return reason == GPIO_ACL_REASON_ALLOWED ? decode_argument(j) : reason;
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

/* The subject, unless it is that of the last time: subject and chip are remembered together. */
static __always_inline enum gpio_acl_reason read_parties(struct judgement *j)
{
	struct recall *recall = &j->scratch->recall;
	__u64 serial = chip_serial(j->chip);

	if (serial && recall->chip == (__u64)j->chip && recall->serial == serial)
		return GPIO_ACL_REASON_ALLOWED;
	recall->chip = 0;
	recall->serial = serial;
	return read_subject(&j->scratch->subject, j->cred);
}

/* Inlined: a chain of calls may be eight long, and this would be one of nine. */
static __always_inline enum gpio_acl_reason judge_parties(struct judgement *j, enum reading reading)
{
	enum gpio_acl_reason reason = read_parties(j);

	if (reason != GPIO_ACL_REASON_ALLOWED)
		return reason;
	j->scratch->asked = (__u64)j->chip;
	reason = decide(j->scratch, j->action, j->num_lines, j->memory);
	j->terms = j->scratch->terms;
	if (reading == NO_ARGUMENT && j->kind == GPIO_ACL_FILE_CHIP)
		j->num_lines = j->scratch->num_decoded;
	if (reason == GPIO_ACL_REASON_ALLOWED && j->scratch->waives &&
	    j->action == GPIO_ACL_ACTION_REQUEST)
		return begin_waiver(j->scratch);
	return reason;
}

/*
 * Nothing to gain (docs/security.md): who has every right on every line of the chip may ask for
 * whatever the request becomes. It is judged as that, under one policy of its own, which need not
 * be the one that refused it.
 *
 * The chip is that of the file, which the kernel holds (fdget() in ioctl(2), fs/ioctl.c, 6.1 to
 * 7.3): whoever shares the descriptors cannot exchange it any more.
 */
static __always_inline enum gpio_acl_reason judge_anything(struct judgement *j, unsigned long arg,
							   enum gpio_acl_reason reason)
{
	struct scratch *scratch = j->scratch;

	if (read_parties(j) != GPIO_ACL_REASON_ALLOWED)
		return reason;
	scratch->asked = (__u64)j->chip;
	if (decide(scratch, GPIO_ACL_ACTION_ANYTHING, 0, GPIO_ACL_REASON_ALLOWED) !=
	    GPIO_ACL_REASON_ALLOWED)
		return reason;
	j->terms = scratch->terms;
	j->action = GPIO_ACL_ACTION_ANYTHING;
	scratch->command = j->command;
	scratch->address = arg;
	return GPIO_ACL_REASON_ALLOWED;
}

static long try_scratch(__u64 i, void *ctx)
{
	return !!get_scratch(bpf_get_current_task_btf());
}

/*
 * The scratch of the current task; NULL when it cannot be had. Before 6.2 the task storage of a
 * processor is out of reach while a task is preempted in it, which ends soon.
 */
static struct scratch *make_scratch(void)
{
	struct scratch *scratch = find_scratch();

	if (scratch)
		return scratch;
	bpf_loop(STORAGE_TRIES, try_scratch, NULL, 0);
	return get_scratch(bpf_get_current_task_btf());
}

static __always_inline enum gpio_acl_reason judge(struct judgement *j, unsigned long arg,
						  enum reading reading)
{
	__u32 uid = subject_uid(j->cred);
	enum gpio_acl_reason reason;

	if (!j->terms.known)
		return GPIO_ACL_REASON_KERNEL_READ;
	if (is_free_root(uid, j->terms.flags))
		return GPIO_ACL_REASON_ALLOWED;
	j->scratch = make_scratch();
	if (!j->scratch)
		return GPIO_ACL_REASON_NOMEM;
	if (kill_racer(j->scratch))
		return GPIO_ACL_REASON_QUARANTINED;
	reason = whose(j->scratch, j->cred);
	if (reason == GPIO_ACL_REASON_ALLOWED && is_free(uid, j->action, j->terms.flags)) {
		j->scratch = NULL; /* nothing for the truth check to remember */
		return GPIO_ACL_REASON_ALLOWED;
	}
	j->chip = file_chip(j->file, j->kind);
	if (reason != GPIO_ACL_REASON_ALLOWED)
		return reason;
	if (!j->chip)
		return GPIO_ACL_REASON_KERNEL_READ;
	if (chip_is_gone(j->chip))
		return GPIO_ACL_REASON_ALLOWED;
	reason = read_request(j, arg, reading);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		reason = judge_parties(j, reading);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		remember_use(j->scratch, j->file, j->command, j->needs);
	else if (reading != NO_ARGUMENT &&
		 gpio_acl_is_doubt(reason, j->memory == GPIO_ACL_REASON_ALLOWED))
		reason = judge_anything(j, arg, reason);
	/* Unplugged meanwhile, so that its names may have been gone; it never comes back. */
	return chip_is_gone(j->chip) ? GPIO_ACL_REASON_ALLOWED : reason;
}

/*
 * Who asks, and the terms of the policy in force, which say whether there is anything to judge;
 * what is judged is judged by decide() under those of its own. False: none is published.
 */
static __always_inline bool begin(struct judgement *j, const struct cred *cred)
{
	void *policy = find_policy();

	if (!policy)
		return false;
	j->terms = read_terms(policy);
	j->cred = cred;
	return true;
}

#endif
