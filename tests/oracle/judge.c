/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Over 450 lines: one program with one loop of input; its parts share the case that was read.
 */
/*
 * What gpio-acl makes of the cases of tests/oracle/run, which knows the answers from elsewhere: the
 * policy through policy/, the request through bpf/core/decode.h, the verdict through
 *bpf/core/decide.h.
 *
 * A case is lines of tab-separated words on standard input; the answers follow its `end`:
 *
 *   chip NAME LABEL DEVICE LINES	present while the policy is read; DEVICE may be empty
 *   line OFFSET NAME			a line name of the chip before
 *   user NAME ID, group NAME ID	an account
 *   subuids SIZE			/etc/subuid, in the SIZE bytes that follow
 *   policy SIZE			the policy, in the SIZE bytes that follow
 *	-> policy FLAGS ANSWER		`enum gpio_acl_flags`; same: canonical, again the same image
 *   shuffled SIZE			the same policy in another order
 *	-> shuffled ANSWER		same: the same rules on the same lines
 *   ask TABLE UID GIDS LABEL DEVICE NAME FILE COMMAND ARGUMENT HELD LINES KNOWN CHIP-LINES MAKERS
 *	-> ask REASON OFFSET:NEED:LACKS...	lines only of what was decided
 *	-> ask invalid				the kernel refuses it
 *	-> ask anything				all is allowed, whatever is asked for
 *
 * TABLE and FILE are numbers of the enums, GIDS are separated by commas, ARGUMENT is in hex, HELD
 * are offsets separated by commas, `!` after an output, `~` after one that tells edges. LINES are
 * the chip's, 2^64 - 1 when others can change the argument; KNOWN is 1 for a kernel that is known.
 * MAKERS are those of the user namespaces that the process is in, the inner ones first.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/policy.h"

#define GPIO_ACL_LOOKUP(policy, key) image_lookup(policy, key)
#define GPIO_ACL_LOOP(n, step, ctx)  loop(n, step, ctx)

static void loop(__u32 n, long (*step)(__u64 i, void *ctx), void *ctx)
{
	for (__u64 i = 0; i < n && !step(i, ctx); i++)
		;
}

#include "bpf/core/decide.h"
#include "bpf/core/decode.h"

#define MAX_WORDS 16
#define MAX_CHIPS 8
#define MAX_NAMES 32

/* ---- the machine of a case ------------------------------------------------------------ */

struct account {
	char *name;
	uint32_t id;
};

struct accounts {
	struct account accounts[MAX_NAMES];
	size_t num;
};

static struct accounts users, groups;
static struct machine_chip chips[MAX_CHIPS];
static size_t num_chips;
static char folder[] = "/tmp/oracle-XXXXXX", subuid[sizeof(folder) + sizeof("/subuid")];

static void die(const char *what)
{
	fprintf(stderr, "judge: %s\n", what);
	exit(1);
}

static int find_account(const struct accounts *accounts, const char *name, uint32_t *id)
{
	for (size_t i = 0; i < accounts->num; i++) {
		if (!strcmp(accounts->accounts[i].name, name)) {
			*id = accounts->accounts[i].id;
			return 0;
		}
	}
	return -ENOENT;
}

static int user_id(const char *name, uint32_t *id)
{
	return find_account(&users, name, id);
}

static int group_id(const char *name, uint32_t *id)
{
	return find_account(&groups, name, id);
}

static const char *account_name(const struct accounts *accounts, uint32_t id)
{
	for (size_t i = 0; i < accounts->num; i++) {
		if (accounts->accounts[i].id == id)
			return accounts->accounts[i].name;
	}
	return NULL;
}

static const char *user_name(uint32_t id)
{
	return account_name(&users, id);
}

static const char *group_name(uint32_t id)
{
	return account_name(&groups, id);
}

static void add_account(struct accounts *accounts, const char *name, const char *id)
{
	if (accounts->num == MAX_NAMES)
		die("too many accounts");
	accounts->accounts[accounts->num++] = (struct account){strdup(name), strtoul(id, NULL, 10)};
}

