/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a GPIO request to its verdict: who asks, on which chip, for which lines, what each needs,
 * and the decision under the policy that is in force at that moment. Whatever cannot be read, is
 * not known or is over a bound is refused.
 */
#ifndef GPIO_ACL_JUDGE_H
#define GPIO_ACL_JUDGE_H

#include "bpf/audit.h"
#include "bpf/recall.h"

/* ---- who, on which chip, which lines -------------------------------------------------- */

static enum gpio_acl_reason read_subject(struct gpio_acl_subject *subject, const struct cred *cred)
{
	const struct group_info *info = cred->group_info;
	__u32 n = info->ngroups;

	if (n > GPIO_ACL_MAX_GROUPS - 1)
		return GPIO_ACL_GROUPS;
	subject->uid = cred->euid.val;
	subject->groups[0] = cred->egid.val;
	subject->num_groups = n + 1;
	if (bpf_probe_read_kernel(&subject->groups[1], n * sizeof(__u32),
				  (const void *)info +
					  bpf_core_field_offset(struct group_info, gid)))
		return GPIO_ACL_KERNEL;
	return GPIO_ACL_ALLOWED;
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
	struct gpio_acl_key key = {.table = GPIO_ACL_CHIP, .id = walk->node};
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

/* What the policy calls the chip by one of its names. A name too long for a policy is none. */
static long read_chip_name(__u64 by, void *ctx)
{
	struct judgement *j = ctx;
	char *name = j->scratch->name;
	struct name_walk walk = {.policy = j->policy, .name = name, .node = by};
	const char *source;
	long size;

	if (by >= GPIO_ACL_NUM_CHIP_BY)
		return 1;
	source = chip_name(j->chip, by);
	if (!source && by == GPIO_ACL_BY_DEVICE)
		return 0;
	__builtin_memset(name, 0, sizeof(j->scratch->name));
	size = bpf_probe_read_kernel_str(name, GPIO_ACL_CHIP_NAME + 1, source);
	if (size < 0) {
		j->reason = GPIO_ACL_KERNEL;
		return 1;
	}
	if (size <= GPIO_ACL_CHIP_NAME)
		bpf_loop(GPIO_ACL_CHIP_NAME / GPIO_ACL_CHIP_STEP, take_step, &walk, 0);
	j->scratch->recall.chips[by] = walk.chip;
	return 0;
}

static enum gpio_acl_reason read_chip(struct judgement *j)
{
	bpf_loop(GPIO_ACL_NUM_CHIP_BY, read_chip_name, j, 0);
	return j->reason;
}

struct held_walk {
	const void *data;
	const struct gpio_device *chip;
	struct gpio_acl_line *lines;
	enum gpio_acl_file kind;
	enum gpio_acl_action action;
	__u16 needs;
	bool failed;
};

static long read_held_line(__u64 i, void *ctx)
{
	struct held_walk *walk = ctx;
	struct held_line held;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	if (held_read(walk->data, walk->kind, i, walk->chip, &held)) {
		walk->failed = true;
		return 1;
	}
	gpio_acl_ask(&walk->lines[i], held.offset,
		     gpio_acl_held_needs(walk->action, held.is_output));
	walk->needs &= walk->lines[i].need;
	return 0;
}

/* The lines of a line file, from kernel memory, and what the action needs on each. */
static enum gpio_acl_reason read_held(struct judgement *j)
{
	struct held_walk walk = {
		.data = j->file->private_data,
		.chip = j->chip,
		.lines = j->scratch->record.lines,
		.kind = j->kind,
		.action = j->action,
		.needs = ~0,
	};
	__u32 n = held_count(j->file, j->kind);

	if (!n || n > GPIO_ACL_MAX_LINES)
		return GPIO_ACL_KERNEL;
	bpf_loop(n, read_held_line, &walk, 0);
	if (walk.failed)
		return GPIO_ACL_KERNEL;
	j->num_lines = n;
	j->needs = walk.needs;
	return GPIO_ACL_ALLOWED;
}

static void find_settings(struct judgement *j)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_SETTINGS};

	j->settings = bpf_map_lookup_elem(j->policy, &key);
}

