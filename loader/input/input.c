// SPDX-License-Identifier: GPL-2.0-or-later
/* See input.h. */
#include <stdlib.h>

#include "loader/engine/engine.h"
#include "loader/input/input.h"
#include "loader/util/message.h"
#include "loader/util/path.h"

struct policy *input_read_loaded(struct image **image, struct diag *diag)
{
	*image = engine_image();
	return *image ? image_policy(*image, diag) : NULL;
}

static struct policy *read_file(const char *file, const struct machine *machine,
				struct image **image, struct diag *diag)
{
	char *path = absolute_path(file);
	struct policy *policy = policy_read_file(path, machine, diag);

	free(path);
	*image = policy ? policy_compile(policy, diag) : NULL;
	return policy;
}

struct policy *input_read(const char *file, const struct machine *machine, struct image **image)
{
	struct diag *diag = diag_new();
	struct image *made;
	struct policy *policy =
		file ? read_file(file, machine, &made, diag) : input_read_loaded(&made, diag);

	if (!policy || !made) {
		diag_print(diag, stderr, use_colour(stderr));
		policy_free(policy);
		image_free(made);
		policy = NULL;
	} else if (image) {
		*image = made;
	} else {
		image_free(made);
	}
	diag_free(diag);
	return policy;
}
