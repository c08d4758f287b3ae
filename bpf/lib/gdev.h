/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs know of gpiolib: which files are GPIO files, which gpio_device is behind one,
 * which lines it holds, and by which names a policy can know that device.
 */
#ifndef GPIO_ACL_GDEV_H
#define GPIO_ACL_GDEV_H

#include "bpf/lib/core.h"
#include "bpf/lib/kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct gpio_device;

struct gpio_desc {
	struct gpio_device *gdev;
	unsigned long flags;
};

struct gpio_device {
	struct device dev;
	void *chip;
	struct gpio_desc *descs;
	__u16 ngpio;
	const char *label;
};

struct gpio_chardev_data {
	struct gpio_device *gdev;
	unsigned long *watched_lines; /* a bit for each line of the chip */
};

/* v2 line request */
struct line {
	struct gpio_desc *desc;
	__u64 edflags;
};

struct linereq {
	struct gpio_device *gdev;
	__u32 num_lines;
	struct line lines[0];
};

/* v1; absent where the kernel was built without it */
struct linehandle_state {
	struct gpio_device *gdev;
	struct gpio_desc *descs[64];
	__u32 num_descs;
};

struct lineevent_state {
	struct gpio_device *gdev;
	struct gpio_desc *desc;
};

#pragma clang attribute pop

/*
 * Where the kernel has the functions by which GPIO files are known: those that serve their ioctls
 * (unlocked_ioctl of their file operations); set by the loader, once it has them
 * (loader/engine/kernel.h). The last two are 0 where there is no v1 interface.
 */
const volatile __u64 gpio_ioctl, linereq_ioctl, linehandle_ioctl, lineevent_ioctl;

/* GPIOD_FLAG_IS_OUT in drivers/gpio/gpiolib.h (a macro): the line is an output now. */
#define GPIO_DESC_IS_OUT (1ul << 1)

static inline enum gpio_acl_file file_kind(const struct file *file)
{
	__u64 serves = (__u64)file->f_op->unlocked_ioctl;

	if (!serves)
		return GPIO_ACL_FILE_OTHER;
	if (serves == linereq_ioctl)
		return GPIO_ACL_FILE_REQUEST;
	if (serves == gpio_ioctl)
		return GPIO_ACL_FILE_CHIP;
	if (serves == linehandle_ioctl)
		return GPIO_ACL_FILE_HANDLE;
	if (serves == lineevent_ioctl)
		return GPIO_ACL_FILE_EVENT;
	return GPIO_ACL_FILE_OTHER;
}

/* The chip behind a GPIO file; NULL when it cannot be read. */
static inline struct gpio_device *file_chip(const struct file *file, enum gpio_acl_file kind)
{
	void *data = file->private_data;

	switch (kind) {
	case GPIO_ACL_FILE_CHIP:
		return READ(struct gpio_chardev_data, data, gdev);
	case GPIO_ACL_FILE_REQUEST:
		return READ(struct linereq, data, gdev);
	case GPIO_ACL_FILE_HANDLE:
		if (bpf_core_type_exists(struct linehandle_state))
			return READ(struct linehandle_state, data, gdev);
		return NULL;
	case GPIO_ACL_FILE_EVENT:
		if (bpf_core_type_exists(struct lineevent_state))
			return READ(struct lineevent_state, data, gdev);
		return NULL;
	default:
		return NULL;
	}
}

/*
 * watched_lines() - of 64 lines of a chip, those whose info its descriptor watches; all of them
 * when it cannot be read
 * @bitmap: watched_bitmap()
 */
static inline __u64 watched_lines(__u64 bitmap, __u32 block)
{
	unsigned long word;

	if (bpf_probe_read_kernel(&word, sizeof(word),
				  (const void *)(bitmap + block * sizeof(word))))
		return ~0ull;
	return word;
}

static inline __u64 watched_bitmap(const struct file *file)
{
	return (__u64)READ(struct gpio_chardev_data, file->private_data, watched_lines);
}

/* Unplugged: the kernel answers ENODEV to whatever is asked of it, and its names may be gone. */
static inline bool chip_is_gone(const struct gpio_device *chip)
{
	return !READ(struct gpio_device, chip, chip);
}

/* A number that no other chip has, nor had: its folder's in sysfs. 0 when that is gone. */
static inline __u64 chip_serial(const struct gpio_device *chip)
{
	const struct kernfs_node *folder = READ(struct gpio_device, chip, dev.kobj.sd);

	return folder ? READ(struct kernfs_node, folder, id) : 0;
}

