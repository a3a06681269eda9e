/* SPDX-License-Identifier: Apache-2.0 */
/* logs: what a container has written. */
#include "log_options.h"

#include "cleanup.h"
#include "each.h"
#include "life.h"
#include "verbs.h"

struct args {
	struct sd_log_options log;
	bool explain;
};

static const struct sd_opt logs_opts[] = {
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_LOG_OPTIONS(struct args),
	SD_OPT_END,
};

static int do_logs(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv words = {0};

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	option_words(call, &words);

	struct vars v = {.id = call->argv[0], .args = words.v};

	pipeline_add(&p, "sd-state get --facts %id", &v);
	pipeline_add(&p, "sd-monitor logs %args", &v);
	return pipeline_answer(&p, &v, a->explain, e);
}

const struct sd_verb logs_verb = {
	.name = "logs",
	.synopsis = "CONTAINER",
	.summary = "print what a container has written",
	.opts = logs_opts,
	.args_size = sizeof(struct args),
	.run = do_logs,
	.permute = true,
};
