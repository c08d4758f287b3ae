// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks for ways to lines other than GPIO ioctls: registers, the sysfs interface, and the buses of
 * chips. No policy applies to a user who has access to one of them.
 */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/doctor/doctor.h"
#include "loader/machine/access.h"
#include "loader/util/memory.h"

#define SYSFS "/sys/class/gpio"

/* A way, and how to close it. */
struct route {
	struct doctor_way way;
	const char *match; /* matches it in a udev rule; NULL: a file of sysfs */
	mode_t mode;	   /* the mode that closes it */
};

static char *remedy(const struct route *route, const char *file)
{
	if (!route->match)
		return doctor_text("chown root:root %s; chmod %04o %s; and remove what opens it: "
				   "grep -rsn class/gpio /etc/udev/rules.d /lib/udev/rules.d",
				   file, route->mode, file);
	return doctor_text("chown root:root %s; chmod %04o %s; to last, a udev rule: "
			   "%s, OWNER=\"root\", GROUP=\"root\", MODE=\"%04o\"",
			   file, route->mode, file, route->match, route->mode);
}

bool doctor_add_way(struct doctor *doctor, const struct doctor_way *way, const char *path,
		    char *remedy)
{
	const char *file = path + strlen(doctor->root), *breaks = way->breaks;
	struct access access;
	size_t num = 0;
	char *names;
	bool open;

	if (!access_read(path, way->rights, 0, &access)) {
		free(remedy);
		return false;
	}
	names = access_names(&access, doctor->accounts, &num);
	open = access.everyone || num;
	if (open)
		doctor_add(doctor, access.everyone ? way->worst : DOCTOR_WARNING, way->check,
			   doctor_text("%s leads to %s around the policy, and is open to %s", file,
				       way->reaches, names),
			   doctor_text("%s%s%s", remedy, breaks ? ". It breaks " : "",
				       breaks ? breaks : ""));
	else
		doctor_add(doctor, DOCTOR_OK, way->check,
			   doctor_text("%s, which leads to %s, is root's%s%s%s%s", file,
				       way->reaches, names ? ", and open to " : "",
				       names ? names : "", breaks ? "; so users cannot use " : "",
				       breaks ? breaks : ""),
			   NULL);
	free(remedy);
	free(names);
	access_free(&access);
	return true;
}

/* Adds findings for a file and other nodes of its device. 1: the file exists; else 0. */
static int add_file(struct doctor *doctor, const struct route *route, const char *path)
{
	struct doctor_node *node = NULL;
	struct doctor_way way = route->way;
	bool seen = false;

	while ((node = doctor_next_node(doctor, path, node)))
		seen |= node->seen && !strcmp(node->path, path);
	if (seen)
		return 1;
	if (!doctor_add_way(doctor, &way, path, remedy(route, path + strlen(doctor->root))))
		return 0;
	way.reaches = doctor_text("%s (it is a node of the same device as %s)", route->way.reaches,
				  path + strlen(doctor->root));
	while ((node = doctor_next_node(doctor, path, node))) {
		if (strcmp(node->path, path) && !node->seen)
			doctor_add_way(doctor, &way, node->path,
				       doctor_text("rm %s; and find out what makes it",
						   node->path + strlen(doctor->root)));
		node->seen = true;
	}
	free((char *)way.reaches);
	return 1;
}

