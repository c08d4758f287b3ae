/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who but root may open a file: its owner, its group and their members, an access control list. */
#ifndef LOADER_MACHINE_ACCESS_H
#define LOADER_MACHINE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* The accounts of a machine. */
struct accounts;

/* @root: the folder whose etc/passwd and etc/group are read; "": as the C library finds them */
struct accounts *accounts_read(const char *root);
void accounts_free(struct accounts *accounts);

#define ACCESS_READ    4
#define ACCESS_WRITE   2
#define ACCESS_EXECUTE 1

struct access {
	mode_t mode;
	uid_t owner;
	gid_t group;
	bool everyone;		  /* may */
	uint32_t *users, *groups; /* that may, beside root */
	size_t num_users, num_groups;
};

/*
 * access_read() - who may open a file
 * @any: rights of which one is enough
 * @all: rights that are needed
 *
 * False when there is no such file. Free with access_free().
 */
bool access_read(const char *path, unsigned int any, unsigned int all, struct access *access);
void access_free(struct access *access);

/* May a user open it, alone or by a group? May a group: as such, or by all of its members? */
bool access_of_user(const struct access *access, const struct accounts *accounts, uint32_t uid);
bool access_of_group(const struct access *access, const struct accounts *accounts, uint32_t gid);

/* "user alice", "group 990": to be freed. */
char *accounts_name(const struct accounts *accounts, bool group, uint32_t id);

/*
 * access_names() - "everyone", or "user alice, group i2c (bob, carol), group spi (nobody is in it)"
 *
 * NULL when only root may; else to be freed. @num: takes how many accounts that are, as far as they
 * are known; of everyone, one.
 */
char *access_names(const struct access *access, const struct accounts *accounts, size_t *num);

#endif
