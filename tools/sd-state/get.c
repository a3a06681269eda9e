/* SPDX-License-Identifier: Apache-2.0 */
/* get: documents out of the store. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "proc.h"
#include "sd-state.h"
#include "store.h"

#define MONITOR_MS 20000

struct get_args {
	bool saved, facts, quiet, pretty, broken;
	bool unstarted, running, paused, restarting, living, stopped, ended;
};

static const struct sd_opt state_get_opts[] = {
	SD_OPT_FLAG(struct get_args, saved, 0, "saved",
		"the saved document: wishes and history, for a new start"),
	SD_OPT_FLAG(struct get_args, facts, 0, "facts",
		"without the config: what the inverses need of a container that ran"),
	SD_OPT_FLAG(struct get_args, unstarted, 0, "unstarted",
		"only one whose program never began; else exit 1"),
	SD_OPT_FLAG(struct get_args, running, 0, "running",
		"only one that runs; else an error, with -q exit 1"),
	SD_OPT_FLAG(struct get_args, paused, 0, "paused", "or, only one that is paused"),
	SD_OPT_FLAG(struct get_args, restarting, 0, "restarting",
		"or, only one that will be started again"),
	SD_OPT_FLAG(struct get_args, living, 0, "living", "any of these three; else exit 1"),
	SD_OPT_FLAG(struct get_args, stopped, 0, "stopped",
		"or, only one that neither runs nor will be started again"),
	SD_OPT_FLAG(struct get_args, ended, 0, "ended",
		"the same, once its monitor has ended, which starts it no more: for a new start"),
	SD_OPT_FLAG(struct get_args, broken, 0, "broken",
		"also one whose record cannot be read: what is left of it, its id at least"),
	SD_OPT_FLAG(struct get_args, pretty, 0, "pretty", "as one indented JSON array"),
	SD_OPT_FLAG(struct get_args, quiet, 'q', "quiet",
		"say nothing where there is none, or it is not as wanted: exit 1"),
	SD_OPT_END,
};

enum life { STOPPED = 1, RUNNING = 2, PAUSED = 4, RESTARTING = 8 };

static enum life life_of(const char *status)
{
	static const struct {
		const char *status;
		enum life life;
	} lives[] = {{"running", RUNNING}, {"paused", PAUSED}, {"restarting", RESTARTING}};

	for (size_t i = 0; i < sizeof(lives) / sizeof(*lives); i++)
		if (strcmp(status, lives[i].status) == 0)
			return lives[i].life;
	return STOPPED;
}

static unsigned wanted(const struct get_args *a)
{
	unsigned w = (a->running ? RUNNING : 0) | (a->paused ? PAUSED : 0) |
		     (a->restarting ? RESTARTING : 0) | (a->stopped || a->ended ? STOPPED : 0);

	return w ? w : a->living ? RUNNING | PAUSED | RESTARTING : ~0U;
}

static int refuse(const struct get_args *a, const char *who, const char *status, struct sd_err *e)
{
	unsigned w = wanted(a);
	enum life is = life_of(status);

	if (is == STOPPED || is == RUNNING)
		sd_fail(e, 0, w & STOPPED ? "%s is %s" : "%s is not %s", who,
			w & STOPPED   ? status
			: w & RUNNING ? "running"
			: w & PAUSED  ? "paused"
				      : "restarting");
	else
		sd_fail(e, 0, "%s is %s", who, status);
	if (w & STOPPED)
		return sd_hint(e, "'sdocker rm -f %s' ends it", who);
	if (is == PAUSED)
		return sd_hint(e, "'sdocker unpause %s' lets it go on", who);
	return -1;
}

/* 1 wanted, 0 not, -1. */
static int check_life(const struct get_args *a, unsigned lives, const char *who,
	const struct sd_json *doc, struct sd_err *e)
{
	const char *status = "";

	if (sd_json_str(doc, &status, e, "status") < 0)
		return -1;
	if (lives & life_of(status))
		return 1;
	return a->quiet || a->living ? 0 : refuse(a, who, status, e);
}

/*
 * A monitor outlives its container: as long as it takes to remove the cgroup, for what is started
 * before that would be removed with it; or until it starts it again, unless a signal ends that.
 */
