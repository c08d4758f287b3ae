/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gpio-acl has to say to an ioctl, told from its bytes: written from docs/architecture.md
 * ("What a request needs") and <linux/gpio.h>, in ignorance of bpf/. What the policy grants is a
 * table that prepare.py makes.
 */
#ifndef TESTS_IOCTLS_ORACLE_H
#define TESTS_IOCTLS_ORACLE_H

#include <linux/gpio.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_LINES 64

enum { INFO = 1, INPUT = 2, OUTPUT = 4, EDGES = 8, BIAS = 16, NUM_RIGHTS = 5 };

/* No right: INPUT or OUTPUT, either will do. */
#define EITHER 32

/* What the policy says of one subject. */
struct chip {
	uint64_t grants[NUM_RIGHTS]; /* bit n: this right on line n; right 1 << i is grants[i] */
	unsigned int num_lines;
	int fd;
	char path[64];
};

enum kind { CHIP, V2_REQUEST, V1_HANDLE, V1_EVENT, OTHER };

/* A file, and the lines that it holds. */
struct held {
	enum kind kind;
	int fd;
	const struct chip *chip;
	unsigned int num_lines;
	uint32_t offsets[MAX_LINES];
	bool outputs[MAX_LINES]; /* as the kernel has them at this moment; filled in for SET */
};

union argument {
	struct gpio_v2_line_request request;
	struct gpio_v2_line_config config;
	struct gpio_v2_line_values values;
	struct gpio_v2_line_info info;
	struct gpiohandle_request handle;
	struct gpiohandle_config handle_config;
	struct gpiohandle_data data;
	struct gpioevent_request event;
	struct gpioline_info info1;
	uint32_t offset;
	uint8_t bytes[1024];
};

struct prediction {
	bool refused; /* with EPERM, unless the policy is permissive */
	bool unsure;  /* the kernel itself may say EPERM to what is allowed */
};

/*
 * predict() - @argument: its bytes, NULL when the kernel cannot read them all; nobody else can
 * change them, so that what the kernel refuses by itself is left to it
 */
struct prediction predict(const struct held *file, uint32_t command, const union argument *argument,
			  bool info_restricted);

#endif
