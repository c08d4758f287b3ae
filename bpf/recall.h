/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a task has been told stays with it (struct recall in maps.h), so that the next request need
 * not ask for all of it again: what the policy calls the chip, what it grants on the lines of a
 * block there, and that a held request's values may be read or written.
 *
 * Whatever any of it rests on is compared before it is used: the policy by its map's id, which the
 * kernel gives again only after two thousand million others (and is 0 once the map is given up);
 * uid, gid and the list of groups; the chip by its folder in sysfs, whose number is given once; and
 * that nothing has changed since which these do not show. That is counted, by whoever changes it,
 * in `changes`: after the new is there, before anybody can use it. Who remembers reads the count
 * first, and what it counts after that.
 */
#ifndef GPIO_ACL_RECALL_H
#define GPIO_ACL_RECALL_H

#include "bpf/exclusive.h"

/* Counted by the hooks of all versions at work together. */
struct changes {
	__u64 world; /* lists of groups that were set, users put in quarantine */
	__u64 lines; /* lines that were taken: a line file's address may be another's since */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct changes);
} changes SEC(".maps");

static struct changes *find_changes(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&changes, &zero);
}

static void world_changed(void)
{
	struct changes *now = find_changes();

	__sync_lock_test_and_set(&barrier, 1); /* an addition alone orders nothing */
	if (now)
		__sync_fetch_and_add(&now->world, 1);
}

static void lines_changed(void)
{
	struct changes *now = find_changes();

	if (now)
		__sync_fetch_and_add(&now->lines, 1);
}

static __u32 policy_id(void *policy)
{
	__u32 id = ((struct bpf_map *)policy)->id;

	barrier_var(id); /* else the address is computed apart, which no verifier takes */
	return id;
}

/* Is all that the remembered rests on, but for the policy, as it was? */
static bool stands(const struct recall *recall, const struct changes *now, const struct cred *cred)
{
	return recall->world == now->world && recall->uid == cred->euid.val &&
	       recall->gid == cred->egid.val && recall->groups == (__u64)cred->group_info;
}

static void forget_all(struct recall *recall)
{
	recall->chip = 0;
	recall->gettable = recall->settable = 0;
}

/*
 * refresh() - forget what does not stand any more, whatever the policy
 * @cred: of who asks
 *
 * To be called before anything is read that shall be remembered.
 */
static void refresh(struct recall *recall, const struct cred *cred)
{
	struct changes *shared = find_changes(), now = {};

	if (shared)
		now = *shared;
	if (!stands(recall, &now, cred)) {
		recall->world = now.world;
		recall->uid = cred->euid.val;
		recall->gid = cred->egid.val;
		recall->groups = (__u64)cred->group_info;
		forget_all(recall);
	}
	if (recall->lines != now.lines) {
		recall->lines = now.lines;
		recall->gettable = recall->settable = 0;
	}
	__sync_lock_test_and_set(&barrier, 1);
}

static bool is_of_policy(const struct recall *recall, __u32 id)
{
	return id && recall->policy == id;
}

/* refresh_policy() - forget what was not said by this policy, under which it is judged now */
static void refresh_policy(struct recall *recall, void *policy)
{
	__u32 id = policy_id(policy);

	if (is_of_policy(recall, id))
		return;
	recall->policy = id;
	forget_all(recall);
}

/* GET and SET may be remembered: see remember_held(). */
static bool is_use(enum gpio_acl_action action)
{
	return action == GPIO_ACL_GET || action == GPIO_ACL_SET;
}

/*
 * Remembers that an action on a line file is allowed, whatever becomes of its lines' directions:
 * every one of them @needs something for it, so that a SET was judged as one of outputs alone.
 */
static void remember_held(struct recall *recall, const struct file *file,
			  enum gpio_acl_action action, __u16 needs)
{
	if (!needs)
		return;
	if (action == GPIO_ACL_GET)
		recall->gettable = (__u64)file->private_data;
	if (action == GPIO_ACL_SET)
		recall->settable = (__u64)file->private_data;
}

/* Was it, and does that stand? */
static __always_inline bool is_allowed_still(const struct recall *recall, const struct file *file,
					     enum gpio_acl_action action)
{
	const struct changes *now = find_changes();
	void *policy = find_policy();

	return now && policy &&
	       (action == GPIO_ACL_GET ? recall->gettable : recall->settable) ==
		       (__u64)file->private_data &&
	       recall->lines == now->lines && is_of_policy(recall, policy_id(policy)) &&
	       stands(recall, now, bpf_get_current_task_btf()->cred);
}

/* ---- those that change something ------------------------------------------------------ */

/* Only here does a task get another list of groups; it may stand where the last one did. */
SEC("lsm/task_fix_setgroups")
int BPF_PROG(task_fix_setgroups)
{
	world_changed();
	return 0;
}

#endif
