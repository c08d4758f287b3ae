// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes reading a policy, on the machine of tests/unit/policy/machine.h. An input is the policy
 * and, each after a form feed, the files that it may include, called 1, 2, ...
 *
 * - There is a policy, or there are errors. Messages are printable whatever the text contains.
 * - The canonical form is a policy with the same image on any machine. It prints the same again,
 *   and the image gives back its policy.
 * - The image allows what the rules say, and `explain` finds these rules.
 * - The order of statements does not matter.
 * - One more deny allows nothing more, and denies.
 */
#include "policy/policy.h"
#include "loader/decision/explain.h"
#include "policy/diag.h"
#include "policy/source.h"
#include "policy/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/policy/machine.h"

#define MOST_FILES     8
#define MOST_QUESTIONS 96
#define MOST_RULES     16 /* questions are about lines of these */
#define MOST_LINES     3  /* of each of them */

/* ---- the files of an input, instead of real ones ----------------------------------------- */

static struct file {
	const char *text;
	size_t size;
} files[MOST_FILES];
static size_t num_files;

static void cut_files(const char *text, size_t size)
{
	const char *end = text + size;

	for (num_files = 0; text <= end && num_files < MOST_FILES; num_files++) {
		const char *cut = memchr(text, '\f', end - text);

		cut = cut && num_files + 1 < MOST_FILES ? cut : end;
		files[num_files] = (struct file){text, cut - text};
		text = cut + 1;
	}
}

struct source *__wrap_source_open(const char *path, const struct span *from, struct diag *diag);
char **__wrap_source_glob(const char *pattern, const struct span *from, struct diag *diag);

struct source *__wrap_source_open(const char *path, const struct span *from, struct diag *diag)
{
	size_t number = path[0] >= '1' && path[0] <= '9' && !path[1] ? path[0] - '0' : 0;
	struct source *source;

	if (!number || number >= num_files) {
		diag_error(diag, from, "cannot open it");
		return NULL;
	}
	source = source_text(path, files[number].text, files[number].size, diag);
	if (!source)
		return NULL;
	source->inode = number;
	source->parent = from->source;
	source->parent_line = from->line;
	source->depth = from->source->depth + 1;
	return source;
}

/* A wildcard matches all files; `?` is a folder that cannot be read. */
char **__wrap_source_glob(const char *pattern, const struct span *from, struct diag *diag)
{
	bool all = strchr(pattern, '*');
	size_t num = all ? num_files - 1 : 1;
	char **paths;

	if (strchr(pattern, '?')) {
		diag_error(diag, from, "cannot read its folder");
		return NULL;
	}
	paths = calloc(num + 1, sizeof(*paths));
	for (size_t i = 0; i < num; i++) {
		char name[] = {'1' + i, '\0'};

		paths[i] = strdup(all ? name : pattern);
	}
	return paths;
}

/* ---- reading and printing ----------------------------------------------------------------- */

static void check_messages(const struct diag *diag)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	diag_print(diag, out, false);
	fclose(out);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
		must(text_is_plain(line, end - line));
	must(!size || text[size - 1] == '\n');
	must(strlen(text) == size);
	free(text);
}

static struct policy *read_text(const char *text, size_t size, const struct machine *machine)
{
	struct diag *diag = diag_new();
	struct policy *policy = policy_read_text("input", text, size, machine, diag);

	must(!policy == (diag_errors(diag) > 0));
	check_messages(diag);
	diag_free(diag);
	return policy;
}

static struct image *compile(const struct policy *policy)
{
	struct diag *diag = diag_new();
	struct image *image = policy_compile(policy, diag);

	must(!image == (diag_errors(diag) > 0));
	diag_free(diag);
	return image;
}

static char *print(const struct policy *policy, const struct machine *machine, size_t *size)
{
	char *text;
	FILE *out = open_memstream(&text, size);

	must(!policy_print(policy, machine, out));
	fclose(out);
	return text;
}

/* The canonical form without comments: it stays when origins change. */
static char *print_bare(const struct policy *policy)
{
	size_t size, kept = 0;
	char *text = print(policy, NULL, &size);
	bool quoted = false, comment = false;

	for (size_t i = 0; i < size; i++) {
		if (quoted && text[i] == '\\')
			text[kept++] = text[i++];
		else if (text[i] == '"' && !comment)
			quoted = !quoted;
		comment = text[i] != '\n' && (comment || (text[i] == '#' && !quoted));
		if (!comment)
			text[kept++] = text[i];
	}
	text[kept] = '\0';
	return text;
}

/* ---- what is compared --------------------------------------------------------------------- */

