// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl explain: prints whether a user may use a line, and the rules that decide it. The
 * decision is that of the kernel (decision/explain.h). */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "loader/cli.h"
#include "loader/decision/explain.h"
#include "loader/engine/engine.h"
#include "loader/input/input.h"
#include "loader/machine/machine.h"
#include "loader/util/json.h"
#include "loader/util/memory.h"
#include "loader/util/path.h"
#include "loader/util/rights.h"
#include "policy/text.h"

struct asked {
	const char *user, *chip, *line, *right;
	const char *file; /* NULL: ask the policy in force */
	bool json;
};

/* Why it is allowed or refused: words of the JSON. */
static const char *const answer_words[] = {
	[ANSWER_ALLOWED] = "rules", [ANSWER_ROOT] = "root-bypass", [ANSWER_INFO] = "info-open",
	[ANSWER_ABSENT] = "absent", [ANSWER_REFUSED] = "rules",	   [ANSWER_OWNERS] = "owners",
};

static bool is_allowed(const struct verdict *verdict)
{
	return verdict->answer != ANSWER_ABSENT && verdict->answer != ANSWER_REFUSED &&
	       verdict->answer != ANSWER_OWNERS;
}

/* ---- rules ----------------------------------------------------------------------------- */

/* The statement of a rule, and behind it the name of its account in brackets; to be freed. */
static char *rule_statement(const struct policy *policy, const struct machine *machine,
			    const struct policy_rule *rule)
{
	const char *account = policy_rule_account(rule, machine);
	char *statement = NULL;
	size_t size;
	FILE *out = memory(open_memstream(&statement, &size));

	policy_print_rule(policy, rule, out);
	if (account)
		fprintf(out, " (%s)", account);
	if (fclose(out))
		memory(NULL);
	return statement;
}

/* Call @each with the rules that made the verdict: the allows, or the denies that refuse it. */
static void
each_rule(const struct policy *policy, const struct machine *machine,
	  const struct question *question, const struct verdict *verdict,
	  void (*each)(const struct policy_rule *rule, const char *statement, void *ctx), void *ctx)
{
	bool deny = verdict->answer == ANSWER_REFUSED;
	uint32_t rights = deny ? verdict->lacks : question->rights;

	if (verdict->answer != ANSWER_ALLOWED && !deny)
		return;
	for (size_t i = 0; i < policy->num_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];
		char *statement;

		if (rule->deny != deny || !explain_applies(policy, rule, question, rights))
			continue;
		statement = rule_statement(policy, machine, rule);
		each(rule, statement, ctx);
		free(statement);
	}
}

/* ---- words ----------------------------------------------------------------------------- */

static void print_rights(uint32_t rights)
{
	const char *separator = "";

	for (int right = 0; right < NUM_RIGHT_WORDS; right++) {
		if (!(rights & ALL_NEEDS & GPIO_ACL_BIT(right)))
			continue;
		printf("%s%s", separator, right_words[right]);
		separator = " ";
	}
}

static const char *line_name(const struct question *question)
{
	if (!question->present)
		return question->name;
	if (question->offset >= question->present->num_lines)
		return NULL;
	return question->present->line_names[question->offset];
}

/* `relays line 0 (gpiochip0 "lab-a", line 17, RELAY2)`, `... (chip usb, label "usb", not present,
 * ON)` */
static void print_line(const struct asked *asked, const struct policy *policy,
		       const struct question *question)
{
	const char *name = line_name(question);

	text_put(asked->chip, SIZE_MAX, stdout);
	fputs(" line ", stdout);
	text_put(asked->line, SIZE_MAX, stdout);
	fputs(" (", stdout);
	if (question->present) {
		printf("%s ", question->present->name);
		text_quote(question->present->label, SIZE_MAX, stdout);
	} else {
		const struct policy_chip *chip = &policy->chips[question->chip];

		printf("chip %s, %s ", chip->name, policy_chip_by[chip->by]);
		text_quote(chip->value, SIZE_MAX, stdout);
		fputs(", not present", stdout);
	}
	if (question->offset != POLICY_NO_OFFSET)
		printf(", line %u", question->offset);
	if (name) {
		fputs(", ", stdout);
		text_put(name, SIZE_MAX, stdout);
	}
	putchar(')');
}

static void print_rule(const struct policy_rule *rule, const char *statement, void *ctx)
{
	uint32_t *denied = ctx;

	printf("    %s%s:%u: %s\n", rule->deny ? "denied by " : "", rule->file, rule->line,
	       statement);
	*denied |= rule->deny ? explain_satisfies(rule->rights) : 0;
}

/* Which programs ask for this right when their user, who has others on the line, wants those. */
static void print_hint(const struct asked *asked, const struct verdict *verdict)
{
	for (int right = 0; right < NUM_RIGHT_WORDS; right++)
		if (right_hints[right] && verdict->has & ~GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO) &&
		    verdict->lacks & GPIO_ACL_BIT(right) &&
		    !strcmp(asked->right, right_words[right]))
			printf("    hint: %s\n", right_hints[right]);
}

