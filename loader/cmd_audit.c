// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gpio-acl audit: the one reader of the kernel's audit ring. A record is read once, so whatever is
 * taken out is put into the spool first (spool.h), and a second reader is refused.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "loader/engine.h"
#include "loader/folder.h"
#include "loader/loader.h"
#include "loader/record.h"
#include "loader/spool.h"

#define LOCK "audit.lock"

static const char help[] =
	"Usage: gpio-acl audit [--json] [--follow | --since-boot]\n"
	"Print what was refused: when, to whom, on which lines, which rights were wanting, and\n"
	"why. Records wait in the kernel until they are read, and are kept since boot, at most\n"
	"8 MiB of them, under " RUN_DIR ". Needs root. One reader at a time.\n"
	"\n"
	"Options:\n"
	"  --follow      what waits, then each refusal as it happens, until interrupted (default)\n"
	"  --since-boot  all that is kept, then end\n"
	"  --json        one JSON object a line\n"
	"  --help        this text\n"
	"\n"
	"Exit codes: 0 done, or interrupted; 1 no policy is in force, or another reads;\n"
	"            2 wrong usage\n"
	"\n"
	"Example:\n"
	"  gpio-acl audit --since-boot --json | jq 'select(.user == \"alice\")'\n";

struct reader {
	struct spool *spool;
	bool json;
	bool spooled;	   /* the spool still takes records */
	uint64_t rejected; /* records that could not be ones */
	uint64_t lost;	   /* by the ring, as last told */
};

/* The ring that is pinned, and which one that is: load after unload makes another. */
struct ring {
	struct ring_buffer *buffer;
	int fd;
	uint32_t id;
};

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

/* ---- records --------------------------------------------------------------------------- */

static int print(void *ctx, void *data, size_t size)
{
	struct reader *reader = ctx;
	struct gpio_acl_record record = {0};

	if (!record_is_valid(data, size)) {
		reader->rejected++;
		return 0;
	}
	memcpy(&record, data, size);
	record_print(stdout, &record, NULL, reader->json);
	return ferror(stdout) ? -1 : 0; /* main() says that output fails */
}

/* A record leaves the ring when this returns; it is in the spool before it can be lost. */
static int take(void *ctx, void *data, size_t size)
{
	struct reader *reader = ctx;

	if (reader->spooled && record_is_valid(data, size) &&
	    spool_append(reader->spool, data, size)) {
		warning("records from here on are not kept for --since-boot");
		reader->spooled = false;
	}
	return print(reader, data, size);
}

static void tell_rejected(struct reader *reader)
{
	if (reader->rejected)
		warning("%" PRIu64 " records were malformed and are not shown: "
			"is this the version of gpio-acl that loaded the policy?",
			reader->rejected);
	reader->rejected = 0;
}

static void tell_lost(struct reader *reader)
{
	uint64_t counters[GPIO_ACL_NUM_COUNTERS];

	if (engine_counters(counters))
		return;
	if (counters[GPIO_ACL_LOST] > reader->lost)
		warning("%" PRIu64 " records were lost: the ring was full before they were read",
			counters[GPIO_ACL_LOST] - reader->lost);
	reader->lost = counters[GPIO_ACL_LOST];
}

/* ---- ring ------------------------------------------------------------------------------ */

static int map_id(int fd, uint32_t *id)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size)) {
		error("the kernel does not tell about the audit ring: %s", strerror(errno));
		return -1;
	}
	*id = info.id;
	return 0;
}

static void ring_close(struct ring *ring)
{
	ring_buffer__free(ring->buffer);
	close(ring->fd);
}

static int ring_open(struct ring *ring, struct reader *reader)
{
	ring->fd = engine_audit_ring();
	if (ring->fd < 0)
		return -1;
	if (map_id(ring->fd, &ring->id)) {
		close(ring->fd);
		return -1;
	}
	ring->buffer = ring_buffer__new(ring->fd, take, reader, NULL);
	if (!ring->buffer) {
		error("the audit ring cannot be mapped: %s", strerror(errno));
		close(ring->fd);
		return -1;
	}
	return 0;
}

/*
 * After an idle second: still the ring that is pinned? If not, go on with the one that is. -1
 * after a message: there is none, and this one is closed.
 */
static int ring_renew(struct ring *ring, struct reader *reader)
{
	int fd = engine_audit_ring();
	int failed = fd < 0;
	uint32_t id;

	if (fd >= 0) {
		failed = map_id(fd, &id);
		close(fd);
	}
	if (!failed && id == ring->id)
		return 0;
	ring_close(ring);
	reader->lost = 0;
	return failed ? -1 : ring_open(ring, reader);
}

