/* SPDX-License-Identifier: Apache-2.0 */
/* The chain: its descriptors, its spawn, its way to the gate. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "proc.h"
#include "sd-monitor.h"
#include "store.h"

/*
 * Open for reading and writing: so the open does not wait for the other side, a reader at an
 * empty gate blocks, and whoever opens it for writing later finds a reader as long as one lives.
 */
static int make_fifo(int run, const char *name, int *fd, struct sd_err *e)
{
	unlinkat(run, name, 0); /* ENOENT: the first start */
	if (mkfifoat(run, name, 0600) < 0)
		return sd_fail(e, errno, "create the FIFO %s", name);
	*fd = openat(run, name, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? sd_fail(e, errno, "open the FIFO %s", name) : 0;
}

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

static int prepare(struct container *c, struct sd_err *e)
{
	int report[2], console[2];

	c->run = sd_record_open_run(c->id, true, e);
	if (c->run < 0)
		return -1;
	unlinkat(c->run, "exit", 0); /* ENOENT: the first start */
	c->listener = control_listen(c->run, e);
	if (c->listener < 0 || make_fifo(c->run, "gate", &c->chain.gate, e) < 0 ||
		make_fifo(c->run, "verdict", &c->chain.verdict, e) < 0 ||
		make_state(c->doc, &c->chain.state, e) < 0 ||
		open_filter(c->doc, &c->chain.filter, e) < 0)
		return -1;
	if (pipe2(report, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "create a pipe");
	c->report = report[0];
	c->chain.report = report[1];
	c->chain.console = -1;
	if (!c->streams.terminal)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, console) < 0)
		return sd_fail(e, errno, "create the console socket");
	c->console = console[0];
	c->chain.console = console[1];
	return 0;
}

/* In the child: only what the chain shares stays open across its execs. */
static void inherit(const struct container *c)
{
	const int shared[] = {c->chain.state, c->chain.report, c->chain.gate, c->chain.verdict,
		c->chain.console, c->chain.filter};

	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++)
		if (shared[i] >= 0)
			fcntl(shared[i], F_SETFD, 0);
	for (int i = 0; i < 3; i++)
		dup2(c->streams.program[i], i);
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

int container_spawn(struct container *c, char **chain, struct sd_err *e)
{
	sd_auto_free char *env = NULL;
	struct sd_next next;

	if (prepare(c, e) < 0 || sd_next_open(&next, chain, false, e) < 0)
		return -1;
	/* Descriptors that came from the caller, 3, 4 and 5 among them, end with the exec here: all
	 * of ours are close-on-exec, and this makes the others so. */
	if (close_all_on_exec(e) < 0)
		return -1;
	env = sd_chain_env(&c->chain);
	c->child = chain_fork(c->doc);
	if (c->child < 0)
		return sd_fail(e, errno, "fork");
	if (c->child == 0) {
		inherit(c);
		signal(SIGPIPE, SIG_DFL);
		putenv(env);
		sd_next_exec(&next, e);
		sd_chain_report_failure(&c->chain, e->code, e->text);
		_exit(e->code);
	}
	sd_close_fd(&next.fd);
	streams_close_program(&c->streams);
	for (int *fd = (int *)&c->chain, i = 0; i < 6; i++)
		sd_close_fd(&fd[i]);
	return 0;
}

/* The master, and the caller's window size on it: set before the gate, so before the exec. */
static int take_console(struct container *c, struct sd_err *e)
{
	struct winsize size = {0};
	int64_t rows = 0, columns = 0;
	char text[64];
	int fds[3];
	size_t n = 0;

	if (control_receive(c->console, text, sizeof(text), fds, &n) < 0)
		return sd_fail(e, errno, "receive the pty");
	if (n != 1)
		return sd_fail(e, 0, "receive the pty: %zu descriptors came, not one", n);
	c->streams.ours[0] = fds[0];
	for (int i = 0; i < 3; i++)
		if (c->streams.user[i] >= 0 && ioctl(c->streams.user[i], TIOCGWINSZ, &size) == 0)
			break;
	if (sd_json_int(c->doc, &rows, e, "config.process.consoleSize.height") < 0 ||
		sd_json_int(c->doc, &columns, e, "config.process.consoleSize.width") < 0)
		return -1;
	if (rows && columns) {
		size.ws_row = (unsigned short)rows;
		size.ws_col = (unsigned short)columns;
	}
	if (size.ws_row && ioctl(fds[0], TIOCSWINSZ, &size) < 0)
		return sd_fail(e, errno, "set the size of the pty");
	return 0;
}

/* 1: at the gate; 0: go on reading; -1: "fail CODE TEXT". */
static int take_line(struct container *c, const char *line, struct sd_err *e)
{
	if (sd_starts_with(line, "pid ")) {
		c->pid = atoi(line + 4);
		return 0;
	}
	if (strcmp(line, "ready") == 0)
		return 1;
	if (!sd_starts_with(line, "fail "))
		return sd_fail(e, 0, "the chain reported '%s'", line);
	return sd_fail_relayed(e, line + 5);
}

static int chain_ended(struct container *c, struct sd_err *e)
{
	char name[16];
	int status;

	while (waitpid(-1, &status, 0) > 0)
		if (WIFSIGNALED(status))
			return sd_fail(e, 0, "the chain was killed by %s before the gate",
				sd_signal_name(WTERMSIG(status), name));
	return sd_fail(e, 0, "the chain ended before the gate, without a word");
}

static int read_reports(struct container *c, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	char chunk[4096], *line, *end;

	for (;;) {
		ssize_t n = read(c->report, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sd_fail(e, errno, "read what the chain reports");
		if (n == 0)
			return chain_ended(c, e);
		sd_buf_add(&text, chunk, (size_t)n);
		for (line = text.data; (end = strchr(line, '\n')); line = end + 1) {
			int r;

			*end = '\0';
			r = take_line(c, line, e);
			if (r)
				return r < 0 ? -1 : 0;
		}
		text.len -= (size_t)(line - text.data);
		memmove(text.data, line, text.len + 1);
	}
}

int container_await_gate(struct container *c, struct sd_err *e)
{
	int r;

	if (read_reports(c, e) < 0)
		return -1;
	sd_close_fd(&c->report);
	if (!c->pid)
		c->pid = c->child; /* a chain without sd-unshare: no process was made in between */
	r = sd_proc_start_time(c->pid, &c->ticks, e);
	if (r == 0)
		return sd_fail(e, 0, "the container's process was killed at the gate");
	if (r < 0)
		return -1;
	if (c->streams.terminal && take_console(c, e) < 0)
		return -1;
	/* The caller's own streams: their reader must see the end when the program closes them. */
	for (int i = 0; i < 3; i++)
		sd_close_fd(&c->streams.user[i]);
	return 0;
}
