// SPDX-License-Identifier: GPL-2.0-or-later
/* See explain.h. This file decides nothing: it calls the kernel's function, and finds the rules. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "loader/decision/explain.h"
#include "loader/machine/machine.h"
#include "loader/util/memory.h"
#include "loader/util/message.h"
#include "loader/util/rights.h"
#include "policy/suggest.h"
#include "policy/text.h"

/* ---- who ------------------------------------------------------------------------------- */

uint32_t explain_rights(const char *word)
{
	if (!strcmp(word, "all"))
		return GPIO_ACL_ALL_RIGHTS;
#define X(name, right, with)                                                                       \
	if (!strcmp(word, right))                                                                  \
		return GPIO_ACL_BIT(GPIO_ACL_RIGHT_##name) | (with);
	GPIO_ACL_RIGHTS(X)
#undef X
	return 0;
}

/* A decimal number up to @max, and nothing else. */
static bool read_number(const char *text, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;

	if (!*text || strlen(text) > 10 || text[strspn(text, "0123456789")])
		return false;
	while (*text)
		value = 10 * value + (*text++ - '0');
	*number = value;
	return value <= max;
}

/* The groups of an account, its own first. */
static int account_groups(const struct passwd *account, struct question *question)
{
	int num = GPIO_ACL_MAX_GROUPS;

	if (getgrouplist(account->pw_name, account->pw_gid, question->groups, &num) < 0) {
		msg_error("%s is in more than %d groups, which is too many: every "
			  "request of this account is refused",
			  account->pw_name, GPIO_ACL_MAX_GROUPS);
		return -1;
	}
	question->num_groups = num;
	return 0;
}

int explain_subject(const struct machine *machine, const char *user, char *const *groups,
		    size_t num_groups, struct question *question)
{
	const struct passwd *account;

	question->num_groups = 0;
	if (machine_id(machine->user_id, "user", user, &question->uid))
		return -1;
	account = getpwuid(question->uid);
	if (account && account_groups(account, question))
		return -1;
	for (size_t i = 0; i < num_groups; i++) {
		if (question->num_groups == GPIO_ACL_MAX_GROUPS) {
			msg_error("more than %d groups, which is too many: every request "
				  "would be refused",
				  GPIO_ACL_MAX_GROUPS);
			return -1;
		}
		if (machine_id(machine->group_id, "group", groups[i],
			       &question->groups[question->num_groups++]))
			return -1;
	}
	return 0;
}

/* ---- on which line --------------------------------------------------------------------- */

static void find_present(const struct policy *policy, const struct machine *machine,
			 struct question *question)
{
	for (size_t i = 0; i < machine->num_chips; i++) {
		if (!policy_chip_matches(&policy->chips[question->chip], &machine->chips[i]))
			continue;
		if (!question->num_present++)
			question->present = &machine->chips[i];
	}
}

/* The only offset of a line name on a chip. */
static int find_name(const struct machine_chip *chip, const char *name, uint32_t *offset)
{
	size_t found = 0;

	for (uint32_t i = chip->num_lines; i-- > 0;) {
		if (!chip->line_names[i] || strcmp(chip->line_names[i], name))
			continue;
		*offset = i;
		found++;
	}
	if (!found)
		msg_error("%s has no line %s: see its lines with gpioinfo, or give an offset",
			  chip->name, text_quoted(name, SIZE_MAX));
	if (found > 1)
		msg_error("%s has %zu lines %s: give an offset; the first is %u", chip->name, found,
			  text_quoted(name, SIZE_MAX), *offset);
	return found == 1 ? 0 : -1;
}

/* `1-2` or `1,2`: several lines, as a policy and `resolve` accept. */
static bool is_several(const char *line)
{
	return *line >= '0' && *line <= '9' && strpbrk(line, ",-") &&
	       !line[strspn(line, "0123456789,-")];
}

static int find_line(const char *line, struct question *question)
{
	const struct machine_chip *present = question->present;

	if (!read_number(line, GPIO_ACL_MAX_OFFSET, &question->offset)) {
		if (!line[strspn(line, "0123456789")]) {
			msg_error("offset %s is too large: %u is the largest",
				  text_quoted(line, SIZE_MAX), GPIO_ACL_MAX_OFFSET);
			return -1;
		}
		if (present)
			return find_name(present, line, &question->offset);
		question->offset = POLICY_NO_OFFSET;
		question->name = line;
		return 0;
	}
	if (present && question->offset >= present->num_lines) {
		msg_error("%s has lines 0-%u: it has no line %u", present->name,
			  present->num_lines - 1, question->offset);
		return -1;
	}
	return 0;
}

static int find_member(const struct policy *policy, const struct machine *machine,
		       const struct policy_aggregate *aggregate, const char *line,
		       struct question *question)
{
	uint32_t position;

	if (!read_number(line, UINT32_MAX, &position) || position >= aggregate->num_lines) {
		msg_error("aggregate %s has lines 0-%zu: it has no line %s", aggregate->name,
			  aggregate->num_lines - 1, text_quoted(line, SIZE_MAX));
		return -1;
	}
	question->chip = aggregate->lines[position].chip;
	question->offset = aggregate->lines[position].offset;
	question->name = aggregate->lines[position].name;
	find_present(policy, machine, question);
	return 0;
}

/* Suggests names of the policy's chips and aggregates, and names and labels of present chips. */
static void report_unknown(const struct policy *policy, const struct machine *machine,
			   const char *chip)
{
	const char **names = memory(
		calloc(policy->num_chips + policy->num_aggregates + 2 * machine->num_chips + 1,
		       sizeof(*names)));
	size_t num = 0;
	bool near;
	char *list;

	for (size_t i = 0; i < policy->num_chips; i++)
		names[num++] = policy->chips[i].name;
	for (size_t i = 0; i < policy->num_aggregates; i++)
		names[num++] = policy->aggregates[i].name;
	for (size_t i = 0; i < machine->num_chips; i++) {
		names[num++] = machine->chips[i].name;
		names[num++] = machine->chips[i].label;
	}
	list = suggest_names(names, num, chip, &near);
	msg_error("the policy has no chip or aggregate %s, and no chip that is present and can be "
		  "opened has this name or label%s%s",
		  text_quoted(chip, SIZE_MAX),
		  !list	 ? ""
		  : near ? "; near names: "
			 : "; there are: ",
		  list ? list : "");
	free(list);
	free(names);
}

static int find_present_chip(const struct policy *policy, const struct machine *machine,
			     const char *chip, struct question *question)
{
	const char *node = strncmp(chip, "/dev/", 5) ? chip : chip + 5;
	const char *target = machine_find_link(machine, node), *name = target ? target : node;

	question->linked = target;
	for (size_t i = 0; i < machine->num_chips; i++) {
		const struct machine_chip *present = &machine->chips[i];

		if (!strcmp(present->name, name)) {
			question->present = present;
			question->num_present = 1;
			return 0;
		}
		if (!strcmp(present->label, chip) && !question->num_present++)
			question->present = present;
	}
	if (question->num_present == 1)
		return 0;
	if (question->num_present)
		msg_error("%zu chips have the label %s: name one of them, as %s",
			  question->num_present, text_quoted(chip, SIZE_MAX),
			  question->present->name);
	else
		report_unknown(policy, machine, chip);
	return -1;
}

int explain_target(const struct policy *policy, const struct machine *machine, const char *chip,
		   const char *line, struct question *question)
{
	uint32_t aggregate = policy_find_aggregate(policy, chip);

	question->present = NULL;
	question->linked = false;
	question->num_present = 0;
	question->name = NULL;
	if (is_several(line)) {
		msg_error("%s: ask for one line at a time", text_quoted(line, SIZE_MAX));
		return -1;
	}
	if (aggregate != UINT32_MAX)
		return find_member(policy, machine, &policy->aggregates[aggregate], line, question);
	question->chip = policy_find_chip(policy, chip);
	if (question->chip != UINT32_MAX)
		find_present(policy, machine, question);
	else if (find_present_chip(policy, machine, chip, question))
		return -1;
	return find_line(line, question);
}

/* ---- the answer ------------------------------------------------------------------------ */

#define GPIO_ACL_LOOKUP(policy, key) image_lookup(policy, key)
#define GPIO_ACL_LOOP(n, step, ctx)                                                                \
	for (uint32_t i_ = 0; i_ < (n) && !(step)(i_, ctx); i_++)                                  \
		;

#include "bpf/core/decide.h"

/* The nodes of all names of a chip that is present; of an absent one only that of the policy's
 * name. */
static void find_nodes(const struct policy *policy, const struct image *image,
		       const struct question *question, uint32_t nodes[GPIO_ACL_NUM_CHIP_BY])
{
	const struct machine_chip *present = question->present;

	if (present) {
		nodes[GPIO_ACL_BY_LABEL] = image_chip(image, GPIO_ACL_BY_LABEL, present->label);
		nodes[GPIO_ACL_BY_DEVICE] = image_chip(image, GPIO_ACL_BY_DEVICE, present->device);
		nodes[GPIO_ACL_BY_NAME] = image_chip(image, GPIO_ACL_BY_NAME, present->name);
	} else {
		const struct policy_chip *chip = &policy->chips[question->chip];

		nodes[chip->by] = image_chip(image, chip->by, chip->value);
	}
}

/* Adds the owners of a subordinate uid, as the kernel does for a process in no user namespace. */
static bool find_owners(const struct image *image, struct gpio_acl_subject *subject)
{
	struct gpio_acl_search search = {.uid = subject->uid};

	gpio_acl_search((void *)image, &search);
	return gpio_acl_add_user(subject, &search);
}

/* What a decision points to. */
struct asking {
	struct gpio_acl_subject subject;
	struct gpio_acl_record_line lines[GPIO_ACL_MAX_LINES];
	struct gpio_acl_masks granted;
	bool owners_known; /* if not, nothing is granted */
};

static struct gpio_acl_decision start_decision(const struct policy *policy,
					       const struct image *image,
					       const struct question *question, uint32_t tables,
					       struct asking *asking)
{
	struct gpio_acl_decision decision = {
		.policy = (void *)image,
		.subject = &asking->subject,
		.lines = asking->lines,
		.granted = &asking->granted,
		.tables = tables,
	};

	*asking = (struct asking){
		.subject = {.uid = question->uid, .num_groups = question->num_groups},
		.lines = {{.offset = question->offset, .need = ALL_NEEDS}},
	};
	memcpy(asking->subject.groups, question->groups, sizeof(question->groups));
	asking->owners_known = find_owners(image, &asking->subject);
	find_nodes(policy, image, question, decision.chips);
	return decision;
}

/* What the rules in @tables grant, of all that a request may need. */
static uint32_t granted(const struct policy *policy, const struct image *image,
			const struct question *question, uint32_t tables)
{
	struct asking asking;
	struct gpio_acl_decision decision =
		start_decision(policy, image, question, tables, &asking);

	if (!asking.owners_known)
		return 0;
	gpio_acl_decide(&decision, 1);
	return ALL_NEEDS & ~asking.lines[0].lacks;
}

/* Does the subject have every right on every line of the chip? False if the chip is absent. */
static bool may_anything(const struct policy *policy, const struct image *image,
			 const struct question *question)
{
	struct asking asking;
	struct gpio_acl_chip_decision chip = {
		.num_lines = question->present ? question->present->num_lines : 0,
		.rights = gpio_acl_every_right(policy->flags),
	};

	chip.d = start_decision(policy, image, question, GPIO_ACL_TABLE_RULES, &asking);
	return asking.owners_known && gpio_acl_has_chip(&chip);
}

struct verdict explain_decide(const struct policy *policy, const struct image *image,
			      const struct question *question)
{
	const struct gpio_acl_subuids *subuids = policy_find_subuids(policy, question->uid);
	bool bypass = !question->uid && !(policy->flags & GPIO_ACL_FLAG_ROOT_ENFORCE);
	uint32_t open = policy->flags & GPIO_ACL_FLAG_INFO_RESTRICTED
				? 0
				: GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO);
	uint32_t need = question->rights & ~open;
	struct verdict verdict = {.lacks = need};

	if (question->offset != POLICY_NO_OFFSET) {
		uint32_t satisfied = granted(policy, image, question, GPIO_ACL_TABLE_RULES);

		verdict.has = satisfied & GPIO_ACL_ALL_RIGHTS;
		verdict.lacks = need & ~satisfied;
		verdict.anything = need && may_anything(policy, image, question);
		verdict.memory_any =
			verdict.anything || (need && !(need & ~granted(policy, image, question,
								       GPIO_ACL_TABLE_MEMORY_ANY)));
	}
	if (bypass)
		verdict.answer = ANSWER_ROOT;
	else if (subuids && subuids->num_owners == GPIO_ACL_OWNERS_UNKNOWN)
		verdict.answer = ANSWER_OWNERS;
	else if (!need)
		verdict.answer = ANSWER_INFO;
	else if (question->offset == POLICY_NO_OFFSET)
		verdict.answer = ANSWER_ABSENT;
	else if (!verdict.lacks)
		verdict.answer = ANSWER_ALLOWED;
	else
		verdict.answer = ANSWER_REFUSED;
	return verdict;
}

