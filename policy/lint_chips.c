/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of definitions: warns of chips and aggregates that nothing uses, and of names that may
 * mean another chip tomorrow.
 */
#include <stdlib.h>

#include "policy/lint.h"
#include "policy/suggest.h"

static void lint_name(struct reader *reader, const struct policy_chip *chip,
		      const struct chip_source *source, const struct span *span)
{
	bool label_only = source->num_present &&
			  device_counts_plugs(reader->machine->chips[source->present[0]].device);

	if (source->link)
		diag_warning(reader->diag, span,
			     "%s is a link to %s, which may be another chip after the next "
			     "boot",
			     text_quoted(source->link, SIZE_MAX), chip->value);
	else
		diag_warning(reader->diag, span, "%s may be another chip after the next boot",
			     text_quoted(chip->value, SIZE_MAX));
	diag_note(reader->diag, NULL, "use the chip's label%s (see gpio-acl status)",
		  label_only ? "" : " or device");
}

/* Losing an allow is safe, losing a deny is not: another rule may allow the line. */
static void lint_device(struct reader *reader, const struct policy_chip *chip,
			const struct span *span)
{
	diag_warning(reader->diag, span,
		     "%s changes at the next plug-in; after that the rules for chip %s, denies "
		     "included, do not apply",
		     text_quoted(chip->value, SIZE_MAX), chip->name);
	diag_note(reader->diag, NULL, "use the chip's label (see gpio-acl status)");
}

/* The chip may be unplugged or its name mistyped: the names of the chips present tell which. */
static void lint_absent(struct reader *reader, const struct policy_chip *chip,
			const struct span *span)
{
	const struct machine *machine = reader->machine;
	const char **known = xcalloc(machine->num_chips, sizeof(*known));
	bool near;
	char *list;

	for (size_t i = 0; i < machine->num_chips; i++)
		known[i] = chip_known_as(&machine->chips[i], chip->by);
	list = suggest_names(known, machine->num_chips, chip->value, &near);
	diag_remark(reader->diag, span, "no chip has %s %s%s%s", policy_chip_by[chip->by],
		    text_quoted(chip->value, SIZE_MAX),
		    !list  ? ""
		    : near ? "; similar: "
			   : "; present: ",
		    list ? list : "");
	free(list);
	free(known);
}

static void lint_chip(struct reader *reader, size_t index)
{
	const struct policy_chip *chip = &reader->policy->chips[index];
	const struct chip_source *source = &reader->chips[index];
	const struct machine_chip *chips = reader->machine->chips;
	struct span span = words_span(&source->statement, source->value);

	if (!source->num_present && reader->machine->num_chips)
		lint_absent(reader, chip, &span);
	if (source->num_present > 1)
		chip_warn_shared(reader->diag, &span, chip, &chips[source->present[0]],
				 &chips[source->present[1]]);
	if (chip->by == GPIO_ACL_BY_NAME)
		lint_name(reader, chip, source, &span);
	if (chip->by == GPIO_ACL_BY_DEVICE && device_counts_plugs(chip->value))
		lint_device(reader, chip, &span);
	if (!source->used)
		diag_warning(reader->diag, &source->statement, "chip %s is never used", chip->name);
}

void lint_definitions(struct reader *reader)
{
	if (reader->policy->num_chips && !reader->machine->num_chips)
		diag_remark(reader->diag, NULL,
			    "no GPIO chip can be opened: the policy is not compared with any");
	for (size_t i = 0; i < reader->policy->num_chips; i++)
		lint_chip(reader, i);
	for (size_t i = 0; i < reader->policy->num_aggregates; i++) {
		if (!reader->aggregates[i].used)
			diag_warning(reader->diag, &reader->aggregates[i].statement,
				     "aggregate %s is never used",
				     reader->policy->aggregates[i].name);
	}
}
