/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repetitions: finds rules that add nothing to other rules. */
#include <stdlib.h>

#include "policy/lint.h"

/*
 * A rule is a repetition if other rules, of the same subject or of everyone, say all that it says.
 * Of rules that repeat each other one must stay. The first pass drops rules that earlier rules
 * cover. The second pass, backwards, drops rules that the remaining earlier and later rules cover.
 */
struct repeats {
	struct lint *lint;
	bool deny;		     /* compare denies, else allows */
	__u64 (*before)[NUM_RIGHTS]; /* of each entry: said by the rules before the current one */
	__u64 (*after)[NUM_RIGHTS];  /* said by the rules after it */
	__u64 (*fresh)[NUM_RIGHTS];  /* of each share: what no earlier rule said */
};

static bool is_repeated(const struct repeats *repeats, size_t index)
{
	const struct lint *lint = repeats->lint;
	uint32_t rights = lint->policy->rules[index].rights;
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		const struct gpio_acl_masks *all = everyones_masks(lint, share);
		bool own = lint->everyone[share->entry] == share->entry;

		for (int right = 0; right < NUM_RIGHTS; right++) {
			__u64 said = repeats->before[share->entry][right] |
				     repeats->after[share->entry][right];

			if (!own)
				said |= repeats->deny ? all->deny[right] : all->allow[right];
			if ((rights & GPIO_ACL_BIT(right)) && (share->lines & ~said))
				return false;
		}
	}
	return has_shares(lint, index);
}

static void say_before(struct repeats *repeats, size_t index)
{
	const struct lint *lint = repeats->lint;
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		for (int right = 0; right < NUM_RIGHTS; right++) {
			__u64 *before = &repeats->before[share->entry][right];

			if (!(lint->policy->rules[index].rights & GPIO_ACL_BIT(right)))
				continue;
			repeats->fresh[share - lint->masks.shares][right] = share->lines & ~*before;
			*before |= share->lines;
		}
	}
}

static void unsay_before(struct repeats *repeats, size_t index)
{
	const struct lint *lint = repeats->lint;
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		for (int right = 0; right < NUM_RIGHTS; right++)
			repeats->before[share->entry][right] &=
				~repeats->fresh[share - lint->masks.shares][right];
	}
}

static void say_after(struct repeats *repeats, size_t index)
{
	const struct lint *lint = repeats->lint;
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		for (int right = 0; right < NUM_RIGHTS; right++) {
			if (lint->policy->rules[index].rights & GPIO_ACL_BIT(right))
				repeats->after[share->entry][right] |= share->lines;
		}
	}
}

/* Is the rule compared, and not dropped? */
static bool is_said(const struct repeats *repeats, size_t index)
{
	return repeats->lint->policy->rules[index].deny == repeats->deny &&
	       repeats->lint->verdicts[index] <= UNKNOWN;
}

/* Drops the rule if others cover it; returns true if it stays. */
static bool stays(struct repeats *repeats, size_t index)
{
	unsigned char *verdict = &repeats->lint->verdicts[index];

	if (*verdict == MATTERS && is_repeated(repeats, index))
		*verdict = REPEATED;
	return *verdict != REPEATED;
}

void lint_find_repeats(struct lint *lint, bool deny)
{
	size_t num_entries = lint->masks.table.num_entries, num_rules = lint->policy->num_rules;
	struct repeats repeats = {
		.lint = lint,
		.deny = deny,
		.before = xcalloc(num_entries, sizeof(*repeats.before)),
		.after = xcalloc(num_entries, sizeof(*repeats.after)),
		.fresh = xcalloc(lint->masks.num_shares, sizeof(*repeats.fresh)),
	};

	for (size_t i = 0; i < num_rules; i++) {
		if (is_said(&repeats, i) && stays(&repeats, i))
			say_before(&repeats, i);
	}
	for (size_t i = num_rules; i-- > 0;) {
		if (!is_said(&repeats, i))
			continue;
		unsay_before(&repeats, i);
		if (stays(&repeats, i))
			say_after(&repeats, i);
	}
	free(repeats.before);
	free(repeats.after);
	free(repeats.fresh);
}
