// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See access.h. Adds up what the entries grant. It ignores that an entry for a user or a group can
 * also withhold from its members what others have.
 */
#include <acl/libacl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/acl.h>

#include "loader/machine/access.h"
#include "loader/util/memory.h"

struct user {
	char *name;
	uid_t uid;
	gid_t gid;
};

struct group_of {
	char *name;
	gid_t gid;
	char **members; /* ends with NULL */
};

struct accounts {
	struct user *users;
	size_t num_users;
	struct group_of *groups;
	size_t num_groups;
};

/* ---- accounts ------------------------------------------------------------------------- */

static FILE *open_in(const char *root, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, file);
	return *root ? fopen(path, "re") : NULL;
}

static void add_user(struct accounts *accounts, const struct passwd *entry)
{
	accounts->users = memory(
		reallocarray(accounts->users, accounts->num_users + 1, sizeof(*accounts->users)));
	accounts->users[accounts->num_users++] =
		(struct user){memory(strdup(entry->pw_name)), entry->pw_uid, entry->pw_gid};
}

static void add_group(struct accounts *accounts, const struct group *entry)
{
	struct group_of group = {memory(strdup(entry->gr_name)), entry->gr_gid, NULL};
	size_t num = 0;

	while (entry->gr_mem[num])
		num++;
	group.members = memory(calloc(num + 1, sizeof(*group.members)));
	for (size_t i = 0; i < num; i++)
		group.members[i] = memory(strdup(entry->gr_mem[i]));
	accounts->groups = memory(reallocarray(accounts->groups, accounts->num_groups + 1,
					       sizeof(*accounts->groups)));
	accounts->groups[accounts->num_groups++] = group;
}

struct accounts *accounts_read(const char *root)
{
	struct accounts *accounts = memory(calloc(1, sizeof(*accounts)));
	FILE *users = open_in(root, "/etc/passwd"), *groups = open_in(root, "/etc/group");
	struct passwd *user;
	struct group *group;

	while ((user = *root ? users ? fgetpwent(users) : NULL : getpwent()))
		add_user(accounts, user);
	while ((group = *root ? groups ? fgetgrent(groups) : NULL : getgrent()))
		add_group(accounts, group);
	endpwent();
	endgrent();
	if (users)
		fclose(users);
	if (groups)
		fclose(groups);
	return accounts;
}

void accounts_free(struct accounts *accounts)
{
	for (size_t i = 0; i < accounts->num_users; i++)
		free(accounts->users[i].name);
	for (size_t i = 0; i < accounts->num_groups; i++) {
		for (char **member = accounts->groups[i].members; *member; member++)
			free(*member);
		free(accounts->groups[i].members);
		free(accounts->groups[i].name);
	}
	free(accounts->users);
	free(accounts->groups);
	free(accounts);
}

static const struct group_of *find_group(const struct accounts *accounts, gid_t gid)
{
	for (size_t i = 0; i < accounts->num_groups; i++)
		if (accounts->groups[i].gid == gid)
			return &accounts->groups[i];
	return NULL;
}

static const struct user *find_user(const struct accounts *accounts, uid_t uid)
{
	for (size_t i = 0; i < accounts->num_users; i++)
		if (accounts->users[i].uid == uid)
			return &accounts->users[i];
	return NULL;
}

static bool is_member(const struct accounts *accounts, const struct user *user, gid_t gid)
{
	const struct group_of *group = find_group(accounts, gid);

	if (user->gid == gid)
		return true;
	for (char **member = group ? group->members : NULL; member && *member; member++)
		if (!strcmp(*member, user->name))
			return true;
	return false;
}

/* ---- files ---------------------------------------------------------------------------- */

struct wanted {
	unsigned int any, all;
};

static bool grants(unsigned int rights, const struct wanted *wanted)
{
	return (!wanted->any || rights & wanted->any) && (rights & wanted->all) == wanted->all;
}

