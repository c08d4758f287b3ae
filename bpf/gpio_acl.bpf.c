// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's side: the hooks that every GPIO ioctl and every passed line descriptor goes
 * through. A hook finds the policy and the subject, decodes the request, decides and audits.
 *
 * Whatever cannot be read, is not known or is over a bound is refused (design, "Audit", reasons).
 * Without a published policy the hooks are dormant: see loader/engine.h.
 *
 * What the caller could change between our reading and the kernel's is kept from it by
 * exclusive.h; what the kernel then really takes is compared with what was judged at the end of
 * this file.
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
	/* One byte more than a policy's name can have, in whole steps. */
	char name[GPIO_ACL_CHIP_NAME + GPIO_ACL_CHIP_STEP];
	/* Between an allowed request and the end of its ioctl, for the truth check: */
	__u64 judging;	 /* enum judging; 64 bits for an atomic exchange */
	__u32 num_lines; /* of record.lines */
	__u32 num_taken; /* of them, so far, by the kernel */
	__u32 raced;	 /* the kernel took what was not judged; stays until the task dies */
	__u64 chip;	 /* gpio_device of the request */
};

enum judging {
	JUDGING_NOTHING,
	JUDGING_REQUEST, /* its lines are compared as the kernel takes them */
	JUDGING_CONFIG,	 /* no line is taken; directions are compared */
	JUDGING_PASSED,	 /* let pass unjudged: permissive */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratches SEC(".maps");

static bool is_judging(struct task_struct *task)
{
	struct scratch *scratch = bpf_task_storage_get(&scratches, (void *)task, 0, 0);

	return scratch && scratch->judging;
}

#include "bpf/exclusive.h"

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

/* uid -> when (CLOCK_BOOTTIME, ns) a process of it tried a race. Only gpio-acl pardon takes one
 * out. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} quarantine SEC(".maps");

/* Set when the quarantine is full: then everybody but root is in it. */
bool quarantine_full;

/* Set only by a test build of the loader, so that attacks can be seen to win without a defence. */
const volatile bool exclusive_off, truth_off;

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
	enum gpio_acl_reason memory; /* why the argument is not exclusive, if it is not */
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
	record->taken = 0;
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

/* A line that was taken without having been judged. */
static void audit_taken(const struct judgement *j, enum gpio_acl_reason reason, __u32 offset)
{
	__u64 size = describe_lines(j, reason);

	describe_caller(&j->scratch->record);
	j->scratch->record.taken = offset;
	j->scratch->record.passed = reason == GPIO_ACL_UNJUDGED;
	if (size > sizeof(j->scratch->record) ||
	    bpf_ringbuf_output(&audit, &j->scratch->record, size, 0))
		count(GPIO_ACL_LOST);
}

/* The verdict of a judgement, counted and, when it refuses, audited. */
static int conclude(struct judgement *j, enum gpio_acl_reason reason)
{
	j->reason = reason;
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

/* Does some rule with `memory any` allow each line what it needs? */
static bool waives_memory(const struct judgement *j)
{
	struct gpio_acl_decision decision = {
		.policy = j->policy,
		.subject = &j->scratch->subject,
		.lines = j->scratch->record.lines,
		.tables = GPIO_ACL_ANY,
	};

	if (!(j->settings->flags & GPIO_ACL_HAS_ANY))
		return false;
	__builtin_memcpy(decision.chips, j->chips, sizeof(decision.chips));
	return !gpio_acl_decide(&decision, j->num_lines);
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
	if (j->memory != GPIO_ACL_ALLOWED && waives_memory(j))
		j->memory = GPIO_ACL_ALLOWED;
	return gpio_acl_decide(&decision, j->num_lines) ? GPIO_ACL_POLICY : j->memory;
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
	if (is_quarantined(j->cred->euid.val))
		return GPIO_ACL_QUARANTINED;
	if (j->action == GPIO_ACL_UNKNOWN)
		return GPIO_ACL_COMMAND;
	if (!j->chip)
		return GPIO_ACL_KERNEL;
	if (chip_is_gone(j->chip))
		return GPIO_ACL_ALLOWED;
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

/* Leaves for the truth check what was judged, until forget(). */
static __always_inline int remember(const struct judgement *j, int verdict)
{
	struct scratch *scratch = j->scratch;

	if (!scratch)
		return verdict;
	scratch->judging = JUDGING_NOTHING;
	if (verdict)
		return verdict;
	scratch->num_lines = j->num_lines;
	scratch->num_taken = 0;
	scratch->chip = (__u64)j->chip;
	if (j->reason != GPIO_ACL_ALLOWED)
		scratch->judging = JUDGING_PASSED;
	else if (j->action == GPIO_ACL_REQUEST)
		scratch->judging = JUDGING_REQUEST;
	else if (j->action == GPIO_ACL_CONFIG || j->action == GPIO_ACL_LINE_INFO)
		scratch->judging = JUDGING_CONFIG;
	return verdict;
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
	return remember(&j, conclude(&j, judge(&j, arg, sleepable)));
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

/* ---- the truth check ------------------------------------------------------------------ */

/*
 * What the kernel takes is not what was judged: an attack that exclusive memory should have kept
 * out, or that a rule with `memory any` lets in. The line may already be driven; the process gets
 * no further and no descriptor, and its user nothing more until an administrator says so.
 */
static void stop_race(struct judgement *j, __u32 taken)
{
	__u32 uid = j->cred->euid.val;
	__u64 now = bpf_ktime_get_boot_ns();

	j->scratch->raced = true;
	bpf_send_signal(SIGKILL);
	if (bpf_map_update_elem(&quarantine, &uid, &now, BPF_ANY))
		quarantine_full = true;
	count(GPIO_ACL_RACE);
	audit_taken(j, GPIO_ACL_RACE, taken);
}

/* Is there something to compare? The judgement then has policy, subject, chip and scratch. */
static bool begin_truth(struct judgement *j, const struct gpio_desc *desc)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (truth_off || !task->mm || !begin(j, task->cred) || !j->settings)
		return false;
	if (!j->cred->euid.val && !(j->settings->flags & GPIO_ACL_ROOT_ENFORCE))
		return false;
	j->chip = desc->gdev;
	j->scratch =
		bpf_task_storage_get(&scratches, (void *)task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return j->scratch && j->scratch->judging != JUDGING_PASSED;
}

/*
 * The offset of the line whose descriptor is a program's first argument. The verifier lets a typed
 * pointer be no number; read from the context as bytes it is one.
 */
static __u32 taken_offset(void *ctx, const struct gpio_device *chip)
{
	__u32 offset = ~0u;
	__u64 desc = 0;

	bpf_probe_read_kernel(&desc, sizeof(desc), ctx);
	desc_offset(desc, chip, &offset);
	return offset;
}

/* Every line that anybody takes in a system call, from the character device or elsewhere. */
SEC("fentry/gpiod_request")
int BPF_PROG(gpiod_request, struct gpio_desc *desc)
{
	struct judgement j = {};
	struct gpio_acl_line *line;
	__u32 offset, i;

	if (!begin_truth(&j, desc))
		return 0;
	offset = taken_offset(ctx, j.chip);
	if (j.scratch->judging != JUDGING_REQUEST) {
		count(GPIO_ACL_UNJUDGED);
		audit_taken(&j, GPIO_ACL_UNJUDGED, offset);
		return 0;
	}
	j.num_lines = j.scratch->num_lines;
	i = j.scratch->num_taken++;
	if (i < GPIO_ACL_MAX_LINES && i < j.num_lines) {
		line = &j.scratch->record.lines[i];
		if (line->offset == offset && j.scratch->chip == (__u64)j.chip)
			return 0;
	}
	stop_race(&j, offset);
	return 0;
}

struct output_search {
	const struct gpio_acl_line *lines;
	__u32 offset;
	bool found;
};

static long find_output(__u64 i, void *ctx)
{
	struct output_search *search = ctx;

	if (i >= GPIO_ACL_MAX_LINES)
		return 1;
	if (search->lines[i].offset == search->offset &&
	    search->lines[i].need & GPIO_ACL_RIGHT(GPIO_ACL_OUTPUT)) {
		search->found = true;
		return 1;
	}
	return 0;
}

/* Every line that is made an output, at the last moment before the driver does it. */
SEC("fentry/gpiod_direction_output_raw_commit")
int BPF_PROG(gpiod_direction_output, struct gpio_desc *desc)
{
	struct output_search search = {};
	struct judgement j = {};

	if (!begin_truth(&j, desc) || j.scratch->judging == JUDGING_NOTHING)
		return 0;
	j.num_lines = j.scratch->num_lines;
	search.lines = j.scratch->record.lines;
	search.offset = taken_offset(ctx, j.chip);
	bpf_loop(j.num_lines, find_output, &search, 0);
	if (!search.found || j.scratch->chip != (__u64)j.chip)
		stop_race(&j, search.offset);
	return 0;
}

/* The ioctl has ended, however it ended: what was judged says nothing of what comes next. */
static int forget(void)
{
	struct scratch *scratch =
		bpf_task_storage_get(&scratches, (void *)bpf_get_current_task_btf(), 0, 0);

	if (scratch)
		scratch->judging = JUDGING_NOTHING;
	return 0;
}

SEC("fexit/gpio_ioctl")
int BPF_PROG(gpio_ioctl_end)
{
	return forget();
}

SEC("fexit/gpio_ioctl_compat")
int BPF_PROG(compat_end)
{
	return forget();
}

/* Optional: where the compiler made it part of its caller, the next GPIO ioctl forgets. */
SEC("?fexit/linereq_set_config")
int BPF_PROG(set_config_end)
{
	return forget();
}

/*
 * Optional: only while a rule says `memory any`, since it is asked at every open(). A line
 * request's file is made after its lines are taken: one that raced never gets it.
 */
SEC("?fmod_ret/security_file_alloc")
int BPF_PROG(file_alloc)
{
	struct scratch *scratch =
		bpf_task_storage_get(&scratches, (void *)bpf_get_current_task_btf(), 0, 0);

	return scratch && scratch->raced ? -EPERM : 0;
}

/* ---- what is held, and who could write whose memory, before the hooks were there -------- */

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

/*
 * Marks memory that was not exclusive before there were hooks to see it become so: shared by tasks
 * that are not threads, or with an open /proc/PID/mem or userfaultfd. Read once, after attaching.
 */
SEC("iter/task_file")
int survey(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	const void *ops;

	if (!task || !file || !task->mm)
		return 0;
	if (task->mm->mm_users.counter > task->signal->nr_threads)
		mark((__u64)task->mm, GPIO_ACL_SHARED);
	ops = file->f_op;
	if (ops == &proc_mem_operations && file->f_mode & FMODE_WRITE)
		mark((__u64)file->private_data, GPIO_ACL_WRITER);
	if (ops == &userfaultfd_fops)
		mark((__u64)BPF_CORE_READ((struct userfaultfd_ctx *)file->private_data, mm),
		     GPIO_ACL_USERFAULT);
	return 0;
}
