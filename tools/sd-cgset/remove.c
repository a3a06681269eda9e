/* SPDX-License-Identifier: Apache-2.0 */
#include "sd-cgset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

#define REMOVE_TRIES 2000

static int in_use(const char *path, struct sd_err *e)
{
	sd_auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_free pid_t *pids = NULL;
	size_t n = 0;

	if (fd < 0 || dir_pids(fd, &pids, &n) < 0)
		return errno == ENOENT || errno == ENODEV
			       ? 0
			       : sd_fail(e, errno, "look into cgroup %s", path);
	if (!n)
		return 0;
	sd_fail(e, 0, "cgroup %s is in use by %zu process%s, first %d", path, n, n == 1 ? "" : "es",
		(int)pids[0]);
	e->errnum = EBUSY;
	return sd_hint(e, "rm --kill ends them");
}

static int remove_children(const char *path, struct sd_err *e);

/*
 * rmdir refuses with EBUSY a group with a process, with a child, and, for a moment, one whose last
 * process has died but not yet left it.  v1 has no event for the end of that moment, so it is
 * asked again each millisecond.
 */
static int remove_dir(const char *path, struct sd_err *e)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	for (int tries = 0; tries < REMOVE_TRIES; tries++) {
		/* ENOENT: nothing to undo, or two removals at once. */
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return sd_fail(e, errno, "remove cgroup %s", path);
		if (in_use(path, e) < 0 || (tries == 0 && remove_children(path, e) < 0))
			return -1;
		if (tries)
			nanosleep(&ms, NULL);
	}
	return sd_fail(e, EBUSY, "remove cgroup %s", path);
}

static int remove_children(const char *path, struct sd_err *e)
{
	sd_auto_dir DIR *dir = opendir(path);
	struct dirent *ent;

	if (!dir)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "read cgroup %s", path);
	while ((ent = sd_readdir(dir))) {
		sd_auto_free char *child = NULL;

		if (ent->d_type != DT_DIR || strcmp(ent->d_name, ".") == 0 ||
			strcmp(ent->d_name, "..") == 0)
			continue;
		child = sd_printf("%s/%s", path, ent->d_name);
		if (remove_dir(child, e) < 0)
			return -1;
	}
	/* ENOENT: the cgroup was removed meanwhile. */
	return errno && errno != ENOENT ? sd_fail(e, errno, "read cgroup %s", path) : 0;
}

int group_remove(struct group *g, bool kill, struct sd_err *e)
{
	size_t left = 0;

	/* The usual case first: all in it are dead, and nothing needs to be looked at. */
	for (size_t i = 0; i < g->n; i++)
		left += rmdir(g->d[i].path) < 0 && errno != ENOENT;
	if (!left)
		return 0;
	if (kill && group_kill(g, e) < 0)
		return -1;
	for (size_t i = 0; i < g->n; i++)
		if (remove_dir(g->d[i].path, e) < 0)
			return -1;
	return 0;
}

static void undo_dir(const struct dir *d)
{
	sd_auto_free char *at = sd_strdup(d->path);

	if (d->made)
		rmdir(at);
	/* EBUSY: another cgroup was made below the same parent meanwhile. */
	for (char *p; d->made_from && (p = strrchr(at, '/')) && (size_t)(p - at) >= d->made_from;) {
		*p = '\0';
		rmdir(at);
	}
}

void group_undo(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		undo_dir(&g->d[i]);
}
