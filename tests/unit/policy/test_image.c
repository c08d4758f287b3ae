/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images: what a policy compiles to, how it is looked up, and that a damaged image is detected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/policy/reading.h"

/* An image with all kinds of entries. Lines above 63 need a chip that is absent. */
static struct image *compile_here(void)
{
	static const char text[] = "set mode permissive\nset info restricted\n"
				   "chip header label \"lab-a\"\nchip big label \"big\"\n"
				   "chip usb device \"0003:10C4:EA90.0001\"\n"
				   "aggregate relays = header 0-1 63, usb \"RELAY_EN\"\n"
				   "allow user alice input output on relays as \"a # b\"\n"
				   "allow user alice output on header 4 memory any\n"
				   "allow group operators edges on relays[1-2]\n"
				   "deny everyone all on header 1\n"
				   "deny user alice output on big 63-65 200\n";

	return test_compile(text);
}

static const struct gpio_acl_masks *lines_at(const struct image *image, uint32_t table, uint32_t id,
					     uint32_t chip, uint32_t block)
{
	struct gpio_acl_key key = {.table = table, .id = id, .chip = chip, .block = block};
	const union gpio_acl_value *value = image_lookup(image, &key);

	return value ? &value->lines : NULL;
}

static void expect_lines(const struct gpio_acl_masks *lines, struct gpio_acl_masks expected)
{
	assert_non_null(lines);
	assert_memory_equal(lines, &expected, sizeof(expected));
}

static void test_masks(void **state)
{
	struct image *image = compile_here();
	uint32_t header = image_chip(image, GPIO_ACL_BY_LABEL, "lab-a");
	uint32_t big = image_chip(image, GPIO_ACL_BY_LABEL, "big");
	uint32_t usb = image_chip(image, GPIO_ACL_BY_DEVICE, "0003:10C4:EA90.0001");
	const uint32_t user = GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_USER;

	(void)state;
	expect_lines(lines_at(image, user, 1000, header, 0),
		     (struct gpio_acl_masks){
			     .allow = {[GPIO_ACL_RIGHT_INPUT] = 1ull << 63 | 3,
				       [GPIO_ACL_RIGHT_OUTPUT] = 1ull << 63 | 1 << 4 | 3}});
	expect_lines(lines_at(image, user, 1000, usb, 0),
		     (struct gpio_acl_masks){
			     .allow = {[GPIO_ACL_RIGHT_INPUT] = 8, [GPIO_ACL_RIGHT_OUTPUT] = 8}});
	expect_lines(
		lines_at(image, GPIO_ACL_TABLE_MEMORY_ANY + GPIO_ACL_SUBJECT_USER, 1000, header, 0),
		(struct gpio_acl_masks){.allow = {[GPIO_ACL_RIGHT_OUTPUT] = 1 << 4}});
	expect_lines(
		lines_at(image, GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_GROUP, 2000, header, 0),
		(struct gpio_acl_masks){.allow = {[GPIO_ACL_RIGHT_EDGES] = 1ull << 63 | 2}});
	expect_lines(
		lines_at(image, GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_EVERYONE, 0, header, 0),
		(struct gpio_acl_masks){.deny = {2, 2, 2, 2, 2}});
	expect_lines(lines_at(image, user, 1000, big, 0),
		     (struct gpio_acl_masks){.deny = {[GPIO_ACL_RIGHT_OUTPUT] = 1ull << 63}});
	expect_lines(lines_at(image, user, 1000, big, 1),
		     (struct gpio_acl_masks){.deny = {[GPIO_ACL_RIGHT_OUTPUT] = 3}});
	expect_lines(lines_at(image, user, 1000, big, 3),
		     (struct gpio_acl_masks){.deny = {[GPIO_ACL_RIGHT_OUTPUT] = 1 << 8}});
	assert_null(lines_at(image, user, 1001, header, 0));
	assert_null(lines_at(image, user, 1000, big, 2));
	image_free(image);
}

static void test_settings(void **state)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	struct image *image = compile_here();
	const union gpio_acl_value *value = image_lookup(image, &key);

	(void)state;
	assert_int_equal(value->settings.flags, GPIO_ACL_FLAG_PERMISSIVE |
							GPIO_ACL_FLAG_INFO_RESTRICTED |
							GPIO_ACL_FLAG_HAS_MEMORY_ANY);
	assert_int_equal(value->settings.num_rules, 5);
	assert_int_equal(value->settings.generation, 0);
	assert_int_equal(value->settings.loaded_at, 0);
	image_free(image);

	image = test_compile("set root enforce\n");
	assert_int_equal(image_lookup(image, &key)->settings.flags, GPIO_ACL_FLAG_ROOT_ENFORCE);
	image_free(image);
}

static void test_sorted(void **state)
{
	struct image *image = compile_here();

	(void)state;
	for (size_t i = 1; i < image->num_entries; i++)
		assert_true(memcmp(&image->entries[i - 1].key, &image->entries[i].key,
				   sizeof(struct gpio_acl_key)) < 0);
	image_free(image);
}