static void add_chip(char **words)
{
	if (num_chips == MAX_CHIPS)
		die("too many chips");
	chips[num_chips] = (struct machine_chip){
		.name = strdup(words[1]),
		.label = strdup(words[2]),
		.device = *words[3] ? strdup(words[3]) : NULL,
		.num_lines = strtoul(words[4], NULL, 10),
	};
	chips[num_chips].line_names = calloc(chips[num_chips].num_lines, sizeof(char *));
	num_chips++;
}

static void add_line(const char *offset, const char *name)
{
	const struct machine_chip *chip = &chips[num_chips - 1];
	uint32_t at = strtoul(offset, NULL, 10);

	if (!num_chips || at >= chip->num_lines)
		die("a line beyond its chip");
	((const char **)chip->line_names)[at] = strdup(name);
}

static void free_accounts(struct accounts *accounts)
{
	while (accounts->num)
		free(accounts->accounts[--accounts->num].name);
}

static void free_world(void)
{
	while (num_chips) {
		const struct machine_chip *chip = &chips[--num_chips];

		for (uint32_t i = 0; i < chip->num_lines; i++)
			free((char *)chip->line_names[i]);
		free((void *)chip->line_names);
		free((char *)chip->name);
		free((char *)chip->label);
		free((char *)chip->device);
	}
	free_accounts(&users);
	free_accounts(&groups);
}

/* ---- policies ------------------------------------------------------------------------- */

static struct policy *policy;
static struct image *image;

/* A policy's image; what is wrong with it goes to standard error. */
static struct image *compile(const char *text, size_t size, const struct machine *machine,
			     struct policy **read)
{
	struct diag *diag = diag_new();
	struct image *compiled = NULL;

	*read = policy_read_text("case", text, size, machine, diag);
	if (*read)
		compiled = policy_compile(*read, diag);
	if (!compiled)
		diag_print(diag, stderr, false);
	diag_free(diag);
	return compiled;
}

/* In a folder of its own: others may write neither. */
static void make_subuid(void)
{
	if (!mkdtemp(folder))
		die("no folder for subordinate uids");
	snprintf(subuid, sizeof(subuid), "%s/subuid", folder);
}

static void write_subuid(const char *text, size_t size)
{
	FILE *file = fopen(subuid, "we");

	if (!file || fwrite(text, 1, size, file) != size || fclose(file))
		die("the subordinate uids cannot be written");
}

static struct image *compile_here(const char *text, size_t size, struct policy **read)
{
	const struct machine machine = {
		.user_id = user_id,
		.group_id = group_id,
		.user_name = user_name,
		.group_name = group_name,
		.chips = chips,
		.num_chips = num_chips,
		.subuid = subuid,
		.strict = true,
	};

	return compile(text, size, &machine, read);
}

/* Entries of rules, chips and settings; the text holds the places that rules stood at. */
static bool is_comparable(const struct image_entry *entry)
{
	return entry->key.table != GPIO_ACL_TABLE_TEXT;
}

static bool same_but_text(const struct image *a, const struct image *b)
{
	size_t i = 0, j = 0;

	for (; i < a->num_entries && j < b->num_entries; i++, j++) {
		struct image_entry left = a->entries[i], right = b->entries[j];

		if (!is_comparable(&left) || !is_comparable(&right))
			break;
		if (left.key.table == GPIO_ACL_TABLE_SETTINGS)
			left.value.settings.text_size = right.value.settings.text_size;
		if (memcmp(&left, &right, sizeof(left)))
			return false;
	}
	return (i == a->num_entries || !is_comparable(&a->entries[i])) &&
	       (j == b->num_entries || !is_comparable(&b->entries[j]));
}

static char *print(const struct policy *printed, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out || policy_print(printed, NULL, out) || fclose(out))
		die("a policy cannot be printed");
	return text;
}

/* What the policy prints, but for the subordinate uids: no file has statements of them. */
static char *print_statements(size_t *size)
{
	char *text = print(policy, size), *line;

	while ((line = strstr(text, "subuids "))) {
		char *next = strchr(line, '\n') + 1;

		memmove(line, next, text + *size + 1 - next);
		*size -= next - line;
	}
	return text;
}