/* Which rights no rule allows, and which are granted. @denied: those that a deny takes. */
static void print_refused(const struct asked *asked, const struct policy *policy,
			  const struct verdict *verdict, uint32_t denied)
{
	if (verdict->lacks & ~denied) {
		fputs("    no rule allows ", stdout);
		print_rights(verdict->lacks & ~denied);
		putchar('\n');
	}
	if (!strcmp(asked->right, right_words[GPIO_ACL_RIGHT_EDGES]) &&
	    verdict->lacks & GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT))
		puts("    edges need input too: the kernel reports edges only of inputs");
	if (verdict->lacks & GPIO_ACL_HOLD)
		puts("    bias needs input or output too: a pull is set with a direction");
	print_hint(asked, verdict);
	fputs("    granted to ", stdout);
	text_put(asked->user, SIZE_MAX, stdout);
	fputs(" on this line: ", stdout);
	if (verdict->has)
		print_rights(verdict->has);
	else
		fputs("nothing", stdout);
	putchar('\n');
	if (policy->flags & GPIO_ACL_FLAG_PERMISSIVE)
		puts("    but the mode is permissive: the request is audited and passes");
}

/* Which chip was asked, if the user may have meant another one. */
static void print_notes(const struct asked *asked, const struct question *question)
{
	if (!question->present)
		return;
	if (question->linked) {
		fputs("    note: ", stdout);
		text_put(asked->chip, SIZE_MAX, stdout);
		printf(" is a link to %s\n", question->present->name);
	}
	if (question->num_present > 1)
		printf("    note: %zu chips match; this is the answer for %s, name another to ask "
		       "for it\n",
		       question->num_present, question->present->name);
}

static void print_why(const struct asked *asked, const struct policy *policy,
		      const struct question *question, const struct verdict *verdict,
		      uint32_t denied)
{
	switch (verdict->answer) {
	case ANSWER_ROOT:
		puts("    rules do not apply to root (set root bypass)");
		break;
	case ANSWER_INFO:
		puts("    everyone may read line info (set info open)");
		break;
	case ANSWER_OWNERS:
		printf("    %u is a subordinate uid, and its owner is unknown: see /etc/subuid\n",
		       question->uid);
		break;
	case ANSWER_ABSENT:
		puts(question->present
			     ? "    no line of the chip, or more than one, has this name now"
			     : "    which line has this name is unknown until its chip is "
			       "present");
		break;
	case ANSWER_REFUSED:
		print_refused(asked, policy, verdict, denied);
		break;
	case ANSWER_ALLOWED:
		if (verdict->anything)
			printf("    with any memory: the program may have threads, as all of %s is "
			       "allowed\n",
			       question->present->name);
		else if (verdict->memory_any)
			puts("    with any memory: the program may have threads (memory any)");
		else if (question->rights & ~GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO))
			puts("    if nobody else can change the request: a program with threads is "
			     "refused; gpio-acl audit shows why a program was refused; an error "
			     "without a record there does not come from gpio-acl");
		break;
	}
	print_notes(asked, question);
}

static void answer_in_words(const struct asked *asked, const struct policy *policy,
			    const struct machine *machine, const struct question *question,
			    const struct verdict *verdict)
{
	uint32_t denied = 0;

	printf("policy: %s%s\n", asked->file ? "" : "in force, loaded from ", policy->file);
	printf("%s: ", is_allowed(verdict) ? "allowed" : "refused");
	text_put(asked->user, SIZE_MAX, stdout);
	fputs(is_allowed(verdict) ? " may " : " may not ", stdout);
	print_rights(question->rights);
	fputs(" on ", stdout);
	print_line(asked, policy, question);
	putchar('\n');
	each_rule(policy, machine, question, verdict, print_rule, &denied);
	print_why(asked, policy, question, verdict, denied);
}

/* ---- JSON ------------------------------------------------------------------------------ */

static void add_rule(const struct policy_rule *rule, const char *statement, void *ctx)
{
	struct json_object *object = memory(json_object_new_object());

	json_add_text(object, "file", rule->file, SIZE_MAX);
	json_add_number(object, "line", rule->line);
	json_add_text(object, "statement", statement, SIZE_MAX);
	json_object_array_add(ctx, object);
}

/* The label that the policy knows an absent chip by, or NULL. */
static const char *absent_label(const struct policy *policy, const struct question *question)
{
	const struct policy_chip *chip = &policy->chips[question->chip];

	return chip->by == GPIO_ACL_BY_LABEL ? chip->value : NULL;
}