static bool is_of_text(const struct image_entry *entry)
{
	return entry->key.table == GPIO_ACL_TABLE_TEXT;
}

static struct image_entry without_size(struct image_entry entry)
{
	if (entry.key.table == GPIO_ACL_TABLE_SETTINGS)
		entry.value.settings.text_size = 0;
	return entry;
}

/* Equal except for the text, whose comments hold the origins. */
static void must_be_alike(const struct image *one, const struct image *other)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		struct image_entry left, right;

		while (i < one->num_entries && is_of_text(&one->entries[i]))
			i++;
		while (k < other->num_entries && is_of_text(&other->entries[k]))
			k++;
		must((i < one->num_entries) == (k < other->num_entries));
		if (i == one->num_entries)
			return;
		left = without_size(one->entries[i]);
		right = without_size(other->entries[k]);
		must(!memcmp(&left, &right, sizeof(left)));
	}
}

/* Questions about a policy. Chips are given by name: numbers differ between images. */
static struct question questions[MOST_QUESTIONS];
static const char *chip_names[MOST_QUESTIONS];
static struct verdict verdicts[MOST_QUESTIONS];
static size_t num_questions;

struct asking {
	const struct policy *policy;
	const struct policy_rule *rule;
	size_t num_lines;
};

static void add_question(const struct asking *asking, const struct policy_line *line, bool groups)
{
	const struct policy *policy = asking->policy;
	const struct policy_rule *rule = asking->rule;
	struct question *question = &questions[num_questions];

	if (num_questions == MOST_QUESTIONS)
		return;
	question->uid = rule->subjects == GPIO_ACL_SUBJECT_USER && !rule->account
				? rule->id
				: num_questions % 2;
	question->num_groups = 0;
	for (size_t i = 0; groups && i < policy->num_rules && i < MOST_RULES; i++)
		if (policy->rules[i].subjects == GPIO_ACL_SUBJECT_GROUP &&
		    !policy->rules[i].account)
			question->groups[question->num_groups++] = policy->rules[i].id;
	question->chip = line->chip;
	question->offset = line->offset;
	question->rights = GPIO_ACL_ALL_RIGHTS;
	question->present = NULL;
	question->num_present = 0;
	for (size_t i = 0; groups && i < test_machine.num_chips; i++)
		if (policy_chip_matches(&policy->chips[line->chip], &test_chips[i]))
			question->present = &test_chips[i];
	chip_names[num_questions++] = policy->chips[line->chip].name;
}

static int ask_about(const struct policy_line *line, void *ctx)
{
	struct asking *asking = ctx;

	add_question(asking, line, false);
	add_question(asking, line, true);
	return ++asking->num_lines == MOST_LINES;
}

static void ask(const struct policy *policy)
{
	num_questions = 0;
	for (size_t i = 0; i < policy->num_rules && i < MOST_RULES; i++) {
		struct asking asking = {.policy = policy, .rule = &policy->rules[i]};

		policy_rule_lines(policy, asking.rule, ask_about, &asking);
	}
}

static uint32_t rules_say(const struct policy *policy, const struct question *question, bool deny,
			  bool any)
{
	uint32_t rights = 0;

	for (size_t i = 0; i < policy->num_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (rule->deny == deny && (rule->memory_any || !any) &&
		    explain_applies(policy, rule, question, GPIO_ACL_ALL_RIGHTS))
			rights |= rule->rights;
	}
	return rights;
}

static void check_verdict(const struct policy *policy, const struct question *question,
			  const struct verdict *verdict)
{
	uint32_t open = policy->flags & GPIO_ACL_FLAG_INFO_RESTRICTED
				? 0
				: GPIO_ACL_BIT(GPIO_ACL_RIGHT_INFO);
	uint32_t need = question->rights & ~open;
	uint32_t has = rules_say(policy, question, false, false) &
		       ~rules_say(policy, question, true, false);

	must(verdict->has == has);
	must(verdict->lacks == (need & ~has));
	must(verdict->memory_any == !(need & ~rules_say(policy, question, false, true)) ||
	     question->offset == POLICY_NO_OFFSET);
	if (!question->uid && !(policy->flags & GPIO_ACL_FLAG_ROOT_ENFORCE))
		must(verdict->answer == ANSWER_ROOT);
	else
		must((verdict->answer == ANSWER_ALLOWED) == !verdict->lacks);
}

static void check_verdicts(const struct policy *policy, const struct image *image)
{
	for (size_t i = 0; i < num_questions; i++) {
		verdicts[i] = explain_decide(policy, image, &questions[i]);
		check_verdict(policy, &questions[i], &verdicts[i]);
	}
}

