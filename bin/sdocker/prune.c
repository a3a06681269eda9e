/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prune: what nobody uses goes, of one kind or of all; first it is listed, and the user asked.
 *
 * The list is made by the tools that remove, with --dry-run; between the list and the removal each
 * tool looks again, so that what has come into use meanwhile stays.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "cleanup.h"
#include "life.h"
#include "verbs.h"

struct args {
	bool all, force, volumes, dry_run, explain;
	struct sd_strv filters;
};

#define COMMON_OPTS                                                                                \
	SD_OPT_FLAG(struct args, dry_run, 0, "dry-run", "print what would go, and do nothing"),    \
		SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP),                     \
		SD_OPT_LIST(struct args, filters, 0, "filter", "KEY=VALUE",                        \
			"only those with that label: label=KEY[=VALUE]"),                          \
		SD_OPT_FLAG(struct args, force, 'f', "force", "do not ask")

static const struct sd_opt container_prune_opts[] = {COMMON_OPTS, SD_OPT_END};
static const struct sd_opt network_prune_opts[] = {COMMON_OPTS, SD_OPT_END};
static const struct sd_opt image_prune_opts[] = {
	SD_OPT_FLAG(struct args, all, 'a', "all", "also images with names that no container uses"),
	COMMON_OPTS,
	SD_OPT_END,
};
static const struct sd_opt volume_prune_opts[] = {
	SD_OPT_FLAG(struct args, all, 'a', "all", "also volumes that were given a name"),
	COMMON_OPTS,
	SD_OPT_END,
};
static const struct sd_opt system_prune_opts[] = {
	SD_OPT_FLAG(struct args, all, 'a', "all", "also images with names that no container uses"),
	COMMON_OPTS,
	SD_OPT_FLAG(struct args, volumes, 0, "volumes", "anonymous volumes as well"),
	SD_OPT_END,
};

/* In the order in which they go: what goes first sets free what comes after. */
enum kind { CONTAINERS, UNUSED_NETWORKS, VOLUMES, IMAGES, KINDS };

static const char *const heading[KINDS] = {"Containers", "Networks", "Volumes", "Images"};

struct prune {
	const struct args *a;
	bool kinds[KINDS];
};

/* Those that have ended, and those that never began. */
static const char *const stopped[] = {
	"sd-state ls -aq --no-trunc --filter status=created %args",
	"sd-state ls -aq --no-trunc --filter status=exited %args",
};
#define REMOVE_ONE "sd-state get -q --stopped %id"
/* Only containers that run use a network: those that go before make no difference. */
#define LIST_NETWORKS                                                                              \
	"sd-network ls --format {{.Name}} --filter type=custom --filter dangling=true %args"

static void add_filters(const struct args *a, struct sd_strv *words)
{
	for (size_t i = 0; i < a->filters.n; i++) {
		sd_strv_add(words, "--filter");
		sd_strv_add(words, a->filters.v[i]);
	}
}

static void add(struct pipeline *p, const char *words, const struct sd_strv *args)
{
	struct vars v = {.args = args->v};

	pipeline_add(p, words, &v);
}

/* `gone`: the containers that go before, for a --dry-run; NULL: no dry run. */
static void tool_pipeline(
	const struct prune *pr, enum kind kind, const struct sd_strv *gone, struct pipeline *p)
{
	sd_auto_strv struct sd_strv words = {0};
	/* Of `system prune --all` it is the images that are meant, as in docker. */
	bool all = pr->a->all && !(kind == VOLUMES && pr->kinds[IMAGES]);

	if (kind == UNUSED_NETWORKS) {
		add_filters(pr->a, &words);
		add(p, LIST_NETWORKS, &words);
		return;
	}
	if (all)
		sd_strv_add(&words, "--all");
	if (gone)
		sd_strv_add(&words, "--dry-run");
	for (size_t i = 0; gone && i < gone->n; i++) {
		sd_strv_add(&words, "--without");
		sd_strv_add(&words, gone->v[i]);
	}
	add_filters(pr->a, &words);
	add(p, kind == VOLUMES ? "sd-volume prune %args" : "sd-image gc %args", &words);
}

static int run(const struct pipeline *p, int out, struct sd_err *e)
{
	struct outcome o;

	return pipeline_run(p, (struct ends){.in = -1, .out = out}, &o, e) < 0 ? -1 : o.code;
}

