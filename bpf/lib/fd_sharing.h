/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks that share a table of file descriptors, and requests of theirs whose memory is not private.
 */
#ifndef GPIO_ACL_FD_SHARING_H
#define GPIO_ACL_FD_SHARING_H

#include "bpf/lib/barrier.h"
#include "bpf/lib/memcheck.h"

/*
 * A request that raced ends with its process, and so does its descriptor, unless a process that
 * shares the table of descriptors lives on. So no waiver for who shares it, and no sharing while a
 * waived request is under way. Again each says first what it does, and then looks at the other.
 */
struct company {
	__u64 shares; /* enum gpio_acl_reason why others may have the descriptors; until execve() */
	__u64 waivers; /* requests under way, of any thread */
};

/* mm -> what the threads that use it have to know of each other. The loader says how many. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct company);
} companies SEC(".maps");

/* NULL: there was no room */
static struct company *find_company(__u64 mm)
{
	struct company new = {}, *company = bpf_map_lookup_elem(&companies, &mm);

	if (company)
		return company;
	bpf_map_update_elem(&companies, &mm, &new, BPF_NOEXIST);
	return bpf_map_lookup_elem(&companies, &mm);
}

/*
 * Where the program at the end of an ioctl was skipped, the task may have executed something since;
 * its memory of today can have the address of that one.
 */
static void end_waiver(struct scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct company *company;
	__u64 mm = scratch->waived;

	if (!mm)
		return;
	scratch->waived = 0;
	if (mm != (__u64)task->mm || scratch->exec_id != task->self_exec_id)
		return;
	company = bpf_map_lookup_elem(&companies, &mm);
	if (company)
		__sync_fetch_and_add(&company->waivers, -1);
}

/*
 * begin_waiver() - may the current task's request go without exclusive memory, as far as its
 * descriptor is concerned? If so, no process comes to share the descriptors before end_waiver().
 */
static enum gpio_acl_reason begin_waiver(struct scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct company *company = find_company((__u64)task->mm);

	if (!company)
		return GPIO_ACL_REASON_NOMEM;
	end_waiver(scratch);
	__sync_fetch_and_add(&company->waivers, 1);
	scratch->waived = (__u64)task->mm;
	scratch->exec_id = task->self_exec_id;
	__sync_lock_test_and_set(&barrier, 1);
	return is_born_sharing(own_origin(task), task) ? GPIO_ACL_REASON_DESCRIPTORS
						       : company->shares;
}

/*
 * share_descriptors() - the current task makes one that shares its descriptors: a thread, or else
 * another process, with the origin @born. False when it may not: there is no room to remember it,
 * or a waived request is under way.
 */
static bool share_descriptors(struct task_struct *task, struct origin *born, bool thread)
{
	struct company *company;

	if (thread && !is_born_sharing(own_origin(task), task))
		return true;
	company = find_company((__u64)task->mm);
	if (!company)
		return false;
	company->shares = GPIO_ACL_REASON_DESCRIPTORS;
	if (thread)
		return true;
	__sync_lock_test_and_set(&barrier, 1);
	if (!born || company->waivers)
		return false;
	born->shares = task->self_exec_id + 1;
	return true;
}

/* Whether memory that is older than the hooks has been in company cannot be told by its threads. */
static bool survey_descriptors(struct task_struct *task)
{
	struct files_struct *files = task->files;
	struct company *company;

	if (!files || files->count.counter == 1)
		return true;
	company = find_company((__u64)task->mm);
	if (company)
		company->shares = GPIO_ACL_REASON_PREEXISTING;
	return company;
}

#endif
