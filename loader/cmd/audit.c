// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gpio-acl audit: the one reader of the kernel's audit rings. A record is read once, so whatever is
 * taken out is put into the spool first (spool.h), and a second reader is refused.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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
#include "loader/util/folder.h"
#include "loader/util/path.h"
#include "policy/text.h"

#define LOCK "audit.lock"
#define PASS 1024 /* records of a ring that are read before the other one is looked at */

static const char help[] =
	"Usage: gpio-acl audit [--json] [--follow | --since-boot]\n"
	"Print what was refused: when, to whom, on which lines, which rights were wanting, and\n"
	"why. Records wait in the kernel until they are read, and are kept since boot, at most\n"
	"8 MiB of them, under " RUN_DIR ". Of who makes more than there is room for,\n"
	"some are left out, and a record tells how many. Needs root. One reader at a time.\n"
	"An EPERM of which there is no record is not gpio-acl's: see gpio-acl-reasons(7).\n"
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
	uint64_t lost;	   /* by the rings, as last told */
	size_t most;	   /* records still to be read in this pass, of this ring */
	size_t num_read;   /* since it was asked what was left out */
};

/* The rings that are pinned, and which ones these are: load after unload makes others. */
struct rings {
	struct ring_buffer *buffers[NUM_RINGS];
	int fds[NUM_RINGS];
	uint32_t id;   /* of the last one */
	uint32_t size; /* bytes of the last one, the largest */
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

static void keep(struct reader *reader, const void *data, size_t size)
{
	if (!reader->spooled || !record_is_valid(data, size))
		return;
	reader->spooled = !spool_append(reader->spool, data, size);
	if (!reader->spooled)
		msg_warn("records from here on are not kept for --since-boot");
}

/* A record leaves the ring when this returns; it is in the spool before it can be lost. */
static int take(void *ctx, void *data, size_t size)
{
	struct reader *reader = ctx;

	keep(reader, data, size);
	reader->num_read++;
	if (print(reader, data, size))
		return -1;
	return --reader->most ? 0 : -EAGAIN; /* a flood could go on for ever */
}

/* A record of our own. */
static void take_left_out(const struct gpio_acl_left_out *left_out, void *ctx)
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

static void tell_rejected(struct reader *reader)
{
	if (reader->rejected)
		msg_warn("%" PRIu64 " records were malformed and are not shown: "
			 "is this the version of gpio-acl that loaded the policy?",
			 reader->rejected);
	reader->rejected = 0;
}

static void tell_lost(struct reader *reader)
{
	uint64_t counters[GPIO_ACL_NUM_COUNTERS];

	if (engine_counters(counters))
		return;
	if (counters[GPIO_ACL_COUNTER_LOST] > reader->lost)
		msg_warn("%" PRIu64
			 " records were lost: there was no room for them before others were "
			 "read",
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
	msg_error("the kernel does not tell about the audit's rings: %s", strerror(errno));
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
			msg_error("the audit's rings cannot be mapped: %s", strerror(errno));
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
 * After an idle second: still the rings that are pinned? If not, go on with those that are. -1
 * after a message: there are none, and these are closed.
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

/* Read at most so many records of each ring, races first. */
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

static int tell_left_out(struct reader *reader)
{
	reader->num_read = 0;
	return engine_left_out(take_left_out, reader);
}

/* Wait for records, a second at most. 0: there are none. */
static int rings_wait(const struct rings *rings)
{
	struct pollfd polled[NUM_RINGS];

	for (int i = 0; i < NUM_RINGS; i++)
		polled[i] = (struct pollfd){ring_buffer__epoll_fd(rings->buffers[i]), POLLIN, 0};
	return poll(polled, NUM_RINGS, 1000);
}

/* 0: interrupted; 1: failed; -1: no ring is left to close. */
static int follow_rings(struct rings *rings, struct reader *reader)
{
	while (!ended) {
		bool idle = !rings_wait(rings);

		if (rings_read(rings, reader, PASS))
			return 1;
		tell_rejected(reader);
		if (idle && rings_renew(rings, reader))
			return -1;
		if ((idle || reader->num_read >= PASS) && tell_left_out(reader))
			return 1;
		if (idle)
			tell_lost(reader);
	}
	return 0;
}

static enum exit_code follow(struct reader *reader)
{
	static const struct sigaction action = {.sa_handler = end}; /* interrupts the wait */
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
		msg_warn("%" PRIu64 " earlier records since boot were dropped, of those users who "
			 "have most: %u MiB are kept",
			 dropped, SPOOL_SIZE >> 20);
	if (rings_open(&rings, reader))
		return EXIT_REFUSED;
	/* What is there; not what comes meanwhile, which may never end. */
	failed = rings_read(&rings, reader, rings.size / GPIO_ACL_RECORD_SIZE(0)) ||
		 tell_left_out(reader);
	rings_close(&rings);
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
		msg_error("the audit is being read by process %u (gpio-acl audit, since %s): "
			  "records are read once, by one reader; end that one first",
			  pid, since);
	else
		msg_error("the audit is being read by another process: records are read once, "
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
	msg_error(RUN_DIR "/" LOCK " cannot be written: %s", strerror(errno));
	return -1;
}

/* The lock's descriptor: the lock lasts as long as it is open, however the process ends. */
static int lock_open(int folder)
{
	int lock =
		openat(folder, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (lock < 0) {
		msg_error(RUN_DIR "/" LOCK " cannot be opened: %s", strerror(errno));
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
			return msg_usage("audit", "there is no option %s",
					 text_quoted(argv[optind - 1], SIZE_MAX));
		}
	}
	if (optind < argc)
		return msg_usage("audit", "it takes no argument: %s",
				 text_quoted(argv[optind], SIZE_MAX));
	if (follows && since)
		return msg_usage("audit", "--follow and --since-boot exclude each other");
	if (geteuid()) {
		msg_error("the audit is for root only: run `sudo gpio-acl audit`");
		return EXIT_REFUSED;
	}
	folder = folder_open(AT_FDCWD, RUN_DIR, RUN_DIR);
	if (folder < 0)
		return EXIT_REFUSED;
	code = read_audit(folder, json, !since);
	close(folder);
	return code;
}
