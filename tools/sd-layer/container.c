/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's root directory, as its own processes see it, as a descriptor: volumes included.
 *
 * One that runs has mounted all of it, in a mount namespace of its own.  A child that shares this
 * process's descriptors joins that namespace, opens its root and ends; it executes nothing and
 * reads no file.  Not /proc/PID/root, which is where the program has chosen to chroot(2).
 *
 * For one that does not run the overlay and the volumes are mounted once more, in a namespace of
 * this process alone, so that the kernel unmounts however this process ends.
 *
 * This process itself stays in the host's root, and reaches the container's files by that
 * descriptor and openat2(RESOLVE_IN_ROOT) alone.  To chroot(2) there and go by plain paths is
 * simpler, and was rejected: libarchive calls iconv(3), which reads its table of modules below
 * /usr/lib and loads what that names, then the container's (CVE-2019-14271).
 */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "ns.h"
#include "path.h"
#include "proc.h"

struct join {
	int ns;
	int root; /* the answer: the child's descriptors are ours */
	int errnum;
};

/* The child: on a stack of its own in this process's memory, for the time of three calls. */
static int join(void *arg)
{
	struct join *j = arg;

	if (setns(j->ns, CLONE_NEWNS) == 0)
		j->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	j->errnum = errno;
	return 0;
}

static int join_root(int ns, struct sd_err *e)
{
	_Alignas(16) char stack[16384]; /* grows downwards where Linux runs containers */
	struct join j = {.ns = ns, .root = -1};
	pid_t child = clone(
		join, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &j);

	if (child < 0)
		return sd_fail(e, errno, "start a process in the container's mount namespace");
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return j.root < 0 ? sd_fail(e, j.errnum, "join the container's mount namespace") : j.root;
}

/* 1 with its process, 0 where none runs, -1. */
static int running(const struct sd_json *doc, pid_t *pid, int64_t *ticks, struct sd_err *e)
{
	const char *status = "";
	int64_t number = 0;

	if (sd_json_str(doc, &status, e, "status") < 0 || sd_json_int(doc, &number, e, "pid") < 0 ||
		sd_json_int(doc, ticks, e, "startTime") < 0)
		return -1;
	*pid = (pid_t)number;
	/* Not "creating": before its gate is reached, its root may still be the host's. */
	if (strcmp(status, "running") != 0 && strcmp(status, "paused") != 0)
		return 0;
	return number > 0 && sd_proc_is(*pid, *ticks);
}

static int running_root(pid_t pid, int64_t ticks, struct sd_err *e)
{
	sd_auto_fd int ns = sd_ns_open_pid(SD_NS_MOUNT, pid, e);
	sd_auto_fd int process = -1;

	if (ns < 0)
		return -1;
	/* Asked after it was opened: it was that process's, and not that of a later one's. */
	process = sd_proc_open(pid, ticks);
	if (process < 0 && errno != ESRCH)
		return sd_fail(e, errno, "open process %d", (int)pid);
	if (process < 0)
		return sd_fail(e, 0, "the container has just ended");
	/* What has no mount namespace of its own has the host's files for its root. */
	if (sd_ns_is_own(SD_NS_MOUNT, ns))
		return sd_fail(e, 0, "the container has no mount namespace of its own");
	return join_root(ns, e);
}

/* Of a mount that is attached, in this process's own namespace. */
static int read_only(int root, const char *what, struct sd_err *e)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	char self[32];

	if (syscall(SYS_mount_setattr, root, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0)
		return 0;
	/* ENOSYS: before Linux 5.12. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", root);
	if (errno == ENOSYS && mount(NULL, self, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0)
		return 0;
	return sd_fail(e, errno, "make %s read-only", what);
}

/* Where the volume goes: made where it is missing, as a start would make it. */
static int open_target(int root, int tree, const char *to, struct sd_err *e)
{
	struct stat st;

	if (fstat(tree, &st) < 0)
		return sd_fail(e, errno, "stat the volume of %s", to);
	return S_ISDIR(st.st_mode) ? sd_mkdirs_in(root, to, 0755, e)
				   : sd_mkfile_in(root, to, 0644, e);
}

static int mount_volume(int root, const char *bundle, const struct sd_json *mount, struct sd_err *e)
{
	const char *to = sd_json_string_value(sd_json_member(mount, "destination"));
	const char *from = sd_json_string_value(sd_json_member(mount, "source"));
	sd_auto_free char *source = NULL;
	sd_auto_fd int tree = -1, target = -1;

	if (!to || !from)
		return sd_fail(e, 0, "config.mounts: a mount without destination or source");
	source = from[0] == '/' ? sd_strdup(from) : sd_printf("%s/%s", bundle, from);
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, source,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	/* A volume that no start has made yet is as empty as its mount point. */
	if (tree < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open the volume %s", source);
	target = open_target(root, tree, to, e);
	if (target < 0)
		return -1;
	if (syscall(SYS_move_mount, tree, "", target, "",
		    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return sd_fail(e, errno, "mount the volume of %s", to);
	return sd_json_has_string(sd_json_member(mount, "options"), "ro")
		       ? read_only(tree, source, e)
		       : 0;
}

static int mount_volumes(const struct sd_json *doc, int root, struct sd_err *e)
{
	struct sd_json *mounts = NULL, *mount;
	const char *bundle;
	size_t i;

	if (sd_doc_bundle(doc, &bundle, e) < 0 ||
		sd_json_array(doc, &mounts, e, "config.mounts") < 0)
		return -1;
	sd_json_array_foreach (mounts, i, mount)
		if ((sd_json_has_string(sd_json_member(mount, "options"), "bind") ||
			    sd_json_has_string(sd_json_member(mount, "options"), "rbind")) &&
			mount_volume(root, bundle, mount, e) < 0)
			return -1;
	return 0;
}

static int stopped_root(const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free char *target = NULL;
	auto_overlay struct overlay o = {0};
	sd_auto_fd int root = -1;
	bool ro = false;
	int r = rootfs_overlay(doc, true, &o, e);

	if (r < 0 || rootfs_target(doc, &target, e) < 0 || mounts_apart(e) < 0 ||
		sd_json_bool(doc, &ro, e, "config.root.readonly") < 0)
		return -1;
	o.throwaway = false;
	if (r > 0 && overlay_mount(&o, target, e) < 0)
		return -1;
	root = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return sd_fail(e, errno, "open %s", target);
	if (mount_volumes(doc, root, e) < 0)
		return -1;
	if (r > 0 && ro && read_only(root, "the container's root", e) < 0)
		return -1;
	return sd_steal_fd(&root);
}

int container_root(const struct sd_json *doc, struct sd_err *e)
{
	int64_t ticks = 0;
	pid_t pid;
	int r = running(doc, &pid, &ticks, e);

	if (r < 0)
		return -1;
	return r ? running_root(pid, ticks, e) : stopped_root(doc, e);
}
