/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How to change the kernel command line on this machine. */
#ifndef LOADER_MACHINE_BOOT_H
#define LOADER_MACHINE_BOOT_H

/*
 * boot_remedy() - how to put a word on the kernel command line
 * @root: the folder that the machine's files are in: "" is this machine
 * @word: "KEY=VALUE"; replaces the word with this key that the kernel was booted with, if any
 *
 * Returns a clause without a full stop, to be freed: what to write on which line of which file, and
 * which command to run then. For an unknown boot loader it names no file.
 */
char *boot_remedy(const char *root, const char *word);

#endif
