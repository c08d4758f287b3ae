// SPDX-License-Identifier: GPL-2.0-or-later
/* See machine.h. Accounts come from the C library (files, LDAP, ...), chips from chips.c. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "loader/machine/chips.h"
#include "loader/machine/machine.h"
#include "loader/util/message.h"
#include "policy/text.h"

/* getpwnam(3): these errnos all mean that there is no such account. */
static int lookup_error(void)
{
	switch (errno) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return -ENOENT;
	default:
		return -errno;
	}
}

static int user_id(const char *name, uint32_t *id)
{
	struct passwd *account;

	errno = 0;
	account = getpwnam(name);
	if (!account)
		return lookup_error();
	*id = account->pw_uid;
	return 0;
}

static int group_id(const char *name, uint32_t *id)
{
	struct group *group;

	errno = 0;
	group = getgrnam(name);
	if (!group)
		return lookup_error();
	*id = group->gr_gid;
	return 0;
}

const char *machine_user_name(uint32_t uid)
{
	struct passwd *account = getpwuid(uid);

	return account ? account->pw_name : NULL;
}

const char *machine_group_name(uint32_t gid)
{
	struct group *group = getgrgid(gid);

	return group ? group->gr_name : NULL;
}

static int read_id(const char *digits, uint32_t *id)
{
	uint64_t number = strtoull(digits, NULL, 10); /* ULLONG_MAX when it has more digits */

	if (number > POLICY_MAX_ID) {
		msg_error("%s is beyond %u, the largest id", text_quoted(digits, SIZE_MAX),
			  POLICY_MAX_ID);
		return -1;
	}
	*id = number;
	return 0;
}

int machine_id(int (*find)(const char *, uint32_t *), const char *what, const char *name,
	       uint32_t *id)
{
	int result;

	if (*name && !name[strspn(name, "0123456789")])
		return read_id(name, id);
	result = find(name, id);
	if (result == -ENOENT)
		msg_error("unknown %s %s on this machine; an id will do, too", what,
			  text_quoted(name, SIZE_MAX));
	else if (result)
		msg_error("cannot look up %s %s: %s", what, text_quoted(name, SIZE_MAX),
			  strerror(-result));
	return result ? -1 : 0;
}

void machine_read_accounts(struct machine *machine)
{
	*machine = (struct machine){
		.user_id = user_id,
		.group_id = group_id,
		.user_name = machine_user_name,
		.group_name = machine_group_name,
		.subuid = MACHINE_SUBUID,
	};
}

void machine_read(struct machine *machine)
{
	machine_read_accounts(machine);
	machine->chips = chips_read(&machine->num_chips);
	machine->links = links_read(&machine->num_links);
}

void machine_free(struct machine *machine)
{
	chips_free((struct machine_chip *)machine->chips, machine->num_chips);
	links_free((struct machine_link *)machine->links, machine->num_links);
}
