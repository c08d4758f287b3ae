// SPDX-License-Identifier: GPL-2.0-or-later
/* See rundir.h. fstat() the open descriptor, never the path again (TOCTOU). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/util/message.h"
#include "loader/util/rundir.h"

/* Only this user may write it, and all may read it, whatever the umask was. */
static int check(int folder, const char *path)
{
	struct stat status;

	if (fstat(folder, &status)) {
		msg_error("cannot stat %s: %s", path, strerror(errno));
		return -1;
	}
	if (status.st_uid != geteuid()) {
		msg_error("%s belongs to uid %u, not to uid %u, which runs this: "
			  "remove it, and find out who made it",
			  path, status.st_uid, geteuid());
		return -1;
	}
	if (status.st_mode & (S_IWGRP | S_IWOTH)) {
		msg_error("others may write %s: chmod go-w %s, and look at what is in it", path,
			  path);
		return -1;
	}
	if ((status.st_mode & 0777) != 0755 && fchmod(folder, 0755)) {
		msg_error("cannot set the mode of %s to 0755: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}

int rundir_open(int parent, const char *name, const char *path)
{
	int folder;

	if (mkdirat(parent, name, 0755) && errno != EEXIST) {
		msg_error("cannot create %s: %s", path, strerror(errno));
		return -1;
	}
	folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 && (errno == ELOOP || errno == ENOTDIR)) {
		msg_error("%s is not a folder, but a symbolic link or a file: remove it, "
			  "and find out who made it",
			  path);
		return -1;
	}
	if (folder < 0) {
		msg_error("cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	if (check(folder, path)) {
		close(folder);
		return -1;
	}
	return folder;
}
