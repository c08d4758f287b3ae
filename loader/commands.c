// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of commands. The unit test test_cli.c compares it with the manual and the completion. */
#include "loader/cli.h"

const struct command *const commands[] = {
	&cmd_load,   &cmd_unload, &cmd_status,	&cmd_check, &cmd_show,	 &cmd_explain, &cmd_audit,
	&cmd_pardon, &cmd_map,	  &cmd_resolve, &cmd_watch, &cmd_doctor, NULL,
};
