// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reload FIRST SECOND N: puts two policies in force in turn, N times in all, each time as `gpio-acl
 * load` does it (engine_load()), without the start of a program in between. Says which generation
 * is in force at the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "loader/engine/engine.h"
#include "loader/machine/machine.h"
#include "loader/util/message.h"

static struct image *compile(const char *file)
{
	struct diag *diag = diag_new();
	struct policy *policy;
	struct image *image;
	struct machine machine;

	machine_read(&machine);
	policy = policy_read_file(file, &machine, diag);
	image = policy ? policy_compile(policy, diag) : NULL;
	diag_print(diag, stderr, false);
	diag_free(diag);
	policy_free(policy);
	machine_free(&machine);
	return image;
}

int main(int argc, char **argv)
{
	struct image *images[2];
	uint64_t generation = 0;
	long n;

	if (argc != 4)
		return EXIT_USAGE;
	images[0] = compile(argv[1]);
	images[1] = compile(argv[2]);
	if (!images[0] || !images[1])
		return EXIT_REFUSED;
	n = atol(argv[3]);
	for (long i = 0; i < n; i++) {
		int locked = engine_lock();

		if (locked < 0 || engine_load(images[i % 2], &generation))
			return EXIT_REFUSED;
		close(locked);
	}
	image_free(images[0]);
	image_free(images[1]);
	printf("generation %" PRIu64 "\n", generation);
	return EXIT_DONE;
}
