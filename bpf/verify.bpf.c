// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The truth check (docs/architecture.md, "The argument is the caller's memory"): what the kernel
 * takes, and makes an output, is compared with what was judged.
 *
 * It runs in kprobes. An fentry program is skipped on a processor where another task is preempted
 * in it, and an attacker can bring that about. A kprobe's program runs with preemption off; it is
 * skipped only where a task is preempted in bpf(2), which is root's to call by default.
 */
#include "bpf/lib/audit.h"
#include "bpf/lib/request.h"

/*
 * The ioctl has ended. Nothing rests on these programs, which can be skipped: the next GPIO ioctl
 * ends the waiver of the last one, a judgement counts only in its ioctl (is_judging()), and a racer
 * is in quarantine. They come first, since programs are attached in this order, and a load may be
 * interrupted.
 */
static int end_ioctl(void)
{
	struct scratch *scratch = find_scratch();

	if (scratch && !kill_racer(scratch))
		judge_nothing(scratch);
	return 0;
}

SEC("fexit/gpio_ioctl")
int BPF_PROG(gpio_ioctl_end)
{
	return end_ioctl();
}

/* Optional: where the kernel runs 32-bit programs. */
SEC("?fexit/gpio_ioctl_compat")
int BPF_PROG(compat_end)
{
	return end_ioctl();
}

/* Optional: where the kernel is PREEMPT_RT. A configuration can race, too. */
SEC("?fexit/linereq_ioctl")
int BPF_PROG(request_end)
{
	return end_ioctl();
}

SEC("?fexit/linehandle_ioctl")
int BPF_PROG(handle_end)
{
	return end_ioctl();
}

/*
 * What the kernel takes is not what was judged: an attack that exclusive memory should have kept
 * out, or that a rule with `memory any` lets in. The line may already be driven; the process gets
 * no further and no descriptor, and its user nothing more until an administrator says so.
 *
 * Inlined for 7.3's verifier. It looks up what a function reads of its callers' stacks by call site
 * and depth alone (lookup_instance() in kernel/bpf/liveness.c); with audit_taken() called here and
 * one level up it takes the one for the other, and fields of @j for dead.
 */
static __always_inline void stop_race(struct judgement *j, __u32 taken)
{
	j->scratch->raced = true;
	bpf_send_signal(SIGKILL);
	quarantine_accountable(&j->scratch->subject);
	world_changed();
	count(GPIO_ACL_REASON_RACE);
	audit_taken(j, GPIO_ACL_REASON_RACE, taken);
}

/* Is there something to compare? The judgement then has policy, subject, chip and scratch. */
static bool begin_truth(struct judgement *j, const struct gpio_desc *desc)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (truth_off || !task->mm || !begin(j, task->cred) || !j->terms.known)
		return false;
	if (is_free_root(subject_uid(j->cred), j->terms.flags))
		return false;
	j->chip = READ(struct gpio_desc, desc, gdev);
	j->scratch = get_scratch(task);
	if (!j->scratch)
		return false;
	whose(j->scratch, j->cred);
	j->judging = is_judging(task, j->scratch);
	j->command = j->judging == JUDGING_NOTHING ? 0 : j->scratch->command;
	return j->judging != JUDGING_PASSED;
}

/* The offset of a line that is being taken; one that no line has when it cannot be read. */
static __u32 taken_offset(const struct gpio_desc *desc, const struct gpio_device *chip)
{
	__u32 offset = ~0u;

	desc_offset(desc, chip, &offset);
	return offset;
}

struct line_search {
	struct scratch *scratch;
	__u64 distance; /* desc_distance() */
	__u16 need;
	bool found;
};

static __always_inline bool is_line(struct line_search *search, __u64 i)
{
	const struct gpio_acl_record_line *line;

	if (i >= GPIO_ACL_MAX_LINES || i >= search->scratch->num_lines)
		return false;
	line = &search->scratch->record.lines[i];
	if (desc_place(line->offset) != search->distance ||
	    (line->need & search->need) != search->need)
		return false;
	search->scratch->taken = i;
	return true;
}

static long find_line(__u64 i, void *ctx)
{
	struct line_search *search = ctx;

	search->found = is_line(search, i);
	return search->found;
}

/*
 * Is this line of a request, or of a configuration too if @judging says so, that was judged, and
 * for that need? The lines are a set: a call that was skipped must not make the next one look
 * like an attack; but the kernel takes them in their order, so that it is @steps after the last one
 * or the one behind. The chip is that of the request's file, which nobody can change; a chip that
 * passes a request on to another one, as gpio-aggregator does, takes lines of that other one.
 */
