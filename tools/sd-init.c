/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-init - process 1 for programs that were not written to be one.
 *
 * The kernel treats the first process of a pid namespace apart (pid_namespaces(7)): signals from
 * within that it has no handler for are discarded, so Ctrl-C and TERM do nothing to a plain
 * program; and every orphan becomes its child, so zombies pile up when it never waits.  sd-init
 * takes that place: it runs the program as its child, passes every signal on, reaps whatever
 * ends, and ends with the program's exit code.  The kernel then kills what is left.
 *
 * Signals are blocked and taken one by one with sigwaitinfo(2): there is no handler, so no race
 * between a signal and the wait, and none is lost between fork and exec.
 *
 * Processes:
 *	sd-init	  pid 1; lives as long as the program; at its end the namespace ends
 *	program	  its child, in a process group of its own, which is the terminal's foreground
 *		  group where there is a terminal: Ctrl-C is then the kernel's business alone
 *		  and does not arrive twice
 *
 * It is a chain loader of a kind: bound into the container as /dev/init, run by sd-confine.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exec.h"
#include "tool.h"

/*
 * The terminal is standard input.  SIGTTOU is ignored by the caller: tcsetpgrp from the
 * background would stop us.  ENOTTY and EBADF: no terminal; EPERM: one of another session.
 */
static void take_terminal(pid_t group)
{
	(void)tcsetpgrp(STDIN_FILENO, group);
}

/* The program's side of the fork: default signals, its own group, exec. */
static int become(char **argv, const sigset_t *mask, struct sd_err *e)
{
	extern char **environ;

	signal(SIGTTOU, SIG_IGN);
	setpgid(0, 0);
	take_terminal(getpid());
	signal(SIGTTOU, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	return sd_exec(argv, environ, getenv("PATH"), e);
}

/* Reap all that has ended.  True when the program is among it, with its code. */
static bool reap(pid_t program, int *code)
{
	bool ended = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != program)
			continue;
		ended = true;
		*code = WIFSIGNALED(status) ? SD_EXIT_SIGNAL_BASE + WTERMSIG(status)
					    : WEXITSTATUS(status);
	}
	return ended;
}

static int supervise(pid_t program, const sigset_t *all)
{
	int code = SD_EXIT_FAILED;

	for (;;) {
		int sig = sigwaitinfo(all, NULL);

		if (sig == SIGCHLD && reap(program, &code))
			return code;
		if (sig > 0 && sig != SIGCHLD)
			(void)kill(program, sig); /* ESRCH: it has just ended; SIGCHLD follows */
	}
}

static int run(const struct sd_call *call, struct sd_err *e)
{
	sigset_t all, mask;
	pid_t program;

	if (!call->argc)
		return sd_fail(e, 0, "what to run is missing: a COMMAND");
	sigfillset(&all);
	/* Those of a fault or of job control are meant for this process and no other. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGTTIN);
	sigdelset(&all, SIGTTOU);
	sigprocmask(SIG_BLOCK, &all, &mask);
	program = fork();
	if (program < 0)
		return sd_fail(e, errno, "fork");
	if (program == 0)
		return become(call->argv, &mask, e);
	return supervise(program, &all);
}

static const struct sd_opt options[] = {SD_OPT_END};
static const struct sd_verb verbs[] = {
	{
		.synopsis = "[--] COMMAND [ARG]...",
		.summary =
			"run COMMAND as process 1 would: pass signals on, reap, end with its code",
		.opts = options,
		.args_size = 1,
		.run = run,
	},
	{0},
};
static const struct sd_tool tool = {
	.name = "sd-init", .summary = "process 1 that reaps and forwards signals", .verbs = verbs};

int main(int argc, char **argv)
{
	return sd_tool_main(&tool, argc, argv);
}
