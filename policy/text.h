/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters: UTF-8 and what is safe to show on a terminal. */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of the character at @text, 1..4, and which it is; 0 when the bytes before @end are not
 * one character of valid UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
 */
size_t text_char(const char *text, const char *end, uint32_t *code);

/* C0, DEL and C1: what moves cursors and breaks lines. */
bool text_is_control(uint32_t code);

/* Is every byte part of a valid character that is no control? */
bool text_is_plain(const char *text, size_t size);

#endif
