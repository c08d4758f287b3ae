/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiles a policy from text to an image, the bytes of the kernel's policy map, and reads it back
 * (docs/architecture.md, "Data flow").
 *
 *   text -> tokens -> statements -> resolved statements (struct policy) -> line masks -> image
 *   source.h  lex.h    parse.h       resolve.c, lines.c                     masks.h    compile.c
 *
 * It opens no file but the policy's own and the file of subordinate uids, and knows no kernel: what
 * names mean on this machine comes from the caller, as a struct machine. Errors go to a struct
 * diag, except that without memory the program ends (xalloc.h).
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gpio-acl/abi.h"

/* Limits of the language. Beyond each there is an error that names it. */
#define POLICY_MAX_FILE	    (256u << 20)     /* bytes of a file, of all files, of canonical text */
#define POLICY_MAX_LINE	    65536u	     /* bytes of one line */
#define POLICY_MAX_NAME	    64u		     /* bytes of the name of a chip or an aggregate */
#define POLICY_MAX_STRING   1024u	     /* bytes of a quoted string */
#define POLICY_MAX_FILES    1024u	     /* files of a policy, includes among them */
#define POLICY_MAX_INCLUDES 16u		     /* depth of nested includes */
#define POLICY_MAX_ID	    (UINT32_MAX - 1) /* (uid_t)-1 means "no id" */
#define POLICY_MAX_RULES    4000000u
#define POLICY_MAX_LINES    33554432u /* lines named; a range counts each of its lines */
#define POLICY_MAX_ENTRIES  8000000u  /* entries of the image */
#define POLICY_MAX_SUBUIDS  100000u   /* ranges of subordinate uids, after overlaps are cut */

/* ---- what names mean on this machine -------------------------------------------------- */

/* A chip that is present. */
struct machine_chip {
	const char *name;   /* "gpiochip0" */
	const char *label;  /* from the driver: any bytes */
	const char *device; /* parent device's name, or NULL */
	uint32_t num_lines;
	const char *const *line_names; /* num_lines of them, NULL: without a name; or NULL */
};

/* A symbolic link to a chip in /dev: Raspberry Pi OS has gpiochip4 for gpiochip0. */
struct machine_link {
	const char *name; /* "gpiochip4" */
	const char *chip; /* "gpiochip0" */
};

/*
 * What is on this machine. The caller owns all of it. A callback may be NULL: then no name is
 * found.
 */
struct machine {
	/* Set *id and return 0, or return a negative errno: -ENOENT if there is no such account */
	int (*user_id)(const char *name, uint32_t *id);
	int (*group_id)(const char *name, uint32_t *id);
	/* Return the account's name, valid until the next call, or NULL */
	const char *(*user_name)(uint32_t id);
	const char *(*group_name)(uint32_t id);
	const struct machine_chip *chips;
	size_t num_chips;
	const struct machine_link *links;
	size_t num_links;
	/* The file of subordinate uids, subuid(5), which need not exist; NULL: nobody has any */
	const char *subuid;
	/*
	 * Whether a name that means nothing here now is an error: an account, a line name, an
	 * offset beyond the chip. If not, it is a warning and the name stays open: an allow of it
	 * has no effect, a deny of it covers all that it could mean, and policy_resolve_late()
	 * looks for it again.
	 */
	bool strict;
};

/* The name of the chip that a link in /dev leads to; NULL if @name is no link. */
const char *machine_find_link(const struct machine *machine, const char *name);

/* ---- diagnostics ---------------------------------------------------------------------- */

/* Collects errors, warnings and their notes: diag.h has the calls that add them. */
struct diag;

/* An empty one, to be freed with diag_free(). */
struct diag *diag_new(void);
void diag_free(struct diag *diag);

/* How many there were, also beyond those that are printed. */
size_t diag_errors(const struct diag *diag);
size_t diag_warnings(const struct diag *diag);

/* Prints `file:line:column: error: text` and so on, sorted by place. @colour: with escapes. */
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

#define POLICY_NO_OFFSET UINT32_MAX /* of an open line name: could be any line of its chip */
#define POLICY_NO_ID	 UINT32_MAX /* of an open account: could be anybody */

struct policy_chip {
	char *name;
	enum gpio_acl_chip_by by;
	char *value; /* its label, device or name */
};

