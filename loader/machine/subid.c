// SPDX-License-Identifier: GPL-2.0-or-later
/* See subid.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/machine/subid.h"
#include "loader/util/memory.h"

#define BLANKS " \t\n"

/* The word in a line of nsswitch.conf, or NULL. newuidmap uses only the first source. */
static char *find_word(char *line)
{
	static const char database[] = "subid:";
	char *word;

	if (strncasecmp(line, database, strlen(database)))
		return NULL;
	line[strcspn(line, "#")] = '\0';
	word = line + strlen(database);
	word += strspn(word, BLANKS);
	word[strcspn(word, BLANKS)] = '\0';
	return *word && strcmp(word, "files") ? word : NULL;
}

char *subid_source(const char *root)
{
	char path[PATH_MAX], *line = NULL, *source = NULL, *word;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/etc/nsswitch.conf", root);
	file = fopen(path, "re");
	while (file && !source && getline(&line, &size, file) > 0) {
		word = find_word(line);
		if (word)
			source = memory(strdup(word));
	}
	if (file)
		fclose(file);
	free(line);
	return source;
}
