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
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "proc.h"
#include "relay.h"
#include "sd-monitor.h"
#include "store.h"

struct args {
	const char *stdio;
};

const struct sd_opt monitor_wait_opts[] = {
	SD_OPT_STR(struct args, stdio, 0, "stdio", "IN,OUT,ERR",
		"descriptors to copy the program's standard streams from and to"),
	SD_OPT_END,
};
const size_t monitor_wait_size = sizeof(struct args);

struct waiter {
	const char *id;
	struct sd_json *doc;
	int user[3];
	int control; /* to the monitor; -1: it is gone */
	int process; /* pidfd, or -1: it has ended */
	int signals;
	int terminal; /* the caller's terminal while it is raw, or -1 */
	int pty;      /* the master, or -1 */
	struct termios before;
	struct relay *relays;
	size_t n;
	/* errno: the program's output could not be written */
	int unwritten;
	int code;      /* -1 until it is known */
	bool attached; /* the monitor has answered with the streams that there are */
	bool cut;      /* it was killed before that */
	int lost;      /* errno: the streams could not be taken over, and what is written is lost */
};

static void add_relay(struct waiter *w, int from, int to, bool close_to)
{
	if (from < 0 || to < 0)
		return;
	w->relays = sd_realloc(w->relays, (w->n + 1) * sizeof(*w->relays));
	w->relays[w->n] = (struct relay){.from = from, .to = to, .close_to = close_to};
	w->n++;
}

static bool wants_stdin(const struct waiter *w)
{
	struct sd_err ignored;
	bool wanted = false;

	sd_json_bool(w->doc, &wanted, &ignored, "want.stdin");
	return wanted;
}

static void copy_size(const struct waiter *w)
{
	struct winsize size;

	for (int i = 0; w->pty >= 0 && i < 3; i++)
		if (ioctl(w->user[i], TIOCGWINSZ, &size) == 0) {
			ioctl(w->pty, TIOCSWINSZ, &size); /* EIO: it has ended */
			return;
		}
}

static void make_raw(struct waiter *w)
{
	struct termios raw;

	if (!wants_stdin(w) || tcgetattr(w->user[0], &w->before) < 0)
		return;
	raw = w->before;
	cfmakeraw(&raw);
	if (tcsetattr(w->user[0], TCSANOW, &raw) == 0)
		w->terminal = w->user[0];
}

static void restore(struct waiter *w)
{
	if (w->terminal >= 0)
		tcsetattr(w->terminal, TCSADRAIN, &w->before);
	w->terminal = -1;
}

static void take_streams(struct waiter *w, const char *text, const int *fds, size_t n)
{
	sd_auto_free char *copy = sd_strdup(text);
	char *save = NULL, *word = strtok_r(copy, " ", &save);

	for (size_t i = 0; i < n && (word = strtok_r(NULL, " ", &save)); i++) {
		if (strcmp(word, "stdin") == 0) {
			fcntl(fds[i], F_SETFL, O_NONBLOCK);
			add_relay(w, w->user[0], fds[i], true);
		} else if (strcmp(word, "pty") == 0) {
			w->pty = fds[i];
			fcntl(fds[i], F_SETFL, O_NONBLOCK);
			add_relay(w, fds[i], w->user[1], false);
			if (wants_stdin(w))
				add_relay(w, w->user[0], fds[i], false);
		} else {
			add_relay(w, fds[i], w->user[strcmp(word, "stderr") == 0 ? 2 : 1], false);
		}
	}
	if (w->pty >= 0) {
		make_raw(w);
		copy_size(w);
	}
}

/* "streams ...", "lost ERRNO", "exit N", or the end of the connection without it: the monitor was killed. */
static void take_message(struct waiter *w)
{
	char text[256];
	int fds[3];
	size_t n = 0;
	ssize_t len = control_receive(w->control, text, sizeof(text), fds, &n);

	/* It did not read what we said, and what it said comes after that news (unix(7)). */
	if (len < 0 && errno == ECONNRESET)
		len = control_receive(w->control, text, sizeof(text), fds, &n);
	if (len < 0 && errno != ECONNRESET)
		w->lost = errno;
	if (len <= 0) {
		w->cut |= !w->attached;
		sd_close_fd(&w->control);
		return;
	}
	if (sd_starts_with(text, "streams")) {
		w->attached = true;
		take_streams(w, text, fds, n);
	} else if (sd_starts_with(text, "lost "))
		w->lost = atoi(text + 5);
	else if (sd_starts_with(text, "exit "))
		w->code = atoi(text + 5);
}

static void forward_signal(struct waiter *w)
{
	struct signalfd_siginfo info;

	if (read(w->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH)
		copy_size(w);
	else if (w->process >= 0)
		syscall(SYS_pidfd_send_signal, w->process, (int)info.ssi_signo, NULL, 0);
}

/* nohup(1), or a shell's background: who started this wants the program to be left alone, too. */
static bool is_ignored(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* Everything a caller may send; not what is about this process itself (SIGCHLD, SIGTSTP...). */
static int catch_signals(struct sd_err *e)
{
	static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
		SIGWINCH, SIGCONT, SIGIO, SIGPWR, SIGURG, SIGVTALRM, SIGPROF};
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		if (!is_ignored(forwarded[i]))
			sigaddset(&mask, forwarded[i]);
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		sigaddset(&mask, i);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &mask, SFD_CLOEXEC);
	return fd < 0 ? sd_fail(e, errno, "signalfd") : fd;
}

/* Bytes that were read and wait for a slow reader of ours: they are never given up. */
static bool write_pending(const struct waiter *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->relays[i].from != w->user[0] && w->relays[i].off < w->relays[i].len)
			return true;
	return false;
}

