// SPDX-License-Identifier: GPL-2.0-or-later
/* gpio-acl-reasons(7) describes every reason of a refusal. Run from the top of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpio-acl/abi.h"

#define PAGE "man/gpio-acl-reasons.7"

/* The text of a section, to be freed. */
static char *section(const char *title)
{
	FILE *page = fopen(PAGE, "r"), *out;
	char *line = NULL, *text = NULL;
	size_t size = 0, room = 0;
	bool inside = false;

	if (!page)
		fail_msg("no " PAGE " here: run this from the top of the tree");
	out = open_memstream(&text, &size);
	while (getline(&line, &room, page) > 0) {
		if (!strncmp(line, ".Sh ", 4))
			inside = !strncmp(line + 4, title, strlen(title));
		else if (inside)
			fputs(line, out);
	}
	fclose(out);
	fclose(page);
	free(line);
	return text;
}

static void tells_every_reason(void **state)
{
	static const char *const words[] = {
#define X(name, word, text, hint) word,
		GPIO_ACL_REASONS(X)
#undef X
	};
	char *text = section("REASONS"), item[64];

	(void)state;
	for (int i = GPIO_ACL_REASON_ALLOWED + 1; i < GPIO_ACL_NUM_REASONS; i++) {
		snprintf(item, sizeof(item), ".It Cm %s\n", words[i]);
		if (!strstr(text, item))
			fail_msg(PAGE " does not tell of the reason %s", words[i]);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_every_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
