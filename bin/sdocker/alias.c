/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's long names: "container stop", "image ls", "system info" are verbs of one word here. */
#include "alias.h"

#include <stdio.h>
#include <string.h>

static const char *const groups[] = {"container", "image", "system"};

/* Where the second word is not itself the verb. */
static const char *const other[][3] = {
	{"container", "ls", "ps"},
	{"container", "list", "ps"},
	{"container", "ps", "ps"},
	{"image", "ls", "images"},
	{"image", "list", "images"},
	{"image", "rm", "rmi"},
	{"image", "remove", "rmi"},
	{"container", "remove", "rm"},
};

static bool is_verb(const struct sd_verb *verbs, const char *group, const char *word)
{
	size_t len = strlen(group);

	for (const struct sd_verb *v = verbs; v->run; v++)
		if (strncmp(v->name, group, len) == 0 && v->name[len] == ' ' &&
			strcmp(v->name + len + 1, word) == 0)
			return true;
	return false;
}

static bool is_plain(const struct sd_verb *verbs, const char *word)
{
	for (const struct sd_verb *v = verbs; v->run; v++)
		if (strcmp(v->name, word) == 0)
			return true;
	return false;
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (strcmp(groups[i], word) == 0)
			return true;
	return false;
}

/* Of verbs of two words: "network list", "volume remove". */
static void second_word(const struct sd_verb *verbs, char **argv)
{
	static const char *const words[][2] = {{"list", "ls"}, {"remove", "rm"}};

	for (size_t i = 0; i < 2; i++)
		if (strcmp(argv[2], words[i][0]) == 0 && is_verb(verbs, argv[1], words[i][1]))
			argv[2] = (char *)(uintptr_t)words[i][1];
}

void alias_resolve(const struct sd_verb *verbs, int *argc, char **argv)
{
	const char *word;

	if (*argc >= 3)
		second_word(verbs, argv);
	if (*argc < 3 || !is_group(argv[1]) || is_verb(verbs, argv[1], argv[2]))
		return;
	word = argv[2];
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		if (strcmp(argv[1], other[i][0]) == 0 && strcmp(word, other[i][1]) == 0)
			word = other[i][2];
	if (!is_plain(verbs, word))
		return;
	argv[1] = (char *)(uintptr_t)word;
	memmove(argv + 2, argv + 3, (size_t)(*argc - 2) * sizeof(*argv));
	(*argc)--;
}
