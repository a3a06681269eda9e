/* SPDX-License-Identifier: Apache-2.0 */
/* rm, and cleanup: what is undone at the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "cleanup.h"
#include "life.h"
#include "store.h"
#include "verbs.h"

struct rm_args {
	bool force, volumes, explain;
};

static const struct sd_opt rm_opts[] = {
	SD_OPT_FLAG(struct rm_args, force, 'f', "force", "kill what runs, then remove"),
	SD_OPT_FLAG(struct rm_args, volumes, 'v', "volumes",
		"with the anonymous volumes, which go in any case"),
	SD_OPT_FLAG(struct rm_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

/* So many removals load and work side by side. */
#define REMOVALS 16

static void build_removal(struct pipeline *p, bool force, const char *id)
{
	struct vars v = {.id = id, .has = needs_of_record(id, ALL_KINDS)};

	pipeline_undo(p, force ? "sd-state get --broken %id" : "sd-state get --stopped %id", life,
		force ? RM | FORCE : RM, &v);
}

/* The others are removed all the same, as docker does; the first code that is not 0, or -1. */
static int remove_some(char **names, size_t n, bool force, struct sd_err *e)
{
	struct pipeline p[REMOVALS] = {0};
	struct result results[REMOVALS];
	int code = 0;

	for (size_t i = 0; i < n; i++)
		build_removal(&p[i], force, names[i]);
	pipelines_run(p, n, (struct ends){.in = -1, .out = -1}, results);
	for (size_t i = 0; i < n; i++) {
		if (results[i].r < 0) {
			*e = results[i].e;
			code = -1;
		} else if (results[i].o.code == 0) {
			puts(names[i]);
		} else {
			code = code ? code : results[i].o.code;
		}
		pipeline_free(&p[i]);
	}
	return code;
}

static int do_rm(const struct sd_call *call, struct sd_err *e)
{
	const struct rm_args *a = call->args;
	int code = 0;

	if (sd_want_operands(call, 1, -1, e) < 0 || (!a->explain && reap_leftovers(e) < 0))
		return -1;
	for (int i = 0; a->explain && i < call->argc; i++) {
		auto_pipeline struct pipeline p = {0};
		struct vars v = {.id = call->argv[i]};

		build_removal(&p, a->force, call->argv[i]);
		pipeline_print(&p, &v, "", " >/dev/null");
	}
	if (a->explain)
		return 0;
	for (int i = 0; i < call->argc; i += REMOVALS) {
		int n = call->argc - i < REMOVALS ? call->argc - i : REMOVALS;
		int r = remove_some(call->argv + i, (size_t)n, a->force, e);

		if (r < 0)
			return -1;
		code = code ? code : r;
	}
	/* What was removed while it was being made is gone through once more. */
	return reap_leftovers(e) < 0 ? -1 : code;
}

const struct sd_verb rm_verb = {
	.name = "rm",
	.synopsis = "CONTAINER...",
	.summary = "remove containers",
	.opts = rm_opts,
	.args_size = sizeof(struct rm_args),
	.run = do_rm,
	.permute = true,
};

struct cleanup_args {
	bool explain;
};

static const struct sd_opt cleanup_opts[] = {
	SD_OPT_FLAG(struct cleanup_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

/* What a container's monitor runs at its end. */
static int do_cleanup(const struct sd_call *call, struct sd_err *e)
{
	const struct cleanup_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	auto_pipeline struct pipeline p = {0};
	struct vars v = {.id = call->argv[0]};
	struct outcome o = {0};
	bool remove = false;
	int r;

	if (sd_want_operands(call, 1, 1, e) < 0 || sd_record_find(v.id, &id, e) < 0)
		return -1;
	r = sd_record_load(id, &doc, e);
	if (r == 0)
		return sd_fail(e, ENOENT, "read the record of %s", v.id);
	if (r < 0 || sd_json_bool(doc, &remove, e, "want.autoRemove") < 0)
		return -1;
	end_build(&p, remove, &v);
	if (a->explain) {
		pipeline_print(&p, &v, "", " >/dev/null");
		return 0;
	}
	if (pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, e) < 0)
		return -1;
	return o.code;
}

const struct sd_verb cleanup_verb = {
	.name = "cleanup",
	.synopsis = "CONTAINER",
	.summary = "remove what a container that has ended left",
	.opts = cleanup_opts,
	.args_size = sizeof(struct cleanup_args),
	.run = do_cleanup,
};
