// SPDX-License-Identifier: GPL-2.0-or-later
/* See origin.h. */
#include "loader/origin.h"
#include "loader/engine.h"
#include "loader/loader.h"

static struct policy *read_loaded(struct image **image, struct diag *diag)
{
	*image = engine_image();
	return *image ? image_policy(*image, diag) : NULL;
}

static struct policy *read_file(const char *file, const struct world *world, struct image **image,
				struct diag *diag)
{
	struct policy *policy = policy_read_file(file, world, diag);

	*image = policy ? policy_compile(policy, diag) : NULL;
	return policy;
}

struct policy *origin_read(const char *file, const struct world *world, struct image **image)
{
	struct diag *diag = diag_new();
	struct image *made;
	struct policy *policy =
		file ? read_file(file, world, &made, diag) : read_loaded(&made, diag);

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
