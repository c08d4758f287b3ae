/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a policy, read safely: see source.h. */
#include "policy/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/diag.h"
#include "policy/text.h"
#include "policy/xalloc.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

void source_free(struct source *source)
{
	if (!source)
		return;
	free(source->name);
	free(source->text);
	free(source);
}

static bool trusted_owner(const struct stat *info)
{
	return info->st_uid == 0 || info->st_uid == geteuid();
}

static const char *who_writes(mode_t mode)
{
	switch (mode & OTHERS_WRITE) {
	case OTHERS_WRITE:
		return "its group and everyone else";
	case S_IWGRP:
		return "its group";
	default:
		return "everyone";
	}
}

/*
 * Could another user than root and the caller change the contents? Whoever may write to a folder
 * can replace a file in it, unless the folder is sticky. The policy's own folder must not be
 * writable even then: an include could pick up new files.
 */
static bool check_mode(const char *what, const char *path, const struct stat *info, mode_t forgiven,
		       const struct span *from, struct diag *diag)
{
	if (!trusted_owner(info)) {
		diag_error(diag, from, "%s %s belongs to user %u, who could change the policy",
			   what, path, info->st_uid);
		diag_note(diag, NULL, "make root its owner: chown root %s", path);
		return false;
	}
	if ((info->st_mode & OTHERS_WRITE) && !(info->st_mode & forgiven)) {
		diag_error(diag, from, "%s %s may be written by %s (mode %04o)", what, path,
			   who_writes(info->st_mode), info->st_mode & 07777);
		diag_note(diag, NULL, "remove that permission: chmod go-w %s", path);
		return false;
	}
	return true;
}

/* Checks every folder of the path, from the file's own up to the root. */
static bool check_folders(char *path, const struct span *from, struct diag *diag)
{
	mode_t forgiven = 0;
	struct stat info;
	char *slash;

	while ((slash = strrchr(path, '/'))) {
		const char *folder = slash == path ? "/" : path;

		*slash = '\0';
		if (stat(folder, &info)) {
			diag_error(diag, from, "cannot stat folder %s: %s", folder,
				   strerror(errno));
			return false;
		}
		if (!check_mode("folder", folder, &info, forgiven, from, diag))
			return false;
		forgiven = S_ISVTX;
	}
	return true;
}

/* Checks the open file, then its path, which must still lead to the same file (TOCTOU). */
static bool check_file(const char *path, const struct stat *info, const struct span *from,
		       struct diag *diag)
{
	struct stat now;
	char *real;
	bool good;

	if (!S_ISREG(info->st_mode)) {
		diag_error(diag, from, "%s is not a regular file", path);
		return false;
	}
	if (!check_mode("file", path, info, 0, from, diag))
		return false;
	real = realpath(path, NULL);
	if (!real || stat(real, &now) || now.st_dev != info->st_dev || now.st_ino != info->st_ino) {
		diag_error(diag, from, "%s was replaced while it was read: try again", path);
		free(real);
		return false;
	}
	good = check_folders(real, from, diag);
	free(real);
	return good;
}

/* @size: the expected size, 0 if unknown; a file that is larger is read to its end. */
static bool read_all(struct source *source, int fd, size_t size, const struct span *from,
		     struct diag *diag)
{
	size_t room = size + 1; /* one more, so that the end is seen without growing */
	ssize_t got;

	source->text = xcalloc(room, 1);
	while ((got = read(fd, source->text + source->size, room - source->size)) > 0 ||
	       (got < 0 && errno == EINTR)) {
		source->size += got > 0 ? got : 0;
		if (source->size > POLICY_MAX_FILE) {
			diag_error(diag, from, "%s is too large (limit %u MiB)", source->name,
				   POLICY_MAX_FILE >> 20);
			return false;
		}
		if (source->size == room) {
			room *= 2;
			source->text = xreallocarray(source->text, room, 1);
		}
	}
	if (got < 0)
		diag_error(diag, from, "cannot read %s: %s", source->name, strerror(errno));
	return !got;
}

/* The file's name is printed in comments of the canonical policy: it must fit on one line. */
static bool check_name(const char *name, const struct span *from, struct diag *diag)
{
	if (text_is_plain(name, strlen(name)) && strlen(name) <= PATH_MAX)
		return true;
	diag_error(diag, from, "file name %s has control characters or is not UTF-8",
		   text_quoted(name, SIZE_MAX));
	diag_note(diag, NULL, "rename the file");
	return false;
}

