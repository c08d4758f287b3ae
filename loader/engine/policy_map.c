// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The map of a policy: made of an image, frozen, published with one update, and read back. Entry 0
 * of the map of maps `policies` is the policy in force.
 */
#include "loader/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/engine/kernel.h"
#include "loader/util/message.h"

#define BATCH 8192 /* entries a batch: what one system call copies */

int policy_map_open(int policies)
{
	__u32 zero = 0, id;

	if (bpf_map_lookup_elem(policies, &zero, &id))
		return -errno;
	return bpf_map_get_fd_by_id(id);
}

int policy_map_open_pinned(void)
{
	int policies = pins_open_map("policies");
	int fd = policies < 0 ? -errno : policy_map_open(policies);

	if (policies >= 0)
		close(policies);
	if (fd == -EACCES || fd == -EPERM)
		msg_must_be_root();
	else if (fd < 0 && fd != -ENOENT)
		msg_error("cannot read the policy in force under " PIN_DIR ": %s", strerror(-fd));
	if (fd != -ENOENT || !pins_of_other_abi())
		return fd;
	msg_error("the policy in force is of another version of gpio-acl: load it again");
	return -ESTALE;
}

/* All zeros if they cannot be read. */
static struct gpio_acl_settings settings_of(int policy)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	union gpio_acl_value value = {};

	bpf_map_lookup_elem(policy, &key, &value);
	return value.settings;
}

uint64_t engine_generation(void)
{
	int policies = pins_open_map("policies");
	int policy = policies < 0 ? -1 : policy_map_open(policies);
	uint64_t generation = policy < 0 ? 0 : settings_of(policy).generation;

	if (policies >= 0)
		close(policies);
	if (policy >= 0)
		close(policy);
	return generation;
}

bool engine_is_other_version(void)
{
	return pins_of_other_abi();
}

int engine_has_policy(void)
{
	int fd = policy_map_open_pinned();

	if (fd < 0)
		return fd == -ENOENT ? 0 : -1;
	close(fd);
	return 1;
}

bool policy_map_memory_any(void)
{
	int policies = pins_open_map("policies");
	int policy = policies < 0 ? -1 : policy_map_open(policies);
	__u32 flags = policy < 0 ? 0 : settings_of(policy).flags;

	if (policies >= 0)
		close(policies);
	if (policy >= 0)
		close(policy);
	return flags & GPIO_ACL_FLAG_HAS_MEMORY_ANY;
}

/* Copies the entries into a map, a batch for each system call. 0, or -1 with errno. */
static int fill(int map, const struct image *image, uint64_t generation)
{
	struct gpio_acl_key *keys = calloc(BATCH, sizeof(*keys));
	union gpio_acl_value *values = calloc(BATCH, sizeof(*values));
	int err = keys && values ? 0 : -1;

	for (size_t done = 0; !err && done < image->num_entries;) {
		__u32 n = 0;

		for (; n < BATCH && done + n < image->num_entries; n++) {
			keys[n] = image->entries[done + n].key;
			values[n] = image->entries[done + n].value;
			if (keys[n].table == GPIO_ACL_TABLE_SETTINGS) {
				values[n].settings.generation = generation;
				values[n].settings.loaded_at = engine_realtime();
			}
		}
		done += n;
		err = bpf_map_update_batch(map, keys, values, &n, NULL);
	}
	free(keys);
	free(values);
	return err;
}

/* A frozen map of the image, not yet published; -1 after a message. */
static int make_policy(const struct image *image, uint64_t generation)
{
	int map = bpf_map_create(BPF_MAP_TYPE_HASH, "gpio_acl_policy", sizeof(struct gpio_acl_key),
				 sizeof(union gpio_acl_value), image->num_entries, NULL);

	if (map >= 0 && !fill(map, image, generation) && !bpf_map_freeze(map))
		return map;
	msg_error("cannot create a policy map of %zu entries: %s", image->num_entries,
		  strerror(errno));
	if (map >= 0)
		close(map);
	return -1;
}

int policy_map_publish(const struct image *image, uint64_t *generation)
{
	int policies = pins_open_map("policies");
	__u32 zero = 0;
	int old, map, err;

	if (policies < 0) {
		msg_error("cannot open " MAPS_DIR "/policies: %s", strerror(errno));
		return -1;
	}
	old = policy_map_open(policies);
	if (old < 0 && old != -ENOENT) {
		msg_error("cannot read the policy in force: %s", strerror(-old));
		close(policies);
		return -1;
	}
	*generation = old < 0 ? 1 : settings_of(old).generation + 1;
	map = make_policy(image, *generation);
	err = map < 0 ? -1 : bpf_map_update_elem(policies, &zero, &map, BPF_ANY);
	if (map >= 0 && err)
		msg_error("cannot write " MAPS_DIR "/policies: %s", strerror(errno));
	if (old >= 0)
		close(old);
	if (map >= 0)
		close(map);
	close(policies);
	return err;
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct gpio_acl_key));
}

/* The entries of a frozen map, a batch for each system call; NULL with errno. */
static struct image *read_image(int map)
{
	struct gpio_acl_key *keys = calloc(BATCH, sizeof(*keys));
	union gpio_acl_value *values = calloc(BATCH, sizeof(*values));
	struct image *image = calloc(1, sizeof(*image));
	__u32 cursor = 0, n;
	bool first = true, all = false;
	int err = keys && values && image ? 0 : -1;

	while (!err) {
		struct image_entry *grown;

		n = BATCH;
		err = bpf_map_lookup_batch(map, first ? NULL : &cursor, &cursor, keys, values, &n,
					   NULL);
		if (err && errno != ENOENT)
			break;
		grown = realloc(image->entries, (image->num_entries + n + 1) * sizeof(*grown));
		if (!grown)
			break;
		image->entries = grown;
		for (__u32 i = 0; i < n; i++)
			grown[image->num_entries++] =
				(struct image_entry){.key = keys[i], .value = values[i]};
		first = false;
		all = err;
	}
	free(keys);
	free(values);
	if (all) {
		qsort(image->entries, image->num_entries, sizeof(*image->entries), by_key);
		return image;
	}
	if (image)
		image_free(image);
	return NULL;
}

struct image *engine_image(void)
{
	int map = policy_map_open_pinned();
	struct image *image;

	if (map == -ENOENT)
		msg_error("no policy is loaded; load one: gpio-acl load");
	if (map < 0)
		return NULL;
	image = read_image(map);
	if (!image)
		msg_error("cannot read the policy in force: %s", strerror(errno));
	close(map);
	return image;
}
