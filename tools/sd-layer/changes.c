/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes: what a container has added, changed and deleted, by its names.
 *
 * The overlay has kept the account: what differs from the image is in the upper directory, and
 * only there.  It is compared with the image's tree, which the kernel merges once more, read-only
 * and in a mount namespace of this process alone, so that a whiteout between two layers of the
 * image means here what it means to the container.
 *
 *	A	in upper, not in the image
 *	C	in both, and not the same; of a directory: owner or mode, or something in it changed
 *	D	a whiteout in upper; or in the image, and in upper the directory is opaque
 *
 * A running container may swap names meanwhile: each directory is opened from the one above it
 * and never through a link.
 */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"

struct walk {
	struct sd_strv found; /* "/path", and behind its NUL the letter */
	struct sd_buf path;
};

static void walk_free(struct walk *w)
{
	sd_strv_free(&w->found);
	sd_buf_free(&w->path);
}

static void truncate_path(struct walk *w, size_t len)
{
	w->path.len = len;
	w->path.data[len] = '\0';
}

static void found(struct walk *w, char kind)
{
	char *line = sd_malloc(w->path.len + 2);

	memcpy(line, w->path.data, w->path.len + 1);
	line[w->path.len + 1] = kind;
	sd_strv_take(&w->found, line);
}

static int push(struct walk *w, const char *name, struct sd_err *e)
{
	sd_buf_str(&w->path, "/");
	sd_buf_str(&w->path, name);
	/* A longer one names nothing to any program; and there is no end to how deep names go. */
	return w->path.len < PATH_MAX ? 0 : sd_fail(e, ENAMETOOLONG, "read %.60s...", w->path.data);
}

static DIR *open_list(int dir)
{
	sd_auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d)
		sd_steal_fd(&fd);
	return d;
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_opaque(int dir)
{
	sd_auto_free char *name = sd_printf("%sopaque", overlay_prefix());
	char value = 0;

	return fgetxattr(dir, name, &value, 1) == 1 && value == 'y';
}

static bool same(const struct stat *a, const struct stat *b)
{
	if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid)
		return false;
	if (S_ISDIR(a->st_mode))
		return true;
	return a->st_size == b->st_size && a->st_rdev == b->st_rdev &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* What the toolkit itself makes in a root, for mounts that lie on it, is no change of anybody's. */
static bool is_mount_point(const char *path, const struct stat *st)
{
	static const char *const points[] = {"/dev", "/dev/console", "/dev/mqueue", "/dev/pts",
		"/dev/shm", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/proc", "/sys",
		"/sys/fs/cgroup"};

	if (S_ISREG(st->st_mode) && st->st_size)
		return false;
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++)
		if (strcmp(path, points[i]) == 0)
			return true;
	return false;
}

