/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Published aggregates: where the lines of each are now, for any program to read, in one file each
 * under RUN_DIR "/aggregates". The first line is `# gpio-acl aggregate 1 NAME`; then one line for
 * each virtual offset, in order, of five fields separated by one tab:
 *
 *   virtual offset, chip name (gpiochipN), offset, line name, chip label
 *
 * Each of the last four is `-` if it is unknown now; names and labels are as text_clean() makes
 * them.
 */
#ifndef LOADER_AGGREGATES_READ_H
#define LOADER_AGGREGATES_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/util/path.h"

#define PUBLISHED_DIR	   RUN_DIR "/aggregates"
#define PUBLISHED_HEAD	   "# gpio-acl aggregate 1 "
#define PUBLISHED_MAX_FILE (64u << 20) /* bytes of a file that a reader accepts */

struct published_line {
	char *chip;	 /* "gpiochip0", nothing else; NULL: absent */
	uint32_t offset; /* POLICY_NO_OFFSET: not known */
	char *name;	 /* or NULL */
	char *label;	 /* or NULL */
};

struct published {
	char *name;
	struct published_line *lines; /* the index is the virtual offset */
	size_t num_lines;
};

/*
 * published_parse() - parse the file of an aggregate
 * @text: @size bytes, untrusted
 * @map: takes the aggregate; free it with published_free(), only after success
 * @line: takes the number of the line with the error, from 1
 *
 * Returns NULL, or the error.
 */
const char *published_parse(const char *text, size_t size, struct published *map, size_t *line);

/* Reads aggregate @name from folder @dir. 0, or -1 after a message. */
int published_read(const char *dir, const char *name, struct published *map);
void published_free(struct published *map);

/*
 * published_names() - the names of the aggregates in folder @dir, sorted
 * @names: takes an array; free each name and the array
 *
 * Returns how many; 0 if the folder is missing: no policy is in force. -1 after a message.
 */
int published_names(const char *dir, char ***names);

/* Can @name (of @size bytes) be the name of an aggregate, by the policy language? */
bool published_is_name(const char *name, size_t size);

#endif
