/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy while it is read: what parsing, resolving and checking share. Beside each statement of
 * the policy it keeps what only they need; all of that is freed when reading ends.
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

/* Words of a statement: bytes of its source. words_span() makes a span of them. */
struct words {
	uint32_t offset, size;
};

/* A line, or a range of lines or positions, as written. */
struct item {
	struct words words;
	uint32_t first, last;
	char *name; /* a quoted line name, then first and last are 0; or NULL */
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
	const char *link; /* the name as written, if that is a link in /dev to the chip's node */
	bool broken;	  /* its error is reported: do not check its lines */
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

/* What a name of the policy stands for. */
struct definition {
	bool is_aggregate;
	uint32_t index; /* in policy.chips or policy.aggregates */
};

/* The names of chips and aggregates. Starts as all zeros. */
struct symbols {
	struct table names; /* to indexes in definitions */
	struct definition *definitions;
	size_t num_definitions;
};

/* The settings: enum gpio_acl_flags, but for those that are derived from rules. */
#define NUM_SETTINGS 3

struct reader {
	struct policy *policy;
	const struct machine *machine;
	struct diag *diag;
	struct pool *pool; /* freed when reading ends */
	/*
	 * The text comes out of an image: each rule's origin is in its comment, includes are an
	 * error, and names are not compared with this machine.
	 */
	bool loaded;
	struct source **sources;
	size_t num_sources;
	size_t total_size;		     /* bytes of all sources */
	struct chip_source *chips;	     /* as policy->chips */
	struct aggregate_source *aggregates; /* as policy->aggregates */
	struct rule_source *rules;	     /* as policy->rules */
	struct span settings[NUM_SETTINGS];  /* where each was set */
	struct symbols symbols;
	struct table selectors;	  /* what chips are known by, to indexes of chips */
	struct table accounts;	  /* names of users and groups, to ids */
	struct table no_accounts; /* names that were not found, to errnos */
	struct table line_names;  /* line_key(), to offsets */
	size_t num_lines;	  /* named so far, of POLICY_MAX_LINES */
	size_t num_unresolved;	  /* open accounts and line names */
};

static inline struct span words_span(const struct span *statement, struct words words)
{
	return (struct span){statement->source, statement->line, words.offset, words.size};
}

/* The bytes of a statement's words, not ended by NUL. */
static inline const char *words_text(const struct span *statement, struct words words)
{
	return statement->source->text + words.offset;
}

/* The chip of the machine that is the @i-th to match a chip of the policy. */
static inline const struct machine_chip *chip_present(const struct reader *reader, uint32_t chip,
						      size_t i)
{
	return &reader->machine->chips[reader->chips[chip].present[i]];
}

/* policy.c: the words of rights, by enum gpio_acl_right. */
extern const char *const policy_rights[GPIO_ACL_NUM_RIGHTS];

/* policy.c: the settings, as they are printed. */
struct setting {
	const char *name;
	uint32_t flag;	       /* enum gpio_acl_flags */
	const char *values[2]; /* the default, and the one that sets the flag */
};

extern const struct setting policy_settings[NUM_SETTINGS];

/* ---- files.c: the files of a policy --------------------------------------------------- */

/* source_open(), counted against the limits of a policy. The reader owns the source. */
const struct source *reader_open(struct reader *reader, const char *path, const struct span *from);

/*
 * Makes the reader own a source and counts it against POLICY_MAX_FILE. NULL with an error if it is
 * too much; NULL if @source is NULL.
 */
const struct source *reader_take(struct reader *reader, struct source *source,
				 const struct span *from);

void reader_free_sources(struct reader *reader);

/* ---- symbols.c: the names of a policy ------------------------------------------------- */

/* What a name of @size bytes stands for; false if it stands for nothing. */
bool symbols_find(const struct symbols *symbols, const char *name, size_t size,
		  struct definition *found);

/* Defines a name. Returns false and sets *found if it is defined already. */
bool symbols_define(struct symbols *symbols, const char *name, size_t size,
		    struct definition definition, struct definition *found);

void symbols_free(struct symbols *symbols);

/* ---- chip.c: what identifies a chip --------------------------------------------------- */

/* A present chip's label, device or name; NULL if it has none. */
const char *chip_known_as(const struct machine_chip *present, enum gpio_acl_chip_by by);

/*
 * The chips of the machine that a chip of the policy matches: writes their indexes to @present,
 * which has room for machine->num_chips, and returns how many they are.
 */
size_t chip_find_present(const struct policy_chip *chip, const struct machine *machine,
			 uint32_t *present);

/*
 * Is it the name of a HID device, BBBB:VVVV:PPPP.NNNN? hid_add_device() (drivers/hid/hid-core.c)
 * counts N up at each plug-in, so that the same adapter gets another name then.
 */
bool device_counts_plugs(const char *device);

/* Warns that a definition matches two chips that are present. @span: the definition, or NULL. */
void chip_warn_shared(struct diag *diag, const struct span *span, const struct policy_chip *chip,
		      const struct machine_chip *one, const struct machine_chip *other);

/* ---- parse.c -------------------------------------------------------------------------- */

/* Reads every statement of a source and of the files that it includes. */
void parse_source(struct reader *reader, const struct source *source);

/* ---- lines.c: the lines of targets ---------------------------------------------------- */

enum line_search {
	LINE_FOUND,
	LINE_MISSING,	/* on every chip */
	LINE_AMBIGUOUS, /* several lines of a chip have the name */
	LINE_DIFFERENT, /* missing on some, or another offset */
};

/*
 * line_search() - the line that a name stands for on some chips of the machine
 * @present: indexes of @num chips; if there are none the line is missing
 * @offset: set with LINE_FOUND
 * @where: with LINE_AMBIGUOUS set to the chip on which the name is ambiguous
 */
enum line_search line_search(const struct machine *machine, const uint32_t *present, size_t num,
			     const char *name, uint32_t *offset, uint32_t *where);

/* Makes a table's key of a line name and its chip; returns its size. */
#define LINE_KEY_SIZE (sizeof(uint32_t) + POLICY_MAX_STRING)
size_t line_key(char key[LINE_KEY_SIZE], uint32_t chip, const char *name);

/* How many lines or positions the items of a target name. */
size_t target_size(const struct target *target);

/* Adds to the lines that a policy names. False above POLICY_MAX_LINES; the first time an error. */
bool count_lines_named(struct reader *reader, size_t count, const struct span *span);

/*
 * lines_resolve() - find the lines of one chip that a target names
 * @lines: takes target_size() of them, in the target's order
 *
 * A name or offset that is not there is an error if the machine is strict: then it returns false.
 * Else it is a warning, and the line stays open.
 */
bool lines_resolve(struct reader *reader, uint32_t chip, const struct target *target,
		   const struct span *statement, struct policy_line *lines);

/*
 * lines_check_twice() - check that no line is named twice
 * @lines: @num lines, of the targets @parts
 *
 * A line that is named by its name and by its offset may be two lines tomorrow: unless the machine
 * is strict that is a warning, and the name stays open.
 */
void lines_check_twice(struct reader *reader, struct policy_line *lines, size_t num,
		       const struct target *parts, const struct span *statement);

/* ---- resolve.c, lint.c ---------------------------------------------------------------- */

/* Finds what the names in all statements stand for. Errors are in reader->diag. */
void resolve_policy(struct reader *reader);

/* Warns of what is no error but probably not meant. Only for a policy without errors. */
void lint_policy(struct reader *reader);

/* ---- read.c: canonical text ----------------------------------------------------------- */

/* How the canonical text begins: then come a word of policy_origins[] and the file's name. */
#define FIRST_LINE "# gpio-acl "

/*
 * policy_read_canonical() - read a policy from its canonical text, as policy_print() wrote it
 * @name: what the text is called in messages
 *
 * The policy is not compared with this machine. NULL with an error in @diag.
 */
struct policy *policy_read_canonical(const char *name, const char *text, size_t size,
				     struct diag *diag);

#endif
