/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait: the foreground of a container.
 *
 * It stands in the caller's session and process group, so the terminal's signals and sizes come
 * to it, and it alone touches the terminal: raw while it copies, restored however it ends short
 * of SIGKILL.  Signals go to the container's first process by pidfd, which cannot hit another
 * process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "foreground.h"
#include "sd-monitor.h"
#include "store.h"

struct args {
	const char *stdio, *detach_keys;
	bool owner, no_stdin, sig_proxy;
};

const struct sd_opt monitor_wait_opts[] = {
	SD_OPT_STR(struct args, detach_keys, 0, "detach-keys", "KEYS",
		"keys that leave a terminal and let its program go on: ctrl-p,ctrl-q"),
	SD_OPT_FLAG(
		struct args, no_stdin, 0, "no-stdin", "with --stdio: give it no standard input"),
	SD_OPT_FLAG(struct args, owner, 0, "owner",
		"with --stdio: the caller removes what the container leaves, not its monitor"),
	SD_OPT_FLAG(struct args, sig_proxy, 0, "sig-proxy",
		"pass signals on to a program without a terminal: true"),
	SD_OPT_STR(struct args, stdio, 0, "stdio", "IN,OUT,ERR",
		"descriptors to copy the program's standard streams from and to"),
	SD_OPT_END,
};
const size_t monitor_wait_size = sizeof(struct args);

void monitor_wait_init(void *args)
{
	((struct args *)args)->sig_proxy = true;
}

struct waiter {
	const char *id;
	struct sd_json *doc;
	struct foreground f;
	struct keys keys;
	bool owner, terminal;
	int control;   /* to the monitor; -1: it is gone */
	int code;      /* -1 until it is known */
	bool attached; /* the monitor has answered with the streams that there are */
	bool cut;      /* it was killed before that */
	int lost;      /* errno: the streams could not be taken over, and what is written is lost */
	char refused[256];
};

static void take_streams(struct waiter *w, const char *text, const int *fds, size_t n)
{
	sd_auto_free char *copy = sd_strdup(text);
	char *save = NULL, *word = strtok_r(copy, " ", &save);

	for (size_t i = 0; i < n && (word = strtok_r(NULL, " ", &save));) {
		if (strcmp(word, "tty") == 0)
			continue;
		foreground_stream(&w->f,
			strcmp(word, "stdin") == 0    ? 0
			: strcmp(word, "stderr") == 0 ? 2
						      : 1,
			fds[i++]);
	}
	if (w->terminal) {
		w->f.sizes = w->control;
		foreground_tty(&w->f);
	}
}

/* The monitor sees the connection end, and is with those who stay. */
static void leave(struct waiter *w)
{
	w->f.sizes = -1;
	sd_close_fd(&w->control);
}

/* "streams ...", "refused WHY", "lost ERRNO", "exit N", or the end of the connection without it: the monitor was killed. */
static void take_message(struct waiter *w)
{
	char text[256];
	int fds[3];
	size_t n = 0;
	ssize_t len = sd_control_receive(w->control, text, sizeof(text), fds, &n);

	/* It did not read what we said, and what it said comes after that news (unix(7)). */
	if (len < 0 && errno == ECONNRESET)
		len = sd_control_receive(w->control, text, sizeof(text), fds, &n);
	if (len < 0 && errno != ECONNRESET)
		w->lost = errno;
	if (len <= 0) {
		w->cut |= !w->attached;
		leave(w);
		return;
	}
	if (sd_starts_with(text, "streams")) {
		w->attached = true;
		take_streams(w, text, fds, n);
	} else if (sd_starts_with(text, "refused ")) {
		snprintf(w->refused, sizeof(w->refused), "%s", text + 8);
		leave(w);
	} else if (sd_starts_with(text, "lost "))
		w->lost = atoi(text + 5);
	else if (sd_starts_with(text, "exit "))
		w->code = atoi(text + 5);
}

/* One wait for anything. */
static void turn(struct waiter *w)
{
	struct pollfd p[] = {
		{.fd = w->control, .events = POLLIN},
		/* Only without a monitor: with one, its "exit" is awaited, which comes after the
		 * record. */
		{.fd = w->control < 0 ? w->f.process : -1, .events = POLLIN},
	};

	foreground_turn(&w->f, p, 2, -1);
	/*
	 * The monitor sees the connection end and logs what is still to come: nobody else would
	 * read it, and the program would wait in a full pipe for ever.
	 */
	if (w->f.unwritten)
		leave(w);
	if (p[0].revents && w->control >= 0)
		take_message(w);
	if (p[1].revents)
		sd_close_fd(&w->f.process);
}