static int list_containers(const struct args *a, struct sd_strv *ids, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0};

	add_filters(a, &words);
	for (size_t i = 0; i < 2; i++) {
		auto_pipeline struct pipeline p = {0};
		int r;

		add(&p, stopped[i], &words);
		r = pipeline_lines(&p, ids, e);
		if (r)
			return r;
	}
	return 0;
}

static size_t print_lines(enum kind kind, const struct sd_strv *lines)
{
	if (lines->n)
		printf("%s:\n", heading[kind]);
	for (size_t i = 0; i < lines->n; i++)
		printf("  %s\n", lines->v[i]);
	return lines->n;
}

/* How many there are in *n.  -1, or the exit code of a tool that has said why. */
static int print_list(const struct prune *pr, size_t *n, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};
	int r = pr->kinds[CONTAINERS] ? list_containers(pr->a, &ids, e) : 0;

	*n = r ? 0 : print_lines(CONTAINERS, &ids);
	for (int kind = CONTAINERS + 1; kind < KINDS && r == 0; kind++) {
		sd_auto_strv struct sd_strv lines = {0};
		auto_pipeline struct pipeline p = {0};

		if (!pr->kinds[kind])
			continue;
		tool_pipeline(pr, (enum kind)kind, &ids, &p);
		r = pipeline_lines(&p, &lines, e);
		*n += r ? 0 : print_lines((enum kind)kind, &lines);
	}
	return r;
}

static bool yes(void)
{
	char answer[8] = "";

	printf("Remove them, for good? [y/N] ");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int remove_containers(const struct args *a, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};
	int code = list_containers(a, &ids, e);

	for (size_t i = 0; i < ids.n && code == 0; i++) {
		auto_pipeline struct pipeline p = {0};
		struct vars v = {.id = ids.v[i], .has = needs_of_record(ids.v[i], ALL_KINDS)};
		int r;

		pipeline_undo(&p, REMOVE_ONE, life, RM, &v);
		r = run(&p, -1, e);
		/* 1: it runs again, or is gone. */
		if (r == 0)
			puts(ids.v[i]);
		else if (r != SD_EXIT_NO)
			code = r;
	}
	fflush(stdout);
	return code;
}

static int remove_networks(const struct prune *pr, struct sd_err *e)
{
	auto_pipeline struct pipeline list = {0};
	sd_auto_strv struct sd_strv names = {0};
	int code;

	tool_pipeline(pr, UNUSED_NETWORKS, NULL, &list);
	code = pipeline_lines(&list, &names, e);
	for (size_t i = 0; i < names.n && code == 0; i++) {
		auto_pipeline struct pipeline p = {0};
		int r;

		network_removal(&p, names.v[i], true);
		r = run(&p, -1, e);
		/* 1: it is used again, or is gone. */
		if (r == 0)
			puts(names.v[i]);
		else if (r != SD_EXIT_NO)
			code = r;
	}
	fflush(stdout);
	return code;
}

static int remove_all(const struct prune *pr, struct sd_err *e)
{
	int code = 0;

	for (int kind = 0; kind < KINDS && code == 0; kind++) {
		auto_pipeline struct pipeline p = {0};

		if (!pr->kinds[kind])
			continue;
		if (kind == CONTAINERS) {
			code = remove_containers(pr->a, e);
			continue;
		}
		if (kind == UNUSED_NETWORKS) {
			code = remove_networks(pr, e);
			continue;
		}
		tool_pipeline(pr, (enum kind)kind, NULL, &p);
		code = run(&p, STDOUT_FILENO, e);
	}
	return code;
}

static void explain_containers(const struct args *a)
{
	sd_auto_strv struct sd_strv words = {0};
	auto_pipeline struct pipeline rm = {0};
	struct vars v = {.id = "?", .new_id = true, .has = ALL_KINDS};

	add_filters(a, &words);
	puts("{");
	for (size_t i = 0; i < 2; i++) {
		auto_pipeline struct pipeline p = {0};
		struct vars args = {.args = words.v};

		pipeline_add(&p, stopped[i], &args);
		pipeline_print(&p, &args, "  ", "");
	}
	if (a->dry_run) {
		puts("}");
		return;
	}
	puts("} | while read -r id; do");
	pipeline_undo(&rm, REMOVE_ONE, life, RM, &v);
	pipeline_print(&rm, &v, "  ", " >/dev/null && echo \"$id\"");
	puts("done");
}

