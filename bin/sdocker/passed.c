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
	bool reap; /* shows what there is: what was left over must not be in it */
} table[] = {
	{"ps", "sd-state ls %args", true},
	{"rename", "sd-state rename %args", false},
	{"port", "sd-state port %args", false},
	{"events", "sd-state events -f %args", false},
	{"images", "sd-image ls %args", false},
	{"import", "sd-image import %args", false},
	{"tag", "sd-image tag %args", false},
	{"rmi", "sd-image rm %args", false},
	{"volume create", "sd-volume create %args", false},
	{"volume ls", "sd-volume ls %args", true},
	{"volume inspect", "sd-volume inspect %args", false},
	{"volume rm", "sd-volume rm %args", true},
};

int verb_passed(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0};
	auto_pipeline struct pipeline p = {0};
	bool explain = false;
	struct outcome o;
	struct vars v;
	size_t i = 0;

	for (int k = 0; k < call->argc; k++) {
		if (!explain && strcmp(call->argv[k], "--explain") == 0)
			explain = true;
		else
			sd_strv_add(&words, call->argv[k]);
	}
	v = (struct vars){.args = words.v};
	while (strcmp(table[i].verb, call->verb->name) != 0)
		i++;
	pipeline_add(&p, table[i].words, &v);
	if (explain) {
		pipeline_print(&p, &v, "", "");
		return 0;
	}
	if (table[i].reap && reap_leftovers(e) < 0)
		return -1;
	if (pipeline_run(&p, (struct ends){.in = STDIN_FILENO, .out = STDOUT_FILENO}, &o, e) < 0)
		return -1;
	return o.code;
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