/* An open line is in no mask. */
static void test_unresolved(void **state)
{
	struct image *image = test_compile("chip later label \"later\"\n"
					   "allow user alice input on later \"X\"\n");

	(void)state;
	assert_int_not_equal(image_chip(image, GPIO_ACL_BY_LABEL, "later"), GPIO_ACL_NO_CHIP);
	for (size_t i = 0; i < image->num_entries; i++)
		assert_true(image->entries[i].key.table < GPIO_ACL_TABLE_RULES ||
			    image->entries[i].key.table == GPIO_ACL_TABLE_TEXT);
	image_free(image);
}

static const size_t sizes[] = {1, 15, 16, 17, 31, 32, 33, 112, 126, 127};
#define NUM_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Chip names with common beginnings, of every length around a step. */
static void test_chip_steps(void **state)
{
	char text[8192] = "", name[GPIO_ACL_CHIP_NAME + 2];
	uint32_t nodes[2 * NUM_SIZES];
	struct image *image;

	(void)state;
	memset(name, 'n', sizeof(name));
	for (size_t i = 0; i < 2 * NUM_SIZES; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "chip c%zu %s \"%.*s\"\n", i, i < NUM_SIZES ? "label" : "device",
			 (int)sizes[i % NUM_SIZES], name);
	image = test_compile(text);
	for (size_t i = 0; i < 2 * NUM_SIZES; i++) {
		name[sizes[i % NUM_SIZES]] = '\0';
		nodes[i] = image_chip(image, i < NUM_SIZES ? GPIO_ACL_BY_LABEL : GPIO_ACL_BY_DEVICE,
				      name);
		assert_int_equal(image_chip(image, GPIO_ACL_BY_NAME, name), GPIO_ACL_NO_CHIP);
		name[sizes[i % NUM_SIZES]] = 'n';
		assert_true(nodes[i] >= GPIO_ACL_FIRST_NODE);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(nodes[i], nodes[j]);
	}
	for (size_t size = 0; size < sizeof(name); size++) {
		bool known = false;

		for (size_t i = 0; i < NUM_SIZES; i++)
			known |= sizes[i] == size;
		name[size] = '\0';
		assert_int_equal(image_chip(image, GPIO_ACL_BY_LABEL, name) != GPIO_ACL_NO_CHIP,
				 known);
		name[size] = 'n';
	}
	assert_int_equal(image_chip(image, GPIO_ACL_BY_LABEL, NULL), GPIO_ACL_NO_CHIP);
	image_free(image);
}

/* A name of sixteen bytes takes a second step, of zeros (abi.h). */
static void test_chip_last_step(void **state)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_CHIPS, .chip = GPIO_ACL_BY_LABEL};
	struct image *image = test_compile("chip a label \"0123456789abcdef\"\n");
	const union gpio_acl_value *value;

	(void)state;
	memcpy(key.step, "0123456789abcdef", 16);
	value = image_lookup(image, &key);
	assert_non_null(value);
	key.chip = value->step.node;
	memset(key.step, 0, 16);
	value = image_lookup(image, &key);
	assert_non_null(value);
	assert_int_equal(value->step.node,
			 image_chip(image, GPIO_ACL_BY_LABEL, "0123456789abcdef"));
	image_free(image);
}

/* ---- image_policy() ------------------------------------------------------------------- */

static struct gpio_acl_settings *settings_of(struct image *image)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};

	return (struct gpio_acl_settings *)image_lookup(image, &key);
}

static void test_round_trip(void **state)
{
	struct diag *diag = diag_new();
	struct image *image = compile_here();
	struct policy *policy;

	(void)state;
	settings_of(image)->generation = 7;
	settings_of(image)->loaded_at = 1234567890;
	policy = image_policy(image, diag);
	assert_non_null(policy);
	assert_int_equal(diag_errors(diag) + diag_warnings(diag), 0);
	assert_string_equal(policy->file, "test");
	assert_int_equal(policy->num_rules, 5);
	assert_string_equal(policy->rules[0].file, "test");
	assert_int_equal(policy->rules[0].line, 7);
	assert_string_equal(policy->rules[0].as, "a # b");
	assert_int_equal(policy->rules[4].line, 11);
	policy_free(policy);
	image_free(image);
	diag_free(diag);
}

static void expect_damaged(const struct image *image, const char *error)
{
	struct diag *diag = diag_new();
	struct policy *policy = image_policy(image, diag);
	char *messages = test_messages(diag);

	assert_null(policy);
	assert_true(diag_errors(diag) > 0);
	if (!strstr(messages, error))
		fprintf(stderr, "no \"%s\" in:\n%s", error, messages);
	assert_non_null(strstr(messages, error));
	free(messages);
	diag_free(diag);
}

static char *text_byte(struct image *image, size_t at)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_TEXT, .id = at / GPIO_ACL_VALUE_SIZE};
	const union gpio_acl_value *value = image_lookup(image, &key);

	return value ? (char *)&value->text[at % GPIO_ACL_VALUE_SIZE] : NULL;
}

