/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short calls for json-c. None of them fails: without memory the command ends (memory.h). */
#ifndef LOADER_UTIL_JSON_H
#define LOADER_UTIL_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Adds a value to an object, which then owns it. NULL is null. */
void json_add(struct json_object *object, const char *key, struct json_object *value);
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_bool(struct json_object *object, const char *key, bool value);

/* Untrusted text of at most @max bytes, escaped by text_clean() (policy/text.h): valid UTF-8. */
void json_add_text(struct json_object *object, const char *key, const char *text, size_t max);

/* An array of the words whose bits are set: word n is that of bit n. */
void json_add_words(struct json_object *object, const char *key, const char *const *words,
		    uint32_t bits);

/* Prints an object on one line, and frees it. */
void json_print(FILE *out, struct json_object *object);

#endif
