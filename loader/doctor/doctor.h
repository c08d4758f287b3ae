/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands between a policy and its enforcement on this machine: each check adds what it found,
 * good or bad, with the remedy. Everything is looked up under a root folder, so that tests can
 * plant their own machine; the checks in kernel.c that attach, and the policy in force, are
 * of the running kernel alone.
 */
#ifndef LOADER_DOCTOR_DOCTOR_H
#define LOADER_DOCTOR_DOCTOR_H

#include <stddef.h>
#include <sys/types.h>

#include "policy/policy.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_UNKNOWN, /* only root can see */
	DOCTOR_WARNING,
	DOCTOR_PROBLEM,
	NUM_DOCTOR_STATES,
};

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
	bool told;
};

struct doctor {
	const char *root; /* "" is this machine */
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
 * doctor_next_node() - a node of the same device as a file
 * @path: of the file, with the root
 * @node: the last one that was found; NULL for the first
 *
 * NULL: there is no further one; nor is any where the file is a link, or no character device.
 */
struct doctor_node *doctor_next_node(const struct doctor *doctor, const char *path,
				     struct doctor_node *node);

/* printf() into memory, never NULL; the caller frees. */
char *doctor_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * kernel.c: what kernel.h asks, and which settings of the kernel weaken it; false: no hook
 * can be attached, which is told with its cause.
 */
bool doctor_kernel(struct doctor *doctor);

/*
 * The hooks of the running kernel, which takes root: whether those at work are all, or if none is
 * (returns false) and some @can be attached, which.
 */
bool doctor_hooks(struct doctor *doctor, bool can);

/* policy.c: a policy file, whether it can be read and who could change it; the policy, or
 * NULL. One that was @named has to be there. Then whether those whom a policy allows something can
 * open the chips. */
struct policy *doctor_file(struct doctor *doctor, const char *file, bool named,
			   const struct machine *machine);
void doctor_nodes(struct doctor *doctor, const struct policy *policy,
		  const struct machine *machine);

/* A file that leads to lines around the policy. */
struct doctor_way {
	const char *check;
	const char *reaches;	 /* what is behind it */
	unsigned int rights;	 /* of which one is enough */
	enum doctor_state worst; /* when it is open to everyone */
	const char *breaks;	 /* what users can no longer use when it is closed, or NULL */
};

/*
 * doctor_add_way() - tell who may go it
 * @path: of the file, with the root
 * @remedy: to close it; the finding owns it
 *
 * False: there is no such file.
 */
bool doctor_add_way(struct doctor *doctor, const struct doctor_way *way, const char *path,
		    char *remedy);

/* routes.c: ways to lines around the character device, and who may go them;
 * brokers.c: programs that ask in the name of others; programs.c: set-user-ID ones.
 */
void doctor_routes(struct doctor *doctor);
void doctor_brokers(struct doctor *doctor);
void doctor_programs(struct doctor *doctor);

#endif
