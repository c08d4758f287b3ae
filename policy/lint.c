/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is no error but hardly meant: definitions that nothing uses, ways to name that promise more
 * than they keep, and rules that never matter. Every check looks a fixed number of times at each
 * rule; only messages that will be shown look for the rule that is the reason.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/masks.h"
#include "policy/suggest.h"

#define NUM_RIGHTS GPIO_ACL_NUM_RIGHTS

enum verdict {
	MATTERS,
	UNKNOWN, /* it names an account or a line that is open: it may come to matter */
	FOR_ROOT,
	DENIED,
	TAKES_NOTHING,
	REPEATED,
};

struct lint {
	struct reader *reader;
	const struct policy *policy;
	struct rule_masks masks;
	uint32_t *everyone;	 /* of each entry: the entry of everyone on the same lines */
	struct mask_table reach; /* what is allowed to whom, see enum reach */
	unsigned char *verdicts; /* of each rule, enum verdict */
};

/* Tables of lint.reach: allowed masks of several entries together. */
enum reach {
	REACH_ANYONE = 1, /* lines of a chip, by anyone's rules */
	REACH_SHARED,	  /* lines of a chip, by everyone's and groups' rules */
	REACH_NAMED,	  /* lines of all chips that are known by label, by device or by name */
};

static bool bypasses_root(const struct lint *lint)
{
	return !(lint->policy->flags & GPIO_ACL_FLAG_ROOT_ENFORCE);
}

/* ---- definitions ---------------------------------------------------------------------- */

bool device_counts_plugs(const char *device)
{
	static const char separators[] = "::."; /* and the end */

	for (size_t i = 0; device && i < sizeof(separators); i++) {
		size_t digits = strspn(device, "0123456789ABCDEF");

		if (digits < 4 || device[digits] != separators[i])
			return false;
		device += digits + 1;
	}
	return device;
}

void lint_shared_chip(struct diag *diag, const struct span *span, const struct policy_chip *chip,
		      const struct machine_chip *one, const struct machine_chip *other)
{
	diag_warning(diag, span, "%s and %s have the same %s: rules for chip %s are for both",
		     one->name, other->name, policy_chip_by[chip->by], chip->name);
	if (chip->by != GPIO_ACL_BY_LABEL)
		return;
	if (device_counts_plugs(one->device) || device_counts_plugs(other->device))
		diag_note(diag, NULL,
			  "their device names change at each plug-in: by label, allow only what "
			  "holds for both");
	else
		diag_note(diag, NULL, "to tell them apart, use device");
}

static void lint_name(struct reader *reader, const struct policy_chip *chip,
		      const struct chip_source *source, const struct span *span)
{
	bool label_only = source->num_present &&
			  device_counts_plugs(reader->machine->chips[source->present[0]].device);

	if (source->link)
		diag_warning(reader->diag, span,
			     "%s is a link to %s, which may be another chip after the next "
			     "boot",
			     text_quoted(source->link, SIZE_MAX), chip->value);
	else
		diag_warning(reader->diag, span, "%s may be another chip after the next boot",
			     text_quoted(chip->value, SIZE_MAX));
	diag_note(reader->diag, NULL, "use the chip's label%s: gpio-acl status lists them",
		  label_only ? "" : " or device");
}

/* What an allow by such a name loses is refused; what a deny loses, another rule may allow. */
static void lint_device(struct reader *reader, const struct policy_chip *chip,
			const struct span *span)
{
	diag_warning(reader->diag, span,
		     "%s is another name after the next plug-in: then the rules for chip %s are "
		     "lost, denies too",
		     text_quoted(chip->value, SIZE_MAX), chip->name);
	diag_note(reader->diag, NULL, "use the chip's label: gpio-acl status lists them");
}

/* It may be unplugged, or mistyped: what is here tells which. */
static void lint_absent(struct reader *reader, const struct policy_chip *chip,
			const struct span *span)
{
	const struct machine *machine = reader->machine;
	const char **known = xcalloc(machine->num_chips, sizeof(*known));
	bool near;
	char *list;

	for (size_t i = 0; i < machine->num_chips; i++)
		known[i] = chip_known_as(&machine->chips[i], chip->by);
	list = suggest_names(known, machine->num_chips, chip->value, &near);
	diag_remark(reader->diag, span, "no chip here has %s %s%s%s", policy_chip_by[chip->by],
		    text_quoted(chip->value, SIZE_MAX),
		    !list  ? ""
		    : near ? "; near: "
			   : "; there are: ",
		    list ? list : "");
	free(list);
	free(known);
}

