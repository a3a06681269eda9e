/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target - where in the root a mount goes.
 *
 * The root's contents are hostile: its /dev may be a symbolic link to a directory of the host,
 * its /foo one to /proc.  The first cannot lead out (path.h), the second is looked for here, on
 * the descriptor that is then mounted on.
 */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include "cleanup.h"
#include "path.h"

/* Files of procfs that lxcfs and the like replace by their own: nothing is decided by them. */
static const char *const proc_files[] = {"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg",
	"/proc/meminfo", "/proc/slabinfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
	"/proc/sys/crypto/fips_enabled", "/proc/sys/kernel/ns_last_pid"};

/* Is it on procfs?  1, 0, or -1 where that cannot be told. */
static int on_procfs(int fd, struct sd_err *e)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return sd_fail(e, errno, "look at a mount's place in the root");
	return fs.f_type == PROC_SUPER_MAGIC;
}

bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is it what a process in the root will call /proc, mounted or not?  Yes where it is not known. */
static bool is_proc_directory(const struct pivot *p, const struct stat *st)
{
	sd_auto_fd int fd = -1;
	struct stat proc;

	if (st->st_dev != p->self.st_dev)
		return false;
	fd = sd_open_in(p->root, "proc", O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return errno != ENOENT;
	return fstat(fd, &proc) < 0 || same_file(&proc, st);
}

/*
 * What stands on /proc is believed by every later step that writes there or masks a path below
 * it; an image's volume in its place fakes all of that (CVE-2019-16884, CVE-2019-19921).
 */
static int check_proc(const struct pivot *p, const struct target *t, int fd, const struct stat *st,
	struct sd_err *e)
{
	int below = on_procfs(fd, e), from;

	if (below < 0)
		return -1;
	if (!below && !is_proc_directory(p, st))
		return 0;
	for (size_t i = 0; below && i < sizeof(proc_files) / sizeof(*proc_files); i++)
		if (strcmp(t->path, proc_files[i]) == 0)
			return 0;
	from = t->source >= 0 && strcmp(t->path, "/proc") == 0 ? on_procfs(t->source, e) : 0;
	if (from)
		return from < 0 ? -1 : 0;
	return sd_fail(
		e, 0, "mount on %s: it is /proc or below it, where only procfs may be", t->path);
}

/* procfs and sysfs must be where their masks will be looked for: no link in their place. */
static int check_no_link(const struct pivot *p, const struct target *t, struct sd_err *e)
{
	sd_auto_fd int fd = sd_open_in(p->root, t->path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (fd < 0 ? errno != ENOENT : fstat(fd, &st) < 0)
		return sd_fail(e, errno, "look at %s in the root", t->path);
	if (fd >= 0 && S_ISLNK(st.st_mode))
		return sd_fail(e, 0, "mount %s on %s: the root has a symbolic link there", t->type,
			t->path);
	return 0;
}

int target_open(const struct pivot *p, const struct target *t, struct sd_err *e)
{
	bool proc = strcmp(t->type, "proc") == 0;
	sd_auto_fd int fd = -1;
	struct stat st;

	if (t->path[0] != '/')
		return sd_fail(e, 0, "mount on '%s': not an absolute path", t->path);
	if ((proc || strcmp(t->type, "sysfs") == 0) && check_no_link(p, t, e) < 0)
		return -1;
	fd = t->directory ? sd_mkdirs_in(p->root, t->path, 0755, e)
			  : sd_mkfile_in(p->root, t->path, 0644, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return sd_fail(e, errno, "look at %s in the root", t->path);
	if (same_file(&st, &p->self))
		return sd_fail(e, 0, "mount on %s: it is the root itself", t->path);
	if (S_ISDIR(st.st_mode) != t->directory)
		return sd_fail(e, 0, "mount on %s: it is %sa directory, and the source is %s",
			t->path, t->directory ? "not " : "", t->directory ? "one" : "not");
	if (!proc && check_proc(p, t, fd, &st, e) < 0)
		return -1;
	return sd_steal_fd(&fd);
}

int target_attach(int mnt, int target, const char *what, const char *path, struct sd_err *e)
{
	if (move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return sd_fail(e, errno, "mount %s on %s", what, path);
	return 0;
}
