/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a policy is read from. Owns them while the policy is read, and enforces the limits
 * on their number and size.
 */
#include <stdlib.h>

#include "policy/internal.h"

const struct source *reader_take(struct reader *reader, struct source *source,
				 const struct span *from)
{
	if (!source)
		return NULL;
	source->order = reader->num_sources;
	reader->total_size += source->size;
	reader->sources = xgrow(reader->sources, reader->num_sources, sizeof(*reader->sources));
	reader->sources[reader->num_sources++] = source;
	if (reader->total_size <= POLICY_MAX_FILE)
		return source;
	diag_error(reader->diag, from, "policy too large with %s (limit %u MiB)", source->name,
		   POLICY_MAX_FILE >> 20);
	return NULL;
}

const struct source *reader_open(struct reader *reader, const char *path, const struct span *from)
{
	if (reader->num_sources == POLICY_MAX_FILES) {
		diag_error(reader->diag, from, "too many files with %s (limit %u)", path,
			   POLICY_MAX_FILES);
		return NULL;
	}
	return reader_take(reader, source_open(path, from, reader->diag), from);
}

void reader_free_sources(struct reader *reader)
{
	for (size_t i = 0; i < reader->num_sources; i++)
		source_free(reader->sources[i]);
	free(reader->sources);
}
