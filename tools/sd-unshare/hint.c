/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "plan.h"

/* A sysctl's number by its dotted name; -1 where this kernel has none of that name. */
static long long sysctl_number(const char *name)
{
	sd_auto_free char *path = sd_printf("/proc/sys/%s", name);
	sd_auto_buf struct sd_buf text = {0};
	struct sd_err absent;

	for (char *p = path + strlen("/proc/sys/"); *p; p++)
		if (*p == '.')
			*p = '/';
	if (sd_read_file(AT_FDCWD, path, 64, &text, &absent) < 0 || !text.len)
		return -1;
	return atoll(text.data);
}

static int missing_kind(unsigned flags, struct sd_err *e)
{
	for (int i = 0; i < SD_NS_COUNT; i++) {
		sd_auto_free char *path = sd_printf("/proc/self/ns/%s", sd_ns[i].file);
		struct stat st;

		if ((flags & (unsigned)sd_ns[i].flag) && stat(path, &st) < 0 && errno == ENOENT)
			return sd_hint(e, "this kernel has no %s namespaces", sd_ns[i].option);
	}
	return -1;
}

static int limit_reached(unsigned flags, struct sd_err *e)
{
	sd_auto_buf struct sd_buf limits = {0};

	for (int i = 0; i < SD_NS_COUNT; i++) {
		if (!(flags & (unsigned)sd_ns[i].flag))
			continue;
		if (sysctl_number(sd_ns[i].limit) == 0)
			return sd_hint(e, "sysctl %s is 0", sd_ns[i].limit);
		sd_buf_printf(&limits, "%s%s", limits.len ? ", " : "", sd_ns[i].limit);
	}
	return sd_hint(
		e, "a limit is reached: sysctl %s; or namespaces are nested 32 deep", limits.data);
}

static int not_permitted(unsigned flags, struct sd_err *e)
{
	if (!(flags & CLONE_NEWUSER))
		return sd_hint(e, geteuid() == 0
					  ? "CAP_SYS_ADMIN is needed"
					  : "add --map-root-user: in a user namespace of its "
					    "own an ordinary user may create the others");
	if (sysctl_number("kernel.unprivileged_userns_clone") == 0)
		return sd_hint(e,
			"sysctl kernel.unprivileged_userns_clone=1 permits user namespaces "
			"to ordinary users");
	if (sysctl_number("kernel.apparmor_restrict_unprivileged_userns") == 1)
		return sd_hint(e, "AppArmor restricts user namespaces: sysctl "
				  "kernel.apparmor_restrict_unprivileged_userns=0 lifts that");
	return sd_hint(e, "no user namespace can be created in a chroot(2) environment, or where "
			  "seccomp or a security module forbids it");
}

int namespaces_refused(unsigned flags, int errnum, struct sd_err *e)
{
	sd_auto_buf struct sd_buf names = {0};

	for (int i = 0; i < SD_NS_COUNT; i++)
		if (flags & (unsigned)sd_ns[i].flag)
			sd_buf_printf(&names, "%s%s", names.len ? ", " : "", sd_ns[i].option);
	if (!names.len)
		return sd_fail(e, errnum, "create the child process");
	sd_fail(e, errnum, "create namespaces (%s)", names.data);
	if (errnum == EINVAL)
		missing_kind(flags, e);
	else if (errnum == ENOSPC || errnum == EUSERS)
		limit_reached(flags, e);
	else if (errnum == EPERM || errnum == EACCES)
		not_permitted(flags, e);
	return -1;
}
