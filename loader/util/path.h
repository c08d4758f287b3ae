/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the command's files are. */
#ifndef LOADER_UTIL_PATH_H
#define LOADER_UTIL_PATH_H

#define DEFAULT_POLICY "/etc/gpio-acl/policy.conf"
#define RUN_DIR	       "/run/gpio-acl"

/*
 * absolute_path() - the path of a policy file that was given on the command line
 *
 * "-" and an empty name stay as they are; a link stays a link. To be freed.
 */
char *absolute_path(const char *file);

#endif
