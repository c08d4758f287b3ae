/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiles a policy to its image: the entries of the map that the kernel looks up (gpio-acl/abi.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/masks.h"

struct compiler {
	struct image *image;
	uint32_t *nodes;    /* of each chip: the node where its name ends */
	struct table steps; /* {node, step}, to the next node: all names of chips */
	uint32_t next_node;
};

static union gpio_acl_value *add_entry(struct image *image, const struct gpio_acl_key *key)
{
	struct image_entry *entry;

	image->entries = xgrow(image->entries, image->num_entries, sizeof(*entry));
	entry = &image->entries[image->num_entries++];
	memset(entry, 0, sizeof(*entry));
	entry->key = *key;
	return &entry->value;
}

/* The node that a step leads to. Chips whose names begin alike share nodes. */
static uint32_t add_step(struct compiler *compiler, const struct gpio_acl_key *key)
{
	uint32_t node = table_add(&compiler->steps, key, sizeof(*key), compiler->next_node);

	if (node == compiler->next_node) {
		add_entry(compiler->image, key)->step.node = node;
		compiler->next_node++;
	}
	return node;
}

static uint32_t add_chip(struct compiler *compiler, const struct policy_chip *chip)
{
	size_t size = strlen(chip->value);
	uint32_t node = chip->by;

	/* the NUL belongs to the name: 16 bytes of name need a second step, of zeros */
	for (size_t at = 0; at <= size; at += GPIO_ACL_CHIP_STEP) {
		struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_CHIPS, .chip = node};
		size_t left = size - at;

		memcpy(key.step, chip->value + at,
		       left < GPIO_ACL_CHIP_STEP ? left : GPIO_ACL_CHIP_STEP);
		node = add_step(compiler, &key);
	}
	return node;
}

static void add_chips(struct compiler *compiler, const struct policy *policy)
{
	compiler->next_node = GPIO_ACL_FIRST_NODE;
	compiler->nodes = xcalloc(policy->num_chips, sizeof(*compiler->nodes));
	for (size_t i = 0; i < policy->num_chips; i++)
		compiler->nodes[i] = add_chip(compiler, &policy->chips[i]);
}

static void add_rules(struct compiler *compiler, const struct mask_table *masks)
{
	for (size_t i = 0; i < masks->num_entries; i++) {
		struct gpio_acl_key key = masks->entries[i].key;

		key.chip = compiler->nodes[key.chip];
		add_entry(compiler->image, &key)->lines = masks->entries[i].lines;
	}
}

static void add_subuids(struct compiler *compiler, const struct policy *policy)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SUBUIDS};

	for (; key.id < policy->num_subuids; key.id++)
		add_entry(compiler->image, &key)->subuids = policy->subuids[key.id];
}

static void add_text(struct compiler *compiler, const char *text, size_t size)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_TEXT};

	for (size_t at = 0; at < size; at += GPIO_ACL_VALUE_SIZE, key.id++) {
		size_t left = size - at;

		memcpy(add_entry(compiler->image, &key)->text, text + at,
		       left < GPIO_ACL_VALUE_SIZE ? left : GPIO_ACL_VALUE_SIZE);
	}
}

static void add_settings(struct compiler *compiler, const struct policy *policy, size_t text_size)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	struct gpio_acl_settings *settings = &add_entry(compiler->image, &key)->settings;

	settings->flags = policy->flags;
	settings->num_rules = policy->num_rules;
	settings->text_size = text_size;
	settings->num_subuids = policy->num_subuids;
	for (size_t i = 0; i < policy->num_rules; i++) {
		if (policy->rules[i].memory_any)
			settings->flags |= GPIO_ACL_FLAG_HAS_MEMORY_ANY;
	}
}

static int compare_entries(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct gpio_acl_key));
}

/*
 * image_policy() reads the canonical text back, so the limits of a source apply to it. Numbers and
 * origins can make it longer than the text that was written.
 */
static bool check_text(const char *text, size_t size, struct diag *diag)
{
	const char *end;

	if (size > POLICY_MAX_FILE) {
		diag_error(diag, NULL, "canonical policy too large (limit %u MiB)",
			   POLICY_MAX_FILE >> 20);
		return false;
	}
	for (const char *line = text; line < text + size; line = end + 1) {
		end = memchr(line, '\n', text + size - line);
		if (end - line <= POLICY_MAX_LINE)
			continue;
		diag_error(diag, NULL,
			   "statement too long in canonical form (limit %u bytes): %.60s...",
			   POLICY_MAX_LINE, line);
		diag_note(diag, NULL, "split it into several statements");
		return false;
	}
	return true;
}

static bool check_entries(size_t num, struct diag *diag)
{
	if (num <= POLICY_MAX_ENTRIES)
		return true;
	diag_error(diag, NULL, "policy too large for the kernel (limit %u entries)",
		   POLICY_MAX_ENTRIES);
	diag_note(diag, NULL, "use fewer rules or fewer lines per rule");
	return false;
}

static struct image *compile(const struct policy *policy, const struct mask_table *masks,
			     const char *text, size_t size)
{
	struct compiler compiler = {.image = xcalloc(1, sizeof(*compiler.image))};

	add_chips(&compiler, policy);
	add_rules(&compiler, masks);
	add_subuids(&compiler, policy);
	add_text(&compiler, text, size);
	add_settings(&compiler, policy, size);
	qsort(compiler.image->entries, compiler.image->num_entries, sizeof(struct image_entry),
	      compare_entries);
	table_free(&compiler.steps);
	free(compiler.nodes);
	return compiler.image;
}

/* The output of policy_print(), to be freed; NULL with an error in @diag. */
static char *print_text(const struct policy *policy, size_t *size, struct diag *diag)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	int error = out ? policy_print(policy, NULL, out) : -errno;

	if (out && fclose(out) && !error)
		error = -errno;
	if (!error && check_text(text, *size, diag))
		return text;
	if (error)
		diag_error(diag, NULL, "cannot print the policy: %s", strerror(-error));
	free(text);
	return NULL;
}

struct image *policy_compile(const struct policy *policy, struct diag *diag)
{
	struct image *image = NULL;
	struct rule_masks masks;
	size_t size;
	char *text = print_text(policy, &size, diag);

	if (!text)
		return NULL;
	if (!rule_masks_make(&masks, policy)) {
		check_entries(SIZE_MAX, diag);
		free(text);
		return NULL;
	}
	rule_masks_deny_open(&masks, policy);
	image = compile(policy, &masks.table, text, size);
	rule_masks_free(&masks);
	free(text);
	if (check_entries(image->num_entries, diag))
		return image;
	image_free(image);
	return NULL;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	free(image->entries);
	free(image);
}
