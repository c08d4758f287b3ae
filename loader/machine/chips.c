// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See chips.h. libudev lists the chips and their parents, libgpiod reads label and lines. Only this
 * file depends on the generation of libgpiod (LIBGPIOD_MAJOR: 1 or 2).
 */
#include <errno.h>
#include <glob.h>
#include <gpiod.h>
#include <libudev.h>
#include <limits.h>
#include <linux/gpio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/machine/chips.h"
#include "loader/util/memory.h"

static char *copy(const char *text)
{
	return text ? memory(strdup(text)) : NULL;
}

static char **new_names(uint32_t num_lines)
{
	return memory(calloc(num_lines ? num_lines : 1, sizeof(char *)));
}

#if LIBGPIOD_MAJOR == 1

/* Reads label and lines; false if the chip cannot be opened, or is unplugged. */
static bool read_chip(const char *path, struct machine_chip *chip)
{
	struct gpiod_chip *device = gpiod_chip_open(path);
	bool gone = false;
	char **names;

	if (!device)
		return false;
	chip->label = copy(gpiod_chip_label(device));
	chip->num_lines = gpiod_chip_num_lines(device);
	names = new_names(chip->num_lines);
	for (uint32_t i = 0; i < chip->num_lines; i++) {
		struct gpiod_line *line = gpiod_chip_get_line(device, i);

		gone |= !line && errno == ENODEV;
		names[i] = line ? copy(gpiod_line_name(line)) : NULL;
	}
	chip->line_names = (const char *const *)names;
	gpiod_chip_close(device);
	return !gone;
}

#else

static bool read_chip(const char *path, struct machine_chip *chip)
{
	struct gpiod_chip *device = gpiod_chip_open(path);
	struct gpiod_chip_info *info = device ? gpiod_chip_get_info(device) : NULL;
	bool gone = false;
	char **names;

	if (!info) {
		if (device)
			gpiod_chip_close(device);
		return false;
	}
	chip->label = copy(gpiod_chip_info_get_label(info));
	chip->num_lines = gpiod_chip_info_get_num_lines(info);
	names = new_names(chip->num_lines);
	for (uint32_t i = 0; i < chip->num_lines; i++) {
		struct gpiod_line_info *line = gpiod_chip_get_line_info(device, i);

		gone |= !line && errno == ENODEV;
		if (!line)
			continue;
		names[i] = copy(gpiod_line_info_get_name(line));
		gpiod_line_info_free(line);
	}
	chip->line_names = (const char *const *)names;
	gpiod_chip_info_free(info);
	gpiod_chip_close(device);
	return !gone;
}

#endif

/* The first line of a small file, in @text of @size bytes; false if it cannot be read. */
static bool read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool read;

	if (!file)
		return false;
	read = fgets(text, size, file);
	fclose(file);
	text[read ? strcspn(text, "\n") : 0] = '\0';
	return read;
}

/*
 * The character device returns at most 31 bytes of a label; the BPF programs match all of it. With
 * the sysfs interface of GPIO there is another device of the chip, with the same parent, that has
 * the whole label. Without it the label stays cut: then a policy that names the whole label is
 * enforced on this chip, but here the chip looks absent.
 */
static void complete_label(struct machine_chip *chip, struct udev_device *parent)
{
	char pattern[PATH_MAX], label[GPIO_ACL_CHIP_NAME];
	const size_t cut = GPIO_MAX_NAME_SIZE - 1;
	glob_t found;

	if (strlen(chip->label) < cut || !parent)
		return;
	snprintf(pattern, sizeof(pattern), "%s/gpio/*/label", udev_device_get_syspath(parent));
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (!read_line(found.gl_pathv[i], label, sizeof(label)) ||
		    strncmp(label, chip->label, cut))
			continue;
		free((char *)chip->label);
		chip->label = copy(label);
		break;
	}
	globfree(&found);
}

