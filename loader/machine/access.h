/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which accounts besides root may open a file, by its mode and its access control list. */
#ifndef LOADER_MACHINE_ACCESS_H
#define LOADER_MACHINE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* The users and groups of a machine. */
struct accounts;

/* Reads them from etc/passwd and etc/group in the folder @root; "": as the C library finds them. */
struct accounts *accounts_read(const char *root);
void accounts_free(struct accounts *accounts);

#define ACCESS_READ    4
#define ACCESS_WRITE   2
#define ACCESS_EXECUTE 1

struct access {
	mode_t mode;
	uid_t owner;
	gid_t group;
	bool everyone;		  /* others may open it */
	uint32_t *users, *groups; /* that may open it, without root */
	size_t num_users, num_groups;
};

/*
 * access_read() - read which accounts may open a file
 * @any: ACCESS_*; one of them is enough
 * @all: ACCESS_*; all of them are needed
 *
 * False if the file does not exist. Free with access_free().
 */
bool access_read(const char *path, unsigned int any, unsigned int all, struct access *access);
void access_free(struct access *access);

/* May a user open it, alone or as a member of a group? May a group, or each of its members? */
bool access_of_user(const struct access *access, const struct accounts *accounts, uint32_t uid);
bool access_of_group(const struct access *access, const struct accounts *accounts, uint32_t gid);

/* "user alice" or "group 990"; free it. */
char *accounts_name(const struct accounts *accounts, bool group, uint32_t id);

/*
 * access_names() - "everyone", or "user alice, group i2c (bob, carol), group spi (nobody is in it)"
 *
 * NULL if only root may; else free it. @num: takes the number of these accounts; 1 for everyone.
 */
char *access_names(const struct access *access, const struct accounts *accounts, size_t *num);

#endif