/* What an opaque directory hides of the image's. */
static int hidden(struct walk *w, int upper, int image, struct sd_err *e)
{
	sd_auto_dir DIR *d = open_list(image);
	size_t len = w->path.len;
	struct dirent *ent;
	struct stat st;

	if (!d)
		return sd_fail(e, errno, "read %s of the image", w->path.data);
	while ((ent = sd_readdir(d))) {
		if (is_dot(ent->d_name) ||
			fstatat(upper, ent->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		if (push(w, ent->d_name, e) < 0)
			return -1;
		found(w, 'D');
		truncate_path(w, len);
	}
	return errno ? sd_fail(e, errno, "read %s of the image", w->path.data) : 0;
}

static int compare_dir(struct walk *w, int upper, int image, struct sd_err *e);

/* -1 for what is not there; the image does not change, and is not followed either. */
static int image_subdir(int image, const char *name)
{
	return image < 0 ? -1
			 : openat(image, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int compare_subdir(
	struct walk *w, int upper, int image, const char *name, char kind, struct sd_err *e)
{
	sd_auto_fd int dir = openat(upper, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	sd_auto_fd int below = image_subdir(image, name);
	size_t before = w->found.n;

	/* Gone, or something else, since its directory was read. */
	if (dir < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? 0
			       : sd_fail(e, errno, "open %s", w->path.data);
	if (compare_dir(w, dir, below, e) < 0)
		return -1;
	if (kind || w->found.n > before)
		found(w, kind ? kind : 'C');
	return 0;
}

static int compare_one(struct walk *w, int upper, int image, const char *name, struct sd_err *e)
{
	struct stat now, old;
	bool was = image >= 0 && fstatat(image, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
	char kind;

	if (fstatat(upper, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "stat %s", w->path.data);
	if (S_ISCHR(now.st_mode) && now.st_rdev == 0) {
		if (was)
			found(w, 'D');
		return 0;
	}
	kind = !was ? 'A' : same(&now, &old) ? 0 : 'C';
	if (kind == 'A' && is_mount_point(w->path.data, &now))
		kind = 0;
	if (S_ISDIR(now.st_mode))
		return compare_subdir(
			w, upper, was && S_ISDIR(old.st_mode) ? image : -1, name, kind, e);
	if (kind)
		found(w, kind);
	return 0;
}

static int compare_dir(struct walk *w, int upper, int image, struct sd_err *e)
{
	sd_auto_dir DIR *d = open_list(upper);
	size_t len = w->path.len;
	struct dirent *ent;

	if (!d)
		return sd_fail(e, errno, "read %s", w->path.data);
	while ((ent = sd_readdir(d))) {
		if (is_dot(ent->d_name))
			continue;
		if (push(w, ent->d_name, e) < 0 || compare_one(w, upper, image, ent->d_name, e) < 0)
			return -1;
		truncate_path(w, len);
	}
	if (errno)
		return sd_fail(e, errno, "read %s", w->path.data);
	return image >= 0 && is_opaque(upper) ? hidden(w, upper, image, e) : 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A name is whatever the container made of it; a terminal would obey some. */
static void print_path(const char *path, bool escape)
{
	for (const unsigned char *p = (const unsigned char *)path; *p; p++)
		if (escape && (*p < 0x20 || *p == 0x7f))
			printf("\\x%02x", *p);
		else
			putchar(*p);
	putchar('\n');
}

static void print(struct walk *w)
{
	bool escape = isatty(STDOUT_FILENO);

	if (w->found.n)
		qsort(w->found.v, w->found.n, sizeof(*w->found.v), by_path);
	for (size_t i = 0; i < w->found.n; i++) {
		const char *line = w->found.v[i];

		printf("%c ", line[strlen(line) + 1]);
		print_path(line, escape);
	}
}

/* The image's tree alone; one directory needs no merging. */
static int open_image(const struct overlay *o, const char *target, struct sd_err *e)
{
	const char *path = o->lower.n == 1 ? o->lower.v[0] : target;
	int fd;

	if (o->lower.n > 1 && overlay_mount_apart(&o->lower, NULL, target, e) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? sd_fail(e, errno, "open %s", path) : fd;
}

static int do_changes(const struct sd_call *call, struct sd_err *e)
{
	__attribute__((cleanup(walk_free))) struct walk w = {0};
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *target = NULL;
	sd_auto_fd int upper = -1, image = -1;
	auto_overlay struct overlay o = {0};
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		rootfs_target(doc, &target, e) < 0)
		return -1;
	r = rootfs_overlay(doc, true, &o, e);
	if (r < 0)
		return -1;
	if (r == 0)
		return sd_fail(e, 0, "the container has no image to be compared with");
	upper = open(o.upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* ENOENT: made by hand and not prepared yet, so nothing was written. */
	if (upper < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", o.upper);
	image = open_image(&o, target, e);
	if (image < 0)
		return -1;
	sd_raise_open_files(); /* a walk has a directory open at each level */
	sd_buf_str(&w.path, "");
	if (compare_dir(&w, upper, image, e) < 0)
		return -1;
	print(&w);
	return 0;
}

const struct sd_verb changes_verb = {
	.name = "changes",
	.summary = "list what a container has added, changed and deleted",
	.run = do_changes,
};