static void free_chip(struct machine_chip *chip)
{
	for (uint32_t line = 0; chip->line_names && line < chip->num_lines; line++)
		free((char *)chip->line_names[line]);
	free((char **)chip->line_names);
	free((char *)chip->name);
	free((char *)chip->label);
	free((char *)chip->device);
}

/*
 * False: not a chip of the character device (those of the sysfs interface are listed too), or
 * unplugged. access() comes after read_chip(): the number of a chip is not reused before its device
 * is gone from sysfs, so what was read is of this chip.
 */
static bool read_device(struct udev_device *device, struct machine_chip *chip)
{
	const char *path = udev_device_get_devnode(device);
	struct udev_device *parent = udev_device_get_parent(device);

	if (!path || strncmp(udev_device_get_sysname(device), "gpiochip", 8))
		return false;
	memset(chip, 0, sizeof(*chip));
	if (!read_chip(path, chip) || access(udev_device_get_syspath(device), F_OK)) {
		free_chip(chip);
		return false;
	}
	chip->name = copy(udev_device_get_sysname(device));
	if (parent) /* from the path, since udev replaces a '!' in the kernel's name by '/' */
		chip->device = copy(strrchr(udev_device_get_syspath(parent), '/') + 1);
	complete_label(chip, parent);
	return true;
}

static int by_number(const void *a, const void *b)
{
	return strverscmp(((const struct machine_chip *)a)->name,
			  ((const struct machine_chip *)b)->name);
}

struct machine_chip *chips_read(size_t *num)
{
	struct udev *udev = memory(udev_new());
	struct udev_enumerate *list = memory(udev_enumerate_new(udev));
	struct machine_chip *chips = memory(malloc(sizeof(*chips)));
	struct udev_list_entry *entry;

	*num = 0;
	udev_enumerate_add_match_subsystem(list, "gpio");
	udev_enumerate_scan_devices(list);
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(list))
	{
		struct udev_device *device =
			udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

		if (!device) /* unplugged between the list and here */
			continue;
		chips = memory(reallocarray(chips, *num + 1, sizeof(*chips)));
		*num += read_device(device, &chips[*num]);
		udev_device_unref(device);
	}
	udev_enumerate_unref(list);
	udev_unref(udev);
	qsort(chips, *num, sizeof(*chips), by_number);
	return chips;
}

void chips_free(struct machine_chip *chips, size_t num)
{
	for (size_t i = 0; i < num; i++)
		free_chip(&chips[i]);
	free(chips);
}

/* ---- links ---------------------------------------------------------------------------- */

/* The kernel's name of the chip of a node, to be freed; NULL: not the node of a chip. */
static char *chip_of_node(struct udev *udev, const char *path)
{
	struct udev_device *device = NULL;
	char *name = NULL;
	struct stat node;

	if (!stat(path, &node) && S_ISCHR(node.st_mode))
		device = udev_device_new_from_devnum(udev, 'c', node.st_rdev);
	if (device && !strncmp(udev_device_get_sysname(device), "gpiochip", 8))
		name = copy(udev_device_get_sysname(device));
	if (device)
		udev_device_unref(device);
	return name;
}

struct machine_link *links_read(size_t *num)
{
	struct machine_link *links = memory(malloc(sizeof(*links)));
	struct udev *udev = memory(udev_new());
	glob_t nodes;

	*num = 0;
	if (!glob("/dev/gpiochip[0-9]*", 0, NULL, &nodes))
		for (size_t i = 0; i < nodes.gl_pathc; i++) {
			const char *name = strrchr(nodes.gl_pathv[i], '/') + 1;
			char *chip = chip_of_node(udev, nodes.gl_pathv[i]);

			if (!chip || !strcmp(chip, name)) {
				free(chip);
				continue;
			}
			links = memory(reallocarray(links, *num + 1, sizeof(*links)));
			links[(*num)++] = (struct machine_link){copy(name), chip};
		}
	globfree(&nodes);
	udev_unref(udev);
	return links;
}

void links_free(struct machine_link *links, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		free((char *)links[i].name);
		free((char *)links[i].chip);
	}
	free(links);
}
