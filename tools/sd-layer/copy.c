/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying a tree: by descriptors, following no link, attributes last.  `from` is a directory of
 * an image, whose names may be hostile but which nobody changes meanwhile.
 */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"

#define CHUNK (1 << 20)

static int copy_attr(void *data, const char *name, const void *value, size_t size, struct sd_err *e)
{
	return attr_in_layer(name) ? attr_set(*(int *)data, "a volume's file", name, value, size, e)
				   : 0;
}

/* chown(2) takes set-user-ID bits and capabilities away: owner, then attributes, then mode. */
static int copy_meta(int from, int to, const struct stat *st, struct sd_err *e)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchown(to, st->st_uid, st->st_gid) < 0)
		return sd_fail(e, errno, "set the owner of a volume's file");
	if (attr_each(from, "a file of the image", copy_attr, &to, e) < 0)
		return -1;
	if (fchmod(to, st->st_mode & 07777) < 0 || futimens(to, times) < 0)
		return sd_fail(e, errno, "set the mode and times of a volume's file");
	return 0;
}

static int copy_data(int from, int to)
{
	sd_auto_free char *chunk = NULL;
	ssize_t n;

	/* In the kernel where both ends can; else (EXDEV, EINVAL, EOPNOTSUPP) by way of a buffer.
	 */
	while ((n = copy_file_range(from, NULL, to, NULL, CHUNK, 0)) > 0)
		;
	if (n == 0)
		return 0;
	chunk = sd_malloc(CHUNK);
	while ((n = read(from, chunk, CHUNK)) > 0)
		for (ssize_t done = 0, w; done < n; done += w) {
			w = write(to, chunk + done, (size_t)(n - done));
			if (w < 0)
				return -1;
		}
	return n < 0 ? -1 : 0;
}

static int copy_file(
	int from_dir, int to_dir, const char *name, const struct stat *st, struct sd_err *e)
{
	sd_auto_fd int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	sd_auto_fd int to =
		openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (from < 0 || to < 0 || copy_data(from, to) < 0)
		return sd_fail(e, errno, "copy %s into a volume", name);
	return copy_meta(from, to, st, e);
}

static int copy_link(int from_dir, int to_dir, const char *name, struct sd_err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return sd_fail(e, errno, "read the link %s", name);
	target[n] = '\0';
	return symlinkat(target, to_dir, name) < 0
		       ? sd_fail(e, errno, "copy the link %s into a volume", name)
		       : 0;
}

static int copy_node(int to_dir, const char *name, const struct stat *st, struct sd_err *e)
{
	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) < 0)
		return sd_fail(e, errno, "make %s in a volume", name);
	return 0;
}

static int copy_dir(int from_dir, int to_dir, const char *name, struct sd_err *e)
{
	sd_auto_fd int from =
		openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	sd_auto_fd int to = -1;

	if (from >= 0 && mkdirat(to_dir, name, 0700) == 0)
		to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return to < 0 ? sd_fail(e, errno, "copy the directory %s into a volume", name)
		      : copy_tree(from, to, e);
}

static int copy_one(int from, int to, const char *name, struct sd_err *e)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return sd_fail(e, errno, "stat %s", name);
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return copy_dir(from, to, name, e);
	case S_IFREG:
		return copy_file(from, to, name, &st, e);
	case S_IFSOCK: /* means nothing without the process that listened */
		return 0;
	case S_IFLNK:
		if (copy_link(from, to, name, e) < 0)
			return -1;
		break;
	default:
		if (copy_node(to, name, &st, e) < 0)
			return -1;
		if (fchmodat(to, name, st.st_mode & 07777, 0) < 0)
			return sd_fail(e, errno, "set the mode of %s", name);
	}
	if (fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return sd_fail(e, errno, "set the owner of %s", name);
	return 0;
}

int copy_tree(int from, int to, struct sd_err *e)
{
	sd_auto_fd int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;
	struct stat st;

	if (!d || fstat(fd, &st) < 0)
		return sd_fail(e, errno, "read a directory of the image");
	sd_steal_fd(&fd);
	while (errno = 0, (ent = readdir(d)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0 &&
			copy_one(from, to, ent->d_name, e) < 0)
			return -1;
	if (errno)
		return sd_fail(e, errno, "read a directory of the image");
	return copy_meta(from, to, &st, e);
}
