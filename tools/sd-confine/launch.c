/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps: descriptors, directory, the program's file, the gate, exec. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"
#include "exec.h"
#include "io.h"

/* The smallest descriptor >= from that stays open until exec, or -1. */
static int next_kept(const struct plan *p, int from)
{
	const int ours[] = {p->chain.report, p->chain.gate, p->chain.verdict};
	int best = -1;

	for (size_t i = 0; i < 3; i++)
		if (ours[i] >= from && (best < 0 || ours[i] < best))
			best = ours[i];
	for (size_t i = 0; i < p->n_keep; i++)
		if (p->keep[i] >= from && (best < 0 || p->keep[i] < best))
			best = p->keep[i];
	return best;
}

/*
 * Closed now, not only marked close-on-exec: what waits at the gate is already inside the
 * container, where others can look at /proc/PID/fd (CVE-2016-9962, CVE-2024-21626).
 */
int launch_close(const struct plan *p, struct sd_err *e)
{
	const int ours[] = {p->chain.report, p->chain.gate, p->chain.verdict};
	int from = 3, kept;

	for (size_t i = 0; i < 3; i++)
		if (ours[i] >= 0 && fcntl(ours[i], F_SETFD, FD_CLOEXEC) < 0)
			return sd_fail(e, errno, "mark descriptor %d close-on-exec", ours[i]);
	for (size_t i = 0; i < p->n_keep; i++)
		if (fcntl(p->keep[i], F_SETFD, 0) < 0)
			return sd_fail(e, errno, "keep descriptor %d", p->keep[i]);
	for (; (kept = next_kept(p, from)) >= 0; from = kept + 1)
		if (kept > from && syscall(SYS_close_range, from, kept - 1, 0) < 0)
			return sd_fail(e, errno, "close descriptors");
	if (syscall(SYS_close_range, from, ~0U, 0) < 0)
		return sd_fail(e, errno, "close descriptors");
	return 0;
}

/*
 * Tried before the change of user and again after it, as docker does: a directory of root's as
 * working directory of another user is allowed, and so is one that root may not enter (a network
 * file system).  1 inside, 0 to be tried again, -1.
 */
int launch_chdir(const struct plan *p, bool last, struct sd_err *e)
{
	char buf[4096];

	if (!p->cwd)
		return 1;
	if (chdir(p->cwd) < 0) {
		if (!last && errno == EACCES)
			return 0;
		return sd_fail(e, errno, "change to the working directory %s", p->cwd);
	}
	/* A directory of the host reached by /proc/self/fd/N: "(unreachable)/..." (CVE-2024-21626).
	 */
	if (syscall(SYS_getcwd, buf, sizeof(buf)) < 0)
		return sd_fail(e, errno, "working directory %s", p->cwd);
	if (buf[0] != '/')
		return sd_fail(e, 0, "working directory %s is outside the root", p->cwd);
	return 1;
}

static const char *path_of(const struct plan *p)
{
	for (size_t i = 0; i < p->env.n; i++)
		if (sd_starts_with(p->env.v[i], "PATH="))
			return p->env.v[i] + 5;
	return NULL;
}

int launch_check(const struct plan *p, char **file, struct sd_err *e)
{
	sd_auto_free char *payload = NULL;

	if (sd_exec_find(p->argv[0], path_of(p), file, e) < 0 || sd_exec_check(*file, e) < 0)
		return -1;
	if (!p->payload)
		return 0;
	/* Behind sd-init: what it is going to run fails here rather than after the gate. */
	if (sd_exec_find(p->argv[p->payload], path_of(p), &payload, e) < 0)
		return -1;
	return sd_exec_check(payload, e);
}

/*
 * A container starts with the kernel's defaults, whatever the launching process ignored.  By the
 * system call: signal(3) refuses the C library's own 32 and 33, which posix_spawn(3), and so
 * make(1), hands on ignored.
 */
static void reset_signals(void)
{
	static const unsigned long by_default[4]; /* the kernel's struct sigaction */
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++) /* EINVAL for KILL and STOP */
		syscall(SYS_rt_sigaction, sig, by_default, NULL, (size_t)8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int wait_at_gate(int gate, struct sd_err *e)
{
	char byte;
	ssize_t n;

	if (gate < 0)
		return 0;
	do
		n = read(gate, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return sd_fail(e, n < 0 ? errno : 0, "wait at the gate%s", n ? "" : ": it is gone");
	/*
	 * Now, not by the exec, which ends descriptors in no certain order: whoever has seen the
	 * verdict's end must find nobody at the gate.
	 */
	close(gate);
	return 0;
}

/* Whoever opened the gate may be gone already (SIGPIPE); the exit code still tells. */
static void write_verdict(int fd, const struct sd_err *e)
{
	sd_auto_free char *text = sd_strdup(e->text), *line = NULL;

	signal(SIGPIPE, SIG_IGN);
	if (fd < 0)
		return;
	/* It is one line, and a file name may hold a newline. */
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	line = sd_printf("fail %d sd-confine: %s\n", e->code, text);
	(void)!write(fd, line, strlen(line));
}

int launch_go(const struct plan *p, const char *file, struct sd_err *e)
{
	if (p->doc)
		reset_signals();
	sd_chain_report_ready(&p->chain);
	if (wait_at_gate(p->chain.gate, e) == 0) {
		execve(file, p->argv, p->env.v);
		sd_exec_failed(file, errno, e);
	}
	write_verdict(p->chain.verdict, e);
	return -1;
}
