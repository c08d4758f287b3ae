/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of a policy and places in them. A file is only read when nobody but root and the
 * caller could have written it, or put another in its place.
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
	char *name; /* as it is called in messages */
	char *text; /* bytes as they are: checked line by line when they are read (lex.h) */
	size_t size;
	unsigned int order;	     /* of being opened, from 0 */
	unsigned int depth;	     /* of includes; 0 for the first file */
	const struct source *parent; /* the file that includes it, or NULL */
	uint32_t parent_line;
	dev_t device; /* with the inode: which file it is; both 0 for text that is no file */
	ino_t inode;
};

/* Bytes of one line of a source. */
struct span {
	const struct source *source;
	uint32_t line;	 /* from 1 */
	uint32_t offset; /* bytes from the start of the source, below POLICY_MAX_FILE */
	uint32_t size;
};

/*
 * source_open() - read a file
 * @path: the file; "-" reads standard input, whose owner and mode are not judged
 * @from: the include statement that asks for it, or NULL
 *
 * Returns the source, for source_free(), or NULL with an error in @diag.
 */
struct source *source_open(const char *path, const struct span *from, struct diag *diag);

/* A source from memory (copied); NULL with an error in @diag when it is too long or badly named. */
struct source *source_text(const char *name, const char *text, size_t size, struct diag *diag);

void source_free(struct source *source);

/*
 * source_glob() - the files that an include's pattern names
 * @pattern: absolute, or relative to the folder of the file that the include stands in
 *
 * Returns paths sorted by their bytes, ended by NULL, to be freed each and together. A pattern
 * without a wildcard names one file, there or not. NULL with an error in @diag when a folder
 * cannot be read.
 */
char **source_glob(const char *pattern, const struct span *from, struct diag *diag);

#endif
