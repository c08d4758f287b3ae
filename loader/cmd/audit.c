// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gpio-acl audit: prints the records in the kernel's audit rings. A record can be read only once,
 * so it is written to the spool first (spool.h), and a lock keeps every other reader out.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "loader/audit/record.h"
#include "loader/audit/spool.h"
#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "loader/util/path.h"
#include "loader/util/rundir.h"

#define LOCK "audit.lock"
#define PASS 1024 /* records that are read from one ring before the other one has its turn */

struct reader {
	struct spool *spool;
	bool json;
	bool spooled;	    /* records can still be written to the spool */
	uint64_t malformed; /* records that cannot be right, since the last warning */
	uint64_t lost;	    /* by the rings, at the last warning */
	size_t most;	    /* records that may still be read from this ring in this pass */
	size_t num_read;    /* since read_left_out() was called last */
};

/* The pinned rings. A load after an unload makes new ones: the id tells them apart. */
struct rings {
	struct ring_buffer *buffers[NUM_RINGS];
	int fds[NUM_RINGS];
	uint32_t id;   /* of the last ring's map */
	uint32_t size; /* bytes of the last ring, which is the largest */
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
		reader->malformed++;
		return 0;
	}
	memcpy(&record, data, size);
	record_print(stdout, &record, NULL, reader->json);
	return ferror(stdout) ? -1 : 0; /* main() prints the error */
}

static void keep(struct reader *reader, const void *data, size_t size)
{
	if (!reader->spooled || !record_is_valid(data, size))
		return;
	reader->spooled = !spool_append(reader->spool, data, size);
	if (!reader->spooled)
		msg_warn("from now on --since-boot misses records, which cannot be kept");
}

/* ring_buffer__consume() drops the record when this returns: it is in the spool by then. */
static int take(void *ctx, void *data, size_t size)
{
	struct reader *reader = ctx;

	keep(reader, data, size);
	reader->num_read++;
	if (print(reader, data, size))
		return -1;
	return --reader->most ? 0 : -EAGAIN; /* a flood must not keep us in here */
}

/* Makes a record that says how many of a user's records were left out. */
static void add_left_out(const struct gpio_acl_left_out *left_out, void *ctx)
{
	struct gpio_acl_record record = {
		.uid = left_out->payer.uid,
		.charged = left_out->payer.uid,
		.reason = GPIO_ACL_COUNTER_LEFT_OUT,
		.left_out = left_out->count,
		.kind = left_out->payer.kind,
	};
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	record.time = now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
	keep(ctx, &record, GPIO_ACL_RECORD_SIZE(0));
	print(ctx, &record, GPIO_ACL_RECORD_SIZE(0));
}

static void warn_malformed(struct reader *reader)
{
	if (reader->malformed)
		msg_warn("%" PRIu64 " records were malformed and are not shown: "
			 "was the policy loaded by another version of gpio-acl?",
			 reader->malformed);
	reader->malformed = 0;
}

static void warn_lost(struct reader *reader)
{
	uint64_t counters[GPIO_ACL_NUM_COUNTERS];

	if (engine_counters(counters))
		return;
	if (counters[GPIO_ACL_COUNTER_LOST] > reader->lost)
		msg_warn("%" PRIu64 " records were lost: the ring was full",
			 counters[GPIO_ACL_COUNTER_LOST] - reader->lost);
	reader->lost = counters[GPIO_ACL_COUNTER_LOST];
}

/* ---- rings ----------------------------------------------------------------------------- */

static int map_info(int fd, struct bpf_map_info *info)
{
	uint32_t size = sizeof(*info);

	memset(info, 0, size);
	if (!bpf_obj_get_info_by_fd(fd, info, &size))
		return 0;
	msg_error("cannot read the size of an audit ring: %s", strerror(errno));
	return -1;
}

static void rings_close(struct rings *rings)
{
	for (int i = 0; i < NUM_RINGS; i++) {
		ring_buffer__free(rings->buffers[i]);
		if (rings->fds[i] >= 0)
			close(rings->fds[i]);
	}
}

