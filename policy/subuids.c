/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subordinate uids (subuid(5)): the uids that newuidmap(1) lets a user use in user namespaces.
 * Through set-user-ID files made there, the user can run programs with them outside, too. So a deny
 * of the user applies to them, and the user answers for what they do.
 *
 * Ranges may overlap. They are cut into pieces; all uids of a piece have the same owners. The
 * pieces are sorted, so that the kernel finds a uid by binary search. Owners of an owner are
 * owners, too.
 *
 * If an owner is unknown, or there are more than fit, nobody with such a uid may use a GPIO line:
 * fail closed, since the denies that apply are unknown. Uid 0 is never subordinate: whoever can
 * have it is root, and root can get around gpio-acl.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/internal.h"

/* What one line of the file gives to one user. */
struct grant {
	uint32_t first, last;
	uint32_t owner; /* POLICY_NO_ID: unknown */
};

struct grants {
	const struct machine *machine;
	struct diag *diag;
	struct grant *grants;
	size_t num;
};

/* ---- the file ------------------------------------------------------------------------- */

/* Reads a number as newuidmap does: strtoul(3) with base 0. False if it is none. */
static bool read_number(const char *text, unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return *text && !*end && !errno;
}

/* The uid of an owner, which may be given as a number. POLICY_NO_ID after a warning if unknown. */
static uint32_t owner_id(const struct grants *grants, const char *owner, const struct span *span)
{
	unsigned long long number;
	uint32_t id;
	int err;

	if (!owner[strspn(owner, "0123456789")]) {
		number = strtoull(owner, NULL, 10);
		return number > POLICY_MAX_ID ? POLICY_NO_ID : number;
	}
	err = grants->machine->user_id ? grants->machine->user_id(owner, &id) : -ENOENT;
	if (!err)
		return id;
	if (err == -ENOENT)
		diag_warning(grants->diag, span, "unknown user %s", text_quoted(owner, 80));
	else
		diag_warning(grants->diag, span, "cannot look up user %s: %s",
			     text_quoted(owner, 80), strerror(-err));
	diag_note(grants->diag, NULL,
		  "until the user is known, nobody with these uids may use a GPIO line; if the "
		  "user was deleted, remove this line; if it is for root's containers "
		  "(podman --userns=auto), create the account: useradd -r");
	return POLICY_NO_ID;
}

static void add_grant(struct grants *grants, const struct grant *grant)
{
	grants->grants = xgrow(grants->grants, grants->num, sizeof(*grant));
	grants->grants[grants->num++] = *grant;
}

/* Splits a line as newuidmap does: it ignores what follows the third field. */
static bool read_fields(char *line, const char *fields[3])
{
	for (int i = 0; i < 3; i++) {
		fields[i] = strsep(&line, ":");
		if (!fields[i] || !*fields[i])
			return false;
	}
	return true;
}

static void read_line(struct grants *grants, char *line, const struct span *span)
{
	unsigned long long first, count;
	const char *fields[3];
	struct grant grant;

	if (!*line || *line == '#')
		return;
	if (!read_fields(line, fields) || !read_number(fields[1], &first) ||
	    !read_number(fields[2], &count)) {
		diag_warning(grants->diag, span, "ignored: not OWNER:FIRST:COUNT");
		return;
	}
	if (!count || first > POLICY_MAX_ID)
		return;
	grant.first = first;
	grant.last = count - 1 > POLICY_MAX_ID - first ? POLICY_MAX_ID : first + count - 1;
	if (!first) {
		diag_warning(grants->diag, span,
			     "uid 0 is root: denies of another user do not apply to it");
		diag_note(grants->diag, NULL,
			  "its owner can become root, and no policy restricts root");
		grant.first = 1;
	}
	grant.owner = owner_id(grants, fields[0], span);
	if (grant.first <= grant.last)
		add_grant(grants, &grant);
}

static void read_lines(struct grants *grants, const struct source *source)
{
	struct span span = {.source = source};

	while (span.offset < source->size) {
		const char *text = source->text + span.offset;
		const char *end = memchr(text, '\n', source->size - span.offset);
		char *line;

		span.line++;
		span.size = end ? (size_t)(end - text) : source->size - span.offset;
		line = xcalloc(span.size + 1, 1);
		memcpy(line, text, span.size);
		read_line(grants, line, &span);
		free(line);
		span.offset += span.size + 1;
	}
}

