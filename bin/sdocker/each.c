/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verbs that are a pipeline for each container that is named.
 *
 * The pipelines of all containers are begun before the first is waited for: ten that take their
 * ten seconds to stop take ten seconds.
 */
#include "each.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "life.h"
#include "stop_options.h"
#include "verbs.h"

/* Beyond that many, those that come first are waited for. */
#define AT_ONCE 128

struct args {
	struct sd_stop_options stop;
	bool all, explain;
};

#define EXPLAIN SD_OPT_FLAG(struct args, explain, 0, "explain", EXPLAIN_HELP)

#define STOP                                                                                       \
	SD_STOP_OPT_SIGNAL(struct args, "in place of its own stop signal or SIGTERM"),             \
		SD_STOP_OPT_TIMEOUT(struct args), SD_STOP_OPT_TIME(struct args)

static const struct sd_opt stop_opts[] = {
	SD_OPT_FLAG(struct args, all, 0, "all",
		"all, until a 'start --all': the machine is about to go down"),
	EXPLAIN,
	STOP,
	SD_OPT_END,
};
static const struct sd_opt restart_opts[] = {EXPLAIN, STOP, SD_OPT_END};
static const struct sd_opt kill_opts[] = {
	EXPLAIN,
	SD_STOP_OPT_SIGNAL(struct args, "in place of SIGKILL"),
	SD_OPT_END,
};
static const struct sd_opt each_opts[] = {EXPLAIN, SD_OPT_END};

/*
 * What acts on a container first lets it go on where it is paused: a process that is frozen takes
 * no signal, and by the v1 freezer not even SIGKILL.
 */
static const struct each {
	const char *verb;
	const char *stages[6];
	const char *undo[4]; /* where a stage fails that comes after the second */
	bool or_not;	     /* "no", 1, of the first stage is success: there is nothing to do */
} table[] = {
	{.verb = "stop",
		.stages = {"sd-state get --facts --living %id", "sd-cgset thaw",
			"sd-state set --no-paused", "sd-monitor stop %args", "sd-cgset rm --kill"},
		.or_not = true},
	{.verb = "kill",
		.stages = {"sd-state get --facts --running --paused --restarting %id",
			"sd-cgset thaw", "sd-state set --no-paused", "sd-monitor kill %args"}},
	/* Noted first: what is killed in between leaves one that unpause knows of. */
	{.verb = "pause",
		.stages = {"sd-state get --facts --running %id", "sd-state set --paused",
			"sd-cgset freeze"},
		.undo = {"sd-state get --facts --paused -q %id", "sd-cgset thaw",
			"sd-state set --no-paused"}},
	{.verb = "unpause",
		.stages = {"sd-state get --facts --paused %id", "sd-cgset thaw",
			"sd-state set --no-paused"}},
};

static const struct each *each_of(const char *verb)
{
	const struct each *t = table;

	while (strcmp(t->verb, verb) != 0)
		t++;
	return t;
}

static void build(struct pipeline *p, const char *const *stages, const struct vars *v)
{
	for (; *stages; stages++)
		pipeline_add(p, *stages, v);
}

/* getopt(3) moves operands behind the options, but not the strings: they are known by address. */
void option_words(const struct sd_call *call, struct sd_strv *words)
{
	for (int i = 0; i < call->raw_argc; i++) {
		bool operand = false;

		for (int k = 0; k < call->argc; k++)
			operand |= call->argv[k] == call->raw_argv[i];
		if (!operand && strcmp(call->raw_argv[i], "--explain") != 0 &&
			strcmp(call->raw_argv[i], "--") != 0)
			sd_strv_add(words, call->raw_argv[i]);
	}
}

static void explain(const struct each *t, const struct vars *v)
{
	auto_pipeline struct pipeline p = {0}, undo = {0};

	build(&p, t->stages, v);
	build(&undo, t->undo, v);
	pipeline_print(&p, v, "",
		t->or_not    ? " >/dev/null || [ \"${PIPESTATUS[0]}\" -eq 1 ]"
		: t->undo[0] ? " >/dev/null || {"
			     : " >/dev/null");
	if (!t->undo[0])
		return;
	puts("  [ \"${PIPESTATUS[1]}\" -ne 0 ] ||");
	pipeline_print(&undo, v, "  ", " >/dev/null");
	puts("  false\n}");
}

