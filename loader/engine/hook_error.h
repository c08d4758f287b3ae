/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the kernel refused to load or attach a program, and what it would need: the one place that
 * turns such an errno into words.
 */
#ifndef LOADER_ENGINE_HOOK_ERROR_H
#define LOADER_ENGINE_HOOK_ERROR_H

#include <stdbool.h>

#include "loader/engine/kernel.h"

struct btf;

/* A program that the kernel refused, and what is known of the function that it is attached to. */
struct hook_error {
	const char *section; /* of the program: "kprobe/mem_open", also after a '?' */
	bool loaded;	     /* but not attached */
	int err;	     /* errno of that */
	const char *log;     /* of the verifier; NULL: none */
	int functions;	     /* of that name in /proc/kallsyms; -1 if it cannot be read */
	bool in_btf;	     /* BTF has a function of that name */
};

/*
 * hook_error_look() - look up the function
 * @error: section is read; functions and in_btf are filled in
 * @root: the folder that /proc and /sys are in: "" is this machine
 */
void hook_error_look(struct hook_error *error, const char *root);

/* hook_error_explain() - what is missing, and which kernel option or boot word adds it */
void hook_error_explain(const struct hook_error *error, struct kernel_fault *fault);

#endif
