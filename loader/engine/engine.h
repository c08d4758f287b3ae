/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: loads the BPF programs and policies, pins them under /sys/fs/bpf/gpio-acl (0700), and
 * reads back their state. Nothing else of the loader calls bpf(2) or looks at the pins.
 *
 * One update of entry 0 of the map of maps `policies` publishes a policy. Before the first one the
 * hooks allow everything, so an interrupted load or unload leaves all of them enforcing or none.
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

/* Can this kernel enforce a policy, and may we load one: root, BPF LSM, BTF, JIT, bpffs? */
int engine_check_kernel(void);

/* Is a policy in force, with every mandatory hook? 1 yes, 0 no, -1 unknown, after a message. */
int engine_loaded(void);

/*
 * Are the hooks and the policy in force of a build with another GPIO_ACL_ABI? Then nothing of them
 * can be read; a load replaces both, without a gap.
 */
bool engine_is_other_version(void);

/* As engine_loaded(), but 1 also if hooks are missing, so that some requests are not checked. */
int engine_has_policy(void);

/* The generation of the policy in force; 0 if none is, or if it cannot be read. */
uint64_t engine_generation(void);

/*
 * engine_lock() - make every other load, unload and watch wait
 *
 * Take it before reading the machine's chips and accounts, and keep it until the published
 * aggregates match the policy in force: then nothing made of older data replaces anything newer.
 * engine_load(), engine_replace() and engine_unload() are called with it held. Returns a
 * descriptor; closing it unlocks, as does the end of the process.
 */
int engine_lock(void);

/*
 * engine_load() - put an image in force
 * @image: compiled policy; its generation and load time are set in the map, not in it
 * @generation: takes the generation that it was given; 1 for the first
 *
 * Attaches and pins every hook, unless those of this build are attached; fills and freezes a new
 * policy map and publishes it with one update; then removes the hooks of other builds. If it fails,
 * what was in force still is.
 */
int engine_load(const struct image *image, uint64_t *generation);

/* Put an image in force in place of another, with the programs that are attached. */
int engine_replace(const struct image *image, uint64_t *generation);

/* Unpublish the policy, then remove links and maps. */
int engine_unload(void);

/* The image in force, read back from the kernel's map and to be freed; NULL after a message. */
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
	TRIAL_NOT_NEEDED, /* by this kernel */
	TRIAL_NOT_LOADED,
	TRIAL_NOT_ATTACHED,
};

/* The result for one hook; @fault says why it was not loaded or not attached. */
typedef void (*engine_each_trial)(const char *hook, enum engine_trial trial,
				  const struct kernel_fault *fault, void *ctx);

/*
 * engine_try_hooks() - load each hook, attach it and detach it
 *
 * The programs have maps of their own and no policy, so they allow everything. Nothing is pinned,
 * and the policy in force is not touched.
 */
void engine_try_hooks(engine_each_trial each, void *ctx);

/* Sums over all processors, GPIO_ACL_NUM_COUNTERS of them. */
int engine_counters(uint64_t counters[GPIO_ACL_NUM_COUNTERS]);

/* Calls @each for every user in quarantine; @since is CLOCK_BOOTTIME, ns. */
int engine_quarantine(void (*each)(uint32_t uid, uint64_t since, void *ctx), void *ctx);

/* Release a user from quarantine. 0; 1 if the user was not in it; -1 after a message. */
int engine_pardon(uint32_t uid);

/* Which maps of the programs have overflowed. */
struct engine_full {
	bool quarantine; /* then everybody but root is in quarantine */
};

int engine_full(struct engine_full *full);

/* Clear the overflow of the quarantine: release everybody who is in it for that alone. */
int engine_pardon_rest(void);

/* The audit's rings: lines that the kernel claimed unchecked, and refusals. */
enum engine_ring {
	RING_RACES,
	RING_REFUSALS,
	NUM_RINGS,
};

/* The descriptor of a pinned ring, for ring_buffer__new(); -1 after a message. */
int engine_audit_ring(enum engine_ring ring);

/*
 * engine_left_out() - every user whose audit records were left out since the last call
 *
 * Only for the reader of the rings, after it has read them: each user gets a whole share of the
 * rings again.
 */
int engine_left_out(void (*each)(const struct gpio_acl_left_out *left_out, void *ctx), void *ctx);

/*
 * engine_held() - every line request that is held now, and that the policy in force would refuse
 * @each: gets one audit record for each holder (size GPIO_ACL_RECORD_SIZE(num_lines))
 */
int engine_held(void (*each)(const struct gpio_acl_record *record, void *ctx), void *ctx);

#endif
