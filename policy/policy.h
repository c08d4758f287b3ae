/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy text to image (docs/architecture.md, "Data flow").
 *
 *   text -> tokens -> statements -> resolved statements (struct policy) -> struct image
 *
 * Nothing here knows the kernel, BPF, root, or any file but the policy's own: what names mean on
 * this machine comes from the caller, as a struct machine.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gpio-acl/abi.h"

/* Limits of the language; each is an error that names the limit and what was found. */
#define POLICY_MAX_FILE	    (256u << 20) /* bytes of a file, of all files, of the image's text */
#define POLICY_MAX_LINE	    65536u	 /* bytes of one line */
#define POLICY_MAX_NAME	    64u		 /* bytes of a chip's or aggregate's own name */
#define POLICY_MAX_STRING   1024u	 /* bytes of a quoted string */
#define POLICY_MAX_FILES    1024u	 /* files of a policy, includes counted */
#define POLICY_MAX_INCLUDES 16u		 /* depth of includes */
#define POLICY_MAX_ID	    (UINT32_MAX - 1) /* (uid_t)-1 is nobody's: it means "no id" */
#define POLICY_MAX_RULES    4000000u
#define POLICY_MAX_LINES    33554432u /* lines named, those of a range one by one */
#define POLICY_MAX_ENTRIES  8000000u  /* entries of the image, hence of the kernel's map */
#define POLICY_MAX_SUBUIDS  100000u   /* ranges of subordinate uids, where they overlap cut */

/* ---- what names mean on this machine -------------------------------------------------- */

/* A chip that is present. */
struct machine_chip {
	const char *name;   /* "gpiochip0" */
	const char *label;  /* as the kernel has it */
	const char *device; /* parent device's name, or NULL */
	uint32_t num_lines;
	const char *const *line_names; /* num_lines of them; NULL for a line without a name */
};

/* Another name of a chip's node in /dev: Raspberry Pi OS has gpiochip4 for gpiochip0. */
struct machine_link {
	const char *name; /* "gpiochip4" */
	const char *chip; /* "gpiochip0" */
};

struct machine {
	/* 0 and *id, or a negative errno: -ENOENT when there is no such account */
	int (*user_id)(const char *name, uint32_t *id);
	int (*group_id)(const char *name, uint32_t *id);
	/* An account's name in memory that lives until the next call, or NULL */
	const char *(*user_name)(uint32_t id);
	const char *(*group_name)(uint32_t id);
	const struct machine_chip *chips;
	size_t num_chips;
	const struct machine_link *links;
	size_t num_links;
	/* The file of subordinate uids, subuid(5), which need not be there; NULL: nobody has any */
	const char *subuid;
	/*
	 * Is a name that means nothing here today (an account, a line name, an offset beyond the
	 * chip) an error? If not, it stays open: it is a warning, and policy_resolve_late() looks
	 * for it later. An allow of an open name gives nothing, a deny of it takes all that it
	 * could mean.
	 */
	bool strict;
};

/* The chip whose node has another name in /dev, as its own name; NULL: there is none. */
const char *machine_find_link(const struct machine *machine, const char *name);

/* ---- diagnostics ---------------------------------------------------------------------- */

/*
 * A queue of errors and warnings, each with a place in a source and perhaps notes; printed as
 * `file:line:column: error: text`, the source line and carets (see diag.h).
 */
struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *diag);
size_t diag_errors(const struct diag *diag);
size_t diag_warnings(const struct diag *diag);
void diag_print(const struct diag *diag, FILE *out, bool colour);

/* An error, warning or remark of a diag. The texts are the diag's. */
struct diag_message {
	bool error;
	const char *file; /* NULL: it is about no place in a text */
	uint32_t line, column;
	const char *text;
	const char *note; /* the text of its first note, or NULL */
};

/* Call @each with every message that diag_print() shows, in that order. */
void diag_each(const struct diag *diag, void (*each)(const struct diag_message *message, void *ctx),
	       void *ctx);

/* Would diag_print() show the same of both? */
bool diag_same(const struct diag *one, const struct diag *other);

/* ---- resolved statements -------------------------------------------------------------- */

#define POLICY_NO_OFFSET UINT32_MAX /* an open line name: it could be any line of its chip */
#define POLICY_NO_ID	 UINT32_MAX /* an open account: it could be anybody's */

