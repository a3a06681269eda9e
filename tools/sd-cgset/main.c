/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-cgset - cgroups: made, limited, joined, read, frozen, killed, removed.  A filter (create,
 * rm; by document also limit, freeze, thaw and kill), a chain loader (join), and by hand all of it.
 *
 * Theory of operation.  A cgroup is a directory; where v1 hierarchies are mounted it is one of the
 * same path in each of them.
 *
 *   create	1. mkdir in every hierarchy: all of them or none
 *		2. v1 cpuset: copy cpus and mems from the parent, without which nobody can join
 *		   v2: switch the controllers on from the top down, before their files exist
 *		3. write the limits, then read all of them back: some the kernel rounds, clamps, or
 *		   takes without effect, and what is not in force is an error
 *		4. device rules, last: a v1 list or a BPF program
 *   join	the process writes itself into each cgroup.procs, then becomes the next program.
 *		Limits are in force before the first process is in, so nothing runs without them;
 *		and joining by a write, not by CLONE_INTO_CGROUP, also works in a group that
 *		was killed.
 *   rm		kill what is in it (--kill), wait for cgroup.events to say that it is empty, rmdir.
 *
 * No hierarchy is ever mounted, and no process but the caller's own is ever moved.
 */
#include "sd-cgset.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "chain.h"
#include "cleanup.h"
#include "doc.h"

static void init_hand(void *args)
{
	((struct hand_args *)args)->state_fd = -1;
}

/* Hand the document on, where there is one. */
static int pass(const struct sd_json *doc, struct sd_err *e)
{
	return doc ? sd_doc_write(STDOUT_FILENO, doc, e) : 0;
}

static int verb_create(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *path = NULL;
	auto_group struct group g = {0};
	struct sd_json *resources = NULL;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_json_object(doc, &resources, e, "config.linux.resources") < 0 ||
		group_path_of_document(doc, &path, e) < 0 || group_detect(&g, e) < 0)
		return -1;
	if (group_create(&g, path, e) < 0 || apply_resources(&g, resources, false, e) < 0)
		goto undo;
	sd_json_set(doc, "cgroup", group_facts(&g));
	if (sd_doc_write(STDOUT_FILENO, doc, e) == 0)
		return 0;
undo:
	group_undo(&g);
	return -1;
}

static int verb_rm(const struct sd_call *call, struct sd_err *e)
{
	const struct hand_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	auto_group struct group g = {0};

	if (sd_want_operands(call, 0, 0, e) < 0 ||
		(!a->path && sd_doc_read(STDIN_FILENO, &doc, e) < 0) ||
		group_locate(&g, a->path, doc, e) < 0)
		return -1;
	if (group_remove(&g, a->kill, e) < 0)
		return -1;
	if (doc)
		sd_json_del(doc, "cgroup");
	return pass(doc, e);
}

static int verb_join(const struct sd_call *call, struct sd_err *e)
{
	const struct hand_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	auto_group struct group g = {0};
	struct sd_chain chain;
	struct sd_next next;

	sd_chain_init(&chain);
	if (!a->path) {
		int r = sd_chain_document(&chain, a->state_fd, &doc, e);

		if (r < 0)
			return -1;
		if (r == 0)
			return sd_fail(e, 0, "which cgroup is missing: --path, or a document");
		if (!sd_json_get(doc, "cgroup")) {
			sd_json_missing(e, "cgroup");
			return sd_hint(e, "sd-cgset create comes before");
		}
	}
	if (sd_next_open(&next, call->argv, false, e) < 0 || group_locate(&g, a->path, doc, e) < 0)
		return -1;
	if (!g.n)
		return sd_fail(e, ENOENT, "join cgroup %s", g.path);
	if (group_join(&g, e) < 0)
		return -1;
	return sd_next_exec(&next, e);
}

/* The document's own wishes, where there is a group at work that they are in force in. */
static int limit_by_document(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_group struct group g = {0};
	struct sd_json *resources = NULL;
	const char *status = "";

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_json_str(doc, &status, e, "status") < 0 ||
		sd_json_object(doc, &resources, e, "config.linux.resources") < 0)
		return -1;
	if (!resources || (strcmp(status, "running") != 0 && strcmp(status, "paused") != 0))
		return pass(doc, e);
	if (group_existing(&g, NULL, &doc, e) < 0 || change_resources(&g, resources, e) < 0)
		return -1;
	return pass(doc, e);
}

