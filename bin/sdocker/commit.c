/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit: a container's changes become a layer over its image; or, with -o, its whole root file
 * system becomes a tar, as in the study that the toolkit began with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	const char *output, *message, *author;
	struct sd_strv change;
	bool pause, explain;
};

static void commit_init(void *args)
{
	((struct args *)args)->pause = true;
}

static const struct sd_opt commit_opts[] = {
	SD_OPT_STR(struct args, author, 'a', "author", "NAME", "who made it"),
	SD_OPT_LIST(struct args, change, 'c', "change", "INSTRUCTION",
		"change the image's config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, "
		"VOLUME, WORKDIR"),
	SD_OPT_STR(struct args, message, 'm', "message", "TEXT", "why"),
	SD_OPT_STR(struct args, output, 'o', "output", "FILE",
		"write the whole root file system to FILE as a tar, and make no image"),
	SD_OPT_FLAG(struct args, pause, 'p', "pause",
		"freeze a running container meanwhile: true, unless --pause=false"),
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

/* What the container writes meanwhile must not be half in the image. */
static const char *const freeze[] = {
	"sd-state get -q --facts --running %id", "sd-state set --paused", "sd-cgset freeze"};
static const char *const undo[] = {
	"sd-state get -q --facts --paused %id", "sd-cgset thaw", "sd-state set --no-paused"};
static const char *const thaw[] = {
	"sd-state get --facts --paused %id", "sd-cgset thaw", "sd-state set --no-paused"};

static void build(struct pipeline *p, const char *const stages[3], const struct vars *v)
{
	for (size_t i = 0; i < 3; i++)
		pipeline_add(p, stages[i], v);
}

static int run(
	const char *const stages[3], const struct vars *v, struct outcome *o, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};

	build(&p, stages, v);
	return pipeline_run(&p, (struct ends){.in = -1, .out = -1}, o, e);
}

/* 1 frozen, 0 nothing to freeze, -1; or in *code why a tool could not. */
static int pause_it(const struct vars *v, int *code, struct sd_err *e)
{
	struct sd_err ignored; /* the failure that it undoes is the one that is told */
	struct outcome o;
	int r = run(freeze, v, &o, e);

	*code = o.code;
	if (r == 0 && o.code == 0)
		return 1;
	/* It does not run, or is paused already and stays so. */
	if (r == 0 && o.failed == 0 && o.code == SD_EXIT_NO) {
		*code = 0;
		return 0;
	}
	run(undo, v, &o, &ignored);
	return r;
}

static void add_option(struct sd_strv *words, const char *option, const char *value)
{
	if (!value)
		return;
	sd_strv_add(words, option);
	sd_strv_add(words, value);
}

static void image_pipeline(
	const struct sd_call *call, const struct args *a, struct pipeline *p, struct sd_strv *words)
{
	struct vars v = {0};

	add_option(words, "--author", a->author);
	add_option(words, "--message", a->message);
	for (size_t i = 0; i < a->change.n; i++)
		add_option(words, "--change", a->change.v[i]);
	if (call->argv[1])
		sd_strv_add(words, call->argv[1]);
	v.args = words->v;
	p->two_inputs = true;
	pipeline_add(p, "sd-layer diff", &v);
	pipeline_add(p, "sd-image commit --state-fd 3 %args", &v);
}

/* The document, for two readers, each with a place of its own in it. */
static int hold_document(const char *id, int *one, int *other, int *code, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	struct vars v = {.id = id};
	struct outcome o;
	char self[32];

	*one = memfd_create("document", MFD_CLOEXEC);
	if (*one < 0)
		return sd_fail(e, errno, "hold the document");
	pipeline_add(&p, "sd-state get %id", &v);
	if (pipeline_run(&p, (struct ends){.in = -1, .out = *one}, &o, e) < 0)
		return -1;
	*code = o.code;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", *one);
	*other = open(self, O_RDONLY | O_CLOEXEC);
	if (*other < 0 || lseek(*one, 0, SEEK_SET) < 0)
		return sd_fail(e, errno, "hold the document");
	return 0;
}

