/* SPDX-License-Identifier: Apache-2.0 */
/* diff: what a container has added (A), changed (C) and deleted (D). */
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	bool explain;
};

static const struct sd_opt diff_opts[] = {
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

static int do_diff(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_pipeline struct pipeline p = {0};
	struct vars v = {.id = call->argv[0]};

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	pipeline_add(&p, "sd-state get %id", &v);
	pipeline_add(&p, "sd-layer changes", &v);
	return pipeline_answer(&p, &v, a->explain, e);
}

const struct sd_verb diff_verb = {
	.name = "diff",
	.synopsis = "CONTAINER",
	.summary = "list what a container has added, changed and deleted",
	.opts = diff_opts,
	.args_size = sizeof(struct args),
	.run = do_diff,
	.permute = true,
};