static void undo(const struct each *t, const struct vars *v)
{
	auto_pipeline struct pipeline p = {0};
	struct outcome o;
	struct sd_err ignored; /* the failure that it undoes is the one that is told */

	build(&p, t->undo, v);
	pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, &ignored);
}

/* The code for one; the first failure that no tool has told is *e's. */
static int judge(
	const struct each *t, const struct vars *v, const struct result *result, struct sd_err *e)
{
	const struct outcome *o = &result->o;

	/* What the second notes it does not note where it fails, but may have where it is killed. */
	if (t->undo[0] && o->code && o->failed > 0 && (o->failed > 1 || o->signalled))
		undo(t, v);
	if (result->r < 0) {
		*e = e->text[0] ? *e : result->e;
		return SD_EXIT_FAILED;
	}
	return t->or_not && o->failed == 0 && o->code == SD_EXIT_NO ? 0 : o->code;
}

static int run_some(const struct each *t, char **names, size_t n, char *const *words, bool *done,
	struct sd_err *e)
{
	sd_auto_free struct pipeline *p = sd_calloc(n, sizeof(*p));
	sd_auto_free struct result *results = sd_calloc(n, sizeof(*results));
	int code = 0;

	for (size_t i = 0; i < n; i++)
		build(&p[i], t->stages, &(struct vars){.id = names[i], .args = words});
	pipelines_run(p, n, (struct ends){.in = -1, .out = -1}, results);
	for (size_t i = 0; i < n; i++) {
		struct vars v = {.id = names[i]};
		int r = judge(t, &v, &results[i], e);

		done[i] = r == 0;
		code = code ? code : r;
		pipeline_free(&p[i]);
	}
	return code;
}

static int run(const struct each *t, char **names, size_t n, char *const *words, bool *done,
	struct sd_err *e)
{
	int code = 0;

	for (size_t i = 0; i < n; i += AT_ONCE) {
		int r = run_some(
			t, names + i, n - i < AT_ONCE ? n - i : AT_ONCE, words, done + i, e);

		code = code ? code : r;
	}
	return code;
}

/* What the driver itself has to say of a failure stands in *e. */
static int verdict(int code, const struct sd_err *e)
{
	return code && e->text[0] ? -1 : code;
}

static int run_named(
	const struct each *t, char **names, size_t n, char *const *words, struct sd_err *e)
{
	sd_auto_free bool *done = sd_calloc(n + 1, sizeof(*done));
	int code = run(t, names, n, words, done, e);

	for (size_t i = 0; i < n; i++)
		if (done[i])
			puts(names[i]);
	return verdict(code, e);
}

static int do_each(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	const struct each *t = each_of(call->verb->name);
	sd_auto_strv struct sd_strv words = {0};

	if (sd_want_operands(call, 1, -1, e) < 0)
		return -1;
	option_words(call, &words);
	for (int i = 0; a->explain && i < call->argc; i++)
		explain(t, &(struct vars){.id = call->argv[i], .args = words.v});
	return a->explain ? 0 : run_named(t, call->argv, (size_t)call->argc, words.v, e);
}

#define LIVING "sd-state ls --quiet --no-trunc"

/* Not their user's wish: those whose policy says so begin again with the next boot. */
static int stop_all(const struct args *a, struct sd_err *e)
{
	const struct each *t = each_of("stop");
	sd_auto_strv struct sd_strv words = {0}, ids = {0};
	auto_pipeline struct pipeline p = {0};
	struct vars v = {.id = "$id", .new_id = true};
	int code;

	sd_strv_add(&words, "--shutdown");
	for (int i = 0; i < 2; i++) {
		const char *value = i ? a->stop.timeout : a->stop.signal;

		if (value) {
			sd_strv_add(&words, i ? "--timeout" : "--signal");
			sd_strv_add(&words, value);
		}
	}
	v.args = words.v;
	if (a->explain) {
		puts("for id in $(" LIVING "); do");
		explain(t, &v);
		puts("done");
		return 0;
	}
	pipeline_add(&p, LIVING, &v);
	code = pipeline_lines(&p, &ids, e);
	return code ? code : run_named(t, ids.v, ids.n, words.v, e);
}