static bool is_quarantined(__u32 uid)
{
	return quarantine_full || bpf_map_lookup_elem(&quarantine, &uid);
}

/* ---- judging -------------------------------------------------------------------------- */

/* A 32-bit caller's hook cannot sleep: an argument that is not in memory is unreadable there. */
static __always_inline enum gpio_acl_reason read_argument(struct judgement *j, unsigned long arg,
							  bool sleepable)
{
	union gpio_acl_argument *argument = &j->scratch->argument;
	__u32 size = _IOC_SIZE(j->command);
	long err;

	if (size > sizeof(*argument))
		return GPIO_ACL_COMMAND;
	__sync_lock_test_and_set(&j->scratch->judging, JUDGING_CONFIG); /* a barrier, too */
	if (!exclusive_off)
		j->memory = check_exclusive(arg, size);
	if (sleepable)
		err = bpf_copy_from_user(argument, size, (const void *)arg);
	else
		err = bpf_probe_read_user(argument, size, (const void *)arg);
	return err ? GPIO_ACL_UNREADABLE : GPIO_ACL_ALLOWED;
}

/* The lines of the request and what each needs, from the argument, the held file, or both. */
static __always_inline enum gpio_acl_reason read_request(struct judgement *j, unsigned long arg,
							 bool sleepable)
{
	struct gpio_acl_decoding decoding = {
		.argument = &j->scratch->argument,
		.lines = j->scratch->record.lines,
		.command = j->command,
	};
	enum gpio_acl_reason reason = GPIO_ACL_ALLOWED;

	if (j->kind != GPIO_ACL_FILE_CHIP)
		reason = read_held(j);
	if (reason == GPIO_ACL_ALLOWED &&
	    (j->kind == GPIO_ACL_FILE_CHIP || j->action == GPIO_ACL_CONFIG))
		reason = read_argument(j, arg, sleepable);
	if (reason != GPIO_ACL_ALLOWED)
		return reason;
	if (j->kind == GPIO_ACL_FILE_CHIP)
		return gpio_acl_decode(&decoding, &j->num_lines);
	if (j->action == GPIO_ACL_CONFIG)
		return gpio_acl_decode_config(&decoding, j->num_lines);
	return GPIO_ACL_ALLOWED;
}

/*
 * What the lines of the request lack by the rules in these tables. A function of its own: a
 * decision fills a good part of the 512 bytes that all frames together may have.
 */
static __noinline __u32 lacking(const struct judgement *j, __u32 tables)
{
	struct recall *recall = &j->scratch->recall;
	struct gpio_acl_decision decision = {
		.policy = j->policy,
		.subject = &j->scratch->subject,
		.lines = j->scratch->record.lines,
		.tables = tables,
	};

	__builtin_memcpy(decision.chips, recall->chips, sizeof(decision.chips));
	if (tables != GPIO_ACL_LINES)
		return gpio_acl_decide(&decision, j->num_lines);
	decision.block = recall->block;
	decision.granted = recall->granted;
	gpio_acl_decide(&decision, j->num_lines);
	recall->block = decision.block;
	recall->granted = decision.granted;
	return decision.lacks;
}

/* Does some rule with `memory any` allow each line what it needs? */
static bool waives_memory(const struct judgement *j)
{
	return j->settings->flags & GPIO_ACL_HAS_ANY && !lacking(j, GPIO_ACL_ANY);
}

/* Subject and chip, unless they are those of the last time. */
static enum gpio_acl_reason read_parties(struct judgement *j)
{
	struct recall *recall = &j->scratch->recall;
	__u64 serial = chip_serial(j->chip);
	enum gpio_acl_reason reason;

