/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit: a container's changes become a layer over its image; or, with -o, its whole root file
 * system becomes a tar, as in the study that the toolkit began with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "life.h"
#include "store.h"

struct args {
	const char *output, *message, *author;
	struct sd_strv change;
	bool explain;
};

const struct sd_opt commit_opts[] = {
	SD_OPT_STR(struct args, author, 'a', "author", "NAME", "who made it"),
	SD_OPT_LIST(struct args, change, 'c', "change", "INSTRUCTION",
		"change the image's config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, "
		"VOLUME, WORKDIR"),
	SD_OPT_STR(struct args, message, 'm', "message", "TEXT", "why"),
	SD_OPT_STR(struct args, output, 'o', "output", "FILE",
		"write the whole root file system to FILE as a tar, and make no image"),
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};
const size_t commit_size = sizeof(struct args);

static int parent_of(const char *who, char **digest, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	const char *manifest = NULL;
	int r;

	if (sd_record_find(who, &id, e) < 0)
		return -1;
	r = sd_record_load_brief(id, &doc, e);
	if (r == 0)
		return sd_fail(e, ENOENT, "read the record of %s", who);
	if (r < 0 || sd_json_str(doc, &manifest, e, "image.manifest") < 0)
		return -1;
	*digest = manifest ? sd_strdup(manifest) : NULL;
	return 0;
}

static void add_option(struct sd_strv *words, const char *option, const char *value)
{
	if (!value)
		return;
	sd_strv_add(words, option);
	sd_strv_add(words, value);
}

static int to_image(const struct sd_call *call, const struct args *a, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_strv struct sd_strv words = {0};
	sd_auto_free char *parent = NULL;
	struct vars v = {.id = call->argv[0]};
	struct outcome o;

	if (parent_of(call->argv[0], &parent, e) < 0)
		return -1;
	add_option(&words, "--parent", parent);
	add_option(&words, "--author", a->author);
	add_option(&words, "--message", a->message);
	for (size_t i = 0; i < a->change.n; i++)
		add_option(&words, "--change", a->change.v[i]);
	if (call->argv[1])
		sd_strv_add(&words, call->argv[1]);
	v.args = words.v;
	pipeline_add(&p, "sd-state get %id", &v);
	pipeline_add(&p, "sd-layer diff", &v);
	pipeline_add(&p, "sd-image commit %args", &v);
	if (a->explain) {
		pipeline_print(&p, &v, "", "");
		return 0;
	}
	if (pipeline_run(&p, (struct ends){.in = -1, .out = STDOUT_FILENO}, &o, e) < 0)
		return -1;
	return o.code;
}

static int to_file(const struct sd_call *call, const struct args *a, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_free char *part = sd_printf("%s.part-%d", a->output, (int)getpid());
	struct vars v = {.id = call->argv[0]};
	struct outcome o;

	pipeline_add(&p, "sd-state get %id", &v);
	pipeline_add(&p, "sd-layer export", &v);
	if (a->explain) {
		sd_auto_buf struct sd_buf end = {0};

		sd_buf_str(&end, " >");
		sd_buf_shell_word(&end, a->output);
		pipeline_print(&p, &v, "", end.data);
		return 0;
	}

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

int verb_commit(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;

	if (sd_want_operands(call, 1, a->output ? 1 : 2, e) < 0)
		return -1;
	return a->output ? to_file(call, a, e) : to_image(call, a, e);
}
