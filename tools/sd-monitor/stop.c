/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop and kill: signals for a container's program.
 *
 * In this order:
 *	1. tell the monitor that the end is the user's wish: the program may be gone a moment after
 *	   the signal, and its monitor would start it again
 *	2. ask it for the end, for the same reason
 *	3. send the signal, by pidfd, which cannot hit another process
 *	4. wait for the end, and send SIGKILL where it does not come in time
 *	5. wait for the monitor's own end: it has recorded this one, and its driver has removed the
 *	   cgroup; what is started after that is not mistaken for what was stopped
 * Where the monitor was killed there are 3 and 4, and the wish is noted in the record.
 *
 * A monitor that waits to start it again does not answer: the wish is noted, and SIGTERM ends the
 * wait, or the driver that it has become.  The start that came first, for both stand under the
 * record's lock, is seen in the record then: all begins anew, with the new life.
 *
 * dismiss: the same without 3 and 4.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "event.h"
#include "sd-monitor.h"
#include "stop_options.h"
#include "store.h"

#define ANSWER_MS  10000 /* a monitor that was stopped (SIGSTOP) does not answer */
#define DEATH_MS   10000 /* of SIGKILL; who sleeps in the kernel dies when that is over */
#define MONITOR_MS 20000
#define TIMEOUT	   10

struct args {
	struct sd_stop_options stop;
	bool shutdown;
};

const struct sd_opt monitor_stop_opts[] = {
	SD_OPT_FLAG(struct args, shutdown, 0, "shutdown",
		"not its user's wish: its restart policy may start it at the next boot"),
	SD_STOP_OPT_SIGNAL(struct args, "in place of its own stop signal or SIGTERM"),
	SD_STOP_OPT_TIMEOUT(struct args),
	SD_STOP_OPT_TIME(struct args),
	SD_OPT_END,
};
const struct sd_opt monitor_kill_opts[] = {
	SD_STOP_OPT_SIGNAL(struct args, "in place of SIGKILL"),
	SD_OPT_END,
};
const struct sd_opt monitor_dismiss_opts[] = {SD_OPT_END};
const size_t monitor_stop_size = sizeof(struct args);

struct target {
	const struct sd_json *doc;
	const char *id;
	int process; /* pidfd of the program, or -1: it has ended */
	int monitor; /* pidfd, or -1: it has ended, or was killed */
	int control; /* to the monitor, or -1 */
	int code;    /* how it ended, or -1 */
	bool told;   /* the monitor knows that it is not to start it again */
	bool wished; /* by its user */
};

#define TARGET_NONE                                                                                \
	{                                                                                          \
		.process = -1, .monitor = -1, .control = -1, .code = -1, .wished = true            \
	}

static void target_close(struct target *t)
{
	sd_close_fd(&t->process);
	sd_close_fd(&t->monitor);
	sd_close_fd(&t->control);
}
#define auto_target __attribute__((cleanup(target_close)))

static int target_open(struct target *t, struct sd_err *e)
{
	if (sd_doc_id(t->doc, &t->id, e) < 0 ||
		process_open(t->doc, "pid", "startTime", &t->process, e) < 0 ||
		process_open(t->doc, "monitor.pid", "monitor.startTime", &t->monitor, e) < 0)
		return -1;
	t->control = sd_control_connect(t->id);
	/* ENOENT, ECONNREFUSED: the monitor has ended, or was killed. */
	if (t->control < 0 && errno != ENOENT && errno != ECONNREFUSED)
		return sd_fail(e, errno, "connect to the monitor");
	return 0;
}

/* One message, for as long as `ms`; 0: the end of the connection, -1: nothing came. */
static ssize_t hear(struct target *t, char text[64], int64_t ms)
{
	struct pollfd p = {.fd = t->control, .events = POLLIN};
	int fds[3];
	size_t n = 0;
	ssize_t len;

	if (poll(&p, 1, ms < 0 ? -1 : (int)ms) <= 0)
		return -1;
	len = sd_control_receive(t->control, text, 64, fds, &n);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return len > 0 ? len : 0;
}

/* By now it may wait to start it again. */
static int call_off(const struct target *t, struct sd_err *e)
{
	sd_auto_json struct sd_json *now = NULL;

	if (sd_record_load_brief(t->id, &now, e) < 0)
		return -1;
	if (t->monitor < 0 || !sd_record_lives(now) || sd_record_runs(now))
		return 0;
	/* ESRCH: it has just ended. */
	if (syscall(SYS_pidfd_send_signal, t->monitor, SIGTERM, NULL, 0) < 0 && errno != ESRCH)
		return sd_fail(e, errno, "end the monitor");
	return 0;
}

