/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.linux.sysctl: kernel parameters of the new namespaces.
 *
 * The kernel keeps a few parameters per namespace; writing any other from here would change the
 * host.  So only those are known, each with the namespace that must not be the host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "plan.h"

/* A name, or a prefix where it ends in '/'.  sysctl in ipc_namespaces(7), network_namespaces(7). */
static const struct {
	const char *name;
	enum sd_ns_kind kind;
} known[] = {
	{"net/", SD_NS_NET},
	{"fs/mqueue/", SD_NS_IPC},
	{"kernel/msgmax", SD_NS_IPC},
	{"kernel/msgmnb", SD_NS_IPC},
	{"kernel/msgmni", SD_NS_IPC},
	{"kernel/sem", SD_NS_IPC},
	{"kernel/shmall", SD_NS_IPC},
	{"kernel/shmmax", SD_NS_IPC},
	{"kernel/shmmni", SD_NS_IPC},
	{"kernel/shm_rmid_forced", SD_NS_IPC},
	{"kernel/domainname", SD_NS_UTS},
};

/*
 * sysctl(8): the first separator decides.  "net.ipv4.conf.eth0/1.forwarding" is the file
 * net/ipv4/conf/eth0.1/forwarding; a name that starts with slashes is the file's own.
 */
static char *file_of(const char *name)
{
	char *file = sd_strdup(name), first = name[strcspn(name, "./")];

	for (char *p = file; first == '.' && *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return file;
}

/* CVE-2022-0811: a name or value that smuggles in a second one, or leads out of /proc/sys. */
static bool well_formed(const char *file)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-./";

	if (!*file || file[strspn(file, allowed)])
		return false;
	for (const char *p = file; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
	}
	return file[strlen(file) - 1] != '/';
}

static int check_one(const char *name, const char *value, unsigned own, struct sd_err *e)
{
	sd_auto_free char *file = file_of(name);
	size_t i = 0, n = sizeof(known) / sizeof(*known);

	if (!well_formed(file))
		return sd_fail(e, 0, "config.linux.sysctl: '%s' is not the name of a sysctl", name);
	if (!value)
		return sd_fail(e, 0, "config.linux.sysctl.%s: expected a string", name);
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return sd_fail(e, 0,
				"config.linux.sysctl.%s: control character in the value", name);
	while (i < n &&
		(strchr(known[i].name, '\0')[-1] == '/' ? !sd_starts_with(file, known[i].name)
							: strcmp(file, known[i].name) != 0))
		i++;
	if (i == n)
		return sd_fail(e, 0,
			"config.linux.sysctl.%s: would change the host: the kernel keeps "
			"no such value per namespace",
			name);
	if (!(own & (unsigned)sd_ns[known[i].kind].flag))
		return sd_fail(e, 0,
			"config.linux.sysctl.%s: would change the host, whose %s namespace "
			"is shared",
			name, sd_ns[known[i].kind].option);
	return 0;
}

int sysctl_check(const struct sd_json *wanted, unsigned own, struct sd_err *e)
{
	sd_json_object_foreach (wanted, it)
		if (check_one(sd_json_iter_key(it), sd_json_string_value(sd_json_iter_value(it)),
			    own, e) < 0)
			return -1;
	return 0;
}

/*
 * CVE-2025-52881: a process that shares a volume with the container can put another file in the
 * place of the one that is written, by mounts or links below /proc.  Nobody can reach into a
 * procfs that is mounted nowhere.
 */
static int private_procfs(struct sd_err *e)
{
	sd_auto_fd int fs = fsopen("proc", FSOPEN_CLOEXEC);
	sd_auto_fd int mnt = -1;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return sd_fail(e, errno, "create a private procfs");
	mnt = fsmount(
		fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mnt < 0)
		return sd_fail(e, errno, "mount a private procfs");
	return sd_steal_fd(&mnt);
}

static int write_one(int proc, const char *name, const char *value, struct sd_err *e)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	sd_auto_free char *file = file_of(name);
	sd_auto_free char *path = sd_printf("sys/%s", file);
	sd_auto_fd int fd = (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));
	struct statfs fs;
	ssize_t n;

	if (fd < 0)
		return sd_fail(e, errno, "set sysctl %s: open /proc/sys/%s", name, file);
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return sd_fail(e, 0, "set sysctl %s: /proc/sys/%s is not in a procfs", name, file);
	n = write(fd, value, strlen(value));
	if (n < 0 || (size_t)n != strlen(value))
		return sd_fail(e, n < 0 ? errno : EIO, "set sysctl %s to '%s'", name, value);
	return 0;
}

int sysctl_write(const struct sd_json *wanted, struct sd_err *e)
{
	sd_auto_fd int proc = -1;

	if (!sd_json_len(wanted))
		return 0;
	proc = private_procfs(e);
	if (proc < 0)
		return -1;
	sd_json_object_foreach (wanted, it)
		if (write_one(proc, sd_json_iter_key(it),
			    sd_json_string_value(sd_json_iter_value(it)), e) < 0)
			return -1;
	return 0;
}