static int open_each(struct rings *rings, struct reader *reader)
{
	struct bpf_map_info info;

	for (int i = 0; i < NUM_RINGS; i++) {
		rings->fds[i] = engine_audit_ring(i);
		if (rings->fds[i] < 0 || map_info(rings->fds[i], &info))
			return -1;
		rings->buffers[i] = ring_buffer__new(rings->fds[i], take, reader, NULL);
		if (!rings->buffers[i]) {
			msg_error("cannot map an audit ring: %s", strerror(errno));
			return -1;
		}
	}
	rings->id = info.id;
	rings->size = info.max_entries;
	return 0;
}

static int rings_open(struct rings *rings, struct reader *reader)
{
	*rings = (struct rings){.fds = {-1, -1}};
	if (!open_each(rings, reader))
		return 0;
	rings_close(rings);
	return -1;
}

/*
 * Called after an idle second. If other rings are pinned now, opens those. -1 after a message: no
 * ring is pinned, and all are closed.
 */
static int rings_renew(struct rings *rings, struct reader *reader)
{
	int fd = engine_audit_ring(NUM_RINGS - 1);
	struct bpf_map_info info;
	int failed = fd < 0;

	if (fd >= 0) {
		failed = map_info(fd, &info);
		close(fd);
	}
	if (!failed && info.id == rings->id)
		return 0;
	rings_close(rings);
	reader->lost = 0;
	return failed ? -1 : rings_open(rings, reader);
}

/* Reads at most @most records from each ring, races first. */
static int rings_read(struct rings *rings, struct reader *reader, size_t most)
{
	for (int i = 0; i < NUM_RINGS; i++) {
		int num;

		reader->most = most;
		num = ring_buffer__consume(rings->buffers[i]);
		if (num < 0 && num != -EAGAIN)
			return -1;
	}
	return 0;
}

static int read_left_out(struct reader *reader)
{
	reader->num_read = 0;
	return engine_left_out(add_left_out, reader);
}

/* Waits for records for at most a second. 0: there are none. */
static int rings_wait(const struct rings *rings)
{
	struct pollfd polled[NUM_RINGS];

	for (int i = 0; i < NUM_RINGS; i++)
		polled[i] = (struct pollfd){ring_buffer__epoll_fd(rings->buffers[i]), POLLIN, 0};
	return poll(polled, NUM_RINGS, 1000);
}

/* 0: interrupted; 1: failed; -1: failed, and the rings are closed. */
static int follow_rings(struct rings *rings, struct reader *reader)
{
	while (!ended) {
		bool idle = !rings_wait(rings);

		if (rings_read(rings, reader, PASS))
			return 1;
		warn_malformed(reader);
		if (idle && rings_renew(rings, reader))
			return -1;
		if ((idle || reader->num_read >= PASS) && read_left_out(reader))
			return 1;
		if (idle)
			warn_lost(reader);
	}
	return 0;
}

static enum exit_code follow(struct reader *reader)
{
	static const struct sigaction action = {.sa_handler = end}; /* no SA_RESTART: ends poll() */
	struct rings rings;
	int result;

	if (rings_open(&rings, reader))
		return EXIT_REFUSED;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	result = follow_rings(&rings, reader);
	if (result >= 0)
		rings_close(&rings);
	return result ? EXIT_REFUSED : EXIT_DONE;
}

static enum exit_code since_boot(struct reader *reader)
{
	struct rings rings;
	uint64_t dropped;
	int failed = spool_read(reader->spool, print, reader, &dropped);