static void explain_networks(const struct prune *pr)
{
	auto_pipeline struct pipeline list = {0}, rm = {0};
	struct vars none = {0}, each = {.id = "?", .new_id = true};

	tool_pipeline(pr, UNUSED_NETWORKS, NULL, &list);
	pipeline_print(&list, &none, "", pr->a->dry_run ? "" : " | while read -r id; do");
	if (pr->a->dry_run)
		return;
	network_removal(&rm, each.id, true);
	pipeline_print(&rm, &each, "  ", " >/dev/null && echo \"$id\"");
	puts("done");
}

static int explain(const struct prune *pr)
{
	const struct sd_strv no_ids = {0};

	for (int kind = 0; kind < KINDS; kind++) {
		auto_pipeline struct pipeline p = {0};
		struct vars none = {0};

		if (!pr->kinds[kind])
			continue;
		if (kind == CONTAINERS) {
			explain_containers(pr->a);
			continue;
		}
		if (kind == UNUSED_NETWORKS) {
			explain_networks(pr);
			continue;
		}
		tool_pipeline(pr, (enum kind)kind, pr->a->dry_run ? &no_ids : NULL, &p);
		pipeline_print(&p, &none, "", "");
	}
	return 0;
}

static int prune(const struct sd_call *call, const struct prune *pr, struct sd_err *e)
{
	const struct args *a = pr->a;
	size_t n = 0;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (a->explain)
		return explain(pr);
	if (!a->force && !a->dry_run && !isatty(STDIN_FILENO)) {
		sd_fail(e, 0, "nobody can be asked: standard input is not a terminal");
		return sd_hint(e, "--force does not ask, --dry-run only shows what would go");
	}
	if (reap_leftovers(e) < 0)
		return -1;
	if (a->force)
		return remove_all(pr, e);
	r = print_list(pr, &n, e);
	/* What removes finds more than what is listed: content that nothing names. */
	if (r || a->dry_run || (n && !yes()))
		return r;
	return remove_all(pr, e);
}

static int do_container_prune(const struct sd_call *call, struct sd_err *e)
{
	return prune(call, &(struct prune){call->args, {[CONTAINERS] = true}}, e);
}

static int do_network_prune(const struct sd_call *call, struct sd_err *e)
{
	return prune(call, &(struct prune){call->args, {[UNUSED_NETWORKS] = true}}, e);
}

static int do_image_prune(const struct sd_call *call, struct sd_err *e)
{
	return prune(call, &(struct prune){call->args, {[IMAGES] = true}}, e);
}

static int do_volume_prune(const struct sd_call *call, struct sd_err *e)
{
	return prune(call, &(struct prune){call->args, {[VOLUMES] = true}}, e);
}

static int do_system_prune(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;

	return prune(call,
		&(struct prune){a, {[CONTAINERS] = true,
					   [UNUSED_NETWORKS] = true,
					   [VOLUMES] = a->volumes,
					   [IMAGES] = true}},
		e);
}

const struct sd_verb volume_prune_verb = {
	.name = "volume prune",
	.summary = "remove volumes that no container uses",
	.opts = volume_prune_opts,
	.args_size = sizeof(struct args),
	.run = do_volume_prune,
};

const struct sd_verb container_prune_verb = {
	.name = "container prune",
	.summary = "remove containers that do not run",
	.opts = container_prune_opts,
	.args_size = sizeof(struct args),
	.run = do_container_prune,
};

const struct sd_verb network_prune_verb = {
	.name = "network prune",
	.summary = "remove networks that no container uses",
	.opts = network_prune_opts,
	.args_size = sizeof(struct args),
	.run = do_network_prune,
};

const struct sd_verb image_prune_verb = {
	.name = "image prune",
	.summary = "remove images that have no name",
	.opts = image_prune_opts,
	.args_size = sizeof(struct args),
	.run = do_image_prune,
};

const struct sd_verb system_prune_verb = {
	.name = "system prune",
	.summary = "remove containers, networks, images and layers that nobody uses",
	.opts = system_prune_opts,
	.args_size = sizeof(struct args),
	.run = do_system_prune,
};