static int do_stop(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;

	if (!a->all)
		return do_each(call, e);
	return sd_want_operands(call, 0, 0, e) < 0 ? -1 : stop_all(a, e);
}

/* All are stopped side by side, and started one after the other: so each error is its own. */
static int do_restart(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	const struct each *t = each_of("stop");
	sd_auto_free bool *done = sd_calloc((size_t)call->argc + 1, sizeof(*done));
	sd_auto_strv struct sd_strv words = {0};
	struct sd_err told = {0};
	int code;

	if (sd_want_operands(call, 1, -1, e) < 0)
		return -1;
	option_words(call, &words);
	if (!a->explain && reap_leftovers(e) < 0)
		return -1;
	code = a->explain ? 0 : run(t, call->argv, (size_t)call->argc, words.v, done, &told);
	for (int i = 0; i < call->argc; i++) {
		struct birth b = {.when = START, .vars = {.id = call->argv[i]}};
		int r = 0;

		if (a->explain) {
			explain(t, &(struct vars){.id = call->argv[i], .args = words.v});
			birth_explain(&b, e);
		} else if (done[i]) {
			r = birth_run(&b, e);
			if (r < 0)
				return -1;
			if (r == 0)
				puts(call->argv[i]);
		}
		code = code ? code : r;
	}
	*e = told;
	return verdict(code, e);
}

/* One after the other, so that the codes stand in the order of the names. */
static int do_wait(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	int code = 0;

	if (sd_want_operands(call, 1, -1, e) < 0)
		return -1;
	for (int i = 0; i < call->argc; i++) {
		auto_pipeline struct pipeline p = {0};
		struct vars v = {.id = call->argv[i]};
		struct outcome o;

		pipeline_add(&p, "sd-state get %id", &v);
		pipeline_add(&p, "sd-monitor wait", &v);
		pipeline_add(&p, "sd-state print exitCode", &v);
		if (a->explain) {
			pipeline_print(&p, &v, "", "");
			continue;
		}
		fflush(stdout);
		if (pipeline_run(&p, (struct ends){.in = -1, .out = STDOUT_FILENO}, &o, e) < 0)
			return -1;
		/* The code of the stage before is the program's. */
		code = code ? code : o.last;
	}
	return code;
}

const struct sd_verb stop_verb = {
	.name = "stop",
	.synopsis = "CONTAINER...",
	.summary = "end containers: a signal, and SIGKILL after a time",
	.opts = stop_opts,
	.args_size = sizeof(struct args),
	.run = do_stop,
	.permute = true,
};

const struct sd_verb kill_verb = {
	.name = "kill",
	.synopsis = "CONTAINER...",
	.summary = "send containers a signal, SIGKILL",
	.opts = kill_opts,
	.args_size = sizeof(struct args),
	.run = do_each,
	.permute = true,
};

const struct sd_verb restart_verb = {
	.name = "restart",
	.synopsis = "CONTAINER...",
	.summary = "stop containers and start them again",
	.opts = restart_opts,
	.args_size = sizeof(struct args),
	.run = do_restart,
	.permute = true,
};

const struct sd_verb pause_verb = {
	.name = "pause",
	.synopsis = "CONTAINER...",
	.summary = "stop all processes of containers where they are",
	.opts = each_opts,
	.args_size = sizeof(struct args),
	.run = do_each,
	.permute = true,
};

const struct sd_verb unpause_verb = {
	.name = "unpause",
	.synopsis = "CONTAINER...",
	.summary = "let the processes of containers go on",
	.opts = each_opts,
	.args_size = sizeof(struct args),
	.run = do_each,
	.permute = true,
};

const struct sd_verb wait_verb = {
	.name = "wait",
	.synopsis = "CONTAINER...",
	.summary = "wait for the end of containers, and print their exit codes",
	.opts = each_opts,
	.args_size = sizeof(struct args),
	.run = do_wait,
	.permute = true,
};
