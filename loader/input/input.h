/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the policy that a command works on: from a file, or back from the kernel. */
#ifndef LOADER_INPUT_INPUT_H
#define LOADER_INPUT_INPUT_H

#include "policy/policy.h"

/*
 * input_read() - a policy and its image
 * @file: the file, "-" for standard input; NULL: the policy in force, read back from the kernel
 * @image: takes the image, to be freed with image_free(); NULL if it is not needed
 *
 * Returns the policy, or NULL after printing its errors. Only `check` prints warnings.
 */
struct policy *input_read(const char *file, const struct machine *machine, struct image **image);

/*
 * input_read_loaded() - the policy in force and its image, read back from the kernel
 * @image: takes the image, NULL if the kernel's map cannot be read; to be freed
 * @diag: takes what is wrong with the image
 *
 * Returns the policy, or NULL.
 */
struct policy *input_read_loaded(struct image **image, struct diag *diag);

#endif
