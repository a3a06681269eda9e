/* SPDX-License-Identifier: Apache-2.0 */
/* stats: what containers use, each second anew. */
#include <unistd.h>
#include "cleanup.h"
#include "each.h"
#include "life.h"
#include "verbs.h"

struct args {
	bool all, no_stream, no_trunc, explain;
	const char *format;
};

static const struct sd_opt stats_opts[] = {
	SD_OPT_FLAG(struct args, all, 'a', "all", "also those that do not run"),
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_STR(struct args, format, 0, "format", "FORMAT",
		"json, a template, or 'table TEMPLATE'"),
	SD_OPT_FLAG(struct args, no_stream, 0, "no-stream", "once"),
	SD_OPT_FLAG(struct args, no_trunc, 0, "no-trunc", "nothing shortened"),
	SD_OPT_END,
};

static const char *source(const struct args *a, bool named)
{
	if (named)
		return a->all ? "sd-state get --facts %args"
			      : "sd-state get --facts --running --paused %args";
	if (a->all)
		return "sd-state ls --json --all";
	return a->no_stream ? "sd-state ls --json" : "sd-state ls --json --follow";
}

static int do_stats(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv words = {0};
	struct vars names = {.args = call->argv}, options;
	struct outcome o;

	option_words(call, &words);
	options = (struct vars){.args = words.v};
	pipeline_add(&p, source(a, call->argc > 0), &names);
	pipeline_add(&p, "sd-cgset stats %args", &options);
	if (a->explain) {
		pipeline_print(&p, &options, "", "");
		return 0;
	}
	if (pipeline_run(&p, (struct ends){.in = -1, .out = STDOUT_FILENO}, &o, e) < 0)
		return -1;
	return o.code;
}

const struct sd_verb stats_verb = {
	.name = "stats",
	.synopsis = "[CONTAINER]...",
	.summary = "show what containers use, each second anew",
	.opts = stats_opts,
	.args_size = sizeof(struct args),
	.run = do_stats,
	.permute = true,
};
