/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of this machine: each adds its findings, good or bad, with a remedy. All files are read
 * below a root folder, so that tests can make a machine of their own. Only the checks that attach
 * hooks or read the policy in force are of the running kernel.
 */
#ifndef LOADER_DOCTOR_DOCTOR_H
#define LOADER_DOCTOR_DOCTOR_H

#include <stddef.h>
#include <sys/types.h>

#include "policy/policy.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_UNKNOWN, /* only root can find out */
	DOCTOR_WARNING,
	DOCTOR_PROBLEM,
	NUM_DOCTOR_STATES,
};

/* The remedy of DOCTOR_UNKNOWN. */
#define DOCTOR_AS_ROOT "run gpio-acl doctor with sudo"

struct finding {
	enum doctor_state state;
	const char *check; /* one word */
	char *what;
	char *remedy; /* or NULL */
};

/* A device node; a device may have several. */
struct doctor_node {
	dev_t number;
	char *path; /* with the root */
	bool seen;  /* it has a finding */
};

struct doctor {
	const char *root; /* "": this machine */
	struct finding *findings;
	size_t num_findings;
	struct accounts *accounts; /* access.h */
	struct doctor_node *nodes; /* character devices below /dev */
	size_t num_nodes;
};

void doctor_open(struct doctor *doctor, const char *root);
void doctor_close(struct doctor *doctor);

/* Adds a finding, which then owns both texts; @remedy may be NULL. */
void doctor_add(struct doctor *doctor, enum doctor_state state, const char *check, char *what,
		char *remedy);

/* How many findings are in a state. */
size_t doctor_count(const struct doctor *doctor, enum doctor_state state);

/*
 * doctor_next_node() - find the nodes of the device that a file is a node of
 * @path: the file, with the root
 * @node: the node that was found last; NULL: find the first
 *
 * Returns NULL after the last one, and if the file is a link or no character device.
 */
struct doctor_node *doctor_next_node(const struct doctor *doctor, const char *path,
				     struct doctor_node *node);

/* printf() into memory, never NULL; the caller frees. */
char *doctor_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* kernel.c: the needs of kernel.h, and settings that weaken enforcement. False: no hook can be
 * attached, and a finding says why. */
bool doctor_kernel(struct doctor *doctor);

/*
 * doctor_hooks() - check the hooks of the running kernel, as root
 * @can: hooks can be attached
 *
 * If hooks are attached, adds which are and which are missing, and returns true. If none is and
 * @can, attaches each for a moment, and returns false.
 */
bool doctor_hooks(struct doctor *doctor, bool can);

/* policy.c: reads a policy file, and returns the policy or NULL. @named: the user named the file,
 * so it must exist. */
struct policy *doctor_file(struct doctor *doctor, const char *file, bool named,
			   const struct machine *machine);

/* Who can open the nodes of the chips, and which subjects of the policy (or NULL) cannot. */
void doctor_nodes(struct doctor *doctor, const struct policy *policy,
		  const struct machine *machine);

/* A file that gives access to lines around the policy. */
struct doctor_way {
	const char *check;
	const char *reaches;	 /* what it gives access to */
	unsigned int rights;	 /* ACCESS_*; any of them is enough */
	enum doctor_state worst; /* the finding if it is open to everyone */
	const char *breaks;	 /* what users cannot use once it is closed, or NULL */
};

/*
 * doctor_add_way() - add a finding that says who has this access
 * @path: the file, with the root
 * @remedy: how to close it; the finding owns it
 *
 * False: there is no such file.
 */
bool doctor_add_way(struct doctor *doctor, const struct doctor_way *way, const char *path,
		    char *remedy);

/* routes.c: registers, sysfs and buses; brokers.c: programs that use lines for others; programs.c:
 * set-user-ID programs. */
void doctor_routes(struct doctor *doctor);
void doctor_brokers(struct doctor *doctor);
void doctor_programs(struct doctor *doctor);

#endif
