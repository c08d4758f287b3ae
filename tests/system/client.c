// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A GPIO client without a library. It takes the steps of its command line, one after the other, and
 * prints the result of each, so that a test can ask the kernel for anything, well-formed or not.
 *
 *   client STEP [ARG]... [, STEP [ARG]...]...
 *
 * Credentials and descriptors (client_task.c); a child that is made goes on in place of the client,
 * and WHO is as in `as`:
 *   name COMM                   set the name of the thread, as the audit has it
 *   as UID[:GID[:GROUP,...]]    become this user (all ids; `GROUP*N` is N groups from GROUP on);
 *                               `.` changes nothing, `=UID` only the effective uid
 *   egid GID                    change only the effective gid
 *   realuid UID                 change only the real uid
 *   fsuid UID                   change only the uid for files
 *   keep                        from now on keep capabilities when the user changes
 *   drop                        give up all capabilities
 *   newuser                     enter a new user namespace, as root in it
 *   mapped UIDS GIDS [OWNER]    enter one that root maps (INSIDE:OUTSIDE:COUNT,...) and that OWNER
 *                               makes; `as` sets the ids in it
 *   exec PROGRAM                go on as another client, which inherits all descriptors
 *   fork WHO                    a child that becomes WHO inherits all descriptors
 *   pass WHO                    send the line request (else the chip) over a socket to a child WHO
 *   getfd WHO                   become WHO; a child takes the same by pidfd_getfd()
 *   grab WHO                    a child that becomes WHO (needs `keep`) takes the same so
 *   aside WHO STEP [ARG]...     a child that becomes WHO (needs `keep`) and shares the descriptors
 *                               takes this step; the client goes on with what it requested
 *   memory HOW                  share the memory with another writer, as memory.c knows them
 *
 * On the chip (client_gpio.c): open CHIP: /dev/CHIP; chipinfo; info N, watch N, unwatch N (info1,
 * watch1: the first uAPI); request, handle, event with SPEC...; sweep SPEC...: request each line
 * alone, print which it got; exchange SPEC...: release, and request; raw chip NUMBER [WHERE];
 * levels FOLDER: which lines are 1, of a simulated chip's FOLDER in sysfs
 *
 * On the request (client_gpio.c): release; get [MASK]; set MASK BITS; config SPEC...; edge MS: wait
 * for an edge; get1, set1 BITS, config1 SPEC... of the first uAPI; raw request NUMBER [WHERE]
 *
 * Many requests (client_load.c):
 *   storm FILE                  request lines 1 to 4 in turns until FILE exists; prints counts
 *   flood N LINE                request a line N times; prints counts
 *   use FILE LINE               request a line, set, read and release it until FILE exists
 *
 * Others:
 *   write FILE TEXT             write TEXT into FILE
 *   wait                        go on at the next line of standard input
 *   look FILE                   print FILE's first line at the end, before anything is released
 *   look mem:ADDRESS:BIT        the same with a bit of a 32-bit register; for root
 *
 * SPEC  lines=0-3,7  flags=WORD+WORD  attr=ID:MASK:VALUE  num_lines=N  num_attrs=N  offset=N
 *       values=BITS: what handle and config1 put out
 *       at=WHERE: pass the argument in fresh (never touched) memory, at null, at wild, at an
 *       address of the kernel's, or in memory of a kind that memory.c knows
 *
 * A step prints "STEP: done ..." or "STEP: ERRNO". Only the last may fail, or one with `try`
 * before it. Exit codes: 0 done; 2 wrong usage; 3 the last step was refused with EPERM; 4 it
 * failed otherwise; 5 an earlier step failed, so that the last was never attempted.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEM 99 /* the descriptor of /dev/mem, which outlives an exec */

int chip = -1, request = -1;
char **rest, comm[16], result[1024];
const char *look;

void usage(const char *what)
{
	fprintf(stderr, "client: %s?\n", what);
	exit(USAGE);
}

unsigned long long number(const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 0);

	if (end == text || *end)
		usage(text);
	return n;
}

static int do_write(char **args)
{
	int fd = open(args[0], O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, args[1], strlen(args[1])) < 0)
		return -errno;
	close(fd);
	return 0;
}

static int do_wait(char **args)
{
	char line[64];

	(void)args;
	puts("wait: waiting");
	return fgets(line, sizeof(line), stdin) ? 0 : -EPIPE;
}

static int do_look(char **args)
{
	int fd;

	look = args[0];
	if (strncmp(look, "mem:", 4))
		return 0;
	fd = open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
	return fd < 0 || dup2(fd, MEM) < 0 ? -errno : 0;
}

static void print_bit(const char *where)
{
	size_t page = sysconf(_SC_PAGESIZE);
	unsigned long address, bit;
	const char *map;

	if (sscanf(where, "%lx:%lu", &address, &bit) != 2)
		usage(where);
	map = mmap(NULL, page, PROT_READ, MAP_SHARED, MEM, address / page * page);
	if (map != MAP_FAILED)
		printf("look: %u\n", *(const volatile __u32 *)(map + address % page) >> bit & 1);
}

static void print_look(void)
{
	char text[64];
	FILE *file;

	if (!look)
		return;
	if (!strncmp(look, "mem:", 4)) {
		print_bit(look + 4);
		return;
	}
	file = fopen(look, "re");
	if (file && fgets(text, sizeof(text), file))
		printf("look: %s", text);
	if (file)
		fclose(file);
}

static const struct step other_steps[] = {
	{"wait", do_wait, 0},
	{"look", do_look, 1},
	{"write", do_write, 2},
	{0},
};

static const struct step *find_step(const char *word)
{
	const struct step *lists[] = {gpio_steps, task_steps, load_steps, other_steps};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct step *step = lists[i]; step->word; step++)
			if (!strcmp(step->word, word))
				return step;
	return NULL;
}

int take(char **words)
{
	const struct step *step;
	int num_args = 0, err;

	if (!words[0])
		usage("a step that is empty");
	step = find_step(words[0]);
	while (words[1 + num_args])
		num_args++;
	if (!step || num_args < step->num_args)
		usage(words[0]);
	result[0] = '\0';
	err = step->run(words + 1);
	if (err)
		printf("%s: %s\n", words[0], strerrorname_np(-err));
	else
		printf("%s: done%s%s\n", words[0], result[0] ? " " : "", result);
	return err;
}

int main(int argc, char **argv)
{
	char **words = argv + 1;
	int err = 0;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (argc < 2)
		usage("which steps");
	while (*words) {
		bool try = !strcmp(words[0], "try");

		for (rest = words; *rest && strcmp(*rest, ",");)
			rest++;
		if (*rest)
			*rest++ = NULL;
		err = take(words + try);
		if (err && *rest && !try)
			return NOT_ATTEMPTED;
		words = rest;
	}
	print_look();
	if (err)
		return err == -EPERM ? REFUSED : FAILED;
	return DONE;
}
