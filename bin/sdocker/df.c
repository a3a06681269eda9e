/* SPDX-License-Identifier: Apache-2.0 */
/* system df: each tool that keeps something on the disk says how much, one after the other. */
#include <stdio.h>
#include <unistd.h>
#include "cleanup.h"
#include "each.h"
#include "life.h"
#include "usage.h"
#include "verbs.h"

struct args {
	struct sd_usage_options usage;
	bool explain;
};

static const struct sd_opt df_opts[] = {
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_USAGE_OPTIONS(struct args),
	SD_OPT_END,
};

static const struct {
	const char *source; /* or NULL */
	const char *df;
} rows[] = {
	{NULL, "sd-image df %args"},
	{"sd-state ls --all --json", "sd-layer df %args"},
	{NULL, "sd-volume df %args"},
};

static int do_df(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_strv struct sd_strv words = {0};
	struct vars v;
	int code = 0;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_usage_check(&a->usage, e) < 0 ||
		(!a->explain && reap_leftovers(e) < 0))
		return -1;
	option_words(call, &words);
	v = (struct vars){.args = words.v};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && code == 0; i++) {
		auto_pipeline struct pipeline p = {0};
		struct outcome o = {0};

		if (rows[i].source)
			pipeline_add(&p, rows[i].source, &v);
		pipeline_add(&p, rows[i].df, &v);
		if (i && a->usage.verbose)
			puts(a->explain ? "echo" : "");
		if (a->explain) {
			pipeline_print(&p, &v, "", "");
			continue;
		}
		fflush(stdout);
		if (pipeline_run(&p, (struct ends){.in = -1, .out = STDOUT_FILENO}, &o, e) < 0)
			return -1;
		code = o.code;
	}
	return code;
}

const struct sd_verb system_df_verb = {
	.name = "system df",
	.summary = "show what takes up the disk",
	.opts = df_opts,
	.args_size = sizeof(struct args),
	.run = do_df,
};
