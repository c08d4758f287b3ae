/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request that a task has in flight: set before its argument is read, compared by compare.bpf.c
 * with what the kernel does, and over with the ioctl, even if no program sees the end of it.
 */
#ifndef GPIO_ACL_INFLIGHT_H
#define GPIO_ACL_INFLIGHT_H

#include "bpf/lib/fd_sharing.h"
#include "bpf/lib/scratch.h"

/*
 * get_inflight() - what a task has in flight in the ioctl that it is in; INFLIGHT_NONE when it is
 * in none, or in another one than the state was set for
 *
 * So a state that was left behind does no harm: fexit programs, which clear it, can be skipped.
 */
static __always_inline enum inflight_state get_inflight(struct task_struct *task,
							const struct scratch *scratch)
{
	const struct inflight *inflight = &scratch->inflight;
	enum inflight_state state = inflight->state;

	if (state == INFLIGHT_NONE || !is_in_ioctl(task, inflight->command, inflight->address))
		return INFLIGHT_NONE;
	return state;
}

/*
 * kill_racer() - kill the current task if it raced; true if it did
 *
 * A race is detected in a kprobe, with preemption off. There bpf_send_signal() only queues an
 * irq_work. With PREEMPT_RT a thread runs that, late; while another task waits for that thread the
 * helper returns -EBUSY (bpf_send_signal_common() in kernel/trace/bpf_trace.c, 6.1 to 7.3). So
 * every program that runs in the racer's context with preemption on sends the signal again, which
 * takes effect at once: the LSM hooks, which are never skipped, and the end of the ioctl.
 */
static bool kill_racer(const struct scratch *scratch)
{
	if (scratch->raced)
		bpf_send_signal(SIGKILL);
	return scratch->raced;
}

/* What compare.bpf.c has to compare in an ioctl after the hook's verdict. */
static __always_inline enum inflight_state state_after_check(const struct gpio_request *r,
							     int verdict)
{
	if (verdict)
		return INFLIGHT_NONE;
	if (r->reason != GPIO_ACL_REASON_ALLOWED)
		return INFLIGHT_PERMISSIVE;
	if (r->action == GPIO_ACL_ACTION_REQUEST)
		return INFLIGHT_REQUEST;
	if (r->action == GPIO_ACL_ACTION_ANYTHING)
		return INFLIGHT_ANYTHING;
	if (r->action == GPIO_ACL_ACTION_CONFIG || r->action == GPIO_ACL_ACTION_LINE_INFO)
		return INFLIGHT_CONFIG;
	return INFLIGHT_NONE;
}

/*
 * set_inflight() - keep what was checked for compare.bpf.c, until clear_inflight()
 *
 * The state is set (INFLIGHT_CHECKING) since before the memory was checked. Here one store changes
 * its value: there is no moment in which the request is not in flight.
 */
static __always_inline int set_inflight(const struct gpio_request *r, int verdict)
{
	struct scratch *scratch = r->scratch;

	if (!scratch)
		return verdict;
	scratch->inflight.num_lines = r->num_lines;
	scratch->inflight.gdev = (__u64)r->gdev;
	scratch->inflight.last_line = ~0u; /* none claimed yet: + 1 is the first */
	scratch->inflight.changed = false;
	scratch->inflight.state = state_after_check(r, verdict);
	if (scratch->inflight.state == INFLIGHT_NONE)
		end_inflight_any(scratch);
	return verdict;
}

/* Without a state the request is not counted in fd_sharing.inflight_any either. */
static void clear_inflight(struct scratch *scratch)
{
	if (scratch->inflight.state == INFLIGHT_NONE)
		return;
	scratch->inflight.state = INFLIGHT_NONE;
	end_inflight_any(scratch);
}

#endif
