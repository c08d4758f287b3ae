/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of gpio-acl, one file each in loader/cmd/. */
#ifndef LOADER_CLI_H
#define LOADER_CLI_H

#include "loader/util/message.h"

/* argv[0] is the command's word. Each returns an enum exit_code. */
int cmd_load(int argc, char **argv);
int cmd_unload(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_pardon(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_resolve(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

#endif
