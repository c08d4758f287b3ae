// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gpio-acl watch: follows chips and accounts that come and go, and updates the policy in force and
 * the published aggregates. It reads the policy from the kernel, never from the policy's file.
 *
 * Enforcement needs it only for open names and subordinate uids: the kernel itself knows chips by
 * their labels and devices.
 *
 * udev reports chips, inotify reports changes of the files in /etc. Nothing reports accounts of
 * other databases (LDAP), a file of subordinate uids that is a link, or a /var that is mounted late
 * with the last policy on it (`load --boot`): these are polled every POLL_MS.
 *
 * It holds the lock of load and unload while it works. So what it puts in force is always the
 * policy that was in force, with more of its names known, and the aggregates that it publishes are
 * of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <libudev.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "loader/aggregates/write.h"
#include "loader/cli.h"
#include "loader/engine/engine.h"
#include "loader/input/input.h"
#include "loader/input/last.h"
#include "loader/machine/machine.h"
#include "loader/util/memory.h"

/* Events come in bursts. A burst ends after QUIET_MS without an event, or after BURST_MS. */
#define QUIET_MS 100
#define BURST_MS 1000

#define POLL_MS 30000

/* ---- what is done about a change ------------------------------------------------------ */

struct swap {
	const struct policy *policy;
	const struct image *image;
	size_t num_names;
	bool subuids; /* the subordinate uids have changed */
};

static int swap_in(const struct swap *swap)
{
	uint64_t generation;

	if (engine_replace(swap->image, &generation))
		return -1;
	if (swap->subuids)
		msg_info("%s: in force as generation %" PRIu64 ": subordinate uids have changed",
			 swap->policy->file, generation);
	else if (swap->num_names)
		msg_info("%s: in force as generation %" PRIu64
			 ": found %zu more of its accounts and "
			 "line names",
			 swap->policy->file, generation, swap->num_names);
	else
		msg_info(
			"%s, the last policy that was in force, is in force as generation %" PRIu64,
			swap->policy->file, generation);
	return 0;
}

/* Puts the image in force, if there is one, and publishes: how many maps are new, or -1. */
static int swap_and_publish(const struct swap *swap, const struct machine *machine)
{
	struct publication publication = {.base = RUN_DIR};

	if (aggregates_prepare(&publication, swap->policy, machine))
		return -1;
	if (!swap->image || !swap_in(swap))
		return aggregates_commit(&publication);
	aggregates_abort(&publication);
	return -1;
}

/* What follow() saw: tells wait_for_change() what to poll, as no event reports it. */
struct seen {
	uint64_t generation;
	bool polls; /* an account or an owner is open, or the last policy could not be read */
	struct stat subuid;
};

/* All zeros if there is no such file. */
static void stat_subuid(struct stat *file)
{
	if (stat(MACHINE_SUBUID, file))
		memset(file, 0, sizeof(*file));
}

static bool subuid_changed(const struct stat *before)
{
	struct stat file;

	stat_subuid(&file);
	return file.st_dev != before->st_dev || file.st_ino != before->st_ino ||
	       file.st_size != before->st_size || file.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	       file.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

static bool has_open_account(const struct policy *policy)
{
	for (size_t i = 0; i < policy->num_rules; i++)
		if (policy->rules[i].account)
			return true;
	return false;
}

/* At boot neither the policy nor the last one could be loaded: the last one may be readable now. */
static int follow_closed(const struct machine *machine)
{
	struct diag *diag = diag_new();
	struct policy *last = last_read(diag);
	struct swap swap = {.policy = last};
	struct image *image = last ? policy_compile(last, diag) : NULL;
	int published = 0;

	swap.image = image;
	if (image)
		published = swap_and_publish(&swap, machine);
	image_free(image);
	policy_free(last);
	diag_free(diag);
	return published < 0 ? -1 : 0;
}

/* Keeps a copy for the next boot, as load does. Warns only when the error is a new one. */
static void keep(const struct policy *policy)
{
	static int warned;
	struct last last = {.folder = LAST_DIR};
	int err;

	last_prepare(&last, policy);
	err = last_commit(&last);
	if (err != warned)
		last_warn(policy, err);
	warned = err;
}

/* Looks for open names, puts the policy in force if it found any, publishes. 0, or -1 after a
 * message. */
static int follow_policy(struct policy *policy, struct diag *diag)
{
	struct swap swap = {.policy = policy};
	struct image *image = NULL;
	struct machine machine;
	int published = 0;

	machine_read(&machine);
	if (policy->origin == POLICY_CLOSED) {
		published = follow_closed(&machine);
		machine_free(&machine);
		return published;
	}
	swap.num_names = policy_resolve_late(policy, &machine, diag);
	swap.subuids = policy_read_subuids(policy, &machine, diag) > 0;
	if (swap.num_names || swap.subuids)
		swap.image = image = policy_compile(policy, diag);
	if (image || !(swap.num_names || swap.subuids))
		published = swap_and_publish(&swap, &machine);
	if (published > 0)
		msg_info("chips have changed: %d of the published aggregates are new", published);
	image_free(image);
	machine_free(&machine);
	return published < 0 ? -1 : 0;
}

static int follow_image(struct diag *diag, struct seen *seen)
{
	struct image *image;
	struct policy *policy = input_read_loaded(&image, diag);
	int err = policy ? follow_policy(policy, diag) : 0;

	seen->polls = policy && (has_open_account(policy) || policy_waits_for_owner(policy) ||
				 policy->origin == POLICY_CLOSED);
	/* not a permissive one: --permissive is for one load alone */
	if (policy && !err && policy->origin != POLICY_CLOSED &&
	    !(policy->flags & GPIO_ACL_FLAG_PERMISSIVE))
		keep(policy);
	policy_free(policy);
	image_free(image);
	return image ? err : -1;
}

/* Prints the warnings about the policy and these chips, unless they were printed last. */
static void print_new(struct diag *diag)
{
	static struct diag *printed;

	if (!printed || !diag_same(printed, diag))
		diag_print(diag, stderr, use_colour(stderr));
	diag_free(printed);
	printed = diag;
}

/* 0: what is published belongs to the policy in force, if there is one; -1 after a message. */
static int follow(struct seen *seen)
{
	int locked = engine_lock(), err;
	struct diag *diag;

	if (locked < 0)
		return -1;
	diag = diag_new();
	*seen = (struct seen){0};
	stat_subuid(&seen->subuid);
	err = engine_loaded();
	if (err > 0)
		err = follow_image(diag, seen);
	seen->generation = engine_generation();
	close(locked);
	print_new(diag);
	return err;
}

/* ---- events --------------------------------------------------------------------------- */

/*
 * Events of udev, not of the kernel: they come when the rules have been applied, and a program that
 * finds a chip in an aggregate can open it. The monitor is never freed.
 */
static struct udev_monitor *listen_to_udev(void)
{
	struct udev *udev = memory(udev_new());
	struct udev_monitor *monitor = udev_monitor_new_from_netlink(udev, "udev");

	if (monitor &&
	    udev_monitor_filter_add_match_subsystem_devtype(monitor, "gpio", NULL) >= 0 &&
	    udev_monitor_enable_receiving(monitor) >= 0)
		return monitor;
	msg_error("cannot listen to udev: %s", strerror(errno));
	return NULL;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/*
 * Watches the folder, as editors of accounts rename a new file over the old one. -1 after a
 * warning: then accounts are only polled.
 */
static int listen_to_accounts(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd >= 0 && inotify_add_watch(fd, "/etc", IN_CLOSE_WRITE | IN_MOVED_TO) >= 0)
		return fd;
	msg_warn("cannot watch /etc: %s; looking for new accounts every %d s instead",
		 strerror(errno), POLL_MS / 1000);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Reads all events. Is one of them about accounts, or were some lost (which have no name)? */
static bool drop_file_events(int accounts)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	bool relevant = false;
	ssize_t size;

	while ((size = read(accounts, events, sizeof(events))) > 0) {
		for (char *at = events; at < events + size; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)at;
			relevant |= !event->len || !strcmp(event->name, "passwd") ||
				    !strcmp(event->name, "group") || !strcmp(event->name, "subuid");
		}
	}
	return relevant;
}

