// SPDX-License-Identifier: GPL-2.0-or-later
/* See fault.h. The linker's --wrap puts __wrap_NAME in the place of NAME, and NAME is __real_NAME
 */
#include "tests/fault/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static unsigned long fails, calls;
static bool lasting;
static const char *struck_path;

void fault_set(unsigned long number, bool lasts, const char *struck)
{
	fails = number;
	calls = 0;
	lasting = lasts;
	struck_path = struck;
}

__attribute__((constructor)) static void read_environment(void)
{
	const char *number = getenv("FAULT");
	char *end;

	if (!number)
		return;
	fails = strtoul(number, &end, 10);
	lasting = *end == '+';
	struck_path = getenv("FAULT_STRUCK");
}

/* NOLINTBEGIN(bugprone-reserved-identifier) */

int __real_open(const char *path, int flags, ...);

static void tell(const char *name)
{
	int fd = struck_path ? __real_open(struck_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	if (write(fd, name, strlen(name)) < 0)
		abort();
	close(fd);
	struck_path = NULL;
}

bool fault_strikes(const char *name)
{
	if (!fails || (++calls != fails && !(lasting && calls > fails)))
		return false;
	tell(name);
	return true;
}

#define WRAP(type, name, params, args, failure, error)                                             \
	type __real_##name params;                                                                 \
	type __wrap_##name params;                                                                 \
	type __wrap_##name params                                                                  \
	{                                                                                          \
		if (!fault_strikes(#name))                                                         \
			return __real_##name args;                                                 \
		errno = error;                                                                     \
		return failure;                                                                    \
	}

WRAP(void *, malloc, (size_t size), (size), NULL, ENOMEM)
WRAP(void *, calloc, (size_t num, size_t size), (num, size), NULL, ENOMEM)
WRAP(void *, realloc, (void *old, size_t size), (old, size), NULL, ENOMEM)
WRAP(void *, reallocarray, (void *old, size_t num, size_t size), (old, num, size), NULL, ENOMEM)
WRAP(char *, strdup, (const char *text), (text), NULL, ENOMEM)
WRAP(char *, strndup, (const char *text, size_t size), (text, size), NULL, ENOMEM)
WRAP(FILE *, open_memstream, (char **text, size_t *size), (text, size), NULL, ENOMEM)
WRAP(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL, ENOMEM)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL, EMFILE)
WRAP(DIR *, opendir, (const char *path), (path), NULL, EMFILE)
WRAP(DIR *, fdopendir, (int fd), (fd), NULL, ENOMEM)
WRAP(int, vasprintf, (char **text, const char *format, va_list args), (text, format, args), -1,
     ENOMEM)
/* What vasprintf() is to a program compiled with -D_FORTIFY_SOURCE. */
WRAP(int, __vasprintf_chk, (char **text, int flag, const char *format, va_list args),
     (text, flag, format, args), -1, ENOMEM)
WRAP(char *, realpath, (const char *path, char *real), (path, real), NULL, ENOMEM)
WRAP(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size), -1, EIO)
WRAP(int, stat, (const char *path, struct stat *status), (path, status), -1, EIO)
WRAP(int, fstat, (int fd, struct stat *status), (fd, status), -1, EIO)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, ENOSPC)
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode), -1, ENOSPC)
WRAP(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new), -1,
     ENOSPC)
WRAP(int, unlink, (const char *path), (path), -1, EIO)
WRAP(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags), -1, EIO)
WRAP(int, rmdir, (const char *path), (path), -1, EIO)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1, EIO)
WRAP(int, flock, (int fd, int operation), (fd, operation), -1, ENOLCK)
WRAP(int, fflush, (FILE * file), (file), EOF, ENOSPC)

WRAP(int, bpf_obj_get, (const char *path), (path), -1, EMFILE)
WRAP(int, bpf_map_get_fd_by_id, (__u32 id), (id), -1, EMFILE)
WRAP(int, bpf_map_create,
     (enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 max,
      const struct bpf_map_create_opts *opts),
     (type, name, key, value, max, opts), -1, ENOMEM)
WRAP(int, bpf_map_freeze, (int fd), (fd), -1, EBUSY)
WRAP(int, bpf_map_lookup_elem, (int fd, const void *key, void *value), (fd, key, value), -1, ENOMEM)
WRAP(int, bpf_map_update_elem, (int fd, const void *key, const void *value, __u64 flags),
     (fd, key, value, flags), -1, ENOMEM)
WRAP(int, bpf_map_update_batch,
     (int fd, const void *keys, const void *values, __u32 *num,
      const struct bpf_map_batch_opts *opts),
     (fd, keys, values, num, opts), -1, ENOMEM)
WRAP(int, bpf_map_delete_elem, (int fd, const void *key), (fd, key), -1, ENOMEM)
WRAP(int, bpf_object__open_skeleton,
     (struct bpf_object_skeleton * skeleton, const struct bpf_object_open_opts *opts),
     (skeleton, opts), -1, ENOMEM)
WRAP(int, bpf_object__load_skeleton, (struct bpf_object_skeleton * skeleton), (skeleton), -1,
     ENOMEM)
WRAP(struct bpf_link *, bpf_program__attach, (const struct bpf_program *prog), (prog), NULL, EBUSY)
WRAP(int, bpf_link__pin, (struct bpf_link * link, const char *path), (link, path), -1, ENOSPC)
WRAP(int, bpf_iter_create, (int link), (link), -1, EMFILE)

/* Of these something must be done, even when they fail. */

void __wrap_bpf_object__destroy_skeleton(struct bpf_object_skeleton *skeleton);
void __real_bpf_object__destroy_skeleton(struct bpf_object_skeleton *skeleton);

/*
 * libbpf 1.5's ends with a segmentation fault where the generated code could not allocate all of
 * the skeleton. That is nothing that the command could do otherwise, and the policy stays in force.
 */
void __wrap_bpf_object__destroy_skeleton(struct bpf_object_skeleton *skeleton)
{
	if (!skeleton || (skeleton->maps && skeleton->progs)) {
		__real_bpf_object__destroy_skeleton(skeleton);
		return;
	}
	free(skeleton->maps);
	free(skeleton);
}

int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_fclose(FILE *file);
int __real_fclose(FILE *file);

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	if (fault_strikes("open")) {
		errno = EMFILE;
		return -1;
	}
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	if (fault_strikes("openat")) {
		errno = EMFILE;
		return -1;
	}
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return __real_openat(dir, path, flags, mode);
}

int __wrap_fclose(FILE *file)
{
	bool strikes = fault_strikes("fclose");
	int result = __real_fclose(file);

	if (!strikes)
		return result;
	errno = ENOSPC;
	return EOF;
}

/* NOLINTEND(bugprone-reserved-identifier) */
