/* SPDX-License-Identifier: Apache-2.0 */
/* Owner, attributes, mode and times of what was unpacked; the order is told in extract.c. */
#include "extract.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"

void extract_free(struct extract *x)
{
	for (size_t i = 0; i < x->n_late; i++)
		free(x->late[i].path);
	free(x->late);
	free(x->parent_path);
	sd_close_fd(&x->parent);
}

/* (uid_t)-1 means "leave it" to chown(2): a set-user-ID file would stay root's. */
static int owner(const struct object *o, uid_t *uid, gid_t *gid, struct sd_err *e)
{
	int64_t u = archive_entry_uid(o->entry), g = archive_entry_gid(o->entry);

	if (u < 0 || u >= (uid_t)-1 || g < 0 || g >= (gid_t)-1)
		return sd_fail(e, 0, "entry '%s': owner %jd:%jd is out of range", o->path,
			(intmax_t)u, (intmax_t)g);
	*uid = (uid_t)u;
	*gid = (gid_t)g;
	return 0;
}

static int chown_failed(const struct object *o, uid_t uid, gid_t gid, struct sd_err *e)
{
	sd_fail(e, errno, "set the owner of %s to %u:%u", o->path, uid, gid);
	if (e->errnum == EINVAL)
		return sd_hint(e, "this user namespace has no such id");
	return -1;
}

static struct timespec time_of(const struct object *o)
{
	long ns = archive_entry_mtime_nsec(o->entry);

	return (struct timespec){
		.tv_sec = archive_entry_mtime(o->entry),
		.tv_nsec = ns >= 0 && ns < 1000000000 ? ns : 0,
	};
}

/*
 * A copy without its owner keeps no set-ID bit, for it would then be another's, as chown(2) says:
 * a container's user 1000 could hand out a program that is root's on the host.  For the same
 * reason it has no capabilities, and a device is for its owner alone.
 */
static mode_t mode_of(const struct extract *x, const struct object *o)
{
	mode_t mode = archive_entry_perm(o->entry) & 07777, type = archive_entry_filetype(o->entry);

	if (x->keep)
		return mode;
	return mode & (type == S_IFCHR || type == S_IFBLK ? 0600 : 01777);
}

static bool wants_attr(const struct extract *x, const char *name)
{
	return name && attr_in_layer(name) && (x->keep || strcmp(name, "security.capability") != 0);
}

static int set_attrs(struct extract *x, int fd, const struct object *o, struct sd_err *e)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(o->entry);
	while (archive_entry_xattr_next(o->entry, &name, &value, &size) == ARCHIVE_OK)
		if (wants_attr(x, name) && attr_set(fd, o->path, name, value, size, e) < 0)
			return -1;
	return 0;
}

static int set_owner_and_attrs(struct extract *x, int fd, const struct object *o, struct sd_err *e)
{
	uid_t uid;
	gid_t gid;

	if (owner(o, &uid, &gid, e) < 0)
		return -1;
	if (x->chown && fchown(fd, uid, gid) < 0)
		return chown_failed(o, uid, gid, e);
	return set_attrs(x, fd, o, e);
}

int set_file(struct extract *x, int fd, const struct object *o, struct sd_err *e)
{
	struct timespec t = time_of(o), times[2] = {t, t};

	if (set_owner_and_attrs(x, fd, o, e) < 0)
		return -1;
	if (fchmod(fd, mode_of(x, o)) < 0 || futimens(fd, times) < 0)
		return sd_fail(e, errno, "set the mode and time of %s", o->path);
	return 0;
}

int set_time(int parent, const char *name, const struct object *o, struct sd_err *e)
{
	struct timespec t = time_of(o), times[2] = {t, t};

	if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return sd_fail(e, errno, "set the time of %s", o->path);
	return 0;
}

int set_node(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	uid_t uid;
	gid_t gid;

	if (owner(o, &uid, &gid, e) < 0)
		return -1;
	if (x->chown && fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return chown_failed(o, uid, gid, e);
	/* A symbolic link has no mode.  fchmodat(2) would follow one, but we made this a node. */
	if (archive_entry_filetype(o->entry) != S_IFLNK &&
		fchmodat(parent, name, mode_of(x, o), 0) < 0)
		return sd_fail(e, errno, "set the mode of %s", o->path);
	return set_time(parent, name, o, e);
}

int set_dir(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	sd_auto_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return sd_fail(e, errno, "open %s", o->path);
	if (set_owner_and_attrs(x, fd, o, e) < 0)
		return -1;
	if (x->n_late == x->late_cap) {
		x->late_cap = x->late_cap ? 2 * x->late_cap : 64;
		x->late = sd_realloc(x->late, x->late_cap * sizeof(*x->late));
	}
	x->late[x->n_late++] = (struct late){
		.path = sd_strdup(o->path),
		.dev = st.st_dev,
		.ino = st.st_ino,
		.mode = mode_of(x, o),
		.time = time_of(o),
	};
	return 0;
}

static int set_late(struct extract *x, const struct late *l, struct sd_err *e)
{
	const struct timespec times[2] = {l->time, l->time};
	sd_auto_fd int fd = sd_open_in(
		x->root, *l->path ? l->path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct stat st;

	/* Removed or replaced by a later entry: another directory must not get its mode. */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return sd_fail(e, errno, "open %s", l->path);
	if (st.st_dev != l->dev || st.st_ino != l->ino)
		return 0;
	if (fchmod(fd, l->mode) < 0 || futimens(fd, times) < 0)
		return sd_fail(e, errno, "set the mode and time of %s", l->path);
	return 0;
}

int set_dirs(struct extract *x, struct sd_err *e)
{
	for (size_t i = 0; i < x->n_late; i++)
		if (set_late(x, &x->late[i], e) < 0)
			return -1;
	return 0;
}
