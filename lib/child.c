/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int sd_child_clone(struct sd_child *c, unsigned flags, bool sibling)
{
	/* With CLONE_PARENT the exit signal is the caller's own, and must not be named (clone(2)).
	 */
	struct clone_args args = {
		.flags = flags | (sibling ? CLONE_PARENT : 0),
		.exit_signal = sibling ? 0 : SIGCHLD,
	};
	struct sigaction inherited, usual = {.sa_handler = SIG_DFL};
	int ends[2], saved;

	/* A pair of sockets: a pipe would send SIGPIPE to the parent of a child that was killed. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	/* Who ignores SIGCHLD gets no exit codes (wait(2)), and may have inherited that. */
	sigaction(SIGCHLD, &usual, &inherited);
	c->pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	saved = errno;
	if (c->pid == 0)
		sigaction(SIGCHLD, &inherited, NULL);
	c->gate = c->pid == 0 ? ends[0] : ends[1];
	close(c->pid == 0 ? ends[1] : ends[0]);
	if (c->pid < 0)
		close(c->gate);
	errno = saved;
	return c->pid < 0 ? -1 : 0;
}

int sd_child_gate(const struct sd_child *c, struct sd_err *e)
{
	char byte;
	ssize_t n;

	do {
		n = read(c->gate, &byte, 1);
	} while (n < 0 && errno == EINTR);
	/* The end of the stream: the parent died, or has failed and said why. */
	return n == 1 ? 0 : sd_fail_silent(e);
}

int sd_child_open(const struct sd_child *c, struct sd_err *e)
{
	/* EPIPE: the child was killed already, which waiting for it will tell. */
	if (send(c->gate, "", 1, MSG_NOSIGNAL) != 1 && errno != EPIPE)
		return sd_fail(e, errno, "let the child go on");
	return 0;
}

int sd_child_die_with_parent(const struct sd_child *c, int sig, struct sd_err *e)
{
	struct pollfd gate = {.fd = c->gate};

	if (prctl(PR_SET_PDEATHSIG, sig) < 0)
		return sd_fail(e, errno, "ask for signal %d at the parent's death", sig);
	/* It may have died just before; getppid(2) cannot tell in a new pid namespace. */
	if (poll(&gate, 1, 0) > 0 && (gate.revents & POLLHUP))
		return sd_fail_silent(e);
	return 0;
}

int sd_child_wait(const struct sd_child *c, struct sd_err *e)
{
	sigset_t held;
	int status;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, NULL);
	for (;;) {
		pid_t pid = waitpid(c->pid, &status, WUNTRACED);

		if (pid < 0 && errno != EINTR)
			return sd_fail(e, errno, "wait for process %d", (int)c->pid);
		if (pid > 0 && !WIFSTOPPED(status))
			break;
		if (pid < 0)
			continue;
		/* Stop as it did, so that the shell's job control works through this process. */
		kill(getpid(), SIGSTOP);
		kill(c->pid, SIGCONT);
	}
	return WIFSIGNALED(status) ? SD_EXIT_SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
}
