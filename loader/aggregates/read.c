// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See read.h. Runs as any user, and what it returns becomes words of a shell command (resolve): a
 * file that is not exactly as write.c writes it is refused.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/aggregates/read.h"
#include "loader/util/memory.h"
#include "policy/policy.h"
#include "policy/text.h"

enum { VIRTUAL, CHIP, OFFSET, NAME, LABEL, NUM_FIELDS };

struct field {
	const char *text;
	size_t size;
};

static bool is_absent(struct field field)
{
	return field.size == 1 && *field.text == '-';
}

/* A decimal number without sign, leading zero or blank, up to @max. */
static bool read_number(struct field field, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;

	if (!field.size || field.size > 10 || (field.size > 1 && *field.text == '0'))
		return false;
	for (size_t i = 0; i < field.size; i++) {
		if (field.text[i] < '0' || field.text[i] > '9')
			return false;
		value = 10 * value + (field.text[i] - '0');
	}
	*number = value;
	return value <= max;
}

static bool is_chip_name(struct field field)
{
	const size_t prefix = strlen("gpiochip");
	uint32_t number;

	return field.size > prefix && !memcmp(field.text, "gpiochip", prefix) &&
	       read_number((struct field){field.text + prefix, field.size - prefix}, INT32_MAX,
			   &number);
}

bool published_is_name(const char *name, size_t size)
{
	if (!size || size > POLICY_MAX_NAME || *name == '-' || (*name >= '0' && *name <= '9'))
		return false;
	for (size_t i = 0; i < size; i++)
		if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
			    name[i], 64))
			return false;
	return true;
}

static bool split(struct field line, struct field fields[NUM_FIELDS])
{
	for (int i = 0; i < NUM_FIELDS; i++) {
		const char *tab = memchr(line.text, '\t', line.size);

		if (!tab != (i == NUM_FIELDS - 1))
			return false;
		fields[i].text = line.text;
		fields[i].size = tab ? (size_t)(tab - line.text) : line.size;
		line.text += fields[i].size + 1;
		line.size -= tab ? fields[i].size + 1 : line.size;
	}
	return true;
}

static char *copy(struct field field)
{
	return is_absent(field) ? NULL : memory(strndup(field.text, field.size));
}

static const char *parse_line(struct field text, struct published *map)
{
	struct field fields[NUM_FIELDS];
	struct published_line *line = &map->lines[map->num_lines];
	uint32_t number;

	if (!split(text, fields))
		return "a line must have five fields, separated by tabs";
	if (!read_number(fields[VIRTUAL], UINT32_MAX, &number) || number != map->num_lines)
		return "virtual offsets must count from 0";
	if (!is_absent(fields[CHIP]) && !is_chip_name(fields[CHIP]))
		return "the second field must be a chip's name, gpiochipN, or `-`";
	if (is_absent(fields[OFFSET]))
		line->offset = POLICY_NO_OFFSET;
	else if (!read_number(fields[OFFSET], GPIO_ACL_MAX_OFFSET, &line->offset))
		return "the third field must be a line's offset, at most 65535, or `-`";
	for (int i = NAME; i <= LABEL; i++)
		if (!fields[i].size || !text_is_plain(fields[i].text, fields[i].size))
			return "a name or label must be printable text, or `-`";
	line->chip = copy(fields[CHIP]);
	line->name = copy(fields[NAME]);
	line->label = copy(fields[LABEL]);
	map->num_lines++;
	return NULL;
}

static const char *parse_head(struct field head, struct published *map)
{
	const size_t prefix = strlen(PUBLISHED_HEAD);

	if (head.size < prefix || memcmp(head.text, PUBLISHED_HEAD, prefix))
		return "the first line must be `" PUBLISHED_HEAD "NAME`";
	if (!published_is_name(head.text + prefix, head.size - prefix))
		return "invalid name of an aggregate";
	map->name = memory(strndup(head.text + prefix, head.size - prefix));
	return NULL;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t num = 0;

	for (size_t i = 0; i < size; i++)
		num += text[i] == '\n';
	return num;
}

