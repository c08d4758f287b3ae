/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders of gpio-acl under /run: nobody else can write them, nobody can redirect them. */
#ifndef LOADER_UTIL_RUNDIR_H
#define LOADER_UTIL_RUNDIR_H

/*
 * rundir_open() - open a folder of ours, made when it is missing, with mode 0755
 * @parent: descriptor of the folder that holds it, or AT_FDCWD
 * @name: its path from there
 * @path: its whole path, for messages
 *
 * Returns its descriptor. A symbolic link, another owner than this process, a folder that others
 * may write: -1 after a message.
 */
int rundir_open(int parent, const char *name, const char *path);

#endif
