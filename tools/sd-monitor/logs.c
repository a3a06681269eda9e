/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs: print what a container has written.
 *
 * -f goes on at each change in the log's directory.  A file that was renamed is read to its end,
 * then the one that came after it.  The end is told by the monitor, over its control socket, once
 * all is in the log; whether it will be started again the record tells, and then the monitor's own
 * end is that of the wait.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "logread.h"
#include "proc.h"
#include "sd-monitor.h"
#include "store.h"
#include "table.h"

#define POLL_MS 100 /* where inotify(7) has no instance left (max_user_instances) */

struct args {
	struct sd_log_options log;
};

const struct sd_opt monitor_logs_opts[] = {
	SD_LOG_OPTIONS(struct args),
	SD_OPT_END,
};
const size_t monitor_logs_size = sizeof(struct args);

struct follower {
	int changes; /* inotify, or -1 */
	int control; /* to the monitor, or -1: it is gone */
	int process; /* pidfd, asked where there is no monitor */
	int starter; /* pidfd of a monitor that will start it again, or -1 */
	bool over;
};

static void follower_close(struct follower *f)
{
	sd_close_fd(&f->changes);
	sd_close_fd(&f->control);
	sd_close_fd(&f->process);
	sd_close_fd(&f->starter);
}
#define auto_follower __attribute__((cleanup(follower_close)))

static void watch(struct follower *f, int dir)
{
	sd_auto_free char *path = sd_printf("/proc/self/fd/%d", dir);

	f->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (f->changes >= 0 && inotify_add_watch(f->changes, path,
				       IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		sd_close_fd(&f->changes); /* ENOSPC: looked at now and then instead */
}

static int open_life(struct follower *f, const struct sd_json *doc, struct sd_err *e)
{
	const char *id;

	if (sd_doc_id(doc, &id, e) < 0)
		return -1;
	f->control = sd_control_connect(id);
	if (f->control < 0 && errno != ENOENT && errno != ECONNREFUSED)
		return sd_fail(e, errno, "connect to the monitor");
	/* EPIPE: it has ended meanwhile. */
	if (f->control >= 0 && sd_control_send(f->control, "wait", NULL, 0) < 0)
		sd_close_fd(&f->control);
	return process_open(doc, "pid", "startTime", &f->process, e);
}

/* One life, or one wait for the next, has ended. */
static int look_again(struct follower *f, const char *id, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	int r = sd_record_load_brief(id, &doc, e);

	if (r < 0)
		return -1;
	if (r > 0 && sd_record_runs(doc))
		return open_life(f, doc, e);
	if (r > 0 && sd_record_lives(doc))
		return process_open(doc, "monitor.pid", "monitor.startTime", &f->starter, e);
	f->over = true;
	return 0;
}

static void hear_monitor(struct follower *f)
{
	char text[64];
	int fds[3];
	size_t n = 0;
	ssize_t len = sd_control_receive(f->control, text, sizeof(text), fds, &n);

	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	if (len > 0 && !sd_starts_with(text, "exit "))
		return;
	/* Without a word: it was killed, and the program goes on. */
	if (len > 0)
		sd_close_fd(&f->process);
	sd_close_fd(&f->control);
}

/* Until something has changed, or the time of --until has come. */
static void wait_change(struct follower *f, int left_ms)
{
	struct pollfd p[] = {
		{.fd = f->changes, .events = POLLIN},
		{.fd = f->control, .events = POLLIN},
		{.fd = f->control < 0 ? f->process : -1, .events = POLLIN},
		{.fd = f->starter, .events = POLLIN},
	};
	int timeout = f->changes < 0 && (left_ms < 0 || left_ms > POLL_MS) ? POLL_MS : left_ms;
	char events[4096];

	if (poll(p, 4, timeout) <= 0)
		return;
	while (p[0].revents && read(f->changes, events, sizeof(events)) > 0)
		;
	if (p[1].revents)
		hear_monitor(f);
	if (p[2].revents)
		sd_close_fd(&f->process);
	if (p[3].revents)
		sd_close_fd(&f->starter);
}

/* Milliseconds until that time, rounded up; -1: there is none. */
static int left_until(const char *until)
{
	char now[40];
	int64_t seconds;

	if (!until[0])
		return -1;
	sd_time_now(now);
	if (memcmp(now, until, SD_WHEN_LEN) >= 0)
		return 0;
	seconds = sd_time_parse(until) - sd_time_parse(now);
	return seconds >= 1000000 ? 1000000000 : (int)(seconds + 1) * 1000;
}

static int follow(struct reader *r, const struct sd_json *doc, const char *id, struct sd_err *e)
{
	auto_follower struct follower f = {-1, -1, -1, -1, false};

	watch(&f, r->dir);
	if (open_life(&f, doc, e) < 0)
		return -1;
	for (;;) {
		bool last;

		while (!f.over && f.control < 0 && f.process < 0 && f.starter < 0)
			if (look_again(&f, id, e) < 0)
				return -1;
		/* Asked before the log is read: all was in it by then. */
		last = f.over || left_until(r->until) == 0;
		if (reader_on(r, e) < 0 || reader_flush(r, e) < 0)
			return -1;
		if (last || r->past)
			return 0;
		wait_change(&f, left_until(r->until));
	}
}

static int refuse_none(const struct sd_json *doc, const char *id, struct sd_err *e)
{
	const char *name = id;

	if (log_wanted(doc))
		return 0;
	return sd_json_str(doc, &name, e, "name") < 0
		       ? -1
		       : sd_fail(e, 0, "%s: its log driver is none: nothing is kept", name);
}

int monitor_logs(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	auto_reader struct reader r = {.dir = -1, .fd = -1};
	const char *id;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_doc_id(doc, &id, e) < 0 || refuse_none(doc, id, e) < 0 ||
		reader_open(&r, id, &a->log, e) < 0 || reader_known(&r, e) < 0 ||
		reader_flush(&r, e) < 0)
		return -1;
	return a->log.follow ? follow(&r, doc, id, e) : 0;
}
