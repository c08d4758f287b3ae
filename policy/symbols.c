/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that a policy defines. Each stands for one chip or one aggregate, and nothing else.
 */
#include <stdlib.h>

#include "policy/internal.h"

bool symbols_find(const struct symbols *symbols, const char *name, size_t size,
		  struct definition *found)
{
	uint32_t index = table_find(&symbols->names, name, size);

	if (index == TABLE_NONE)
		return false;
	*found = symbols->definitions[index];
	return true;
}

bool symbols_define(struct symbols *symbols, const char *name, size_t size,
		    struct definition definition, struct definition *found)
{
	size_t num = symbols->num_definitions;
	uint32_t index = table_add(&symbols->names, name, size, num);

	if (index != num) {
		*found = symbols->definitions[index];
		return false;
	}
	symbols->definitions = xgrow(symbols->definitions, num, sizeof(definition));
	symbols->definitions[symbols->num_definitions++] = definition;
	return true;
}

void symbols_free(struct symbols *symbols)
{
	table_free(&symbols->names);
	free(symbols->definitions);
}
