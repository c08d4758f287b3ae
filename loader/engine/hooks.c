// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hooks: which there are, which this kernel needs, and which are attached. The BPF object says
 * which there are: its programs, except the iterators. A section is called KIND/FUNCTION; libbpf
 * takes away the '?' of an optional one, and does not load the program unless told to.
 */
#include "loader/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "loader/util/memory.h"
#include "loader/util/message.h"

static struct engine_hook *hooks;
static size_t num_hooks;

static bool is_iterator(const char *section)
{
	return !strncmp(section, "iter/", strlen("iter/"));
}

static void add_hook(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);
	const char *section = bpf_program__section_name(program);

	if (is_iterator(section))
		return;
	hooks = memory(reallocarray(hooks, num_hooks + 1, sizeof(*hooks)));
	hooks[num_hooks++] = (struct engine_hook){
		.name = memory(strdup(name)),
		.function = memory(strdup(strchr(section, '/') + 1)),
		.optional = !bpf_program__autoload(program),
		.by_policy = !strcmp(name, FILE_ALLOC),
	};
}

/* Without the list of hooks no answer is safe: the command ends. */
static void read_object(void)
{
	struct bpf_object *object = programs_open();
	struct bpf_program *program;

	if (!object) {
		msg_error("cannot read the BPF object in this program: %s", strerror(errno));
		exit(EXIT_REFUSED);
	}
	bpf_object__for_each_program (program, object)
		add_hook(program);
	bpf_object__close(object);
}

size_t hooks_all(const struct engine_hook **list)
{
	if (!num_hooks)
		read_object();
	*list = hooks;
	return num_hooks;
}

/* ---- what a kernel needs -------------------------------------------------------------- */

/* Does this kernel have a function that a program can be attached to? */
static bool has_function(const struct btf *kernel, const char *name)
{
	return kernel && btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

/* bpf_cgrp_storage_get() and task storage that no other task keeps busy came both in 6.2. */
static bool is_before_6_2(const struct btf *kernel, const char *function)
{
	(void)function;
	return !has_function(kernel, "bpf_cgrp_storage_get");
}

/* From 6.13 on lines are driven by gpiod_direction_output_nonotify(), before by @function alone. */
static bool is_before_6_13(const struct btf *kernel, const char *function)
{
	(void)function;
	return !has_function(kernel, "gpiod_direction_output_nonotify");
}

/* With CONFIG_PREEMPT_RT. */
static bool is_rt(const struct btf *kernel, const char *function)
{
	return has_function(kernel, "rt_spin_lock") && has_function(kernel, function);
}

/*
 * What the object cannot say. Every other optional hook is needed where the kernel has the
 * function. is_before_6_13() does not ask for its own: on a kernel with neither function the load
 * must fail.
 */
static const struct {
	const char *name;
	bool (*is_needed)(const struct btf *kernel, const char *function);
} optional_hooks[] = {
	{"direction_output_before_6_13", is_before_6_13},
	{"request_end", is_rt},
	{"handle_end", is_rt},
	{"storage", is_before_6_2},
};

bool hook_is_needed(const struct btf *kernel, const struct engine_hook *hook)
{
	for (size_t i = 0; i < sizeof(optional_hooks) / sizeof(*optional_hooks); i++)
		if (!strcmp(optional_hooks[i].name, hook->name))
			return optional_hooks[i].is_needed(kernel, hook->function);
	return has_function(kernel, hook->function);
}

/* ---- what is attached ----------------------------------------------------------------- */

size_t engine_hooks(const struct engine_hook **list)
{
	char links[NAME_LEN];
	bool found = pins_find_links(LINKS, links, sizeof(links)) ||
		     pins_find(LINKS, false, links, sizeof(links));
	bool memory_any = policy_map_memory_any();
	struct btf *kernel = btf__load_vmlinux_btf();
	size_t num = hooks_all(list);

	for (size_t i = 0; i < num; i++) {
		struct engine_hook *hook = &hooks[i];

		hook->attached = found && pins_have(links, hook->name);
		hook->needed = !hook->optional ||
			       (hook->by_policy ? memory_any : hook_is_needed(kernel, hook));
	}
	btf__free(kernel);
	return num;
}
