/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ioctls of gpiolib, one row each: the file that takes it, what it does, its word. An ioctl
 * without a row is refused. <linux/gpio.h> has their arguments; bpf/core/decode.h reads them.
 */
#ifndef GPIO_ACL_IOCTLS_H
#define GPIO_ACL_IOCTLS_H

#include <linux/gpio.h>
#include <linux/types.h>

#define GPIO_ACL_IOCTL_TYPE 0xB4

/* The files of gpiolib, told apart by their file operations. */
enum gpio_acl_file {
	GPIO_ACL_FILE_OTHER,
	GPIO_ACL_FILE_CHIP,
	GPIO_ACL_FILE_REQUEST, /* v2 line request */
	GPIO_ACL_FILE_HANDLE,  /* v1 line handle */
	GPIO_ACL_FILE_EVENT,   /* v1 line event */
};

/* What a command does, as far as rights are concerned. */
enum gpio_acl_action {
	GPIO_ACL_ACTION_UNKNOWN, /* refused */
	GPIO_ACL_ACTION_CHIP_INFO,
	GPIO_ACL_ACTION_LINE_INFO, /* one line of the argument */
	GPIO_ACL_ACTION_REQUEST,   /* lines and flags of the argument */
	GPIO_ACL_ACTION_GET,	   /* the held lines */
	GPIO_ACL_ACTION_SET,	   /* those held lines that are outputs now */
	GPIO_ACL_ACTION_CONFIG,	   /* the held lines, flags of the argument */
	GPIO_ACL_ACTION_RECEIVE,   /* the held lines, and `edges` where their edges are delivered */
	GPIO_ACL_ACTION_HOLDING,   /* the held lines, and `output` where they are outputs now */
	GPIO_ACL_ACTION_WATCHING,  /* the lines that a received chip file watches */
	GPIO_ACL_ACTION_ANYTHING,  /* unknown which: every right on every line of the chip */
};

/*
 * X(file, command, action, word): enum gpio_acl_file, the number, enum gpio_acl_action, the word.
 */
#define GPIO_ACL_IOCTLS(X)                                                                         \
	X(CHIP, GPIO_GET_CHIPINFO_IOCTL, CHIP_INFO, "chip info")                                   \
	X(CHIP, GPIO_V2_GET_LINEINFO_IOCTL, LINE_INFO, "line info")                                \
	X(CHIP, GPIO_V2_GET_LINEINFO_WATCH_IOCTL, LINE_INFO, "line info watch")                    \
	X(CHIP, GPIO_GET_LINEINFO_UNWATCH_IOCTL, LINE_INFO, "line info unwatch")                   \
	X(CHIP, GPIO_V2_GET_LINE_IOCTL, REQUEST, "line request")                                   \
	X(CHIP, GPIO_GET_LINEINFO_IOCTL, LINE_INFO, "line info (v1)")                              \
	X(CHIP, GPIO_GET_LINEINFO_WATCH_IOCTL, LINE_INFO, "line info watch (v1)")                  \
	X(CHIP, GPIO_GET_LINEHANDLE_IOCTL, REQUEST, "line request (v1)")                           \
	X(CHIP, GPIO_GET_LINEEVENT_IOCTL, REQUEST, "event request (v1)")                           \
	X(REQUEST, GPIO_V2_LINE_GET_VALUES_IOCTL, GET, "get values")                               \
	X(REQUEST, GPIO_V2_LINE_SET_VALUES_IOCTL, SET, "set values")                               \
	X(REQUEST, GPIO_V2_LINE_SET_CONFIG_IOCTL, CONFIG, "set config")                            \
	X(HANDLE, GPIOHANDLE_GET_LINE_VALUES_IOCTL, GET, "get values (v1)")                        \
	X(HANDLE, GPIOHANDLE_SET_LINE_VALUES_IOCTL, SET, "set values (v1)")                        \
	X(HANDLE, GPIOHANDLE_SET_CONFIG_IOCTL, CONFIG, "set config (v1)")                          \
	X(EVENT, GPIOHANDLE_GET_LINE_VALUES_IOCTL, GET, "get values (v1)")

#define GPIO_ACL_COUNT(file, command, action, word) +1
#define GPIO_ACL_NUM_IOCTLS			    (0 GPIO_ACL_IOCTLS(GPIO_ACL_COUNT))

#define GPIO_ACL_IOCTL_ID(file, command) ((__u64)(file) << 32 | (command))

/* What a command does on a file of this kind: UNKNOWN without a row. */
static inline enum gpio_acl_action gpio_acl_action(enum gpio_acl_file file, __u32 command)
{
	switch (GPIO_ACL_IOCTL_ID(file, command)) { /* NOLINTBEGIN(bugprone-branch-clone) */
#define X(file, command, action, word)                                                             \
	case GPIO_ACL_IOCTL_ID(GPIO_ACL_FILE_##file, command):                                     \
		return GPIO_ACL_ACTION_##action;
		GPIO_ACL_IOCTLS(X) /* NOLINT(bugprone-branch-clone): a row of the table each */
#undef X
	default:
		return GPIO_ACL_ACTION_UNKNOWN;
	} /* NOLINTEND(bugprone-branch-clone) */
}

#endif