	if (failed)
		return EXIT_REFUSED;
	if (dropped)
		msg_warn("%" PRIu64 " earlier records since boot were dropped, from the users with "
			 "most records: %u MiB are kept",
			 dropped, SPOOL_SIZE >> 20);
	if (rings_open(&rings, reader))
		return EXIT_REFUSED;
	/* At most what the ring can hold: records that come meanwhile may never end. */
	failed = rings_read(&rings, reader, rings.size / GPIO_ACL_RECORD_SIZE(0)) ||
		 read_left_out(reader);
	rings_close(&rings);
	warn_lost(reader);
	return failed ? EXIT_REFUSED : EXIT_DONE;
}

/* ---- the lock -------------------------------------------------------------------- */

static void report_locked(int lock)
{
	char text[64] = "", since[32] = "";
	ssize_t size = pread(lock, text, sizeof(text) - 1, 0);
	unsigned int pid;

	if (size > 0 && sscanf(text, "%u %31[-0-9: ]", &pid, since) == 2)
		msg_error("process %u (gpio-acl audit, since %s) reads the audit already: a record "
			  "can be read only once; end that process first",
			  pid, since);
	else
		msg_error("another process reads the audit already: a record can be read only "
			  "once; end that process first");
}

/* Writes who holds the lock, for report_locked() of another process. */
static int sign(int lock)
{
	time_t now = time(NULL);
	struct tm parts;
	char since[32];

	localtime_r(&now, &parts);
	strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &parts);
	if (!ftruncate(lock, 0) && dprintf(lock, "%d %s\n", getpid(), since) > 0)
		return 0;
	msg_error("cannot write " RUN_DIR "/" LOCK ": %s", strerror(errno));
	return -1;
}

/* Returns the descriptor that holds the lock until it is closed or the process ends; or -1. */
static int lock_open(int folder)
{
	int lock =
		openat(folder, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (lock < 0) {
		msg_error("cannot open " RUN_DIR "/" LOCK ": %s", strerror(errno));
		return -1;
	}
	if (flock(lock, LOCK_EX | LOCK_NB)) {
		report_locked(lock);
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
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* in a pipe, too, a record is seen at once */
	code = follows ? follow(&reader) : since_boot(&reader);
	warn_malformed(&reader);
	spool_close(reader.spool);
	close(lock);
	return code;
}

struct config {
	bool json, follow, since_boot;
};

static enum exit_code run(const void *config, int argc, char **argv)
{
	const struct config *given = config;
	int folder = rundir_open(AT_FDCWD, RUN_DIR, RUN_DIR);
	enum exit_code code;

	(void)argc;
	(void)argv;
	if (folder < 0)
		return EXIT_REFUSED;
	code = read_audit(folder, given->json, !given->since_boot);
	close(folder);
	return code;
}

static const struct cli_option options[] = {
	{.name = "json",
	 .help = "print one JSON object a line",
	 .offset = offsetof(struct config, json)},
	{.name = "follow",
	 .help = "print the records that wait, then each refusal as it happens, until "
		 "interrupted (default)",
	 .offset = offsetof(struct config, follow),
	 .exclusive = true},
	{.name = "since-boot",
	 .help = "print all records since boot that are kept, then exit",
	 .offset = offsetof(struct config, since_boot),
	 .exclusive = true},
	{0},
};

const struct command cmd_audit = {
	.name = "audit",
	.summary = "print refusals, as they happen or since boot",
	.synopsis = "[--json] [--follow | --since-boot]",
	.help = "Print what was refused: when, to whom, on which lines, which rights were missing, "
		"and why. Records wait in the kernel until they are read; then at most 8 MiB of "
		"them are kept under " RUN_DIR " until the next boot. If one user makes too "
		"many, some are left out, and a record says how many. There is one reader at a "
		"time. An EPERM without a record is not gpio-acl's: see gpio-acl-reasons(7).",
	.exits = {[EXIT_DONE] = "done, or interrupted",
		  [EXIT_REFUSED] = "no policy is loaded, or another process reads the audit"},
	.example = "gpio-acl audit --since-boot --json | jq 'select(.user == \"alice\")'",
	.options = options,
	.config_size = sizeof(struct config),
	.flags = CMD_ROOT,
	.run = run,
};
