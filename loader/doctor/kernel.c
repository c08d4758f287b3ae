// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of the kernel: what enforcement needs of it, which settings weaken it, and each hook. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/doctor/doctor.h"
#include "loader/engine/engine.h"
#include "loader/engine/kernel.h"
#include "loader/util/memory.h"

static char *copy(const char *text)
{
	return memory(strdup(text));
}

/* Adds a finding. False: the need is not met. */
static bool check_need(struct doctor *doctor, enum kernel_need need)
{
	static const struct {
		const char *check, *met;
	} needs[] = {
		[KERNEL_BTF] = {"btf", "the kernel has type information (BTF)"},
		[KERNEL_LSM] = {"lsm", "the BPF LSM is active"},
		[KERNEL_LOCKDOWN] = {"lockdown", "lockdown lets BPF programs read kernel memory"},
		[KERNEL_JIT] = {"jit", "the kernel compiles BPF programs (JIT)"},
		[KERNEL_FTRACE] = {"ftrace", "the kernel calls BPF programs from its functions"},
		[KERNEL_KPROBES] = {"kprobes", "the kernel runs kprobes"},
		[KERNEL_BPFFS] = {"bpffs", BPFFS " is mounted, and only root may write it"},
		[KERNEL_SYMBOLS] = {"symbols",
				    "the kernel shows the addresses of its GPIO functions"},
	};
	const char *check = needs[need].check;
	struct kernel_fault fault;

	enum kernel_answer answer = kernel_meets(need, doctor->root, &fault);

	switch (answer) {
	case KERNEL_MET:
		doctor_add(doctor, DOCTOR_OK, check, copy(needs[need].met), NULL);
		break;
	case KERNEL_NOT_MET:
		doctor_add(doctor, DOCTOR_PROBLEM, check, copy(fault.what), copy(fault.remedy));
		break;
	case KERNEL_UNKNOWN:
		doctor_add(doctor, DOCTOR_UNKNOWN, check, copy(fault.what), copy(DOCTOR_AS_ROOT));
		break;
	}
	return answer != KERNEL_NOT_MET;
}

/*
 * While a map is accessed by bpf(2), the kernel keeps bpf_prog_active of that processor raised
 * (bpf_disable_instrumentation()) and skips each kprobe program there (trace_call_bpf()): ours
 * too, which compares the lines that the kernel takes with the request that was checked. A user can
 * do that only under this setting.
 */
static void add_unprivileged(struct doctor *doctor)
{
	static const char name[] = "kernel.unprivileged_bpf_disabled";
	char *path = doctor_text("%s/proc/sys/kernel/unprivileged_bpf_disabled", doctor->root);
	FILE *file = fopen(path, "re");
	int value = file ? fgetc(file) : EOF;

	if (value == '0')
		doctor_add(doctor, DOCTOR_WARNING, "bpf",
			   doctor_text("users may call bpf(2) (%s is 0): they can hold "
				       "bpf_prog_active, and then the kernel skips the program "
				       "that compares the lines that it takes with the request "
				       "that was checked",
				       name),
			   doctor_text("sysctl %s=2; to last: echo %s=2 "
				       ">/etc/sysctl.d/60-gpio-acl.conf",
				       name, name));
	else if (value != EOF)
		doctor_add(doctor, DOCTOR_OK, "bpf",
			   doctor_text("only root may call bpf(2) (%s is %c)", name, value), NULL);
	if (file)
		fclose(file);
	free(path);
}

bool doctor_kernel(struct doctor *doctor)
{
	bool met[NUM_KERNEL_NEEDS];

	for (enum kernel_need need = 0; need < NUM_KERNEL_NEEDS; need++)
		met[need] = check_need(doctor, need);
	add_unprivileged(doctor);
	return met[KERNEL_BTF] && met[KERNEL_LSM] && met[KERNEL_LOCKDOWN] && met[KERNEL_JIT] &&
	       met[KERNEL_FTRACE] && met[KERNEL_KPROBES];
}

