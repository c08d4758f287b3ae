/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: the programs, links and maps in the kernel, pinned under /sys/fs/bpf/gpio-acl (0700).
 * Every other file of the loader reaches the kernel's side through here.
 *
 * One update publishes a policy: of entry 0 of the map of maps `policies`. Before the first one
 * the hooks are dormant, so an interrupted load or unload leaves all of them at work or none.
 */
#ifndef LOADER_ENGINE_ENGINE_H
#define LOADER_ENGINE_ENGINE_H

#include <stdbool.h>

#include "gpio-acl/abi.h"
#include "policy/policy.h"

struct kernel_fault;

/*
 * Every function here that can fail prints one message (what, where, remedy) on standard error
 * and returns -1; 0 is success, unless said otherwise.
 */

/* Can this kernel enforce, and may we ask it to: root, BPF LSM active, BTF, bpffs, symbols? */
int engine_check_kernel(void);

/* Is a policy in force? 1 yes, 0 no, -1 it cannot be told (message printed: not root, say). */
int engine_loaded(void);

/* The same where hooks that it needs are missing, so that some requests are not judged by it. */
int engine_has_policy(void);

/* The generation of the policy in force; 0 when there is none, or it cannot be told. */
uint64_t engine_generation(void);

/*
 * engine_lock() - keep every other load, unload and watch waiting
 *
 * Held from before the machine is looked at until the published maps are those of what is in
 * force: neither a policy nor a map made of older knowledge ever replaces one made of newer. What
 * changes something here (load, replace, unload) is called with the lock held. Returns a
 * descriptor; closing it unlocks, and so does a kill.
 */
int engine_lock(void);

/*
 * engine_load() - put an image in force
 * @image: compiled policy; its generation and load time are set in the map, not in it
 * @generation: where to store the generation it was given; 1 for the first
 *
 * Attaches and pins every hook unless this version's are at work already, fills and freezes a new
 * policy map and publishes it with one update; then drops the hooks of other versions. On failure
 * what ran before still runs.
 */
int engine_load(const struct image *image, uint64_t *generation);

/* Put an image in force in place of another, with the programs that are at work. */
int engine_replace(const struct image *image, uint64_t *generation);

/* Unpublish the policy, then remove links and maps. */
int engine_unload(void);

/* The image in force, read back from the kernel's map; NULL after a message. */
struct image *engine_image(void);

struct engine_hook {
	const char *name;
	const char *function; /* of the kernel, that it is attached to */
	bool optional;	      /* attached only where it is needed */
	bool by_policy;	      /* needed only while a rule says `memory any` */
	bool needed;	      /* by this kernel and the policy in force */
	bool attached;
};

/* The hooks of this version, in the object's order, and which are attached; returns how many. */
size_t engine_hooks(const struct engine_hook **list);

enum engine_trial {
	TRIAL_ATTACHED,
	TRIAL_NOT_NEEDED, /* by this kernel, or what it is for is not in it */
	TRIAL_NOT_LOADED,
	TRIAL_NOT_ATTACHED,
};

/* What came of a hook; @fault says why where it was not loaded or not attached. */
typedef void (*engine_each_trial)(const char *hook, enum engine_trial trial,
				  const struct kernel_fault *fault, void *ctx);

/*
 * engine_try_hooks() - load each hook, attach it and detach it
 *
 * The programs have maps of their own and no policy, and so are dormant; nothing is pinned, and
 * what is in force is not touched.
 */
void engine_try_hooks(engine_each_trial each, void *ctx);

/* Sums over all processors, GPIO_ACL_NUM_COUNTERS of them. */
int engine_counters(uint64_t counters[GPIO_ACL_NUM_COUNTERS]);

/* Every user in quarantine, and since when (CLOCK_BOOTTIME, ns). */
int engine_quarantine(void (*each)(uint32_t uid, uint64_t since, void *ctx), void *ctx);

/* Let a user out of the quarantine. 0; 1 when it was not in it; -1 after a message. */
int engine_pardon(uint32_t uid);

/* What the kernel's side had no room for. */
struct engine_full {
	bool quarantine; /* a user: everybody but root is in quarantine */
};

int engine_full(struct engine_full *full);

/* Let those out of the quarantine who are in it because it was full. */
int engine_pardon_rest(void);

/* The audit's rings: what was taken unjudged, and what was refused. */
enum engine_ring {
	RING_RACES,
	RING_REFUSALS,
	NUM_RINGS,
};

/* The descriptor of a pinned ring, for ring_buffer__new(); -1 after a message. */
int engine_audit_ring(enum engine_ring ring);

/*
 * engine_left_out() - whose audit records were left out since this was asked last, and how many
 *
 * Only for the reader of the rings, when it has read them: from now on each user has a whole share
 * of them again.
 */
int engine_left_out(void (*each)(const struct gpio_acl_left_out *left_out, void *ctx), void *ctx);

/*
 * engine_held() - every line request held now that the policy in force would refuse to its holder
 * @each: gets one audit record a holder (size GPIO_ACL_RECORD_SIZE(num_lines))
 */
int engine_held(void (*each)(const struct gpio_acl_record *record, void *ctx), void *ctx);

#endif
