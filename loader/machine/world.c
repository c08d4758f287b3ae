// SPDX-License-Identifier: GPL-2.0-or-later
/* Accounts as the C library finds them (files, LDAP, ...), chips as chips.c finds them. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "loader/machine/chips.h"
#include "loader/util/message.h"
#include "loader/machine/world.h"
#include "policy/text.h"

/* getpwnam(3): several errnos mean that there simply is no such account. */
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

const char *world_user_name(uint32_t uid)
{
	struct passwd *account = getpwuid(uid);

	return account ? account->pw_name : NULL;
}

const char *world_group_name(uint32_t gid)
{
	struct group *group = getgrgid(gid);

	return group ? group->gr_name : NULL;
}

static int read_id(const char *digits, uint32_t *id)
{
	uint64_t number = strtoull(digits, NULL, 10); /* ULLONG_MAX when it has more digits */

	if (number > POLICY_MAX_ID) {
		msg_error("%s is beyond %u, the last there can be", text_quoted(digits, SIZE_MAX),
		      POLICY_MAX_ID);
		return -1;
	}
	*id = number;
	return 0;
}

int world_id(int (*find)(const char *, uint32_t *), const char *what, const char *name,
	     uint32_t *id)
{
	int result;

	if (*name && !name[strspn(name, "0123456789")])
		return read_id(name, id);
	result = find(name, id);
	if (result == -ENOENT)
		msg_error("there is no %s %s on this machine; a number would do, too", what,
		      text_quoted(name, SIZE_MAX));
	else if (result)
		msg_error("looking up %s %s: %s", what, text_quoted(name, SIZE_MAX), strerror(-result));
	return result ? -1 : 0;
}

void world_read(struct world *world)
{
	*world = (struct world){
		.user_id = user_id,
		.group_id = group_id,
		.user_name = world_user_name,
		.group_name = world_group_name,
		.subuid = WORLD_SUBUID,
	};
	world->chips = chips_read(&world->num_chips);
	world->links = links_read(&world->num_links);
}

void world_free(struct world *world)
{
	chips_free((struct world_chip *)world->chips, world->num_chips);
	links_free((struct world_link *)world->links, world->num_links);
}
