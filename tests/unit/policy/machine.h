/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine of the tests of policies: fixed accounts and chips, none of this computer. */
#ifndef UNIT_POLICY_MACHINE_H
#define UNIT_POLICY_MACHINE_H

#include <errno.h>
#include <string.h>

#include "policy/policy.h"

struct test_account {
	const char *name;
	uint32_t id;
};

static const struct test_account test_users[] = {
	{"alice", 1000},   {"bob", 1001}, {"carol", 1002},
	{"nodered", 1003}, {"a.b", 1004}, {NULL, 0},
};

static const struct test_account test_groups[] = {
	{"operators", 2000},
	{"gpio", 2001},
	{NULL, 0},
};

static inline int test_find_id(const struct test_account *accounts, const char *name, uint32_t *id)
{
	if (!strcmp(name, "broken"))
		return -EIO; /* an account database that returns an error */
	for (; accounts->name; accounts++) {
		if (!strcmp(accounts->name, name)) {
			*id = accounts->id;
			return 0;
		}
	}
	return -ENOENT;
}

static inline const char *test_find_name(const struct test_account *accounts, uint32_t id)
{
	for (; accounts->name; accounts++) {
		if (accounts->id == id)
			return accounts->name;
	}
	return NULL;
}

static inline int test_user_id(const char *name, uint32_t *id)
{
	return test_find_id(test_users, name, id);
}

static inline int test_group_id(const char *name, uint32_t *id)
{
	return test_find_id(test_groups, name, id);
}

static inline const char *test_user_name(uint32_t id)
{
	return test_find_name(test_users, id);
}

static inline const char *test_group_name(uint32_t id)
{
	return test_find_name(test_groups, id);
}

static const char *const test_lab_a[64] = {
	"RELAY0", "RELAY1", "RELAY2", "RELAY3", "LED0", "LED1", "LED2", "LED3",
};
static const char *const test_lab_b[8] = {"DOOR", "TWIN", "TWIN"};
static const char *const test_cp2112[8] = {[3] = "RELAY_EN"};
static const char *const test_ch341[4] = {"LAMP"};

static const struct machine_chip test_chips[] = {
	{"gpiochip0", "lab-a", "gpio-sim.0-node0", 64, test_lab_a},
	{"gpiochip1", "lab-b", "gpio-sim.0-node1", 8, test_lab_b},
	{"gpiochip2", "cp2112_gpio", "0003:10C4:EA90.0001", 8, test_cp2112},
	{"gpiochip3", "cp2112_gpio", "0003:10C4:EA90.0002", 8, NULL},
	{"gpiochip4", "ch341", "1-1.1:1.0", 4, test_ch341},
	{"gpiochip5", "ch341", "1-1.2:1.0", 4, NULL},
};

static const struct machine_link test_links[] = {{"gpiochip9", "gpiochip0"}};

static const struct machine test_machine = {
	.user_id = test_user_id,
	.group_id = test_group_id,
	.user_name = test_user_name,
	.group_name = test_group_name,
	.chips = test_chips,
	.num_chips = sizeof(test_chips) / sizeof(test_chips[0]),
	.links = test_links,
	.num_links = 1,
	.strict = true,
};

#endif