static void answer_in_json(const struct asked *asked, const struct policy *policy,
			   const struct machine *machine, const struct question *question,
			   const struct verdict *verdict)
{
	const struct machine_chip *present = question->present;
	struct json_object *object = memory(json_object_new_object());
	struct json_object *rules = memory(json_object_new_array());

	each_rule(policy, machine, question, verdict, add_rule, rules);
	json_add_text(object, "policy", policy->file, SIZE_MAX);
	json_add_bool(object, "loaded", !asked->file);
	json_add_bool(object, "allowed", is_allowed(verdict));
	json_add_text(object, "because", answer_words[verdict->answer], SIZE_MAX);
	json_add_text(object, "user", asked->user, SIZE_MAX);
	json_add_number(object, "uid", question->uid);
	json_add_text(object, "chip", present ? present->name : NULL, SIZE_MAX);
	json_add_text(object, "label", present ? present->label : absent_label(policy, question),
		      SIZE_MAX);
	if (question->offset == POLICY_NO_OFFSET)
		json_add(object, "offset", NULL);
	else
		json_add_number(object, "offset", question->offset);
	json_add_text(object, "name", line_name(question), SIZE_MAX);
	json_add_words(object, "asked", right_words, question->rights);
	json_add_words(object, "lacks", right_words, is_allowed(verdict) ? 0 : verdict->lacks);
	json_add_words(object, "granted", right_words, verdict->has);
	json_add(object, "rules", rules);
	json_add_bool(object, "memory_any", verdict->memory_any);
	json_add_bool(object, "permissive", policy->flags & GPIO_ACL_FLAG_PERMISSIVE);
	json_print(stdout, object);
}

/* ---- the command ----------------------------------------------------------------------- */

static enum exit_code answer(const struct asked *asked, const struct policy *policy,
			     const struct image *image, const struct machine *machine,
			     struct question *question)
{
	struct verdict verdict;

	if (explain_target(policy, machine, asked->chip, asked->line, question))
		return EXIT_REFUSED;
	verdict = explain_decide(policy, image, question);
	(asked->json ? answer_in_json : answer_in_words)(asked, policy, machine, question,
							 &verdict);
	return is_allowed(&verdict) ? EXIT_DONE : EXIT_REFUSED;
}

static enum exit_code explain(const struct asked *asked, char *const *groups, size_t num_groups)
{
	struct question question = {.rights = explain_rights(asked->right)};
	enum exit_code code = EXIT_REFUSED;
	struct machine machine;
	struct policy *policy;
	struct image *image;

	if (!question.rights)
		return msg_usage("explain",
				 "unknown right '%s'; rights are " GPIO_ACL_RIGHT_LIST "or all",
				 asked->right);
	machine_read(&machine);
	policy = input_read(asked->file, &machine, &image);
	if (policy) {
		if (!explain_subject(&machine, asked->user, groups, num_groups, &question))
			code = answer(asked, policy, image, &machine, &question);
		image_free(image);
		policy_free(policy);
	}
	machine_free(&machine);
	return code;
}

/* Without --loaded or --policy, root asks the policy in force, if there is one. */
static int choose_policy(struct asked *asked)
{
	int loaded = geteuid() ? 0 : engine_loaded();

	asked->file = loaded ? NULL : DEFAULT_POLICY;
	return loaded < 0 ? -1 : 0;
}

struct config {
	bool loaded, json;
	const char *policy;
	struct cli_list groups;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;
	struct asked asked = {
		.user = argv[0],
		.chip = argv[1],
		.line = argv[2],
		.right = argv[3],
		.file = given->policy,
		.json = given->json,
	};

	(void)argc;
	if (!given->loaded && !given->policy && choose_policy(&asked))
		return EXIT_REFUSED;
	return explain(&asked, given->groups.values, given->groups.num);
}

static const struct cli_option options[] = {
	{.name = "loaded",
	 .help = "ask the loaded policy; needs root",
	 .offset = offsetof(struct config, loaded),
	 .exclusive = true},
	{.name = "policy",
	 .argument = "FILE",
	 .help = "ask the policy in FILE",
	 .kind = CLI_VALUE,
	 .offset = offsetof(struct config, policy),
	 .exclusive = true},
	{.name = "group",
	 .argument = "NAME",
	 .help = "the program has this group too (a name or gid); may be repeated",
	 .kind = CLI_LIST,
	 .offset = offsetof(struct config, groups)},
	{.name = "json", .help = "print one JSON object", .offset = offsetof(struct config, json)},
	{0},
};

const struct command cmd_explain = {
	.name = "explain",
	.summary = "say whether a user may use a line, and by which rule",
	.synopsis = "[OPTION]... USER CHIP|AGGREGATE LINE RIGHT",
	.help = "Say whether a program of USER (a name or uid) may use a line, and by which "
		"rules. CHIP is a chip of the policy; or gpiochipN, /dev/gpiochipN or the label of "
		"a chip that is present. LINE is an offset or a line name; of an aggregate, the "
		"position. RIGHT is " GPIO_ACL_RIGHT_LIST "or all. A request for edges needs input "
		"too, and one for bias needs input or output. Root asks the loaded policy, if "
		"there is one; otherwise " DEFAULT_POLICY " is asked. The first line of the answer "
		"names the policy.",
	.exits = {[EXIT_DONE] = "allowed", [EXIT_REFUSED] = "refused, or there is no such line"},
	.example = "gpio-acl explain alice relays 0 output",
	.options = options,
	.config_size = sizeof(struct config),
	.min_args = 4,
	.max_args = 4,
	.run = run,
};
