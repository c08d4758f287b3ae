/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switches for tests.
 */
#ifndef GPIO_ACL_TEST_H
#define GPIO_ACL_TEST_H

#include <stdbool.h>

/* Set only by a test build of the loader, so that attacks can be seen to win without a defence. */
const volatile bool exclusive_off, truth_off;

#endif