static void lint_chip(struct reader *reader, size_t index)
{
	const struct policy_chip *chip = &reader->policy->chips[index];
	const struct chip_source *source = &reader->chips[index];
	const struct machine_chip *chips = reader->machine->chips;
	struct span span = words_span(&source->statement, source->value);

	if (!source->num_present && reader->machine->num_chips)
		lint_absent(reader, chip, &span);
	if (source->num_present > 1)
		lint_shared_chip(reader->diag, &span, chip, &chips[source->present[0]],
				 &chips[source->present[1]]);
	if (chip->by == GPIO_ACL_BY_NAME)
		lint_name(reader, chip, source, &span);
	if (chip->by == GPIO_ACL_BY_DEVICE && device_counts_plugs(chip->value))
		lint_device(reader, chip, &span);
	if (!source->used)
		diag_warning(reader->diag, &source->statement, "chip %s is never used", chip->name);
}

static void lint_definitions(struct reader *reader)
{
	if (reader->policy->num_chips && !reader->machine->num_chips)
		diag_remark(
			reader->diag, NULL,
			"no GPIO chip is present that may be opened: the policy is not compared "
			"with any");
	for (size_t i = 0; i < reader->policy->num_chips; i++)
		lint_chip(reader, i);
	for (size_t i = 0; i < reader->policy->num_aggregates; i++) {
		if (!reader->aggregates[i].used)
			diag_warning(reader->diag, &reader->aggregates[i].statement,
				     "aggregate %s is never used",
				     reader->policy->aggregates[i].name);
	}
}

/* Whoever may make a user namespace can leave supplementary groups behind in it. */
static void lint_deny_group(struct reader *reader, size_t index)
{
	const struct policy_rule *rule = &reader->policy->rules[index];
	struct span span =
		words_span(&reader->rules[index].statement, reader->rules[index].subject);

	if (!rule->deny || rule->subjects != GPIO_ACL_SUBJECT_GROUP)
		return;
	diag_warning(reader->diag, &span,
		     "a group's deny can be dodged by leaving the group in a user namespace");
	diag_note(reader->diag, NULL, "deny users or everyone, or allow less");
}

/* ---- rules that never matter ---------------------------------------------------------- */

static const struct mask_entry *entry_of(const struct lint *lint, const struct rule_share *share)
{
	return &lint->masks.table.entries[share->entry];
}

static bool has_shares(const struct lint *lint, size_t rule)
{
	return lint->masks.first[rule] < lint->masks.first[rule + 1];
}

/* The share of a rule after @share, or its first one for NULL; NULL at the end. */
static const struct rule_share *next_share(const struct lint *lint, size_t rule,
					   const struct rule_share *share)
{
	if (!has_shares(lint, rule))
		return NULL;
	share = share ? share + 1 : lint->masks.shares + lint->masks.first[rule];
	return share < lint->masks.shares + lint->masks.first[rule + 1] ? share : NULL;
}

static bool is_memory_entry(const struct mask_entry *entry)
{
	return entry->key.table >= GPIO_ACL_TABLE_MEMORY_ANY;
}

/* The same lines, whoever asks; TABLE_NONE when no rule is for everyone. */
static void find_everyone(struct lint *lint)
{
	const struct mask_table *masks = &lint->masks.table;

	lint->everyone = xcalloc(masks->num_entries, sizeof(*lint->everyone));
	for (size_t i = 0; i < masks->num_entries; i++) {
		const struct gpio_acl_key *key = &masks->entries[i].key;
		uint32_t table = is_memory_entry(&masks->entries[i]) ? GPIO_ACL_TABLE_MEMORY_ANY
								     : GPIO_ACL_TABLE_RULES;

		lint->everyone[i] = mask_table_find(masks, table + GPIO_ACL_SUBJECT_EVERYONE, 0,
						    key->chip, key->block);
	}
}

/* What rules for everyone say of the lines of a share; all of them together, nothing if none do. */
static const struct gpio_acl_masks *everyones(const struct lint *lint,
					      const struct rule_share *share)
{
	static const struct gpio_acl_masks nothing;
	uint32_t entry = lint->everyone[share->entry];

	return entry == TABLE_NONE ? &nothing : &lint->masks.table.entries[entry].lines;
}

static bool is_denied(const struct lint *lint, size_t index)
{
	uint32_t rights = lint->policy->rules[index].rights;
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		const struct gpio_acl_masks *own = &entry_of(lint, share)->lines;

		for (int right = 0; right < NUM_RIGHTS && !is_memory_entry(entry_of(lint, share));
		     right++) {
			if ((rights & GPIO_ACL_BIT(right)) &&
			    (share->lines &
			     ~(own->deny[right] | everyones(lint, share)->deny[right])))
				return false;
		}
	}
	return has_shares(lint, index);
}

static void add_reach(struct lint *lint, enum reach table, uint32_t which,
		      const struct mask_entry *entry)
{
	uint32_t reach = mask_table_add(&lint->reach, table, 0, which, entry->key.block);

	for (int right = 0; right < NUM_RIGHTS; right++)
		lint->reach.entries[reach].lines.allow[right] |= entry->lines.allow[right];
}

