/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rights, one row each. A new row is a right everywhere: in the policy language, in the masks
 * of a policy map, in messages. bpf/core/decode.h decides what needs it.
 */
#ifndef GPIO_ACL_RIGHTS_H
#define GPIO_ACL_RIGHTS_H

#define GPIO_ACL_BIT(right) (1u << (right))

/*
 * X(name, word, with): the word in a policy, and what a request that uses the right needs beside
 * it. A right's number is the index of its mask in struct gpio_acl_masks.
 */
#define GPIO_ACL_RIGHTS(X)                                                                         \
	X(INFO, "info", 0)                                                                         \
	X(INPUT, "input", 0)                                                                       \
	X(OUTPUT, "output", 0)                                                                     \
	X(EDGES, "edges", GPIO_ACL_BIT(GPIO_ACL_RIGHT_INPUT))                                      \
	X(BIAS, "bias", GPIO_ACL_HOLD)

enum gpio_acl_right {
#define X(name, word, with) GPIO_ACL_RIGHT_##name,
	GPIO_ACL_RIGHTS(X)
#undef X
		GPIO_ACL_NUM_RIGHTS,
	GPIO_ACL_MAX_RIGHTS = 8, /* room in the layouts */
};

#define GPIO_ACL_ALL_RIGHTS (GPIO_ACL_BIT(GPIO_ACL_NUM_RIGHTS) - 1)

/* "info, input, ..., ", for messages. */
#define GPIO_ACL_RIGHT_WORD(name, word, with) word ", "
#define GPIO_ACL_RIGHT_LIST		      GPIO_ACL_RIGHTS(GPIO_ACL_RIGHT_WORD)

/*
 * What a line may need beside rights: `input` or `output`, either will do (a request "as is", a use
 * of a held line). Above the bits of all rights, whatever rights are added.
 */
#define GPIO_ACL_HOLD GPIO_ACL_BIT(GPIO_ACL_MAX_RIGHTS)

_Static_assert((int)GPIO_ACL_NUM_RIGHTS <= (int)GPIO_ACL_MAX_RIGHTS, "a mask for every right");

#endif
