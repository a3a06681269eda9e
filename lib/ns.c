/* SPDX-License-Identifier: Apache-2.0 */
#include "ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const struct sd_ns sd_ns[SD_NS_COUNT] = {
	[SD_NS_USER] = {"user", "user", "user", "user", "user.max_user_namespaces", CLONE_NEWUSER},
	[SD_NS_MOUNT] = {"mount", "mount", "mnt", "mnt", "user.max_mnt_namespaces", CLONE_NEWNS},
	[SD_NS_UTS] = {"uts", "uts", "uts", "uts", "user.max_uts_namespaces", CLONE_NEWUTS},
	[SD_NS_IPC] = {"ipc", "ipc", "ipc", "ipc", "user.max_ipc_namespaces", CLONE_NEWIPC},
	[SD_NS_NET] = {"net", "network", "net", "net", "user.max_net_namespaces", CLONE_NEWNET},
	[SD_NS_PID] = {"pid", "pid", "pid", "pid_for_children", "user.max_pid_namespaces",
		CLONE_NEWPID},
	[SD_NS_CGROUP] = {"cgroup", "cgroup", "cgroup", "cgroup", "user.max_cgroup_namespaces",
		CLONE_NEWCGROUP},
	[SD_NS_TIME] = {"time", "time", "time", "time_for_children", "user.max_time_namespaces",
		CLONE_NEWTIME},
};

enum sd_ns_kind sd_ns_by_option(const char *option)
{
	int i = 0;

	while (i < SD_NS_COUNT && strcmp(sd_ns[i].option, option) != 0)
		i++;
	return i;
}

enum sd_ns_kind sd_ns_by_oci(const char *type)
{
	int i = 0;

	while (i < SD_NS_COUNT && strcmp(sd_ns[i].oci, type) != 0)
		i++;
	return i;
}

int sd_ns_open(enum sd_ns_kind kind, const char *path, struct sd_err *e)
{
	/* O_NONBLOCK: what stands at the path may be a FIFO, and opening must not wait for it. */
	sd_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int type;

	if (fd < 0)
		return sd_fail(e, errno, "open the %s namespace %s", sd_ns[kind].option, path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return sd_fail(e, 0, "%s is not a namespace", path);
	if (type != sd_ns[kind].flag)
		return sd_fail(e, 0, "%s is not a %s namespace", path, sd_ns[kind].option);
	return sd_steal_fd(&fd);
}

int sd_ns_open_pid(enum sd_ns_kind kind, pid_t pid, struct sd_err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, sd_ns[kind].file);
	return sd_ns_open(kind, path, e);
}

bool sd_ns_is_own(enum sd_ns_kind kind, int fd)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", sd_ns[kind].children);
	return stat(path, &own) == 0 && fstat(fd, &other) == 0 && own.st_ino == other.st_ino &&
	       own.st_dev == other.st_dev;
}

/*
 * Joining a namespace asks for CAP_SYS_ADMIN in the user namespace that owns it (setns(2)).  Who
 * goes down into a container's user namespace has it before, and loses it over what the host
 * owns by the step; who is an ordinary user has it only after.  So: first all but the user
 * namespace, leaving what is refused; then the user namespace; then what was left.
 */
int sd_ns_join(const int fds[SD_NS_COUNT], struct sd_err *e)
{
	bool user = fds[SD_NS_USER] >= 0 && !sd_ns_is_own(SD_NS_USER, fds[SD_NS_USER]);
	bool left[SD_NS_COUNT] = {false};

	for (int i = 0; i < SD_NS_COUNT; i++) {
		if (i == SD_NS_USER || fds[i] < 0 || setns(fds[i], sd_ns[i].flag) == 0)
			continue;
		/* EPERM: owned by the user namespace that is joined next. */
		if (errno != EPERM || !user)
			return sd_fail(e, errno, "join the %s namespace", sd_ns[i].option);
		left[i] = true;
	}
	/* EINVAL would be the answer for one's own user namespace (setns(2)). */
	if (user && setns(fds[SD_NS_USER], CLONE_NEWUSER) < 0)
		return sd_fail(e, errno, "join the user namespace");
	for (int i = 0; i < SD_NS_COUNT; i++)
		if (left[i] && setns(fds[i], sd_ns[i].flag) < 0)
			return sd_fail(e, errno, "join the %s namespace", sd_ns[i].option);
	return 0;
}

int sd_ns_visit_net(int netns, struct sd_err *e)
{
	sd_auto_fd int own = sd_ns_open(SD_NS_NET, "/proc/self/ns/net", e);

	if (own >= 0 && setns(netns, CLONE_NEWNET) < 0)
		return sd_fail(e, errno, "join the net namespace");
	return sd_steal_fd(&own);
}

int sd_ns_return_net(int own, struct sd_err *e)
{
	return setns(own, CLONE_NEWNET) < 0 ? sd_fail(e, errno, "return to the own net namespace")
					    : 0;
}