static bool detached(const struct waiter *w)
{
	return w->keys.typed || w->f.ended_by || w->refused[0];
}

/* Until the exit code is known, or somebody does not want to know it any more. */
static void stand(struct waiter *w)
{
	while (w->code < 0 && !detached(w) && (w->control >= 0 || w->f.process >= 0))
		turn(w);
	if (!detached(w))
		foreground_drain(&w->f);
}

static int code_of_record(const struct waiter *w, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	const char *why = "its record is gone";
	int64_t code;

	if (sd_record_load_brief(w->id, &doc, e) < 0)
		return -1;
	if (doc && sd_json_int(doc, &code, e, "exitCode") == 1)
		return (int)code;
	if (doc && !sd_json_get(doc, "started")) /* nothing to wait for: as docker's */
		return 0;
	if (doc)
		sd_json_str(doc, &why, e, "error");
	return sd_fail(e, 0, "%.12s: the exit code is not known: %s", w->id, why);
}

static const char *request(const struct waiter *w)
{
	if (w->f.user[0] < 0)
		return "wait";
	if (!w->f.with_stdin)
		return w->owner ? "attach owner no-stdin" : "attach no-stdin";
	return w->owner ? "attach owner" : "attach";
}

static int configure(struct waiter *w, const struct args *a, struct sd_err *e)
{
	if (sd_doc_id(w->doc, &w->id, e) < 0 ||
		sd_json_bool(w->doc, &w->f.with_stdin, e, "want.stdin") < 0 ||
		sd_json_bool(w->doc, &w->terminal, e, "config.process.terminal") < 0 ||
		keys_read(w->doc, a->detach_keys, &w->keys, e) < 0)
		return -1;
	w->f.with_stdin &= !a->no_stdin;
	w->f.no_proxy = a->stdio && (w->terminal || !a->sig_proxy);
	if (w->terminal)
		w->f.keys = &w->keys;
	if (a->stdio && w->terminal && w->f.with_stdin && !isatty(w->f.user[0])) {
		sd_fail(e, 0, "standard input is not a terminal, and the program has one");
		return sd_hint(e, "--no-stdin attaches without");
	}
	return 0;
}

static int wait_for(struct waiter *w, struct sd_err *e)
{
	if (process_open(w->doc, "pid", "startTime", &w->f.process, e) < 0 ||
		foreground_catch(&w->f, e) < 0)
		return -1;
	w->control = sd_control_connect(w->id);
	/* The monitor has ended, or was killed: the record tells. */
	if (w->control < 0 && errno != ENOENT && errno != ECONNREFUSED)
		return sd_fail(e, errno, "connect to the monitor");
	/* EPIPE, ECONNRESET: the monitor has ended meanwhile, and its "exit" is there to be read. */
	if (w->control >= 0 && sd_control_send(w->control, request(w), NULL, 0) < 0 &&
		errno != EPIPE && errno != ECONNRESET)
		return sd_fail(e, errno, "ask the monitor for the container's end");
	stand(w);
	foreground_restore(&w->f);
	if (w->refused[0])
		return sd_fail(e, 0, "%.12s: %s", w->id, w->refused);
	if (detached(w)) {
		leave(w);
		return w->f.ended_by ? SD_EXIT_SIGNAL_BASE + w->f.ended_by : SD_EXIT_OK;
	}
	if (w->f.unwritten)
		return sd_fail(e, w->f.unwritten, "write the program's output");
	if (w->lost)
		return sd_fail(e, w->lost, "receive the program's streams");
	if (w->code < 0)
		w->code = code_of_record(w, e);
	/* What the program wrote went with the monitor, whatever its record says of the end. */
	if (w->code >= 0 && w->cut && w->f.user[0] >= 0)
		return sd_fail(e, 0, "the monitor was killed before it handed over the output");
	return w->code;
}

int monitor_wait(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	struct waiter w = {.f = FOREGROUND_NONE, .control = -1, .code = -1};
	int code;

	if (sd_want_operands(call, 0, 0, e) < 0 ||
		(a->stdio && streams_parse(a->stdio, w.f.user, e) < 0) ||
		sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	w.doc = doc;
	w.owner = a->owner;
	code = configure(&w, a, e) < 0 ? -1 : wait_for(&w, e);
	foreground_free(&w.f);
	if (code < 0)
		return -1;
	if (!detached(&w)) {
		sd_json_set_str(doc, "status", "stopped");
		sd_json_set_int(doc, "exitCode", code);
	}
	return sd_doc_write(STDOUT_FILENO, doc, e) < 0 ? -1 : code;
}
