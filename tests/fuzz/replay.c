// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tries the inputs that are kept: replay_NAME FILE|FOLDER..., without libFuzzer. Prints TAP, a line
 * a file. A child tries them one after the other; where it ends, the next child goes on.
 */
#include <ftw.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define MOST_FILES   10000
#define MOST_SECONDS 60 /* for one input */

static char *paths[MOST_FILES];
static size_t num_paths;

static int add_path(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)walk;
	if (type == FTW_D)
		return 0;
	if (num_paths == MOST_FILES)
		return 1;
	paths[num_paths++] = strdup(path);
	return 0;
}

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
	data = malloc(size + !size);
	if (fread(data, 1, size, file) != (size_t)size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	alarm(MOST_SECONDS);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

/* @at: the file that is being tried, shared with the parent */
static _Noreturn void try_rest(volatile size_t *at)
{
	for (; *at < num_paths; ++*at)
		try_file(paths[*at]);
	exit(0); /* where leaks are found */
}

/* Tries files from *@at on, and tells of them; false: it cannot. */
static bool replay(volatile size_t *at, bool *failed)
{
	size_t first = *at;
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (!child)
		try_rest(at);
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("replay");
		return false;
	}
	for (size_t i = first; i < *at; i++)
		printf("ok %s\n", paths[i]);
	if (!status)
		return true;
	printf("not ok %s\n", *at < num_paths ? paths[*at] : "the end: memory has leaked");
	*failed = true;
	++*at;
	return true;
}

int main(int argc, char **argv)
{
	size_t *at =
		mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool failed = false;

	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], add_path, 8, FTW_PHYS)) {
			fprintf(stderr, "%s cannot be read\n", argv[i]);
			return 1;
		}
	}
	if (at == MAP_FAILED) {
		perror("replay");
		return 1;
	}
	while (*at < num_paths) {
		if (!replay(at, &failed))
			return 1;
	}
	for (size_t i = 0; i < num_paths; i++)
		free(paths[i]);
	return failed;
}