	if (serial && recall->chip == (__u64)j->chip && recall->serial == serial)
		return GPIO_ACL_ALLOWED;
	recall->chip = 0;
	recall->serial = serial;
	recall->block = 0;
	/* A chip need not have all names: those of the last one go. */
	__builtin_memset(recall->chips, 0, sizeof(recall->chips));
	reason = read_subject(&j->scratch->subject, j->cred);
	if (reason == GPIO_ACL_ALLOWED)
		reason = read_chip(j);
	if (reason == GPIO_ACL_ALLOWED)
		recall->chip = (__u64)j->chip;
	return reason;
}

static enum gpio_acl_reason decide(struct judgement *j)
{
	enum gpio_acl_reason reason = read_parties(j);

	if (reason != GPIO_ACL_ALLOWED)
		return reason;
	if (j->memory != GPIO_ACL_ALLOWED && waives_memory(j))
		j->memory =
			j->action == GPIO_ACL_REQUEST ? begin_waiver(j->scratch) : GPIO_ACL_ALLOWED;
	return lacking(j, GPIO_ACL_LINES) ? GPIO_ACL_POLICY : j->memory;
}

/* Is there nothing to ask the rules about? (design, "What a request needs" and `set`) */
static bool is_free(const struct judgement *j)
{
	if (!j->cred->euid.val && !(j->settings->flags & GPIO_ACL_ROOT_ENFORCE))
		return true;
	if (j->action == GPIO_ACL_LINE_INFO)
		return !(j->settings->flags & GPIO_ACL_INFO_RESTRICTED);
	return j->action == GPIO_ACL_CHIP_INFO;
}

static long try_storage(__u64 i, void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return get_scratch(task) && get_origin(task);
}

/*
 * The scratch of the current task, which then has an origin too; NULL when it cannot be had. Before
 * 6.2 the task storage of a processor is out of reach while a task is preempted in it, which ends
 * soon.
 */
static struct scratch *make_scratch(void)
{
	struct scratch *scratch = find_scratch();

	if (scratch && find_origin(bpf_get_current_task_btf()))
		return scratch;
	bpf_loop(STORAGE_TRIES, try_storage, NULL, 0);
	return get_scratch(bpf_get_current_task_btf());
}

static __always_inline enum gpio_acl_reason judge(struct judgement *j, unsigned long arg,
						  bool sleepable)
{
	enum gpio_acl_reason reason;

	find_settings(j);
	if (!j->settings)
		return GPIO_ACL_KERNEL;
	if (is_free(j))
		return GPIO_ACL_ALLOWED;
	j->scratch = make_scratch();
	if (!j->scratch)
		return GPIO_ACL_MEMORY;
	refresh(&j->scratch->recall, j->policy, j->cred);
	j->chip = file_chip(j->file, j->kind);
	if (is_quarantined(j->cred->euid.val))
		return GPIO_ACL_QUARANTINED;
	if (j->action == GPIO_ACL_UNKNOWN)
		return GPIO_ACL_COMMAND;
	if (!j->chip)
		return GPIO_ACL_KERNEL;
	if (chip_is_gone(j->chip))
		return GPIO_ACL_ALLOWED;
	reason = read_request(j, arg, sleepable);
	if (reason == GPIO_ACL_ALLOWED)
		reason = decide(j);
	if (reason == GPIO_ACL_ALLOWED)
		remember_held(&j->scratch->recall, j->file, j->action, j->needs);
	/* Unplugged meanwhile, so that its names may have been gone; it never comes back. */
	return chip_is_gone(j->chip) ? GPIO_ACL_ALLOWED : reason;
}

/* The policy is looked up here, once, and used throughout. False: none is published. */
static __always_inline bool begin(struct judgement *j, const struct cred *cred)
{
	__u32 active = 0;

	j->policy = bpf_map_lookup_elem(&policies, &active);
	j->cred = cred;
	return j->policy;
}

#endif