/* 0: interrupted; 1: failed; -1: no ring is left to close. */
static int follow_ring(struct ring *ring, struct reader *reader)
{
	while (!ended) {
		int num = ring_buffer__poll(ring->buffer, 1000);

		if (num < 0 && num != -EINTR)
			return 1;
		tell_rejected(reader);
		if (num)
			continue;
		if (ring_renew(ring, reader))
			return -1;
		tell_lost(reader);
	}
	return 0;
}

static enum exit_code follow(struct reader *reader)
{
	static const struct sigaction action = {.sa_handler = end}; /* interrupts the wait */
	struct ring ring;
	int result;

	if (ring_open(&ring, reader))
		return EXIT_REFUSED;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	result = follow_ring(&ring, reader);
	if (result >= 0)
		ring_close(&ring);
	return result ? EXIT_REFUSED : EXIT_DONE;
}

static enum exit_code since_boot(struct reader *reader)
{
	struct ring ring;
	uint64_t dropped;
	int failed = spool_read(reader->spool, print, reader, &dropped);

	if (failed)
		return EXIT_REFUSED;
	if (dropped)
		warning("%" PRIu64 " earlier records since boot were dropped: %u MiB are kept",
			dropped, SPOOL_SIZE >> 20);
	if (ring_open(&ring, reader))
		return EXIT_REFUSED;
	failed = ring_buffer__consume(ring.buffer) < 0;
	ring_close(&ring);
	tell_lost(reader);
	return failed ? EXIT_REFUSED : EXIT_DONE;
}

/* ---- the one reader -------------------------------------------------------------------- */

static void say_locked(int lock)
{
	char text[64] = "", since[32] = "";
	ssize_t size = pread(lock, text, sizeof(text) - 1, 0);
	unsigned int pid;

	if (size > 0 && sscanf(text, "%u %31[-0-9: ]", &pid, since) == 2)
		error("the audit is being read by process %u (gpio-acl audit, since %s): "
		      "records are read once, by one reader; end that one first",
		      pid, since);
	else
		error("the audit is being read by another process: records are read once, "
		      "by one reader; end that one first");
}

static int sign(int lock)
{
	time_t now = time(NULL);
	struct tm parts;
	char since[32];

	localtime_r(&now, &parts);
	strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &parts);
	if (!ftruncate(lock, 0) && dprintf(lock, "%d %s\n", getpid(), since) > 0)
		return 0;
	error(RUN_DIR "/" LOCK " cannot be written: %s", strerror(errno));
	return -1;
}

/* The lock's descriptor: the lock lasts as long as it is open, however the process ends. */
static int lock_open(int folder)
{
	int lock =
		openat(folder, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (lock < 0) {
		error(RUN_DIR "/" LOCK " cannot be opened: %s", strerror(errno));
		return -1;
	}
	if (flock(lock, LOCK_EX | LOCK_NB)) {
		say_locked(lock);
		close(lock);
		return -1;
	}
	if (sign(lock)) {
		close(lock);
		return -1;
	}
	return lock;
}

static enum exit_code read_audit(int folder, bool json, bool follows)
{
	struct reader reader = {.json = json, .spooled = true};
	int lock = lock_open(folder);
	enum exit_code code;

	if (lock < 0)
		return EXIT_REFUSED;
	reader.spool = spool_open(folder, RUN_DIR, SPOOL_SIZE);
	if (!reader.spool) {
		close(lock);
		return EXIT_REFUSED;
	}
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* a record is seen as it happens, in a pipe, too */
	code = follows ? follow(&reader) : since_boot(&reader);
	tell_rejected(&reader);
	spool_close(reader.spool);
	close(lock);
	return code;
}

int cmd_audit(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"follow", no_argument, NULL, 'f'},
		{"since-boot", no_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool json = false, follows = false, since = false;
	enum exit_code code;
	int option, folder;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'f':
			follows = true;
			break;
		case 's':
			since = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return usage_error("audit", "there is no option \"%s\"", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return usage_error("audit", "it takes no argument: \"%s\"", argv[optind]);
	if (follows && since)
		return usage_error("audit", "--follow and --since-boot exclude each other");
	if (geteuid()) {
		error("the audit is for root only: run `sudo gpio-acl audit`");
		return EXIT_REFUSED;
	}
	folder = folder_open(AT_FDCWD, RUN_DIR, RUN_DIR);
	if (folder < 0)
		return EXIT_REFUSED;
	code = read_audit(folder, json, !since);
	close(folder);
	return code;
}
