/* SPDX-License-Identifier: Apache-2.0 */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "str.h"

#define OPEN_TRIES 10000

int sd_open_in(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/*
	 * EAGAIN: a rename or mount, anywhere on the machine, raced with a ".." (openat2(2)); the
	 * kernel could not be sure.  Somebody who renames in a loop must not keep containers from
	 * starting: it takes more tries than he can spoil.
	 */
	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		fd = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
		sched_yield();
	}
	return (int)fd;
}

/* The parent of the last part of path (a copy), or NULL where path has one part only. */
static char *parent_of(const char *path, const char **last)
{
	size_t end = strlen(path), start;

	while (end && path[end - 1] == '/')
		end--;
	start = end;
	while (start && path[start - 1] != '/')
		start--;
	*last = path + start;
	return start ? sd_strndup(path, start) : NULL;
}

/* Links to what is not there, followed one by one: as many as the kernel follows. */
#define LINKS_MAX 40

/*
 * The path below the root that the link `name` in `parent` means, or NULL where it is no link.
 * path leads to it: a relative link begins where path's last part does.
 */
static char *link_target(int parent, const char *name, const char *path)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(parent, name, to, sizeof(to) - 1);
	const char *last;
	struct statfs fs;

	/* A magic link's text is not its target: /proc/self/fd/N with a descriptor of our own. */
	if (n <= 0 || fstatfs(parent, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC)
		return NULL;
	to[n] = '\0';

	sd_auto_free char *up = *to == '/' ? NULL : parent_of(path, &last);

	return sd_printf("%s%s", up ? up : "", to);
}

static int mkdirs(int root, const char *path, mode_t mode, int links, struct sd_err *e)
{
	sd_auto_fd int fd = sd_open_in(root, path, O_PATH | O_DIRECTORY, 0);
	const char *last;

	if (fd >= 0)
		return sd_steal_fd(&fd);
	if (errno != ENOENT)
		return sd_fail(e, errno, "open directory %s in the root", path);

	sd_auto_free char *up = parent_of(path, &last);
	sd_auto_fd int parent = mkdirs(root, up ? up : ".", mode, links, e);
	sd_auto_free char *name = sd_strndup(last, strcspn(last, "/"));
	sd_auto_free char *target = NULL;

	if (parent < 0)
		return -1;
	/* EEXIST: made by somebody else meanwhile, or a link to what is not there yet. */
	if (mkdirat(parent, name, mode) < 0) {
		if (errno != EEXIST)
			return sd_fail(e, errno, "create directory %s in the root", path);
		target = link_target(parent, name, path);
		if (target && links < LINKS_MAX)
			return mkdirs(root, target, mode, links + 1, e);
	}
	fd = sd_open_in(root, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return sd_fail(e, errno, "open directory %s in the root", path);
	return sd_steal_fd(&fd);
}

int sd_mkdirs_in(int root, const char *path, mode_t mode, struct sd_err *e)
{
	return mkdirs(root, path, mode, 0, e);
}

int sd_parent_in(int root, const char *path, bool make, const char **name, struct sd_err *e)
{
	sd_auto_free char *up = parent_of(path, name);
	int fd;

	if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0 || strchr(*name, '/'))
		return sd_fail(e, 0, "path '%s' does not end in a name", path);
	if (make)
		return sd_mkdirs_in(root, up ? up : ".", 0755, e);
	fd = sd_open_in(root, up ? up : ".", O_PATH | O_DIRECTORY, 0);
	return fd < 0 ? sd_fail(e, errno, "open the directory of %s in the root", path) : fd;
}

static int mkfile(int root, const char *path, mode_t mode, int links, struct sd_err *e)
{
	sd_auto_fd int fd = sd_open_in(root, path, O_PATH, 0);
	const char *name;

	if (fd >= 0)
		return sd_steal_fd(&fd);
	if (errno != ENOENT)
		return sd_fail(e, errno, "open %s in the root", path);

	sd_auto_fd int parent = sd_parent_in(root, path, true, &name, e);
	sd_auto_free char *target = NULL;
	sd_auto_fd int made = -1;

	if (parent < 0)
		return -1;
	made = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
	if (made < 0) {
		if (errno != EEXIST)
			return sd_fail(e, errno, "create %s in the root", path);
		target = link_target(parent, name, path);
		if (target && links < LINKS_MAX)
			return mkfile(root, target, mode, links + 1, e);
	}
	fd = sd_open_in(root, path, O_PATH, 0);
	if (fd < 0)
		return sd_fail(e, errno, "open %s in the root", path);
	return sd_steal_fd(&fd);
}

int sd_mkfile_in(int root, const char *path, mode_t mode, struct sd_err *e)
{
	return mkfile(root, path, mode, 0, e);
}
