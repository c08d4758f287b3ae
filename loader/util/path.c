// SPDX-License-Identifier: GPL-2.0-or-later
/* See path.h. Messages and the kernel's copy of a policy name its file for later commands. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/util/memory.h"
#include "loader/util/path.h"

char *absolute_path(const char *file)
{
	bool relative = *file && *file != '/' && strcmp(file, "-");
	char *folder = relative ? get_current_dir_name() : NULL;
	char *path;
	int size;

	while (folder && !strncmp(file, "./", 2))
		file += 2;
	size = asprintf(&path, "%s%s%s", folder ? folder : "", folder && folder[1] ? "/" : "",
			file);
	free(folder);
	return memory(size < 0 ? NULL : path);
}
