/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where this machine's subordinate ids come from; only /etc/subuid is read (policy/subuids.c). */
#ifndef LOADER_MACHINE_SUBID_H
#define LOADER_MACHINE_SUBID_H

/*
 * subid_source() - what newuidmap(1) asks in place of /etc/subuid
 * @root: "" is this machine
 *
 * The word behind `subid:` in nsswitch.conf, to be freed; NULL: it asks the file.
 */
char *subid_source(const char *root);
#define SUBID_REMEDY "write its ranges into /etc/subuid, too"

#endif
