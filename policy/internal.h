/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy while it is read. Parsing fills the policy and keeps beside each statement what is only
 * needed until names are resolved and the rules are checked; all of that goes when reading ends.
 */
#ifndef POLICY_INTERNAL_H
#define POLICY_INTERNAL_H

#include "policy/diag.h"
#include "policy/lex.h"
#include "policy/policy.h"
#include "policy/source.h"
#include "policy/table.h"
#include "policy/text.h"
#include "policy/xalloc.h"

/* Words of a statement. With the statement's own span they make a span. */
struct words {
	uint32_t offset, size;
};

/* A line, or a range of lines or positions, as written. */
struct item {
	struct words words;
	uint32_t first, last;
	char *name; /* a quoted line name, then first and last mean nothing; or NULL */
};

/* What a rule is about, or one chip's part of an aggregate. */
struct target {
	struct words name; /* of a chip or an aggregate; size 0: the statement was not understood */
	bool slice;	   /* items are positions, in brackets */
	struct item *items;
	size_t num_items;
};

struct chip_source {
	struct span statement;
	struct words value;
	const char *link; /* the name as it is written, where that is another name of a node */
	bool broken;	  /* its error is reported: nothing can be said of its lines */
	bool used;
	uint32_t *present; /* indexes in machine->chips of those that match */
	size_t num_present;
};

struct aggregate_source {
	struct span statement;
	struct target *parts;
	size_t num_parts;
	bool broken;
	bool used;
};

struct rule_source {
	struct span statement;
	struct words subject; /* the kind of subject and its name */
	struct target target;
};

/* The settings, in the order of enum gpio_acl_flags. */
#define NUM_SETTINGS 3

struct reader {
	struct policy *policy;
	const struct machine *machine;
	struct diag *diag;
	struct pool *pool; /* what ends with reading */
	/*
	 * The text comes out of an image: origins of rules are their comments, nothing is included,
	 * and what the machine has is not asked.
	 */
	bool loaded;
	struct source **sources;
	size_t num_sources;
	size_t total_size;
	struct chip_source *chips;	     /* as policy->chips */
	struct aggregate_source *aggregates; /* as policy->aggregates */
	struct rule_source *rules;	     /* as policy->rules */
	struct span settings[NUM_SETTINGS];
	struct table definitions; /* names of chips and aggregates, see struct definition */
	struct table selectors;	  /* what chips are known by, to indexes of chips */
	struct table accounts;	  /* names of users and groups, to ids */
	struct table no_accounts; /* those that were looked up in vain, to errnos */
	struct table line_names;  /* of a chip, to offsets */
	size_t num_lines;	  /* named so far, of POLICY_MAX_LINES */
	size_t num_unresolved;	  /* open accounts and line names */
};

/* What a name in struct reader.definitions stands for. */
struct definition {
	bool is_aggregate;
	uint32_t index;
};

bool reader_find(const struct reader *reader, const char *name, size_t size,
		 struct definition *found);

static inline struct span words_span(const struct span *statement, struct words words)
{
	return (struct span){statement->source, statement->line, words.offset, words.size};
}

/* The bytes of a statement's words, not ended by NUL. */
static inline const char *words_text(const struct span *statement, struct words words)
{
	return statement->source->text + words.offset;
}

/* The names of rights, by enum gpio_acl_right. */
extern const char *const policy_rights[GPIO_ACL_NUM_RIGHTS];

/* A setting: its name, then the value that is the default, then the value that sets the flag. */
struct setting {
	const char *name, *values[2];
};

extern const struct setting policy_settings[NUM_SETTINGS];

/* parse.c: reads every statement of a source, and of what it includes. */
void parse_source(struct reader *reader, const struct source *source);

/* read.c: opens a file, counting it against the limits; NULL with an error. */
const struct source *reader_open(struct reader *reader, const char *path, const struct span *from);

/* resolve.c: finds the lines that names stand for. */
void resolve_policy(struct reader *reader);

/* resolve.c: a present chip's label, device or name; NULL when it has none. */
const char *chip_known_as(const struct machine_chip *present, enum gpio_acl_chip_by by);

/*
 * line_search() - the line that a name stands for on all chips of the machine that @present lists
 * @num: how many are listed; without any the line is missing
 * @offset: takes the offset, when the name has one and the same everywhere
 * @where: takes the chip on which the name is ambiguous
 */
enum line_search {
	LINE_FOUND,
	LINE_MISSING,	/* on every chip */
	LINE_AMBIGUOUS, /* several lines of a chip have the name */
	LINE_DIFFERENT, /* missing on some, or another offset */
};

enum line_search line_search(const struct machine *machine, const uint32_t *present, size_t num,
			     const char *name, uint32_t *offset, uint32_t *where);

/* lint.c: warns of what is no error but hardly meant. For a policy without errors. */
void lint_policy(struct reader *reader);

/*
 * lint.c: is it the name of a HID device, BBBB:VVVV:PPPP.NNNN? The kernel counts N up at each
 * plug-in, so that the same adapter has another name after the next.
 */
bool device_counts_plugs(const char *device);

/* lint.c: warns that two chips are present that one definition means. @span: it, or NULL. */
void lint_shared_chip(struct diag *diag, const struct span *span, const struct policy_chip *chip,
		      const struct machine_chip *one, const struct machine_chip *other);

/* How the canonical text begins: then come a word of policy_origins[] and the file's name. */
#define FIRST_LINE "# gpio-acl "

/* read.c: a policy from its canonical text, called @name, not checked against this machine. */
struct policy *policy_read_canonical(const char *name, const char *text, size_t size,
				     struct diag *diag);

#endif
