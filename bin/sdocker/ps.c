/* SPDX-License-Identifier: Apache-2.0 */
/* ps: the containers; where their sizes are asked for, sd-layer tells them to who lists. */
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "each.h"
#include "life.h"
#include "ls_options.h"
#include "verbs.h"

struct args {
	struct sd_ls_options ls; /* first: ls_options.def */
	bool explain;
};

static const struct sd_opt ps_opts[] = {
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
#include "ls_options.def"
	SD_OPT_END,
};

/* To add up what is on the disk takes its time: a template that names the size wants it. */
static bool sizes_wanted(const struct sd_ls_options *o)
{
	return !o->json && !o->quiet && (o->size || (o->format && strstr(o->format, ".Size")));
}

static int do_ps(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv words = {0};
	struct vars v;

	if (sd_want_operands(call, 0, 0, e) < 0 || (!a->explain && reap_leftovers(e) < 0))
		return -1;
	option_words(call, &words);
	v = (struct vars){.args = words.v};
	if (sizes_wanted(&a->ls)) {
		pipeline_add(&p, "sd-state ls --json %args", &v);
		pipeline_add(&p, "sd-layer size", &v);
		pipeline_add(&p, "sd-state ls --size %args", &v);
	} else {
		pipeline_add(&p, "sd-state ls %args", &v);
	}
	return pipeline_answer(&p, &v, a->explain, e);
}

const struct sd_verb ps_verb = {
	.name = "ps",
	.summary = "list containers",
	.opts = ps_opts,
	.args_size = sizeof(struct args),
	.run = do_ps,
};
