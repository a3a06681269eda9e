/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outsider: a child of sd-unshare that stays in the namespaces sd-unshare came from.  It is
 * asked over a pair of sockets, answers each question with a struct sd_err, and ends when the
 * other end is closed, so with sd-unshare however that dies.  There is none where nothing needs it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "plan.h"

struct question {
	enum outside_job job;
	pid_t pid;
};

static int bind_one(const struct plan *p, enum sd_ns_kind kind, pid_t pid, struct sd_err *e)
{
	/* In a child sd-unshare is in none of them itself, so the files are the child's own. */
	sd_auto_free char *from = sd_printf(
		"/proc/%d/ns/%s", (int)pid, p->fork ? sd_ns[kind].file : sd_ns[kind].children);

	if (mount(from, p->file[kind], NULL, MS_BIND, NULL) == 0)
		return 0;
	sd_fail(e, errno, "keep the %s namespace on %s", sd_ns[kind].option, p->file[kind]);
	if (e->errnum == ENOENT)
		return sd_hint(e, "the file must be there: touch %s", p->file[kind]);
	if (e->errnum == EINVAL && kind == SD_NS_MOUNT)
		return sd_hint(e,
			"the file must be on a private mount: mount --make-private; and the "
			"new namespace must have a higher number than this one, and CPUs "
			"number them in batches: try again under taskset -c 0");
	return -1;
}

static int answer(const struct plan *p, const struct question *q, struct sd_err *e)
{
	if (q->job == JOB_MAPS)
		return idmap_write(p, q->pid, e);
	for (int i = 0; i < SD_NS_COUNT; i++)
		if (p->file[i] && bind_one(p, i, q->pid, e) < 0)
			return -1;
	return 0;
}

static void stay_outside(const struct plan *p, int fd)
{
	struct question q;

	/* Ignored, as it may have been inherited, it would hide how newuidmap(1) ended (wait(2)). */
	signal(SIGCHLD, SIG_DFL);
	while (read(fd, &q, sizeof(q)) == sizeof(q)) {
		struct sd_err e = {0};

		answer(p, &q, &e);
		if (send(fd, &e, sizeof(e), MSG_NOSIGNAL) < 0)
			return;
	}
}

static bool needed(const struct plan *p)
{
	for (int i = 0; i < SD_NS_COUNT; i++)
		if (p->file[i])
			return true;
	return p->users.n || p->groups.n || p->setgroups;
}

int outsider_start(struct outsider *o, const struct plan *p, struct sd_err *e)
{
	int ends[2];

	o->fd = -1;
	if (!needed(p))
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return sd_fail(e, errno, "create a pair of sockets");
	o->fd = ends[0];
	o->pid = fork();
	if (o->pid < 0) {
		sd_fail(e, errno, "create a process");
	} else if (o->pid == 0) {
		close(ends[0]);
		stay_outside(p, ends[1]);
		_exit(SD_EXIT_OK);
	}
	close(ends[1]);
	return o->pid < 0 ? -1 : 0;
}

int outsider_ask(const struct outsider *o, enum outside_job job, pid_t pid, struct sd_err *e)
{
	struct question q = {.job = job, .pid = pid};

	if (send(o->fd, &q, sizeof(q), MSG_NOSIGNAL) < 0 ||
		read(o->fd, e, sizeof(*e)) != sizeof(*e))
		return sd_fail(e, 0, "the process outside of the namespaces was killed");
	return e->text[0] ? -1 : 0;
}

void outsider_end(struct outsider *o)
{
	if (o->fd < 0)
		return;
	sd_close_fd(&o->fd);
	/* ECHILD: SIGCHLD is ignored, so the kernel has reaped it (wait(2)). */
	while (waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
