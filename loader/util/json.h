/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few calls of json-c that records and answers are made of; none of them fails (memory.h). */
#ifndef LOADER_UTIL_JSON_H
#define LOADER_UTIL_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Put a value into an object, which then owns it. NULL is null. */
void json_add(struct json_object *object, const char *key, struct json_object *value);
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_bool(struct json_object *object, const char *key, bool value);

/* Text of at most @max bytes that others chose: as text_put() (policy/text.h) shows it: valid
 * UTF-8. */
void json_add_text(struct json_object *object, const char *key, const char *text, size_t max);

/* The words whose bit is set, as an array: word n is that of bit n. */
void json_add_words(struct json_object *object, const char *key, const char *const *words,
		    uint32_t bits);

/* Print an object as one line, and free it. */
void json_print(FILE *out, struct json_object *object);

#endif
