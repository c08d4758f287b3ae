// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See write.h. A file is written as a draft, under its name with a dot in front, which no aggregate
 * can have and readers skip; then it is renamed. No fsync(): /run is a memory file system, and
 * after a crash the files must be gone anyway.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/aggregates/read.h"
#include "loader/aggregates/write.h"
#include "loader/util/memory.h"
#include "loader/util/message.h"
#include "loader/util/path.h"
#include "loader/util/rundir.h"
#include "policy/text.h"

static const struct machine_chip *find_present(const struct policy_chip *chip,
					       const struct machine *machine)
{
	for (size_t i = 0; i < machine->num_chips; i++)
		if (policy_chip_matches(chip, &machine->chips[i]))
			return &machine->chips[i];
	return NULL;
}

static void write_text(FILE *out, const char *text)
{
	text_put(text && *text ? text : "-", SIZE_MAX, out);
}

static void write_line(FILE *out, const struct policy_chip *chip, const struct policy_line *line,
		       const struct machine_chip *present)
{
	const char *name = line->name;
	const char *label = present ? present->label : NULL;

	if (present && line->offset < present->num_lines)
		name = present->line_names[line->offset];
	if (!present && chip->by == GPIO_ACL_BY_LABEL)
		label = chip->value;
	fprintf(out, "\t%s\t", present ? present->name : "-");
	if (line->offset == POLICY_NO_OFFSET)
		putc('-', out);
	else
		fprintf(out, "%u", line->offset);
	putc('\t', out);
	write_text(out, name);
	putc('\t', out);
	write_text(out, label);
	putc('\n', out);
}

static void write_map(FILE *out, const struct policy_aggregate *aggregate,
		      const struct policy *policy, const struct machine_chip *const *present)
{
	fprintf(out, PUBLISHED_HEAD "%s\n", aggregate->name);
	for (size_t i = 0; i < aggregate->num_lines; i++) {
		const struct policy_line *line = &aggregate->lines[i];

		fprintf(out, "%zu", i);
		write_line(out, &policy->chips[line->chip], line, present[line->chip]);
	}
}

static void draft_name(char draft[POLICY_MAX_NAME + 2], const char *name)
{
	snprintf(draft, POLICY_MAX_NAME + 2, ".%s", name);
}

static int report_unwritten(const struct publication *to, const char *name)
{
	msg_error("cannot write %s/%s: %s", to->path, name, strerror(errno));
	return -1;
}

