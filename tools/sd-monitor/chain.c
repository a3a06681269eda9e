/* SPDX-License-Identifier: Apache-2.0 */
/* The chain: what its links share, its spawn, what they report. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "sd-monitor.h"

static int make_state(const struct sd_json *doc, int *fd, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_text(doc);

	*fd = memfd_create("state", MFD_CLOEXEC);
	if (*fd < 0 || sd_write_all(*fd, text, strlen(text)) < 0)
		return sd_fail(e, errno, "hold the document for the chain");
	return 0;
}

static int open_filter(const struct sd_json *doc, int *fd, struct sd_err *e)
{
	const char *path = NULL;

	*fd = -1;
	if (sd_json_str(doc, &path, e, "seccomp.filter") < 0)
		return -1;
	if (!path)
		return 0;
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? sd_fail(e, errno, "open the seccomp filter %s", path) : 0;
}

static int prepare(
	struct chain *c, const struct streams *s, const struct sd_json *doc, struct sd_err *e)
{
	int report[2], console[2];

	if (make_state(doc, &c->fds.state, e) < 0 || open_filter(doc, &c->fds.filter, e) < 0)
		return -1;
	if (pipe2(report, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "create a pipe");
	c->report = report[0];
	c->fds.report = report[1];
	if (!s->terminal)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, console) < 0)
		return sd_fail(e, errno, "create the console socket");
	c->console = console[0];
	c->fds.console = console[1];
	return 0;
}

/*
 * In the child: only what the chain shares stays open across its execs.  Signals that are held
 * off here are not meant to be for the links.
 */
static void inherit(const struct sd_chain *c, const struct streams *s)
{
	const int shared[] = {c->state, c->report, c->gate, c->verdict, c->console, c->filter};
	sigset_t none;

	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
		if (shared[i] >= 0)
			fcntl(shared[i], F_SETFD, 0);
	for (int i = 0; i < 3; i++)
		dup2(s->program[i], i);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

/* Before Linux 5.11 close_range(2) only closes: then one by one. */
static int close_all_on_exec(struct sd_err *e)
{
	sd_auto_dir DIR *dir = NULL;
	struct dirent *ent;

	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return sd_fail(e, errno, "mark descriptors close-on-exec");
	dir = opendir("/proc/self/fd");
	if (!dir)
		return sd_fail(e, errno, "open /proc/self/fd");
	while ((ent = readdir(dir))) {
		int fd = atoi(ent->d_name);

		if (fd > 2 && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return sd_fail(e, errno, "mark descriptor %d close-on-exec", fd);
	}
	return 0;
}

int chain_spawn(struct chain *c, struct streams *s, const struct sd_json *doc, char **links,
	struct sd_err *e)
{
	sd_auto_free char *env = NULL;
	struct sd_next next;

	if (prepare(c, s, doc, e) < 0 || sd_next_open(&next, links, false, e) < 0)
		return -1;
	/* Descriptors that came from the caller, 3, 4 and 5 among them, end with the exec here: all
	 * of ours are close-on-exec, and this makes the others so. */
	if (close_all_on_exec(e) < 0)
		return -1;
	env = sd_chain_env(&c->fds);
	c->first = chain_fork(doc);
	if (c->first < 0)
		return sd_fail(e, errno, "fork");
	if (c->first == 0) {
		inherit(&c->fds, s);
		putenv(env);
		sd_next_exec(&next, e);
		sd_chain_report_failure(&c->fds, e->code, e->text);
		_exit(e->code);
	}
	sd_close_fd(&next.fd);
	streams_close_program(s);
	for (int *fd = (int *)&c->fds, i = 0; i < 6; i++)
		sd_close_fd(&fd[i]);
	return 0;
}

int chain_take_console(
	const struct chain *c, struct streams *s, const struct sd_json *doc, struct sd_err *e)
{
	struct winsize size = {0};
	int64_t rows = 0, columns = 0;
	char text[64];
	int fds[3];
	size_t n = 0;

	if (sd_control_receive(c->console, text, sizeof(text), fds, &n) < 0)
		return sd_fail(e, errno, "receive the pty");
	if (n != 1)
		return sd_fail(e, 0, "receive the pty: %zu descriptors came, not one", n);
	s->ours[0] = fds[0];
	for (int i = 0; i < 3; i++)
		if (s->user[i] >= 0 && ioctl(s->user[i], TIOCGWINSZ, &size) == 0)
			break;
	if (sd_json_int(doc, &rows, e, "config.process.consoleSize.height") < 0 ||
		sd_json_int(doc, &columns, e, "config.process.consoleSize.width") < 0)
		return -1;
	if (rows && columns) {
		size.ws_row = (unsigned short)rows;
		size.ws_col = (unsigned short)columns;
	}
	if (size.ws_row && ioctl(fds[0], TIOCSWINSZ, &size) < 0)
		return sd_fail(e, errno, "set the size of the pty");
	return 0;
}

static int take_line(struct chain *c, const char *line, struct sd_err *e)
{
	if (sd_starts_with(line, "pid "))
		c->pid = atoi(line + 4);
	else if (strcmp(line, "ready") == 0)
		c->ready = true;
	else if (sd_starts_with(line, "fail "))
		return sd_fail_relayed(e, line + 5);
	else
		return sd_fail(e, 0, "the chain reported '%s'", line);
	return 0;
}

static int chain_ended(struct chain *c, enum chain_goal goal, struct sd_err *e)
{
	const char *until = goal == CHAIN_GATE ? "the gate" : "it became the program";
	int status, sig = 0;
	char name[16];

	while (waitpid(-1, &status, 0) > 0)
		if (WIFSIGNALED(status))
			sig = WTERMSIG(status);
	c->first = c->pid = 0; /* reaped: the numbers may be others' by now */
	if (sig)
		return sd_fail(e, 0, "the chain was killed by %s before %s",
			sd_signal_name(sig, name), until);
	return sd_fail(e, 0, "the chain ended before %s, without a word", until);
}

/* Whole lines; what is left of the last one stays in `text`. */
static int take_lines(struct chain *c, struct sd_buf *text, struct sd_err *e)
{
	char *line = text->data, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (take_line(c, line, e) < 0)
			return -1;
	}
	text->len -= (size_t)(line - text->data);
	memmove(text->data, line, text->len + 1);
	return 0;
}

int chain_read_reports(struct chain *c, enum chain_goal goal, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	char chunk[4096];

	while (goal == CHAIN_EXEC || !c->ready) {
		ssize_t n = read(c->report, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sd_fail(e, errno, "read what the chain reports");
		if (n == 0 && c->ready)
			break;
		if (n == 0)
			return chain_ended(c, goal, e);
		sd_buf_add(&text, chunk, (size_t)n);
		if (take_lines(c, &text, e) < 0)
			return -1;
	}
	if (!c->pid)
		c->pid = c->first; /* no link made a process of its own */
	return 0;
}

void chain_kill(const struct chain *c)
{
	if (c->first > 0)
		kill(c->first, SIGKILL);
	if (c->pid > 0)
		kill(c->pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}
