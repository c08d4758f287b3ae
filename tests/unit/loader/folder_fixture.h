/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of a test's own, gone after it; and files in it. */
#ifndef TESTS_UNIT_LOADER_FOLDER_FIXTURE_H
#define TESTS_UNIT_LOADER_FOLDER_FIXTURE_H

#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_OF(name) path_of(*state, name)

static inline int folder_setup(void **state)
{
	char *path = strdup("/tmp/gpio-acl-test-XXXXXX");

	*state = path;
	return mkdtemp(path) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *status, int type,
			     struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static inline int folder_teardown(void **state)
{
	nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return 0;
}

/* Valid until the next call but three. */
static inline const char *path_of(const char *folder, const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", folder, name);
	return path;
}

static inline void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

/* The text of a small file, valid until the next call; "(none)" when there is none. */
static inline const char *get_file(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "r");

	if (!file)
		return "(none)";
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static inline int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int num = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		num++;
	closedir(dir);
	return num - 2;
}

#endif
