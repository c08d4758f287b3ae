// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's side: the hooks that every GPIO ioctl and every passed line descriptor goes
 * through. A hook finds the policy and the subject, decodes the request, decides and audits.
 *
 * Whatever cannot be read, is not known or is over a bound is refused (design, "Audit", reasons).
 * Without a published policy the hooks are dormant: see loader/engine.h.
 */
#include "bpf/kernel.h"

#include "bpf/decide.h"

char LICENSE[] SEC("license") = "GPL";

/* What one judgement needs and the 512 bytes of a BPF stack cannot hold. One a task: sleepable
 * programs are preempted, so a processor's scratch would be overwritten. */
struct scratch {
	struct gpio_acl_record record; /* record.lines are the lines being judged */
	struct gpio_acl_subject subject;
	union gpio_acl_argument argument;
	char name[GPIO_ACL_CHIP_NAME +
		  GPIO_ACL_CHIP_STEP]; /* one byte more than matches anything */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* A published policy; entries as in abi.h. This one is the template of those in `policies`. */
struct policy_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct gpio_acl_key));
	__uint(value_size, sizeof(union gpio_acl_value));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct policy_map);
} policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GPIO_ACL_NUM_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} audit SEC(".maps");

/* One judgement: what is known of it, from the hook down. */
struct judgement {
	void *policy;
	const struct gpio_acl_settings *settings;
	const struct file *file;
	const struct cred *cred;
	struct gpio_device *chip;
	struct scratch *scratch;
	enum gpio_acl_file kind;
	enum gpio_acl_action action;
	__u32 command;
	__u32 num_lines;
	__u32 chips[GPIO_ACL_NUM_CHIP_BY];
	enum gpio_acl_reason reason;
};

static void count(__u32 counter)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &counter);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/* ---- audit ---------------------------------------------------------------------------- */

static void describe_request(struct gpio_acl_record *record, const struct judgement *j,
			     enum gpio_acl_reason reason)
{
	record->time = bpf_ktime_get_boot_ns();
	record->generation = j->settings ? j->settings->generation : 0;
	record->uid = j->cred->euid.val;
	record->gid = j->cred->egid.val;
	record->command = j->command;
	record->reason = reason;
	record->passed = j->settings && j->settings->flags & GPIO_ACL_PERMISSIVE;
}

static void describe_caller(struct gpio_acl_record *record)
{
	__u64 id = bpf_get_current_pid_tgid();

	record->cgroup = bpf_get_current_cgroup_id();
	record->pid = id >> 32;
	record->tid = id;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

static void describe_chip(struct gpio_acl_record *record, const struct gpio_device *chip)
{
	__builtin_memset(record->chip, 0, sizeof(record->chip));
	__builtin_memset(record->label, 0, sizeof(record->label));
	if (!chip)
		return;
	bpf_probe_read_kernel_str(record->chip, sizeof(record->chip),
				  chip_name(chip, GPIO_ACL_BY_NAME));
	bpf_probe_read_kernel_str(record->label, sizeof(record->label),
				  chip_name(chip, GPIO_ACL_BY_LABEL));
}

/* A refusal without scratch tells no lines; its record is made in the ring. */
static void audit_bare(const struct judgement *j, enum gpio_acl_reason reason)
{
	struct gpio_acl_record *record;

	record = bpf_ringbuf_reserve(&audit, GPIO_ACL_RECORD_SIZE(0), 0);
	if (!record) {
		count(GPIO_ACL_LOST);
		return;
	}
	__builtin_memset(record, 0, GPIO_ACL_RECORD_SIZE(0));
	describe_request(record, j, reason);
	describe_caller(record);
	bpf_ringbuf_submit(record, 0);
}

/* Completes the record of the lines that were judged; returns its size. */
static __u64 describe_lines(const struct judgement *j, enum gpio_acl_reason reason)
{
	struct gpio_acl_record *record = &j->scratch->record;
	__u32 n = j->num_lines;

	if (n > GPIO_ACL_MAX_LINES)
		n = 0;
	describe_request(record, j, reason);
	describe_chip(record, j->chip);
	record->num_lines = n;
	return GPIO_ACL_RECORD_SIZE(n);
}

static void audit_lines(const struct judgement *j, enum gpio_acl_reason reason)
{
	__u64 size = describe_lines(j, reason);

	describe_caller(&j->scratch->record);
	if (size > sizeof(j->scratch->record) ||
	    bpf_ringbuf_output(&audit, &j->scratch->record, size, 0))
		count(GPIO_ACL_LOST);
}

/* The verdict of a judgement, counted and, when it refuses, audited. */
static int conclude(const struct judgement *j, enum gpio_acl_reason reason)
{
	count(reason);
	if (reason == GPIO_ACL_ALLOWED)
		return 0;
	if (j->scratch)
		audit_lines(j, reason);
	else
		audit_bare(j, reason);
	return j->settings && j->settings->flags & GPIO_ACL_PERMISSIVE ? 0 : -EPERM;
}

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
	j->chips[by] = walk.chip;
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
	};
	__u32 n = held_count(j->file, j->kind);

	if (!n || n > GPIO_ACL_MAX_LINES)
		return GPIO_ACL_KERNEL;
	bpf_loop(n, read_held_line, &walk, 0);
	if (walk.failed)
		return GPIO_ACL_KERNEL;
	j->num_lines = n;
	return GPIO_ACL_ALLOWED;
}

