/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where words of the kernel command line are written on this machine. */
#ifndef LOADER_MACHINE_BOOT_H
#define LOADER_MACHINE_BOOT_H

/*
 * boot_remedy() - how to put a word on the kernel command line
 * @root: the folder in which the machine's files are: "" is this machine
 * @word: "KEY=VALUE"; replaces the word with this key that the kernel was booted with, if any
 *
 * Returns a clause without a full stop, to be freed: what to write on which line of which file, and
 * which command to run after it. A boot loader that is not known is not named.
 */
char *boot_remedy(const char *root, const char *word);

#endif
