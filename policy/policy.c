/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy that was read: its words, its parts, and how it is freed. */
#include <stdlib.h>
#include <string.h>

#include "policy/internal.h"

const char *const policy_rights[] = {
#define X(name, word, with) word,
	GPIO_ACL_RIGHTS(X)
#undef X
};
const char *const policy_origins[] = {"policy", "last", "closed"};
const char *const policy_chip_by[] = {"label", "device", "name"};

const struct setting policy_settings[NUM_SETTINGS] = {
	{"mode", GPIO_ACL_FLAG_PERMISSIVE, {"enforce", "permissive"}},
	{"root", GPIO_ACL_FLAG_ROOT_ENFORCE, {"bypass", "enforce"}},
	{"info", GPIO_ACL_FLAG_INFO_RESTRICTED, {"open", "restricted"}},
};

const char *policy_file_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	free(policy->chips);
	free(policy->aggregates);
	free(policy->rules);
	free(policy->subuids);
	pool_free(policy->pool);
	free(policy);
}

uint32_t policy_find_chip(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->num_chips; i++) {
		if (!strcmp(policy->chips[i].name, name))
			return i;
	}
	return UINT32_MAX;
}

uint32_t policy_find_aggregate(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->num_aggregates; i++) {
		if (!strcmp(policy->aggregates[i].name, name))
			return i;
	}
	return UINT32_MAX;
}

static int each_line(const struct policy_line *lines, size_t num,
		     int (*each)(const struct policy_line *line, void *ctx), void *ctx)
{
	int result = 0;

	for (size_t i = 0; i < num && !result; i++)
		result = each(&lines[i], ctx);
	return result;
}

int policy_rule_lines(const struct policy *policy, const struct policy_rule *rule,
		      int (*each)(const struct policy_line *line, void *ctx), void *ctx)
{
	const struct policy_aggregate *aggregate;
	int result = 0;

	if (rule->aggregate == UINT32_MAX)
		return each_line(rule->lines, rule->num_lines, each, ctx);
	aggregate = &policy->aggregates[rule->aggregate];
	if (!rule->num_ranges)
		return each_line(aggregate->lines, aggregate->num_lines, each, ctx);
	for (size_t i = 0; i < rule->num_ranges && !result; i++) {
		const struct policy_range *range = &rule->ranges[i];

		result = each_line(aggregate->lines + range->first, range->last - range->first + 1,
				   each, ctx);
	}
	return result;
}
