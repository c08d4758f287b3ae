// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See spool.h. A file is a header and then records, each after its size. The header counts the
 * records since boot that came before the file: what is lost is known after any number of turns.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gpio-acl/abi.h"
#include "loader/loader.h"
#include "loader/memory.h"
#include "loader/spool.h"

#define CURRENT "audit"
#define OLDER	"audit.old"
#define MAGIC	UINT64_C(0x316c6f6f70736167) /* "gaspool1" in bytes */

struct header {
	uint64_t magic;
	uint64_t before; /* records since boot that came before this file's */
};

struct spool {
	int folder, fd;
	const char *path;
	size_t limit;	 /* bytes of one file */
	size_t size;	 /* bytes of the current one */
	uint64_t before; /* its header's */
	uint64_t count;	 /* its records */
};

/* What is found in one file. */
struct contents {
	uint64_t before, count;
	size_t size; /* bytes up to the end of the last whole record; 0: not even a header */
};

static int say(const struct spool *spool, const char *name, const char *what)
{
	error("the audit spool %s/%s cannot be %s: %s", spool->path, name, what, strerror(errno));
	return -1;
}

/* Read a file from its start up to its end, or where it stops making sense. */
static int scan(FILE *file, struct contents *contents,
		int (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	struct gpio_acl_record record;
	struct header header;
	uint32_t size;
	int stop = 0;

	*contents = (struct contents){0};
	if (fread(&header, sizeof(header), 1, file) != 1 || header.magic != MAGIC)
		return 0;
	contents->before = header.before;
	contents->size = sizeof(header);
	while (!stop && fread(&size, sizeof(size), 1, file) == 1 && size &&
	       size <= sizeof(record) && fread(&record, 1, size, file) == size) {
		contents->size += sizeof(size) + size;
		contents->count++;
		stop = each ? each(ctx, &record, size) : 0;
	}
	return stop;
}

/* The same by name; a file that is missing is empty. */
static int scan_file(struct spool *spool, const char *name, struct contents *contents,
		     int (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	int fd = openat(spool->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file;
	int stop;

	*contents = (struct contents){0};
	if (fd < 0)
		return errno == ENOENT ? 0 : say(spool, name, "read");
	file = memory(fdopen(fd, "r"));
	stop = scan(file, contents, each, ctx);
	if (ferror(file))
		stop = say(spool, name, "read");
	fclose(file);
	return stop;
}

/* All of it or nothing: what a full disk took half of is cut off again. */
static int write_whole(struct spool *spool, const void *data, size_t size)
{
	ssize_t written = pwrite(spool->fd, data, size, spool->size);

	if (written == (ssize_t)size) {
		spool->size += size;
		return 0;
	}
	if (written >= 0)
		errno = ENOSPC;
	say(spool, CURRENT, "written");
	if (ftruncate(spool->fd, spool->size))
		say(spool, CURRENT, "cut back");
	return -1;
}

static int start(struct spool *spool, uint64_t before)
{
	struct header header = {MAGIC, before};

	spool->size = 0;
	spool->count = 0;
	spool->before = before;
	if (ftruncate(spool->fd, 0))
		return say(spool, CURRENT, "emptied");
	return write_whole(spool, &header, sizeof(header));
}

static int open_current(struct spool *spool)
{
	spool->fd = openat(spool->folder, CURRENT,
			   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	return spool->fd < 0 ? say(spool, CURRENT, "opened") : 0;
}

/* The current file becomes the older one, and what that held is dropped. */
static int turn(struct spool *spool)
{
	if (renameat(spool->folder, CURRENT, spool->folder, OLDER))
		return say(spool, CURRENT, "renamed");
	close(spool->fd);
	if (open_current(spool))
		return -1;
	return start(spool, spool->before + spool->count);
}

/* Find the end of the current file; begin one where there is none. */
static int resume(struct spool *spool)
{
	struct contents contents;

	if (open_current(spool) || scan_file(spool, CURRENT, &contents, NULL, NULL))
		return -1;
	if (!contents.size) { /* the first since boot, or a turn was interrupted */
		if (scan_file(spool, OLDER, &contents, NULL, NULL))
			return -1;
		return start(spool, contents.before + contents.count);
	}
	spool->size = contents.size;
	spool->before = contents.before;
	spool->count = contents.count;
	return ftruncate(spool->fd, spool->size) ? say(spool, CURRENT, "cut") : 0;
}

struct spool *spool_open(int folder, const char *path, size_t size)
{
	struct spool *spool = memory(calloc(1, sizeof(*spool)));

	*spool = (struct spool){.folder = folder, .fd = -1, .path = path, .limit = size / 2};
	if (!resume(spool))
		return spool;
	spool_close(spool);
	return NULL;
}

void spool_close(struct spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	free(spool);
}

int spool_append(struct spool *spool, const void *record, size_t size)
{
	struct {
		uint32_t size;
		char record[sizeof(struct gpio_acl_record)];
	} entry = {.size = size};

	if (spool->size + sizeof(entry.size) + size > spool->limit && turn(spool))
		return -1;
	memcpy(entry.record, record, size);
	if (write_whole(spool, &entry, sizeof(entry.size) + size))
		return -1;
	spool->count++;
	return 0;
}

int spool_read(struct spool *spool, int (*each)(void *ctx, void *record, size_t size), void *ctx,
	       uint64_t *dropped)
{
	struct contents contents;
	int stop = scan_file(spool, OLDER, &contents, each, ctx);

	*dropped = contents.size ? contents.before : spool->before;
	return stop ? stop : scan_file(spool, CURRENT, &contents, each, ctx);
}