static __always_inline bool was_judged(const struct gpio_desc *desc, enum judging judging,
				       __u16 need, __u32 steps)
{
	const struct gpio_device *chip = READ(struct gpio_desc, desc, gdev);
	struct line_search search = {.scratch = find_scratch(), .need = need};
	struct scratch *scratch = search.scratch;
	enum judging judged;

	if (!scratch || scratch->chip != (__u64)chip)
		return false;
	judged = is_judging(bpf_get_current_task_btf(), scratch);
	if (judged != JUDGING_REQUEST && judged != judging)
		return judged == JUDGING_ANYTHING;
	search.distance = desc_distance(desc, chip);
	steps += scratch->taken;
	if (is_line(&search, steps) || is_line(&search, steps + 1))
		return true;
	bpf_loop(GPIO_ACL_MAX_LINES, find_line, &search, 0);
	return search.found;
}

/*
 * count_change() - does the policy in force allow the line that the kernel takes in place of one
 * that was judged? Then nothing is gained by it: two threads may fill one static struct. Counted
 * once a request.
 * @need: what is certain to be needed so far
 *
 * decide() is asked about the first line of the record, where that one stands for a moment.
 */
static __always_inline bool count_change(struct judgement *j, __u32 offset, __u16 need)
{
	struct scratch *scratch = j->scratch;
	struct gpio_acl_record_line judged = scratch->record.lines[0];
	bool allowed;

	gpio_acl_ask(&scratch->record.lines[0], offset, need);
	allowed = decide(scratch, GPIO_ACL_ACTION_REQUEST, 1, GPIO_ACL_REASON_ALLOWED) ==
		  GPIO_ACL_REASON_ALLOWED;
	scratch->record.lines[0] = judged;
	if (!allowed)
		return false;
	if (!scratch->changed)
		count(GPIO_ACL_REASON_CHANGED);
	scratch->changed = true;
	return true;
}

/* Of their own, as is what follows: most lines were judged, and need no frame for this. */
static __noinline int taken_unjudged(const struct gpio_desc *desc)
{
	struct judgement j = {};
	__u32 offset;

	if (!begin_truth(&j, desc))
		return 0;
	offset = taken_offset(desc, j.chip);
	if (j.judging != JUDGING_REQUEST || j.scratch->chip != (__u64)j.chip) {
		count(GPIO_ACL_REASON_BYPASS);
		audit_taken(&j, GPIO_ACL_REASON_BYPASS, offset);
		return 0;
	}
	j.num_lines = j.scratch->num_lines;
	if (!count_change(&j, offset, GPIO_ACL_HOLD))
		stop_race(&j, offset);
	return 0;
}

static __noinline int driven_unjudged(const struct gpio_desc *desc)
{
	struct judgement j = {};
	__u32 offset;

	if (!begin_truth(&j, desc) || j.judging == JUDGING_NOTHING ||
	    j.scratch->chip != (__u64)j.chip)
		return 0;
	offset = taken_offset(desc, j.chip);
	j.num_lines = j.scratch->num_lines;
	if (!count_change(&j, offset, GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)))
		stop_race(&j, offset);
	return 0;
}

/* Every line that anybody takes in a system call, from the character device or elsewhere. */
SEC("kprobe/gpiod_request")
int gpiod_request(void *ctx)
{
	const struct gpio_desc *desc = argument(ctx, 0);

	lines_changed();
	return was_judged(desc, JUDGING_REQUEST, 0, 1) ? 0 : taken_unjudged(desc);
}

/*
 * Every line that is made an output, before the driver does it: gpiolib-cdev.c calls the first
 * function from 6.13 on, the second before that. Both are called across files, so that no compiler
 * can inline them there.
 */
static __always_inline int check_output(const struct gpio_desc *desc)
{
	__u16 output = GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT);

	return was_judged(desc, JUDGING_CONFIG, output, 0) ? 0 : driven_unjudged(desc);
}

SEC("?kprobe/gpiod_direction_output_nonotify")
int direction_output(void *ctx)
{
	return check_output(argument(ctx, 0));
}

SEC("?kprobe/gpiod_direction_output")
int direction_output_before_6_13(void *ctx)
{
	return check_output(argument(ctx, 0));
}

/*
 * Optional: only while a rule says `memory any`, since it is asked at every open(). A line
 * request's file is made after its lines are taken: one that raced never gets it. This one may be
 * skipped; then the file dies with its process, which shares its descriptors with no other
 * (memcheck.h).
 */
SEC("?fmod_ret/security_file_alloc")
int BPF_PROG(file_alloc)
{
	struct scratch *scratch = find_scratch();

	return scratch && kill_racer(scratch) ? -EPERM : 0;
}
