/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that are one tool's verb under docker's name: their options are the tool's own. */
#include "passed.h"

#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "life.h"

static const struct {
	const char *verb;
	const char *words;
	const char *otherwise; /* asked where the first says "no": exit code 1 */
	bool reap;	       /* shows what there is: what was left over must not be in it */
} table[] = {
	{"ps", "sd-state ls %args", NULL, true},
	{"inspect", "sd-state get -q --pretty %args", "sd-image inspect %args", false},
	{"rename", "sd-state rename %args", NULL, false},
	{"port", "sd-state port %args", NULL, false},
	{"images", "sd-image ls %args", NULL, false},
	{"import", "sd-image import %args", NULL, false},
	{"tag", "sd-image tag %args", NULL, false},
	{"rmi", "sd-image rm %args", NULL, false},
	{"volume create", "sd-volume create %args", NULL, false},
	{"volume ls", "sd-volume ls %args", NULL, true},
	{"volume inspect", "sd-volume inspect %args", NULL, false},
	{"volume rm", "sd-volume rm %args", NULL, true},
};

static int run_one(const char *words, const struct vars *v, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	struct outcome o;

	pipeline_add(&p, words, v);
	if (pipeline_run(&p, (struct ends){.in = STDIN_FILENO, .out = STDOUT_FILENO}, &o, e) < 0)
		return -1;
	return o.code;
}

static void explain_one(const char *words, const struct vars *v, const char *end)
{
	auto_pipeline struct pipeline p = {0};

	pipeline_add(&p, words, v);
	pipeline_print(&p, v, "", end);
}

int verb_passed(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0};
	bool explain = false;
	struct vars v;
	size_t i = 0;
	int code;

	for (int k = 0; k < call->argc; k++) {
		if (!explain && strcmp(call->argv[k], "--explain") == 0)
			explain = true;
		else
			sd_strv_add(&words, call->argv[k]);
	}
	v = (struct vars){.args = words.v};
	while (strcmp(table[i].verb, call->verb->name) != 0)
		i++;
	if (explain) {
		explain_one(table[i].words, &v, table[i].otherwise ? " ||" : "");
		if (table[i].otherwise)
			explain_one(table[i].otherwise, &v, "");
		return 0;
	}
	if (table[i].reap && reap_leftovers(e) < 0)
		return -1;
	code = run_one(table[i].words, &v, e);
	if (code == SD_EXIT_NO && table[i].otherwise)
		code = run_one(table[i].otherwise, &v, e);
	return code;
}

struct plain_args {
	bool explain;
};

const struct sd_opt plain_opts[] = {
	SD_OPT_FLAG(struct plain_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};
const size_t plain_size = sizeof(struct plain_args);

bool plain_explained(const struct sd_call *call)
{
	const struct plain_args *a = call->args;

	if (a->explain)
		printf("sdocker %s%s%s # no tool has a part in it\n", call->verb->name,
			call->argc ? " " : "", call->argc ? call->argv[0] : "");
	return a->explain;
}

int verb_version(const struct sd_call *call, struct sd_err *e)
{
	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (plain_explained(call))
		return 0;
	printf("sdocker %s\nOCI runtime-spec 1.2.0, image-spec 1.1\n", SD_VERSION);
	return 0;
}

int verb_help(const struct sd_call *call, struct sd_err *e)
{
	char help[] = "--help";
	char *words[] = {(char *)(uintptr_t) "sdocker", NULL, NULL, NULL, NULL};

	/* "volume ls" is a verb of two words. */
	if (sd_want_operands(call, 0, 2, e) < 0)
		return -1;
	if (plain_explained(call))
		return 0;
	for (int i = 0; i < call->argc; i++)
		words[i + 1] = call->argv[i];
	words[call->argc + 1] = help;
	return sd_tool_main(call->tool, call->argc + 2, words);
}
