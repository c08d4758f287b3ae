/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the kernel does not take a program, and what it would need: the one place that turns an errno
 * of a load or an attachment into words.
 */
#ifndef LOADER_ENGINE_HOOK_ERROR_H
#define LOADER_ENGINE_HOOK_ERROR_H

#include <stdbool.h>

#include "loader/engine/kernel.h"

struct btf;

/* A program that the kernel did not take, and what is known of the function that it is for. */
struct hook_error {
	const char *section; /* of the program, as the object names it: "?kprobe/mem_open" */
	bool loaded;	     /* but not attached */
	int err;	     /* errno of that */
	const char *log;     /* what the verifier says; NULL: nothing */
	int functions;	     /* with that name in /proc/kallsyms; -1 when it cannot be read */
	bool in_btf;	     /* there is a function with that name */
};

/*
 * hook_error_look() - look the function up
 * @error: its section says which; functions and in_btf are filled in
 * @root: the folder in which the kernel's file systems are: "" is this machine
 */
void hook_error_look(struct hook_error *error, const char *root);

/* hook_error_explain() - what is missing, and which option or boot word brings it */
void hook_error_explain(const struct hook_error *error, struct kernel_fault *fault);

#endif