/* A change of any bit is detected, except in what loading sets. */
static void test_every_bit(void **state)
{
	struct image *image = compile_here();
	struct gpio_acl_settings *settings = settings_of(image);

	(void)state;
	for (size_t i = 0; i < image->num_entries; i++) {
		unsigned char *bytes = (unsigned char *)&image->entries[i];

		for (size_t n = 0; n < sizeof(image->entries[i]); n++) {
			if ((char *)&bytes[n] >= (char *)&settings->generation &&
			    (char *)&bytes[n] < (char *)(&settings->loaded_at + 1))
				continue;
			if (image->entries[i].key.table == GPIO_ACL_TABLE_TEXT &&
			    n >= sizeof(image->entries[i].key))
				continue;
			bytes[n] ^= 1 << n % 8;
			expect_damaged(image, "the loaded policy is damaged");
			bytes[n] ^= 1 << n % 8;
		}
	}
	image_free(image);
}

/*
 * Another text makes another image, except where only origins or purposes differ. Then the text
 * still says what is enforced, and is what is printed.
 */
static void test_every_text_byte(void **state)
{
	struct image *image = compile_here();
	size_t size = settings_of(image)->text_size, accepted = 0;

	(void)state;
	for (size_t at = 0; at < size; at++) {
		struct diag *diag = diag_new();
		struct policy *policy;
		char *text;

		*text_byte(image, at) ^= 1;
		policy = image_policy(image, diag);
		if (policy) {
			text = test_print(policy, NULL);
			assert_int_equal(strlen(text), size);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(text[i], *text_byte(image, i));
			free(text);
			accepted++;
		}
		*text_byte(image, at) ^= 1;
		policy_free(policy);
		diag_free(diag);
	}
	assert_in_range(accepted, 1, size / 4);
	image_free(image);
}

static void test_damage(void **state)
{
	struct image *image = compile_here();
	struct image empty = {0};
	struct image shorter;

	(void)state;
	expect_damaged(&empty, "it has no settings");
	settings_of(image)->text_size = UINT64_MAX;
	expect_damaged(image, "its text is incomplete");
	image_free(image);

	image = compile_here();
	shorter = *image;
	shorter.num_entries--;
	expect_damaged(&shorter, "its text is incomplete");
	settings_of(image)->num_rules++;
	expect_damaged(image, "its text is not what is enforced");
	image_free(image);
}

/* One entry too many, at the end, and one too few. */
static void test_entries(void **state)
{
	struct image *image = compile_here();
	struct image other = {.num_entries = image->num_entries + 1};
	size_t size = sizeof(*other.entries);

	(void)state;
	other.entries = calloc(other.num_entries, size);
	memcpy(other.entries, image->entries, image->num_entries * size);
	other.entries[image->num_entries].key.table = UINT16_MAX;
	expect_damaged(&other, "its text is not what is enforced");

	other.num_entries = 0;
	for (size_t i = 0; i < image->num_entries; i++) {
		if (image->entries[i].key.table != GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_EVERYONE)
			other.entries[other.num_entries++] = image->entries[i];
	}
	assert_int_equal(other.num_entries, image->num_entries - 1);
	expect_damaged(&other, "its text is not what is enforced");
	free(other.entries);
	image_free(image);
}

/* Replaces a part of an image's text by one of the same length. */
static void replace_text(struct image *image, const char *old, const char *new)
{
	size_t size = strlen(old);

	for (size_t at = 0; text_byte(image, at); at++) {
		size_t same = 0;

		while (same < size && text_byte(image, at + same) &&
		       *text_byte(image, at + same) == old[same])
			same++;
		if (same < size)
			continue;
		for (size_t i = 0; i < size; i++)
			*text_byte(image, at + i) = new[i];
		return;
	}
	fail();
}

static void expect_tampered(const char *policy, const char *old, const char *new, const char *error)
{
	struct image *image = test_compile(policy);

	replace_text(image, old, new);
	expect_damaged(image, error);
	image_free(image);
}

static void test_tampering(void **state)
{
	const char *text = "chip a label \"lab-a\"\nallow user 1 info on a 1\n";

	(void)state;
	expect_tampered(text, "on a 1", "on a 2", "its text is not what is enforced");
	expect_tampered(text, "# gpio-acl policy ", "# gpio-acl Policy ",
			"does not say which file");
	expect_tampered(text, "# test:2", "# test 2", "rule without its origin");
	expect_tampered(text, "# test:2", "# test:x", "rule without its origin");
	expect_tampered(text, "# test:2", "#       ", "rule without its origin");
	expect_tampered(text, "chip a label \"", "include \"/etc/",
			"include in the text of an image");
	expect_tampered(text, "user 1 ", "user a ", "its text is not what is enforced");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masks),		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_sorted),		cmocka_unit_test(test_unresolved),
		cmocka_unit_test(test_chip_steps),	cmocka_unit_test(test_chip_last_step),
		cmocka_unit_test(test_round_trip),	cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_every_text_byte), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_tampering),	cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests_name("policy: image", tests, NULL, NULL);
}