static void find_reach(struct lint *lint)
{
	const struct mask_table *masks = &lint->masks.table;

	for (size_t i = 0; i < masks->num_entries; i++) {
		const struct mask_entry *entry = &masks->entries[i];
		const struct gpio_acl_key *key = &entry->key;
		bool user = key->table == GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_USER;

		if (is_memory_entry(entry) || (user && !key->id && bypasses_root(lint)))
			continue;
		add_reach(lint, REACH_ANYONE, key->chip, entry);
		add_reach(lint, REACH_NAMED, lint->policy->chips[key->chip].by, entry);
		if (!user)
			add_reach(lint, REACH_SHARED, key->chip, entry);
	}
}

static __u64 reach_mask(const struct lint *lint, enum reach table, uint32_t which, uint32_t block,
			int right)
{
	uint32_t reach = mask_table_find(&lint->reach, table, 0, which, block);

	return reach == TABLE_NONE ? 0 : lint->reach.entries[reach].lines.allow[right];
}

/*
 * Lines in a share's block that may be allowed to someone whom its rule is for: to a user by its
 * own rules and those of groups it may be in, to others by anyone's; and, since a chip may be known
 * by label in one rule and by device in another, by rules for whatever chips known in another way.
 */
static __u64 perhaps_allowed(const struct lint *lint, const struct rule_share *share, int right)
{
	const struct mask_entry *entry = entry_of(lint, share);
	const struct gpio_acl_key *key = &entry->key;
	__u64 mask;

	if (key->table == GPIO_ACL_TABLE_RULES + GPIO_ACL_SUBJECT_USER)
		mask = entry->lines.allow[right] |
		       reach_mask(lint, REACH_SHARED, key->chip, key->block, right);
	else
		mask = reach_mask(lint, REACH_ANYONE, key->chip, key->block, right);
	for (uint32_t by = 0; by < GPIO_ACL_NUM_CHIP_BY; by++) {
		if (by != lint->policy->chips[key->chip].by)
			mask |= reach_mask(lint, REACH_NAMED, by, key->block, right);
	}
	return mask;
}

static bool takes_nothing(const struct lint *lint, size_t index)
{
	uint32_t rights = lint->policy->rules[index].rights;
	const struct rule_share *share = NULL;

	/* an open name may turn out to be allowed; open info is allowed without a rule */
	if (lint->reader->num_unresolved ||
	    (!(lint->policy->flags & GPIO_ACL_FLAG_INFO_RESTRICTED) &&
	     (rights & GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO))))
		return false;
	while ((share = next_share(lint, index, share))) {
		for (int right = 0; right < NUM_RIGHTS; right++) {
			if ((rights & GPIO_ACL_BIT(right)) &&
			    (share->lines & perhaps_allowed(lint, share, right)))
				return false;
		}
	}
	return has_shares(lint, index);
}

/* ---- rules that only repeat others ---------------------------------------------------- */

/*
 * A rule repeats others when all it says is also said by others of the same subject or of
 * everyone. Of rules that repeat each other one has to stay: a first pass drops what the rules
 * before it say already; a second one, backwards, what the rules before and after that stay say.
 */
struct repeats {
	struct lint *lint;
	bool deny;		     /* look at denies, else at allows */
	__u64 (*before)[NUM_RIGHTS]; /* of each entry: said by the rules before the one looked at */
	__u64 (*after)[NUM_RIGHTS];  /* and by those after it */
	__u64 (*fresh)[NUM_RIGHTS];  /* of each share: what no rule before it said */
};

