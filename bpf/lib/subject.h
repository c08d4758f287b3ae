/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose process it is (docs/security.md): who asks need not be who answers for it. A user can have
 * processes with other uids: in a user namespace that it made, and, by a set-user-ID file that was
 * made in one, outside of it, with any of the uids that /etc/subuid gives it. That file is part of
 * the policy (policy/subuids.c).
 *
 * read_owners() alone finds out; denies, the quarantine and the audit go by what it found.
 */
#ifndef GPIO_ACL_SUBJECT_H
#define GPIO_ACL_SUBJECT_H

#include "bpf/lib/cache.h"

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

/* Reading the owners. What changes on the way is in the scratch, as with read_held_line(). */
struct reading_owners {
	void *policy;
	struct scratch *scratch;
};

/* First the process's own uid, then the maker of each of its namespaces. */
static long take_owner(__u64 i, void *ctx)
{
	struct reading_owners *reading = ctx;
	struct scratch *scratch = reading->scratch;
	const void *ns = (const void *)scratch->ns;

	scratch->search.uid = scratch->subject.uid;
	if (i) {
		if (!READ(struct user_namespace, ns, level))
			return 1;
		scratch->search.uid = READ(struct user_namespace, ns, owner.val);
		scratch->ns = (__u64)READ(struct user_namespace, ns, parent);
		gpio_acl_own(&scratch->subject, scratch->search.uid);
	}
	gpio_acl_search(reading->policy, &scratch->search);
	if (!gpio_acl_add_user(&scratch->subject, &scratch->search))
		scratch->owners_unknown = true;
	return 0;
}

/*
 * read_owners() - the owners of the subject in @scratch, by the subordinate uids of this policy
 * @policy: not NULL
 *
 * Reads them unless they are remembered: those of a process in a user namespace never are, beyond
 * one request. False when they are not all known.
 */
static bool read_owners(struct scratch *scratch, void *policy)
{
	struct reading_owners reading = {.policy = policy, .scratch = scratch};
	struct gpio_acl_subject *subject = &scratch->subject;

	refresh_policy(&scratch->recall, policy);
	if (scratch->recall.owners)
		return !scratch->owners_unknown;
	subject->num_owners = 0;
	subject->num_accountable = 1;
	subject->accountable[0] = subject->uid;
	scratch->owners_unknown = false;
	scratch->ns = scratch->asker_ns;
	bpf_loop(1 + GPIO_ACL_MAX_NAMESPACES, take_owner, &reading, 0);
	scratch->recall.owners = true;
	return !scratch->owners_unknown;
}

static long look_for_owner(__u64 i, void *ctx)
{
	struct reading_owners *reading = ctx;
	struct scratch *scratch = reading->scratch;
	__u32 owner;

	if (i >= GPIO_ACL_MAX_OWNERS)
		return 1;
	owner = scratch->subject.owners[i];
	if (!bpf_map_lookup_elem(&quarantine, &owner))
		return 0;
	scratch->quarantined = true;
	return 1;
}

/* The quarantine of a user holds for all that it owns, too. */
static bool is_quarantined(struct scratch *scratch)
{
	struct reading_owners reading = {.scratch = scratch};
	__u32 uid = scratch->subject.uid, num_owners = scratch->subject.num_owners;

	if (full.quarantine || bpf_map_lookup_elem(&quarantine, &uid))
		return true;
	scratch->quarantined = false;
	if (num_owners)
		bpf_loop(num_owners, look_for_owner, &reading, 0);
	return scratch->quarantined;
}

/* Who shares a subordinate uid shares the blame: which of them it was cannot be told. */
static void quarantine_accountable(const struct gpio_acl_subject *subject)
{
	__u64 now = bpf_ktime_get_boot_ns();
	__u32 uid;

	for (__u32 i = 0; i < GPIO_ACL_MAX_SHARERS && i < subject->num_accountable; i++) {
		uid = subject->accountable[i];
		if (bpf_map_update_elem(&quarantine, &uid, &now, BPF_ANY))
			full.quarantine = true;
	}
}

/*
 * find_owners() - the owners of the subject in @scratch, whose uid and asker_ns are set
 *
 * Returns why the process may not use GPIO at all, or GPIO_ACL_REASON_ALLOWED, as enum
 * gpio_acl_reason. The decision may be under a newer policy: decide() asks read_owners() again.
 *
 * Not static, for the verifier: see decide().
 */
__noinline int find_owners(struct scratch *scratch)
{
	void *policy = find_policy();
	bool known;

	if (!scratch)
		return GPIO_ACL_REASON_KERNEL_READ;
	known = !policy || read_owners(scratch, policy);
	if (is_quarantined(scratch))
		return GPIO_ACL_REASON_QUARANTINED;
	return known ? GPIO_ACL_REASON_ALLOWED : GPIO_ACL_REASON_OWNERS;
}

/* The same for a process with these credentials; what is remembered of another one goes. */
static enum gpio_acl_reason whose(struct scratch *scratch, const struct cred *cred)
{
	refresh(&scratch->recall, cred);
	scratch->subject.uid = subject_uid(cred);
	scratch->asker_ns = (__u64)cred->user_ns;
	return find_owners(scratch);
}

#endif