static int write_draft(const struct publication *to, const struct policy_aggregate *aggregate,
		       const struct machine_chip *const *present)
{
	char draft[POLICY_MAX_NAME + 2];
	FILE *out;
	int fd;

	draft_name(draft, aggregate->name);
	fd = openat(to->folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return report_unwritten(to, aggregate->name);
	out = memory(fdopen(fd, "w"));
	write_map(out, aggregate, to->policy, present);
	/* A failed write shows here at the latest: a draft is complete, or it is not published. */
	if (fflush(out) || ferror(out) || fchmod(fd, 0644)) {
		report_unwritten(to, aggregate->name);
		fclose(out);
		return -1;
	}
	if (fclose(out))
		return report_unwritten(to, aggregate->name);
	return 0;
}

static int write_drafts(const struct publication *to, const struct machine *machine)
{
	const struct policy *policy = to->policy;
	const struct machine_chip **present =
		memory(calloc(policy->num_chips + 1, sizeof(*present)));
	int failed = 0;

	for (size_t i = 0; i < policy->num_chips; i++)
		present[i] = find_present(&policy->chips[i], machine);
	for (size_t i = 0; i < policy->num_aggregates && !failed; i++)
		failed = write_draft(to, &policy->aggregates[i], present);
	free(present);
	return failed;
}

static FILE *open_map(const struct publication *to, const char *name, struct stat *status)
{
	int fd = openat(to->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 || fstat(fd, status) ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

static bool same_text(FILE *one, FILE *other)
{
	int c;

	do {
		c = getc_unlocked(one);
		if (c != getc_unlocked(other))
			return false;
	} while (c != EOF);
	return !ferror(one) && !ferror(other);
}

/* Is a file with the text of the draft published already? */
static bool is_published(const struct publication *to, const char *draft, const char *name)
{
	struct stat drafted, published;
	FILE *one = open_map(to, draft, &drafted), *other = open_map(to, name, &published);
	bool same = one && other && drafted.st_mode == published.st_mode &&
		    drafted.st_size == published.st_size && same_text(one, other);

	if (one)
		fclose(one);
	if (other)
		fclose(other);
	return same;
}

/*
 * Returns how many files have changed; -1 if one cannot be renamed: then the old one is removed
 * too, since its policy is no longer in force.
 */
static int rename_drafts(const struct publication *to)
{
	const struct policy *policy = to->policy;
	char draft[POLICY_MAX_NAME + 2];
	int num = 0, failed = 0;

	for (size_t i = 0; i < policy->num_aggregates; i++) {
		const char *name = policy->aggregates[i].name;

		draft_name(draft, name);
		if (is_published(to, draft, name)) {
			unlinkat(to->folder, draft, 0);
			continue;
		}
		num++;
		if (renameat(to->folder, draft, to->folder, name)) {
			failed = report_unwritten(to, name);
			unlinkat(to->folder, name, 0);
		}
	}
	return failed ? -1 : num;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Removes everything from the folder that is not in @keep, which is sorted. */
static int remove_except(const struct publication *to, const char **keep, size_t num_keep)
{
	DIR *dir = fdopendir(openat(to->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	int failed = 0;

	if (!dir) {
		msg_error("cannot read %s: %s", to->path, strerror(errno));
		return -1;
	}
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (!strcmp(name, ".") || !strcmp(name, "..") ||
		    bsearch(&name, keep, num_keep, sizeof(*keep), by_text))
			continue;
		if (unlinkat(to->folder, name, 0)) {
			msg_error("cannot remove %s/%s, which is no map of an aggregate in "
				  "force: %s",
				  to->path, name, strerror(errno));
			failed = -1;
		}
	}
	closedir(dir);
	return failed;
}

static int remove_gone(const struct publication *to)
{
	const struct policy *policy = to->policy;
	const char **keep = memory(calloc(policy->num_aggregates + 1, sizeof(*keep)));
	int failed;

	for (size_t i = 0; i < policy->num_aggregates; i++)
		keep[i] = policy->aggregates[i].name;
	qsort(keep, policy->num_aggregates, sizeof(*keep), by_text);
	failed = remove_except(to, keep, policy->num_aggregates);
	free(keep);
	return failed;
}

/* Removes our drafts, and those of a writer that was killed. */
static void remove_drafts(const struct publication *to)
{
	char draft[POLICY_MAX_NAME + 2];

	for (size_t i = 0; i < to->policy->num_aggregates; i++) {
		draft_name(draft, to->policy->aggregates[i].name);
		unlinkat(to->folder, draft, 0);
	}
}

/* BASE/aggregates, made when it is missing. */
static int open_folder(struct publication *to)
{
	int parent = rundir_open(AT_FDCWD, to->base, to->base);

	if (parent < 0)
		return -1;
	snprintf(to->path, sizeof(to->path), "%s/aggregates", to->base);
	to->is_new = access(to->path, F_OK);
	to->folder = rundir_open(parent, "aggregates", to->path);
	close(parent);
	return to->folder < 0 ? -1 : 0;
}

static void close_folder(struct publication *to, bool failed)
{
	close(to->folder);
	if (failed && to->is_new)
		rmdir(to->path);
}

int aggregates_prepare(struct publication *to, const struct policy *policy,
		       const struct machine *machine)
{
	to->policy = policy;
	if (open_folder(to))
		return -1;
	remove_drafts(to);
	if (!write_drafts(to, machine))
		return 0;
	aggregates_abort(to);
	return -1;
}

int aggregates_commit(struct publication *to)
{
	int num = rename_drafts(to);

	if (remove_gone(to))
		num = -1;
	close_folder(to, num < 0);
	return num;
}

void aggregates_abort(struct publication *to)
{
	remove_drafts(to);
	close_folder(to, true);
}

int aggregates_remove(const char *base)
{
	static const struct policy nothing;
	static const struct machine nowhere;
	struct publication to = {.base = base};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/aggregates", base);
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	if (aggregates_prepare(&to, &nothing, &nowhere) || aggregates_commit(&to) < 0)
		return -1;
	if (rmdir(path)) {
		msg_error("cannot remove %s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}
