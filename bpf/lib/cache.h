/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision cache of a task (struct cache in scratch.h): what one request found out, for the
 * next one. It holds the owners of the process, the policy's nodes of the chip, the rights on one
 * block of its lines, and that the values of a held request may be read or written.
 *
 * A cached value is used only if everything that it depends on is unchanged:
 *
 * - the policy: the id of its map. The kernel hands out an id again only after 2^31 others, and
 *   sets it to 0 when the map is released.
 * - uid, gid, user namespace, list of groups: those of the cred
 * - the gdev: its kernfs id, which no other one ever has
 * - all that these do not show is counted in `changes`. A writer counts after the new state is
 *   visible and before anybody can act on it. A reader samples the counter before it reads what it
 *   caches (as with a seqcount).
 */
#ifndef GPIO_ACL_CACHE_H
#define GPIO_ACL_CACHE_H

#include "bpf/lib/barrier.h"
#include "bpf/lib/maps.h"
#include "bpf/lib/scratch.h"

/*
 * Shared by the hooks of all versions that are attached. A section of its own makes it a map, which
 * they can share, and gives the programs its address: no lookup.
 */
static struct changes {
	__u64 all;  /* a list of groups was set, a user was quarantined */
	__u64 uses; /* these, and a line was claimed: a new file may have the address of an old one
		     */
} changes SEC(".data.changes");

static void invalidate_all(void)
{
	smp_mb(); /* __sync_fetch_and_add() without a use of its result orders nothing */
	__sync_fetch_and_add(&changes.all, 1);
	__sync_fetch_and_add(&changes.uses, 1);
}

static void invalidate_uses(void)
{
	__sync_fetch_and_add(&changes.uses, 1);
}

static __u32 policy_id(void *policy)
{
	__u32 id = ((struct bpf_map *)policy)->id;

	/*
	 * Keep clang from computing the address apart. The verifier: "pointer arithmetic on map_ptr
	 * prohibited".
	 */
	barrier_var(id);
	return id;
}

static bool is_cached_cred(const struct cache *cache, const struct cred *cred)
{
	return cache->uid == subject_uid(cred) && cache->gid == cred->egid.val &&
	       cache->ns == (__u64)cred->user_ns;
}

/* Marked by the command, which is never 0: private_data of another kind of file may be NULL. */
static void drop_uses(struct cache *cache)
{
	cache->uses[0].command = cache->uses[1].command = 0;
}

static void drop_all(struct cache *cache)
{
	cache->gdev = 0;
	cache->owners = false;
	drop_uses(cache);
}

/*
 * refresh_cache() - drop what no longer holds, whatever the policy
 * @cred: of the caller. Not always the task's own: held_lines asks for other tasks, and io_uring
 *      receives with the cred that it was registered with.
 *
 * To be called before anything is read that will be cached.
 */
static void refresh_cache(struct cache *cache, const struct cred *cred)
{
	struct changes now = changes;

	/* Only the initial user namespace keeps its address for good. */
	if (cache->generation_all != now.all || !is_cached_cred(cache, cred) ||
	    cred->user_ns->level || cache->groups != (__u64)cred->group_info) {
		cache->generation_all = now.all;
		cache->uid = subject_uid(cred);
		cache->gid = cred->egid.val;
		cache->ns = cred->user_ns->level ? 0 : (__u64)cred->user_ns;
		cache->groups = (__u64)cred->group_info;
		drop_all(cache);
	}
	if (cache->generation_uses != now.uses) {
		cache->generation_uses = now.uses;
		drop_uses(cache);
	}
	smp_mb();
}

/*
 * refresh_cached_policy() - drop what another policy said
 * @policy: the one to check under; NULL: there is none
 */
static void refresh_cached_policy(struct cache *cache, void *policy)
{
	__u32 id = policy ? policy_id(policy) : 0;

	if (id && cache->policy == id)
		return;
	cache->policy = id;
	drop_all(cache);
}

/*
 * Does the ioctl get or set the values of a held request? Slot 0 of cache.uses is for GET, slot 1
 * for SET: in both uAPIs the number of SET is odd, and GET is the one before.
 */
static __always_inline bool is_value_ioctl(__u32 command)
{
	__u32 set = command | 1;

	return set == GPIO_V2_LINE_SET_VALUES_IOCTL || set == GPIOHANDLE_SET_LINE_VALUES_IOCTL;
}

static __always_inline struct cached_use *cached_use(struct scratch *scratch, __u32 command)
{
	return &scratch->cache.uses[command & 1];
}

/*
 * cache_use() - this use of a line file is allowed, whatever direction its lines have
 * @needs: what every one of its lines needs. If that is nothing for some line, the verdict depends
 *      on directions (a SET needs `output` only on outputs), and is not cached.
 */
static void cache_use(struct scratch *scratch, const struct file *file, __u32 command, __u16 needs)
{
	struct cached_use *use = cached_use(scratch, command);

	if (!needs || !is_value_ioctl(command) || !scratch->cache.policy)
		return;
	use->command = command;
	use->file = (__u64)file->private_data;
}

/*
 * Was this use allowed, and is it still? A chip file's private_data may be the cached address, but
 * the kernel rejects these commands there. The list of groups is not compared: a task's own list
 * changes only in task_fix_setgroups, which is counted, and refresh_cache() has compared those of
 * others.
 */
static __always_inline bool is_use_cached(struct scratch *scratch, const struct file *file,
					  __u32 command)
{
	const struct cache *cache = &scratch->cache;
	const struct cached_use *use = cached_use(scratch, command);
	void *policy;

	if (use->file != (__u64)file->private_data || use->command != command ||
	    cache->generation_uses != changes.uses)
		return false;
	policy = find_policy();
	return policy && cache->policy == policy_id(policy) && /* not 0: see cache_use() */
	       is_cached_cred(cache, bpf_get_current_task_btf()->cred);
}

#endif
