// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The attacks' supervisor: `attack CHANGE/WRITER [OPTION]...`, started as root, makes one attack
 * as an unprivileged user for a while and prints what came of it as one line of key=value words.
 *
 *   --chip PATH		the chip (/dev/gpiochip0), under the policy of tests/attack/guest
 *   --user UID		the attacker (1000)
 *   --seconds S		end after S seconds (1), but not before the least attempts
 *   --least N		as many of them (1), however long they take
 *   --attempts N	end after N attempts
 *   --wins N		end after N wins
 *   --disk PATH	a block device the attacker may read and write, for O_DIRECT
 *   --cgroup PATH	a cgroup of the attacker's own, as a login session has it
 *   --values FILE,...	where the levels of lines 0, 1 and 2 are read (0 or 1), past the chip
 *   --pardon COMMAND	lifts the quarantine of an attacker that was killed, so that it may go on
 *   --list		name the attacks, each with a tab and why it cannot win, if it cannot
 *
 * Exit status: 0 the attack was made; 2 wrong usage; 3 this machine lacks what it takes;
 * 4 it could not be made. Whether it won is in the line.
 *
 * The supervisor takes no part: it never shares the memory of a request, undoes what an attack has
 * won (so that the next win is seen), and ends all processes of the attack.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/gpio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/gpio.h"
#include "attack.h"

enum { MADE, USAGE = 2, ABSENT, BROKEN, QUARANTINED };

struct tally *tally;
int chip;
const char *disk;

static const char *chip_path = "/dev/gpiochip0", *pardon, *cgroup;
static uid_t user = 1000;
static double seconds = 1, deadline;
static const double patience = 120; /* seconds beyond which something hangs */
static unsigned long least_attempts = 1, max_attempts = ~0ul, max_wins = ~0ul;
static int requests[2], replies[2];  /* pipes, for ask_for_reset() */
static int values[3] = {-1, -1, -1}; /* the lines' levels, or -1 */

static const struct change *change;
static const struct writer *writer;
static struct flip flip;

/* ---- what the attacking side asks of this file ------------------------------------------- */

static void set_absent(const char *word, const char *what)
{
	snprintf(tally->lacks, sizeof(tally->lacks), "%s", word ? word : "");
	snprintf(tally->absent, sizeof(tally->absent), "%s", what);
}

void absent(const char *word, const char *what)
{
	set_absent(word, what);
	_exit(ABSENT);
}

/*
 * Gives the supervisor 100 ms to kill this process too: an error caused by a sibling's SIGKILL must
 * not be reported.
 */
void broken(const char *what)
{
	int err = errno;

	usleep(100000);
	errno = err;
	snprintf(tally->broken, sizeof(tally->broken), "%s: %s", what, strerror(errno));
	_exit(BROKEN);
}

void ask_for_reset(void)
{
	char byte = 0;

	if (write(requests[1], &byte, 1) != 1 || read(replies[0], &byte, 1) != 1)
		broken("the supervisor does not answer");
}

bool line_value(int line)
{
	char value = '0';

	return values[line] >= 0 && pread(values[line], &value, 1, 0) == 1 && value == '1';
}

int open_cgroup(const char *file)
{
	char path[256];
	int fd;

	if (!cgroup)
		absent(NULL, "no cgroup of the user's was named");
	snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		broken(path);
	return fd;
}

/* ---- the supervisor ---------------------------------------------------------------------- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Makes the line an input and gives it back, as soon as nobody has it. */
static void reset(int line)
{
	for (int i = 0; i < 1000; i++) {
		int fd = gpio_request_lines(chip, line, 1, GPIO_V2_LINE_FLAG_INPUT);

		if (fd >= 0) {
			close(fd);
			return;
		}
		usleep(1000);
	}
	snprintf(tally->broken, sizeof(tally->broken), "line %d is not given back", line);
}

/* @files: the names, with commas between them, which are taken out. */
static void open_values(char *files)
{
	char *file;

	for (int line = 0; line < 3; line++) {
		file = strsep(&files, ",");
		values[line] = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
		if (values[line] < 0) {
			fprintf(stderr, "attack: --values: no level of line %d: %s\n", line,
				file ? strerror(errno) : "three files are needed");
			exit(USAGE);
		}
	}
}