static int to_image(const struct sd_call *call, const struct args *a, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv words = {0};
	sd_auto_fd int one = -1, other = -1;
	struct ends ends = {.out = STDOUT_FILENO};
	struct outcome o;
	int code = 0;

	if (hold_document(call->argv[0], &one, &other, &code, e) < 0)
		return -1;
	if (code)
		return code;
	ends.in = one;
	ends.third = other;
	image_pipeline(call, a, &p, &words);
	return pipeline_run(&p, ends, &o, e) < 0 ? -1 : o.code;
}

static int to_file(const struct sd_call *call, const struct args *a, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_free char *part = sd_printf("%s.part-%d", a->output, (int)getpid());
	struct vars v = {.id = call->argv[0]};
	struct outcome o;

	pipeline_add(&p, "sd-state get %id", &v);
	pipeline_add(&p, "sd-layer export", &v);

	/* Beside it and renamed: a failure leaves the file that was there. */
	sd_auto_fd int out = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (out < 0)
		return sd_fail(e, errno, "create %s", part);
	if (pipeline_run(&p, (struct ends){.in = -1, .out = out}, &o, e) < 0 || o.code != 0) {
		unlink(part);
		return e->text[0] ? -1 : o.code;
	}
	if (rename(part, a->output) < 0) {
		sd_fail(e, errno, "rename %s to %s", part, a->output);
		unlink(part);
		return -1;
	}
	return 0;
}

static void print_work(const struct sd_call *call, const struct args *a, const char *indent)
{
	auto_pipeline struct pipeline p = {0}, get = {0};
	sd_auto_strv struct sd_strv words = {0};
	sd_auto_buf struct sd_buf end = {0};
	struct vars v = {.id = call->argv[0]};

	sd_buf_str(&end, "");
	if (a->output) {
		pipeline_add(&p, "sd-state get %id", &v);
		pipeline_add(&p, "sd-layer export", &v);
		sd_buf_str(&end, " >");
		sd_buf_shell_word(&end, a->output);
	} else {
		/* Read once, for two: the layer is made of it, and the image's defaults are. */
		pipeline_add(&get, "sd-state get %id", &v);
		printf("%sdoc=$(", indent);
		pipeline_print(&get, &v, "", ") &&");
		image_pipeline(call, a, &p, &words);
		p.two_inputs = false;
		printf("%s<<<\"$doc\" ", indent);
		sd_buf_str(&end, " 3<<<\"$doc\"");
		indent = "";
	}
	pipeline_print(&p, &v, indent, end.data);
}

static void explain(const struct sd_call *call, const struct args *a)
{
	auto_pipeline struct pipeline before = {0}, after = {0};
	struct vars v = {.id = call->argv[0]};

	if (!a->pause) {
		print_work(call, a, "");
		return;
	}
	build(&before, freeze, &v);
	build(&after, thaw, &v);
	puts("(");
	pipeline_print(&before, &v, "  ", " >/dev/null");
	puts("  frozen=(\"${PIPESTATUS[@]}\")");
	puts("  [ \"${frozen[0]}\" -le 1 ] || exit \"${frozen[0]}\"");
	print_work(call, a, "  ");
	puts("  rc=$?");
	puts("  [ \"${frozen[0]}\" -ne 0 ] ||");
	pipeline_print(&after, &v, "    ", " >/dev/null");
	puts("  exit \"$rc\"");
	puts(")");
}

static int do_commit(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	struct vars v = {.id = call->argv[0]};
	struct sd_err late = {0};
	struct outcome o;
	int frozen = 0, code = 0, r;

	if (sd_want_operands(call, 1, a->output ? 1 : 2, e) < 0)
		return -1;
	if (a->explain) {
		explain(call, a);
		return 0;
	}
	if (a->pause)
		frozen = pause_it(&v, &code, e);
	if (frozen < 0 || code)
		return frozen < 0 ? -1 : code;
	r = a->output ? to_file(call, a, e) : to_image(call, a, e);
	/* Whatever failed before: it goes on. */
	if (!frozen || (run(thaw, &v, &o, &late) == 0 && o.code == 0) || r)
		return r;
	/* A tool's own failure has been said. */
	if (!late.text[0])
		return o.code;
	*e = late;
	return -1;
}

const struct sd_verb commit_verb = {
	.name = "commit",
	.synopsis = "CONTAINER [NAME[:TAG]]",
	.summary = "make an image of a container's changes",
	.opts = commit_opts,
	.args_size = sizeof(struct args),
	.init = commit_init,
	.run = do_commit,
	.permute = true,
};
