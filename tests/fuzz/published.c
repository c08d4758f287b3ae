// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A published map, and what `resolve` makes of it. An input is a line, what is resolved, and then
 * the map.
 *
 *  - A map that is taken is, written again, the very same bytes.
 *  - What resolve prints is nothing but the words of one request: a shell reads them.
 */
#include "loader/aggregates/read.h"
#include "loader/aggregates/select.h"
#include "policy/policy.h"
#include "policy/text.h"
#include "tests/fuzz/fuzz.h"

static const char *map_text;
static size_t map_size;

int __wrap_published_read(const char *dir, const char *name, struct published *map);

/* In place of the file: the map of the input, whatever it is called. */
int __wrap_published_read(const char *dir, const char *name, struct published *map)
{
	size_t line;

	(void)dir;
	must(published_is_name(name, strlen(name)));
	return published_parse(map_text, map_size, map, &line) ? -1 : 0;
}

/* @text, or `-` when there is none. */
static void write_field(FILE *out, const char *text)
{
	must(!text || strcmp(text, "-"));
	must(!text || text_is_plain(text, strlen(text)));
	fprintf(out, "\t%s", text ? text : "-");
}

static void write_map(FILE *out, const struct published *map)
{
	fprintf(out, "# gpio-acl aggregate 1 %s\n", map->name);
	for (size_t i = 0; i < map->num_lines; i++) {
		const struct published_line *line = &map->lines[i];

		fprintf(out, "%zu", i);
		write_field(out, line->chip);
		if (line->offset == POLICY_NO_OFFSET)
			write_field(out, NULL);
		else
			fprintf(out, "\t%u", line->offset);
		write_field(out, line->name);
		write_field(out, line->label);
		putc('\n', out);
	}
}

static void check_map(const char *text, size_t size)
{
	struct published map;
	char *again;
	size_t again_size, line = 0;
	const char *wrong = published_parse(text, size, &map, &line);
	FILE *out;

	must(line >= 1);
	if (wrong) {
		must(text_is_plain(wrong, strlen(wrong)));
		return;
	}
	must(published_is_name(map.name, strlen(map.name)));
	out = open_memstream(&again, &again_size);
	write_map(out, &map);
	fclose(out);
	must(again_size == size && !memcmp(again, text, size));
	free(again);
	published_free(&map);
}

static const char *skip_number(const char *at)
{
	size_t digits = strspn(at, "0123456789");

	must(digits);
	return at + digits;
}

/* `-c gpiochipN`, then for each line ` OFFSET` or ` OFFSET=VALUE`, and a newline. */
static void check_words(const char *words, bool v1)
{
	const char *head = v1 ? "gpiochip" : "-c gpiochip";

	must(!strncmp(words, head, strlen(head)));
	words = skip_number(words + strlen(head));
	must(*words == ' ');
	while (*words == ' ') {
		words = skip_number(words + 1);
		if (*words == '=') {
			must(words[1] == '0' || words[1] == '1');
			words += 2;
		}
	}
	must(!strcmp(words, "\n"));
}

static void check_resolve(const char *request, bool v1)
{
	char *words;
	size_t size;
	FILE *out = open_memstream(&words, &size);
	enum exit_code code = select_print(out, "", request, v1);

	fclose(out);
	if (code == EXIT_DONE)
		check_words(words, v1);
	else
		must(!size);
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	char *request = strndup((const char *)data, end ? (size_t)(end - data) : size);

	map_text = (const char *)(end ? end + 1 : data);
	map_size = end ? size - (map_text - (const char *)data) : size;
	check_map(map_text, map_size);
	check_resolve(request, false);
	check_resolve(request, true);
	free(request);
	return 0;
}