/* ---- pieces --------------------------------------------------------------------------- */

struct pieces {
	struct diag *diag;
	struct gpio_acl_subuids *pieces;
	size_t num;
};

static void forget_owners(struct gpio_acl_subuids *piece)
{
	memset(piece->owners, 0, sizeof(piece->owners));
	piece->num_owners = GPIO_ACL_OWNERS_UNKNOWN;
}

/* Adds an owner; owners are sorted. Returns true if the piece changed. */
static bool add_owner(const struct pieces *pieces, struct gpio_acl_subuids *piece, uint32_t owner)
{
	uint32_t at = 0;

	if (piece->num_owners == GPIO_ACL_OWNERS_UNKNOWN)
		return false;
	if (owner == POLICY_NO_ID) {
		forget_owners(piece);
		return true;
	}
	while (at < piece->num_owners && piece->owners[at] < owner)
		at++;
	if (at < piece->num_owners && piece->owners[at] == owner)
		return false;
	if (piece->num_owners == GPIO_ACL_MAX_SHARERS) {
		diag_warning(pieces->diag, NULL,
			     "uids %u-%u are subordinate to more than %u users: nobody with one of "
			     "them may use a GPIO line",
			     piece->first, piece->last, GPIO_ACL_MAX_SHARERS);
		forget_owners(piece);
		return true;
	}
	memmove(piece->owners + at + 1, piece->owners + at,
		(piece->num_owners - at) * sizeof(*piece->owners));
	piece->owners[at] = owner;
	piece->num_owners++;
	return true;
}

static int by_first(const void *left, const void *right)
{
	const struct grant *one = left, *other = right;

	return (one->first > other->first) - (one->first < other->first);
}

/* Drops the grants that end before @at; returns how many are left. */
static size_t drop_ended(struct grant *open, size_t num, uint64_t at)
{
	size_t kept = 0;

	for (size_t i = 0; i < num; i++)
		if (open[i].last >= at)
			open[kept++] = open[i];
	return kept;
}

/*
 * Adds the piece that begins at @at. Returns where it ends: the next place where a grant begins or
 * ends.
 */
static uint64_t add_piece(struct pieces *pieces, const struct grant *open, size_t num, uint64_t at,
			  uint64_t next)
{
	struct gpio_acl_subuids *piece;
	uint64_t end = next;

	for (size_t i = 0; i < num; i++)
		if (open[i].last < end)
			end = open[i].last + 1ull;
	pieces->pieces = xgrow(pieces->pieces, pieces->num, sizeof(*piece));
	piece = &pieces->pieces[pieces->num++];
	memset(piece, 0, sizeof(*piece));
	piece->first = at;
	piece->last = end - 1;
	for (size_t i = 0; i < num; i++)
		add_owner(pieces, piece, open[i].owner);
	return end;
}

static void cut(struct pieces *pieces, struct grant *grants, size_t num)
{
	struct grant *open = xcalloc(num, sizeof(*open));
	size_t next = 0, num_open = 0;
	uint64_t at = 0;

	if (num)
		qsort(grants, num, sizeof(*grants), by_first);
	while (next < num || num_open) {
		if (!num_open)
			at = grants[next].first;
		for (; next < num && grants[next].first == at; next++)
			open[num_open++] = grants[next];
		at = add_piece(pieces, open, num_open, at,
			       next < num ? grants[next].first : UINT64_MAX);
		num_open = drop_ended(open, num_open, at);
	}
	free(open);
}

static int by_uid(const void *uid, const void *element)
{
	const struct gpio_acl_subuids *piece = element;
	uint32_t id = *(const uint32_t *)uid;

	return id < piece->first ? -1 : id > piece->last;
}

static const struct gpio_acl_subuids *find_piece(const struct gpio_acl_subuids *pieces, size_t num,
						 uint32_t uid)
{
	return num ? bsearch(&uid, pieces, num, sizeof(*pieces), by_uid) : NULL;
}

