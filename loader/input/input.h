/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a command takes the policy from that it tells about: a file, or the kernel. */
#ifndef LOADER_INPUT_INPUT_H
#define LOADER_INPUT_INPUT_H

#include "policy/policy.h"

/*
 * input_read() - a policy and its image
 * @file: the file, "-" for standard input; NULL: the policy in force, read back from the kernel
 * @image: takes the image, to be freed with image_free(); NULL when none is wanted
 *
 * Returns the policy, or NULL after its errors are printed. Warnings are left to `check`.
 */
struct policy *input_read(const char *file, const struct machine *machine, struct image **image);

#endif
