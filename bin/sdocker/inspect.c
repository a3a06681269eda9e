/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: of each name the container, or else the image. */
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	const char *format, *type;
	bool explain;
};

static const struct sd_opt inspect_opts[] = {
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_STR(
		struct args, format, 'f', "format", "FORMAT", "json, or a template: a line each"),
	SD_OPT_STR(struct args, type, 0, "type", "TYPE", "only of that type: container or image"),
	SD_OPT_END,
};

static int do_inspect(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_strv struct sd_strv names = {0}, words = {0};
	auto_pipeline struct pipeline p = {0};
	struct vars v;

	if (sd_want_operands(call, 1, -1, e) < 0)
		return -1;
	if (a->type && strcmp(a->type, "container") != 0 && strcmp(a->type, "image") != 0)
		return sd_fail(e, 0, "--type: '%s' is neither container nor image", a->type);
	if (a->format) {
		sd_strv_add(&words, "--format");
		sd_strv_add(&words, a->format);
	}
	for (int i = 0; i < call->argc; i++) {
		sd_strv_add(&names, call->argv[i]);
		sd_strv_add(&words, call->argv[i]);
	}
	v = (struct vars){.args = words.v};
	if (a->type) {
		pipeline_add(&p,
			strcmp(a->type, "image") == 0 ? "sd-image inspect %args"
						      : "sd-state inspect %args",
			&v);
	} else {
		pipeline_add(
			&p, "sd-state inspect --or-null %args", &(struct vars){.args = names.v});
		pipeline_add(&p, "sd-image inspect --fill %args", &v);
	}
	return pipeline_answer(&p, &v, a->explain, e);
}

const struct sd_verb inspect_verb = {
	.name = "inspect",
	.synopsis = "NAME...",
	.summary = "show containers or images as JSON",
	.opts = inspect_opts,
	.args_size = sizeof(struct args),
	.run = do_inspect,
	.permute = true,
};