struct policy_line {
	uint32_t chip; /* index in policy.chips */
	uint32_t offset;
	char *name; /* the line name in the policy; NULL if it gave the offset */
};

struct policy_aggregate {
	char *name;
	struct policy_line *lines; /* the index is the virtual offset */
	size_t num_lines;
};

/* Positions in an aggregate. */
struct policy_range {
	uint32_t first, last;
};

struct policy_rule {
	bool deny;
	enum gpio_acl_subject_kind subjects;
	uint32_t id;	 /* uid or gid; 0 for everyone; POLICY_NO_ID if the account is open */
	char *account;	 /* the name of an open account, or NULL */
	uint32_t rights; /* GPIO_ACL_BIT() of each */
	bool memory_any;
	char *as;	  /* its purpose, or NULL */
	const char *file; /* where the rule is written */
	uint32_t line;
	/*
	 * The target as written: an aggregate and positions in it (all if num_ranges is 0), or
	 * lines of a chip. policy_rule_lines() makes lines of both.
	 */
	uint32_t aggregate; /* index in policy.aggregates, or UINT32_MAX */
	struct policy_range *ranges;
	size_t num_ranges;
	struct policy_line *lines; /* none if an aggregate is named */
	size_t num_lines;
};

/* How a policy came into force. Its word, of policy_origins[], is in the canonical text. */
enum policy_origin {
	POLICY_LOADED, /* from its file */
	POLICY_LAST,   /* at boot, its file could not be loaded: the one last in force */
	POLICY_CLOSED, /* at boot, that could not be read either: policy_closed() */
	NUM_POLICY_ORIGINS,
};

extern const char *const policy_origins[NUM_POLICY_ORIGINS];

struct policy {
	enum policy_origin origin;
	char *file;	/* policy_file_name() of its first file */
	uint32_t flags; /* enum gpio_acl_flags */
	struct policy_chip *chips;
	size_t num_chips;
	struct policy_aggregate *aggregates;
	size_t num_aggregates;
	struct policy_rule *rules;
	size_t num_rules;
	struct gpio_acl_subuids *subuids; /* sorted, without overlaps */
	size_t num_subuids;
	struct pool *pool; /* owns every name, string, line and range above */
};

/*
 * policy_read_file() - read, resolve and check a policy and the files that it includes
 * @path: the file; "-" reads standard input, without a check of its owner and mode
 * @machine: what names mean here; NULL: a machine without accounts and chips. Not kept
 * @diag: takes the errors and warnings of all files
 *
 * Returns the policy, to be freed with policy_free(), or NULL with at least one error in @diag.
 */
struct policy *policy_read_file(const char *path, const struct machine *machine, struct diag *diag);

/* policy_read_file() from memory. @text need not end in NUL; @name is its file name in messages. */
struct policy *policy_read_text(const char *name, const char *text, size_t size,
				const struct machine *machine, struct diag *diag);

/*
 * policy_resolve_late() - look again for the accounts and line names of a policy that are open
 * @machine: what is present now
 * @diag: takes a warning for each line name whose chip is present and that is still not found, or
 *	  is a line that the same aggregate or rule names already; and for each chip of the policy
 *	  that matches two chips
 *
 * An account that is found gets its id, a line name its offset. Works on a policy that was read
 * back from an image, too. Returns how many names were found.
 */
size_t policy_resolve_late(struct policy *policy, const struct machine *machine, struct diag *diag);

/*
 * policy_read_subuids() - give a policy the subordinate uids of a machine
 * @diag: takes a warning for each line of the file that has no effect and for each unknown owner;
 *	  an error if the call returns -1
 *
 * policy_read_file() calls it; the file may change later. Returns 1 if the policy's ranges changed,
 * 0 if they did not, -1 if the file cannot be read: the policy keeps its ranges.
 */
int policy_read_subuids(struct policy *policy, const struct machine *machine, struct diag *diag);

/* The range that has a uid; NULL if the uid is nobody's subordinate. */
const struct gpio_acl_subuids *policy_find_subuids(const struct policy *policy, uint32_t uid);

/* Is there a range with an unknown owner? */
bool policy_waits_for_owner(const struct policy *policy);

