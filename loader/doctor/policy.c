// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of the policy: whether it can be loaded, whether users could change it, and whether the
 * subjects of its allows can open the chips. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "loader/doctor/doctor.h"
#include "loader/machine/access.h"
#include "loader/machine/machine.h"
#include "loader/util/memory.h"

#define NODE_RULE "SUBSYSTEM==\"gpio\", KERNEL==\"gpiochip*\", GROUP=\"gpio\", MODE=\"0660\""

/* ---- the file ------------------------------------------------------------------------- */

/* A policy file, and the first error in it. */
struct failure {
	struct doctor *doctor;
	const char *file;
	bool found;
};

static void add_first_error(const struct diag_message *message, void *ctx)
{
	struct failure *failure = ctx;
	char *place;

	if (!message->error || failure->found)
		return;
	failure->found = true;
	/* an error in the text is shown best by check, which quotes the line */
	place = message->file
			? doctor_text("%s:%u:%u: ", message->file, message->line, message->column)
			: doctor_text("%s", "");
	doctor_add(failure->doctor, DOCTOR_PROBLEM, "policy",
		   doctor_text("%s cannot be loaded: %s%s", failure->file, place, message->text),
		   message->note && !message->file
			   ? doctor_text("%s", message->note)
			   : doctor_text("see what is wrong: gpio-acl check %s", failure->file));
	free(place);
}

struct policy *doctor_file(struct doctor *doctor, const char *file, bool named,
			   const struct machine *machine)
{
	struct diag *diag = diag_new();
	char *path = doctor_text("%s%s", doctor->root, file);
	struct policy *policy = NULL;

	if (!access(path, R_OK)) {
		policy = policy_read_file(path, machine, diag);
		if (policy)
			doctor_add(
				doctor, DOCTOR_OK, "policy",
				doctor_text("%s can be loaded, and only root may change it", file),
				NULL);
		else
			diag_each(diag, add_first_error, &(struct failure){doctor, file, false});
	} else if (errno == ENOENT) {
		doctor_add(doctor, named ? DOCTOR_PROBLEM : DOCTOR_WARNING, "policy",
			   doctor_text("%s does not exist", file),
			   doctor_text("write one: gpio-acl.conf(5)"));
	} else {
		doctor_add(doctor, DOCTOR_UNKNOWN, "policy",
			   doctor_text("cannot read %s: %s", file, strerror(errno)),
			   doctor_text(DOCTOR_AS_ROOT));
	}
	free(path);
	diag_free(diag);
	return policy;
}

/* ---- the nodes ------------------------------------------------------------------------ */

/* A subject that is allowed something on a chip of the policy. */
struct grant {
	enum gpio_acl_subject_kind subjects;
	uint32_t id, chip;
};

struct grants {
	const struct policy_rule *rule;
	struct grant *grants;
	size_t num;
};

static int collect(const struct policy_line *line, void *ctx)
{
	struct grants *grants = ctx;
	const struct policy_rule *rule = grants->rule;
	struct grant grant = {rule->subjects, rule->id, line->chip};

	if (grants->num && !memcmp(&grants->grants[grants->num - 1], &grant, sizeof(grant)))
		return 0;
	grants->grants =
		memory(reallocarray(grants->grants, grants->num + 1, sizeof(*grants->grants)));
	grants->grants[grants->num++] = grant;
	return 0;
}

static int compare(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct grant));
}

/* Each grant once. Not those of everyone: a policy does not say which users that means. */
static struct grants collect_grants(const struct policy *policy)
{
	struct grants grants = {0};
	size_t num = 0;

	for (size_t i = 0; i < policy->num_rules; i++) {
		grants.rule = &policy->rules[i];
		if (!grants.rule->deny && grants.rule->subjects != GPIO_ACL_SUBJECT_EVERYONE &&
		    !grants.rule->account)
			policy_rule_lines(policy, grants.rule, collect, &grants);
	}
	if (grants.num)
		qsort(grants.grants, grants.num, sizeof(*grants.grants), compare);
	for (size_t i = 0; i < grants.num; i++)
		if (!i || compare(&grants.grants[i], &grants.grants[num - 1]))
			grants.grants[num++] = grants.grants[i];
	grants.num = num;
	return grants;
}

