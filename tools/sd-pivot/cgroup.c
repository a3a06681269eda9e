/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup - a view of the container's own cgroups, and of nothing above them.
 *
 * With cgroup2 alone it is one bind of the container's directory.  With v1 hierarchies it is a
 * tmpfs with one bind for each, as a host has them under /sys/fs/cgroup.  A bind shows the same
 * as a mount made inside a cgroup namespace (cgroup_namespaces(7)), works without one, and costs
 * no superblock.
 */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"

/* The document says which directory; that it is a cgroup at all is looked at. */
static int open_cgroup(const char *dir, struct sd_err *e)
{
	sd_auto_fd int tree = open_tree(AT_FDCWD, dir, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct statfs fs;

	if (tree < 0 || fstatfs(tree, &fs) < 0)
		return sd_fail(e, errno, "view of cgroup %s", dir);
	if (fs.f_type != CGROUP_SUPER_MAGIC && fs.f_type != CGROUP2_SUPER_MAGIC)
		return sd_fail(e, 0, "view of cgroup %s: not on a cgroup file system", dir);
	return sd_steal_fd(&tree);
}

static int bind_one(const char *dir, int target, const char *dest, const struct mount_words *w,
	struct sd_err *e)
{
	sd_auto_fd int tree = open_cgroup(dir, e);

	if (tree < 0 || target_attach(tree, target, dir, dest, e) < 0)
		return -1;
	if (mount_set(tree, &w->one, false) < 0 || mount_set(tree, &w->tree, true) < 0)
		return sd_fail(e, errno, "set the options of the mount on %s", dest);
	return 0;
}

/* "cpu,cpuacct" is found under each of its controllers' names too, as on a host. */
static int link_controllers(int tmpfs, const char *name, struct sd_err *e)
{
	for (const char *c = name; strchr(name, ',') && *c; c += *c == ',') {
		size_t len = strcspn(c, ",");
		sd_auto_free char *controller = sd_strndup(c, len);

		if (symlinkat(name, tmpfs, controller) < 0)
			return sd_fail(e, errno, "link cgroup controller %s", controller);
		c += len;
	}
	return 0;
}

static int hierarchy(
	int tmpfs, const char *name, const char *dir, const struct mount_words *w, struct sd_err *e)
{
	sd_auto_fd int target = -1;

	if (mkdirat(tmpfs, name, 0755) < 0)
		return sd_fail(e, errno, "create the view of cgroup %s", name);
	target = sd_open_in(tmpfs, name, O_PATH | O_DIRECTORY, 0);
	if (target < 0)
		return sd_fail(e, errno, "open the view of cgroup %s", name);
	if (bind_one(dir, target, name, w, e) < 0)
		return -1;
	return link_controllers(tmpfs, name, e);
}

static int view_v1(const struct sd_json *dirs, int target, const char *dest,
	const struct mount_words *w, struct sd_err *e)
{
	static const char *const data[] = {"mode=755", NULL};
	sd_auto_fd int tmpfs = mount_new("tmpfs", "cgroup", data, 0, dest, e);

	/* Attached first: no kernel before 6.15 mounts on a mount that is itself nowhere. */
	if (tmpfs < 0 || target_attach(tmpfs, target, "the view of cgroups", dest, e) < 0)
		return -1;
	sd_json_object_foreach (dirs, it) {
		const char *dir = sd_json_string_value(sd_json_iter_value(it));

		if (!dir)
			return sd_fail(e, 0, "cgroup.dirs: expected strings");
		if (hierarchy(tmpfs, sd_json_iter_key(it), dir, w, e) < 0)
			return -1;
	}
	if (mount_set(tmpfs, &w->one, false) < 0)
		return sd_fail(e, errno, "set the options of the mount on %s", dest);
	return 0;
}

int cgroup_view(
	const struct pivot *p, const char *dest, const struct mount_words *w, struct sd_err *e)
{
	struct target t = {.path = dest, .type = "cgroup", .directory = true, .source = -1};
	struct sd_json *dirs = NULL;
	const char *mode = "", *dir;
	sd_auto_fd int target = -1;

	if (sd_json_str(p->doc, &mode, e, "cgroup.mode") < 0 ||
		sd_json_object(p->doc, &dirs, e, "cgroup.dirs") < 0)
		return -1;
	if (!sd_json_len(dirs)) {
		/* Without the fact of which cgroup is ours, any view could be the whole machine's.
		 */
		sd_json_missing(e, "cgroup.dirs");
		return sd_hint(e, "a mount of cgroups comes after sd-cgset create");
	}
	target = target_open(p, &t, e);
	if (target < 0)
		return -1;
	if (strcmp(mode, "v2") != 0)
		return view_v1(dirs, target, dest, w, e);
	dir = sd_json_string_value(sd_json_iter_value(sd_json_iter(dirs)));
	return dir ? bind_one(dir, target, dest, w, e)
		   : sd_fail(e, 0, "cgroup.dirs: expected strings");
}
