// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cost COMMAND [ARG]...: runs it, its output thrown away, and prints what it took, with its
 * children: processor time in nanoseconds and the peak of its memory in KiB. Ends with its status.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long long nanoseconds(struct timeval time)
{
	return time.tv_sec * 1000000000LL + time.tv_usec * 1000LL;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	pid_t child;
	int status;

	if (argc < 2)
		errx(2, "usage: cost COMMAND [ARG]...");
	child = fork();
	if (!child) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		err(1, "%s", argv[1]);
	printf("%lld %ld\n", nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime),
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
