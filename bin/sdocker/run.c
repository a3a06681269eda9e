/* SPDX-License-Identifier: Apache-2.0 */
/* run and create: the verbs that make containers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "image.h"
#include "life.h"
#include "run_options.h"
#include "store.h"
#include "verbs.h"

struct run_args {
	struct sd_run_options run; /* first: run_options.def */
	bool explain;
};

static const struct sd_opt run_opts[] = {
#include "run_options.def"
	SD_OPT_FLAG(struct run_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

bool take_explain(const struct sd_call *call, struct sd_strv *rest)
{
	int options = call->raw_argc - call->argc;
	bool found = false;

	for (int i = 0; i < call->raw_argc; i++) {
		if (i < options && !found && strcmp(call->raw_argv[i], "--explain") == 0)
			found = true;
		else
			sd_strv_add(rest, call->raw_argv[i]);
	}
	return found;
}

/* An image that the toolkit can make itself is made on its first use. */
static int need_image(struct birth *b, const char *pull, const char *name, struct sd_err *e)
{
	sd_auto_image struct sd_image image = {0};

	if (pull && strcmp(pull, "always") == 0) {
		sd_fail(e, 0, "--pull always: no registry is asked for images");
		return sd_hint(e, "'sdocker import' and skopeo bring them into the store");
	}
	if (!name || (pull && strcmp(pull, "never") == 0))
		return 0;
	if (sd_image_lookup(name, &image, e) == 0)
		return 0;
	if (e->errnum == ENOENT)
		b->provide = name;
	return 0; /* anything else is sd-spec's to report */
}

static int provide(const struct birth *b, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	char *args[] = {(char *)(uintptr_t)b->provide, NULL};
	struct vars v = {.args = args};
	struct outcome o;

	pipeline_add(&p, "sd-image provide %args", &v);
	if (pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, e) < 0)
		return -1;
	return o.code;
}

/* -a: those streams that are not named stay behind. */
static int choose_streams(struct birth *b, const struct sd_run_options *run, struct sd_err *e)
{
	static const char *const names[] = {"stdin", "stdout", "stderr"};

	if (run->attach.n && run->detach)
		return sd_fail(e, 0, "--attach and --detach: one or the other");
	for (int k = 0; k < 3; k++)
		b->left_out[k] = run->attach.n > 0;
	for (size_t i = 0; i < run->attach.n; i++) {
		int k = 0;

		while (k < 3 && strcasecmp(run->attach.v[i], names[k]) != 0)
			k++;
		if (k == 3)
			return sd_fail(e, 0, "--attach: '%s' is none of stdin, stdout, stderr",
				run->attach.v[i]);
		b->left_out[k] = false;
	}
	return 0;
}

static int give_birth(struct birth *b, bool explain, struct sd_err *e)
{
	int code;

	if (explain)
		return birth_explain(b, e);
	if (reap_leftovers(e) < 0)
		return -1;
	code = b->provide ? provide(b, e) : 0;
	if (code)
		return code;
	return birth_run(b, e);
}

/* An image may be called as a verb of sd-spec is. */
static bool is_verb_of_spec(const char *word)
{
	return word && (strcmp(word, "exec") == 0 || strcmp(word, "network") == 0 ||
			       strcmp(word, "update") == 0);
}

static int make(const struct sd_call *call, unsigned when, struct sd_err *e)
{
	const struct run_args *a = call->args;
	sd_auto_strv struct sd_strv words = {0}, attach = {0};
	char id[SD_ID_LEN + 1];
	auto_needs struct needs n = {0};
	struct birth b = {.when = when};
	bool explain;
	int code;

	if (is_verb_of_spec(call->raw_argv[0]))
		sd_strv_add(&words, "--");
	explain = take_explain(call, &words);
	if (!a->run.rootfs && need_image(&b, a->run.pull, call->argv[0], e) < 0)
		return -1;
	if (choose_streams(&b, &a->run, e) < 0)
		return -1;
	attach_words(&attach, NULL, false, a->run.sig_proxy);
	needs_of_options(&a->run, &n);
	b.networks = n.networks;
	sd_id_new(id);
	b.vars = (struct vars){.id = id,
		.has = n.has,
		.new_id = true,
		.args = words.v ? words.v : call->argv,
		.attach = attach.v,
		.stdio = when & FOREGROUND,
		.owner = when & FOREGROUND && a->run.rm,
		.cidfile = a->run.cidfile};
	code = give_birth(&b, explain, e);
	if (code == 0 && !explain && !(when & FOREGROUND))
		puts(id);
	return code;
}

static void run_init(void *args)
{
	((struct run_args *)args)->run.sig_proxy = true;
}

static int do_run(const struct sd_call *call, struct sd_err *e)
{
	const struct run_args *a = call->args;

	return make(call, a->run.detach ? RUN : RUN | FOREGROUND, e);
}

static int do_create(const struct sd_call *call, struct sd_err *e)
{
	return make(call, CREATE, e);
}

const struct sd_verb run_verb = {
	.name = "run",
	.synopsis = "IMAGE [COMMAND [ARG]...]",
	.summary = "make a container and run it",
	.opts = run_opts,
	.args_size = sizeof(struct run_args),
	.init = run_init,
	.run = do_run,
};

const struct sd_verb create_verb = {
	.name = "create",
	.synopsis = "IMAGE [COMMAND [ARG]...]",
	.summary = "make a container, to be started later",
	.opts = run_opts,
	.args_size = sizeof(struct run_args),
	.init = run_init,
	.run = do_create,
};