/* Reads all events. It does not matter which chips they are about, or if some were lost. */
static bool drop_chip_events(struct udev_monitor *monitor)
{
	struct udev_device *device;

	while ((device = udev_monitor_receive_device(monitor)))
		udev_device_unref(device);
	return true;
}

enum { CHIPS, ACCOUNTS, NUM_SOURCES };

/* Returns after a burst of events, or when polling finds a change; -1 after a message. */
static int wait_for_change(struct udev_monitor *monitor, int accounts, const struct seen *seen)
{
	struct pollfd events[NUM_SOURCES] = {
		[CHIPS] = {.fd = udev_monitor_get_fd(monitor), .events = POLLIN},
		[ACCOUNTS] = {.fd = accounts, .events = POLLIN},
	};
	uint64_t end = now() + POLL_MS;
	bool relevant = false;
	int num;

	do {
		uint64_t at = now(), left = end > at ? end - at : 0;

		num = poll(events, NUM_SOURCES, relevant && left > QUIET_MS ? QUIET_MS : left);
		if ((events[CHIPS].revents && drop_chip_events(monitor)) ||
		    (events[ACCOUNTS].revents && drop_file_events(accounts))) {
			end = relevant ? end : at + BURST_MS;
			relevant = true;
		}
		if (relevant && (!num || now() >= end))
			return 0;
		if (!relevant && now() >= end) {
			if (seen->polls || subuid_changed(&seen->subuid) ||
			    engine_generation() != seen->generation)
				return 0;
			end = now() + POLL_MS;
		}
	} while (num >= 0);
	msg_error("cannot wait for events: %s", strerror(errno));
	return -1;
}

/* At any point: everything that this process does can be interrupted, by SIGKILL too. */
static void end_watch(int signal)
{
	(void)signal;
	_exit(EXIT_DONE);
}

static enum exit_code run(const void *config, int argc, char **argv)
{
	static const struct sigaction action = {.sa_handler = end_watch};
	struct udev_monitor *monitor;
	struct seen seen;
	int accounts;

	(void)config;
	(void)argc;
	(void)argv;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	monitor = listen_to_udev();
	accounts = monitor ? listen_to_accounts() : -1;
	while (monitor && !follow(&seen) && !wait_for_change(monitor, accounts, &seen))
		;
	return EXIT_REFUSED;
}

const struct command cmd_watch = {
	.name = "watch",
	.summary = "follow chips and accounts that come and go",
	.synopsis = "",
	.help = "Follow GPIO chips that come and go, and update the published aggregates. Find "
		"open names, which meant nothing when the policy was loaded (line names, also "
		"of "
		"chips that were absent, and accounts), and load the policy again with the rules "
		"on them. Follow changes of /etc/subuid. It runs until it is stopped and logs to "
		"standard error; the unit gpio-acl-watch.service runs it. Without it open names "
		"stay refused, and new subordinate uids are known only after the next load.",
	.exits = {[EXIT_DONE] = "interrupted", [EXIT_REFUSED] = "failed"},
	.example = "systemctl enable --now gpio-acl-watch",
	.flags = CMD_ROOT,
	.run = run,
};
