// SPDX-License-Identifier: GPL-2.0-or-later
/* Can this kernel enforce a policy, hook by hook? */
#include <errno.h>
#include <string.h>

#include "loader/doctor.h"
#include "loader/engine.h"
#include "loader/kernel.h"
#include "loader/memory.h"

#define RUN_AS_ROOT "run this with sudo to see"

static char *copy(const char *text)
{
	return memory(strdup(text));
}

static void ask(struct doctor *doctor, enum kernel_need need)
{
	static const struct {
		const char *check, *met;
	} needs[] = {
		[KERNEL_BTF] = {"btf", "the kernel tells of its types (BTF)"},
		[KERNEL_LSM] = {"lsm", "the BPF LSM is active"},
		[KERNEL_LOCKDOWN] = {"lockdown", "no lockdown keeps BPF programs from reading"},
		[KERNEL_BPFFS] = {"bpffs", BPFFS " is mounted, and only root may write it"},
		[KERNEL_SYMBOLS] = {"symbols", "the kernel tells where its GPIO files are"},
	};
	const char *check = needs[need].check;
	struct kernel_fault fault;

	switch (kernel_meets(need, doctor->root, &fault)) {
	case KERNEL_MET:
		doctor_add(doctor, DOCTOR_OK, check, copy(needs[need].met), NULL);
		break;
	case KERNEL_NOT_MET:
		doctor_add(doctor, DOCTOR_PROBLEM, check, copy(fault.what), copy(fault.remedy));
		break;
	case KERNEL_NOT_TOLD:
		doctor_add(doctor, DOCTOR_NOT_TOLD, check, copy(fault.what), copy(RUN_AS_ROOT));
		break;
	}
}

void doctor_kernel(struct doctor *doctor)
{
	for (enum kernel_need need = 0; need < NUM_KERNEL_NEEDS; need++)
		ask(doctor, need);
}

/* ---- hooks ---------------------------------------------------------------------------- */

static void add_hook(const char *name, enum engine_trial trial, int err, void *ctx)
{
	struct doctor *doctor = ctx;

	switch (trial) {
	case TRIAL_ATTACHED:
		doctor_add(doctor, DOCTOR_OK, "hook", doctor_text("%s can be attached", name),
			   NULL);
		break;
	case TRIAL_NOT_NEEDED:
		doctor_add(doctor, DOCTOR_OK, "hook",
			   doctor_text("%s is not needed with this kernel", name), NULL);
		break;
	case TRIAL_NOT_LOADED:
	case TRIAL_NOT_ATTACHED:
		doctor_add(doctor, DOCTOR_PROBLEM, "hook",
			   doctor_text("%s cannot be %s: %s", name,
				       trial == TRIAL_NOT_LOADED ? "loaded" : "attached",
				       strerror(err)),
			   copy("boot a stock Debian kernel: 6.1 or later on amd64, 6.12 or later "
				"on arm64"));
		break;
	}
}

static void show_hook(struct doctor *doctor, const struct engine_hook *hook)
{
	if (hook->attached)
		doctor_add(doctor, DOCTOR_OK, "hook", doctor_text("%s is at work", hook->name),
			   NULL);
	else if (!hook->needed)
		doctor_add(doctor, DOCTOR_OK, "hook",
			   doctor_text("%s is not needed now", hook->name), NULL);
	else
		doctor_add(doctor, DOCTOR_PROBLEM, "hook",
			   doctor_text("%s is not at work", hook->name),
			   copy(hook->optional ? "end enforcement, and load the policy again: "
						 "gpio-acl unload && gpio-acl load"
					       : "load the policy again: gpio-acl load"));
}

/* Attached while none is at work, they have no policy to judge by and let everything pass. */
bool doctor_hooks(struct doctor *doctor)
{
	const struct engine_hook *hooks;
	size_t num = engine_hooks(&hooks);
	bool at_work = false;

	for (size_t i = 0; i < num; i++)
		at_work |= hooks[i].attached;
	for (size_t i = 0; at_work && i < num; i++)
		show_hook(doctor, &hooks[i]);
	if (!at_work)
		engine_try_hooks(add_hook, doctor);
	return at_work;
}
