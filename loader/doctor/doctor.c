// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of findings, and of device nodes; see doctor.h. */
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/doctor/doctor.h"
#include "loader/machine/access.h"
#include "loader/util/memory.h"

static void read_nodes(struct doctor *doctor)
{
	char *folders[] = {doctor_text("%s/dev", doctor->root), NULL};
	FTS *walk = memory(fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, NULL));
	FTSENT *entry;

	while ((entry = fts_read(walk))) {
		if (entry->fts_info != FTS_DEFAULT || !S_ISCHR(entry->fts_statp->st_mode))
			continue;
		doctor->nodes = memory(
			reallocarray(doctor->nodes, doctor->num_nodes + 1, sizeof(*doctor->nodes)));
		doctor->nodes[doctor->num_nodes++] = (struct doctor_node){
			.number = entry->fts_statp->st_rdev,
			.path = memory(strdup(entry->fts_path)),
		};
	}
	fts_close(walk);
	free(folders[0]);
}

void doctor_open(struct doctor *doctor, const char *root)
{
	*doctor = (struct doctor){.root = root, .accounts = accounts_read(root)};
	read_nodes(doctor);
}

void doctor_close(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->num_findings; i++) {
		free(doctor->findings[i].what);
		free(doctor->findings[i].remedy);
	}
	free(doctor->findings);
	for (size_t i = 0; i < doctor->num_nodes; i++)
		free(doctor->nodes[i].path);
	free(doctor->nodes);
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

struct doctor_node *doctor_next_node(const struct doctor *doctor, const char *path,
				     struct doctor_node *node)
{
	struct stat status;

	if (lstat(path, &status) || !S_ISCHR(status.st_mode))
		return NULL;
	for (node = node ? node + 1 : doctor->nodes; node < doctor->nodes + doctor->num_nodes;
	     node++)
		if (node->number == status.st_rdev)
			return node;
	return NULL;
}
