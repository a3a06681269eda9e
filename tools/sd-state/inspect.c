/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: containers for people and scripts, with docker's members beside the document's. */
#include <errno.h>
#include <stdio.h>
#include "cleanup.h"
#include "format.h"
#include "sd-state.h"
#include "store.h"
#include "str.h"
#include "view.h"

struct args {
	const char *format;
	bool or_null;
};

static const struct sd_opt state_inspect_opts[] = {
	SD_OPT_STR(
		struct args, format, 'f', "format", "FORMAT", "json, or a template: a line each"),
	SD_OPT_FLAG(struct args, or_null, 0, "or-null",
		"one array, with null where there is no such container: for sd-image inspect "
		"--fill"),
	SD_OPT_END,
};

static int load(const char *who, struct sd_json **view, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	int r;

	if (sd_record_find(who, &id, e) < 0)
		return -1;
	r = sd_record_load(id, &doc, e);
	if (r == 0)
		return sd_fail(e, ENOENT, "no such container: %s", who);
	if (r < 0)
		return e->errnum ? -1 : sd_hint(e, "'sdocker rm -f %.12s' removes it", id);
	*view = view_json(doc);
	return 0;
}

static int print(const struct args *a, struct sd_rows *rows, struct sd_json *all, struct sd_err *e)
{
	sd_auto_free char *text = NULL;

	if (!a->or_null)
		return sd_rows_show(rows, all, stdout, e);
	text = sd_json_text(all);
	puts(text);
	return 0;
}

static int do_inspect(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *all = sd_json_new_array();
	sd_auto_rows struct sd_rows *rows = NULL;
	struct sd_err first = {0};

	if (sd_want_operands(call, 1, -1, e) < 0)
		return -1;
	if (a->or_null && a->format)
		return sd_fail(e, 0, "--format and --or-null exclude each other");
	if (a->format && !(rows = sd_rows_begin(a->format, NULL, NULL, e)))
		return -1;
	for (int i = 0; i < call->argc; i++) {
		struct sd_json *view = NULL;
		struct sd_err why = {0};
		int r = load(call->argv[i], &view, &why);
		bool missing = r < 0 && why.errnum == ENOENT;

		if (r == 0)
			sd_json_append(all, view);
		else if (a->or_null) /* false: no image is meant, and why has been said */
			sd_json_append(all, missing ? sd_json_new_null() : sd_json_new_bool(false));
		if (missing)
			why.code = SD_EXIT_NO;
		/* The others are printed all the same; the first failure is the one reported. */
		if (r < 0 && !first.code && !(missing && a->or_null))
			first = why;
	}
	/* Where there is nothing but an error, no empty array stands before it. */
	if ((sd_json_len(all) || !first.code) && print(a, rows, all, e) < 0)
		return -1;
	if (!first.code)
		return 0;
	*e = first;
	return -1;
}

const struct sd_verb inspect_verb = {
	.name = "inspect",
	.synopsis = "CONTAINER...",
	.summary = "show containers as JSON, with docker's member names",
	.opts = state_inspect_opts,
	.args_size = sizeof(struct args),
	.run = do_inspect,
	.permute = true,
};
