/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check of a request from end to end: its subject, its device, its lines, the decision.
 * Whatever cannot be read, is unknown or is over a bound is refused.
 */
#ifndef GPIO_ACL_CHECK_H
#define GPIO_ACL_CHECK_H

#include "bpf/lib/decision.h"
#include "bpf/lib/lines.h"

/*
 * The subject's groups, unless those of the last request hold: subject and gdev are cached
 * together.
 */
static __always_inline enum gpio_acl_reason read_subject_or_cached(struct gpio_request *r)
{
	struct cache *cache = &r->scratch->cache;
	__u64 serial = gdev_serial(r->gdev);

	if (serial && cache->gdev == (__u64)r->gdev && cache->serial == serial)
		return GPIO_ACL_REASON_ALLOWED;
	cache->gdev = 0;
	cache->serial = serial;
	return read_subject(&r->scratch->subject, r->cred);
}

/* always_inline: MAX_CALL_FRAMES is 8 before 7.3, and this would be a ninth frame. */
static __always_inline enum gpio_acl_reason check_lines(struct gpio_request *r, enum fetch fetch)
{
	enum gpio_acl_reason reason = read_subject_or_cached(r);

	if (reason != GPIO_ACL_REASON_ALLOWED)
		return reason;
	r->scratch->in.gdev = (__u64)r->gdev;
	reason = check_policy(r->scratch, r->action, r->num_lines, r->memory);
	r->info = r->scratch->out.info;
	if (fetch == FETCH_NONE && r->kind == GPIO_ACL_FILE_CHIP)
		r->num_lines = r->scratch->out.num_lines;
	if (reason == GPIO_ACL_REASON_ALLOWED && r->scratch->out.memory_any &&
	    r->action == GPIO_ACL_ACTION_REQUEST)
		return begin_inflight_any(r->scratch);
	return reason;
}

/*
 * A subject that has every right on every line of the chip may ask for anything, whatever the
 * request becomes: there is nothing to gain by a race (docs/security.md). Checked under a policy of
 * its own, which need not be the one that refused.
 *
 * The gdev is that of the file, on which ioctl(2) holds a reference (fdget() in fs/ioctl.c, 6.1 to
 * 7.3): no task that shares the descriptors can exchange it.
 */
static __always_inline enum gpio_acl_reason
check_whole_chip(struct gpio_request *r, unsigned long arg, enum gpio_acl_reason reason)
{
	struct scratch *scratch = r->scratch;

	if (read_subject_or_cached(r) != GPIO_ACL_REASON_ALLOWED)
		return reason;
	scratch->in.gdev = (__u64)r->gdev;
	if (check_policy(scratch, GPIO_ACL_ACTION_ANYTHING, 0, GPIO_ACL_REASON_ALLOWED) !=
	    GPIO_ACL_REASON_ALLOWED)
		return reason;
	r->info = scratch->out.info;
	r->action = GPIO_ACL_ACTION_ANYTHING;
	scratch->inflight.command = r->command;
	scratch->inflight.address = arg;
	return GPIO_ACL_REASON_ALLOWED;
}

static __always_inline enum gpio_acl_reason check_request(struct gpio_request *r, unsigned long arg,
							  enum fetch fetch)
{
	__u32 uid = subject_uid(r->cred);
	enum gpio_acl_reason reason;

	if (!r->info.known)
		return GPIO_ACL_REASON_KERNEL_READ;
	if (is_exempt_root(uid, r->info.flags))
		return GPIO_ACL_REASON_ALLOWED;
	r->scratch = make_scratch();
	if (!r->scratch)
		return GPIO_ACL_REASON_NOMEM;
	if (kill_racer(r->scratch))
		return GPIO_ACL_REASON_QUARANTINED;
	reason = check_subject(r->scratch, r->cred);
	if (reason == GPIO_ACL_REASON_ALLOWED && is_exempt(uid, r->action, r->info.flags)) {
		r->scratch = NULL; /* nothing is in flight for compare.bpf.c */
		return GPIO_ACL_REASON_ALLOWED;
	}
	r->gdev = file_gdev(r->file, r->kind);
	if (reason != GPIO_ACL_REASON_ALLOWED)
		return reason;
	if (!r->gdev)
		return GPIO_ACL_REASON_KERNEL_READ;
	if (gdev_is_gone(r->gdev))
		return GPIO_ACL_REASON_ALLOWED;
	reason = read_request(r, arg, fetch);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		reason = check_lines(r, fetch);
	if (reason == GPIO_ACL_REASON_ALLOWED)
		cache_use(r->scratch, r->file, r->command, r->needs);
	else if (fetch != FETCH_NONE &&
		 gpio_acl_is_doubt(reason, r->memory == GPIO_ACL_REASON_ALLOWED))
		reason = check_whole_chip(r, arg, reason);
	/* Unplugged meanwhile: its names may have been freed. It never comes back. */
	return gdev_is_gone(r->gdev) ? GPIO_ACL_REASON_ALLOWED : reason;
}

/*
 * begin_request() - the caller's cred and the settings of the active policy, to be done early where
 * nothing is to check
 *
 * check_policy() reads the policy again, and uses only what it reads itself. Returns false if no
 * policy is published.
 */
static __always_inline bool begin_request(struct gpio_request *r, const struct cred *cred)
{
	void *policy = find_policy();

	if (!policy)
		return false;
	r->info = read_policy_info(policy);
	r->cred = cred;
	return true;
}

#endif
