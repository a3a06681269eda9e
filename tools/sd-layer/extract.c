/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive's objects become files below a directory: a layer as the overlay reads it.
 *
 * The archive is hostile.  A name's directory is opened below the layer's root, through links
 * that lead nowhere else; the last part is then made, linked or removed in that directory and
 * never followed, so a link cannot be written through, nor a hard link reach a file outside.
 *
 * An object's owner is set first, then its attributes, then its mode, for chown(2) takes
 * set-user-ID bits and capabilities away; times at last.  Modes and times of directories wait for
 * the end: a directory may be read-only, and each object made in it changes its time.
 */
#include "extract.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "path.h"

/* The directory of the object before this one: objects of a directory stand together. */
static int parent_of(struct extract *x, const char *path, const char **name, struct sd_err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	if (x->parent >= 0 && strlen(x->parent_path) == len &&
		memcmp(x->parent_path, path, len) == 0)
		return x->parent;
	sd_close_fd(&x->parent);
	free(x->parent_path);
	x->parent_path = sd_strndup(path, len);
	x->parent = sd_mkdirs_in(x->root, len ? x->parent_path : ".", 0755, e);
	return x->parent;
}

/* As cp(1): a file for a file, and no directory for one; a device is not the archive's to take. */
static int may_replace(const struct stat *old, const struct object *o, struct sd_err *e)
{
	if (o->directory)
		return sd_fail(e, 0, "%s: a directory cannot replace what is none", o->path);
	if (S_ISDIR(old->st_mode))
		return sd_fail(e, 0, "%s: a file cannot replace a directory", o->path);
	if (!S_ISREG(old->st_mode) && !S_ISLNK(old->st_mode))
		return sd_fail(e, 0, "%s: is there, and neither a file nor a link", o->path);
	return 0;
}

/*
 * To the kernel a name on which something is mounted in another namespace than ours is like any
 * other: to remove it would unmount that, in the container.
 */
static int refuse_mounted_on(int parent, const char *name, const struct object *o, struct sd_err *e)
{
	struct statx st;

	if (statx(parent, name, AT_SYMLINK_NOFOLLOW, 0, &st) < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "stat %s", o->path);
	return st.stx_attributes & STATX_ATTR_MOUNT_ROOT
		       ? sd_fail(e, EBUSY, "replace %s, which is mounted", o->path)
		       : 0;
}

/* What a copy replaces goes when its successor is whole. */
static int clear_name(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	if (!x->copy)
		return 0;
	if (refuse_mounted_on(parent, name, o, e) < 0)
		return -1;
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	return sd_fail(e, errno, "replace %s", o->path);
}

/*
 * The object's directory, and no object of its name in it but perhaps a directory where it is one
 * itself.  What was there is told in *old (st_mode 0: nothing).
 */
static int make_room(struct extract *x, const struct object *o, const char **name, struct stat *old,
	struct sd_err *e)
{
	int parent = parent_of(x, o->path, name, e);