/* What the policy prints makes the same image on a machine without chips. */
static bool canonical_is_same(void)
{
	const struct machine elsewhere = {.user_id = user_id, .subuid = subuid};
	struct policy *again;
	size_t size;
	char *text = print_statements(&size);
	struct image *other = compile(text, size, &elsewhere, &again);
	bool same = other && same_but_text(image, other);

	free(text);
	image_free(other);
	policy_free(again);
	return same;
}

/* What is read back from the image prints what the policy prints. */
static bool image_is_same(void)
{
	struct diag *diag = diag_new();
	struct policy *back = image_policy(image, diag);
	size_t size, back_size;
	char *text = print(policy, &size), *back_text = NULL;
	bool same = false;

	if (!back) {
		diag_print(diag, stderr, false);
	} else {
		back_text = print(back, &back_size);
		same = size == back_size && !memcmp(text, back_text, size);
	}
	free(text);
	free(back_text);
	policy_free(back);
	diag_free(diag);
	return same;
}

static void free_policy(void)
{
	image_free(image);
	policy_free(policy);
	image = NULL;
	policy = NULL;
}

static void read_policy(const char *text, size_t size)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};

	free_policy();
	image = compile_here(text, size, &policy);
	if (!image)
		puts("policy 0 refused");
	else
		printf("policy %u %s\n", image_lookup(image, &key)->settings.flags,
		       canonical_is_same() && image_is_same() ? "same" : "differs");
}

/* The node of @other for the chip whose node is @node in @of. */
static uint32_t same_chip(const struct policy *named, const struct image *of, uint32_t node,
			  const struct image *other)
{
	for (size_t i = 0; i < named->num_chips; i++) {
		const struct policy_chip *chip = &named->chips[i];

		if (image_chip(of, chip->by, chip->value) == node)
			return image_chip(other, chip->by, chip->value);
	}
	return GPIO_ACL_NO_CHIP;
}

static bool is_rules(const struct image_entry *entry)
{
	return entry->key.table >= GPIO_ACL_TABLE_RULES && entry->key.table < GPIO_ACL_TABLE_TEXT;
}

/* Do two images say the same of the same lines, however they number their chips? */
static bool same_rules(const struct policy *named, const struct image *of,
		       const struct image *other)
{
	size_t rules = 0, others = 0;

	for (size_t i = 0; i < other->num_entries; i++)
		others += is_rules(&other->entries[i]);
	for (size_t i = 0; i < of->num_entries; i++) {
		struct gpio_acl_key key = of->entries[i].key;
		const union gpio_acl_value *value;

		if (!is_rules(&of->entries[i]))
			continue;
		rules++;
		key.chip = same_chip(named, of, key.chip, other);
		value = image_lookup(other, &key);
		if (!value || memcmp(value, &of->entries[i].value, sizeof(*value)))
			return false;
	}
	return rules == others;
}

static void read_shuffled(const char *text, size_t size)
{
	struct policy *other_policy;
	struct image *other = compile_here(text, size, &other_policy);

	printf("shuffled %s\n", !other					    ? "refused"
				: image && same_rules(policy, image, other) ? "same"
									    : "differs");
	image_free(other);
	policy_free(other_policy);
}

/* ---- requests ------------------------------------------------------------------------- */

static const char *const reasons[] = {
#define X(name, word, text, hint) word,
	GPIO_ACL_REASONS(X)
#undef X
};

/* A request as the hook has it: what it reads of the process, the chip and the line file. */
struct ask {
	struct gpio_acl_subject subject;
	struct gpio_acl_record_line lines[GPIO_ACL_MAX_LINES];
	union gpio_acl_argument argument;
	enum gpio_acl_file file;
	enum gpio_acl_action action;
	uint32_t command, num_lines;
	uint64_t ngpio;
	bool known_kernel;
	uint32_t chip_lines;
};

static void read_gids(struct gpio_acl_subject *subject, char *gids)
{
	for (char *gid; (gid = strsep(&gids, ",")) && *gid;) {
		if (subject->num_groups == GPIO_ACL_MAX_GROUPS)
			die("too many groups");
		subject->groups[subject->num_groups++] = strtoul(gid, NULL, 10);
	}
}