/* ---- hooks ---------------------------------------------------------------------------- */

/* Hooks that fail for the same cause become one finding. */
struct failure {
	enum engine_trial trial;
	struct kernel_fault fault;
	char *hooks; /* "file_ioctl, file_receive" */
};

struct trial {
	struct doctor *doctor;
	struct failure *failures;
	size_t num;
};

static void add_failure(struct trial *of, const char *name, enum engine_trial trial,
			const struct kernel_fault *fault)
{
	for (size_t i = 0; i < of->num; i++) {
		struct failure *failure = &of->failures[i];
		char *hooks;

		if (failure->trial != trial || strcmp(failure->fault.what, fault->what) ||
		    strcmp(failure->fault.remedy, fault->remedy))
			continue;
		hooks = doctor_text("%s, %s", failure->hooks, name);
		free(failure->hooks);
		failure->hooks = hooks;
		return;
	}
	of->failures = memory(reallocarray(of->failures, of->num + 1, sizeof(*of->failures)));
	of->failures[of->num++] = (struct failure){trial, *fault, copy(name)};
}

static void add_hook(const char *name, enum engine_trial trial, const struct kernel_fault *fault,
		     void *ctx)
{
	struct trial *of = ctx;

	switch (trial) {
	case TRIAL_ATTACHED:
		doctor_add(of->doctor, DOCTOR_OK, "hook", doctor_text("%s can be attached", name),
			   NULL);
		break;
	case TRIAL_NOT_NEEDED:
		doctor_add(of->doctor, DOCTOR_OK, "hook",
			   doctor_text("%s is not needed with this kernel", name), NULL);
		break;
	case TRIAL_NOT_LOADED:
	case TRIAL_NOT_ATTACHED:
		add_failure(of, name, trial, fault);
		break;
	}
}

/* Attaches each hook for a moment. None is attached yet, so they have no policy and allow
 * everything. */
static void try_hooks(struct doctor *doctor)
{
	struct trial trial = {.doctor = doctor};

	engine_try_hooks(add_hook, &trial);
	for (size_t i = 0; i < trial.num; i++) {
		const struct failure *failure = &trial.failures[i];

		doctor_add(doctor, DOCTOR_PROBLEM, "hook",
			   doctor_text("%s cannot be %s: %s", failure->hooks,
				       failure->trial == TRIAL_NOT_LOADED ? "loaded" : "attached",
				       failure->fault.what),
			   copy(failure->fault.remedy));
		free(failure->hooks);
	}
	free(trial.failures);
}

/* For a hook that is attached but not run, doctor_kernel() added the cause. */
static void show_hook(struct doctor *doctor, const struct engine_hook *hook, bool runs)
{
	if (hook->attached && runs)
		doctor_add(doctor, DOCTOR_OK, "hook", doctor_text("%s is attached", hook->name),
			   NULL);
	else if (hook->attached)
		return;
	else if (!hook->needed)
		doctor_add(doctor, DOCTOR_OK, "hook",
			   doctor_text("%s is not needed now", hook->name), NULL);
	else
		doctor_add(doctor, DOCTOR_PROBLEM, "hook",
			   doctor_text("%s is not attached", hook->name),
			   copy(hook->optional ? "end enforcement, and load the policy again: "
						 "gpio-acl unload && gpio-acl load; then restart "
						 "all programs that ask for lines, which "
						 "are refused new ones until then (preexisting)"
					       : "load the policy again: gpio-acl load"));
}

bool doctor_hooks(struct doctor *doctor, bool can)
{
	const struct engine_hook *hooks;
	size_t num = engine_hooks(&hooks);
	struct kernel_fault fault;
	bool attached = false, runs = kernel_runs("", &fault) == KERNEL_MET;

	for (size_t i = 0; i < num; i++)
		attached |= hooks[i].attached;
	for (size_t i = 0; attached && i < num; i++)
		show_hook(doctor, &hooks[i], runs);
	if (!attached && can)
		try_hooks(doctor);
	return attached;
}
