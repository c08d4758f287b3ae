/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of rules: warns of rules that have no effect, of rights that need another one, and of a
 * policy that allows nothing.
 */
#include <stdlib.h>

#include "policy/lint.h"
#include "policy/subject.h"

static void lint_weak_deny(struct reader *reader, size_t index)
{
	const struct policy_rule *rule = &reader->policy->rules[index];
	struct span span =
		words_span(&reader->rules[index].statement, reader->rules[index].subject);

	if (!rule->deny || !policy_subjects[rule->subjects].weak_deny)
		return;
	diag_warning(reader->diag, &span, "%s", policy_subjects[rule->subjects].weak_deny);
	diag_note(reader->diag, NULL, "deny users or everyone, or allow less");
}

static enum verdict classify_rule(const struct lint *lint, size_t index)
{
	const struct policy_rule *rule = &lint->policy->rules[index];

	if (is_root(rule->subjects, rule->id) && bypasses_root(lint))
		return FOR_ROOT;
	if (lint->reader->num_unresolved && rule_is_open(lint->policy, rule))
		return UNKNOWN;
	if (rule->deny && takes_nothing(lint, index))
		return TAKES_NOTHING;
	if (!rule->deny && is_denied(lint, index))
		return DENIED;
	return MATTERS;
}

/* Does the rule @index alone say all that the rule @other says? */
static bool says_all_of(const struct lint *lint, size_t index, size_t other, bool memory_too)
{
	const struct policy_rule *rules = lint->policy->rules;
	const struct rule_share *share = NULL;

	if (rules[other].rights & ~rules[index].rights)
		return false;
	while ((share = next_share(lint, other, share))) {
		const struct rule_share *own = NULL;
		uint64_t said = 0;

		if (is_memory_entry(entry_of(lint, share)) && !memory_too)
			continue;
		while ((own = next_share(lint, index, own))) {
			if (own->entry == share->entry ||
			    own->entry == lint->everyone[share->entry])
				said |= own->lines;
		}
		if (share->lines & ~said)
			return false;
	}
	return true;
}

/* Points at a single rule that leaves the rule @index without effect, if there is one. */
static void note_reason(struct lint *lint, size_t index, bool deny, const char *text)
{
	const struct policy_rule *rules = lint->policy->rules;

	for (size_t i = 0; diag_shows_last(lint->reader->diag) && i < lint->policy->num_rules;
	     i++) {
		if (i == index || rules[i].deny != deny || lint->verdicts[i] == REPEATED ||
		    (rules[i].subjects != GPIO_ACL_SUBJECT_EVERYONE &&
		     (rules[i].subjects != rules[index].subjects ||
		      rules[i].id != rules[index].id)) ||
		    !says_all_of(lint, i, index, lint->verdicts[index] == REPEATED))
			continue;
		diag_note(lint->reader->diag, &lint->reader->rules[i].statement, "%s", text);
		return;
	}
}

static void report_rule(struct lint *lint, size_t index)
{
	struct diag *diag = lint->reader->diag;
	const struct span *span = &lint->reader->rules[index].statement;
	bool deny = lint->policy->rules[index].deny;

	switch (lint->verdicts[index]) {
	case FOR_ROOT:
		diag_warning(diag, span, "rule has no effect: rules do not apply to root");
		diag_note(diag, NULL, "to apply rules to root: set root enforce");
		break;
	case DENIED:
		diag_warning(diag, span, "rule has no effect: everything it allows is denied");
		note_reason(lint, index, true, "denied here");
		break;
	case TAKES_NOTHING:
		diag_warning(diag, span, "rule has no effect: no rule allows what it denies");
		diag_note(diag, NULL, "what no rule allows is refused anyway");
		break;
	case REPEATED:
		diag_warning(diag, span, "rule has no effect: other rules %s all of it",
			     deny ? "deny" : "allow");
		note_reason(lint, index, deny, deny ? "denied here" : "allowed here");
		break;
	}
}

