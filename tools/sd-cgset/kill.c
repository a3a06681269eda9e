/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freezing, killing, and waiting until a cgroup is empty.
 *
 * A cgroup2 directory, also one without controllers beside v1 hierarchies, does all three:
 * cgroup.freeze, cgroup.kill, and cgroup.events, which poll(2) waits for.  Processes join all
 * hierarchies, so what the cgroup2 tree knows holds for all.  Without it the v1 freezer stands in.
 */
#include "sd-cgset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

#define WAIT_MS	    10000
#define SLICE_MS    50
#define KILL_ROUNDS 100
#define DOOMED_MAX  512

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The group was removed by whoever waited for its last process: then all in it are dead. */
static bool gone(int errnum)
{
	return errnum == ENOENT || errnum == ENODEV;
}

static int add_pids(int dirfd, pid_t **pids, size_t *n)
{
	sd_auto_buf struct sd_buf text = {0};
	char *save = NULL;

	if (read_text(dirfd, "cgroup.procs", &text) < 0)
		return -1;
	for (char *l = text.data ? strtok_r(text.data, "\n", &save) : NULL; l;
		l = strtok_r(NULL, "\n", &save)) {
		*pids = sd_realloc(*pids, (*n + 1) * sizeof(**pids));
		(*pids)[(*n)++] = (pid_t)atoi(l);
	}
	return 0;
}

int dir_pids(int dirfd, pid_t **pids, size_t *n)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;

	if (!dir || add_pids(dirfd, pids, n) < 0)
		return -1;
	while ((ent = sd_readdir(dir))) {
		sd_auto_fd int child = -1;

		if (ent->d_type != DT_DIR || ent->d_name[0] == '.')
			continue;
		child = openat(dirfd, ent->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* ENOENT, ENODEV: removed meanwhile. */
		if ((child < 0 || dir_pids(child, pids, n) < 0) && !gone(errno))
			return -1;
	}
	return errno && !gone(errno) ? -1 : 0;
}

/* Wait until cgroup.events has the line, for as long as WAIT_MS. */
static int wait_event(const struct dir *d, const char *line, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("%s/cgroup.events", d->path);
	sd_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t end = now_ms() + WAIT_MS, left = WAIT_MS;

	if (fd < 0)
		return gone(errno) ? 0 : sd_fail(e, errno, "open %s", path);
	for (; left > 0; left = end - now_ms()) {
		struct pollfd p = {.fd = fd, .events = POLLPRI};
		char text[256] = "\n";
		/* Read first: poll tells of changes since the last read. */
		ssize_t n = pread(fd, text + 1, sizeof(text) - 2, 0);

		if (n < 0)
			return gone(errno) ? 0 : sd_fail(e, errno, "read %s", path);
		if (strstr(text, line))
			return 0;
		/* In slices: nobody is woken when the group is removed before the event was sent.
		 */
		if (poll(&p, 1, SLICE_MS) < 0 && errno != EINTR)
			return sd_fail(e, errno, "wait for %s", path);
	}
	return sd_fail(e, ETIMEDOUT, "wait for '%s' in %s", line + 1, path);
}

static int freeze_v2(const struct dir *d, bool frozen, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("%s/cgroup.freeze", d->path);

	if (sd_write_kernel(AT_FDCWD, path, frozen ? "1" : "0") < 0)
		return sd_fail(e, errno, "write %s", path);
	return wait_event(d, frozen ? "\nfrozen 1" : "\nfrozen 0", e);
}

/* freezer.state moves on to FROZEN only when it is read, and nothing tells when
 * (freezer-subsystem.rst). */
static int freeze_v1(struct dir *d, bool frozen, struct sd_err *e)
{
	const struct timespec ms = {.tv_nsec = 1000000};
	const char *state = frozen ? "FROZEN" : "THAWED";
	int64_t end = now_ms() + WAIT_MS;

	if (dir_fd(d) < 0 || sd_write_kernel(dir_fd(d), "freezer.state", state) < 0)
		return gone(errno) && !frozen
			       ? 0
			       : sd_fail(e, errno, "write %s/freezer.state", d->path);
	while (now_ms() < end) {
		sd_auto_buf struct sd_buf have = {0};

		if (read_text(dir_fd(d), "freezer.state", &have) < 0)
			return gone(errno) ? 0
					   : sd_fail(e, errno, "read %s/freezer.state", d->path);
		if (have.data && strcmp(have.data, state) == 0)
			return 0;
		nanosleep(&ms, NULL);
	}
	return sd_fail(e, ETIMEDOUT, "wait for %s in %s/freezer.state", state, d->path);
}

/* 1 found, 0 none has the file, -1 with errno: that is not known. */
static int find_with(struct group *g, bool v2, const char *file, struct dir **found)
{
	for (size_t i = 0; i < g->n; i++) {
		if (g->d[i].v2 != v2)
			continue;
		if (dir_fd(&g->d[i]) >= 0 && faccessat(dir_fd(&g->d[i]), file, F_OK, 0) == 0) {
			*found = &g->d[i];
			return 1;
		}
		if (!gone(errno))
			return -1;
	}
	return 0;
}

