/* SPDX-License-Identifier: Apache-2.0 */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"

int sd_read_all(int fd, const char *name, size_t max, struct sd_buf *out, struct sd_err *e)
{
	char chunk[16384];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sd_fail(e, errno, "read %s", name);
		if (n == 0)
			return 0;
		if (out->len + (size_t)n > max)
			return sd_fail(e, EFBIG, "read %s: more than %zu bytes", name, max);
		sd_buf_add(out, chunk, (size_t)n);
	}
}

int sd_read_file(int dirfd, const char *path, size_t max, struct sd_buf *out, struct sd_err *e)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer that never comes. */
	sd_auto_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return sd_fail(e, errno, "open %s", path);
	if (fstat(fd, &st) < 0)
		return sd_fail(e, errno, "stat %s", path);
	if (!S_ISREG(st.st_mode))
		return sd_fail(e, 0, "read %s: not a regular file", path);
	return sd_read_all(fd, path, max, out, e);
}

int sd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

void sd_raise_open_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int sd_replace_file(
	int dirfd, const char *name, const void *data, size_t len, bool durable, struct sd_err *e)
{
	sd_auto_free char *temp = sd_printf(".%s.%d", name, (int)getpid());
	sd_auto_fd int fd =
		openat(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return sd_fail(e, errno, "create %s", temp);
	if (sd_write_all(fd, data, len) < 0 || (durable && fsync(fd) < 0)) {
		sd_fail(e, errno, "write %s", name);
		goto undo;
	}
	if (renameat(dirfd, temp, dirfd, name) < 0) {
		sd_fail(e, errno, "rename %s to %s", temp, name);
		goto undo;
	}
	if (durable && fsync(dirfd) < 0)
		return sd_fail(e, errno, "sync the directory of %s", name);
	return 0;
undo:
	unlinkat(dirfd, temp, 0);
	return -1;
}

int sd_write_kernel(int dirfd, const char *path, const char *value)
{
	sd_auto_fd int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(value);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, value, len);
	if (n < 0)
		return -1;
	if ((size_t)n != len) {
		errno = EIO;
		return -1;
	}
	return 0;
}

int sd_mkdir_p(const char *path, mode_t mode, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(path);

	/* The usual case first: it is there, or only the last part is missing. */
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return sd_fail(e, errno, "create directory %s", copy);
		*p = '/';
	}
	if (mkdir(copy, mode) < 0 && errno != EEXIST)
		return sd_fail(e, errno, "create directory %s", copy);
	return 0;
}

struct dirent *sd_readdir(DIR *d)
{
	errno = 0;
	return readdir(d);
}

/* Levels that are gone down at once, a descriptor each. */
#define LEVELS_MAX 32

struct removal {
	int top; /* the tree's own directory, once it is open */
	dev_t dev;
	unsigned moved; /* directories that were too deep, and hang from the top now */
};

static int remove_entries(struct removal *r, DIR *d, int level, struct sd_err *e);

/*
 * A container can make a tree deeper than descriptors, or a stack, go.  What lies too deep is
 * moved up; what has the new name there already is a part of the tree too, and keeps it.
 */
static int move_up(struct removal *r, int dirfd, const char *name, struct sd_err *e)
{
	char up[24];

	do {
		snprintf(up, sizeof(up), ".removed-%u", r->moved++);
		if (renameat(dirfd, name, r->top, up) == 0 || errno == ENOENT)
			return 0;
	} while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
	return sd_fail(e, errno, "move %s up, to remove it", name);
}

static int remove_dir(struct removal *r, int parent, const char *name, int level, struct sd_err *e)
{
	sd_auto_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	unsigned moved;
	struct stat st;

	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", name);
	sd_steal_fd(&fd);
	if (fstat(dirfd(d), &st) < 0)
		return sd_fail(e, errno, "stat %s", name);
	if (level == 0) {
		r->top = dirfd(d);
		r->dev = st.st_dev;
	}
	if (st.st_dev != r->dev)
		return sd_fail(e, EBUSY, "remove %s: something is mounted there", name);
	do {
		moved = r->moved;
		rewinddir(d);
		if (remove_entries(r, d, level, e) < 0)
			return -1;
	} while (level == 0 && moved != r->moved);
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return sd_fail(e, errno, "remove %s", name);
	return 0;
}

/* ENOENT is no error anywhere here: two removals of the same tree may run at once. */
static int remove_at(struct removal *r, int parent, const char *name, int level, struct sd_err *e)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return sd_fail(e, errno, "remove %s", name);
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return sd_fail(e, errno, "remove %s%s", name,
			errno == EBUSY ? ": something is mounted there" : "");
	if (level >= LEVELS_MAX)
		return move_up(r, parent, name, e);
	return remove_dir(r, parent, name, level, e);
}

static int remove_entries(struct removal *r, DIR *d, int level, struct sd_err *e)
{
	struct dirent *ent;

	while ((ent = sd_readdir(d))) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
			continue;
		if (remove_at(r, dirfd(d), ent->d_name, level + 1, e) < 0)
			return -1;
	}
	return errno ? sd_fail(e, errno, "read the directory that is removed") : 0;
}

int sd_remove_tree(int dirfd, const char *name, struct sd_err *e)
{
	struct removal r = {.top = -1};

	return remove_at(&r, dirfd, name, 0, e);
}