static bool is_repeated(const struct repeats *repeats, size_t index)
{
	const struct lint *lint = repeats->lint;
	uint32_t rights = lint->policy->rules[index].rights;
	const struct rule_share *share = NULL;

	while ((share = next_share(lint, index, share))) {
		const struct gpio_acl_masks *all = everyones(lint, share);
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

/* Is the rule one of those looked at, and still said? */
static bool is_said(const struct repeats *repeats, size_t index)
{
	return repeats->lint->policy->rules[index].deny == repeats->deny &&
	       repeats->lint->verdicts[index] <= UNKNOWN;
}

/* Drops the rule when it repeats others; true when it stays. */
static bool stays(struct repeats *repeats, size_t index)
{
	unsigned char *verdict = &repeats->lint->verdicts[index];

	if (*verdict == MATTERS && is_repeated(repeats, index))
		*verdict = REPEATED;
	return *verdict != REPEATED;
}

static void find_repeats(struct lint *lint, bool deny)
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

/* ---- verdicts ------------------------------------------------------------------------- */

static enum verdict judge_rule(const struct lint *lint, size_t index)
{
	const struct policy_rule *rule = &lint->policy->rules[index];

	if (rule->subjects == GPIO_ACL_SUBJECT_USER && !rule->id && bypasses_root(lint))
		return FOR_ROOT;
	if (lint->reader->num_unresolved && rule_is_open(lint->policy, rule))
		return UNKNOWN;
	if (rule->deny && takes_nothing(lint, index))
		return TAKES_NOTHING;
	if (!rule->deny && is_denied(lint, index))
		return DENIED;
	return MATTERS;
}

/* Does one rule alone say what the other one does (or deny what it allows)? */
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

/* Points at the one rule that makes another never matter, if one alone does. */
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
		diag_warning(diag, span, "this rule never matters: rules do not apply to root");
		diag_note(diag, NULL, "set root enforce makes them apply");
		break;
	case DENIED:
		diag_warning(diag, span, "this rule never matters: all that it allows is denied");
		note_reason(lint, index, true, "denied here");
		break;
	case TAKES_NOTHING:
		diag_warning(diag, span, "this rule never matters: no rule allows what it denies");
		diag_note(diag, NULL, "what no rule allows is refused");
		break;
	case REPEATED:
		diag_warning(diag, span, "this rule never matters: other rules %s all of it",
			     deny ? "deny" : "allow");
		note_reason(lint, index, deny, deny ? "denied here" : "allowed here");
		break;
	}
}

/* Does the rule have lines where none of these rights may be allowed to those it is for? */
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

/* Is it an allow of this right, on lines that are all known? Others may come, with more rights. */
static bool grants(const struct lint *lint, size_t index, enum gpio_acl_right right)
{
	const struct policy_rule *rule = &lint->policy->rules[index];

	return !rule->deny && rule->rights & GPIO_ACL_BIT(right) &&
	       lint->verdicts[index] == MATTERS && !lint->reader->num_unresolved;
}

/* The kernel watches only inputs for edges, and sets no pull without a direction. */
static void lint_companions(struct lint *lint, size_t index)
{
	struct diag *diag = lint->reader->diag;
	const struct span *span = &lint->reader->rules[index].statement;
	uint32_t input = GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT),
		 output = GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT);

	if (grants(lint, index, GPIO_ACL_RIGHT_EDGES) && lacks_all_of(lint, index, input)) {
		diag_warning(diag, span, "edges never matter on lines where no rule allows input");
		diag_note(diag, NULL, "a request for edges takes input, too: allow it with them");
	}
	if (grants(lint, index, GPIO_ACL_RIGHT_BIAS) && lacks_all_of(lint, index, input | output)) {
		diag_warning(diag, span,
			     "bias never matters on lines where no rule allows input or output");
		diag_note(diag, NULL, "a request sets a pull with a direction: allow one with it");
	}
}

/*
 * A line that is watched for edges is a button, often as not, and these are mostly pulled by the
 * request. Said once: who pulls the lines by resistors means it.
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
			    "edges without bias%s: a request with a pull-up or pull-down, as a "
			    "gpiozero Button's, is refused",
			    num > 1 ? ", here and in other rules" : "");
}

/* A policy that is in force and allows nothing is hardly meant: an empty file makes one. */
static void lint_nothing(struct lint *lint)
{
	for (size_t i = 0; i < lint->policy->num_rules; i++) {
		if (!lint->policy->rules[i].deny && lint->verdicts[i] != FOR_ROOT &&
		    lint->verdicts[i] != DENIED)
			return;
	}
	diag_warning(lint->reader->diag, NULL,
		     "%s: no rule allows anything: everyone%s is refused every line",
		     lint->policy->file, bypasses_root(lint) ? " but root" : "");
	diag_note(lint->reader->diag, NULL,
		  "allow what programs need, or have nothing judged: gpio-acl unload");
}

static void lint_rules(struct lint *lint)
{
	size_t num = lint->policy->num_rules;

	find_everyone(lint);
	find_reach(lint);
	lint->verdicts = xcalloc(num, sizeof(*lint->verdicts));
	for (size_t i = 0; i < num; i++)
		lint->verdicts[i] = judge_rule(lint, i);
	find_repeats(lint, false);
	find_repeats(lint, true);
	for (size_t i = 0; i < num; i++) {
		lint_deny_group(lint->reader, i);
		report_rule(lint, i);
		lint_companions(lint, i);
	}
	lint_buttons(lint);
	lint_nothing(lint);
	free(lint->verdicts);
	free(lint->everyone);
	mask_table_free(&lint->reach);
}

void lint_policy(struct reader *reader)
{
	struct lint lint = {.reader = reader, .policy = reader->policy};

	lint_definitions(reader);
	if (!rule_masks_make(&lint.masks, reader->policy))
		return; /* too many for an image: policy_compile() says so */
	lint_rules(&lint);
	rule_masks_free(&lint.masks);
}
