/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints a policy in its canonical form, which the parser reads back. Whoever changes the one must
 * change the other.
 */
#include <errno.h>
#include <string.h>

#include "policy/internal.h"
#include "policy/subject.h"

static void print_range(uint32_t first, uint32_t last, FILE *out)
{
	fprintf(out, "%u", first);
	if (last > first)
		fprintf(out, "-%u", last);
}

/* How many lines, from the first on, are one ascending range of one chip. */
static size_t run_length(const struct policy_line *lines, size_t num)
{
	size_t run = 1;

	while (run < num && lines[0].offset != POLICY_NO_OFFSET &&
	       lines[run].chip == lines[0].chip && lines[run].offset == lines[0].offset + run)
		run++;
	return run;
}

/* `header 17 22-24, board "RELAY_EN"` */
static void print_lines(const struct policy *policy, const struct policy_line *lines, size_t num,
			FILE *out)
{
	size_t run;

	for (size_t i = 0; i < num; i += run) {
		if (!i || lines[i].chip != lines[i - 1].chip)
			fprintf(out, "%s%s", i ? ", " : "", policy->chips[lines[i].chip].name);
		putc(' ', out);
		run = run_length(lines + i, num - i);
		if (lines[i].offset == POLICY_NO_OFFSET)
			text_quote(lines[i].name, SIZE_MAX, out);
		else
			print_range(lines[i].offset, lines[i].offset + run - 1, out);
	}
}

static void print_target(const struct policy *policy, const struct policy_rule *rule, FILE *out)
{
	if (rule->aggregate == UINT32_MAX) {
		print_lines(policy, rule->lines, rule->num_lines, out);
		return;
	}
	fputs(policy->aggregates[rule->aggregate].name, out);
	for (size_t i = 0; i < rule->num_ranges; i++) {
		putc(i ? ',' : '[', out);
		print_range(rule->ranges[i].first, rule->ranges[i].last, out);
	}
	if (rule->num_ranges)
		putc(']', out);
}

static void print_subject(const struct policy_rule *rule, FILE *out)
{
	fputs(policy_subjects[rule->subjects].word, out);
	if (!policy_subjects[rule->subjects].operand)
		return;
	putc(' ', out);
	if (rule->account)
		text_quote(rule->account, SIZE_MAX, out);
	else
		fprintf(out, "%u", rule->id);
}

static void print_rights(uint32_t rights, FILE *out)
{
	if (rights == GPIO_ACL_ALL_RIGHTS) {
		fputs(" all", out);
		return;
	}
	for (int right = 0; right < GPIO_ACL_NUM_RIGHTS; right++) {
		if (rights & GPIO_ACL_BIT(right))
			fprintf(out, " %s", policy_rights[right]);
	}
}

const char *policy_rule_account(const struct policy_rule *rule, const struct machine *machine)
{
	const struct policy_subject *subject = &policy_subjects[rule->subjects];
	const char *name = machine && subject->name ? subject->name(machine, rule->id) : NULL;

	return name && text_is_plain(name, strlen(name)) ? name : NULL;
}

void policy_print_rule(const struct policy *policy, const struct policy_rule *rule, FILE *out)
{
	fputs(rule->deny ? "deny " : "allow ", out);
	print_subject(rule, out);
	print_rights(rule->rights, out);
	fputs(" on ", out);
	print_target(policy, rule, out);
	if (rule->as) {
		fputs(" as ", out);
		text_quote(rule->as, SIZE_MAX, out);
	}
	if (rule->memory_any)
		fputs(" memory any", out);
}

static void print_rule(const struct policy *policy, const struct policy_rule *rule,
		       const struct machine *machine, FILE *out)
{
	const char *name = policy_rule_account(rule, machine);

	policy_print_rule(policy, rule, out);
	fprintf(out, " # %s:%u", rule->file, rule->line);
	if (name)
		fprintf(out, " (%s)", name);
	putc('\n', out);
}

static void print_chip(const struct policy_chip *chip, FILE *out)
{
	fprintf(out, "chip %s %s ", chip->name, policy_chip_by[chip->by]);
	text_quote(chip->value, SIZE_MAX, out);
	putc('\n', out);
}

/*
 * `subuids 100000-165535 user 1000`: a statement in the text of an image (parse_subuids()). In what
 * `show` prints it is a comment, because the policy may be loaded on another machine.
 */
static void print_subuids(const struct gpio_acl_subuids *subuids, const struct machine *machine,
			  FILE *out)
{
	fputs(machine ? "# subuids " : "subuids ", out);
	print_range(subuids->first, subuids->last, out);
	if (subuids->num_owners == GPIO_ACL_OWNERS_UNKNOWN) {
		fputs(" unknown\n", out);
		return;
	}
	fputs(" user", out);
	for (uint32_t i = 0; i < subuids->num_owners; i++)
		fprintf(out, " %u", subuids->owners[i]);
	putc('\n', out);
}

int policy_print(const struct policy *policy, const struct machine *machine, FILE *out)
{
	fprintf(out, FIRST_LINE "%s %s\n", policy_origins[policy->origin], policy->file);
	for (int i = 0; i < NUM_SETTINGS; i++) {
		if (policy->flags & policy_settings[i].flag)
			fprintf(out, "set %s %s\n", policy_settings[i].name,
				policy_settings[i].values[1]);
	}
	for (size_t i = 0; i < policy->num_subuids; i++)
		print_subuids(&policy->subuids[i], machine, out);
	for (size_t i = 0; i < policy->num_chips; i++)
		print_chip(&policy->chips[i], out);
	for (size_t i = 0; i < policy->num_aggregates; i++) {
		fprintf(out, "aggregate %s = ", policy->aggregates[i].name);
		print_lines(policy, policy->aggregates[i].lines, policy->aggregates[i].num_lines,
			    out);
		putc('\n', out);
	}
	for (size_t i = 0; i < policy->num_rules; i++)
		print_rule(policy, &policy->rules[i], machine, out);
	errno = EIO; /* for an earlier write that failed: fflush() may then leave errno alone */
	return fflush(out) || ferror(out) ? -errno : 0;
}
