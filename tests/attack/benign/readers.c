// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Observers: `readers N UID` starts N processes of that user that read, in a loop, what ps and top
 * read of every process. Each such read holds the process's mmap_lock for a moment. The readers are
 * nice(19), so that other programs make progress; a reader that is preempted holds the lock longer.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_all(const char *pid, const char *name)
{
	char path[300], text[4096];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static void read_processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		read_all(entry->d_name, "maps");
		read_all(entry->d_name, "cmdline");
	}
	if (proc)
		closedir(proc);
}

int main(int argc, char **argv)
{
	uid_t uid;

	if (argc != 3)
		return 2;
	uid = atoi(argv[2]);
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return 1;
	for (int i = atoi(argv[1]); i; i--) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (nice(19) < 0)
			return 1;
		for (;;)
			read_processes();
	}
	puts("reading");
	fflush(stdout);
	while (wait(NULL) > 0)
		;
	return 0;
}
