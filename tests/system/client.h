/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the client (client.c) share. */
#ifndef SYSTEM_CLIENT_H
#define SYSTEM_CLIENT_H

#include <linux/gpio.h>
#include <stdbool.h>

enum { DONE, USAGE = 2, REFUSED, FAILED, NOT_ATTEMPTED };

struct step {
	const char *word;
	int (*run)(char **args); /* 0 or -errno; @args up to a NULL */
	int num_args;		 /* at least */
};

extern const struct step gpio_steps[], task_steps[], load_steps[];

extern int chip, request; /* descriptors that the steps work on, or -1 */
extern char **rest;	  /* the steps after this one */
extern char comm[16];
extern char result[1024]; /* what a step prints after "done" */
extern const char *look;  /* what to print at the end, or NULL */

void __attribute__((noreturn)) usage(const char *what);
unsigned long long number(const char *text);
/* One step, its words up to a NULL; returns 0 or -errno after printing it. */
int take(char **words);

/* A SPEC, before it is put into the struct of a command. */
struct spec {
	__u32 num_lines, num_attrs, offsets[GPIO_V2_LINES_MAX], offset;
	__u64 v2;
	__u32 v1;
	__u64 values;
	struct gpio_v2_line_config_attribute attrs[GPIO_V2_LINE_NUM_ATTRS_MAX];
	const char *at;
};

struct spec parse_spec(char **args);
struct gpio_v2_line_config config_of(const struct spec *spec);
/* One byte for each line, as the first uAPI has them. */
void spread_values(__u64 bits, __u8 *values);
/* The ioctl itself, with its argument where @at of a SPEC says. 0 or -errno. */
int call(int fd, unsigned long command, void *argument, const char *at);

#endif