	*old = (struct stat){0};
	if (parent < 0)
		return -1;
	if (fstatat(parent, *name, old, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? parent : sd_fail(e, errno, "stat %s", o->path);
	if (S_ISDIR(old->st_mode) && o->directory)
		return parent;
	if (x->copy)
		return may_replace(old, o, e) < 0 ? -1 : parent;
	if (sd_remove_tree(parent, *name, e) < 0)
		return -1;
	/* The directory that is open may have been found through a link that is now gone. */
	sd_close_fd(&x->parent);
	return parent_of(x, o->path, name, e);
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static int make_opaque(int dir, const char *path, struct sd_err *e)
{
	sd_auto_free char *name = sd_printf("%sopaque", overlay_prefix());

	return fsetxattr(dir, name, "y", 1, 0) < 0 ? sd_fail(e, errno, "set %s of %s", name, path)
						   : 0;
}

static int opaque_at(int parent, const char *name, const char *path, struct sd_err *e)
{
	sd_auto_fd int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return dir < 0 ? sd_fail(e, errno, "open %s", path) : make_opaque(dir, path, e);
}

static int whiteout(struct extract *x, const struct object *o, struct sd_err *e)
{
	const char *name;
	int parent = parent_of(x, o->path, &name, e);
	struct stat st;

	if (parent < 0)
		return -1;
	if (mknodat(parent, name, S_IFCHR, 0) == 0)
		return set_time(parent, name, o, e);
	if (errno != EEXIST || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return sd_fail(e, errno, "make the whiteout %s", o->path);
	/* The layer has the name itself, which hides a lower file but merges with a directory. */
	return S_ISDIR(st.st_mode) ? opaque_at(parent, name, o->path, e) : 0;
}

static int opaque(struct extract *x, const char *path, struct sd_err *e)
{
	sd_auto_fd int dir = sd_mkdirs_in(x->root, *path ? path : ".", 0755, e);

	return dir < 0 ? -1 : opaque_at(dir, ".", path, e);
}

static int make_dir(struct extract *x, const struct object *o, struct sd_err *e)
{
	struct stat old;
	const char *name;
	int parent = make_room(x, o, &name, &old, e);

	if (parent < 0)
		return -1;
	if (!S_ISDIR(old.st_mode) && mkdirat(parent, name, 0700) < 0)
		return sd_fail(e, errno, "create directory %s", o->path);
	/* Only a whole copy (-a) says what a directory is like that was there before it. */
	if (x->copy && !x->keep && S_ISDIR(old.st_mode))
		return 0;
	/* Whited out before in this very archive: what is below must not show through. */
	if (is_whiteout(&old) && opaque_at(parent, name, o->path, e) < 0)
		return -1;
	return set_dir(x, parent, name, o, e);
}

static int write_data(struct extract *x, int fd, const struct object *o, struct sd_err *e)
{
	struct archive *a = source_tar(x->source);
	int64_t size = archive_entry_size(o->entry), at;
	const void *data;
	size_t len;
	int r;

	/* Blocks come with their place: what lies between is a hole (sparse files). */
	while ((r = archive_read_data_block(a, &data, &len, &at)) == ARCHIVE_OK)
		while (len) {
			ssize_t n = pwrite(fd, data, len, at);

			if (n < 0 && errno != EINTR)
				return sd_fail(e, errno, "write %s", o->path);
			n = n < 0 ? 0 : n;
			data = (const char *)data + n;
			len -= (size_t)n;
			at += n;
		}
	if (r != ARCHIVE_EOF)
		return source_fail(x->source, e);
	if (archive_entry_sparse_count(o->entry) && ftruncate(fd, size) < 0)
		return sd_fail(e, errno, "write %s", o->path);
	return 0;
}

/* Whole, or not there at all: it gets its name at the end.  0 where that cannot be done. */
static int make_whole_file(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	sd_auto_fd int fd = openat(parent, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	char self[32];

	/* The file system has no unnamed files: overlay before Linux 6.1, vfat. */
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		return 0;
	if (fd < 0)
		return sd_fail(e, errno, "create %s", o->path);
	if (write_data(x, fd, o, e) < 0 || set_file(x, fd, o, e) < 0 ||
		clear_name(x, parent, name, o, e) < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, self, parent, name, AT_SYMLINK_FOLLOW) < 0)
		return sd_fail(e, errno, "create %s", o->path);
	return 1;
}

static int make_file(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	int r = x->copy ? make_whole_file(x, parent, name, o, e) : 0;

	if (r || clear_name(x, parent, name, o, e) < 0)
		return r > 0 ? 0 : -1;

	sd_auto_fd int fd =
		openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return sd_fail(e, errno, "create %s", o->path);
	if (write_data(x, fd, o, e) == 0 && set_file(x, fd, o, e) == 0)
		return 0;
	if (x->copy)
		unlinkat(parent, name, 0);
	return -1;
}

static int make_link(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	const char *target_name;
	sd_auto_fd int dir = sd_parent_in(x->root, o->target, false, &target_name, e);

	if (dir < 0)
		return -1;
	/* Without AT_SYMLINK_FOLLOW: a link to a symbolic link is one more name of that link. */
	if (linkat(dir, target_name, parent, name, 0) < 0)
		return sd_fail(e, errno, "link %s to %s", o->path, o->target);
	return 0;
}

static int make_symlink(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	if (symlinkat(o->target ? o->target : "", parent, name) < 0)
		return sd_fail(e, errno, "create the symbolic link %s", o->path);
	return set_node(x, parent, name, o, e);
}

static int make_node(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e)
{
	mode_t type = archive_entry_filetype(o->entry);
	dev_t dev = type == S_IFIFO ? 0 : archive_entry_rdev(o->entry);

	if (mknodat(parent, name, type | 0600, dev) == 0)
		return set_node(x, parent, name, o, e);
	/* EPERM: devices are not for user namespaces; a container has a /dev of its own. */
	if (errno == EPERM && overlay_in_user_namespace())
		return 0;
	return sd_fail(e, errno, "create the device %s", o->path);
}

static int make_other(struct extract *x, const struct object *o, struct sd_err *e)
{
	struct stat old;
	const char *name;
	int parent;

	/* A link to itself: making room for it would lose the file. */
	if (o->hard && strcmp(o->path, o->target) == 0)
		return 0;
	parent = make_room(x, o, &name, &old, e);
	if (parent < 0)
		return -1;
	if (!o->hard && archive_entry_filetype(o->entry) == S_IFREG)
		return make_file(x, parent, name, o, e);
	if (clear_name(x, parent, name, o, e) < 0)
		return -1;
	if (o->hard)
		return make_link(x, parent, name, o, e);
	switch (archive_entry_filetype(o->entry)) {
	case S_IFLNK:
		return make_symlink(x, parent, name, o, e);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		return make_node(x, parent, name, o, e);
	}
	return sd_fail(e, 0, "entry '%s': of an unknown type", o->path);
}

int extract_object(struct extract *x, const struct object *o, struct sd_err *e)
{
	return o->directory ? make_dir(x, o, e) : make_other(x, o, e);
}

static int root_object(struct extract *x, const struct object *o, struct sd_err *e)
{
	if (!o->directory)
		return sd_fail(e, 0, "the archive's root is not a directory");
	return set_dir(x, x->root, ".", o, e);
}

static int extract_one(struct extract *x, struct archive_entry *entry, struct sd_err *e)
{
	const char *raw = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
	sd_auto_free char *path = NULL, *target = NULL;
	enum name_kind kind;
	struct object o = {
		.entry = entry,
		.hard = hard != NULL,
		.directory = !hard && archive_entry_filetype(entry) == S_IFDIR,
	};

	if (name_parse(raw ? raw : "", &path, &kind, e) < 0)
		return -1;
	if (hard && name_parse_target(hard, &target, e) < 0)
		return -1;
	o.path = path;
	o.target = hard ? target : archive_entry_symlink(entry);
	switch (kind) {
	case NAME_IGNORED:
		return 0;
	case NAME_WHITEOUT:
		return whiteout(x, &o, e);
	case NAME_OPAQUE:
		return opaque(x, path, e);
	case NAME_ROOT:
		return root_object(x, &o, e);
	case NAME_FILE:
		break;
	}
	return extract_object(x, &o, e);
}

int extract_all(struct source *s, int root, int64_t *entries, struct sd_err *e)
{
	auto_extract struct extract x = {.source = s, .root = root, .parent = -1, .keep = true};
	struct archive_entry *entry;
	int r;

	x.chown = geteuid() == 0;
	/*
	 * ARCHIVE_WARN is about names that are not in the locale's character set.  The locale is
	 * "C" on purpose: libarchive then hands on the bytes as they are, where in a UTF-8 one it
	 * composes the accents of names and so changes them.
	 */
	while ((r = archive_read_next_header(source_tar(s), &entry)) == ARCHIVE_OK ||
		r == ARCHIVE_WARN) {
		if (extract_one(&x, entry, e) < 0)
			return -1;
		++*entries;
	}
	if (r != ARCHIVE_EOF)
		return source_fail(s, e);
	return set_dirs(&x, e);
}
