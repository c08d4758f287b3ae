/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads an image: looks up keys, and reads the policy back that it was compiled from. */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"

static int compare_key(const void *key, const void *entry)
{
	return memcmp(key, &((const struct image_entry *)entry)->key, sizeof(struct gpio_acl_key));
}

const union gpio_acl_value *image_lookup(const struct image *image, const struct gpio_acl_key *key)
{
	const struct image_entry *entry = NULL;

	if (image->num_entries)
		entry = bsearch(key, image->entries, image->num_entries, sizeof(*entry),
				compare_key);
	return entry ? &entry->value : NULL;
}

uint32_t image_chip(const struct image *image, enum gpio_acl_chip_by by, const char *value)
{
	size_t size = value ? strlen(value) : GPIO_ACL_CHIP_NAME;
	uint32_t node = by;

	if (size >= GPIO_ACL_CHIP_NAME)
		return GPIO_ACL_NO_CHIP;
	for (size_t at = 0; at <= size; at += GPIO_ACL_CHIP_STEP) {
		struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_CHIPS, .chip = node};
		const union gpio_acl_value *found;
		size_t left = size - at;

		memcpy(key.step, value + at, left < GPIO_ACL_CHIP_STEP ? left : GPIO_ACL_CHIP_STEP);
		found = image_lookup(image, &key);
		if (!found)
			return GPIO_ACL_NO_CHIP;
		node = found->step.node;
	}
	return node;
}

static const struct gpio_acl_settings *image_settings(const struct image *image)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	const union gpio_acl_value *value = image_lookup(image, &key);

	return value ? &value->settings : NULL;
}

/* The canonical text, to be freed; NULL if the image does not hold all of it. */
static char *image_text(const struct image *image, size_t size)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_TEXT};
	char *text;

	if (size > POLICY_MAX_FILE || size / GPIO_ACL_VALUE_SIZE > image->num_entries)
		return NULL;
	text = xcalloc(size + 1, 1);
	for (size_t at = 0; at < size; at += GPIO_ACL_VALUE_SIZE, key.id++) {
		const union gpio_acl_value *value = image_lookup(image, &key);
		size_t left = size - at;

		if (!value) {
			free(text);
			return NULL;
		}
		memcpy(text + at, value->text,
		       left < GPIO_ACL_VALUE_SIZE ? left : GPIO_ACL_VALUE_SIZE);
	}
	return text;
}

static bool same_entry(const struct image_entry *loaded, const struct image_entry *made)
{
	struct image_entry entry = *loaded;

	if (entry.key.table == GPIO_ACL_TABLE_SETTINGS) {
		entry.value.settings.generation = 0;
		entry.value.settings.loaded_at = 0;
	}
	return !memcmp(&entry, made, sizeof(entry));
}

static bool same_image(const struct image *loaded, const struct image *made)
{
	if (loaded->num_entries != made->num_entries)
		return false;
	for (size_t i = 0; i < made->num_entries; i++) {
		if (!same_entry(&loaded->entries[i], &made->entries[i]))
			return false;
	}
	return true;
}

/*
 * Reads the origin and the file of a policy from the first line of its text; false if it has none.
 */
static bool read_first_line(struct policy *policy, const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size), *word = text + strlen(FIRST_LINE), *file;

	if (!end || end <= word || memcmp(text, FIRST_LINE, word - text))
		return false;
	file = memchr(word, ' ', end - word);
	if (!file || ++file == end)
		return false;
	policy->file = pool_string(policy->pool, file, end - file);
	for (int i = 0; i < NUM_POLICY_ORIGINS; i++) {
		policy->origin = i;
		if (strlen(policy_origins[i]) == (size_t)(file - 1 - word) &&
		    !memcmp(policy_origins[i], word, file - 1 - word))
			return true;
	}
	return false;
}

static struct policy *report_damage(struct diag *diag, const char *what)
{
	diag_error(diag, NULL, "the loaded policy is damaged: %s", what);
	diag_note(diag, NULL, "load the policy file again");
	return NULL;
}

/* The policy of a text that compiles to the image; else NULL with an error. */
static struct policy *text_policy(const struct image *image, const char *text, size_t size,
				  struct diag *diag)
{
	struct policy *policy = policy_read_canonical("the loaded policy", text, size, diag);
	struct image *made = NULL;
	const char *damage = NULL;

	if (!policy)
		return report_damage(diag, "its text cannot be read");
	if (!read_first_line(policy, text, size))
		damage = "its text does not say which file it is from";
	else if (!(made = policy_compile(policy, diag)) || !same_image(image, made))
		damage = "its text is not what is enforced";
	image_free(made);
	if (!damage)
		return policy;
	policy_free(policy);
	return report_damage(diag, damage);
}

struct policy *image_policy(const struct image *image, struct diag *diag)
{
	const struct gpio_acl_settings *settings = image_settings(image);
	struct policy *policy;
	char *text;

	if (!settings)
		return report_damage(diag, "it has no settings");
	text = image_text(image, settings->text_size);
	if (!text)
		return report_damage(diag, "its text is incomplete");
	policy = text_policy(image, text, settings->text_size, diag);
	free(text);
	return policy;
}

struct policy *policy_read_last(const char *path, struct diag *diag)
{
	struct source *source = source_open(path, NULL, diag);
	size_t end = strlen(POLICY_END);
	struct policy *policy = NULL;

	if (!source)
		return NULL;
	if (source->size >= end && !memcmp(source->text + source->size - end, POLICY_END, end))
		policy = policy_read_canonical(path, source->text, source->size, diag);
	if (policy && !read_first_line(policy, source->text, source->size)) {
		policy_free(policy);
		policy = NULL;
	}
	if (policy)
		policy->origin = POLICY_LAST;
	else
		diag_error(diag, NULL, "%s is damaged and not used", path);
	source_free(source);
	return policy;
}
