/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that are one tool's verb under docker's name: their options are the tool's own. */
#include "passed.h"

#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

static const struct {
	const char *verb;
	const char *words;
	bool reap; /* shows what there is: what was left over must not be in it */
} table[] = {
	{"rename", "sd-state rename %args", false},
	{"port", "sd-state port %args", false},
	{"events", "sd-state events -f %args", false},
	{"images", "sd-image ls %args", false},
	{"import", "sd-image import %args", false},
	{"tag", "sd-image tag %args", false},
	{"rmi", "sd-image rm %args", false},
	{"network ls", "sd-network ls %args", true},
	{"network inspect", "sd-network inspect %args", true},
	{"volume create", "sd-volume create %args", false},
	{"volume ls", "sd-volume ls %args", true},
	{"volume inspect", "sd-volume inspect %args", false},
	{"volume rm", "sd-volume rm %args", true},
};

static int do_pass(const struct sd_call *call, struct sd_err *e)
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

#define PASSED(verb, words, text)                                                                  \
	const struct sd_verb verb = {                                                              \
		.name = words, .summary = text, .run = do_pass, .passthrough = true}

PASSED(rename_verb, "rename", "give a container another name (sd-state rename)");
PASSED(port_verb, "port", "list where a container's ports are published (sd-state port)");
PASSED(events_verb, "events", "follow what happens to containers (sd-state events -f)");
PASSED(images_verb, "images", "list images (sd-image ls)");
PASSED(import_verb, "import", "make an image of a root file system's tar (sd-image import)");
PASSED(tag_verb, "tag", "give an image another name (sd-image tag)");
PASSED(rmi_verb, "rmi", "remove images (sd-image rm)");
PASSED(network_ls_verb, "network ls", "list networks (sd-network ls)");
PASSED(network_inspect_verb, "network inspect", "show networks as JSON (sd-network inspect)");
PASSED(volume_create_verb, "volume create", "make a volume (sd-volume create)");
PASSED(volume_ls_verb, "volume ls", "list volumes (sd-volume ls)");
PASSED(volume_inspect_verb, "volume inspect", "show volumes as JSON (sd-volume inspect)");
PASSED(volume_rm_verb, "volume rm", "remove volumes (sd-volume rm)");

const struct sd_opt plain_opts[] = {
	SD_OPT_FLAG(struct plain_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

bool plain_explained(const struct sd_call *call)
{
	const struct plain_args *a = call->args;

	if (a->explain)
		printf("sdocker %s%s%s # no tool has a part in it\n", call->verb->name,
			call->argc ? " " : "", call->argc ? call->argv[0] : "");
	return a->explain;
}

static int do_version(const struct sd_call *call, struct sd_err *e)
{
	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (plain_explained(call))
		return 0;
	printf("sdocker %s\nOCI runtime-spec 1.2.0, image-spec 1.1\n", SD_VERSION);
	return 0;
}

static int do_help(const struct sd_call *call, struct sd_err *e)
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

const struct sd_verb version_verb = {
	.name = "version",
	.summary = "print the version",
	.opts = plain_opts,
	.args_size = sizeof(struct plain_args),
	.run = do_version,
};

const struct sd_verb help_verb = {
	.name = "help",
	.synopsis = "[VERB]",
	.summary = "print the help, of a verb",
	.opts = plain_opts,
	.args_size = sizeof(struct plain_args),
	.run = do_help,
};