static struct source *source_new(const char *name, const struct span *from)
{
	struct source *source = xcalloc(1, sizeof(*source));

	source->name = xstrdup(name);
	if (from) {
		source->parent = from->source;
		source->parent_line = from->line;
		source->depth = from->source->depth + 1;
	}
	return source;
}

static bool source_fill(struct source *source, int fd, bool checked, const struct span *from,
			struct diag *diag)
{
	struct stat info;

	if (fstat(fd, &info)) {
		diag_error(diag, from, "cannot stat %s: %s", source->name, strerror(errno));
		return false;
	}
	if (!checked)
		return read_all(source, fd, 0, from, diag);
	source->device = info.st_dev;
	source->inode = info.st_ino;
	return check_file(source->name, &info, from, diag) &&
	       read_all(source, fd, info.st_size, from, diag);
}

/* Reports by errno that a file could not be opened. */
static void report_unopened(const char *path, const struct span *from, struct diag *diag)
{
	bool missing = errno == ENOENT;

	diag_error(diag, from, "cannot open %s: %s", path, strerror(errno));
	if (missing)
		diag_note(diag, NULL,
			  from ? "write it, or use a wildcard: a pattern may match no file"
			       : "write it (see gpio-acl.conf(5)), or name another file");
}

struct source *source_open(const char *path, const struct span *from, struct diag *diag)
{
	bool standard_input = !from && !strcmp(path, "-");
	struct source *source;
	bool good;
	int fd;

	if (!*path) {
		diag_error(diag, from, "the policy's file name is empty");
		diag_note(diag, NULL, "name a file, or give - for standard input");
		return NULL;
	}
	if (!check_name(path, from, diag))
		return NULL;
	/* O_NONBLOCK: do not wait for the writer of a fifo; it is refused below */
	fd = standard_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		report_unopened(path, from, diag);
		return NULL;
	}
	source = source_new(from ? path : policy_file_name(path), from);
	good = source_fill(source, fd, !standard_input, from, diag);
	close(fd);
	if (good)
		return source;
	source_free(source);
	return NULL;
}

struct source *source_text(const char *name, const char *text, size_t size, struct diag *diag)
{
	struct source *source;

	if (!check_name(name, NULL, diag))
		return NULL;
	if (size > POLICY_MAX_FILE) {
		diag_error(diag, NULL, "%s is too large (limit %u MiB)", name,
			   POLICY_MAX_FILE >> 20);
		return NULL;
	}
	source = source_new(name, NULL);
	source->text = xcalloc(size + 1, 1);
	memcpy(source->text, text, size);
	source->size = size;
	return source;
}

/* The pattern, after the folder of @file if it is relative; that folder is no pattern. */
static char *full_pattern(const char *pattern, const char *file, bool literal)
{
	const char *slash = strrchr(file, '/');
	size_t folder = *pattern == '/' || !slash ? 0 : slash + 1 - file;
	char *full = xcalloc(2 * folder + strlen(pattern) + 1, 1), *out = full;

	for (size_t i = 0; i < folder; i++) {
		if (!literal && strchr("*?[]\\", file[i]))
			*out++ = '\\';
		*out++ = file[i];
	}
	strcpy(out, pattern);
	return full;
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* glob() calls it for a folder that it cannot read. A missing folder just matches nothing. */
static int glob_error(const char *folder, int error)
{
	(void)folder;
	return error != ENOENT && error != ENOTDIR;
}

char **source_glob(const char *pattern, const struct span *from, struct diag *diag)
{
	bool literal = !strpbrk(pattern, "*?[");
	char *full = full_pattern(pattern, from->source->name, literal);
	glob_t found = {0};
	char **paths;
	int status;

	if (literal) {
		paths = xcalloc(2, sizeof(*paths));
		paths[0] = full;
		return paths;
	}
	status = glob(full, GLOB_NOSORT, glob_error, &found);
	if (status && status != GLOB_NOMATCH) {
		diag_error(diag, from, "cannot read a folder of %s: %s", full, strerror(errno));
		free(full);
		globfree(&found);
		return NULL;
	}
	paths = xcalloc(found.gl_pathc + 1, sizeof(*paths));
	for (size_t i = 0; i < found.gl_pathc; i++)
		paths[i] = xstrdup(found.gl_pathv[i]);
	qsort(paths, found.gl_pathc, sizeof(*paths), compare_paths);
	globfree(&found);
	free(full);
	return paths;
}
