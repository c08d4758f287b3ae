/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do subordinate ids come from elsewhere than /etc/subuid, which policy/subuids.c reads? */
#ifndef LOADER_MACHINE_SUBID_H
#define LOADER_MACHINE_SUBID_H

/*
 * subid_source() - what newuidmap(1) reads instead of /etc/subuid
 * @root: the folder that /etc is in: "" is this machine
 *
 * The word after `subid:` in nsswitch.conf, to be freed; NULL: it reads the file.
 */
char *subid_source(const char *root);
#define SUBID_REMEDY "write its ranges into /etc/subuid, too"

#endif
