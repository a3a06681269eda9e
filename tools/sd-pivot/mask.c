/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask - paths that the container must not read, and paths that it must not write.
 *
 * A file is hidden by a bind of the host's /dev/null, opened once and looked at: the image's own
 * may be anything (CVE-2025-31133).  It is read-only, or the container's root could chmod(2) the
 * host's device; written to it can be all the same.  A directory is hidden by an empty read-only
 * tmpfs.  Each cover is made for the first path that needs it and cloned for the others.
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

/* The first cover of each kind, once attached: no kernel before 6.15 clones one that is not. */
struct covers {
	int file, directory; /* -1: none yet */
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

static int bind_null(struct sd_err *e)
{
	sd_auto_fd int fd = open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return sd_fail(e, errno, "bind /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return sd_fail(e, 0, "/dev/null: not the null device, character 1:3");
	return sd_steal_fd(&fd);
}

static int first_cover(bool directory, const char *path, struct sd_err *e)
{
	static const char *const data[] = {"ro", "mode=555", "nr_inodes=1", NULL};

	return directory ? mount_new("tmpfs", "tmpfs", data, 0, path, e) : bind_null(e);
}

static int cover(int target, bool directory, int *first, const char *path, struct sd_err *e)
{
	/* No nodev: the null device is to be opened. */
	const struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC};
	sd_auto_fd int mnt = *first < 0 ? first_cover(directory, path, e) : clone_of(*first, false);

	if (mnt < 0)
		return *first < 0 ? -1 : sd_fail(e, errno, "mask %s", path);
	if (target_attach(mnt, target, "a mask", path, e) < 0)
		return -1;
	if (*first >= 0)
		return 0;
	if (mount_set(mnt, &attr, false) < 0)
		return sd_fail(e, errno, "make the mask of %s read-only", path);
	*first = sd_steal_fd(&mnt);
	return 0;
}

static int mask(const struct pivot *p, struct covers *c, const char *path, struct sd_err *e)
{
	sd_auto_fd int target = -1;
	struct stat st;

	if (find(p, c, path, &target, e) < 0)
		return -1;
	if (target < 0)
		return 0;
	if (fstat(target, &st) < 0)
		return sd_fail(e, errno, "look at %s in the root", path);
	if (same_file(&st, &p->self))
		return sd_fail(e, 0, "mask %s: it is the root itself", path);
	return S_ISDIR(st.st_mode) ? cover(target, true, &c->directory, path, e)
				   : cover(target, false, &c->file, path, e);
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
	struct covers c = {.file = -1, .directory = -1};
	int r = 0;

	/* Read-only first: a bind of /proc/sys would be made over a mask in it otherwise. */
	if (each(p, &c, "readonlyPaths", read_only, e) < 0 ||
		each(p, &c, "maskedPaths", mask, e) < 0)
		r = -1;
	sd_close_fd(&c.file);
	sd_close_fd(&c.directory);
	return r;
}