/* ---- judging -------------------------------------------------------------------------- */

/* A 32-bit caller's hook cannot sleep: an argument that is not in memory is unreadable there. */
static __always_inline enum gpio_acl_reason read_argument(const struct judgement *j,
							  unsigned long arg, bool sleepable)
{
	union gpio_acl_argument *argument = &j->scratch->argument;
	__u32 size = _IOC_SIZE(j->command);
	long err;

	if (size > sizeof(*argument))
		return GPIO_ACL_COMMAND;
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

static enum gpio_acl_reason decide(struct judgement *j)
{
	struct gpio_acl_decision decision = {
		.policy = j->policy,
		.subject = &j->scratch->subject,
		.lines = j->scratch->record.lines,
		.tables = GPIO_ACL_LINES,
	};
	enum gpio_acl_reason reason = read_subject(&j->scratch->subject, j->cred);

	if (reason == GPIO_ACL_ALLOWED)
		reason = read_chip(j);
	if (reason != GPIO_ACL_ALLOWED)
		return reason;
	__builtin_memcpy(decision.chips, j->chips, sizeof(decision.chips));
	return gpio_acl_decide(&decision, j->num_lines) ? GPIO_ACL_POLICY : GPIO_ACL_ALLOWED;
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

static __always_inline enum gpio_acl_reason judge(struct judgement *j, unsigned long arg,
						  bool sleepable)
{
	enum gpio_acl_reason reason;

	if (!j->settings)
		return GPIO_ACL_KERNEL;
	if (is_free(j))
		return GPIO_ACL_ALLOWED;
	j->scratch = bpf_task_storage_get(&scratches, (void *)bpf_get_current_task_btf(), 0,
					  BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!j->scratch)
		return GPIO_ACL_MEMORY;
	j->chip = file_chip(j->file, j->kind);
	if (j->action == GPIO_ACL_UNKNOWN)
		return GPIO_ACL_COMMAND;
	if (!j->chip)
		return GPIO_ACL_KERNEL;
	reason = read_request(j, arg, sleepable);
	return reason == GPIO_ACL_ALLOWED ? decide(j) : reason;
}

/* The policy is looked up here, once, and used throughout. False: none is published. */
static __always_inline bool begin(struct judgement *j, const struct cred *cred)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_SETTINGS};
	__u32 active = 0;

	j->policy = bpf_map_lookup_elem(&policies, &active);
	if (!j->policy)
		return false;
	j->settings = bpf_map_lookup_elem(j->policy, &key);
	j->cred = cred;
	return true;
}

static __always_inline int judge_ioctl(const struct file *file, __u32 command, unsigned long arg,
				       bool sleepable)
{
	struct judgement j = {.file = file, .command = command};

	if (_IOC_TYPE(command) != GPIO_ACL_IOCTL_TYPE)
		return 0;
	j.kind = file_kind(file);
	if (j.kind == GPIO_ACL_FILE_OTHER)
		return 0;
	j.action = gpio_acl_action(j.kind, command);
	if (!begin(&j, bpf_get_current_task_btf()->cred))
		return 0;
	return conclude(&j, judge(&j, arg, sleepable));
}

SEC("lsm.s/file_ioctl")
int BPF_PROG(file_ioctl, struct file *file, unsigned int cmd, unsigned long arg)
{
	return judge_ioctl(file, cmd, arg, true);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(file_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg)
{
	return judge_ioctl(file, cmd, arg, false);
}

/* A line request's descriptor arrives over a socket or by pidfd_getfd(). */
SEC("lsm.s/file_receive")
int BPF_PROG(file_receive, struct file *file)
{
	struct judgement j = {.file = file, .action = GPIO_ACL_RECEIVE};

	j.kind = file_kind(file);
	if (j.kind == GPIO_ACL_FILE_OTHER || j.kind == GPIO_ACL_FILE_CHIP)
		return 0;
	if (!begin(&j, bpf_get_current_task_btf()->cred))
		return 0;
	return conclude(&j, judge(&j, 0, true));
}

/* Line requests held now that the policy in force refuses to their holder, as audit records. */
SEC("iter/task_file")
int held(struct bpf_iter__task_file *ctx)
{
	struct judgement j = {.action = GPIO_ACL_HOLDING};
	struct task_struct *task = ctx->task;
	struct gpio_acl_record *record;
	enum gpio_acl_reason reason;
	__u64 size;

	j.file = ctx->file;
	if (!task || !j.file)
		return 0;
	j.kind = file_kind(j.file);
	if (j.kind == GPIO_ACL_FILE_OTHER || j.kind == GPIO_ACL_FILE_CHIP)
		return 0;
	if (!begin(&j, task->cred))
		return 0;
	reason = judge(&j, 0, false);
	if (reason == GPIO_ACL_ALLOWED || !j.scratch)
		return 0;
	record = &j.scratch->record;
	size = describe_lines(&j, reason);
	record->cgroup = 0;
	record->pid = task->tgid;
	record->tid = task->pid;
	bpf_core_read_str(record->comm, sizeof(record->comm), &task->comm);
	if (size <= sizeof(*record))
		bpf_seq_write(ctx->meta->seq, record, size);
	return 0;
}