/* The same for all files of a pattern; returns how many there are. */
static int add_files(struct doctor *doctor, const struct route *route, const char *pattern)
{
	char *path = doctor_text("%s%s", doctor->root, pattern);
	glob_t found;
	int num = 0;

	if (!glob(path, GLOB_BRACE, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			num += add_file(doctor, route, found.gl_pathv[i]);
	globfree(&found);
	free(path);
	return num;
}

/* ---- registers ------------------------------------------------------------------------ */

/* What uses the registers to drive lines, and what to use instead. */
#define GPIOMEM_USERS                                                                              \
	"RPi.GPIO, pigpio, rppal, bcm2835, WiringPi's memory interface, gpiozero's native and "    \
	"rpigpio factories and .NET's RaspberryPi3Driver, which use the registers; use instead "   \
	"rpi-lgpio, GPIOZERO_PIN_FACTORY=lgpio, LibGpiodDriver, libgpiod"

static void add_registers(struct doctor *doctor)
{
	static const struct {
		const char *pattern;
		struct route route;
	} registers[] = {
		{"/dev/gpiomem*",
		 {{"gpiomem", "the registers of the GPIO controller", ACCESS_READ | ACCESS_WRITE,
		   DOCTOR_PROBLEM, GPIOMEM_USERS},
		  "KERNEL==\"gpiomem*\"",
		  0600}},
		{"/dev/mem",
		 {{"mem", "all registers", ACCESS_READ | ACCESS_WRITE, DOCTOR_PROBLEM, NULL},
		  "KERNEL==\"mem\"",
		  0600}},
		{"/dev/port",
		 {{"mem", "all I/O ports", ACCESS_READ | ACCESS_WRITE, DOCTOR_PROBLEM, NULL},
		  "KERNEL==\"port\"",
		  0600}},
	};

	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
		if (!add_files(doctor, &registers[i].route, registers[i].pattern))
			doctor_add(doctor, DOCTOR_OK, registers[i].route.way.check,
				   doctor_text("there is no %s", registers[i].pattern), NULL);
}

/* ---- sysfs ---------------------------------------------------------------------------- */

/* A line that was exported: no right is needed to read its value. */
static void add_exported(struct doctor *doctor, const char *folder)
{
	const char *name = strrchr(folder, '/') + 1;
	char *path = doctor_text("%s/value", folder);
	struct access access;

	if (access_read(path, ACCESS_READ, 0, &access) && access.everyone)
		doctor_add(doctor, DOCTOR_WARNING, "sysfs",
			   doctor_text("%s is exported, and everyone may read its level",
				       folder + strlen(doctor->root)),
			   doctor_text("unexport it: echo %s > " SYSFS "/unexport",
				       name + strcspn(name, "0123456789")));
	access_free(&access);
	free(path);
}

static void add_sysfs(struct doctor *doctor)
{
	static const struct route
		asks = {{"sysfs", "every line", ACCESS_WRITE, DOCTOR_PROBLEM, NULL}, NULL, 0200},
		drives = {{"sysfs", "an exported line", ACCESS_WRITE, DOCTOR_PROBLEM, NULL},
			  NULL,
			  0644};
	char *exported = doctor_text("%s" SYSFS "/{,chip*/}gpio[0-9]*", doctor->root);
	int num = add_files(doctor, &asks, SYSFS "/{,chip*/}{export,unexport}");
	glob_t lines;

	if (!num)
		doctor_add(doctor, DOCTOR_OK, "sysfs",
			   doctor_text("this kernel has no " SYSFS "/export"), NULL);
	if (!glob(exported, GLOB_BRACE, NULL, &lines))
		for (size_t i = 0; i < lines.gl_pathc; i++)
			add_exported(doctor, lines.gl_pathv[i]);
	globfree(&lines);
	add_files(doctor, &drives, SYSFS "/{,chip*/}gpio[0-9]*/{value,direction,edge,active_low}");
	free(exported);
}

/* ---- buses ---------------------------------------------------------------------------- */

/* The node of a bus, and the chips on it. */
struct bus {
	char *node, *chips; /* "gpiochip2, gpiochip5" */
	const struct route *route;
};

struct buses {
	struct bus *buses;
	size_t num;
};

#define BUS(check, rights, match, mode)                                                            \
	{                                                                                          \
		{check, NULL, rights, DOCTOR_PROBLEM, NULL}, match, mode                           \
	}

static const struct route i2c =
	BUS("i2c", ACCESS_READ | ACCESS_WRITE, "SUBSYSTEM==\"i2c-dev\"", 0600);
static const struct route spi =
	BUS("spi", ACCESS_READ | ACCESS_WRITE, "SUBSYSTEM==\"spidev\"", 0600);
static const struct route hid =
	BUS("hidraw", ACCESS_READ | ACCESS_WRITE, "SUBSYSTEM==\"hidraw\"", 0600);
static const struct route hiddev =
	BUS("hidraw", ACCESS_READ | ACCESS_WRITE, "KERNEL==\"hiddev*\"", 0600);
/* Everyone may read the descriptors from a node of usbfs; to do anything needs write access. */
static const struct route usb =
	BUS("usb", ACCESS_WRITE, "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\"", 0644);

static void add_bus(struct buses *buses, const struct route *route, const char *node,
		    const char *chip)
{
	for (size_t i = 0; i < buses->num; i++) {
		struct bus *bus = &buses->buses[i];
		char *more;

		if (strcmp(bus->node, node))
			continue;
		more = doctor_text("%s, %s", bus->chips, chip);
		free(bus->chips);
		bus->chips = more;
		return;
	}
	buses->buses = memory(reallocarray(buses->buses, buses->num + 1, sizeof(*buses->buses)));
	buses->buses[buses->num++] =
		(struct bus){memory(strdup(node)), memory(strdup(chip)), route};
}

/* Adds the node NODES/NAME for each file NAME that the pattern finds in a folder. */
static void add_nodes_in(struct buses *buses, const struct route *route, const char *folder,
			 const char *pattern, const char *nodes, const char *chip)
{
	char *path = doctor_text("%s/%s", folder, pattern);
	glob_t found;

	if (!glob(path, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++) {
			char *node =
				doctor_text("%s/%s", nodes, strrchr(found.gl_pathv[i], '/') + 1);

			add_bus(buses, route, node, chip);
			free(node);
		}
	globfree(&found);
	free(path);
}

/* Adds the node of a USB device, which its uevent names. */
static void add_usb(struct buses *buses, const char *folder, const char *chip)
{
	char *path = doctor_text("%s/uevent", folder), *node;
	char line[256], name[128];
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "DEVNAME=%127s", name) != 1)
			continue;
		node = doctor_text("/dev/%s", name);
		add_bus(buses, &usb, node, chip);
		free(node);
	}
	if (file)
		fclose(file);
	free(path);
}

