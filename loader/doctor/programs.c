// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks for set-user-ID and set-group-ID programs that use lines, as another user than the caller.
 */
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/doctor/doctor.h"
#include "loader/machine/access.h"
#include "loader/util/memory.h"

/* Texts in programs that use lines: the name of a library, or a string of their own. */
static const struct {
	const char *text, *means;
} signs[] = {
	{"libgpiod", "it uses libgpiod"},
	{"liblgpio", "it uses lgpio"},
	{"/dev/gpiochip", "it opens chips"},
	{"rtapi_app", "LinuxCNC's, it loads hal_gpio"},
};

/* The sign that a program has; NULL: none, or (*read is false) it cannot be read. */
static const char *find_sign(const char *path, off_t size, bool *read)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	void *text = file < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
	const char *sign = NULL;

	*read = text != MAP_FAILED;
	for (size_t i = 0; *read && !sign && i < sizeof(signs) / sizeof(*signs); i++)
		if (memmem(text, size, signs[i].text, strlen(signs[i].text)))
			sign = signs[i].means;
	if (*read)
		munmap(text, size);
	if (file >= 0)
		close(file);
	return sign;
}

static void add_program(struct doctor *doctor, const char *path, const struct stat *status,
			const char *sign)
{
	bool user = status->st_mode & S_ISUID;
	char *name = accounts_name(doctor->accounts, !user, user ? status->st_uid : status->st_gid);
	struct doctor_way way = {
		.check = "setuid",
		.reaches = doctor_text("the lines of %s (set-%s-ID; %s)", name,
				       user ? "user" : "group", sign),
		.rights = ACCESS_EXECUTE,
		.worst = DOCTOR_WARNING,
	};
	const char *file = path + strlen(doctor->root);

	doctor_add_way(doctor, &way, path,
		       doctor_text("chmod %c-s %s; or let only users run it who may use these "
				   "lines",
				   user ? 'u' : 'g', file));
	free((char *)way.reaches);
	free(name);
}

/* Returns whether it could be read. */
static bool look_at(struct doctor *doctor, const char *path, const struct stat *status)
{
	const char *sign;
	bool read;

	if (!(status->st_mode & (S_ISUID | S_ISGID)) || !status->st_size)
		return true;
	sign = find_sign(path, status->st_size, &read);
	if (sign)
		add_program(doctor, path, status, sign);
	return read;
}

void doctor_programs(struct doctor *doctor)
{
	static const char *const in[] = {"/bin",     "/sbin",	     "/usr/bin",   "/usr/sbin",
					 "/usr/lib", "/usr/libexec", "/usr/local", "/opt"};
	char *folders[sizeof(in) / sizeof(*in) + 1] = {NULL};
	size_t unread = 0;
	FTSENT *entry;
	FTS *walk;

	for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++)
		folders[i] = doctor_text("%s%s", doctor->root, in[i]);
	walk = memory(fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, NULL));
	while ((entry = fts_read(walk)))
		if (entry->fts_info == FTS_F)
			unread += !look_at(doctor, entry->fts_path, entry->fts_statp);
	fts_close(walk);
	if (unread)
		doctor_add(doctor, DOCTOR_UNKNOWN, "setuid",
			   doctor_text("whether %zu set-user-ID programs use lines", unread),
			   doctor_text(DOCTOR_AS_ROOT));
	for (size_t i = 0; folders[i]; i++)
		free(folders[i]);
}
