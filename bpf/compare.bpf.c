// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares the lines that the kernel really claims, and makes outputs, with those that were checked
 * (docs/architecture.md, "The argument is the caller's memory"). A process that raced is killed.
 *
 * It runs in kprobes, not fentry programs. The kernel skips an fentry program on a CPU where
 * another task was preempted in the same program (prog->active), and an attacker can arrange that.
 * A kprobe program runs with preemption off. It is skipped only on a CPU where a task was preempted
 * in bpf(2) (bpf_prog_active), and by default only root can call that.
 */
#include "bpf/lib/audit.h"
#include "bpf/lib/check.h"

/*
 * Clears the state when an ioctl ends. Nothing relies on these programs, which can be skipped: the
 * next GPIO ioctl ends what the last one left in fd_sharing.inflight_any, a state counts only in
 * its own ioctl (get_inflight()), and a racer is quarantined. They come before what sets a state:
 * libbpf attaches in the order of definition, and a load may be interrupted.
 */
static int end_ioctl(void)
{
	struct scratch *scratch = find_scratch();

	if (scratch && !kill_racer(scratch))
		clear_inflight(scratch);
	return 0;
}

SEC("fexit/gpio_ioctl")
int BPF_PROG(gpio_ioctl_end)
{
	return end_ioctl();
}

/* Optional: only where the kernel runs 32-bit programs. */
SEC("?fexit/gpio_ioctl_compat")
int BPF_PROG(compat_end)
{
	return end_ioctl();
}

/*
 * Optional: only with PREEMPT_RT, where the signal for a racer may be late. A configuration can
 * race too.
 */
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
 * stop_race() - the kernel claimed, or drives, what was not checked
 * @taken: offset of the line
 *
 * An attack that the check of memory should have kept out, or that a rule with `memory any` lets
 * in. The line may be driven already. The process gets no descriptor and ends; its user is refused
 * everything until an administrator pardons it.
 *
 * Inlined for 7.3's verifier: it looks up what a function reads of its callers' stacks by call site
 * and depth alone (lookup_instance() in kernel/bpf/liveness.c). With audit_taken() called here and
 * one level up it takes one for the other, and fields of @r for dead.
 */
static __always_inline void stop_race(struct gpio_request *r, __u32 taken)
{
	r->scratch->raced = true;
	bpf_send_signal(SIGKILL);
	quarantine_accountable(&r->scratch->subject);
	invalidate_all();
	count(GPIO_ACL_REASON_RACE);
	audit_taken(r, GPIO_ACL_REASON_RACE, taken);
}

/* Is there anything to compare? Sets info, subject, gdev, scratch and .inflight of @r. */
static bool begin_verify(struct gpio_request *r, const struct gpio_desc *desc)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (verify_off || !task->mm || !begin_request(r, task->cred) || !r->info.known)
		return false;
	if (is_exempt_root(subject_uid(r->cred), r->info.flags))
		return false;
	r->gdev = READ(struct gpio_desc, desc, gdev);
	r->scratch = get_scratch(task);
	if (!r->scratch)
		return false;
	check_subject(r->scratch, r->cred);
	r->inflight = get_inflight(task, r->scratch);
	r->command = r->inflight == INFLIGHT_NONE ? 0 : r->scratch->inflight.command;
	return r->inflight != INFLIGHT_PERMISSIVE;
}

/* The offset of the line being claimed; ~0 (no line has it) when it cannot be read. */
static __u32 taken_hwgpio(const struct gpio_desc *desc, const struct gpio_device *gdev)
{
	__u32 offset = ~0u;

	desc_hwgpio(desc, gdev, &offset);
	return offset;
}

struct line_search {
	struct scratch *scratch;
	__u64 distance; /* desc_bytes() */
	__u16 need;
	bool found;
};

static __always_inline bool is_line(struct line_search *search, __u64 i)
{
	const struct gpio_acl_record_line *line;

	if (i >= GPIO_ACL_MAX_LINES || i >= search->scratch->inflight.num_lines)
		return false;
	line = &search->scratch->record.lines[i];
	if (hwgpio_bytes(line->offset) != search->distance ||
	    (line->need & search->need) != search->need)
		return false;
	search->scratch->inflight.last_line = i;
	return true;
}

static long find_line(__u64 i, void *ctx)
{
	struct line_search *search = ctx;

	search->found = is_line(search, i);
	return search->found;
}

/*
 * was_checked() - was this line checked, for this need, in what the task has in flight?
 * @allowed: INFLIGHT_REQUEST, or INFLIGHT_CONFIG if a configuration counts too
 * @steps: 1 if the kernel goes to the next line of the request here, 0 if it stays with the line
 *
 * The lines are a set: a call that was skipped must not make the next one look like an attack. But
 * the kernel goes through them in order, so that the search begins @steps after the line found
 * last, then one further. The gdev is that of the request's file, which nobody can change. A chip
 * that forwards a request to another one, as gpio-aggregator does, claims lines of that other one.
 */
