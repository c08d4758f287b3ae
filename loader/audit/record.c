// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See record.h. Which bytes are a record, and what its numbers are called; how a record is printed
 * is in record_text.c and record_json.c.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gpio-acl/ioctls.h"
#include "loader/audit/record_internal.h"
#include "loader/machine/machine.h"
#include "loader/util/memory.h"

#define CGROUP "/sys/fs/cgroup"

const struct record_reason record_reasons[GPIO_ACL_NUM_REASONS] = {
#define X(name, word, text, hint) {word, text, hint},
	GPIO_ACL_REASONS(X)
#undef X
};

const char *const record_kinds[GPIO_ACL_NUM_KINDS] = {
#define X(name, word) word,
	GPIO_ACL_KINDS(X)
#undef X
};

static const struct {
	uint32_t number;
	const char *word;
} commands[] = {{0, "receive descriptor"},
#define X(file, command, action, word) {command, word},
		GPIO_ACL_IOCTLS(X)
#undef X
};

/* ---- this machine --------------------------------------------------------------------- */

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * RECORD_SECOND + time.tv_nsec;
}

static int64_t boot_time(void)
{
	return now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
}

/* A cgroup's id is its file handle. NULL: it is gone, or this process may not open it. */
static char *cgroup_path(uint64_t id)
{
	struct {
		struct file_handle handle;
		uint64_t id;
	} file = {{.handle_bytes = sizeof(id), .handle_type = 0xfe /* FILEID_KERNFS */}, id};
	int root = open(CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = root < 0 ? -1 : open_by_handle_at(root, &file.handle, O_PATH | O_CLOEXEC);
	char link[32], path[PATH_MAX];
	ssize_t size = -1;

	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		size = readlink(link, path, sizeof(path) - 1);
		close(fd);
	}
	if (root >= 0)
		close(root);
	path[size < 0 ? 0 : size] = '\0';
	if (!strcmp(path, CGROUP))
		return memory(strdup("/"));
	if (strncmp(path, CGROUP "/", strlen(CGROUP "/")))
		return NULL;
	return memory(strdup(path + strlen(CGROUP)));
}

static const struct record_view here = {boot_time, machine_user_name, machine_group_name,
					cgroup_path};

/* ---- records -------------------------------------------------------------------------- */

bool record_is_valid(const void *data, size_t size)
{
	struct gpio_acl_record record;

	if (size < GPIO_ACL_RECORD_SIZE(0) || size > sizeof(record))
		return false;
	memcpy(&record, data, size);
	if (record.reason == GPIO_ACL_COUNTER_LEFT_OUT)
		return size == GPIO_ACL_RECORD_SIZE(0) && record.kind < GPIO_ACL_NUM_KINDS;
	return size == GPIO_ACL_RECORD_SIZE(record.num_lines) && /* so they are no more than 64 */
	       record.reason != GPIO_ACL_REASON_ALLOWED && record.reason < GPIO_ACL_NUM_REASONS &&
	       record.passed <= 1;
}

bool record_is_taken(const struct gpio_acl_record *record)
{
	return record->reason == GPIO_ACL_REASON_RACE || record->reason == GPIO_ACL_REASON_BYPASS;
}

const char *record_command_word(const struct gpio_acl_record *record)
{
	uint32_t number = record->command;

	if (!number && record_is_taken(record))
		return "no GPIO ioctl";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].number == number)
			return commands[i].word;
	return "unknown command";
}

void record_print(FILE *out, const struct gpio_acl_record *record, const struct record_view *view,
		  bool json)
{
	view = view ? view : &here;
	(json ? record_print_json : record_print_text)(out, record, view);
}
