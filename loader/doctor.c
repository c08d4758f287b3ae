// SPDX-License-Identifier: GPL-2.0-or-later
/* See doctor.h. */
#include <stdarg.h>
#include <stdio.h>

#include "loader/access.h"
#include "loader/doctor.h"
#include "loader/memory.h"

void doctor_open(struct doctor *doctor, const char *root)
{
	*doctor = (struct doctor){.root = root, .accounts = accounts_read(root)};
}

void doctor_close(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->num_findings; i++) {
		free(doctor->findings[i].what);
		free(doctor->findings[i].remedy);
	}
	free(doctor->findings);
	accounts_free(doctor->accounts);
}

void doctor_add(struct doctor *doctor, enum doctor_state state, const char *check, char *what,
		char *remedy)
{
	struct finding *finding;

	doctor->findings = memory(reallocarray(doctor->findings, doctor->num_findings + 1,
					       sizeof(*doctor->findings)));
	finding = &doctor->findings[doctor->num_findings++];
	finding->state = state;
	finding->check = check;
	finding->what = what;
	finding->remedy = remedy;
}

size_t doctor_count(const struct doctor *doctor, enum doctor_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < doctor->num_findings; i++)
		count += doctor->findings[i].state == state;
	return count;
}

char *doctor_text(const char *format, ...)
{
	va_list args;
	char *text;
	int size;

	va_start(args, format);
	size = vasprintf(&text, format, args);
	va_end(args);
	return memory(size < 0 ? NULL : text);
}
