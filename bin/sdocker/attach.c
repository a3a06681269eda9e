/* SPDX-License-Identifier: Apache-2.0 */
/* attach: stand in the foreground of a container that runs. */
#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	const char *detach_keys;
	bool no_stdin, sig_proxy, explain;
};

static const struct sd_opt attach_opts[] = {
	SD_OPT_STR(struct args, detach_keys, 0, "detach-keys", "KEYS",
		"keys that leave a terminal and let its program go on: ctrl-p,ctrl-q"),
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_FLAG(struct args, no_stdin, 0, "no-stdin", "give it no standard input"),
	SD_OPT_FLAG(struct args, sig_proxy, 0, "sig-proxy",
		"pass signals on to a program without a terminal: true"),
	SD_OPT_END,
};

static void attach_init(void *args)
{
	((struct args *)args)->sig_proxy = true;
}

void attach_words(struct sd_strv *words, const char *detach_keys, bool no_stdin, bool sig_proxy)
{
	if (detach_keys) {
		sd_strv_add(words, "--detach-keys");
		sd_strv_add(words, detach_keys);
	}
	if (no_stdin)
		sd_strv_add(words, "--no-stdin");
	if (!sig_proxy)
		sd_strv_add(words, "--sig-proxy=false");
}

static int do_attach(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv words = {0};
	struct vars v = {.id = call->argv[0], .stdio = true};
	struct outcome o;

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	attach_words(&words, a->detach_keys, a->no_stdin, a->sig_proxy);
	v.attach = words.v;
	pipeline_add(&p, "sd-state get --running %id", &v);
	pipeline_add(&p, "sd-monitor wait %attach %stdio", &v);
	if (a->explain) {
		puts("( exec 3<&0 4>&1 5>&2 </dev/null");
		pipeline_print(&p, &v, "  ", " >/dev/null )");
		return 0;
	}
	if (streams_hold(NULL, e) < 0 ||
		pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, e) < 0)
		return -1;
	return o.code;
}

const struct sd_verb attach_verb = {
	.name = "attach",
	.synopsis = "CONTAINER",
	.summary = "stand in the foreground of a container that runs",
	.opts = attach_opts,
	.args_size = sizeof(struct args),
	.init = attach_init,
	.run = do_attach,
	.permute = true,
};
