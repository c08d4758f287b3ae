// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaches the empty programs of floor.bpf.c, prints the name of each, then "ready", and keeps them
 * until it is killed.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "floor.skel.h"

int main(void)
{
	struct floor_bpf *floor = floor_bpf__open();
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *prog;

	if (!floor || !kernel)
		err(1, "the empty programs cannot be read");
	bpf_object__for_each_program (prog, floor->obj) {
		const char *function = strchr(bpf_program__section_name(prog), '/') + 1;

		if (!bpf_program__autoload(prog) &&
		    btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0)
			bpf_program__set_autoload(prog, true);
	}
	if (floor_bpf__load(floor) || floor_bpf__attach(floor))
		err(1, "the empty programs cannot be attached");
	bpf_object__for_each_program (prog, floor->obj)
		if (bpf_program__autoload(prog))
			puts(bpf_program__name(prog));
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
