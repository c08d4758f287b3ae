// SPDX-License-Identifier: GPL-2.0-or-later
/* See boot.h. */
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/machine/boot.h"
#include "loader/util/memory.h"

#define SYSTEMD_BOOT "/{boot,efi,boot/efi}/EFI/systemd/systemd-boot*.efi"

/*
 * Where boot words go. The first row whose files exist counts: the source of a generated file comes
 * before that file, and what only the firmware of a board reads before what a PC may have left
 * over.
 */
static const struct place {
	const char *needs;   /* pattern of a file that only this boot loader has, or NULL */
	const char *files;   /* pattern of the files that have the words */
	const char *line;    /* of a file, to add a new word to */
	const char *command; /* to run after that, or NULL */
} places[] = {
	/* Debian's raspi-firmware writes cmdline.txt anew with each kernel. */
	{"/boot/firmware/cmdline.txt", "/etc/default/raspi-extra-cmdline", "the line",
	 "update-initramfs -u"},
	/* Ubuntu: os_prefix=current/ in config.txt; the other cmdline.txt is not read. */
	{NULL, "/boot/firmware/current/cmdline.txt", "the only line", NULL},
	{NULL, "/boot/firmware/cmdline.txt", "the only line", NULL},
	{NULL, "/boot/armbianEnv.txt", "the line extraargs= (a new one, if there is none)", NULL},
	/* Debian's u-boot-menu: writes extlinux.conf. */
	{NULL, "/etc/default/u-boot", "the line U_BOOT_PARAMETERS= (take the # before it away)",
	 "u-boot-update"},
	{NULL, "/boot/extlinux/extlinux.conf", "each line append", NULL},
	/* kernel-install writes the entries of systemd-boot. GRUB's settings may be left over. */
	{SYSTEMD_BOOT, "/etc/kernel/cmdline", "the line",
	 "kernel-install add \"$(uname -r)\" \"/boot/vmlinuz-$(uname -r)\""},
	{SYSTEMD_BOOT, "/{boot,efi,boot/efi}/loader/entries/*.conf", "the line options", NULL},
	{"/usr/sbin/update-grub", "/etc/default/grub",
	 "the line GRUB_CMDLINE_LINUX=", "update-grub"},
};

/* Finds files under @root by a pattern. Call globfree(), whatever this returns. */
static bool find_files(const char *root, const char *pattern, glob_t *files)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, pattern);
	return !glob(path, GLOB_BRACE, NULL, files);
}

static bool is_needed_there(const char *root, const struct place *place)
{
	glob_t files;
	bool there = !place->needs || find_files(root, place->needs, &files);

	if (place->needs)
		globfree(&files);
	return there;
}

/* The place of this machine, and its files, to be freed; NULL: unknown. */
static const struct place *find_place(const char *root, glob_t *files)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (!is_needed_there(root, &places[i]))
			continue;
		if (find_files(root, places[i].files, files))
			return &places[i];
		globfree(files);
	}
	return NULL;
}

/* Finds a word that begins with @start, also after quotes and a '='; or NULL. */
static char *word_in(char *line, const char *start)
{
	for (char *at = line; (at = strstr(at, start)); at++)
		if (at == line || strchr(" \t\"'=", at[-1]))
			return at;
	return NULL;
}

/* The first word in a file that begins with @start, to be freed; NULL: none. */
static char *find_word(const char *path, const char *start)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, *word = NULL;
	size_t size = 0;

	while (file && !word && getline(&line, &size, file) > 0)
		word = word_in(line, start);
	if (word)
		word = memory(strndup(word, strcspn(word, " \t\n\"'")));
	if (file)
		fclose(file);
	free(line);
	return word;
}

static bool have_word(const glob_t *files, const char *word)
{
	bool have = false;

	for (size_t i = 0; i < files->gl_pathc && !have; i++) {
		char *found = find_word(files->gl_pathv[i], word);

		have = found && !strcmp(found, word);
		free(found);
	}
	return have;
}

static void print_place(FILE *out, const char *root, const struct place *place, const glob_t *files)
{
	fputs(" in ", out);
	for (size_t i = 0; i < files->gl_pathc; i++)
		fprintf(out, "%s%s", i ? ", " : "", files->gl_pathv[i] + strlen(root));
	if (place->command)
		fprintf(out, ", run %s,", place->command);
	fputs(" and reboot", out);
}

/* @booted: the word that the kernel was booted with, or NULL; it need not be in our files. */
static void print_remedy(FILE *out, const char *root, const char *word, const char *booted)
{
	glob_t files;
	const struct place *place = find_place(root, &files);
	bool known = place && (!booted || have_word(&files, booted));

	if (known && booted)
		fprintf(out, "replace %s with %s", booted, word);
	else if (known)
		fprintf(out, "add %s to %s", word, place->line);
	else
		fprintf(out, "boot with %s on the kernel command line%s%s", word,
			booted ? ", in place of " : "", booted ? booted : "");
	if (known)
		print_place(out, root, place, &files);
	if (place)
		globfree(&files);
}

char *boot_remedy(const char *root, const char *word)
{
	char path[PATH_MAX], *key = memory(strndup(word, strcspn(word, "=") + 1));
	char *booted, *text = NULL;
	size_t size;
	FILE *out = memory(open_memstream(&text, &size));

	snprintf(path, sizeof(path), "%s/proc/cmdline", root);
	booted = find_word(path, key);
	print_remedy(out, root, word, booted);
	fclose(out);
	free(booted);
	free(key);
	return memory(text);
}