/* Steps 1 and 2. */
static int tell_wish(struct target *t, struct sd_err *e)
{
	char text[64];

	/* EPIPE, ECONNRESET: it has ended meanwhile. */
	t->told = t->control >= 0 &&
		  sd_control_send(
			  t->control, t->wished ? "stopped-by-user" : "no-restart", NULL, 0) == 0 &&
		  hear(t, text, ANSWER_MS) > 0;
	if (t->told && sd_control_send(t->control, "wait", NULL, 0) == 0) {
		if (sd_starts_with(text, "exit "))
			t->code = atoi(text + 5);
		return 0;
	}
	sd_close_fd(&t->control);
	if (t->told)
		return 0;
	return t->wished && wish_note(t->id, e) < 0 ? -1 : call_off(t, e);
}

/*
 * Has it ended, within `ms` (-1: for ever)?  With a monitor its word is awaited, which comes when
 * the end is recorded.
 */
static bool ends(struct target *t, int64_t ms)
{
	int64_t deadline = now_ms() + ms;

	while (t->code < 0 && (t->control >= 0 || t->process >= 0)) {
		int64_t left = ms < 0 ? -1 : deadline - now_ms();
		struct pollfd p = {.fd = t->process, .events = POLLIN};
		char text[64];
		ssize_t len;

		if (ms >= 0 && left < 0)
			left = 0;
		if (t->control < 0) {
			if (poll(&p, 1, left < 0 ? -1 : (int)left) > 0)
				sd_close_fd(&t->process);
			else if (ms >= 0 && left == 0)
				return false;
			continue;
		}
		len = hear(t, text, left);
		if (len < 0 && ms >= 0 && left == 0)
			return false;
		if (len > 0 && sd_starts_with(text, "exit "))
			t->code = atoi(text + 5);
		if (len == 0) /* it was killed: the process alone tells */
			sd_close_fd(&t->control);
	}
	return true;
}

/* ESRCH: it has just ended. */
static int send_signal(const struct target *t, int sig, struct sd_err *e)
{
	sd_auto_json struct sd_json *news = sd_json_new_object();
	sd_auto_free char *number = sd_printf("%d", sig);
	char name[16];

	if (t->process < 0)
		return 0;
	sd_json_set_str(news, "signal", number);
	sd_event_of(t->doc, "kill", news);
	if (syscall(SYS_pidfd_send_signal, t->process, sig, NULL, 0) == 0 || errno == ESRCH)
		return 0;
	return sd_fail(e, errno, "send %s", sd_signal_name(sig, name));
}

static int await_monitor(const struct target *t, struct sd_err *e)
{
	struct pollfd p = {.fd = t->monitor, .events = POLLIN};
	int64_t pid = 0;

	if (t->monitor < 0 || poll(&p, 1, MONITOR_MS) != 0)
		return 0;
	sd_json_int(t->doc, &pid, e, "monitor.pid");
	return sd_fail(e, ETIMEDOUT, "wait for the monitor, process %d", (int)pid);
}

static int end_it(struct target *t, int sig, int64_t timeout_ms, struct sd_err *e)
{
	int64_t pid = 0;

	if (tell_wish(t, e) < 0 || send_signal(t, sig, e) < 0)
		return -1;
	if (!ends(t, timeout_ms)) {
		if (send_signal(t, SIGKILL, e) < 0)
			return -1;
		if (!ends(t, DEATH_MS)) {
			sd_json_int(t->doc, &pid, e, "pid");
			return sd_fail(e, ETIMEDOUT, "wait for the end of process %d", (int)pid);
		}
	}
	return await_monitor(t, e);
}

/* Was it started again before its monitor could be told?  1: the target is that life. */
static int next_life(struct target *t, struct sd_json **doc, struct sd_err *e)
{
	struct sd_json *now = NULL;
	int r = t->told ? 0 : sd_record_load_brief(t->id, &now, e);

	if (r <= 0 || !sd_record_lives(now)) {
		sd_json_unref(now);
		return r < 0 ? -1 : 0;
	}
	sd_json_unref(*doc);
	target_close(t);
	*doc = now;
	*t = (struct target){.doc = now, .code = -1, .wished = t->wished};
	return target_open(t, e) < 0 ? -1 : 1;
}

