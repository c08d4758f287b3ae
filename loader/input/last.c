// SPDX-License-Identifier: GPL-2.0-or-later
/* See last.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/input/last.h"
#include "loader/util/memory.h"
#include "loader/util/message.h"

#define DRAFT "." LAST_FILE

/* The text of the copy, to be freed. */
static char *copy_text(const struct policy *policy, size_t *size)
{
	struct policy copy = *policy;
	char *text = NULL;
	FILE *out = memory(open_memstream(&text, size));

	copy.origin = POLICY_LOADED;
	if (policy_print(&copy, NULL, out) || fputs(POLICY_END, out) < 0 || fclose(out))
		memory(NULL);
	return memory(text);
}

static const char *path_of(const struct last *last, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", last->folder, name);
	return path;
}

static bool is_kept(const struct last *last, const char *text, size_t size)
{
	char path[PATH_MAX], *kept = memory(malloc(size + 1));
	FILE *file = fopen(path_of(last, LAST_FILE, path), "re");
	bool same = file && fread(kept, 1, size + 1, file) == size && !memcmp(kept, text, size);

	if (file)
		fclose(file);
	free(kept);
	return same;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t put = write(fd, text, size);

		if (put < 0 && errno != EINTR)
			return -1;
		text += put > 0 ? put : 0;
		size -= put > 0 ? put : 0;
	}
	return 0;
}

/* fsync() before the rename: after a power cut the file of that name is complete. */
static int write_draft(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = fd < 0 || write_all(fd, text, size) || fchmod(fd, 0600) || fsync(fd) ? -errno : 0;

	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	return err;
}

void last_prepare(struct last *last, const struct policy *policy)
{
	char path[PATH_MAX];
	size_t size;
	char *text = copy_text(policy, &size);

	last->err = 0;
	last->same = is_kept(last, text, size);
	if (!last->same) {
		mkdir(last->folder, 0700); /* if that fails, so does the draft */
		path_of(last, DRAFT, path);
		unlink(path); /* left by a killed load */
		last->err = write_draft(path, text, size);
	}
	free(text);
}

/* Writes the names in the folder to the disk. */
static void sync_folder(const struct last *last)
{
	int fd = open(last->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int last_commit(struct last *last)
{
	char draft[PATH_MAX], path[PATH_MAX];

	if (last->same)
		return 0;
	path_of(last, DRAFT, draft);
	path_of(last, LAST_FILE, path);
	if (!last->err && rename(draft, path))
		last->err = -errno;
	if (last->err) {
		unlink(draft);
		unlink(path);
	}
	sync_folder(last);
	return last->err;
}

void last_drop(struct last *last)
{
	char path[PATH_MAX];

	if (!last->same)
		unlink(path_of(last, DRAFT, path));
}

void last_warn(const struct policy *policy, int err)
{
	if (err)
		msg_warn("cannot write " LAST_PATH
			 ", what the next boot falls back on: %s; %s is in "
			 "force; make room there, writable for root, and load it again",
			 strerror(-err), policy->file);
}

struct policy *last_read(struct diag *diag)
{
	if (access(LAST_PATH, F_OK) && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	return policy_read_last(LAST_PATH, diag);
}

const char *last_words(const struct policy *policy)
{
	static const char *const words[NUM_POLICY_ORIGINS] = {
		[POLICY_LAST] = "the policy could not be loaded at boot: the last one that was in "
				"force is in force again",
		[POLICY_CLOSED] = "the policy could not be loaded at boot, and there was no last "
				  "one: closed, nobody but root may use a GPIO line",
	};

	return words[policy->origin];
}
