/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a task has been told stays with it (struct recall in maps.h), so that the next request need
 * not ask for all of it again: whose process it is, what the policy calls the chip, what it grants
 * on the lines of a block there, and that a held request's values may be read or written.
 *
 * Whatever any of it rests on is compared before it is used: the policy by its map's id, which the
 * kernel gives again only after two thousand million others (and is 0 once the map is given up);
 * uid and gid; the chip by its folder in sysfs, whose number is given once; and that nothing has
 * changed since which these do not show. That is counted, by whoever changes it, in `changes`:
 * after the new is there, before anybody can use it. Who remembers reads the count first, and what
 * it counts after that.
 */
#ifndef GPIO_ACL_CACHE_H
#define GPIO_ACL_CACHE_H

#include "bpf/lib/barrier.h"
#include "bpf/lib/maps.h"
#include "bpf/lib/scratch.h"

/*
 * Counted by the hooks of all versions at work together. In a section of its own it is a map, which
 * they share, and its address is known to the programs: no lookup.
 */
static struct changes {
	__u64 world; /* lists of groups that were set, users put in quarantine */
	__u64 uses;  /* these, and lines taken: a line file's address may be another's since */
} changes SEC(".data.changes");

static void world_changed(void)
{
	__sync_lock_test_and_set(&barrier, 1); /* an addition alone orders nothing */
	__sync_fetch_and_add(&changes.world, 1);
	__sync_fetch_and_add(&changes.uses, 1);
}

static void lines_changed(void)
{
	__sync_fetch_and_add(&changes.uses, 1);
}

static __u32 policy_id(void *policy)
{
	__u32 id = ((struct bpf_map *)policy)->id;

	barrier_var(id); /* else the address is computed apart, which no verifier takes */
	return id;
}

static bool is_of(const struct recall *recall, const struct cred *cred)
{
	return recall->uid == subject_uid(cred) && recall->gid == cred->egid.val &&
	       recall->ns == (__u64)cred->user_ns;
}

/* By the command, which is never 0: a file of another kind may have no private_data. */
static void forget_uses(struct recall *recall)
{
	recall->uses[0].command = recall->uses[1].command = 0;
}

static void forget_all(struct recall *recall)
{
	recall->chip = 0;
	recall->owners = false;
	forget_uses(recall);
}

/*
 * refresh() - forget what does not stand any more, whatever the policy
 * @cred: of who asks; it need not be the task's own: `held` asks for others, and io_uring receives
 *	  with what it was registered with
 *
 * To be called before anything is read that shall be remembered.
 */
static void refresh(struct recall *recall, const struct cred *cred)
{
	struct changes now = changes;

	/* The address of a user namespace may be another's tomorrow, but that of the initial one.
	 */
	if (recall->world != now.world || !is_of(recall, cred) || cred->user_ns->level ||
	    recall->groups != (__u64)cred->group_info) {
		recall->world = now.world;
		recall->uid = subject_uid(cred);
		recall->gid = cred->egid.val;
		recall->ns = cred->user_ns->level ? 0 : (__u64)cred->user_ns;
		recall->groups = (__u64)cred->group_info;
		forget_all(recall);
	}
	if (recall->changed != now.uses) {
		recall->changed = now.uses;
		forget_uses(recall);
	}
	__sync_lock_test_and_set(&barrier, 1);
}

/*
 * refresh_policy() - forget what was not said by this policy, under which it is judged now
 * @policy: NULL: there is none
 */
static void refresh_policy(struct recall *recall, void *policy)
{
	__u32 id = policy ? policy_id(policy) : 0;

	if (id && recall->policy == id)
		return;
	recall->policy = id;
	forget_all(recall);
}

/*
 * That the values of a held request are had, or set. One place for each: the numbers of the latter
 * are odd, those of the former the even ones before.
 */
static __always_inline bool is_use(__u32 command)
{
	__u32 set = command | 1;

	return set == GPIO_V2_LINE_SET_VALUES_IOCTL || set == GPIOHANDLE_SET_LINE_VALUES_IOCTL;
}

static __always_inline struct use *use_of(struct scratch *scratch, __u32 command)
{
	return &scratch->recall.uses[command & 1];
}

/*
 * Remembers that a use of a line file is allowed, whatever becomes of its lines' directions: every
 * one of them @needs something for it, so that a SET was judged as one of outputs alone.
 */
static void remember_use(struct scratch *scratch, const struct file *file, __u32 command,
			 __u16 needs)
{
	struct use *use = use_of(scratch, command);

	if (!needs || !is_use(command) || !scratch->recall.policy)
		return;
	use->command = command;
	use->file = (__u64)file->private_data;
}

/*
 * Was this use allowed, and does that stand? On a chip, whose private_data may have the address,
 * these commands do nothing. The list of groups need not be asked: a task's own changes only where
 * that is counted, and others' were compared by refresh().
 */
static __always_inline bool is_allowed_still(struct scratch *scratch, const struct file *file,
					     __u32 command)
{
	const struct recall *recall = &scratch->recall;
	const struct use *use = use_of(scratch, command);
	void *policy;

	if (use->file != (__u64)file->private_data || use->command != command ||
	    recall->changed != changes.uses)
		return false;
	policy = find_policy();
	return policy && recall->policy == policy_id(policy) && /* not 0: see above */
	       is_of(recall, bpf_get_current_task_btf()->cred);
}

#endif
