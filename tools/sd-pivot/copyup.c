/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copyup - tmpcopyup: a tmpfs begins with what the image has in its place.
 *
 * All by descriptors, following no link: the source is the image's.  Hard links become copies,
 * sockets and extended attributes are left out.
 */
#include "pivot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"

/* Nothing deeper is copied: each level holds descriptors. */
#define DEPTH_MAX 64

static int copy_directory(int from, int to, int depth, struct sd_err *e);

static int copy_attributes(int fd, const char *name, const struct stat *st, struct sd_err *e)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	/* Owner before mode: chown(2) drops set-user-ID bits. */
	if (fchown(fd, st->st_uid, st->st_gid) < 0 || fchmod(fd, st->st_mode & 07777) < 0 ||
		futimens(fd, times) < 0)
		return sd_fail(e, errno, "copy up the attributes of %s", name);
	return 0;
}

static int copy_file(int from, int to, const char *name, const struct stat *st, struct sd_err *e)
{
	sd_auto_fd int in = sd_open_in(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	sd_auto_fd int out =
		openat(to, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n;

	if (in < 0 || out < 0)
		return sd_fail(e, errno, "copy up %s", name);
	while ((n = sendfile(out, in, NULL, 1 << 30)) > 0)
		;
	if (n < 0)
		return sd_fail(e, errno, "copy up %s", name);
	return copy_attributes(out, name, st, e);
}

static int copy_link(int from, int to, const char *name, const struct stat *st, struct sd_err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return sd_fail(e, errno, "copy up link %s", name);
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0 ||
		fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return sd_fail(e, errno, "copy up link %s", name);
	return 0;
}

static int copy_node(int to, const char *name, const struct stat *st, struct sd_err *e)
{
	if (mknodat(to, name, st->st_mode, st->st_rdev) < 0 ||
		fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return sd_fail(e, errno, "copy up %s", name);
	return 0;
}

static int copy_below(
	int from, int to, const char *name, const struct stat *st, int depth, struct sd_err *e)
{
	sd_auto_fd int in = -1, out = -1;

	if (mkdirat(to, name, 0700) < 0)
		return sd_fail(e, errno, "copy up directory %s", name);
	in = openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0)
		return sd_fail(e, errno, "copy up directory %s", name);
	if (copy_directory(in, out, depth + 1, e) < 0)
		return -1;
	return copy_attributes(out, name, st, e);
}

static int copy_entry(int from, int to, const char *name, int depth, struct sd_err *e)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return sd_fail(e, errno, "copy up %s", name);
	if (S_ISDIR(st.st_mode))
		return copy_below(from, to, name, &st, depth, e);
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, &st, e);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st, e);
	return S_ISSOCK(st.st_mode) ? 0 : copy_node(to, name, &st, e);
}

static int copy_directory(int from, int to, int depth, struct sd_err *e)
{
	sd_auto_fd int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *dir = NULL;
	struct dirent *entry;

	if (depth > DEPTH_MAX)
		return sd_fail(e, ELOOP, "copy up: more than %d directories deep", DEPTH_MAX);
	if (fd < 0 || !(dir = fdopendir(fd)))
		return sd_fail(e, errno, "copy up: read a directory");
	/* The stream owns the descriptor now. */
	from = sd_steal_fd(&fd);
	while ((errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (copy_entry(from, to, entry->d_name, depth, e) < 0)
			return -1;
	}
	return errno ? sd_fail(e, errno, "copy up: read a directory") : 0;
}

int copy_up(int from, int to, struct sd_err *e)
{
	return copy_directory(from, to, 0, e);
}