const char *published_parse(const char *text, size_t size, struct published *map, size_t *line)
{
	const char *wrong = NULL;

	*map = (struct published){
		.lines = memory(calloc(count_lines(text, size) + 1, sizeof(*map->lines))),
	};
	*line = 1;
	if (!size)
		wrong = "the file is empty";
	while (size && !wrong) {
		const char *end = memchr(text, '\n', size);
		struct field field = {text, end ? (size_t)(end - text) : size};

		if (!end)
			wrong = "the last line has no newline: was the file cut short?";
		else if (*line == 1)
			wrong = parse_head(field, map);
		else
			wrong = parse_line(field, map);
		if (wrong)
			break;
		size -= field.size + 1;
		text += field.size + 1;
		++*line;
	}
	if (!wrong && !map->num_lines)
		wrong = "an aggregate must have a line";
	if (wrong)
		published_free(map);
	return wrong;
}

void published_free(struct published *map)
{
	for (size_t i = 0; i < map->num_lines; i++) {
		free(map->lines[i].chip);
		free(map->lines[i].name);
		free(map->lines[i].label);
	}
	free(map->lines);
	free(map->name);
	*map = (struct published){0};
}

int published_names(const char *dir, char ***names)
{
	struct dirent **entries;
	int num = scandir(dir, &entries, NULL, alphasort), kept = 0;

	if (num < 0 && errno == ENOENT) {
		*names = NULL;
		return 0;
	}
	if (num < 0) {
		msg_error("cannot read %s: %s", dir, strerror(errno));
		return -1;
	}
	*names = memory(malloc((num + 1) * sizeof(**names)));
	for (int i = 0; i < num; i++) {
		/* a leading dot: a draft */
		if (published_is_name(entries[i]->d_name, strlen(entries[i]->d_name)))
			(*names)[kept++] = memory(strdup(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return kept;
}

/* Reports which aggregates there are, or why there are none. */
static void report_missing(const char *dir, const char *name)
{
	char **names;
	char *list;
	size_t size;
	int num = published_names(dir, &names);
	FILE *out;

	if (num < 0)
		return;
	if (!num) {
		msg_error("no aggregate is published: no policy is in force, or it defines none "
			  "(`gpio-acl load` puts one in force)");
		free(names);
		return;
	}
	out = memory(open_memstream(&list, &size));
	for (int i = 0; i < num; i++) {
		fprintf(out, "%s%s", i ? ", " : "", names[i]);
		free(names[i]);
	}
	fclose(out);
	msg_error("unknown aggregate %s; the policy in force defines: %s",
		  text_quoted(name, SIZE_MAX), list);
	free(list);
	free(names);
}

/* The text of an open file of at most PUBLISHED_MAX_FILE bytes; NULL after a message. */
static char *read_all(int fd, const char *path, size_t *size)
{
	struct stat status;
	char *text;
	ssize_t got;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size > PUBLISHED_MAX_FILE) {
		msg_error("%s is not a regular file of at most %u MiB: load the policy again", path,
			  PUBLISHED_MAX_FILE >> 20);
		return NULL;
	}
	text = memory(malloc(status.st_size + 1));
	for (*size = 0; *size < (size_t)status.st_size; *size += got) {
		got = read(fd, text + *size, status.st_size - *size);
		if (got < 0) {
			msg_error("cannot read %s: %s", path, strerror(errno));
			free(text);
			return NULL;
		}
		if (!got)
			break;
	}
	return text;
}

int published_read(const char *dir, const char *name, struct published *map)
{
	char path[PATH_MAX];
	const char *wrong;
	size_t size, line;
	char *text;
	int fd;

	if (!published_is_name(name, strlen(name))) {
		msg_error("not the name of an aggregate: %s", text_quoted(name, SIZE_MAX));
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		report_missing(dir, name);
		return -1;
	}
	if (fd < 0) {
		msg_error("cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	text = read_all(fd, path, &size);
	close(fd);
	if (!text)
		return -1;
	wrong = published_parse(text, size, map, &line);
	free(text);
	if (!wrong && strcmp(map->name, name)) {
		wrong = "this is the map of another aggregate";
		line = 1;
		published_free(map);
	}
	if (wrong) {
		msg_error("%s:%zu: %s; load the policy again", path, line, wrong);
		return -1;
	}
	return 0;
}
