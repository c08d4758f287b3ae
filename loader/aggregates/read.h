/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Published maps: what `load` tells every program about an aggregate, one file each under
 * RUN_DIR "/aggregates". A first line `# gpio-acl aggregate 1 NAME`, then a line for each virtual
 * offset, in order, of five fields separated by one tab:
 *
 *   virtual offset, chip name (gpiochipN), offset, line name, chip label
 *
 * each of the last four `-` when it is not known now; names and labels as text_clean() makes them.
 */
#ifndef LOADER_AGGREGATES_READ_H
#define LOADER_AGGREGATES_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/util/path.h"

#define PUBLISHED_DIR	   RUN_DIR "/aggregates"
#define PUBLISHED_HEAD	   "# gpio-acl aggregate 1 "
#define PUBLISHED_MAX_FILE (64u << 20) /* bytes of a map that a reader takes */

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
 * published_parse() - the map of an aggregate from the text of its file
 * @text: @size bytes, all of them doubted
 * @map: takes the map, to be freed with published_free() only after success
 * @line: takes the number of the line that is wrong, from 1
 *
 * Returns NULL, or what is wrong.
 */
const char *published_parse(const char *text, size_t size, struct published *map, size_t *line);

/* The map of aggregate @name in folder @dir. 0, or -1 after a message that knows the remedy. */
int published_read(const char *dir, const char *name, struct published *map);
void published_free(struct published *map);

/*
 * published_names() - the aggregates that are published in folder @dir, sorted
 * @names: takes an array and the names in it, to be freed one by one
 *
 * Returns how many; none when there is no such folder: no policy is in force. -1 after a message.
 */
int published_names(const char *dir, char ***names);

/* The last word of the policy language on names: could @name (of @size bytes) be an aggregate's? */
bool published_is_name(const char *name, size_t size);

#endif