static bool has_id(const uint32_t *ids, size_t num, uint32_t id)
{
	for (size_t i = 0; i < num; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static void add_id(uint32_t **ids, size_t *num, uint32_t id)
{
	if (has_id(*ids, *num, id))
		return;
	*ids = memory(reallocarray(*ids, *num + 1, sizeof(**ids)));
	(*ids)[(*num)++] = id;
}

static unsigned int rights_of(acl_entry_t entry)
{
	static const acl_perm_t perms[] = {ACL_READ, ACL_WRITE, ACL_EXECUTE}; /* as ACCESS_* */
	unsigned int rights = 0;
	acl_permset_t set;

	if (acl_get_permset(entry, &set))
		return 0;
	for (size_t i = 0; i < sizeof(perms) / sizeof(*perms); i++)
		if (acl_get_perm(set, perms[i]) > 0)
			rights |= perms[i];
	return rights;
}

static acl_tag_t tag_of(acl_entry_t entry)
{
	acl_tag_t tag;

	return acl_get_tag_type(entry, &tag) ? ACL_UNDEFINED_TAG : tag;
}

static uint32_t id_of(acl_entry_t entry)
{
	uint32_t *qualifier = memory(acl_get_qualifier(entry)), id = *qualifier;

	acl_free(qualifier);
	return id;
}

/* The next entry of a list, the first one to begin with; false: there are no more. */
static bool next_entry(acl_t list, bool first, acl_entry_t *entry)
{
	return acl_get_entry(list, first ? ACL_FIRST_ENTRY : ACL_NEXT_ENTRY, entry) > 0;
}

static unsigned int mask_of(acl_t list)
{
	acl_entry_t entry;

	for (bool first = true; next_entry(list, first, &entry); first = false)
		if (tag_of(entry) == ACL_MASK)
			return rights_of(entry);
	return ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE;
}

/* Adds users and groups of the list; the owner and others are in the mode. */
static void add_entries(acl_t list, const struct wanted *wanted, struct access *access)
{
	unsigned int mask = mask_of(list);
	acl_entry_t entry;

	for (bool first = true; next_entry(list, first, &entry); first = false) {
		acl_tag_t tag = tag_of(entry);
		uint32_t id;

		if ((tag != ACL_USER && tag != ACL_GROUP && tag != ACL_GROUP_OBJ) ||
		    !grants(rights_of(entry) & mask, wanted))
			continue;
		id = tag == ACL_GROUP_OBJ ? access->group : id_of(entry);
		if (id && tag == ACL_USER)
			add_id(&access->users, &access->num_users, id);
		else if (id)
			add_id(&access->groups, &access->num_groups, id);
	}
}

/* The access control list, or one made of the mode if the file has none. Free with acl_free(). */
static acl_t list_of(const char *path, mode_t mode)
{
	acl_t list = acl_get_file(path, ACL_TYPE_ACCESS);

	return list ? list : memory(acl_from_mode(mode));
}

bool access_read(const char *path, unsigned int any, unsigned int all, struct access *access)
{
	struct wanted wanted = {any, all};
	struct stat status;
	acl_t list;

	memset(access, 0, sizeof(*access));
	if (stat(path, &status))
		return false;
	access->mode = status.st_mode & 07777;
	access->owner = status.st_uid;
	access->group = status.st_gid;
	access->everyone = grants(access->mode & 7, &wanted);
	if (access->owner && grants(access->mode >> 6 & 7, &wanted))
		add_id(&access->users, &access->num_users, access->owner);
	list = list_of(path, access->mode);
	add_entries(list, &wanted, access);
	acl_free(list);
	return true;
}

void access_free(struct access *access)
{
	free(access->users);
	free(access->groups);
}

bool access_of_user(const struct access *access, const struct accounts *accounts, uint32_t uid)
{
	const struct user *user = find_user(accounts, uid);

	if (!uid || access->everyone || has_id(access->users, access->num_users, uid))
		return true;
	for (size_t i = 0; user && i < access->num_groups; i++)
		if (is_member(accounts, user, access->groups[i]))
			return true;
	return false;
}

bool access_of_group(const struct access *access, const struct accounts *accounts, uint32_t gid)
{
	size_t members = 0;

	if (!gid || access->everyone || has_id(access->groups, access->num_groups, gid))
		return true;
	for (size_t i = 0; i < accounts->num_users; i++) {
		if (!is_member(accounts, &accounts->users[i], gid))
			continue;
		if (!access_of_user(access, accounts, accounts->users[i].uid))
			return false;
		members++;
	}
	return members;
}

/* ---- names ---------------------------------------------------------------------------- */

/* Returns how many, without root. */
static size_t print_members(FILE *out, const struct accounts *accounts, gid_t gid)
{
	size_t num = 0;

	for (size_t i = 0; i < accounts->num_users; i++) {
		const struct user *user = &accounts->users[i];

		if (user->uid && is_member(accounts, user, gid))
			fprintf(out, "%s%s", num++ ? ", " : "", user->name);
	}
	if (!num)
		fputs("nobody is in it", out);
	return num;
}

char *accounts_name(const struct accounts *accounts, bool group, uint32_t id)
{
	const struct group_of *of = group ? find_group(accounts, id) : NULL;
	const struct user *user = group ? NULL : find_user(accounts, id);
	const char *name = of ? of->name : user ? user->name : NULL;
	const char *kind = group ? "group" : "user";
	char *text;
	int size = name ? asprintf(&text, "%s %s", kind, name) : asprintf(&text, "%s %u", kind, id);

	return memory(size < 0 ? NULL : text);
}

static void print_account(FILE *out, const struct accounts *accounts, bool group, uint32_t id)
{
	char *name = accounts_name(accounts, group, id);

	fputs(name, out);
	free(name);
}

char *access_names(const struct access *access, const struct accounts *accounts, size_t *num)
{
	const char *separator = "";
	char *text = NULL;
	size_t size;
	FILE *out;

	*num = access->everyone;
	if (access->everyone)
		return memory(strdup("everyone"));
	if (!access->num_users && !access->num_groups)
		return NULL;
	out = memory(open_memstream(&text, &size));
	for (size_t i = 0; i < access->num_users; i++, separator = ", ") {
		fputs(separator, out);
		print_account(out, accounts, false, access->users[i]);
		++*num;
	}
	for (size_t i = 0; i < access->num_groups; i++, separator = ", ") {
		fputs(separator, out);
		print_account(out, accounts, true, access->groups[i]);
		fputs(" (", out);
		*num += print_members(out, accounts, access->groups[i]);
		fputc(')', out);
	}
	fclose(out);
	return memory(text);
}
