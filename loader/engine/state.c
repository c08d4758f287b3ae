// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state of the programs while they run, by its pins: quarantine, overflow, counters, the
 * audit's rings, and the iterators.
 */
#include "loader/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "gpio_acl.skel.h"
#include "loader/engine/kernel.h"
#include "loader/util/message.h"

int engine_quarantine(void (*each)(uint32_t uid, uint64_t since, void *ctx), void *ctx)
{
	int fd = pins_open_map("quarantine");
	__u32 uid, *previous = NULL;
	__u64 since;

	if (fd < 0) {
		msg_error("cannot open " MAPS_DIR "/quarantine: %s", strerror(errno));
		return -1;
	}
	while (!bpf_map_get_next_key(fd, previous, &uid)) {
		if (!bpf_map_lookup_elem(fd, &uid, &since))
			each(uid, since, ctx);
		previous = &uid;
	}
	close(fd);
	return 0;
}

int engine_pardon(uint32_t uid)
{
	int fd = pins_open_map("quarantine");
	int err = fd < 0 ? -1 : bpf_map_delete_elem(fd, &uid);

	if (err && errno == ENOENT && fd >= 0)
		err = 1;
	else if (err)
		msg_error("cannot write " MAPS_DIR "/quarantine: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * Maps the flags into memory: an update of the whole value could overwrite a flag that a program
 * sets at that moment. NULL after a message.
 */
static struct gpio_acl_bpf__data_overflow *map_overflow(void)
{
	int fd = pins_open_map("overflow");
	void *full = fd < 0 ? MAP_FAILED
			    : mmap(NULL, sizeof(struct gpio_acl_bpf__data_overflow),
				   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (full == MAP_FAILED)
		msg_error("cannot map " MAPS_DIR "/overflow: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return full == MAP_FAILED ? NULL : full;
}

int engine_full(struct engine_full *full)
{
	struct gpio_acl_bpf__data_overflow *data = map_overflow();

	if (!data)
		return -1;
	full->quarantine = data->overflow.quarantine;
	munmap(data, sizeof(*data));
	return 0;
}

int engine_pardon_rest(void)
{
	struct gpio_acl_bpf__data_overflow *data = map_overflow();

	if (!data)
		return -1;
	data->overflow.quarantine = false;
	munmap(data, sizeof(*data));
	return 0;
}

int engine_counters(uint64_t counters[GPIO_ACL_NUM_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus();
	int fd = pins_open_map("counters");
	uint64_t *values = cpus > 0 ? calloc(cpus, sizeof(*values)) : NULL;
	int err = fd < 0 || !values ? -1 : 0;

	for (__u32 i = 0; !err && i < GPIO_ACL_NUM_COUNTERS; i++) {
		err = bpf_map_lookup_elem(fd, &i, values);
		counters[i] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			counters[i] += values[cpu];
	}
	if (err)
		msg_error("cannot read " MAPS_DIR "/counters: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	free(values);
	return err;
}

int engine_audit_ring(enum engine_ring ring)
{
	static const char *const names[] = {[RING_RACES] = "races", [RING_REFUSALS] = "audit"};
	int fd = pins_open_map(names[ring]);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		msg_must_be_root();
	else if (errno == ENOENT)
		msg_error("no policy is loaded, so nothing is refused; load one: gpio-acl load");
	else
		msg_error("cannot open " MAPS_DIR "/%s: %s", names[ring], strerror(errno));
	return -1;
}

/* Opens a pinned iterator: reading it runs it. NULL with errno; ENOENT: nothing is loaded. */
static FILE *read_iterator(const char *name)
{
	char links[NAME_LEN], path[PATH_LEN];

	errno = ENOENT;
	if (!pins_find_links(LINKS, links, sizeof(links)))
		return NULL;
	snprintf(path, sizeof(path), PIN_DIR "/%s/%s", links, name);
	return fopen(path, "re");
}

int engine_left_out(void (*each)(const struct gpio_acl_left_out *left_out, void *ctx), void *ctx)
{
	struct gpio_acl_left_out left_out;
	FILE *stream = read_iterator(LEFT_OUT);
	int failed;

	while (stream && fread(&left_out, sizeof(left_out), 1, stream) == 1)
		each(&left_out, ctx);
	/* ENOENT: unloaded, so that nothing is left out. */
	failed = stream ? ferror(stream) : errno != ENOENT;
	if (failed)
		msg_error("cannot read whose audit records were left out: %s", strerror(errno));
	if (stream)
		fclose(stream);
	return failed ? -1 : 0;
}

/* Reads one record. 1; 0 at the end of the stream; -1 if it is cut short or not a record. */
static int read_record(FILE *stream, struct gpio_acl_record *record)
{
	size_t head = GPIO_ACL_RECORD_SIZE(0), lines;

	memset(record, 0, sizeof(*record));
	if (fread(record, head, 1, stream) != 1)
		return ferror(stream) ? -1 : 0;
	if (record->num_lines > GPIO_ACL_MAX_LINES)
		return -1;
	lines = record->num_lines;
	return fread(record->lines, sizeof(*record->lines), lines, stream) == lines ? 1 : -1;
}

int engine_held(void (*each)(const struct gpio_acl_record *record, void *ctx), void *ctx)
{
	FILE *stream = read_iterator(HELD);
	struct gpio_acl_record record;
	int more = -1;

	while (stream && (more = read_record(stream, &record)) > 0)
		each(&record, ctx);
	if (stream)
		fclose(stream);
	if (more)
		msg_error("cannot read which lines are held now: %s", strerror(errno));
	return more;
}
