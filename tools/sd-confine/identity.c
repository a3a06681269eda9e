/* SPDX-License-Identifier: Apache-2.0 */
/* Who the program is: looked up in the image, given its streams, and become. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"

int identity_resolve(struct plan *p, struct sd_err *e)
{
	sd_auto_userdb struct sd_userdb db = {0};
	sd_auto_fd int root = -1;
	gid_t gid;

	if (p->user || p->groups || p->add_home) {
		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return sd_fail(e, errno, "open /");
		if (sd_userdb_read(root, &db, e) < 0)
			return -1;
	}
	if (p->user && sd_user_lookup(&db, p->user, &p->id, e) < 0)
		return -1;
	if (!p->id.home)
		p->id.home = sd_user_home(&db, p->id.uid);
	sd_groups_add(&p->id.groups, p->id.gid);
	for (size_t i = 0; p->groups && p->groups[i]; i++) {
		if (sd_group_lookup(&db, p->groups[i], &gid, e) < 0)
			return -1;
		sd_groups_add(&p->id.groups, gid);
	}
	for (size_t i = 0; i < p->more_groups.n; i++)
		sd_groups_add(&p->id.groups, p->more_groups.v[i]);
	if (p->add_home)
		sd_strv_take(&p->env, sd_printf("HOME=%s", p->id.home));
	if (p->caps_by_user && p->id.uid != 0)
		p->caps.permitted = p->caps.effective = p->caps.inheritable = p->caps.ambient = 0;
	return 0;
}

/* Unix98 pty slaves: major numbers 136 to 143. */
static bool is_pty(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) >= 136 && major(st->st_rdev) <= 143;
}

/*
 * A program opens /dev/stdout again (to log) and meets the permissions of the pipe, socket or
 * pty behind it, so these must belong to its user.  Only what was made for this container: pipes
 * without a name, sockets, and the container's own pty; a file, a named FIFO or a terminal of the
 * host keeps its owner.
 */
int identity_own_stdio(const struct plan *p, struct sd_err *e)
{
	struct statfs fs;
	struct stat st;
	bool nameless;

	if (!p->set_id || !p->doc)
		return 0;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
			return sd_fail(e, errno, "stat descriptor %d", fd);
		nameless = fs.f_type == PIPEFS_MAGIC || fs.f_type == SOCKFS_MAGIC;
		if (!nameless && !(p->terminal && is_pty(&st)))
			continue;
		if (st.st_uid == p->id.uid)
			continue;
		/*
		 * EPERM, EINVAL: in a user namespace that the stream's owner is not mapped in;
		 * the descriptor works all the same, only opening it again does not.
		 */
		if (fchown(fd, p->id.uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL)
			return sd_fail(e, errno, "change the owner of descriptor %d", fd);
	}
	return 0;
}

/* No supplementary group but this one, and those of outside that the namespace has no number for. */
static bool only_outside(gid_t gid)
{
	const gid_t overflow = 65534;	   /* /proc/sys/kernel/overflowgid, proc(5) */
	const ino_t initial = 0xEFFFFFFDu; /* the first user namespace's: PROC_USER_INIT_INO */
	int n = getgroups(0, NULL);
	sd_auto_free gid_t *list = n > 0 ? sd_calloc((size_t)n, sizeof(*list)) : NULL;

	struct stat st;

	/* There setgroups is refused for want of privilege, never by a mapping. */
	if (stat("/proc/self/ns/user", &st) == 0 && st.st_ino == initial)
		return false;
	if (n > 0)
		n = getgroups(n, list);
	for (int i = 0; i < n; i++)
		if (list[i] != gid && list[i] != overflow)
			return false;
	return n >= 0;
}

static int switch_groups(const struct plan *p, struct sd_err *e)
{
	if (setgroups(p->id.groups.n, p->id.groups.v) == 0)
		return 0;
	/*
	 * EPERM: a user namespace mapped without privilege denies setgroups (user_namespaces(7));
	 * tolerated where nothing but the primary group was asked for, which setresgid gives, and
	 * no other is kept.
	 */
	if (errno == EPERM && p->id.groups.n == 1 && only_outside(p->id.gid))
		return 0;
	return sd_fail(e, errno, "set the supplementary groups");
}

int identity_switch(const struct plan *p, struct sd_err *e)
{
	if (!p->set_id)
		return 0;
	/* Else leaving uid 0 empties the permitted set (capabilities(7)), before caps_apply chose.
	 */
	if (p->set_caps && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return sd_fail(e, errno, "keep capabilities over the change of user");
	/* Groups first: after setresuid there is no privilege left to set them. */
	if (switch_groups(p, e) < 0)
		return -1;
	if (setresgid(p->id.gid, p->id.gid, p->id.gid) < 0) {
		sd_fail(e, errno, "become group %u", p->id.gid);
		return e->errnum == EINVAL ? sd_hint(e, "it is not mapped in this user namespace")
					   : -1;
	}
	if (setresuid(p->id.uid, p->id.uid, p->id.uid) < 0) {
		sd_fail(e, errno, "become user %u", p->id.uid);
		return e->errnum == EINVAL ? sd_hint(e, "it is not mapped in this user namespace")
					   : -1;
	}
	return 0;
}
