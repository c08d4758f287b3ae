// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * without BTF WORD... >BTF: what the kernel tells of its types, less some, as if it had been built
 * without an option. STRUCT.MEMBER, a struct or a function(). Nothing moves: every type keeps its
 * number, by which the kernel knows it. 1: one of them is not there.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

/* What is taken out goes by the rest of its name, without the first letter. */
static void hide(__u32 *name)
{
	++*name;
}

static bool hide_member(struct btf *btf, __s32 id, const char *name)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	struct btf_member *member = type ? btf_members(type) : NULL;

	for (__u16 i = 0; type && i < btf_vlen(type); i++, member++) {
		if (strcmp(btf__name_by_offset(btf, member->name_off), name) == 0) {
			hide(&member->name_off);
			return true;
		}
		/* In a struct without a name, as most of mm_struct is. */
		if (!member->name_off && hide_member(btf, member->type, name))
			return true;
	}
	return false;
}

static bool hide_type(struct btf *btf, const char *name, __u32 kind)
{
	__s32 id = btf__find_by_name_kind(btf, name, kind);

	if (id <= 0)
		return false;
	hide(&((struct btf_type *)btf__type_by_id(btf, id))->name_off);
	return true;
}

static bool take_out(struct btf *btf, char *word)
{
	char *end = word + strcspn(word, ".(");
	char kind = *end;

	*end = '\0';
	if (kind == '.')
		return hide_member(btf, btf__find_by_name_kind(btf, word, BTF_KIND_STRUCT),
				   end + 1);
	return hide_type(btf, word, kind ? BTF_KIND_FUNC : BTF_KIND_STRUCT);
}

int main(int argc, char *argv[])
{
	struct btf *btf = argc > 1 ? btf__parse_raw(argv[1]) : NULL;
	const void *data;
	__u32 size;

	if (!btf)
		return 2;
	for (int i = 2; i < argc; i++) {
		if (!take_out(btf, argv[i])) {
			fprintf(stderr, "%s is not there\n", argv[i]);
			return 1;
		}
	}
	data = btf__raw_data(btf, &size);
	return !data || fwrite(data, size, 1, stdout) != 1;
}
