/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cp: what is copied goes as an archive from a tool that packs to a tool that places.  Which one
 * is the container's is all that differs between the two directions.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	bool archive, follow, quiet, explain;
};

static const struct sd_opt cp_opts[] = {
	SD_OPT_FLAG(struct args, archive, 'a', "archive",
		"keep owners, groups, all modes and capabilities"),
	SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_FLAG(struct args, follow, 'L', "follow-link",
		"of a symbolic link SRC: what it leads to"),
	SD_OPT_FLAG(struct args, quiet, 'q', "quiet", "show no progress"),
	SD_OPT_END,
};

/* CONTAINER:PATH, PATH, or "-" for an archive on a standard stream. */
struct end {
	char *container; /* or NULL */
	const char *path;
	bool stream;
};

static void end_free(struct end *n)
{
	free(n->container);
}
#define auto_end __attribute__((cleanup(end_free))) struct end

/* As docker: what begins with '/' or '.' is the caller's, whatever colons follow. */
static int read_end(struct end *n, const char *text, struct sd_err *e)
{
	const char *colon = strchr(text, ':');

	n->path = text;
	n->stream = strcmp(text, "-") == 0;
	if (n->stream || !colon || text[0] == '/' || text[0] == '.')
		return 0;
	if (colon == text)
		return sd_fail(e, 0, "'%s': the container is missing before ':'", text);
	n->container = sd_strndup(text, (size_t)(colon - text));
	n->path = colon[1] ? colon + 1 : "/";
	return 0;
}

static int check(const struct end *from, const struct end *to, struct sd_err *e)
{
	if (!from->container && !to->container) {
		sd_fail(e, 0, "neither of the two is CONTAINER:PATH");
		return sd_hint(e, "cp(1) copies between two paths of the host");
	}
	if (from->stream && isatty(STDIN_FILENO))
		return sd_fail(e, 0, "an archive is expected on standard input, a terminal");
	return 0;
}

/* A stage of words and one path, which may look like an option. */
static void add(struct pipeline *p, const char *words, const char *path)
{
	char *args[] = {(char *)(uintptr_t) "--", (char *)(uintptr_t)path, NULL};
	struct vars v = {.args = path[0] == '-' ? args : args + 1};

	pipeline_add(p, words, &v);
}

static void add_document(struct pipeline *p, const char *container)
{
	struct vars v = {.id = container};

	pipeline_add(p, "sd-state get %id", &v);
}

static void add_source(struct pipeline *p, const struct end *from, const struct args *a)
{
	if (from->stream)
		return;
	if (from->container) {
		add_document(p, from->container);
		add(p, a->follow ? "sd-layer copy-out -L %args" : "sd-layer copy-out %args",
			from->path);
		return;
	}
	add(p, a->follow ? "sd-layer copy-out -L --host %args" : "sd-layer copy-out --host %args",
		from->path);
}

static void add_target(
	struct pipeline *p, const struct end *from, const struct end *to, const struct args *a)
{
	sd_auto_free char *words = sd_printf("sd-layer copy-in%s%s%s%s %%args",
		a->archive ? " -a" : "", a->quiet ? " -q" : "",
		from->stream ? " --directory" : " --piped", to->container ? " --tar 3" : " --host");

	if (to->stream)
		return;
	if (to->container) {
		p->two_inputs = true;
		p->beside = p->n;
		add_document(p, to->container);
	}
	add(p, words, to->path);
}

static int do_cp(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_end from = {0}, to = {0};
	auto_pipeline struct pipeline p = {0};
	struct vars none = {0};
	struct outcome o;

	if (sd_want_operands(call, 2, 2, e) < 0 || read_end(&from, call->argv[0], e) < 0 ||
		read_end(&to, call->argv[1], e) < 0 || check(&from, &to, e) < 0)
		return -1;
	add_source(&p, &from, a);
	add_target(&p, &from, &to, a);
	if (a->explain) {
		pipeline_print(&p, &none, "", "");
		return 0;
	}
	/* Killed, it leaves nobody who goes on to copy. */
	if (pipeline_run(&p,
		    (struct ends){.in = -1, .out = to.stream ? STDOUT_FILENO : -1, .tied = p.n}, &o,
		    e) < 0)
		return -1;
	return o.code;
}

const struct sd_verb cp_verb = {
	.name = "cp",
	.synopsis = "CONTAINER:PATH|PATH|- CONTAINER:PATH|PATH|-",
	.summary = "copy between a container and the host; -: an archive",
	.opts = cp_opts,
	.args_size = sizeof(struct args),
	.run = do_cp,
	.permute = true,
};
