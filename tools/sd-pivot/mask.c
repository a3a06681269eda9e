/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask - paths that the container must not read, and paths that it must not write.
 *
 * A file is hidden by a bind of the host's /dev/null, opened once and looked at: the image's own
 * may be anything (CVE-2025-31133).  A directory is hidden by an empty read-only tmpfs: one, made
 * for the first and cloned for the others.
 */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include "cleanup.h"
#include "path.h"

struct covers {
	int null, empty; /* -1 until needed */
	bool proc_checked;
};

static int clone_of(int fd, bool recursive)
{
	return open_tree(fd, "",
		AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
			(recursive ? AT_RECURSIVE : 0));
}

/* A path below /proc means procfs: a mask on anything else would hide nothing (CVE-2019-19921). */
static int check_proc(const struct pivot *p, struct covers *c, const char *path, struct sd_err *e)
{
	sd_auto_fd int fd = -1;
	struct statfs fs;

	if (c->proc_checked || !sd_starts_with(path, "/proc/"))
		return 0;
	fd = sd_open_in(p->root, "proc", O_PATH | O_NOFOLLOW, 0);
	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return sd_fail(e, 0, "cannot protect %s: /proc of the root is not procfs", path);
	c->proc_checked = true;
	return 0;
}

/* The place of a path; 0 with *fd -1 where it is not there: nothing to protect. */
static int find(
	const struct pivot *p, struct covers *c, const char *path, int *fd, struct sd_err *e)
{
	*fd = sd_open_in(p->root, path, O_PATH, 0);
	if (*fd < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : sd_fail(e, errno, "open %s in the root", path);
	return check_proc(p, c, path, e);
}

static int open_null(struct covers *c, struct sd_err *e)
{
	struct stat st;

	if (c->null >= 0)
		return 0;
	c->null = open("/dev/null", O_PATH | O_CLOEXEC);
	if (c->null < 0 || fstat(c->null, &st) < 0)
		return sd_fail(e, errno, "open /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return sd_fail(e, 0, "/dev/null: not the null device, character 1:3");
	return 0;
}

/* The cover for one path: for the first directory the tmpfs itself, then clones of it. */
static int new_cover(struct covers *c, bool directory, const char *path, struct sd_err *e)
{
	static const char *const data[] = {"ro", "mode=555", "nr_inodes=1", NULL};
	int fd;

	if (directory && c->empty < 0)
		return mount_new("tmpfs", "tmpfs", data,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC,
			path, e);
	if (!directory && open_null(c, e) < 0)
		return -1;
	fd = clone_of(directory ? c->empty : c->null, false);
	return fd < 0 ? sd_fail(e, errno, "mask %s", path) : fd;
}

static int mask(const struct pivot *p, struct covers *c, const char *path, struct sd_err *e)
{
	sd_auto_fd int target = -1, cover = -1;
	struct stat st;

	if (find(p, c, path, &target, e) < 0)
		return -1;
	if (target < 0)
		return 0;
	if (fstat(target, &st) < 0)
		return sd_fail(e, errno, "look at %s in the root", path);
	if (st.st_dev == p->self.st_dev && st.st_ino == p->self.st_ino)
		return sd_fail(e, 0, "mask %s: it is the root itself", path);
	cover = new_cover(c, S_ISDIR(st.st_mode), path, e);
	if (cover < 0 || target_attach(cover, target, "a mask", path, e) < 0)
		return -1;
	/* Kept attached: no kernel before 6.15 clones a mount that is nowhere. */
	if (S_ISDIR(st.st_mode) && c->empty < 0)
		c->empty = sd_steal_fd(&cover);
	return 0;
}

static int read_only(const struct pivot *p, struct covers *c, const char *path, struct sd_err *e)
{
	const struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};
	sd_auto_fd int target = -1, tree = -1;

	if (find(p, c, path, &target, e) < 0)
		return -1;
	if (target < 0)
		return 0;
	tree = clone_of(target, true);
	if (tree < 0)
		return sd_fail(e, errno, "bind %s on itself", path);
	if (target_attach(tree, target, path, path, e) < 0)
		return -1;
	return mount_set(tree, &ro, false) < 0 ? sd_fail(e, errno, "make %s read-only", path) : 0;
}

typedef int protect_fn(const struct pivot *p, struct covers *c, const char *path, struct sd_err *e);

static int each(const struct pivot *p, struct covers *c, const char *list, protect_fn *protect,
	struct sd_err *e)
{
	sd_auto_free const char **paths = NULL;
	size_t n = 0;

	if (sd_json_strings(p->doc, &paths, &n, e, "config.linux.%s", list) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (*paths[i] != '/')
			return sd_fail(
				e, 0, "config.linux.%s: '%s' is not absolute", list, paths[i]);
		if (protect(p, c, paths[i], e) < 0)
			return -1;
	}
	return 0;
}

int mask_all(const struct pivot *p, struct sd_err *e)
{
	struct covers c = {.null = -1, .empty = -1};
	int r = 0;

	/* Read-only first: a bind of /proc/sys would be made over a mask in it otherwise. */
	if (each(p, &c, "readonlyPaths", read_only, e) < 0 ||
		each(p, &c, "maskedPaths", mask, e) < 0)
		r = -1;
	sd_close_fd(&c.null);
	sd_close_fd(&c.empty);
	return r;
}
