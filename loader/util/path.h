/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of gpio-acl's files, and of a policy that the user names. */
#ifndef LOADER_UTIL_PATH_H
#define LOADER_UTIL_PATH_H

#define DEFAULT_POLICY "/etc/gpio-acl/policy.conf"
#define RUN_DIR	       "/run/gpio-acl"

/*
 * absolute_path() - make a path of the command line absolute
 *
 * "-" and an empty name stay as they are; symbolic links are not followed. Free the result.
 */
char *absolute_path(const char *file);

#endif
