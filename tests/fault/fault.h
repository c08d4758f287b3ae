/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that fail when a test wants them to. A program that is linked with fault.o and the
 * FAULTS of tests/tests.mk has every call of its own to what can fail counted: allocations, files,
 * folders and the kernel's maps and hooks. One of them then fails, or each from that one on. Calls
 * inside libraries are not counted.
 *
 * Without fault_set() the environment tells: FAULT=N the call, FAULT=N+ all from it on; and
 * FAULT_STRUCK the file that is made when one has failed, with the name of what was called.
 */
#ifndef TESTS_FAULT_FAULT_H
#define TESTS_FAULT_FAULT_H

#include <stdbool.h>

/* @number: from 1; 0: none fails. @struck: path of that file, or NULL. */
void fault_set(unsigned long number, bool lasts, const char *struck);

/* Counts a call of @name; true: it has to fail. */
bool fault_strikes(const char *name);

#endif