uint32_t explain_satisfies(uint32_t rights)
{
	return gpio_acl_satisfies(rights);
}

/* Does a user own a subordinate uid? Then its denies hold for that uid. */
static bool is_owner(const struct policy *policy, uint32_t owner, uint32_t uid)
{
	const struct gpio_acl_subuids *subuids = policy_find_subuids(policy, uid);

	for (uint32_t i = 0; subuids && i < GPIO_ACL_MAX_SHARERS && i < subuids->num_owners; i++)
		if (subuids->owners[i] == owner)
			return true;
	return false;
}

static bool has_group(const struct question *question, uint32_t gid)
{
	for (uint32_t i = 0; i < question->num_groups; i++)
		if (gid == question->groups[i])
			return true;
	return false;
}

static bool concerns_subject(const struct policy *policy, const struct policy_rule *rule,
			     const struct question *question)
{
	if (rule->account) /* an open account: a deny holds for everyone, an allow for nobody */
		return rule->deny;
	switch (rule->subjects) {
	case GPIO_ACL_SUBJECT_EVERYONE:
		return true;
	case GPIO_ACL_SUBJECT_USER:
		return rule->id == question->uid ||
		       (rule->deny && is_owner(policy, rule->id, question->uid));
	case GPIO_ACL_SUBJECT_GROUP:
		return has_group(question, rule->id);
	case GPIO_ACL_NUM_SUBJECTS:
		break;
	}
	return false;
}

struct target {
	const struct policy *policy;
	const struct question *question;
	bool deny;
};

static int is_target(const struct policy_line *line, void *ctx)
{
	const struct target *target = ctx;
	const struct question *question = target->question;

	/* a deny of an open line name holds for all lines of the chip */
	if (line->offset == POLICY_NO_OFFSET ? !target->deny : line->offset != question->offset)
		return false;
	if (question->present)
		return policy_chip_matches(&target->policy->chips[line->chip], question->present);
	return line->chip == question->chip;
}

bool explain_applies(const struct policy *policy, const struct policy_rule *rule,
		     const struct question *question, uint32_t rights)
{
	struct target target = {policy, question, rule->deny};

	return explain_satisfies(rule->rights) & rights &&
	       concerns_subject(policy, rule, question) &&
	       policy_rule_lines(policy, rule, is_target, &target);
}
