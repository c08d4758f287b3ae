// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pins under PIN_DIR, and the lock that load, unload and watch take:
 *
 *   maps-ABI/       maps that outlive a change of programs: policies, counters, audit, quarantine,
 *                   tainted mms and the state of requests in flight
 *   links-BUILD-N/  one link for each program of the object BUILD, attached at time N
 *
 * A links folder counts only if it has every mandatory pin.
 */
#include "loader/engine/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/util/message.h"
#include "loader/util/path.h"
#include "loader/util/rundir.h"

#define LOCK "lock"

bool pins_have(const char *dir, const char *name)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), PIN_DIR "/%s/%s", dir, name);
	return !access(path, F_OK);
}

static bool is_complete(const char *dir)
{
	const struct engine_hook *hooks;
	size_t num = hooks_all(&hooks);

	for (size_t i = 0; i < num; i++)
		if (!hooks[i].optional && !pins_have(dir, hooks[i].name))
			return false;
	return pins_have(dir, LEFT_OUT) && pins_have(dir, HELD);
}

bool pins_find(const char *prefix, bool complete, char *name, size_t size)
{
	DIR *dir = opendir(PIN_DIR);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)) &&
		    (!complete || is_complete(entry->d_name))) {
			snprintf(name, size, "%s", entry->d_name);
			found = true;
		}
	if (dir)
		closedir(dir);
	return found;
}

bool pins_find_links(const char *prefix, char *name, size_t size)
{
	return pins_find(prefix, true, name, size);
}

bool pins_of_other_abi(void)
{
	DIR *dir = opendir(PIN_DIR);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = !strncmp(entry->d_name, MAPS_PREFIX, strlen(MAPS_PREFIX)) &&
			strcmp(entry->d_name, MAPS);
	if (dir)
		closedir(dir);
	return found;
}

int pins_remove(const char *name)
{
	char path[PATH_LEN];
	struct dirent *entry;
	int parent, fd, err;
	DIR *dir;

	snprintf(path, sizeof(path), PIN_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return errno == ENOENT ? 0 : -1;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(fd, entry->d_name, 0);
	closedir(dir);
	parent = open(PIN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = unlinkat(parent, name, AT_REMOVEDIR);
	close(parent);
	return err;
}

static bool is_kept(const char *name, const char *links, const char *maps)
{
	return name[0] == '.' || (links && !strcmp(name, links)) || (maps && !strcmp(name, maps));
}

/* scandir() first, so that one descriptor is open at a time: this also cleans up after EMFILE. */
int pins_remove_others(const char *links, const char *maps)
{
	struct dirent **entries = NULL;
	int n = scandir(PIN_DIR, &entries, NULL, NULL), err = 0;

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (!is_kept(name, links, maps) && pins_remove(name)) {
			msg_error("cannot remove " PIN_DIR "/%s: %s", name, strerror(errno));
			err = -1;
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

int pins_make_folder(const char *path, mode_t mode)
{
	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	msg_error("cannot create %s: %s", path, strerror(errno));
	return -1;
}

int engine_lock(void)
{
	int folder = rundir_open(AT_FDCWD, RUN_DIR, RUN_DIR), fd;

	if (folder < 0)
		return -1;
	fd = openat(folder, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	close(folder);
	if (fd < 0 || flock(fd, LOCK_EX)) {
		msg_error("cannot lock " RUN_DIR "/" LOCK ": %s", strerror(errno));
		return -1;
	}
	return fd;
}

int pins_open_map(const char *name)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), MAPS_DIR "/%s", name);
	return bpf_obj_get(path);
}