/* How many lines a line file holds; 0 when it cannot be read. */
static inline __u32 held_count(const struct file *file, enum gpio_acl_file kind)
{
	void *data = file->private_data;

	if (kind == GPIO_ACL_FILE_REQUEST)
		return READ(struct linereq, data, num_lines);
	if (kind == GPIO_ACL_FILE_HANDLE && bpf_core_type_exists(struct linehandle_state))
		return READ(struct linehandle_state, data, num_descs);
	if (kind == GPIO_ACL_FILE_EVENT && bpf_core_type_exists(struct lineevent_state))
		return 1;
	return 0;
}

/* Where the i-th line of a v2 request stands in kernel memory. */
static inline const void *request_line(const void *data, __u32 i)
{
	return data + bpf_core_field_offset(struct linereq, lines) +
	       i * bpf_core_type_size(struct line);
}

/* Where the address of the i-th held line's descriptor stands in kernel memory. */
static inline const void *held_slot(const void *data, enum gpio_acl_file kind, __u32 i)
{
	if (kind == GPIO_ACL_FILE_REQUEST)
		return request_line(data, i) + bpf_core_field_offset(struct line, desc);
	if (kind == GPIO_ACL_FILE_HANDLE && bpf_core_type_exists(struct linehandle_state))
		return data + bpf_core_field_offset(struct linehandle_state, descs) +
		       i * sizeof(void *);
	if (kind == GPIO_ACL_FILE_EVENT && bpf_core_type_exists(struct lineevent_state))
		return data + bpf_core_field_offset(struct lineevent_state, desc);
	return NULL;
}

/* How far, in bytes, a line's descriptor is from its chip's first one: desc_place() of an offset.
 */
static inline __u64 desc_distance(const struct gpio_desc *desc, const struct gpio_device *chip)
{
	return (const char *)VIEW(struct gpio_desc, desc) -
	       (const char *)READ(struct gpio_device, chip, descs);
}

static inline __u64 desc_place(__u32 offset)
{
	return (__u64)offset * bpf_core_type_size(struct gpio_desc);
}

/* The offset of a line on its chip, from its descriptor's address; false: it cannot be read. */
static inline bool desc_offset(const struct gpio_desc *desc, const struct gpio_device *chip,
			       __u32 *offset)
{
	__u64 line = desc_distance(desc, chip) / bpf_core_type_size(struct gpio_desc);

	if (line > GPIO_ACL_MAX_OFFSET)
		return false;
	*offset = line;
	return true;
}

struct held_line {
	__u32 offset;
	bool is_output;
};

/* held_read() - the i-th line that a line file holds; 0, or -1 when it cannot be read */
static inline int held_read(const void *data, enum gpio_acl_file kind, __u32 i,
			    const struct gpio_device *chip, struct held_line *held)
{
	const void *slot = held_slot(data, kind, i);
	struct gpio_desc *desc = NULL;

	if (!slot || bpf_probe_read_kernel(&desc, sizeof(desc), slot))
		return -1;
	if (!desc_offset(desc, chip, &held->offset))
		return -1;
	held->is_output = READ(struct gpio_desc, desc, flags) & GPIO_DESC_IS_OUT;
	return 0;
}

/* Are edges told of the i-th line that a line file holds? What cannot be read tells them. */
static inline bool held_tells_edges(const void *data, enum gpio_acl_file kind, __u32 i)
{
	__u64 flags;

	if (kind != GPIO_ACL_FILE_REQUEST || !bpf_core_field_exists(struct line, edflags))
		return kind != GPIO_ACL_FILE_HANDLE;
	if (bpf_probe_read_kernel(&flags, sizeof(flags),
				  request_line(data, i) +
					  bpf_core_field_offset(struct line, edflags)))
		return true;
	return flags & GPIO_ACL_V2_EDGES;
}

/* The kernel's own string by which a policy may know a chip; NULL when it has none. */
static inline const char *chip_name(const struct gpio_device *chip, __u32 by)
{
	struct device *parent;

	if (by == GPIO_ACL_BY_LABEL)
		return READ(struct gpio_device, chip, label);
	if (by == GPIO_ACL_BY_NAME)
		return READ(struct gpio_device, chip, dev.kobj.name);
	parent = READ(struct gpio_device, chip, dev.parent);
	return parent ? READ(struct device, parent, kobj.name) : NULL;
}

#endif