static int find_freezer(struct group *g, struct dir **found)
{
	int r = find_with(g, true, "cgroup.freeze", found);

	return r ? r : find_with(g, false, "freezer.state", found);
}

static int set_frozen(struct dir *d, bool frozen, struct sd_err *e)
{
	return d->v2 ? freeze_v2(d, frozen, e) : freeze_v1(d, frozen, e);
}

int group_freeze(struct group *g, bool frozen, struct sd_err *e)
{
	struct dir *d;
	int r = find_freezer(g, &d);

	if (r < 0)
		return sd_fail(e, errno, "look for the freezer of cgroup %s", g->path);
	if (r > 0)
		return set_frozen(d, frozen, e);
	if (!frozen) /* where nothing can be frozen nothing is */
		return 0;
	return sd_fail(
		e, 0, "neither cgroup.freeze of cgroup2 nor the v1 controller freezer is there");
}

struct doomed {
	int fd[DOOMED_MAX]; /* pidfds: the wait is for these, whatever takes their numbers */
	size_t n, seen;
};

static int kill_listed(struct dir *d, struct doomed *dead, struct sd_err *e)
{
	sd_auto_free pid_t *pids = NULL;
	size_t n = 0;

	dead->n = dead->seen = 0;
	if (dir_fd(d) < 0 || dir_pids(dir_fd(d), &pids, &n) < 0)
		return gone(errno) ? 0 : sd_fail(e, errno, "read %s/cgroup.procs", d->path);
	dead->seen = n;
	for (size_t i = 0; i < n; i++) {
		sd_auto_fd int fd = -1;

		if (pids[i] == 0)
			return sd_fail(e, 0, "cgroup %s holds a process of another pid namespace",
				d->path);
		/* ESRCH: it ended by itself. */
		fd = (int)syscall(SYS_pidfd_open, pids[i], 0);
		if ((fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0) &&
			errno != ESRCH)
			return sd_fail(e, errno, "kill process %d", (int)pids[i]);
		if (fd >= 0 && dead->n < DOOMED_MAX)
			dead->fd[dead->n++] = sd_steal_fd(&fd);
	}
	return 0;
}

static int wait_dead(struct doomed *dead, const struct dir *d, struct sd_err *e)
{
	int64_t end = now_ms() + WAIT_MS;
	int r = 0;

	for (size_t i = 0; i < dead->n; i++) {
		struct pollfd p = {.fd = dead->fd[i], .events = POLLIN};
		int64_t left = end - now_ms();

		if (r == 0 && poll(&p, 1, (int)(left > 0 ? left : 0)) == 0)
			r = sd_fail(e, ETIMEDOUT, "wait for the killed processes of %s", d->path);
		sd_close_fd(&dead->fd[i]);
	}
	return r;
}

/*
 * Frozen, none can fork away or end and leave its number to another while the list is read.  A
 * process frozen by v1 dies only when it is thawed.
 */
static int kill_frozen(struct group *g, struct dir *d, struct sd_err *e)
{
	struct dir *freezer = NULL;

	find_freezer(g, &freezer); /* not known: killed as they are, until none is left */
	for (int round = 0; round < KILL_ROUNDS; round++) {
		struct doomed dead;
		struct sd_err later;
		int r, thawed = 0;

		/* ETIMEDOUT: one sleeps in the kernel, and is killed all the same. */
		if (freezer && set_frozen(freezer, true, e) < 0 && e->errnum != ETIMEDOUT &&
			!gone(e->errnum))
			return -1;
		r = kill_listed(d, &dead, e);
		if (freezer)
			thawed = set_frozen(freezer, false, &later);
		if (wait_dead(&dead, d, r < 0 ? &later : e) < 0 || r < 0)
			return -1;
		if (thawed < 0) {
			*e = later;
			return -1;
		}
		if (dead.seen == 0)
			return 0;
	}
	return sd_fail(e, ETIMEDOUT, "kill all processes of %s", d->path);
}

int group_kill(struct group *g, struct sd_err *e)
{
	struct dir *v2 = NULL;

	/* Not known: one by one. */
	if (find_with(g, true, "cgroup.kill", &v2) > 0) {
		if (sd_write_kernel(dir_fd(v2), "cgroup.kill", "1") < 0)
			return sd_fail(e, errno, "write %s/cgroup.kill", v2->path);
		if (wait_event(v2, "\npopulated 0", e) < 0)
			return -1;
	}
	/* What was moved out of the cgroup2 tree, or all where it cannot kill (before 5.14). */
	for (size_t i = 0; g->d && i < g->n; i++) {
		sd_auto_free pid_t *pids = NULL;
		size_t n = 0;

		if (&g->d[i] == v2 || dir_fd(&g->d[i]) < 0)
			continue;
		if (dir_pids(dir_fd(&g->d[i]), &pids, &n) == 0 && n == 0)
			continue;
		if (kill_frozen(g, &g->d[i], e) < 0)
			return -1;
	}
	return 0;
}