/* As the hook reads them (bpf/lib/subject.h). False when they are not all known. */
static bool read_owners(struct gpio_acl_subject *subject, char *makers)
{
	struct gpio_acl_search search = {.uid = subject->uid};
	bool known;

	subject->num_accountable = 1;
	subject->accountable[0] = subject->uid;
	gpio_acl_search(image, &search);
	known = gpio_acl_add_user(subject, &search);
	for (char *maker; (maker = strsep(&makers, ",")) && *maker;) {
		search.uid = strtoul(maker, NULL, 10);
		gpio_acl_own(subject, search.uid);
		gpio_acl_search(image, &search);
		known &= gpio_acl_add_user(subject, &search);
	}
	return known;
}

static unsigned int hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void read_argument(struct ask *ask, const char *hex)
{
	unsigned char *bytes = (unsigned char *)&ask->argument;

	if (strlen(hex) / 2 > sizeof(ask->argument))
		die("an argument larger than any");
	for (; *hex; hex += 2)
		*bytes++ = hex_digit(hex[0]) << 4 | hex_digit(hex[1]);
}

static void read_held(struct ask *ask, char *held)
{
	for (char *word, *end; (word = strsep(&held, ",")) && *word; ask->num_lines++) {
		struct gpio_acl_record_line *line = &ask->lines[ask->num_lines];

		if (ask->num_lines == GPIO_ACL_MAX_LINES)
			die("too many held lines");
		line->offset = strtoul(word, &end, 10);
		line->need = gpio_acl_held_needs(ask->file, ask->action, *end == '!', *end == '~');
	}
}

static enum gpio_acl_reason decode(struct ask *ask, bool *invalid)
{
	struct gpio_acl_decoding decoding = {
		.argument = &ask->argument,
		.lines = ask->lines,
		.command = ask->command,
		.ngpio = ask->ngpio,
		.known_kernel = ask->known_kernel,
	};
	enum gpio_acl_reason reason = GPIO_ACL_REASON_ALLOWED;

	if (ask->action == GPIO_ACL_ACTION_UNKNOWN)
		return GPIO_ACL_REASON_COMMAND;
	if (ask->action == GPIO_ACL_ACTION_LINE_INFO || ask->action == GPIO_ACL_ACTION_REQUEST)
		reason = gpio_acl_decode(&decoding, &ask->num_lines);
	if (ask->action == GPIO_ACL_ACTION_CONFIG)
		reason = gpio_acl_decode_config(&decoding, ask->num_lines);
	*invalid = decoding.invalid && ask->ngpio != UINT64_MAX;
	return reason;
}

static struct gpio_acl_decision start_decision(struct ask *ask, uint32_t tables,
					       const char *const *names,
					       struct gpio_acl_masks *granted)
{
	struct gpio_acl_decision decision = {
		.policy = image,
		.subject = &ask->subject,
		.lines = ask->lines,
		.granted = granted,
		.tables = tables,
	};

	for (int by = 0; by < GPIO_ACL_NUM_CHIP_BY; by++)
		decision.chips[by] = image_chip(image, by, *names[by] ? names[by] : NULL);
	return decision;
}

static enum gpio_acl_reason judge(struct ask *ask, uint32_t tables, const char *const *names)
{
	struct gpio_acl_masks granted = {};
	struct gpio_acl_decision decision = start_decision(ask, tables, names, &granted);

	return gpio_acl_decide(&decision, ask->num_lines) ? GPIO_ACL_REASON_POLICY
							  : GPIO_ACL_REASON_ALLOWED;
}

/* What is asked without an argument goes by what the kernel holds. */
static bool is_private(const struct ask *ask)
{
	return ask->ngpio != UINT64_MAX || ask->action == GPIO_ACL_ACTION_GET ||
	       ask->action == GPIO_ACL_ACTION_SET || ask->action == GPIO_ACL_ACTION_RECEIVE;
}

/* Is it no matter, what could not be known of the request? */
static bool may_anything(struct ask *ask, const char *const *names, enum gpio_acl_reason reason)
{
	struct gpio_acl_key key = {.table = GPIO_ACL_TABLE_SETTINGS};
	struct gpio_acl_masks granted = {};
	struct gpio_acl_chip_decision chip = {
		.d = start_decision(ask, GPIO_ACL_TABLE_RULES, names, &granted),
		.num_lines = ask->chip_lines,
		.rights = gpio_acl_every_right(image_lookup(image, &key)->settings.flags),
	};

	return gpio_acl_is_doubt(reason, is_private(ask)) && gpio_acl_has_chip(&chip);
}

