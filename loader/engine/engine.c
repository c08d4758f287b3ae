// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See engine.h: load, replace, unload, and the rollback of a load that fails.
 *
 * A load that needs new programs attaches them all, pins them in a folder of their own, publishes
 * the policy, and only then removes the other folders: at every moment one complete set of hooks is
 * attached. Before the first publication it allows everything.
 */
#include "loader/engine/internal.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/engine/kernel.h"
#include "loader/util/message.h"

int engine_check(enum kernel_need need)
{
	struct kernel_fault fault;

	if (kernel_meets(need, "", &fault) == KERNEL_MET)
		return 0;
	msg_error("%s; %s", fault.what, fault.remedy);
	return -1;
}

int engine_check_kernel(void)
{
	if (geteuid()) {
		msg_must_be_root();
		return -1;
	}
	for (enum kernel_need need = 0; need < KERNEL_SYMBOLS; need++)
		if (engine_check(need))
			return -1;
	return 0;
}

int engine_loaded(void)
{
	char links[NAME_LEN];
	int has_policy = engine_has_policy();

	return has_policy > 0 ? pins_find_links(LINKS, links, sizeof(links)) : has_policy;
}

uint64_t engine_realtime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Makes a links folder with every hook attached, or leaves none. */
static int start_engine(const char *links)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), PIN_DIR "/%s", links);
	if (engine_check(KERNEL_SYMBOLS) || pins_make_folder(path, 0700))
		return -1;
	if (!programs_start(links, false))
		return 0;
	pins_remove(links);
	return -1;
}

static bool has_memory_any(const struct image *image)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	const union gpio_acl_value *value = image_lookup(image, &key);

	return value && value->settings.flags & GPIO_ACL_FLAG_HAS_MEMORY_ANY;
}

/*
 * Rolls back a failed load: removes the links folder @started (or NULL), and everything if no
 * policy is in force. Only -ENOENT says so: after another error (-ENOMEM, say) a policy may be
 * enforced.
 */
static void leave_as_before(const char *started)
{
	int policies = pins_open_map("policies");
	int policy = policies < 0 ? -errno : policy_map_open(policies);

	/* Close early: the load may have failed with EMFILE. */
	if (policies >= 0)
		close(policies);
	if (policy >= 0)
		close(policy);
	if (started)
		pins_remove(started);
	if (policy == -ENOENT && pins_of_other_abi()) {
		pins_remove(MAPS);
	} else if (policy == -ENOENT) {
		pins_remove_others(NULL, NULL);
		rmdir(PIN_DIR);
	}
}

int engine_load(const struct image *image, uint64_t *generation)
{
	char prefix[64], links[NAME_LEN], path[PATH_LEN];
	bool memory_any = has_memory_any(image), started;
	const struct engine_hook *hooks;

	programs_quiet_libbpf();
	hooks_all(&hooks); /* the first time that may end the command: nothing is started yet */
	if (pins_make_folder(PIN_DIR, 0700) || pins_make_folder(MAPS_DIR, 0700))
		return -1;
	snprintf(prefix, sizeof(prefix), LINKS "%016llx-", (unsigned long long)programs_build_id());
	started = !pins_find_links(prefix, links, sizeof(links));
	if (started)
		snprintf(links, sizeof(links), "%s%llx", prefix,
			 (unsigned long long)engine_realtime());
	if ((started && start_engine(links)) ||
	    (memory_any && !pins_have(links, FILE_ALLOC) && programs_start(links, true)) ||
	    policy_map_publish(image, generation)) {
		leave_as_before(started ? links : NULL);
		return -1;
	}
	/* The policy is in force, so from here on errors are only warnings. */
	snprintf(path, sizeof(path), PIN_DIR "/%s/" FILE_ALLOC, links);
	if (!memory_any && unlink(path) && errno != ENOENT)
		msg_warn("cannot remove %s: %s", path, strerror(errno));
	pins_remove_others(links, MAPS);
	return 0;
}

int engine_replace(const struct image *image, uint64_t *generation)
{
	return policy_map_publish(image, generation);
}

int engine_unload(void)
{
	int policies = pins_open_map("policies");
	__u32 zero = 0;

	if (policies >= 0) {
		if (bpf_map_delete_elem(policies, &zero) && errno != ENOENT) {
			msg_error("cannot unload the policy: %s", strerror(errno));
			return -1;
		}
		close(policies);
	}
	if (pins_remove_others(NULL, NULL))
		return -1;
	if (rmdir(PIN_DIR) && errno != ENOENT) {
		msg_error("cannot remove " PIN_DIR ": %s", strerror(errno));
		return -1;
	}
	return 0;
}