static bool has_access(const struct access *access, const struct accounts *accounts,
		       const struct grant *grant)
{
	switch (grant->subjects) {
	case GPIO_ACL_SUBJECT_USER:
		return access_of_user(access, accounts, grant->id);
	case GPIO_ACL_SUBJECT_GROUP:
		return access_of_group(access, accounts, grant->id);
	case GPIO_ACL_SUBJECT_EVERYONE: /* collect_grants() leaves it out */
	case GPIO_ACL_NUM_SUBJECTS:
		break;
	}
	return true;
}

/* True for a file that is not there: other checks find that. */
static bool can_open(const struct doctor *doctor, const struct grant *grant, const char *path)
{
	struct access access;
	bool can = !access_read(path, 0, ACCESS_READ | ACCESS_WRITE, &access) ||
		   has_access(&access, doctor->accounts, grant);

	access_free(&access);
	return can;
}

/* Warns if a subject has rights on a chip and cannot open any node of it. */
static void check_grant(struct doctor *doctor, const struct grant *grant,
			const struct machine_chip *chip)
{
	char *path = doctor_text("%s/dev/%s", doctor->root, chip->name), *who;
	bool is_group = grant->subjects == GPIO_ACL_SUBJECT_GROUP,
	     can = can_open(doctor, grant, path);
	struct doctor_node *node = NULL;

	while (!can && (node = doctor_next_node(doctor, path, node)))
		can = can_open(doctor, grant, node->path);
	if (!can) {
		who = accounts_name(doctor->accounts, is_group, grant->id);
		doctor_add(
			doctor, DOCTOR_WARNING, "node",
			doctor_text("%s has rights on lines of %s, and cannot open /dev/%s", who,
				    chip->name, chip->name),
			doctor_text("let one of their groups open it, by a udev rule: " NODE_RULE));
		free(who);
	}
	free(path);
}

/* @what: words on the chip that it is another node of, or "" */
static void add_node(struct doctor *doctor, const char *path, const char *what)
{
	struct access access;
	char *names;
	size_t num;

	if (!access_read(path, 0, ACCESS_READ | ACCESS_WRITE, &access))
		return;
	names = access_names(&access, doctor->accounts, &num);
	doctor_add(doctor, DOCTOR_OK, "node",
		   doctor_text("%s%s can be opened by %s", path + strlen(doctor->root), what,
			       names ? names : "root alone"),
		   NULL);
	free(names);
	access_free(&access);
}

/* Adds the node of a chip, or a link to one, and other nodes of the device, which snapd makes. */
static void add_nodes(struct doctor *doctor, const char *path)
{
	char *what = doctor_text(", another node of %s, where requests are checked too,",
				 path + strlen(doctor->root));
	struct doctor_node *node = NULL;

	add_node(doctor, path, "");
	while ((node = doctor_next_node(doctor, path, node))) {
		if (strcmp(node->path, path) && !node->seen)
			add_node(doctor, node->path, what);
		node->seen = true;
	}
	free(what);
}

void doctor_nodes(struct doctor *doctor, const struct policy *policy, const struct machine *machine)
{
	char *pattern = doctor_text("%s/dev/gpiochip[0-9]*", doctor->root);
	struct grants grants = policy ? collect_grants(policy) : (struct grants){0};
	glob_t nodes;

	if (!glob(pattern, 0, NULL, &nodes))
		for (size_t i = 0; i < nodes.gl_pathc; i++)
			add_nodes(doctor, nodes.gl_pathv[i]);
	globfree(&nodes);
	for (size_t i = 0; i < grants.num; i++)
		for (size_t c = 0; c < machine->num_chips; c++)
			if (policy_chip_matches(&policy->chips[grants.grants[i].chip],
						&machine->chips[c]))
				check_grant(doctor, &grants.grants[i], &machine->chips[c]);
	free(grants.grants);
	free(pattern);
}