/* In *doc, which t is of. */
static int end_all(
	struct target *t, struct sd_json **doc, int sig, int64_t timeout_ms, struct sd_err *e)
{
	int r;

	do {
		if (end_it(t, sig, timeout_ms, e) < 0)
			return -1;
		r = next_life(t, doc, e);
	} while (r > 0);
	return r;
}

static int pass(struct sd_json *doc, const struct target *t, bool ended, struct sd_err *e)
{
	if (ended) {
		sd_json_set_str(doc, "status", "stopped");
		sd_json_del(doc, "pid");
	}
	if (ended && t->code >= 0)
		sd_json_set_int(doc, "exitCode", t->code);
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

static int stop_signal(const struct sd_json *doc, const char *asked, int *sig, struct sd_err *e)
{
	const char *name = "SIGTERM";

	if (asked)
		return sd_parse_signal(asked, "--signal", sig, e);
	if (sd_json_str(doc, &name, e, "want.stopSignal") < 0)
		return -1;
	return sd_parse_signal(name, "want.stopSignal", sig, e);
}

static int stop_timeout(const struct sd_json *doc, const char *asked, int64_t *ms, struct sd_err *e)
{
	int64_t seconds = TIMEOUT;

	if (asked ? sd_parse_int(asked, "--timeout", -1, INT32_MAX, &seconds, e) < 0
		  : sd_json_int(doc, &seconds, e, "want.stopTimeout") < 0)
		return -1;
	*ms = seconds < 0 ? -1 : seconds > INT32_MAX / 1000 ? INT32_MAX : seconds * 1000;
	return 0;
}

int monitor_stop(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	auto_target struct target t = TARGET_NONE;
	int64_t timeout_ms;
	int sig;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	t.doc = doc;
	t.wished = !a->shutdown;
	if (stop_signal(doc, a->stop.signal, &sig, e) < 0 ||
		stop_timeout(doc, a->stop.timeout, &timeout_ms, e) < 0 || target_open(&t, e) < 0)
		return -1;
	/* Stopping what is stopped is done already. */
	if (t.process >= 0 || t.monitor >= 0) {
		if (end_all(&t, &doc, sig, timeout_ms, e) < 0)
			return -1;
		sd_event_of(doc, "stop", NULL);
	}
	return pass(doc, &t, true, e);
}

static bool is_between_lives(const struct sd_json *doc)
{
	return sd_record_lives(doc) && !sd_record_runs(doc);
}

/*
 * SIGKILL and the stop signal are meant to end it: it is not started again.  Of SIGKILL the end is
 * waited for; any other may be caught.  What waits to be started again is ended by any.
 */
int monitor_kill(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	auto_target struct target t = TARGET_NONE;
	int sig = SIGKILL, its_own;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	t.doc = doc;
	if ((a->stop.signal && sd_parse_signal(a->stop.signal, "--signal", &sig, e) < 0) ||
		stop_signal(doc, NULL, &its_own, e) < 0 || target_open(&t, e) < 0)
		return -1;
	if (t.process < 0 && t.control < 0 && !is_between_lives(doc))
		return sd_fail(e, 0, "%.12s is not running", t.id);
	if (sig == SIGKILL || is_between_lives(doc))
		return end_all(&t, &doc, sig, DEATH_MS, e) < 0 ? -1 : pass(doc, &t, true, e);
	if ((sig == its_own && tell_wish(&t, e) < 0) || send_signal(&t, sig, e) < 0)
		return -1;
	return pass(doc, &t, false, e);
}

/*
 * Before a removal, which nothing may stand in the way of: neither a full disk nor a record that
 * cannot be read.  A start that comes all the same fails for want of a record.
 */
int monitor_dismiss(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_target struct target t = TARGET_NONE;
	struct sd_err ignored;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	t.doc = doc;
	t.wished = false;
	r = target_open(&t, &ignored) == 0 && (t.control >= 0 || sd_record_lives(doc));
	/* Without a monitor, which was killed, nobody starts it again: the program is others' to end. */
	while (r > 0 && t.monitor >= 0) {
		if (tell_wish(&t, &ignored) < 0 || t.told || await_monitor(&t, &ignored) < 0)
			break;
		r = next_life(&t, &doc, &ignored);
	}
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
