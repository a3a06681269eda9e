/* SPDX-License-Identifier: Apache-2.0 */
#include "run_options.h"

#include <stddef.h>
#include <string.h>

const struct sd_opt sd_run_opts[] = {
#include "run_options.def"
	SD_OPT_END,
};

/* As getopt_long(3) finds a long name: the exact one, else one that it begins. */
static const struct sd_opt *find_long(const char *name, size_t len)
{
	const struct sd_opt *found = NULL;

	for (const struct sd_opt *o = sd_run_opts; o->kind != SD_KIND_END; o++) {
		if (strncmp(o->name, name, len) != 0)
			continue;
		if (strlen(o->name) == len)
			return o;
		found = o;
	}
	return found;
}

static const struct sd_opt *find_letter(char letter)
{
	for (const struct sd_opt *o = sd_run_opts; o->kind != SD_KIND_END; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* Does the option `word` take the next word for its value? */
static bool takes_next(const char *word)
{
	const struct sd_opt *o;

	if (word[1] == '-') {
		size_t len = strcspn(word + 2, "=");

		o = find_long(word + 2, len);
		return o && o->arg && !word[2 + len];
	}
	for (const char *p = word + 1; *p; p++) {
		o = find_letter(*p);
		if (o && o->arg)
			return !p[1];
	}
	return false;
}

void sd_run_args_normalise(int argc, char **argv)
{
	static const char *const spelling[][2] = {
		{"-cpu", "--cpu-percent"},
		{"-cpuset", "--cpuset-cpus"},
		{"-cpushare", "--cpu-shares"},
		{"-net", "--network"},
	};

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || !argv[i][1] || strcmp(argv[i], "--") == 0)
			return;
		for (size_t k = 0; k < sizeof(spelling) / sizeof(*spelling); k++)
			if (strcmp(argv[i], spelling[k][0]) == 0)
				argv[i] = (char *)spelling[k][1];
		i += takes_next(argv[i]);
	}
}
