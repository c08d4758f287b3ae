// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cp2112 NAME FOLDER: a Silicon Labs CP2112 USB adapter, as far as its eight GPIO lines go, plugged
 * in by /dev/uhid to the kernel's own hid-cp2112 driver for as long as this program runs. NAME is
 * its serial number (HID_UNIQ in the device's uevent).
 *
 * The other side of its pins are files, FOLDER/N/... for line N:
 *   direction  input | output, of the driver's making
 *   value      0 | 1, the level of the pin: of the driver's making while it is an output
 *   pull       0 | 1, the level that the machine puts on the pin while it is an input; whoever
 * writes it writes it to value too, if the pin is an input then
 *
 * The feature reports are those of the data sheet AN495 that the driver uses.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUM_LINES 8

enum {
	GPIO_CONFIG = 2,
	GPIO_GET = 3,
	GPIO_SET = 4,
	VERSION = 5,
	SMBUS_CONFIG = 6,
	LOCK_BYTE = 0x20,
	USB_CONFIG = 0x21
};

/* One feature report of a vendor's own page: the driver asks by number, and the kernel for a map.
 */
static const unsigned char descriptor[] = {0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x85,
					   0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08,
					   0x95, 0x04, 0x09, 0x02, 0xb1, 0x02, 0xc0};

static const char *folder;
static int uhid;
static unsigned char config[5] = {GPIO_CONFIG}; /* then direction, push-pull, special, clock */
static unsigned char latch;

static void die(const char *what)
{
	fprintf(stderr, "cp2112: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the machine's side ------------------------------------------------------------------- */

static int open_pin(int line, const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%d/%s", folder, line, name);
	fd = open(path, flags | O_CLOEXEC, 0644);
	if (fd < 0)
		die(path);
	return fd;
}

/* In one write over what was there, so that no reader finds it empty; words of one length. */
static void tell(int line, const char *name, const char *word)
{
	int fd = open_pin(line, name, O_WRONLY | O_CREAT);

	if (dprintf(fd, "%s\n", word) < 0 || ftruncate(fd, strlen(word) + 1))
		die(name);
	close(fd);
}

static bool is_pulled_up(int line)
{
	int fd = open_pin(line, "pull", O_RDONLY);
	char c = '0';

	if (read(fd, &c, 1) < 0)
		die("pull");
	close(fd);
	return c == '1';
}

static bool is_output(int line)
{
	return config[1] >> line & 1;
}

static bool level(int line)
{
	return is_output(line) ? latch >> line & 1 : is_pulled_up(line);
}

static unsigned char levels(void)
{
	unsigned char bits = 0;

	for (int line = 0; line < NUM_LINES; line++)
		bits |= level(line) << line;
	return bits;
}

static void tell_pin(int line)
{
	tell(line, "direction", is_output(line) ? "output" : "input");
	tell(line, "value", level(line) ? "1" : "0");
}

static void make_pins(void)
{
	char path[256];

	if (mkdir(folder, 0755) && errno != EEXIST)
		die(folder);
	for (int line = 0; line < NUM_LINES; line++) {
		snprintf(path, sizeof(path), "%s/%d", folder, line);
		if (mkdir(path, 0755) && errno != EEXIST)
			die(path);
		tell(line, "pull", "0");
		tell_pin(line);
	}
}

/* ---- the driver's side ------------------------------------------------------------------ */

static void send_event(const struct uhid_event *event)
{
	if (write(uhid, event, sizeof(*event)) != sizeof(*event))
		die("/dev/uhid");
}

static void plug(const char *name)
{
	struct uhid_event event = {.type = UHID_CREATE2};
	struct uhid_create2_req *create = &event.u.create2;

	snprintf((char *)create->name, sizeof(create->name), "Silicon Laboratories CP2112");
	snprintf((char *)create->uniq, sizeof(create->uniq), "%s", name);
	memcpy(create->rd_data, descriptor, sizeof(descriptor));
	create->rd_size = sizeof(descriptor);
	create->bus = BUS_USB;
	create->vendor = 0x10c4;
	create->product = 0xea90;
	send_event(&event);
}

static void get_report(const struct uhid_get_report_req *request)
{
	struct uhid_event event = {.type = UHID_GET_REPORT_REPLY};
	struct uhid_get_report_reply_req *reply = &event.u.get_report_reply;

	reply->id = request->id;
	reply->data[0] = request->rnum;
	switch (request->rnum) {
	case GPIO_CONFIG:
		reply->size = sizeof(config);
		memcpy(reply->data, config, sizeof(config));
		break;
	case GPIO_GET:
		reply->size = 2;
		reply->data[1] = levels();
		break;
	case VERSION:
		reply->size = 3;
		reply->data[1] = 0x0c; /* the part's number */
		reply->data[2] = 3;    /* its revision */
		break;
	case SMBUS_CONFIG:
		reply->size = 14;
		break;
	case LOCK_BYTE:
		reply->size = 2;
		break;
	case USB_CONFIG:
		reply->size = 10;
		break;
	default:
		reply->err = EIO;
	}
	send_event(&event);
}

static void set_config(const unsigned char *report)
{
	unsigned char changed = config[1] ^ report[1];

	memcpy(config, report, sizeof(config));
	for (int line = 0; line < NUM_LINES; line++)
		if (changed >> line & 1)
			tell_pin(line);
}

static void set_latch(unsigned char bits, unsigned char mask)
{
	latch = (latch & ~mask) | (bits & mask);
	for (int line = 0; line < NUM_LINES; line++)
		if (mask >> line & 1)
			tell_pin(line);
}

static void set_report(const struct uhid_set_report_req *request)
{
	struct uhid_event event = {.type = UHID_SET_REPORT_REPLY};

	event.u.set_report_reply.id = request->id;
	if (request->rnum == GPIO_CONFIG && request->size >= sizeof(config))
		set_config(request->data);
	else if (request->rnum == GPIO_SET && request->size >= 3)
		set_latch(request->data[1], request->data[2]);
	else if (request->rnum != SMBUS_CONFIG)
		event.u.set_report_reply.err = EIO;
	send_event(&event);
}

int main(int argc, char **argv)
{
	struct uhid_event event;

	if (argc != 3) {
		fputs("Usage: cp2112 NAME FOLDER\n", stderr);
		return 2;
	}
	folder = argv[2];
	make_pins();
	uhid = open("/dev/uhid", O_RDWR | O_CLOEXEC);
	if (uhid < 0)
		die("/dev/uhid");
	plug(argv[1]);
	while (read(uhid, &event, sizeof(event)) > 0) {
		if (event.type == UHID_GET_REPORT)
			get_report(&event.u.get_report);
		else if (event.type == UHID_SET_REPORT)
			set_report(&event.u.set_report);
	}
	die("/dev/uhid");
}