/* An open name: it means nothing on a machine now. */
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
 * policy_each_open() - call @each with every open name of a policy, once for each name
 *
 * These are the names that have no id or offset yet, and for each chip that is present the highest
 * offset in the policy, if it is beyond the chip. @open lives until @each returns.
 */
void policy_each_open(const struct policy *policy, const struct machine *machine,
		      void (*each)(const struct policy_open *open, void *ctx), void *ctx);

/* A policy without rules, which denies every line to all but root. @file: its name. */
struct policy *policy_closed(const char *file);

/*
 * policy_read_last() - read the policy that was last in force, from the loader's copy
 * @path: a file with the output of policy_print(), then POLICY_END, which a truncated file lacks
 *
 * The policy is not compared with this machine. NULL with an error in @diag.
 */
struct policy *policy_read_last(const char *path, struct diag *diag);

#define POLICY_END "# gpio-acl end\n"

/* The name of a policy's file in messages: @path, but "standard input" for "-". */
const char *policy_file_name(const char *path);

/* @policy may be NULL. */
void policy_free(struct policy *policy);

/*
 * policy_print() - print a policy in its canonical form
 * @machine: for the names of accounts; NULL: the text is for an image, and has no names
 *
 * Ids and offsets are numbers, each statement is on one line, rules are in the order of the source.
 * Each rule's origin is in a trailing comment, `# FILE:LINE (account name)`. Reading the text gives
 * the same image on any machine. Returns 0, or a negative errno if writing to @out fails.
 */
int policy_print(const struct policy *policy, const struct machine *machine, FILE *out);

/* One rule as policy_print() has it, without the comment and the end of the line. */
void policy_print_rule(const struct policy *policy, const struct policy_rule *rule, FILE *out);

/* The name that the machine has for a rule's account: plain text, valid until the next call; or
 * NULL.
 */
const char *policy_rule_account(const struct policy_rule *rule, const struct machine *machine);

/*
 * policy_rule_lines() - call @each with every line of a rule's target, in order
 *
 * Ends when @each returns other than 0; returns what @each returned last, or 0.
 */
int policy_rule_lines(const struct policy *policy, const struct policy_rule *rule,
		      int (*each)(const struct policy_line *line, void *ctx), void *ctx);

/* The words for the ways to know a chip: "label", "device", "name". */
extern const char *const policy_chip_by[GPIO_ACL_NUM_CHIP_BY];

/* Index of a chip or aggregate by its name, or UINT32_MAX. */
uint32_t policy_find_chip(const struct policy *policy, const char *name);
uint32_t policy_find_aggregate(const struct policy *policy, const char *name);

/* Does the definition of a chip match a chip that is present? */
bool policy_chip_matches(const struct policy_chip *chip, const struct machine_chip *present);

/* ---- image ---------------------------------------------------------------------------- */

struct image_entry {
	struct gpio_acl_key key;
	union gpio_acl_value value;
};

/* The bytes of the kernel's map: sorted by key (memcmp()), no key twice. */
struct image {
	struct image_entry *entries;
	size_t num_entries;
};

/*
 * policy_compile() - compile a policy to an image
 *
 * Returns the image, to be freed with image_free(), or NULL with an error in @diag if the policy is
 * beyond a limit.
 */
struct image *policy_compile(const struct policy *policy, struct diag *diag);

/* @image may be NULL. */
void image_free(struct image *image);

/* The value of a key, or NULL. The image owns it. */
const union gpio_acl_value *image_lookup(const struct image *image, const struct gpio_acl_key *key);

/*
 * image_chip() - find the node of a chip, by the steps that the kernel takes (abi.h)
 * @value: its label, device or name, or NULL
 *
 * Returns GPIO_ACL_NO_CHIP if the image does not know the chip by that.
 */
uint32_t image_chip(const struct image *image, enum gpio_acl_chip_by by, const char *value);

/*
 * image_policy() - read the policy that an image was compiled from
 * @image: any bytes: the map in the kernel may be damaged
 *
 * Reads the canonical text in the image, with the origins in its comments, and compiles it again.
 * Any difference to the image, but for the generation and the time of loading, is an error: what is
 * printed must be what is enforced. Returns the policy, or NULL with an error in @diag.
 */
struct policy *image_policy(const struct image *image, struct diag *diag);

#endif
