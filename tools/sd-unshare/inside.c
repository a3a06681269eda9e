/* SPDX-License-Identifier: Apache-2.0 */
/* What is left to do in the new namespaces, by the process that becomes the next program. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"
#include "plan.h"

static int drop_groups(const struct plan *p, struct sd_err *e)
{
	bool mapped = (p->flags & CLONE_NEWUSER) || p->join[SD_NS_USER] >= 0;

	/* EPERM: the user namespace denies setgroups(2), as one made by an ordinary user must. */
	if (setgroups(0, NULL) < 0 && !(errno == EPERM && mapped))
		return sd_fail(e, errno, "drop the additional groups");
	return 0;
}

/*
 * Until now the process is whoever it was outside, often nobody in the map; an exec by anyone but
 * root would lose the capabilities that the rest of the chain needs (capabilities(7)).
 */
static int become_root(const struct plan *p, struct sd_err *e)
{
	if (!p->become_root)
		return 0;
	if (drop_groups(p, e) < 0)
		return -1;
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) {
		sd_fail(e, errno, "become root of the user namespace");
		return sd_hint(e, "config.linux.uidMappings and gidMappings must map 0");
	}
	return 0;
}

/* The mount point above a path: the nearest parent that is the root of a mount (statx(2)). */
static int mount_above(char *path, struct sd_err *e)
{
	struct statx st;

	for (;;) {
		char *slash = strrchr(path, '/');

		if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &st) < 0)
			return sd_fail(e, errno, "stat %s", path);
		if ((st.stx_attributes & STATX_ATTR_MOUNT_ROOT) || slash == path)
			break;
		*slash = '\0';
	}
	if (!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		path[1] = '\0';
	return 0;
}

static int part_mount_tree(const struct plan *p, struct sd_err *e)
{
	sd_auto_free char *apart = p->apart ? sd_strdup(p->apart) : NULL;

	if (p->propagation && mount("none", "/", NULL, p->propagation, NULL) < 0)
		return sd_fail(e, errno, "change the propagation of the mount tree");
	if (!apart)
		return 0;
	if (mount_above(apart, e) < 0)
		return -1;
	if (mount("none", apart, NULL, MS_PRIVATE, NULL) < 0)
		return sd_fail(e, errno, "make the mount on %s private", apart);
	return 0;
}

static int set_names(const struct plan *p, struct sd_err *e)
{
	if (p->hostname && sethostname(p->hostname, strlen(p->hostname)) < 0)
		return sd_fail(e, errno, "set the host name '%s'", p->hostname);
	if (p->domainname && setdomainname(p->domainname, strlen(p->domainname)) < 0)
		return sd_fail(e, errno, "set the domain name '%s'", p->domainname);
	return 0;
}

/* Two ioctls; a netlink request for the same costs a socket and a page of code. */
static int raise_loopback(struct sd_err *e)
{
	sd_auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = {.ifr_name = "lo"};

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &lo) < 0)
		return sd_fail(e, errno, "look at the loopback interface");
	lo.ifr_flags = (short)(lo.ifr_flags | IFF_UP);
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return sd_fail(e, errno, "set the loopback interface up");
	return 0;
}

static int change_directories(const struct plan *p, struct sd_err *e)
{
	/* Into the root first: a relative directory would be looked up from outside of it (chroot(2)). */
	if (p->root && (chroot(p->root) < 0 || chdir("/") < 0))
		return sd_fail(e, errno, "change the root directory to %s", p->root);
	if (p->wd && chdir(p->wd) < 0)
		return sd_fail(e, errno, "change the working directory to %s", p->wd);
	return 0;
}

static int mount_proc(const struct plan *p, struct sd_err *e)
{
	if (!p->mount_proc)
		return 0;
	/*
	 * Where the tree is still shared, the host would get it too, over its own (mount_namespaces(7)).
	 * EINVAL: no mount is there yet.
	 */
	if (mount("none", p->mount_proc, NULL, MS_REC | MS_PRIVATE, NULL) < 0 && errno != EINVAL)
		return sd_fail(e, errno, "make the mount on %s private", p->mount_proc);
	if (mount("proc", p->mount_proc, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
		sd_fail(e, errno, "mount proc on %s", p->mount_proc);
		if (e->errnum == EPERM && !(p->flags & CLONE_NEWPID))
			return sd_hint(e,
				"add --pid: proc shows a pid namespace, and only its owner "
				"may mount it");
		return -1;
	}
	return 0;
}

static int change_user(const struct plan *p, struct sd_err *e)
{
	if (p->gid >= 0) {
		if (drop_groups(p, e) < 0)
			return -1;
		if (setresgid((gid_t)p->gid, (gid_t)p->gid, (gid_t)p->gid) < 0)
			return sd_fail(e, errno, "become group %lld", (long long)p->gid);
	}
	if (p->uid >= 0 && setresuid((uid_t)p->uid, (uid_t)p->uid, (uid_t)p->uid) < 0)
		return sd_fail(e, errno, "become user %lld", (long long)p->uid);
	return 0;
}

/* Ambient capabilities are those that survive an exec by who is not root (capabilities(7)). */
static int keep_capabilities(const struct plan *p, struct sd_err *e)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (!p->keep_caps)
		return 0;
	if (syscall(SYS_capget, &head, data) < 0)
		return sd_fail(e, errno, "read the capabilities");
	for (int i = 0; i < 2; i++)
		data[i].inheritable = data[i].permitted;
	if (syscall(SYS_capset, &head, data) < 0)
		return sd_fail(e, errno, "make the capabilities inheritable");
	for (unsigned cap = 0; cap < 64; cap++) {
		if (!(data[cap / 32].permitted & (1u << (cap % 32))))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return sd_fail(e, errno, "keep capability %u", cap);
	}
	return 0;
}

int inside_dress(const struct plan *p, struct sd_err *e)
{
	if (become_root(p, e) < 0 || part_mount_tree(p, e) < 0 || set_names(p, e) < 0)
		return -1;
	/* Before the sysctls: some of net.ipv4.conf.lo are reset as the interface comes up. */
	if (p->loopback && raise_loopback(e) < 0)
		return -1;
	if (sysctl_write(p->sysctl, e) < 0)
		return -1;
	if (change_directories(p, e) < 0 || mount_proc(p, e) < 0)
		return -1;
	/* Last: all of the above may need what this gives up. */
	return change_user(p, e) < 0 ? -1 : keep_capabilities(p, e);
}
