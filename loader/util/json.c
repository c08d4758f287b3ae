// SPDX-License-Identifier: GPL-2.0-or-later
/* See json.h. */
#include "loader/util/json.h"
#include "loader/util/memory.h"
#include "policy/text.h"

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value))
		memory(NULL);
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_add(object, key, memory(json_object_new_uint64(number)));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_add(object, key, memory(json_object_new_boolean(value)));
}

void json_add_text(struct json_object *object, const char *key, const char *text, size_t max)
{
	char *clean = text ? text_clean(text, max) : NULL;

	json_add(object, key, clean ? memory(json_object_new_string(clean)) : NULL);
	free(clean);
}

void json_add_words(struct json_object *object, const char *key, const char *const *words,
		    uint32_t bits)
{
	struct json_object *array = memory(json_object_new_array());

	for (; bits; bits >>= 1, words++)
		if (bits & 1 &&
		    json_object_array_add(array, memory(json_object_new_string(*words))))
			memory(NULL);
	json_add(object, key, array);
}

void json_print(FILE *out, struct json_object *object)
{
	fputs(memory((void *)json_object_to_json_string_ext(
		      object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)),
	      out);
	putc('\n', out);
	json_object_put(object);
}
