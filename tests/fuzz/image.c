// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes reading an image back, as `show --loaded` does. The first byte of an input says how the
 * image is made, the second how many changes follow, of six bytes each. Then:
 *
 *   policy   the text of a policy, which is compiled
 *   text     canonical text: it fills the image as it is, beside the entries it compiles to
 *   entries  keys and values
 *
 * - An image that was compiled and not changed is read.
 * - An image that is read is what its policy compiles to, except for generation and time of
 *   loading: nothing else is in force than what is shown.
 */
#include "policy/internal.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/policy/machine.h"

enum { FROM_POLICY, FROM_TEXT, FROM_ENTRIES, NUM_ORIGINS };

#define MOST_CHANGES 8

struct change {
	uint16_t entry;
	uint16_t at;	  /* a byte of the entry */
	uint16_t flipped; /* its low bits are flipped; 0: the entry is removed */
};

static struct image *image_new(size_t num)
{
	struct image *image = calloc(1, sizeof(*image));

	/* at least one: qsort() must not get NULL */
	image->entries = calloc(num + 1, sizeof(*image->entries));
	return image;
}

static struct image_entry *add_entry(struct image *image, uint32_t table, uint32_t id)
{
	struct image_entry *entry = &image->entries[image->num_entries++];

	entry->key.table = table;
	entry->key.id = id;
	return entry;
}

static struct image *compile_text(const struct input *input, bool loaded)
{
	const char *text = (const char *)input->data;
	struct diag *diag = diag_new();
	struct policy *policy =
		loaded ? policy_read_canonical("input", text, input->size, diag)
		       : policy_read_text("input", text, input->size, &test_machine, diag);
	struct image *image = policy ? policy_compile(policy, diag) : NULL;

	policy_free(policy);
	diag_free(diag);
	return image;
}

/* The image of a text that holds the text itself, not the canonical form of it. */
static struct image *hold_text(const struct input *input)
{
	struct image *made = compile_text(input, true);
	size_t num = made ? made->num_entries : 1;
	struct image *image = image_new(num + input->size / GPIO_ACL_VALUE_SIZE + 1);

	if (!made)
		add_entry(image, GPIO_ACL_TABLE_SETTINGS, 0)->value.settings.text_size =
			input->size;
	for (size_t i = 0; made && i < made->num_entries; i++) {
		struct image_entry *entry = &made->entries[i];

		if (entry->key.table == GPIO_ACL_TABLE_SETTINGS)
			entry->value.settings.text_size = input->size;
		if (entry->key.table != GPIO_ACL_TABLE_TEXT)
			image->entries[image->num_entries++] = *entry;
	}
	for (size_t at = 0; at < input->size; at += GPIO_ACL_VALUE_SIZE) {
		size_t left = input->size - at;

		memcpy(add_entry(image, GPIO_ACL_TABLE_TEXT, at / GPIO_ACL_VALUE_SIZE)->value.text,
		       input->data + at, left < GPIO_ACL_VALUE_SIZE ? left : GPIO_ACL_VALUE_SIZE);
	}
	image_free(made);
	return image;
}

static struct image *take_entries(struct input *input)
{
	struct image *image = image_new(input->size / sizeof(struct image_entry) + 1);

	while (input->size)
		input_take(input, &image->entries[image->num_entries++], sizeof(*image->entries));
	return image;
}

static void apply(struct image *image, const struct change *change)
{
	struct image_entry *entry;
	uint8_t *bytes;

	if (!image->num_entries)
		return;
	entry = &image->entries[change->entry % image->num_entries];
	bytes = (uint8_t *)entry;
	if (change->flipped & 0xff)
		bytes[change->at % sizeof(*entry)] ^= change->flipped;
	else
		*entry = image->entries[--image->num_entries];
}

static int by_key(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct gpio_acl_key));
}

/* Sorts the entries and drops repeated keys, as in the kernel's map. */
static void tidy(struct image *image)
{
	size_t kept = 0;

	qsort(image->entries, image->num_entries, sizeof(*image->entries), by_key);
	for (size_t i = 0; i < image->num_entries; i++) {
		if (!kept || by_key(&image->entries[kept - 1], &image->entries[i]))
			image->entries[kept++] = image->entries[i];
	}
	image->num_entries = kept;
	image->entries = reallocarray(image->entries, kept ? kept : 1, sizeof(*image->entries));
}

static void check_same(const struct image *image, const struct policy *policy)
{
	struct diag *diag = diag_new();
	struct image *made = policy_compile(policy, diag);

	must(made && made->num_entries == image->num_entries);
	for (size_t i = 0; i < made->num_entries; i++) {
		struct image_entry entry = image->entries[i];

		if (entry.key.table == GPIO_ACL_TABLE_SETTINGS) {
			entry.value.settings.generation = 0;
			entry.value.settings.loaded_at = 0;
		}
		must(!memcmp(&entry, &made->entries[i], sizeof(entry)));
	}
	image_free(made);
	diag_free(diag);
}

static struct image *make(unsigned int origin, struct input *input)
{
	switch (origin) {
	case FROM_POLICY:
		return compile_text(input, false);
	case FROM_TEXT:
		return hold_text(input);
	default:
		return take_entries(input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned int origin = input_byte(&input) % NUM_ORIGINS;
	unsigned int num = input_byte(&input) % (MOST_CHANGES + 1);
	struct change changes[MOST_CHANGES];
	struct diag *diag;
	struct policy *policy;
	struct image *image;

	input_take(&input, changes, num * sizeof(*changes));
	image = make(origin, &input);
	if (!image)
		return 0;
	for (unsigned int i = 0; i < num; i++)
		apply(image, &changes[i]);
	tidy(image);
	diag = diag_new();
	policy = image_policy(image, diag);
	must(!policy == (diag_errors(diag) > 0));
	must(policy || origin != FROM_POLICY || num);
	if (policy)
		check_same(image, policy);
	policy_free(policy);
	diag_free(diag);
	image_free(image);
	return 0;
}