struct policy_chip {
	char *name;
	enum gpio_acl_chip_by by;
	char *value; /* the label, device or chip name it is known by */
};

struct policy_line {
	uint32_t chip; /* index in policy.chips */
	uint32_t offset;
	char *name; /* the quoted name, or NULL when the policy gave the offset */
};

struct policy_aggregate {
	char *name;
	struct policy_line *lines; /* the index is the virtual offset */
	size_t num_lines;
};

struct policy_rule {
	bool deny;
	enum gpio_acl_subject_kind subjects;
	uint32_t id;   /* uid or gid; 0 for everyone; POLICY_NO_ID */
	char *account; /* the name of the account while it is open, or NULL */
	uint32_t rights;
	bool memory_any;
	char *as;	  /* or NULL */
	const char *file; /* where the rule stands; owned by the policy */
	uint32_t line;
	/* The target as written: an aggregate and the positions of it (all when num_ranges is 0),
	 * or lines of a chip. Which lines that makes: policy_rule_lines(). */
	uint32_t aggregate; /* index in policy.aggregates, or UINT32_MAX */
	struct policy_range {
		uint32_t first, last;
	} * ranges;
	size_t num_ranges;
	struct policy_line *lines; /* of a chip; none when an aggregate is named */
	size_t num_lines;
};

/* How a policy came to be in force; its words, in policy_origins[], begin the canonical text. */
enum policy_origin {
	POLICY_LOADED, /* its file was loaded */
	POLICY_LAST,   /* at boot no file could be loaded: the one that was in force last */
	POLICY_CLOSED, /* at boot there was none of them either: policy_closed() */
	NUM_POLICY_ORIGINS,
};

extern const char *const policy_origins[NUM_POLICY_ORIGINS];

struct policy {
	enum policy_origin origin;
	char *file;	/* policy_file_name() of what was given to policy_read_file() */
	uint32_t flags; /* enum gpio_acl_flags */
	struct policy_chip *chips;
	size_t num_chips;
	struct policy_aggregate *aggregates;
	size_t num_aggregates;
	struct policy_rule *rules;
	size_t num_rules;
	struct gpio_acl_subuids *subuids; /* ascending; none has a uid of another's */
	size_t num_subuids;
	struct pool *pool; /* owns every name, string, line and range above (memory.h) */
};

/*
 * policy_read_file() - read, resolve and check a policy
 * @path: the file; "-" reads standard input, whose owner and mode are not judged
 * @machine: what names mean here; kept by nobody
 * @diag: takes every error and warning of all its files
 *
 * Returns the policy, or NULL with at least one error in @diag.
 */
struct policy *policy_read_file(const char *path, const struct machine *machine, struct diag *diag);

/* The same from memory (@text need not end in NUL); @name stands for the file in messages. */
struct policy *policy_read_text(const char *name, const char *text, size_t size,
				const struct machine *machine, struct diag *diag);

/*
 * policy_resolve_late() - find the accounts and line names that were open when the policy was read
 * @machine: what is present now
 * @diag: takes a warning for each name that is no single line on a chip that is present now, or is
 *	  one that the same aggregate or rule names already, and for each definition of a chip that
 *	  means two
 *
 * Accounts that are found get their id, line names their offset, the others keep none; a policy
 * read back from an image (image_policy()) makes one again. Returns how many got theirs.
 */
size_t policy_resolve_late(struct policy *policy, const struct machine *machine, struct diag *diag);

/*
 * policy_read_subuids() - take the subordinate uids of a machine for those of a policy
 * @diag: takes a warning for each line of the file that gives nothing, or an owner that is not
 *	  known; errors only with -1
 *
 * policy_read_file() does it; the machine's may change later. Returns 1 when they are others than
 * the policy had, 0 when they are not, -1 when the file cannot be read: it keeps those it had.
 */
int policy_read_subuids(struct policy *policy, const struct machine *machine, struct diag *diag);

/* The range that a uid is in; NULL: it is nobody's subordinate. */
const struct gpio_acl_subuids *policy_find_subuids(const struct policy *policy, uint32_t uid);

/* Are there any whose owners are not all known? */
bool policy_waits_for_owner(const struct policy *policy);