static bool has_v1(void)
{
	int fd = gpio_request_handle(chip, ALLOWED, 0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* The attacker: its own process group, and nothing of root's but what is open. */
static void attacker(void)
{
	setpgid(0, 0);
	if (cgroup && dprintf(open_cgroup("cgroup.procs"), "0") < 0)
		broken("the attacker cannot enter its cgroup");
	if (setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user))
		broken("the attacker cannot become the user");
	/* Giving up root made it undumpable: others of the user could not even ask for it. */
	if (prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		broken("prctl");
	if (!request_allowed(change))
		_exit(QUARANTINED);
	make_argument(&flip, change, writer);
	writer->run(&flip);
	broken("the attack ended");
}

static pid_t start_attacker(void)
{
	pid_t pid = fork();

	if (!pid)
		attacker();
	setpgid(pid, pid);
	return pid;
}

static void end_attacker(pid_t pid)
{
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void lift_quarantine(void)
{
	if (pardon && !system(pardon))
		return;
	snprintf(tally->broken, sizeof(tally->broken), "an allowed request is refused");
}

/*
 * The attacker was killed in an attempt (did the line move all the same?), or it met the
 * quarantine that an attack has left which ended too soon to know of its success.
 */
static pid_t succeed(pid_t pid, int status)
{
	double start = now();

	end_attacker(pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		tally->killed++;
		tally->wins += look(change, false);
		reset(change->target);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == QUARANTINED) {
		lift_quarantine();
	} else if (!*tally->absent && !*tally->broken) {
		snprintf(tally->broken, sizeof(tally->broken),
			 "the attacker ended with wait status 0x%x", status);
	}
	deadline += now() - start;
	return start_attacker();
}

static void answer(void)
{
	struct pollfd asked = {.fd = requests[0], .events = POLLIN};
	char byte;

	if (poll(&asked, 1, 2) == 1 && read(requests[0], &byte, 1) == 1) {
		reset(change->target);
		if (write(replies[1], &byte, 1) != 1)
			broken("the attacker cannot be answered");
	}
}

/* Lets it end the attempt it is in, and then ends it; was it killed for that attempt? */
static bool stop_attacker(pid_t pid)
{
	double limit = now() + patience;
	bool ended = false;
	int status = 0;

	tally->stop = true;
	while (!ended && !*(volatile bool *)&tally->stopped && now() < limit) {
		answer();
		ended = waitpid(pid, &status, WNOHANG) == pid;
	}
	end_attacker(pid);
	return ended && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void supervise(void)
{
	pid_t pid = start_attacker();
	int status;

	deadline = now() + seconds;
	while (now() < deadline + (tally->attempts < least_attempts ? patience : 0) &&
	       tally->attempts < max_attempts &&
	       (writer->bystander ? tally->caught : tally->wins) < max_wins && !*tally->absent &&
	       !*tally->broken) {
		answer();
		if (waitpid(pid, &status, WNOHANG) == pid)
			pid = succeed(pid, status);
	}
	tally->killed += stop_attacker(pid);
	tally->wins += look(change, false);
	reset(change->target);
}

static int report(const char *name, double took)
{
	printf("attack=%s attempts=%lu allowed=%lu refused=%lu failed=%lu error=%d wins=%lu "
	       "descriptors=%lu taken=%lu driven=%lu valued=%lu caught=%lu killed=%lu "
	       "seconds=%.1f",
	       name, tally->attempts, tally->allowed, tally->refused, tally->failed, tally->error,
	       tally->wins, tally->descriptors, tally->taken, tally->driven, tally->valued,
	       tally->caught, tally->killed, took);
	if (*tally->absent)
		printf(" lacks=%s absent=\"%s\"", tally->lacks, tally->absent);
	if (*tally->broken)
		printf(" broken=\"%s\"", tally->broken);
	putchar('\n');
	return *tally->absent ? ABSENT : *tally->broken ? BROKEN : MADE;
}

/* ---- the command line -------------------------------------------------------------------- */

static void usage(const char *what)
{
	fprintf(stderr, "attack: %s? The head of attack.c tells how it is called.\n", what);
	exit(USAGE);
}

static const char *parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"chip", required_argument, NULL, 'c'},
		{"user", required_argument, NULL, 'u'},
		{"seconds", required_argument, NULL, 's'},
		{"least", required_argument, NULL, 'l'},
		{"attempts", required_argument, NULL, 'a'},
		{"wins", required_argument, NULL, 'w'},
		{"disk", required_argument, NULL, 'd'},
		{"cgroup", required_argument, NULL, 'g'},
		{"values", required_argument, NULL, 'v'},
		{"pardon", required_argument, NULL, 'p'},
		{"list", no_argument, NULL, 'L'},
		{0},
	};
	const char *slash;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			chip_path = optarg;
			break;
		case 'u':
			user = atoi(optarg);
			break;
		case 's':
			seconds = atof(optarg);
			break;
		case 'l':
			least_attempts = strtoul(optarg, NULL, 10);
			break;
		case 'a':
			max_attempts = strtoul(optarg, NULL, 10);
			break;
		case 'w':
			max_wins = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			disk = optarg;
			break;
		case 'g':
			cgroup = optarg;
			break;
		case 'v':
			open_values(optarg);
			break;
		case 'p':
			pardon = optarg;
			break;
		case 'L':
			list_attacks();
			exit(MADE);
		default:
			exit(USAGE);
		}
	}
	if (optind + 1 != argc || !(slash = strchr(argv[optind], '/')))
		usage("CHANGE/WRITER");
	change = find_change(argv[optind], slash - argv[optind]);
	writer = find_writer(slash + 1);
	if (!change || !writer)
		usage(argv[optind]);
	return argv[optind];
}

int main(int argc, char **argv)
{
	const char *name = parse(argc, argv);
	double start = now();

	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	chip = open(chip_path, O_RDWR | O_CLOEXEC);
	if (chip < 0 || tally == MAP_FAILED || pipe(requests) || pipe(replies) ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1)) {
		fprintf(stderr, "attack: cannot start with %s: %s\n", chip_path, strerror(errno));
		return BROKEN;
	}
	reset(change->target);
	if (change->v1 && !has_v1())
		set_absent("v1", "the kernel has no v1 uAPI");
	else
		supervise();
	return report(name, now() - start);
}
