/* SPDX-License-Identifier: Apache-2.0 */
/* diff: what a container has added (A), changed (C) and deleted (D). */
#include "cleanup.h"
#include "life.h"

struct args {
	bool explain;
};

const struct sd_opt diff_opts[] = {
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};
const size_t diff_size = sizeof(struct args);

int verb_diff(const struct sd_call *call, struct sd_err *e)
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
