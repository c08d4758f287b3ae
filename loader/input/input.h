/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a command takes the policy from that it tells about: a file, or the kernel. */
#ifndef LOADER_INPUT_INPUT_H
#define LOADER_INPUT_INPUT_H

#include "policy/policy.h"

/*
 * origin_read() - a policy and its image
 * @file: the file, "-" for standard input; NULL: the policy in force, read back from the kernel
 * @image: takes the image, to be freed with image_free(); NULL when none is wanted
 *
 * Returns the policy, or NULL after its errors are printed. Warnings are left to `check`.
 */
struct policy *origin_read(const char *file, const struct machine *machine, struct image **image);

/*
 * input_read_loaded() - the policy in force and its image, read back from the kernel
 * @image: takes the image, NULL if the kernel's map cannot be read; to be freed
 * @diag: takes what is wrong with the image
 *
 * Returns the policy, or NULL.
 */
struct policy *input_read_loaded(struct image **image, struct diag *diag);

#endif