/* A name of the policy that means nothing on a machine. */
struct policy_open {
	/*
	 * The word of a subject (policy_subjects[]), "line": a line name of .chip, or "offset": the
	 * last line of .chip that .present does not have
	 */
	const char *kind;
	const char *name; /* NULL: an offset */
	const struct policy_chip *chip;
	uint32_t offset;
	const struct machine_chip *present;
};

/*
 * policy_each_open() - call @each with every open name of a policy, each once: those that
 * policy_resolve_late() could not find, and for each chip that is present the last offset beyond it
 */
void policy_each_open(const struct policy *policy, const struct machine *machine,
		      void (*each)(const struct policy_open *open, void *ctx), void *ctx);

/* The policy under which nobody but root has anything; @file is the one that it stands for. */
struct policy *policy_closed(const char *file);

/*
 * policy_read_last() - read the policy that was in force last, as the loader keeps it
 * @path: a file that holds policy_print() and then POLICY_END, so that one that is cut is none
 *
 * It is not compared with this machine. NULL with an error.
 */
struct policy *policy_read_last(const char *path, struct diag *diag);

#define POLICY_END "# gpio-acl end\n"

/* What a policy's file is called in messages: @path; "standard input" for "-". */
const char *policy_file_name(const char *path);

void policy_free(struct policy *policy);

/*
 * policy_print() - the canonical form: numeric ids, offsets, one statement a line, rules in the
 * order of the source, each rule's origin in a trailing comment `# FILE:LINE (account name)`.
 * Read again it makes the same image, on any machine. Returns 0 or a negative errno of @out.
 */
int policy_print(const struct policy *policy, const struct machine *machine, FILE *out);

/* One rule as policy_print() has it, without the comment and the end of the line. */
void policy_print_rule(const struct policy *policy, const struct policy_rule *rule, FILE *out);

/* The name that the machine has for a rule's account: plain text, valid until the next call; or
 * NULL.
 */
const char *policy_rule_account(const struct policy_rule *rule, const struct machine *machine);

/*
 * Call @each with every line that a rule's target names, in order, until it returns other than 0;
 * returns that.
 */
int policy_rule_lines(const struct policy *policy, const struct policy_rule *rule,
		      int (*each)(const struct policy_line *line, void *ctx), void *ctx);

/* The words for the ways to know a chip: "label", "device", "name". */
extern const char *const policy_chip_by[GPIO_ACL_NUM_CHIP_BY];

/* Index of a chip or aggregate by its name, or UINT32_MAX. */
uint32_t policy_find_chip(const struct policy *policy, const char *name);
uint32_t policy_find_aggregate(const struct policy *policy, const char *name);

/* Does a present chip answer to what the policy calls a chip? */
bool policy_chip_matches(const struct policy_chip *chip, const struct machine_chip *present);

/* ---- image ---------------------------------------------------------------------------- */

struct image_entry {
	struct gpio_acl_key key;
	union gpio_acl_value value;
};

/* Sorted by key (memcmp), no key twice: the bytes that the kernel's map holds. */
struct image {
	struct image_entry *entries;
	size_t num_entries;
};

/* policy_compile() - a policy's image; NULL when a limit is passed (an error in @diag says which)
 */
struct image *policy_compile(const struct policy *policy, struct diag *diag);
void image_free(struct image *image);

/* The value under a key, or NULL. Lives as long as the image. */
const union gpio_acl_value *image_lookup(const struct image *image, const struct gpio_acl_key *key);

/*
 * image_chip() - the node of a chip's name, walked as the kernel walks it (abi.h)
 * @value: label, device or chip name; NULL gives GPIO_ACL_NO_CHIP
 */
uint32_t image_chip(const struct image *image, enum gpio_acl_chip_by by, const char *value);

/*
 * image_policy() - the policy that an image read back from the kernel was compiled from
 *
 * Takes the canonical text in it, reads that (origins come from its comments) and compiles it
 * again; any difference between that and the image (generation and load time left out) is an
 * error: then what is printed would not be what is enforced. NULL with an error in @diag. Every
 * byte of the image is doubted: it is fuzzed.
 */
struct policy *image_policy(const struct image *image, struct diag *diag);

#endif
