/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the folders of gpio-acl under /run, which nobody else can write or redirect. */
#ifndef LOADER_UTIL_RUNDIR_H
#define LOADER_UTIL_RUNDIR_H

/*
 * rundir_open() - open a folder; create it with mode 0755 if it is missing
 * @parent: descriptor of its parent, or AT_FDCWD
 * @name: its path from there
 * @path: its whole path, for messages
 *
 * Returns a descriptor. -1 after a message if it is a symbolic link, is not owned by the user of
 * this process, or if others may write it.
 */
int rundir_open(int parent, const char *name, const char *path);

#endif
