/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update: other limits for containers.
 *
 * The record first, then the kernel: where that refuses, the document of before gives its wishes
 * back to the record.  The other way round, a full disk would leave limits that no record knows.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "cleanup.h"
#include "each.h"
#include "life.h"
#include "run_options.h"
#include "verbs.h"

struct args {
	struct sd_run_options run; /* first: update_options.def */
	bool explain;
};

static const struct sd_opt update_opts[] = {
#include "update_options.def"
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

static const char *const stages[] = {
	"sd-spec update %args", "sd-state set --wishes", "sd-cgset limit"};
#define STAGES (sizeof(stages) / sizeof(*stages))

static void print(const char *words, const struct vars *v, const char *begin, const char *end)
{
	auto_pipeline struct pipeline p = {0};

	pipeline_add(&p, words, v);
	pipeline_print(&p, v, begin, end);
}

static void explain(const struct vars *v)
{
	print("sd-state get %id", v, "before=$(", ") && echo \"$before\" \\");
	for (size_t i = 0; i < STAGES; i++)
		print(stages[i], v, "  | ", i + 1 < STAGES ? " \\" : " >/dev/null || {");
	print("sd-state set --wishes", v, "  echo \"$before\" | ", " >/dev/null");
	puts("  false\n}");
}

static int run(const struct pipeline *p, int in, int out, struct outcome *o, struct sd_err *e)
{
	if (in >= 0 && lseek(in, 0, SEEK_SET) < 0)
		return sd_fail(e, errno, "hold the document");
	return pipeline_run(p, (struct ends){.in = in, .out = out}, o, e);
}

static int update_one(const struct vars *v, struct sd_err *e)
{
	auto_pipeline struct pipeline get = {0}, change = {0}, back = {0};
	sd_auto_fd int before = memfd_create("before", MFD_CLOEXEC);
	struct sd_err ignored;
	struct outcome o, undone;
	int r;

	if (before < 0)
		return sd_fail(e, errno, "hold the document");
	pipeline_add(&get, "sd-state get %id", v);
	if (run(&get, -1, before, &o, e) < 0)
		return -1;
	if (o.code)
		return o.code;
	for (size_t i = 0; i < STAGES; i++)
		pipeline_add(&change, stages[i], v);
	r = run(&change, before, -1, &o, e);
	/* The first stage has changed nothing. */
	if (o.code && o.failed > 0) {
		pipeline_add(&back, "sd-state set --wishes", v);
		run(&back, before, -1, &undone, &ignored);
	}
	return r < 0 ? -1 : o.code;
}

static int do_update(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_strv struct sd_strv words = {0};
	int code = 0;

	if (sd_want_operands(call, 1, -1, e) < 0)
		return -1;
	option_words(call, &words);
	for (int i = 0; i < call->argc; i++) {
		struct vars v = {.id = call->argv[i], .args = words.v};
		int r = 0;

		if (a->explain)
			explain(&v);
		else
			r = update_one(&v, e);
		if (r < 0)
			return -1;
		if (r == 0 && !a->explain)
			puts(call->argv[i]);
		code = code ? code : r;
	}
	return code;
}

const struct sd_verb update_verb = {
	.name = "update",
	.synopsis = "CONTAINER...",
	.summary = "change the limits of containers",
	.opts = update_opts,
	.args_size = sizeof(struct args),
	.run = do_update,
	.permute = true,
};