/* Adds the owners of an owner. Returns true if the piece changed. */
static bool add_owners_of(const struct pieces *pieces, struct gpio_acl_subuids *piece,
			  uint32_t owner)
{
	const struct gpio_acl_subuids *found = find_piece(pieces->pieces, pieces->num, owner);
	bool changed = false;

	if (!found)
		return false;
	if (found->num_owners == GPIO_ACL_OWNERS_UNKNOWN)
		return add_owner(pieces, piece, POLICY_NO_ID);
	for (uint32_t i = 0; i < found->num_owners; i++)
		changed |= add_owner(pieces, piece, found->owners[i]);
	return changed;
}

/* Repeats until nothing changes. Sets of owners only grow, so it ends. */
static void add_owners_of_owners(const struct pieces *pieces)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < pieces->num; i++) {
			struct gpio_acl_subuids *piece = &pieces->pieces[i];
			struct gpio_acl_subuids before = *piece;

			for (uint32_t j = 0; j < before.num_owners && j < GPIO_ACL_MAX_SHARERS; j++)
				changed |= add_owners_of(pieces, piece, before.owners[j]);
		}
	}
}

/* ---- the policy ------------------------------------------------------------------------ */

/* Does another user own the uid of a user? */
static bool is_owned(const struct policy *policy, uint32_t uid)
{
	const struct gpio_acl_subuids *found = policy_find_subuids(policy, uid);

	return found && (found->num_owners != 1 || found->owners[0] != uid);
}

/* Warns of an account whose uid another user owns: denies of that user apply to it. */
static void warn_accounts(const struct policy *policy, const struct machine *machine,
			  struct diag *diag)
{
	struct table warned = {0};

	for (size_t i = 0; i < policy->num_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];
		const char *name = NULL;

		if (rule->subjects == GPIO_ACL_SUBJECT_USER && !rule->account &&
		    machine->user_name && is_owned(policy, rule->id) &&
		    table_add(&warned, &rule->id, sizeof(rule->id), i) == i)
			name = machine->user_name(rule->id);
		if (name)
			diag_warning(
				diag, NULL,
				"user %.80s (%u) is one of the subordinate uids in %s: denies of "
				"their owner apply to it",
				name, rule->id, machine->subuid);
	}
	table_free(&warned);
}

/* Gives the pieces to the policy. Returns 1 if they differ from those it had, else 0. */
static int keep(struct policy *policy, struct pieces *pieces)
{
	size_t size = pieces->num * sizeof(*pieces->pieces);
	bool same = pieces->num == policy->num_subuids &&
		    (!size || !memcmp(pieces->pieces, policy->subuids, size));

	free(policy->subuids);
	policy->subuids = pieces->pieces;
	policy->num_subuids = pieces->num;
	return !same;
}

/* Without the file, nobody has subordinate uids. */
static bool is_absent(const char *path)
{
	return access(path, F_OK) && errno == ENOENT;
}

int policy_read_subuids(struct policy *policy, const struct machine *machine, struct diag *diag)
{
	struct grants grants = {.machine = machine, .diag = diag};
	struct pieces pieces = {.diag = diag};
	struct source *source = NULL;
	int changed;

	if (!machine->subuid)
		return 0;
	if (!is_absent(machine->subuid)) {
		source = source_open(machine->subuid, NULL, diag);
		if (!source)
			return -1;
		read_lines(&grants, source);
	}
	cut(&pieces, grants.grants, grants.num);
	free(grants.grants);
	source_free(source);
	add_owners_of_owners(&pieces);
	if (pieces.num > POLICY_MAX_SUBUIDS) {
		diag_error(diag, NULL, "too many ranges in %s (limit %u)", machine->subuid,
			   POLICY_MAX_SUBUIDS);
		free(pieces.pieces);
		return -1;
	}
	changed = keep(policy, &pieces);
	warn_accounts(policy, machine, diag);
	return changed;
}

const struct gpio_acl_subuids *policy_find_subuids(const struct policy *policy, uint32_t uid)
{
	return find_piece(policy->subuids, policy->num_subuids, uid);
}

bool policy_waits_for_owner(const struct policy *policy)
{
	for (size_t i = 0; i < policy->num_subuids; i++)
		if (policy->subuids[i].num_owners == GPIO_ACL_OWNERS_UNKNOWN)
			return true;
	return false;
}