static int verb_limit(const struct sd_call *call, struct sd_err *e)
{
	const struct limit_args *a = call->args;
	sd_auto_json struct sd_json *resources = a->resources, *doc = NULL;
	auto_group struct group g = {0};

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (!resources && a->path)
		return sd_fail(e, 0, "no limit is given");
	if (!resources)
		return limit_by_document(e);
	if (group_existing(&g, a->path, &doc, e) < 0 ||
		apply_resources(&g, resources, a->bpf_devices, e) < 0)
		return -1;
	return pass(doc, e);
}

static int verb_kill(const struct sd_call *call, struct sd_err *e)
{
	const struct hand_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	auto_group struct group g = {0};

	if (sd_want_operands(call, 0, 0, e) < 0 || group_existing(&g, a->path, &doc, e) < 0 ||
		group_kill(&g, e) < 0)
		return -1;
	return pass(doc, e);
}

static int verb_freeze(const struct sd_call *call, struct sd_err *e)
{
	const struct hand_args *a = call->args;
	bool frozen = strcmp(call->verb->name, "freeze") == 0;
	sd_auto_json struct sd_json *doc = NULL;
	auto_group struct group g = {0};

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	/* The inverse has nothing to do in a cgroup that has ended. */
	if (group_existing(&g, a->path, &doc, e) < 0)
		return !frozen && e->errnum == ENOENT && !a->path ? pass(doc, e) : -1;
	if (group_freeze(&g, frozen, e) < 0)
		return -1;
	return pass(doc, e);
}

#define PATH_OPT                                                                                   \
	SD_OPT_STR(struct hand_args, path, 0, "path", "NAME", "the cgroup, below each mount")

static const struct sd_opt no_opts[] = {SD_OPT_END};
static const struct sd_opt path_opts[] = {PATH_OPT, SD_OPT_END};
static const struct sd_opt join_opts[] = {
	PATH_OPT,
	SD_OPT_INT(struct hand_args, state_fd, 0, "state-fd", "N",
		"read the document on descriptor N"),
	SD_OPT_END,
};
static const struct sd_opt rm_opts[] = {
	PATH_OPT,
	SD_OPT_FLAG(struct hand_args, kill, 0, "kill", "end the processes in it first"),
	SD_OPT_END,
};
static const struct sd_opt stat_opts[] = {
	PATH_OPT,
	SD_OPT_FLAG(struct hand_args, json, 0, "json", "as one JSON object"),
	SD_OPT_END,
};

#define HAND(o) .opts = o, .args_size = sizeof(struct hand_args), .init = init_hand
#define LIMITS	.opts = limit_options, .args_size = sizeof(struct limit_args)

static const struct sd_verb verbs[] = {
	{.name = "create",
		.summary = "filter: make the document's cgroup, with its limits",
		.opts = no_opts,
		.args_size = 1,
		.run = verb_create},
	{.name = "join",
		.synopsis = "[--] [COMMAND [ARG]...]",
		.summary = "chain loader: enter the cgroup and become COMMAND",
		HAND(join_opts),
		.run = verb_join},
	{.name = "run",
		.synopsis = "[--] [COMMAND [ARG]...]",
		.summary = "run COMMAND in a cgroup of its own, with limits",
		LIMITS,
		.run = verb_run},
	{.name = "limit",
		.summary = "change limits of a cgroup; by a document, to those that it has",
		LIMITS,
		.run = verb_limit},
	{.name = "stat", .summary = "print what it uses", HAND(stat_opts), .run = verb_stat},
	{.name = "stats",
		.summary = "what the containers of the documents use, each second",
		.opts = stats_opts,
		.args_size = sizeof(struct stats_args),
		.run = verb_stats},
	{.name = "top",
		.synopsis = "[aux]",
		.summary = "list its processes",
		.opts = top_opts,
		.args_size = sizeof(struct top_args),
		.run = verb_top,
		.permute = true},
	{.name = "freeze",
		.summary = "stop all its processes where they are",
		HAND(path_opts),
		.run = verb_freeze},
	{.name = "thaw", .summary = "let them go on", HAND(path_opts), .run = verb_freeze},
	{.name = "kill",
		.summary = "end all its processes, and wait until they are gone",
		HAND(path_opts),
		.run = verb_kill},
	{.name = "rm",
		.summary = "filter: remove the document's cgroup, or that of --path",
		HAND(rm_opts),
		.run = verb_rm},
	{0},
};

static const struct sd_tool tool = {.name = "sd-cgset",
	.summary = "make, limit, join, read and remove cgroups",
	.verbs = verbs};

int main(int argc, char **argv)
{
	return sd_tool_main(&tool, argc, argv);
}
