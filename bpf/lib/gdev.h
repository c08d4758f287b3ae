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

/* v1; not in kernels built without it */
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
 * The kernel's addresses of the functions that serve the ioctls of GPIO files (unlocked_ioctl of
 * their file operations): they identify the files. Set by the loader (loader/engine/kernel.h). The
 * last two are 0 without the v1 uAPI.
 */
const volatile __u64 gpio_ioctl, linereq_ioctl, linehandle_ioctl, lineevent_ioctl;

/* FLAG_IS_OUT (7.3: GPIOD_FLAG_IS_OUT) in drivers/gpio/gpiolib.h: the line is an output now. */
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

/* The gpio_device behind a GPIO file; NULL when it cannot be read. */
static inline struct gpio_device *file_gdev(const struct file *file, enum gpio_acl_file kind)
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
 * watched_lines() - which of 64 lines a chip file watches; all of them when it cannot be read
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

/* Unplugged: the kernel answers ENODEV to every ioctl, and the names may be freed. */
static inline bool gdev_is_gone(const struct gpio_device *gdev)
{
	return !READ(struct gpio_device, gdev, chip);
}

/* The kernfs id of its sysfs directory, which no other gdev ever has; 0 when that is gone. */
static inline __u64 gdev_serial(const struct gpio_device *gdev)
{
	const struct kernfs_node *folder = READ(struct gpio_device, gdev, dev.kobj.sd);

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

/* Address of the i-th struct line of a v2 request. */
static inline const void *request_line(const void *data, __u32 i)
{
	return data + bpf_core_field_offset(struct linereq, lines) +
	       i * bpf_core_type_size(struct line);
}

/* Address of the pointer to the i-th held line's gpio_desc. */
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

/* desc - gdev->descs in bytes: hwgpio_bytes() of the line's offset */
static inline __u64 desc_bytes(const struct gpio_desc *desc, const struct gpio_device *gdev)
{
	return (const char *)VIEW(struct gpio_desc, desc) -
	       (const char *)READ(struct gpio_device, gdev, descs);
}

static inline __u64 hwgpio_bytes(__u32 offset)
{
	return (__u64)offset * bpf_core_type_size(struct gpio_desc);
}

/* The offset of a line, as gpio_chip_hwgpio() in gpiolib.h of 6.1; false when it cannot be read. */
static inline bool desc_hwgpio(const struct gpio_desc *desc, const struct gpio_device *gdev,
			       __u32 *offset)
{
	__u64 line = desc_bytes(desc, gdev) / bpf_core_type_size(struct gpio_desc);

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
			    const struct gpio_device *gdev, struct held_line *held)
{
	const void *slot = held_slot(data, kind, i);
	struct gpio_desc *desc = NULL;

	if (!slot || bpf_probe_read_kernel(&desc, sizeof(desc), slot))
		return -1;
	if (!desc_hwgpio(desc, gdev, &held->offset))
		return -1;
	held->is_output = READ(struct gpio_desc, desc, flags) & GPIO_DESC_IS_OUT;
	return 0;
}

/* Does a line file deliver edges of its i-th line? True when it cannot be read. */
static inline bool held_has_edges(const void *data, enum gpio_acl_file kind, __u32 i)
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

/*
 * The kernel's string by which a policy may know the device, by enum gpio_acl_chip_by; NULL if it
 * has none.
 */
static inline const char *gdev_name(const struct gpio_device *gdev, __u32 by)
{
	struct device *parent;

	if (by == GPIO_ACL_BY_LABEL)
		return READ(struct gpio_device, gdev, label);
	if (by == GPIO_ACL_BY_NAME)
		return READ(struct gpio_device, gdev, dev.kobj.name);
	parent = READ(struct gpio_device, gdev, dev.parent);
	return parent ? READ(struct device, parent, kobj.name) : NULL;
}

#endif
