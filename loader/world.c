// SPDX-License-Identifier: GPL-2.0-or-later
/* Accounts as the C library finds them (files, LDAP, ...), chips as chips.c finds them. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "loader/chips.h"
#include "loader/world.h"

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

void world_read(struct world *world)
{
	*world = (struct world){
		.user_id = user_id,
		.group_id = group_id,
		.user_name = world_user_name,
		.group_name = world_group_name,
	};
	world->chips = chips_read(&world->num_chips);
}

void world_free(struct world *world)
{
	chips_free((struct world_chip *)world->chips, world->num_chips);
}
