/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: one more program in a container that runs.
 *
 * This process is its parent (the chain makes it with CLONE_PARENT) and its foreground, until its
 * end; nothing is written about it anywhere.  If it is killed, the program goes on as what it is: a
 * process of the container, which ends with it.
 *
 * There is no gate, for nobody has to be asked before the exec: the last link's end of the report
 * pipe is close-on-exec, so whoever has read it to its end knows that the program has begun.  Only
 * a terminal makes a gate: its size is set before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "foreground.h"
#include "sd-monitor.h"

struct args {
	const char *stdio;
	bool detach;
};

const struct sd_opt monitor_exec_opts[] = {
	SD_OPT_FLAG(struct args, detach, 'd', "detach",
		"end once the program has begun: it is on its own"),
	SD_OPT_STR(struct args, stdio, 0, "stdio", "IN,OUT,ERR",
		"descriptors of the program's standard streams"),
	SD_OPT_END,
};
const size_t monitor_exec_size = sizeof(struct args);

struct entry {
	const struct sd_json *doc;
	struct chain chain;
	struct streams streams;
	struct foreground f;
	struct keys keys;
	double timeout; /* seconds, or 0 */
};

/* Set the terminal's size while the program waits at the gate; then let it go. */
static int open_terminal(struct entry *x, int gate, struct sd_err *e)
{
	if (chain_read_reports(&x->chain, CHAIN_GATE, e) < 0 ||
		chain_take_console(&x->chain, &x->streams, x->doc, e) < 0)
		return -1;
	/* EPIPE: it was killed at the gate, which the end of its reports tells. */
	if (write(gate, "s", 1) != 1 && errno != EPIPE)
		return sd_fail(e, errno, "open the gate");
	return 0;
}

/* Until the program has begun. */
static int begin(struct entry *x, char **links, struct sd_err *e)
{
	sd_auto_fd int gate = -1;
	int ends[2];

	if (x->streams.terminal) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return sd_fail(e, errno, "create a pipe");
		x->chain.fds.gate = ends[0];
		gate = ends[1];
	}
	if (chain_spawn(&x->chain, &x->streams, x->doc, links, e) < 0)
		return -1;
	if ((gate >= 0 && open_terminal(x, gate, e) < 0) ||
		chain_read_reports(&x->chain, CHAIN_EXEC, e) < 0) {
		chain_kill(&x->chain);
		return -1;
	}
	return 0;
}

/*
 * The pty of a program that was left alone ends with its last master (SIGHUP).  So this process
 * stays behind, that reads what nobody else will, and ends with the pty.
 */
static _Noreturn void hold_terminal(int master)
{
	char lost[4096];
	sigset_t none;

	setsid();
	signal(SIGHUP, SIG_IGN); /* of the caller's terminal, from before */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fcntl(master, F_SETFL, 0);
	dup2(master, STDIN_FILENO);
	close_range(1, ~0U, 0);
	while (read(STDIN_FILENO, lost, sizeof(lost)) > 0)
		;
	_exit(0);
}

static int leave_terminal(const struct entry *x, struct sd_err *e)
{
	sd_auto_fd int held = -1;
	int ends[2];
	char nothing;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "create a pipe");
	held = ends[0];
	pid = fork();
	if (pid == 0)
		hold_terminal(x->streams.ours[0]);
	close(ends[1]);
	if (pid < 0)
		return sd_fail(e, errno, "fork");
	/* Until it is in a session of its own: what ends this one would end it as well. */
	(void)!read(held, &nothing, 1);
	return 0;
}

/* The output cannot be written: the program is told so by what it writes to. */
static void leave_output(struct entry *x)
{
	for (int i = x->streams.terminal ? 0 : 1; i < 3; i++)
		sd_close_fd(&x->streams.ours[i]);
}

/* Until its end, or until the keys that leave it are typed; the exit code. */
static int stand(struct entry *x, struct sd_err *e)
{
	struct pollfd end = {.events = POLLIN};
	int64_t deadline = now_ms() + (int64_t)(x->timeout * 1000);
	int status;

	x->f.process = (int)syscall(SYS_pidfd_open, x->chain.pid, 0);
	if (x->f.process < 0)
		return sd_fail(e, errno, "open process %d", (int)x->chain.pid);
	end.fd = x->f.process;
	if (x->streams.terminal)
		foreground_pty(&x->f, x->streams.ours[0]);
	for (int i = 0; i < 3 && !x->streams.terminal; i++)
		if (x->streams.ours[i] >= 0)
			foreground_stream(&x->f, i, x->streams.ours[i]);
	while (!end.revents && !x->keys.typed) {
		int64_t left = deadline - now_ms();

		/* sd-nsenter has made it the leader of a session; it is not reaped. */
		if (x->timeout > 0 && left <= 0)
			kill(-x->chain.pid, SIGKILL);
		foreground_turn(&x->f, &end, 1, x->timeout <= 0 ? -1 : left > 0 ? (int)left : 100);
		if (x->f.unwritten)
			leave_output(x);
	}
	if (!end.revents)
		return leave_terminal(x, e);
	if (waitpid(x->chain.pid, &status, 0) < 0)
		return sd_fail(e, errno, "wait for the program");
	foreground_drain(&x->f);
	foreground_restore(&x->f);
	return x->f.unwritten ? sd_fail(e, x->f.unwritten, "write the program's output")
			      : end_code(status);
}

int monitor_exec(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	struct entry x = {.chain = CHAIN_NONE, .f = FOREGROUND_NONE};
	int code;

	if (!a->stdio && !a->detach)
		return sd_fail(e, 0, "--stdio or --detach is missing: stdin has the document");
	if (a->stdio && a->detach)
		return sd_fail(e, 0, "--stdio does not go with --detach");
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	if (!call->argv[0])
		return sd_fail(e, 0, "the chain to run is missing: sd-monitor exec -- CHAIN...");
	x.doc = doc;
	if (a->detach) {
		if (streams_open_none(&x.streams, doc, e) < 0 || begin(&x, call->argv, e) < 0)
			return -1;
		return x.streams.terminal ? leave_terminal(&x, e) : 0;
	}
	if (streams_open(&x.streams, doc, a->stdio, e) < 0 ||
		sd_json_bool(doc, &x.f.with_stdin, e, "want.stdin") < 0 ||
		sd_json_real(doc, &x.timeout, e, "want.timeout") < 0 ||
		keys_read(doc, NULL, &x.keys, e) < 0)
		return -1;
	if (x.streams.terminal)
		x.f.keys = &x.keys;
	memcpy(x.f.user, x.streams.user, sizeof(x.f.user));
	/* Before the chain, so that none is lost: what comes meanwhile waits for the program. */
	if (foreground_catch(&x.f, e) < 0 || begin(&x, call->argv, e) < 0)
		return -1;
	code = stand(&x, e);
	foreground_free(&x.f);
	return code;
}
