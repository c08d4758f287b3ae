/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a GPIO request to its verdict: who asks, on which chip, for which lines, what each needs,
 * and the decision under the policy that is in force at that moment. Whatever cannot be read, is
 * not known or is over a bound is refused.
 */
#ifndef GPIO_ACL_REQUEST_H
#define GPIO_ACL_REQUEST_H

#include "bpf/lib/lines.h"
#include "bpf/lib/policy.h"

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
