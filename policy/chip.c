/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chip identity: which chips of the machine a definition of the policy matches, by label, device or
 * name. Warns of names that do not stay with one chip.
 */
#include <string.h>

#include "policy/internal.h"

const char *machine_find_link(const struct machine *machine, const char *name)
{
	for (size_t i = 0; i < machine->num_links; i++)
		if (!strcmp(machine->links[i].name, name))
			return machine->links[i].chip;
	return NULL;
}

const char *chip_known_as(const struct machine_chip *present, enum gpio_acl_chip_by by)
{
	const char *known[] = {
		[GPIO_ACL_BY_LABEL] = present->label,
		[GPIO_ACL_BY_DEVICE] = present->device,
		[GPIO_ACL_BY_NAME] = present->name,
	};

	return known[by];
}

bool policy_chip_matches(const struct policy_chip *chip, const struct machine_chip *present)
{
	const char *known = chip_known_as(present, chip->by);

	return known && !strcmp(known, chip->value);
}

size_t chip_find_present(const struct policy_chip *chip, const struct machine *machine,
			 uint32_t *present)
{
	size_t num = 0;

	for (size_t i = 0; i < machine->num_chips; i++) {
		if (policy_chip_matches(chip, &machine->chips[i]))
			present[num++] = i;
	}
	return num;
}

bool device_counts_plugs(const char *device)
{
	static const char separators[] = "::."; /* and the end */

	for (size_t i = 0; device && i < sizeof(separators); i++) {
		size_t digits = strspn(device, "0123456789ABCDEF");

		if (digits < 4 || device[digits] != separators[i])
			return false;
		device += digits + 1;
	}
	return device;
}

void chip_warn_shared(struct diag *diag, const struct span *span, const struct policy_chip *chip,
		      const struct machine_chip *one, const struct machine_chip *other)
{
	diag_warning(diag, span, "%s and %s have the same %s: rules for chip %s apply to both",
		     one->name, other->name, policy_chip_by[chip->by], chip->name);
	if (chip->by != GPIO_ACL_BY_LABEL)
		return;
	if (device_counts_plugs(one->device) || device_counts_plugs(other->device))
		diag_note(diag, NULL,
			  "their device names change at each plug-in: allow only what may be "
			  "allowed on both");
	else
		diag_note(diag, NULL, "use device to tell them apart");
}
