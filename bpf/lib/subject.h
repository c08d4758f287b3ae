/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who makes a request: uid, groups, and the owners of the process (docs/security.md, "Whose
 * process").
 *
 * A user can have processes with other uids: in a user namespace of its own and, by a set-user-ID
 * file made in one, outside of it, with any uid that /etc/subuid gives the user. That file is part
 * of the policy (policy/subuids.c). Only read_owners() finds the owners; denies, the quarantine and
 * the audit use them.
 */
#ifndef GPIO_ACL_SUBJECT_H
#define GPIO_ACL_SUBJECT_H

#include "bpf/lib/cache.h"

/* The groups; check_subject() sets uid and owners. */
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

/* The loops below. Their state is in scratch.walk: see read_held_line(). */
struct owner_walk {
	void *policy;
	struct scratch *scratch;
};

/* First the uid of the process, then the creator of each of its user namespaces. */
static long add_owner(__u64 i, void *ctx)
{
	struct owner_walk *walk = ctx;
	struct scratch *scratch = walk->scratch;
	const void *ns = (const void *)scratch->walk.ns;

	scratch->walk.search.uid = scratch->subject.uid;
	if (i) {
		if (!READ(struct user_namespace, ns, level))
			return 1;
		scratch->walk.search.uid = READ(struct user_namespace, ns, owner.val);
		scratch->walk.ns = (__u64)READ(struct user_namespace, ns, parent);
		gpio_acl_own(&scratch->subject, scratch->walk.search.uid);
	}
	gpio_acl_search(walk->policy, &scratch->walk.search);
	if (!gpio_acl_add_user(&scratch->subject, &scratch->walk.search))
		scratch->out.owners_unknown = true;
	return 0;
}

/*
 * read_owners() - the owners of the subject in @scratch, by the subordinate uids of @policy
 * @policy: not NULL
 *
 * Reads them unless they are cached. Those of a process in a user namespace are cached for one
 * request only. Returns false when they are not all known.
 */
static bool read_owners(struct scratch *scratch, void *policy)
{
	struct owner_walk walk = {.policy = policy, .scratch = scratch};
	struct gpio_acl_subject *subject = &scratch->subject;

	refresh_cached_policy(&scratch->cache, policy);
	if (scratch->cache.owners)
		return !scratch->out.owners_unknown;
	subject->num_owners = 0;
	subject->num_accountable = 1;
	subject->accountable[0] = subject->uid;
	scratch->out.owners_unknown = false;
	scratch->walk.ns = scratch->in.cred_ns;
	bpf_loop(1 + GPIO_ACL_MAX_NAMESPACES, add_owner, &walk, 0);
	scratch->cache.owners = true;
	return !scratch->out.owners_unknown;
}

static long find_quarantined(__u64 i, void *ctx)
{
	struct owner_walk *walk = ctx;
	struct scratch *scratch = walk->scratch;
	__u32 owner;

	if (i >= GPIO_ACL_MAX_OWNERS)
		return 1;
	owner = scratch->subject.owners[i];
	if (!bpf_map_lookup_elem(&quarantine, &owner))
		return 0;
	scratch->out.quarantined = true;
	return 1;
}

/* The quarantine of a user also applies to all processes that it owns. */
static bool is_quarantined(struct scratch *scratch)
{
	struct owner_walk walk = {.scratch = scratch};
	__u32 uid = scratch->subject.uid, num_owners = scratch->subject.num_owners;

	if (overflow.quarantine || bpf_map_lookup_elem(&quarantine, &uid))
		return true;
	scratch->out.quarantined = false;
	if (num_owners)
		bpf_loop(num_owners, find_quarantined, &walk, 0);
	return scratch->out.quarantined;
}

/* All who share a subordinate uid: which of them it was is not known. */
static void quarantine_accountable(const struct gpio_acl_subject *subject)
{
	__u64 now = bpf_ktime_get_boot_ns();
	__u32 uid;

	for (__u32 i = 0; i < GPIO_ACL_MAX_SHARERS && i < subject->num_accountable; i++) {
		uid = subject->accountable[i];
		if (bpf_map_update_elem(&quarantine, &uid, &now, BPF_ANY))
			overflow.quarantine = true;
	}
}

/*
 * check_owners() - may the subject in @scratch use GPIO at all?
 * @scratch: with subject.uid and in.cred_ns
 *
 * Returns enum gpio_acl_reason. The decision may be under a newer policy: check_policy() calls
 * read_owners() again. Global, for the verifier: see check_policy().
 */
__noinline int check_owners(struct scratch *scratch)
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

/* The same for a cred. Drops what the cache holds of another one. */
static enum gpio_acl_reason check_subject(struct scratch *scratch, const struct cred *cred)
{
	refresh_cache(&scratch->cache, cred);
	scratch->subject.uid = subject_uid(cred);
	scratch->in.cred_ns = (__u64)cred->user_ns;
	return check_owners(scratch);
}

#endif
