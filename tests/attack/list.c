// SPDX-License-Identifier: GPL-2.0-or-later
/* The attacks that are run: pairs of a change and a writer, each found by its name. */
#include <stdio.h>
#include <string.h>

#include "attack.h"

/*
 * Every change by a thread, and the plainest change by every writer; and why an attack cannot win
 * against any kernel that it runs on here. An argument lies across two pages: offset/shared-mapping
 * shares the first of them, direction/shared-mapping the second.
 */
static const struct {
	const char *name, *why_not;
} attacks[] = {
	{"offset/thread", NULL},
	{"count/thread", NULL},
	{"direction/thread", NULL},
	{"attribute/thread", NULL},
	{"attribute-mask/thread", NULL},
	{"config/thread", NULL},
	{"v1-handle/thread", NULL},
	{"v1-config/thread", NULL},
	{"v1-event/thread", NULL},
	{"offset/fork-copy-on-write", NULL},
	{"offset/preempted-programs", NULL},
	{"offset/clone-vm-process", NULL},
	{"config/clone-vm-process", NULL},
	{"offset/vfork-parent-thread", NULL},
	{"offset/shared-mapping", NULL},
	{"direction/shared-mapping", NULL},
	{"offset/private-file-mapping", NULL},
	{"offset/shared-file-mapping", NULL},
	{"offset/process-vm-writev", NULL},
	{"config/process-vm-writev", NULL},
	{"offset/proc-mem-by-child", NULL},
	{"offset/own-proc-mem-by-parent", NULL},
	{"offset/ptrace-pokedata",
	 "POKEDATA takes a stopped process, and none stops between check and use"},
	{"offset/tracer-vm-writev", NULL},
	{"offset/exiting-vfork-child", NULL},
	{"offset/exiting-thread", NULL},
	{"offset/fd-table-bystander", NULL},
	{"offset/uring-worker", NULL},
	{"offset/uring-sqpoll", NULL},
	{"offset/uring-fixed-buffer", NULL},
	{"offset/uring-of-parent", NULL},
	{"offset/uring-o-direct", NULL},
	{"offset/aio", NULL},
	{"offset/fuse-server-copy", NULL},
	{"offset/fuse-server-copy-bystander", NULL},
	{"offset/fuse-direct-read", NULL},
	{"offset/fuse-direct-read-bystander", NULL},
	{"offset/madv-dontneed", NULL},
	{"offset/process-madvise", NULL},
	{"offset/process-madvise-of-other",
	 "process_madvise of another process takes CAP_SYS_NICE"},
	{"offset/madv-free", NULL},
	{"offset/droppable", NULL},
	{"offset/cgroup-reclaim", NULL},
	{"offset/fork-after-madv-free", NULL},
	{"offset/mremap", NULL},
	{"offset/userfaultfd", NULL},
	{"offset/userfaultfd-proc-mem", NULL},
	{"offset/userfaultfd-user-mode",
	 "without privilege the kernel's own access to the page fails instead of waiting"},
};

const struct writer *find_writer(const char *name)
{
	const struct writer *lists[] = {sharing_writers, process_writers, io_writers, page_writers,
					fuse_writers};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct writer *w = lists[i]; w->name; w++)
			if (!strcmp(w->name, name))
				return w;
	return NULL;
}

const struct change *find_change(const char *name, size_t length)
{
	for (const struct change *c = changes; c->name; c++)
		if (strlen(c->name) == length && !strncmp(c->name, name, length))
			return c;
	return NULL;
}

void list_attacks(void)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++)
		printf("%s\t%s\n", attacks[i].name, attacks[i].why_not ? attacks[i].why_not : "");
}