/* ---- the properties ----------------------------------------------------------------------- */

static void check_canonical(const struct policy *policy, const struct image *image,
			    const char *text, size_t size)
{
	struct policy *again = read_text(text, size, NULL);
	struct image *image_again;
	char *bare, *bare_again;

	must(again);
	image_again = compile(again);
	must(image_again);
	must_be_alike(image, image_again);
	bare = print_bare(policy);
	bare_again = print_bare(again);
	must(!strcmp(bare, bare_again));
	free(bare);
	free(bare_again);
	image_free(image_again);
	policy_free(again);
}

static void check_reading_back(const struct policy *policy, const struct image *image)
{
	struct diag *diag = diag_new();
	struct policy *loaded = image_policy(image, diag);
	size_t size, loaded_size;
	char *text = print(policy, NULL, &size), *loaded_text;

	must(loaded && !diag_errors(diag));
	loaded_text = print(loaded, NULL, &loaded_size);
	must(size == loaded_size && !memcmp(text, loaded_text, size));
	free(text);
	free(loaded_text);
	policy_free(loaded);
	diag_free(diag);
}

/* Asks the same questions of the policy @text, which it frees. */
static void ask_again(char *text, size_t size, struct verdict *again)
{
	struct policy *policy = read_text(text, size, NULL);
	struct image *image;

	must(policy);
	image = compile(policy);
	must(image);
	for (size_t i = 0; i < num_questions; i++) {
		struct question question = questions[i];

		question.chip = policy_find_chip(policy, chip_names[i]);
		must(question.chip != UINT32_MAX);
		again[i] = explain_decide(policy, image, &question);
	}
	image_free(image);
	policy_free(policy);
	free(text);
}

static char *reversed(const char *text, size_t size)
{
	char *turned = malloc(size);
	size_t left = size;

	for (const char *line = text, *end; line < text + size; line = end) {
		end = (const char *)memchr(line, '\n', text + size - line) + 1;
		left -= end - line;
		memcpy(turned + left, line, end - line);
	}
	return turned;
}

static void check_order(const char *text, size_t size)
{
	struct verdict again[MOST_QUESTIONS] = {0};

	ask_again(reversed(text, size), size, again);
	for (size_t i = 0; i < num_questions; i++) {
		must(again[i].answer == verdicts[i].answer);
		must(again[i].has == verdicts[i].has);
		must(again[i].lacks == verdicts[i].lacks);
		must(again[i].memory_any == verdicts[i].memory_any);
	}
}

/* Adds a deny of what the last question asks for. */
static void check_deny(const char *text, size_t size)
{
	const struct question *question = &questions[num_questions - 1];
	const char *chip = chip_names[num_questions - 1];
	struct verdict again[MOST_QUESTIONS] = {0};
	char *denied;

	if (question->offset == POLICY_NO_OFFSET)
		return;
	denied = malloc(size + 256);
	memcpy(denied, text, size);
	size += snprintf(denied + size, 256, "deny user %u output on %s %u\n", question->uid, chip,
			 question->offset);
	ask_again(denied, size, again);
	for (size_t i = 0; i < num_questions; i++)
		must(!(again[i].has & ~verdicts[i].has));
	must(!(again[num_questions - 1].has & GPIO_ACL_BIT(GPIO_ACL_RIGHT_OUTPUT)));
}

static void check_policy(const struct policy *policy, const struct image *image)
{
	size_t size;
	char *text = print(policy, &test_machine, &size);

	must(text_is_plain(policy->file, strlen(policy->file)));
	check_canonical(policy, image, text, size);
	check_reading_back(policy, image);
	ask(policy);
	check_verdicts(policy, image);
	check_order(text, size);
	if (num_questions)
		check_deny(text, size);
	free(text);
}

/*
 * A policy without errors in `check` compiles the same in `load`, where open names are no errors.
 */
static void check_strict(const struct image *image)
{
	struct policy *policy = read_text(files[0].text, files[0].size, &test_machine);
	struct image *strict = policy ? compile(policy) : NULL;

	must(!strict || image);
	if (strict)
		must_be_alike(strict, image);
	image_free(strict);
	policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine machine = test_machine;
	struct policy *policy;
	struct image *image;

	cut_files((const char *)data, size);
	machine.strict = false;
	policy = read_text(files[0].text, files[0].size, &machine);
	image = policy ? compile(policy) : NULL;
	check_strict(image);
	if (!policy)
		return 0;
	if (image)
		check_policy(policy, image);
	image_free(image);
	policy_free(policy);
	return 0;
}
