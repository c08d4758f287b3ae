/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of a policy, and places in them. A file is read only if no user but root and the caller
 * could have written or replaced it.
 */
#ifndef POLICY_SOURCE_H
#define POLICY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct diag;
struct span;

struct source {
	char *name; /* its name in messages */
	char *text; /* unchecked bytes: lex.h checks each line */
	size_t size;
	unsigned int order;	     /* counts the files from 0, as they are opened */
	unsigned int depth;	     /* depth of includes; 0: the first file */
	const struct source *parent; /* the file that includes it; NULL: the first file */
	uint32_t parent_line;
	dev_t device; /* with the inode the identity of the file; both 0 if it is text from memory
		       */
	ino_t inode;
};

/* A place: bytes of one line of a source. */
struct span {
	const struct source *source;
	uint32_t line;	 /* from 1 */
	uint32_t offset; /* bytes from the start of the source, below POLICY_MAX_FILE */
	uint32_t size;
};

/*
 * source_open() - read a file
 * @path: the file; "-" reads standard input, without a check of its owner and mode
 * @from: the include statement, or NULL; its source must outlive this one
 *
 * Returns the source, to be freed with source_free(), or NULL with an error in @diag.
 */
struct source *source_open(const char *path, const struct span *from, struct diag *diag);

/*
 * A source from a copy of @text. NULL with an error in @diag if it is too long or @name is not
 * plain text.
 */
struct source *source_text(const char *name, const char *text, size_t size, struct diag *diag);

void source_free(struct source *source);

/*
 * source_glob() - the files that an include's pattern names
 * @pattern: absolute, or relative to the folder of the file that has the include
 *
 * Returns paths sorted by their bytes, ended by NULL; free() each of them and the array. A pattern
 * without a wildcard gives one path, whether that file exists or not. Returns NULL with an error in
 * @diag if a folder cannot be read.
 */
char **source_glob(const char *pattern, const struct span *from, struct diag *diag);

#endif
