/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switches that leave a defence out, so that tests/attack can see an attack win without it. They
 * exist only in the object that is built with -DGPIO_ACL_TEST, never in the one that is shipped.
 */
#ifndef GPIO_ACL_TEST_H
#define GPIO_ACL_TEST_H

#include <stdbool.h>

#ifdef GPIO_ACL_TEST
const volatile bool memcheck_off, verify_off; /* set by the loader, from GPIO_ACL_TEST_OFF */
#else
#define memcheck_off false
#define verify_off   false
#endif

#endif
