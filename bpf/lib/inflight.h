/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which request of a task is in flight: checked by the hook, not yet finished by the kernel.
 */
#ifndef GPIO_ACL_INFLIGHT_H
#define GPIO_ACL_INFLIGHT_H

#include "bpf/lib/fd_sharing.h"
#include "bpf/lib/scratch.h"

/*
 * is_judging() - what is judged in the ioctl that the task is in; JUDGING_NOTHING when it is in
 * none, whatever the last one left
 *
 * So nobody has to be there when an ioctl ends: a program that would be (fexit) can be skipped.
 */
static __always_inline enum judging is_judging(struct task_struct *task,
					       const struct scratch *scratch)
{
	enum judging judging = scratch->judging;

	if (judging == JUDGING_NOTHING || !is_in_ioctl(task, scratch->command, scratch->address))
		return JUDGING_NOTHING;
	return judging;
}

/*
 * The process that raced is killed where the race is seen, in a kprobe. There preemption is off,
 * and bpf_send_signal() leaves it to an irq_work; with PREEMPT_RT that is a thread's, late, and is
 * not taken (-EBUSY) while another one waits for that thread (bpf_send_signal_common() in
 * kernel/trace/bpf_trace.c, 6.1 to 7.3). So whatever runs in the racer's context with preemption
 * on sends the signal again, which takes effect at once: the hooks of the LSM, which are never
 * skipped, and the end of the ioctl.
 */
static bool kill_racer(const struct scratch *scratch)
{
	if (scratch->raced)
		bpf_send_signal(SIGKILL);
	return scratch->raced;
}

/* What the truth check has to compare in an ioctl that the hook lets pass. */
static __always_inline enum judging what_to_compare(const struct judgement *j, int verdict)
{
	if (verdict)
		return JUDGING_NOTHING;
	if (j->reason != GPIO_ACL_REASON_ALLOWED)
		return JUDGING_PASSED;
	if (j->action == GPIO_ACL_ACTION_REQUEST)
		return JUDGING_REQUEST;
	if (j->action == GPIO_ACL_ACTION_ANYTHING)
		return JUDGING_ANYTHING;
	if (j->action == GPIO_ACL_ACTION_CONFIG || j->action == GPIO_ACL_ACTION_LINE_INFO)
		return JUDGING_CONFIG;
	return JUDGING_NOTHING;
}

/*
 * Leaves for the truth check what was judged, until forget(). A request that passes is said to be
 * judged all the way from before its memory was looked at (memcheck.h): one store, no gap.
 */
static __always_inline int remember(const struct judgement *j, int verdict)
{
	struct scratch *scratch = j->scratch;

	if (!scratch)
		return verdict;
	scratch->num_lines = j->num_lines;
	scratch->chip = (__u64)j->chip;
	scratch->taken = ~0u; /* the one before the first */
	scratch->changed = false;
	scratch->judging = what_to_compare(j, verdict);
	if (scratch->judging == JUDGING_NOTHING)
		end_waiver(scratch);
	return verdict;
}

/* Who is judging nothing has no waiver either. */
static void judge_nothing(struct scratch *scratch)
{
	if (scratch->judging == JUDGING_NOTHING)
		return;
	scratch->judging = JUDGING_NOTHING;
	end_waiver(scratch);
}

#endif
