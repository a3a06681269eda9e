/* SPDX-License-Identifier: Apache-2.0 */
/* start: containers that are there begin, by their names, or after a boot by their policies. */
#include <stdio.h>
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	const char *detach_keys;
	bool all, again, attach, interactive, sig_proxy, explain;
};

static const struct sd_opt opts[] = {
	SD_OPT_FLAG(struct args, all, 0, "all",
		"those that their restart policy starts after a boot, and that do not run"),
	SD_OPT_FLAG(struct args, again, 0, "again",
		"what a monitor runs: one that waits to be started by its restart policy"),
	SD_OPT_FLAG(struct args, attach, 'a', "attach", "stand in the foreground"),
	SD_OPT_STR(struct args, detach_keys, 0, "detach-keys", "KEYS",
		"keys that leave a terminal and let its program go on: ctrl-p,ctrl-q"),
	SD_OPT_FLAG(struct args, interactive, 'i', "interactive", "with -a: standard input too"),
	SD_OPT_FLAG(struct args, sig_proxy, 0, "sig-proxy",
		"pass signals on to a program without a terminal: true"),
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

#define DUE "sd-state ls --due --quiet --no-trunc"

static void init(void *args)
{
	((struct args *)args)->sig_proxy = true;
}

/* The first of them that fails is the one that is told; the others are started all the same. */
static int start_each(
	char *const *names, size_t n, const struct birth *how, bool quiet, struct sd_err *e)
{
	struct sd_err first = {0};
	int code = 0;

	for (size_t i = 0; i < n; i++) {
		struct birth b = *how;
		struct sd_err why;
		int r;

		b.vars.id = names[i];
		r = birth_run(&b, &why);
		if (r == 0 && !quiet)
			puts(names[i]);
		if (r < 0 && !first.code)
			first = why;
		code = code ? code : r < 0 ? SD_EXIT_FAILED : r;
	}
	*e = first;
	return first.code ? -1 : code;
}

static int explain(const struct sd_call *call, const struct birth *how, bool all, struct sd_err *e)
{
	struct birth b = *how;

	for (int i = 0; i < call->argc; i++) {
		b.vars.id = call->argv[i];
		birth_explain(&b, e);
	}
	if (!all)
		return 0;
	b.vars.id = "$id";
	b.vars.new_id = true;
	puts("for id in $(" DUE "); do");
	birth_explain(&b, e);
	puts("done");
	return 0;
}

static int start_due(const struct birth *how, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv ids = {0};
	struct vars none = {0};
	int code;

	pipeline_add(&p, DUE, &none);
	code = pipeline_lines(&p, &ids, e);
	return code ? code : start_each(ids.v, ids.n, how, false, e);
}

static int check(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	bool foreground = a->attach || a->interactive;

	if (a->all + a->again + foreground > 1)
		return sd_fail(e, 0, "--all, --again and --attach exclude each other");
	return a->all ? sd_want_operands(call, 0, 0, e)
		      : sd_want_operands(call, 1, foreground ? 1 : -1, e);
}

static int do_start(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	bool foreground = a->attach || a->interactive;
	sd_auto_strv struct sd_strv attach = {0};
	struct birth how = {.when = (a->again ? AGAIN : START) | (foreground ? FOREGROUND : 0),
		.vars = {.stdio = foreground}};

	if (check(call, e) < 0)
		return -1;
	attach_words(&attach, a->detach_keys, !a->interactive, a->sig_proxy);
	how.vars.attach = attach.v;
	if (a->explain)
		return explain(call, &how, a->all, e);
	if (reap_leftovers(e) < 0)
		return -1;
	if (a->all)
		return start_due(&how, e);
	return start_each(call->argv, (size_t)call->argc, &how, foreground, e);
}

const struct sd_verb start_verb = {
	.name = "start",
	.synopsis = "CONTAINER...",
	.summary = "start containers",
	.opts = opts,
	.args_size = sizeof(struct args),
	.init = init,
	.run = do_start,
	.permute = true,
};
