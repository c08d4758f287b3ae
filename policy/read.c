/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a policy from its first file to the finished structure, and frees what only reading needs.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"

static struct reader reader_new(const char *name, const struct machine *machine, struct diag *diag)
{
	static const struct machine nothing;
	struct reader reader = {
		.policy = xcalloc(1, sizeof(*reader.policy)),
		.machine = machine ? machine : &nothing,
		.diag = diag,
		.pool = pool_new(),
	};

	reader.policy->pool = pool_new();
	reader.policy->file = pool_string(reader.policy->pool, name, strlen(name));
	return reader;
}

static void reader_free(struct reader *reader)
{
	reader_free_sources(reader);
	free(reader->chips);
	free(reader->aggregates);
	free(reader->rules);
	symbols_free(&reader->symbols);
	table_free(&reader->selectors);
	table_free(&reader->accounts);
	table_free(&reader->no_accounts);
	table_free(&reader->line_names);
	pool_free(reader->pool);
}

/* Reads the policy from its first source on; frees the reader. */
static struct policy *reader_finish(struct reader *reader, const struct source *source)
{
	struct policy *policy = reader->policy;
	size_t before = diag_errors(reader->diag);

	if (source) {
		parse_source(reader, source);
		resolve_policy(reader);
		if (!reader->loaded)
			policy_read_subuids(policy, reader->machine, reader->diag);
		if (diag_errors(reader->diag) == before && !reader->loaded)
			lint_policy(reader);
	}
	if (!source || diag_errors(reader->diag) > before) {
		policy_free(policy);
		policy = NULL;
	}
	reader_free(reader);
	return policy;
}

struct policy *policy_read_file(const char *path, const struct machine *machine, struct diag *diag)
{
	struct reader reader = reader_new(policy_file_name(path), machine, diag);

	return reader_finish(&reader, reader_open(&reader, path, NULL));
}

struct policy *policy_read_text(const char *name, const char *text, size_t size,
				const struct machine *machine, struct diag *diag)
{
	struct reader reader = reader_new(name, machine, diag);

	return reader_finish(&reader,
			     reader_take(&reader, source_text(name, text, size, diag), NULL));
}

struct policy *policy_read_canonical(const char *name, const char *text, size_t size,
				     struct diag *diag)
{
	struct reader reader = reader_new(name, NULL, diag);

	reader.loaded = true;
	return reader_finish(&reader,
			     reader_take(&reader, source_text(name, text, size, diag), NULL));
}

struct policy *policy_closed(const char *file)
{
	struct policy *policy = xcalloc(1, sizeof(*policy));

	policy->pool = pool_new();
	policy->file = pool_string(policy->pool, file, strlen(file));
	policy->origin = POLICY_CLOSED;
	policy->flags = GPIO_ACL_FLAG_INFO_RESTRICTED;
	return policy;
}
