/* SPDX-License-Identifier: Apache-2.0 */
#include "sd-cgset.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

static bool listed(const struct sd_buf *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words->data; p && *p; p += strspn(p, " \n")) {
		size_t n = strcspn(p, " \n");

		if (n == len && strncmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static int explain(const char *at, const char *controller, int errnum, struct sd_err *e)
{
	sd_fail(e, errnum, "controller %s is not available: enable it in %s/cgroup.subtree_control",
		controller, at);
	if (errnum == EBUSY)
		return sd_hint(e,
			"cgroup2 gives a group's controllers to its children only while no "
			"process is in the group itself: move those in %s/cgroup.procs to a "
			"child",
			at);
	if (errnum == ENOENT)
		return sd_hint(e,
			"%s/cgroup.controllers does not list it: its parent did not pass it "
			"on, or it is mounted as v1, or cgroup_disable= is on the kernel's "
			"command line",
			at);
	if (errnum == EACCES || errnum == EPERM)
		return sd_hint(e,
			"%s is not delegated to this user: systemd-run --scope -p "
			"Delegate=yes ...",
			at);
	return -1;
}

/*
 * A group with processes gives on the threaded controllers (cpu, pids, ...) all the same, and becomes
 * a threaded domain, whose children take no process then (cgroup-v2.rst, "Threads").  The root of
 * the machine has no cgroup.type, and no such rule.
 */
static bool is_occupied(int fd)
{
	sd_auto_buf struct sd_buf pids = {0};

	return faccessat(fd, "cgroup.type", F_OK, 0) == 0 &&
	       read_text(fd, "cgroup.procs", &pids) == 0 && pids.len;
}

static int enable_at(
	const char *at, const struct sd_strv *controllers, bool required, struct sd_err *e)
{
	sd_auto_fd int fd = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	sd_auto_buf struct sd_buf on = {0};
	bool occupied;

	if (fd < 0)
		return sd_fail(e, errno, "open cgroup %s", at);
	occupied = is_occupied(fd);
	if (read_text(fd, "cgroup.subtree_control", &on) < 0)
		return sd_fail(e, errno, "read %s/cgroup.subtree_control", at);
	for (size_t i = 0; i < controllers->n; i++) {
		sd_auto_free char *word = sd_printf("+%s", controllers->v[i]);

		if (listed(&on, controllers->v[i]))
			continue;
		/* Not required: stat shows less, and nothing that was asked for is missing. */
		if (occupied && !required)
			continue;
		if (occupied)
			return explain(at, controllers->v[i], EBUSY, e);
		if (sd_write_kernel(fd, "cgroup.subtree_control", word) < 0 && required)
			return explain(at, controllers->v[i], errno, e);
	}
	return 0;
}

int enable_controllers(const struct dir *d, const char *group, const struct sd_strv *controllers,
	bool required, struct sd_err *e)
{
	sd_auto_free char *at = sd_strdup(d->path);
	char *p = at + strlen(d->path) - strlen(group);

	/* From the top down: a group can pass on only what it was given. */
	for (; controllers->n && p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (enable_at(at, controllers, required, e) < 0)
			return -1;
		*p = '/';
	}
	return 0;
}
