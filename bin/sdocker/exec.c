/* SPDX-License-Identifier: Apache-2.0 */
/* exec: one more program in a container that runs. */
#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "exec_options.h"
#include "life.h"
#include "verbs.h"

struct args {
	struct sd_exec_options exec; /* first: exec_options.def */
	bool explain;
};

static const struct sd_opt exec_opts[] = {
#include "exec_options.def"
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

#define CHAIN " -- sd-cgset join -- sd-nsenter -- sd-confine"

/* The options as they were typed, then the command behind a "--" that ends them. */
static void command_words(
	const struct sd_call *call, const struct sd_strv *typed, struct sd_strv *w)
{
	size_t options = typed->n - (size_t)call->argc;

	if (options && strcmp(typed->v[options - 1], "--") == 0)
		options--;
	for (size_t i = 0; i < options; i++)
		sd_strv_add(w, typed->v[i]);
	sd_strv_add(w, "--");
	for (int i = 1; i < call->argc; i++)
		sd_strv_add(w, call->argv[i]);
}

static void build(struct pipeline *p, bool detach, const struct vars *v)
{
	pipeline_add(p, "sd-state get --running %id", v);
	pipeline_add(p, "sd-spec exec %args", v);
	pipeline_add(
		p, detach ? "sd-monitor exec --detach" CHAIN : "sd-monitor exec %stdio" CHAIN, v);
}

static int explain(const struct pipeline *p, const struct vars *v)
{
	if (!v->stdio) {
		pipeline_print(p, v, "", "");
		return 0;
	}
	puts("{");
	pipeline_print(p, v, "  ", "");
	puts("} 3<&0 4>&1 5>&2 </dev/null");
	return 0;
}

static int do_exec(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv typed = {0}, words = {0};
	struct vars v = {.id = call->argv[0], .stdio = !a->exec.detach};
	struct outcome o;

	if (sd_want_operands(call, 2, -1, e) < 0)
		return -1;
	take_explain(call, &typed);
	command_words(call, &typed, &words);
	v.args = words.v;
	build(&p, a->exec.detach, &v);
	if (a->explain)
		return explain(&p, &v);
	if (v.stdio && streams_hold(NULL, e) < 0)
		return -1;
	if (pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, e) < 0)
		return -1;
	return o.code;
}

const struct sd_verb exec_verb = {
	.name = "exec",
	.synopsis = "CONTAINER COMMAND [ARG]...",
	.summary = "run one more program in a container",
	.opts = exec_opts,
	.args_size = sizeof(struct args),
	.run = do_exec,
};