static int await_monitor(const struct sd_json *doc, const char *who, struct sd_err *e)
{
	struct pollfd p = {.events = POLLIN};
	int64_t pid = 0, ticks = 0;

	if (sd_json_int(doc, &pid, e, "monitor.pid") < 0 ||
		sd_json_int(doc, &ticks, e, "monitor.startTime") < 0)
		return -1;

	if (pid <= 0) /* it was not started since the boot, or by hand */
		return 0;

	sd_auto_fd int fd = sd_proc_open((pid_t)pid, ticks);

	if (fd < 0) /* ESRCH: it has ended */
		return errno == ESRCH ? 0 : sd_fail(e, errno, "open process %d", (int)pid);
	if (sd_record_lives(doc) && syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) < 0 &&
		errno != ESRCH)
		return sd_fail(e, errno, "end monitor %d", (int)pid);
	p.fd = fd;
	if (poll(&p, 1, MONITOR_MS) == 0)
		return sd_fail(e, 0, "%s: its monitor, process %d, does not end", who, (int)pid);
	return 0;
}

/* It may have been started again just before. */
static int await_end(const struct get_args *a, const char *id, const char *who,
	const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *now = NULL;
	int r;

	if (await_monitor(doc, who, e) < 0)
		return -1;
	if (!sd_record_lives(doc))
		return 1;
	r = sd_record_load_brief(id, &now, e);
	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, ENOENT, "no such container: %s", who);
	return check_life(a, STOPPED, who, now, e);
}

/* 1 with the document, 0 where it is not wanted, -1. */
static int load(const char *who, const struct get_args *a, struct sd_json **out, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	int r;

	if (sd_record_find(who, &id, e) < 0)
		return -1;
	if (a->broken)
		r = state_load_broken(id, &doc, e);
	else
		r = a->facts ? sd_record_load_brief(id, &doc, e) : sd_record_load(id, &doc, e);
	if (r == 0)
		return sd_fail(e, ENOENT, "no such container: %s", who);
	if (r < 0)
		return e->errnum ? -1 : sd_hint(e, "'sdocker rm -f %.12s' removes it", id);
	if (a->unstarted && sd_json_get(doc, "started"))
		return 0;
	r = check_life(a, wanted(a) | (a->ended ? RESTARTING : 0), who, doc, e);
	if (r > 0 && a->ended)
		r = await_end(a, id, who, doc, e);
	if (r <= 0)
		return r;
	if (a->saved) {
		sd_json_unrefp(&doc);
		r = sd_record_load_saved(id, &doc, e);
		if (r <= 0)
			return r < 0 ? -1 : sd_fail(e, ENOENT, "no such container: %s", who);
	}
	*out = sd_steal_ptr(&doc);
	return 1;
}

static int do_get(const struct sd_call *call, struct sd_err *e)
{
	const struct get_args *a = call->args;
	sd_auto_json struct sd_json *all = sd_json_new_array();
	struct sd_err first = {0};
	bool missed = false;

	if (sd_want_operands(call, 1, -1, e) < 0)
		return -1;
	for (int i = 0; i < call->argc; i++) {
		struct sd_json *doc = NULL;
		struct sd_err why = {0};
		int r = load(call->argv[i], a, &doc, &why);

		if (r > 0)
			sd_json_append(all, doc);
		missed |= r <= 0;
		/* The others are printed all the same; the first failure is the one reported. */
		if (r < 0 && !first.code && !(a->quiet && why.errnum == ENOENT))
			first = why;
	}
	/* Nothing is what -q says of nothing: another tool may be asked next, and print its own. */
	if (a->pretty && (!a->quiet || sd_json_len(all))) {
		sd_auto_free char *text = sd_json_pretty(all);

		puts(text);
	}
	for (size_t i = 0; !a->pretty && i < sd_json_len(all); i++)
		if (sd_doc_write(STDOUT_FILENO, sd_json_at(all, i), e) < 0)
			return -1;
	if (first.code) {
		*e = first;
		return -1;
	}
	return missed ? SD_EXIT_NO : SD_EXIT_OK;
}

const struct sd_verb get_verb = {
	.name = "get",
	.synopsis = "CONTAINER...",
	.summary = "print the documents of containers, one a line",
	.opts = state_get_opts,
	.args_size = sizeof(struct get_args),
	.run = do_get,
	.permute = true,
};
