/* SPDX-License-Identifier: Apache-2.0 */
/* top: the processes of a container, as the host sees them. */
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	bool explain;
};

static const struct sd_opt top_opts[] = {
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

/* The tool's own options have two dashes: --path would show what is not the container's. */
static int check_words(char *const *words, struct sd_err *e)
{
	for (; *words; words++) {
		if (!sd_starts_with(*words, "--"))
			continue;
		sd_fail(e, 0, "'%s' is no option of ps that is known here", *words);
		return sd_hint(e, "-ef, aux and -o LIST are");
	}
	return 0;
}

static int do_top(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_pipeline struct pipeline p = {0};
	struct vars v = {.id = call->argv[0], .args = call->argv + 1};

	if (sd_want_operands(call, 1, -1, e) < 0 || check_words(call->argv + 1, e) < 0)
		return -1;
	pipeline_add(&p, "sd-state get --facts --running --paused %id", &v);
	pipeline_add(&p, "sd-cgset top %args", &v);
	return pipeline_answer(&p, &v, a->explain, e);
}

const struct sd_verb top_verb = {
	.name = "top",
	.synopsis = "CONTAINER [PS-OPTION]...",
	.summary = "list the processes of a container",
	.opts = top_opts,
	.args_size = sizeof(struct args),
	.run = do_top,
};
