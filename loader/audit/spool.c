// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See spool.h. A file is a header and then records, each after its size. Rotation: when the current
 * file is full, the records to keep of both become the older file, by one rename, and the current
 * one is truncated. The headers count the records since boot, so the number of dropped records
 * survives rotation, and an interrupted rotation shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gpio-acl/abi.h"
#include "loader/audit/spool.h"
#include "loader/util/memory.h"
#include "loader/util/message.h"

#define CURRENT "audit"
#define OLDER	"audit.old"
#define NEXT	"audit.new"		     /* the next older file while it is written */
#define MAGIC	UINT64_C(0x326c6f6f70736167) /* "gaspool2" in bytes */

struct header {
	uint64_t magic;
	uint64_t before;  /* records since boot before this file's; only of the current file */
	uint64_t dropped; /* of those, how many are not in the older file */
};

struct spool {
	int folder, fd;
	const char *path;
	size_t limit;	 /* bytes of one file */
	size_t size;	 /* bytes of the current one */
	uint64_t before; /* its header's */
	uint64_t count;	 /* its records */
};

/* What scan() finds in a file. */
struct contents {
	struct header header;
	uint64_t count;
	size_t size; /* bytes up to the end of the last whole record; 0: no header */
};

/* Bytes of a payer in both files. */
struct account {
	struct gpio_acl_payer payer;
	uint64_t bytes;
};

struct accounts {
	struct account *list;
	size_t num, room;
};

static int report(const struct spool *spool, const char *what, const char *name)
{
	msg_error("cannot %s %s/%s: %s", what, spool->path, name, strerror(errno));
	return -1;
}