static __always_inline bool was_checked(const struct gpio_desc *desc, enum inflight_state allowed,
					__u16 need, __u32 steps)
{
	const struct gpio_device *gdev = READ(struct gpio_desc, desc, gdev);
	struct line_search search = {.scratch = find_scratch(), .need = need};
	struct scratch *scratch = search.scratch;
	enum inflight_state now;

	if (!scratch || scratch->inflight.gdev != (__u64)gdev)
		return false;
	now = get_inflight(bpf_get_current_task_btf(), scratch);
	if (now != INFLIGHT_REQUEST && now != allowed)
		return now == INFLIGHT_ANYTHING;
	search.distance = desc_bytes(desc, gdev);
	steps += scratch->inflight.last_line;
	if (is_line(&search, steps) || is_line(&search, steps + 1))
		return true;
	bpf_loop(GPIO_ACL_MAX_LINES, find_line, &search, 0);
	return search.found;
}

/*
 * count_change() - does the policy allow the line that the kernel claims in place of one that was
 * checked?
 * @need: what is needed for certain so far
 *
 * Then nothing is gained by the change: two threads may use one static struct. Counted once a
 * request. check_policy() is asked about record.lines[0], which is replaced for the time of the
 * call.
 */
static __always_inline bool count_change(struct gpio_request *r, __u32 offset, __u16 need)
{
	struct scratch *scratch = r->scratch;
	struct gpio_acl_record_line checked = scratch->record.lines[0];
	bool allowed;

	gpio_acl_ask(&scratch->record.lines[0], offset, need);
	allowed = check_policy(scratch, GPIO_ACL_ACTION_REQUEST, 1, GPIO_ACL_REASON_ALLOWED) ==
		  GPIO_ACL_REASON_ALLOWED;
	scratch->record.lines[0] = checked;
	if (!allowed)
		return false;
	if (!scratch->inflight.changed)
		count(GPIO_ACL_REASON_CHANGED);
	scratch->inflight.changed = true;
	return true;
}

/* noinline, as the next one: most lines were checked, and need no stack frame for this. */
static __noinline int taken_unchecked(const struct gpio_desc *desc)
{
	struct gpio_request r = {};
	__u32 offset;

	if (!begin_verify(&r, desc))
		return 0;
	offset = taken_hwgpio(desc, r.gdev);
	if (r.inflight != INFLIGHT_REQUEST || r.scratch->inflight.gdev != (__u64)r.gdev) {
		count(GPIO_ACL_REASON_BYPASS);
		audit_taken(&r, GPIO_ACL_REASON_BYPASS, offset);
		return 0;
	}
	r.num_lines = r.scratch->inflight.num_lines;
	if (!count_change(&r, offset, GPIO_ACL_HOLD))
		stop_race(&r, offset);
	return 0;
}

static __noinline int driven_unchecked(const struct gpio_desc *desc)
{
	struct gpio_request r = {};
	__u32 offset;

	if (!begin_verify(&r, desc) || r.inflight == INFLIGHT_NONE ||
	    r.scratch->inflight.gdev != (__u64)r.gdev)
		return 0;
	offset = taken_hwgpio(desc, r.gdev);
	r.num_lines = r.scratch->inflight.num_lines;
	if (!count_change(&r, offset, GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)))
		stop_race(&r, offset);
	return 0;
}

/* Every line that is claimed in a system call, by the character device or otherwise. */
SEC("kprobe/gpiod_request")
int gpiod_request(void *ctx)
{
	const struct gpio_desc *desc = kprobe_argument(ctx, 0);

	invalidate_uses();
	return was_checked(desc, INFLIGHT_REQUEST, 0, 1) ? 0 : taken_unchecked(desc);
}

/*
 * Every line that is made an output, before the driver does it: gpiolib-cdev.c calls the first
 * function from 6.13 on, the second before. Both are called from other files, so that no compiler
 * inlines them.
 */
static __always_inline int check_output(const struct gpio_desc *desc)
{
	__u16 output = GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT);

	return was_checked(desc, INFLIGHT_CONFIG, output, 0) ? 0 : driven_unchecked(desc);
}

SEC("?kprobe/gpiod_direction_output_nonotify")
int direction_output(void *ctx)
{
	return check_output(kprobe_argument(ctx, 0));
}

SEC("?kprobe/gpiod_direction_output")
int direction_output_before_6_13(void *ctx)
{
	return check_output(kprobe_argument(ctx, 0));
}

/*
 * Optional: only while a rule says `memory any`, since it runs at every open(). The file of a line
 * request is made after its lines are claimed, so that a request that raced never gets one. If this
 * is skipped, the file goes with its process, which shares its descriptors with no other
 * (lib/fd_sharing.h).
 */
SEC("?fmod_ret/security_file_alloc")
int BPF_PROG(file_alloc)
{
	struct scratch *scratch = find_scratch();

	return scratch && kill_racer(scratch) ? -EPERM : 0;
}