static bool output_pending(const struct waiter *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->relays[i].from != w->user[0] && !relay_done(&w->relays[i]))
			return true;
	return false;
}

/*
 * The output cannot be written (a full disk).  The monitor sees the connection end and logs what is
 * still to come: nobody else would read it, and the program would wait in a full pipe for ever.
 */
static void leave_output(struct waiter *w, int errnum)
{
	w->unwritten = errnum;
	sd_close_fd(&w->control);
	for (size_t i = 0; i < w->n; i++)
		if (w->relays[i].from != w->user[0])
			w->relays[i].from = -1;
}

static void step(struct waiter *w, struct relay *r, short revents)
{
	bool output = r->from >= 0 && r->from != w->user[0];

	relay_step(r, revents);
	if (output && r->unwritten)
		leave_output(w, r->unwritten);
}

/* One wait for anything; false where nothing came in time. */
static bool turn(struct waiter *w, int timeout)
{
	sd_auto_free struct pollfd *p = sd_calloc(w->n + 3, sizeof(*p));
	size_t n = w->n;

	p[0] = (struct pollfd){.fd = w->signals, .events = POLLIN};
	p[1] = (struct pollfd){.fd = w->control, .events = POLLIN};
	/* Only without a monitor: with one, its "exit" is awaited, which comes after the record. */
	p[2] = (struct pollfd){.fd = w->control < 0 ? w->process : -1, .events = POLLIN};
	for (size_t i = 0; i < n; i++)
		relay_poll(&w->relays[i], &p[3 + i]);
	if (poll(p, n + 3, timeout) <= 0)
		return false;
	for (size_t i = 0; i < n; i++)
		step(w, &w->relays[i], p[3 + i].revents);
	if (p[1].revents && w->control >= 0)
		take_message(w);
	if (p[2].revents)
		sd_close_fd(&w->process);
	if (p[0].revents)
		forward_signal(w);
	return true;
}

/*
 * Until the exit code is known.  What the program wrote before it ended is still in the pipes
 * then: it is copied until they are empty, not until their end, which a process that was left
 * behind (with the host's pid namespace) may never make.
 */
static void stand(struct waiter *w)
{
	while (w->code < 0 && (w->control >= 0 || w->process >= 0))
		turn(w, -1);
	while (output_pending(w) && turn(w, write_pending(w) ? -1 : 50))
		;
}

static int code_of_record(const struct waiter *w, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	const char *why = "its record is gone";
	int64_t code;

	if (sd_record_load(w->id, &doc, e) < 0)
		return -1;
	if (doc && sd_json_int(doc, &code, e, "exitCode") == 1)
		return (int)code;
	if (doc)
		sd_json_str(doc, &why, e, "error");
	return sd_fail(e, 0, "%.12s: the exit code is not known: %s", w->id, why);
}

static int open_process(struct waiter *w, struct sd_err *e)
{
	int64_t pid = 0, ticks = 0;
	int r = sd_json_int(w->doc, &pid, e, "pid");

	if (r == 0)
		return sd_json_missing(e, "pid");
	if (r < 0 || sd_json_int(w->doc, &ticks, e, "startTime") < 0)
		return -1;
	w->process = sd_proc_open((pid_t)pid, ticks);
	/* ESRCH: it has ended already.  Otherwise no signal could be passed on to it. */
	return w->process < 0 && errno != ESRCH ? sd_fail(e, errno, "open process %d", (int)pid)
						: 0;
}

static int wait_for(struct waiter *w, struct sd_err *e)
{
	if (sd_doc_id(w->doc, &w->id, e) < 0 || open_process(w, e) < 0)
		return -1;
	w->signals = catch_signals(e);
	if (w->signals < 0)
		return -1;
	w->control = control_connect(w->id);
	/* The monitor has ended, or was killed: the record tells. */
	if (w->control < 0 && errno != ENOENT && errno != ECONNREFUSED)
		return sd_fail(e, errno, "connect to the monitor");
	/* EPIPE, ECONNRESET: the monitor has ended meanwhile, and its "exit" is there to be read. */
	if (w->control >= 0 &&
		control_send(w->control, w->user[0] >= 0 ? "attach" : "wait", NULL, 0) < 0 &&
		errno != EPIPE && errno != ECONNRESET)
		return sd_fail(e, errno, "ask the monitor for the container's end");
	stand(w);
	restore(w);
	if (w->unwritten)
		return sd_fail(e, w->unwritten, "write the program's output");
	if (w->lost)
		return sd_fail(e, w->lost, "receive the program's streams");
	if (w->code < 0)
		w->code = code_of_record(w, e);
	/* What the program wrote went with the monitor, whatever its record says of the end. */
	if (w->code >= 0 && w->cut && w->user[0] >= 0)
		return sd_fail(e, 0, "the monitor was killed before it handed over the output");
	return w->code;
}

int monitor_wait(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	struct waiter w = {.user = {-1, -1, -1},
		.control = -1,
		.process = -1,
		.signals = -1,
		.terminal = -1,
		.pty = -1,
		.code = -1};
	int code;

	if (sd_want_operands(call, 0, 0, e) < 0 ||
		(a->stdio && streams_parse(a->stdio, w.user, e) < 0) ||
		sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	w.doc = doc;
	code = wait_for(&w, e);
	free(w.relays);
	if (code < 0)
		return -1;
	sd_json_set_str(doc, "status", "stopped");
	sd_json_set_int(doc, "exitCode", code);
	return sd_doc_write(STDOUT_FILENO, doc, e) < 0 ? -1 : code;
}