/* Reads a file up to its end, or to the first thing that is no record. */
static int scan(FILE *file, struct contents *contents,
		int (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	struct gpio_acl_record record;
	struct header header;
	uint32_t size;
	int stop = 0;

	if (fread(&header, sizeof(header), 1, file) != 1 || header.magic != MAGIC)
		return 0;
	contents->header = header;
	contents->size = sizeof(header);
	while (!stop && fread(&size, sizeof(size), 1, file) == 1 && size &&
	       size <= sizeof(record)) {
		memset(&record, 0, sizeof(record));
		if (fread(&record, 1, size, file) != size)
			break;
		contents->size += sizeof(size) + size;
		contents->count++;
		stop = each ? each(ctx, &record, size) : 0;
	}
	return stop;
}

/* The same by name; a missing file is empty. */
static int scan_file(struct spool *spool, const char *name, struct contents *contents,
		     int (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	int fd = openat(spool->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file;
	int stop;

	*contents = (struct contents){0};
	if (fd < 0)
		return errno == ENOENT ? 0 : report(spool, "read", name);
	file = memory(fdopen(fd, "r"));
	stop = scan(file, contents, each, ctx);
	if (ferror(file))
		stop = report(spool, "read", name);
	fclose(file);
	return stop;
}

/* Writes all of it or nothing: a short write on a full disk is cut off again. */
static int write_whole(struct spool *spool, const void *data, size_t size)
{
	ssize_t written = pwrite(spool->fd, data, size, spool->size);

	if (written == (ssize_t)size) {
		spool->size += size;
		return 0;
	}
	if (written >= 0)
		errno = ENOSPC;
	report(spool, "write", CURRENT);
	if (ftruncate(spool->fd, spool->size))
		report(spool, "truncate", CURRENT);
	return -1;
}

static int start(struct spool *spool, uint64_t before)
{
	struct header header = {.magic = MAGIC, .before = before};

	spool->size = 0;
	spool->count = 0;
	spool->before = before;
	if (ftruncate(spool->fd, 0))
		return report(spool, "truncate", CURRENT);
	return write_whole(spool, &header, sizeof(header));
}

static int open_current(struct spool *spool)
{
	spool->fd = openat(spool->folder, CURRENT,
			   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	return spool->fd < 0 ? report(spool, "open", CURRENT) : 0;
}

/* ---- rotation ------------------------------------------------------------------------- */

static int by_payer(const void *left, const void *right)
{
	const struct account *a = left, *b = right;

	if (a->payer.uid != b->payer.uid)
		return a->payer.uid < b->payer.uid ? -1 : 1;
	return (a->payer.kind > b->payer.kind) - (a->payer.kind < b->payer.kind);
}

static int by_bytes(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static size_t entry_size(size_t size)
{
	return sizeof(uint32_t) + size;
}

static struct gpio_acl_payer payer_of(const struct gpio_acl_record *record)
{
	return gpio_acl_payer(record->charged, record->reason);
}

/* Adds an account for each record; merge_accounts() merges them. */
static int add_account(void *ctx, void *record, size_t size)
{
	struct accounts *accounts = ctx;

	if (accounts->num == accounts->room) {
		accounts->room = accounts->room ? 2 * accounts->room : 1024;
		accounts->list = memory(
			reallocarray(accounts->list, accounts->room, sizeof(*accounts->list)));
	}
	accounts->list[accounts->num++] = (struct account){payer_of(record), entry_size(size)};
	return 0;
}

static void merge_accounts(struct accounts *accounts)
{
	struct account *list = accounts->list;
	size_t num = 0;

	if (!list)
		return;
	qsort(list, accounts->num, sizeof(*list), by_payer);
	for (size_t i = 0; i < accounts->num; i++) {
		if (num && !by_payer(&list[num - 1], &list[i]))
			list[num - 1].bytes += list[i].bytes;
		else
			list[num++] = list[i];
	}
	accounts->num = num;
}

/* The largest equal share for which @room is enough; payers that need less leave the rest. */
static uint64_t fair_share(const struct accounts *accounts, uint64_t room)
{
	uint64_t *bytes = memory(calloc(accounts->num + 1, sizeof(*bytes)));
	size_t i;

	for (i = 0; i < accounts->num; i++)
		bytes[i] = accounts->list[i].bytes;
	qsort(bytes, accounts->num, sizeof(*bytes), by_bytes);
	for (i = 0; i < accounts->num && bytes[i] <= room / (accounts->num - i); i++)
		room -= bytes[i];
	free(bytes);
	return i < accounts->num ? room / (accounts->num - i) : UINT64_MAX;
}

struct keeping {
	struct accounts accounts; /* sorted; bytes still to be dropped, oldest first */
	bool together;		  /* all payers share the first account */
	FILE *out;
	uint64_t dropped;
};

static struct account *find_account(const struct keeping *keeping, const void *record)
{
	struct account key = {.payer = payer_of(record)};
	const struct accounts *accounts = &keeping->accounts;

	if (keeping->together)
		return accounts->list;
	return bsearch(&key, accounts->list, accounts->num, sizeof(key), by_payer);
}

/*
 * Computes how many bytes of each payer to drop, so that @room is enough for the rest. If a share
 * is smaller than a record, the oldest records of all payers together are dropped.
 */
static void share_out(struct keeping *keeping, uint64_t room)
{
	struct accounts *accounts = &keeping->accounts;
	uint64_t share;

	merge_accounts(accounts);
	share = fair_share(accounts, room);
	keeping->together = share < entry_size(sizeof(struct gpio_acl_record));
	for (size_t i = 1; keeping->together && i < accounts->num; i++)
		accounts->list[0].bytes += accounts->list[i].bytes;
	if (keeping->together)
		share = room;
	for (size_t i = 0; i < accounts->num; i++) {
		uint64_t bytes = accounts->list[i].bytes;

		accounts->list[i].bytes = bytes > share ? bytes - share : 0;
	}
}

static int keep(void *ctx, void *record, size_t size)
{
	struct keeping *keeping = ctx;
	struct account *account = find_account(keeping, record);
	uint32_t head = size;

	if (account && account->bytes) {
		account->bytes -=
			account->bytes < entry_size(size) ? account->bytes : entry_size(size);
		keeping->dropped++;
		return 0;
	}
	fwrite(&head, sizeof(head), 1, keeping->out);
	fwrite(record, size, 1, keeping->out);
	return 0;
}

/* Reads both files, the older one first. @older: takes what scan() finds in it. */
static int scan_both(struct spool *spool, struct contents *older,
		     int (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	struct contents current;
	int stop = scan_file(spool, OLDER, older, each, ctx);

	return stop ? stop : scan_file(spool, CURRENT, &current, each, ctx);
}

/* How many records since boot have been dropped. */
static uint64_t num_dropped(const struct spool *spool, const struct contents *older)
{
	return older->size ? older->header.dropped : spool->before;
}

/* Writes the records to keep; then the header again, which now has the number of dropped ones. */
static int write_kept(struct spool *spool, struct keeping *keeping)
{
	struct header header = {.magic = MAGIC, .before = spool->before + spool->count};
	struct contents older;
	int failed;

	fwrite(&header, sizeof(header), 1, keeping->out);
	failed = scan_both(spool, &older, keep, keeping);
	header.dropped = num_dropped(spool, &older) + keeping->dropped;
	rewind(keeping->out);
	fwrite(&header, sizeof(header), 1, keeping->out);
	return failed;
}

static int make_next(struct spool *spool, struct keeping *keeping)
{
	int fd = openat(spool->folder, NEXT, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0600);
	int failed;
	bool unwritten;

	if (fd < 0)
		return report(spool, "open", NEXT);
	keeping->out = memory(fdopen(fd, "w"));
	failed = write_kept(spool, keeping);
	unwritten = ferror(keeping->out);
	if (fclose(keeping->out) || unwritten)
		failed = report(spool, "write", NEXT);
	if (!failed && renameat(spool->folder, NEXT, spool->folder, OLDER))
		failed = report(spool, "rename", NEXT);
	if (failed)
		unlinkat(spool->folder, NEXT, 0);
	return failed;
}

/*
 * Rotates. Of both files together it keeps as much as fits in one: of each payer the newest
 * records, and of none more than a fair share.
 */
static int rotate(struct spool *spool)
{
	struct keeping keeping = {0};
	struct contents older;
	int failed = scan_both(spool, &older, add_account, &keeping.accounts);

	if (!failed) {
		share_out(&keeping, spool->limit - sizeof(struct header));
		failed = make_next(spool, &keeping);
	}
	free(keeping.accounts.list);
	return failed ? -1 : start(spool, spool->before + spool->count);
}

/* Finds the end of the current file; starts one if there is none. */
static int resume(struct spool *spool)
{
	struct contents older, current;

	if (open_current(spool) || scan_file(spool, OLDER, &older, NULL, NULL) ||
	    scan_file(spool, CURRENT, &current, NULL, NULL))
		return -1;
	/* The first since boot; or an interrupted rotation: the older file has the records. */
	if (!current.size || current.header.before < older.header.before)
		return start(spool, older.header.before);
	spool->size = current.size;
	spool->before = current.header.before;
	spool->count = current.count;
	return ftruncate(spool->fd, spool->size) ? report(spool, "truncate", CURRENT) : 0;
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

	if (spool->size + sizeof(entry.size) + size > spool->limit && rotate(spool))
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
	struct contents older;
	int stop = scan_both(spool, &older, each, ctx);

	*dropped = num_dropped(spool, &older);
	return stop;
}