/* Has the rule lines on which none of @rights may be allowed to its subject? */
static bool lacks_all_of(const struct lint *lint, size_t index, uint32_t rights)
{
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		__u64 allowed = 0;

		for (int right = 0; right < NUM_RIGHTS; right++) {
			if (rights & GPIO_ACL_BIT(right))
				allowed |= perhaps_allowed(lint, share, right);
		}
		if (!is_memory_entry(entry_of(lint, share)) && (share->lines & ~allowed))
			return true;
	}
	return false;
}

/* Does the rule allow a right? Not if any name of the policy is open: it may add rights. */
static bool grants(const struct lint *lint, size_t index, enum gpio_acl_right right)
{
	const struct policy_rule *rule = &lint->policy->rules[index];

	return !rule->deny && rule->rights & GPIO_ACL_BIT(right) &&
	       lint->verdicts[index] == MATTERS && !lint->reader->num_unresolved;
}

/*
 * edges works only on inputs, and a bias is set with a direction
 * (gpio_v2_line_config_flags_validate() in drivers/gpio/gpiolib-cdev.c).
 */
static void lint_companions(struct lint *lint, size_t index)
{
	struct diag *diag = lint->reader->diag;
	const struct span *span = &lint->reader->rules[index].statement;
	uint32_t input = GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT),
		 output = GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT);

	if (grants(lint, index, GPIO_ACL_RIGHT_EDGES) && lacks_all_of(lint, index, input)) {
		diag_warning(diag, span, "edges has no effect on lines where no rule allows input");
		diag_note(diag, NULL, "a request for edges needs input as well: allow both");
	}
	if (grants(lint, index, GPIO_ACL_RIGHT_BIAS) && lacks_all_of(lint, index, input | output)) {
		diag_warning(diag, span,
			     "bias has no effect on lines where no rule allows input or output");
		diag_note(diag, NULL,
			  "a request sets a bias with a direction: allow input or output as well");
	}
}

/*
 * A line with edges often is a button, and a request for a button usually sets a bias. Said once
 * for the policy: boards with resistors need no bias.
 */
static void lint_buttons(struct lint *lint)
{
	const struct span *first = NULL;
	size_t num = 0;

	for (size_t i = 0; i < lint->policy->num_rules; i++) {
		if (!grants(lint, i, GPIO_ACL_RIGHT_EDGES) ||
		    !lacks_all_of(lint, i, GPIO_ACL_BIT(GPIO_ACL_RIGHT_BIAS)))
			continue;
		if (!num++)
			first = &lint->reader->rules[i].statement;
	}
	if (num)
		diag_remark(lint->reader->diag, first,
			    "edges without bias%s: a request with a pull-up or pull-down, such as "
			    "that of a gpiozero Button, is refused",
			    num > 1 ? ", here and in other rules" : "");
}

/* An empty file is a policy that allows nothing, which is probably not meant. */
static void lint_nothing(struct lint *lint)
{
	for (size_t i = 0; i < lint->policy->num_rules; i++) {
		if (!lint->policy->rules[i].deny && lint->verdicts[i] != FOR_ROOT &&
		    lint->verdicts[i] != DENIED)
			return;
	}
	diag_warning(lint->reader->diag, NULL,
		     "%s: no rule allows anything: every line is denied to everyone%s",
		     lint->policy->file, bypasses_root(lint) ? " but root" : "");
	diag_note(lint->reader->diag, NULL,
		  "allow what programs need, or stop enforcing: gpio-acl unload");
}

void lint_rules(struct lint *lint)
{
	size_t num = lint->policy->num_rules;

	lint_find_reach(lint);
	lint->verdicts = xcalloc(num, sizeof(*lint->verdicts));
	for (size_t i = 0; i < num; i++)
		lint->verdicts[i] = classify_rule(lint, i);
	lint_find_repeats(lint, false);
	lint_find_repeats(lint, true);
	for (size_t i = 0; i < num; i++) {
		lint_weak_deny(lint->reader, i);
		report_rule(lint, i);
		lint_companions(lint, i);
	}
	lint_buttons(lint);
	lint_nothing(lint);
	free(lint->verdicts);
	lint_free_reach(lint);
}