static void answer(const struct ask *ask, enum gpio_acl_reason reason, bool decided)
{
	printf("ask %s", reasons[reason]);
	for (uint32_t i = 0; decided && i < ask->num_lines; i++)
		printf(" %u:%u:%u", ask->lines[i].offset, ask->lines[i].need, ask->lines[i].lacks);
	putchar('\n');
}

static void answer_ask(char **words)
{
	const char *const names[] = {words[4], words[5], words[6]};
	struct ask ask = {
		.subject.uid = strtoul(words[2], NULL, 10),
		.file = strtoul(words[7], NULL, 10),
		.command = strtoul(words[8], NULL, 10),
		.ngpio = strtoull(words[11], NULL, 10),
		.known_kernel = *words[12] == '1',
		.chip_lines = strtoul(words[13], NULL, 10),
	};
	uint32_t tables = strtoul(words[1], NULL, 10);
	enum gpio_acl_reason reason;
	bool decided, invalid = false;

	if (!read_owners(&ask.subject, words[14])) {
		answer(&ask, GPIO_ACL_REASON_OWNERS, false);
		return;
	}
	ask.action = GPIO_ACL_ACTION_RECEIVE;
	if (ask.command)
		ask.action = gpio_acl_action(ask.file, ask.command);
	read_gids(&ask.subject, words[3]);
	read_argument(&ask, words[9]);
	read_held(&ask, words[10]);
	reason = decode(&ask, &invalid);
	if (invalid) {
		puts("ask invalid");
		return;
	}
	decided = reason == GPIO_ACL_REASON_ALLOWED;
	if (decided)
		reason = judge(&ask, tables, names);
	if (tables == GPIO_ACL_TABLE_RULES && may_anything(&ask, names, reason))
		puts("ask anything");
	else
		answer(&ask, reason, decided);
}

/* ---- cases ---------------------------------------------------------------------------- */

static char *read_block(const char *size_word, size_t *size)
{
	char *text;

	*size = strtoul(size_word, NULL, 10);
	text = malloc(*size + 1);
	if (!text || fread(text, 1, *size, stdin) != *size)
		die("a policy is cut short");
	return text;
}

static void answer_line(char **words)
{
	char *text;
	size_t size;

	if (!strcmp(words[0], "chip")) {
		add_chip(words);
	} else if (!strcmp(words[0], "line")) {
		add_line(words[1], words[2]);
	} else if (!strcmp(words[0], "user")) {
		add_account(&users, words[1], words[2]);
	} else if (!strcmp(words[0], "group")) {
		add_account(&groups, words[1], words[2]);
	} else if (!strcmp(words[0], "subuids")) {
		text = read_block(words[1], &size);
		write_subuid(text, size);
		free(text);
	} else if (!strcmp(words[0], "policy")) {
		text = read_block(words[1], &size);
		read_policy(text, size);
		free(text);
	} else if (!strcmp(words[0], "shuffled")) {
		text = read_block(words[1], &size);
		read_shuffled(text, size);
		free(text);
	} else if (!strcmp(words[0], "ask") && image) {
		answer_ask(words);
	} else if (!strcmp(words[0], "end")) {
		free_policy();
		free_world();
		puts("end");
		fflush(stdout);
	}
}

int main(void)
{
	static char empty[] = "";
	char *line = NULL, *rest;
	size_t size = 0;
	ssize_t length;

	make_subuid();
	setvbuf(stdout, NULL, _IOFBF, 1 << 20); /* one writes while the other reads: never both */
	while ((length = getline(&line, &size, stdin)) > 0) {
		char *words[MAX_WORDS];

		line[length - 1] = '\0';
		rest = line;
		for (int i = 0; i < MAX_WORDS; i++)
			words[i] = rest ? strsep(&rest, "\t") : empty;
		answer_line(words);
	}
	free(line);
	unlink(subuid);
	rmdir(folder);
	return 0;
}
