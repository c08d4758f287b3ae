// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tries the inputs that are kept: replay_NAME FILE|FOLDER..., without libFuzzer. Prints TAP, a line
 * a file. Each has a process of its own, so that one which fails is told from those that follow.
 */
#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define MOST_SECONDS 60

static bool failed;

/* The bytes of a file, just as many as there are: sanitizers see what is read beyond. */
static void try_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data;
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0) {
		perror(path);
		exit(1);
	}
	rewind(file);
	data = malloc(size);
	if (fread(data, 1, size, file) != (size_t)size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	alarm(MOST_SECONDS);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	exit(0);
}

static int replay(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	pid_t child;
	int status;

	(void)info;
	(void)walk;
	if (type == FTW_D || type == FTW_DP)
		return 0;
	fflush(stdout);
	child = fork();
	if (!child)
		try_file(path);
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("replay");
		return -1;
	}
	printf("%s %s\n", status ? "not ok" : "ok", path);
	failed |= status;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], replay, 8, FTW_PHYS)) {
			fprintf(stderr, "%s cannot be replayed\n", argv[i]);
			return 1;
		}
	}
	return failed;
}