/* Is this the folder of a device of a subsystem? */
static bool is_of(const char *folder, const char *subsystem)
{
	char *path = doctor_text("%s/subsystem", folder), *name;
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	free(path);
	target[length < 0 ? 0 : length] = '\0';
	name = strrchr(target, '/');
	return name && !strcmp(name + 1, subsystem);
}

/* Adds the nodes of a device that is an ancestor of a chip. */
static void add_ancestor(struct doctor *doctor, struct buses *buses, const char *folder,
			 const char *chip)
{
	const char *name = strrchr(folder, '/') + 1;
	char *nodes = doctor_text("%s/dev", doctor->root), *pattern = NULL;
	unsigned int number;
	char end;

	if (is_of(folder, "i2c") && sscanf(name, "i2c-%u%c", &number, &end) == 1) {
		pattern = doctor_text("i2c-%u", number);
		add_nodes_in(buses, &i2c, nodes, pattern, "/dev", chip);
	} else if (is_of(folder, "spi") && sscanf(name, "spi%u.", &number) == 1) {
		pattern = doctor_text("spidev%u.*", number);
		add_nodes_in(buses, &spi, nodes, pattern, "/dev", chip);
	} else if (is_of(folder, "hid")) {
		add_nodes_in(buses, &hid, folder, "hidraw/hidraw*", "/dev", chip);
		add_nodes_in(buses, &hiddev, folder, "../usbmisc/hiddev*", "/dev/usb", chip);
	} else if (is_of(folder, "usb")) {
		add_usb(buses, folder, chip);
	}
	free(pattern);
	free(nodes);
}

/*
 * Walks from a chip's device up to /sys/devices. By paths, not by libudev, which knows only the
 * /sys of this machine.
 */
static void add_buses_of(struct doctor *doctor, struct buses *buses, const char *link)
{
	const char *chip = strrchr(link, '/') + 1;
	char *folder = realpath(link, NULL), *slash;

	while (folder && (slash = strrchr(folder, '/')) && slash != folder) {
		*slash = '\0';
		if (!strcmp(strrchr(folder, '/'), "/devices"))
			break;
		add_ancestor(doctor, buses, folder, chip);
	}
	free(folder);
}

static void add_buses(struct doctor *doctor)
{
	char *pattern = doctor_text("%s/sys/bus/gpio/devices/gpiochip*", doctor->root);
	struct buses buses = {0};
	glob_t chips;

	if (!glob(pattern, 0, NULL, &chips))
		for (size_t i = 0; i < chips.gl_pathc; i++)
			add_buses_of(doctor, &buses, chips.gl_pathv[i]);
	globfree(&chips);
	for (size_t i = 0; i < buses.num; i++) {
		struct bus *bus = &buses.buses[i];
		struct route route = *bus->route;
		char *path = doctor_text("%s%s", doctor->root, bus->node);

		route.way.reaches = bus->chips;
		add_file(doctor, &route, path);
		free(path);
		free(bus->node);
		free(bus->chips);
	}
	free(buses.buses);
	free(pattern);
}

void doctor_routes(struct doctor *doctor)
{
	add_registers(doctor);
	add_sysfs(doctor);
	add_buses(doctor);
}
