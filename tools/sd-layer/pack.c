/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory becomes a tar: what it holds, in the order of names, so that equal trees give equal
 * bytes.
 *
 * The tree may be a running container's, which can swap any name at any moment.  Each directory
 * is opened from the one above it and each object from its directory, never through a link, and
 * what is written is what the descriptor says (CVE-2023-0778).
 */
#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <locale.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

#define BLOCK (1 << 17)

static int pack_dir(struct pack *p, int dir, struct sd_err *e);
static int pack_header(struct pack *p, int dir, struct sd_err *e);

struct link {
	dev_t dev;
	ino_t ino;
	char *path;
};

static int by_inode(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void free_link(void *data)
{
	struct link *l = data;

	free(l->path);
	free(l);
}

/* The name under which the file was written before, or NULL; then it is known by this one. */
static const char *other_name(struct pack *p, const struct stat *st)
{
	struct link key = {.dev = st->st_dev, .ino = st->st_ino}, *l;
	struct link **found = tfind(&key, &p->links, by_inode);

	if (found)
		return (*found)->path;
	l = sd_malloc(sizeof(*l));
	*l = (struct link){st->st_dev, st->st_ino, sd_strdup(p->path.data)};
	if (!tsearch(l, &p->links, by_inode))
		free_link(l);
	return NULL;
}

/* Gone, or another object, since its directory was read: of a tree that changes, both are right. */
static bool vanished(int errnum)
{
	return errnum == ENOENT || errnum == ELOOP || errnum == ENOTDIR || errnum == ENXIO;
}

static int pack_open_file(struct pack *p, int fd, struct sd_err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return sd_fail(e, errno, "stat %s", p->path.data);
	if (!S_ISREG(st.st_mode))
		return 0;
	entry_begin(p, &st);
	return entry_attrs(p, fd, NULL, e) < 0 ? -1 : entry_end_data(p, fd, &st, e);
}

static int pack_file(struct pack *p, int dir, const char *name, struct sd_err *e)
{
	/* O_NONBLOCK: it may be a FIFO by now, which must not hold us. */
	sd_auto_fd int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return vanished(errno) ? 0 : sd_fail(e, errno, "open %s", p->path.data);
	return pack_open_file(p, fd, e);
}

static int pack_link(
	struct pack *p, int dir, const char *name, const struct stat *st, struct sd_err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return vanished(errno) || errno == EINVAL
			       ? 0
			       : sd_fail(e, errno, "read the link %s", p->path.data);
	target[n] = '\0';
	entry_begin(p, st);
	archive_entry_set_symlink(p->entry, target);
	return entry_end(p, e);
}

static int pack_whiteout(struct pack *p, const char *name, const struct stat *st, struct sd_err *e)
{
	size_t parent = p->path.len - strlen(name);
	sd_auto_free char *mark =
		sd_printf("%.*s" NAME_WHITEOUT_PREFIX "%s", (int)parent, p->path.data, name);

	return entry_mark(p, mark, st, e);
}

/* What a running container has mounted there holds no files of its own, and no end of others. */
static bool is_kernels(const struct statfs *fs)
{
	return fs->f_type == PROC_SUPER_MAGIC || fs->f_type == SYSFS_MAGIC ||
	       fs->f_type == CGROUP_SUPER_MAGIC || fs->f_type == CGROUP2_SUPER_MAGIC;
}

static int pack_subdir(struct pack *p, int dir, const char *name, struct sd_err *e)
{
	sd_auto_fd int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return vanished(errno) ? 0 : sd_fail(e, errno, "open %s", p->path.data);
	if (fstatfs(fd, &fs) < 0)
		return sd_fail(e, errno, "look at the file system of %s", p->path.data);
	return is_kernels(&fs) ? pack_header(p, fd, e) : pack_dir(p, fd, e);
}

static int pack_object(struct pack *p, int dir, const char *name, struct sd_err *e)
{
	const char *other;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return vanished(errno) ? 0 : sd_fail(e, errno, "stat %s", p->path.data);
	if (p->mode == PACK_LAYER && S_ISCHR(st.st_mode) && st.st_rdev == 0)
		return pack_whiteout(p, name, &st, e);
	if (p->mode == PACK_LAYER && sd_starts_with(name, NAME_WHITEOUT_PREFIX))
		return sd_fail(e, 0, "%s: a layer cannot hold this name, which would remove a file",
			p->path.data);
	if (S_ISDIR(st.st_mode))
		return pack_subdir(p, dir, name, e);
	if (S_ISSOCK(st.st_mode)) /* tar has none, and without its process it is nothing */
		return 0;
	other = st.st_nlink > 1 ? other_name(p, &st) : NULL;
	if (other) {
		entry_begin(p, &st);
		archive_entry_set_size(p->entry, 0);
		archive_entry_set_hardlink(p->entry, other);
		return entry_end(p, e);
	}
	if (S_ISREG(st.st_mode))
		return pack_file(p, dir, name, e);
	if (S_ISLNK(st.st_mode))
		return pack_link(p, dir, name, &st, e);
	entry_begin(p, &st);
	return entry_end(p, e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(int fd, const char *path, struct sd_strv *names, struct sd_err *e)
{
	sd_auto_fd int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = again < 0 ? NULL : fdopendir(again);
	struct dirent *ent;

	if (!d)
		return sd_fail(e, errno, "read the directory %s", path);
	sd_steal_fd(&again);
	while (errno = 0, (ent = readdir(d)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			sd_strv_add(names, ent->d_name);
	if (errno)
		return sd_fail(e, errno, "read the directory %s", path);
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
	return 0;
}

static void truncate_path(struct pack *p, size_t len)
{
	p->path.len = len;
	p->path.data[len] = '\0';
}

static int pack_children(struct pack *p, int dir, struct sd_err *e)
{
	sd_auto_strv struct sd_strv names = {0};
	size_t len = p->path.len;

	if (list(dir, p->path.data, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (len)
			sd_buf_str(&p->path, "/");
		sd_buf_str(&p->path, names.v[i]);
		/* Nobody could unpack it; and there is no end to how deep names can go. */
		if (p->path.len >= PATH_MAX)
			return sd_fail(e, ENAMETOOLONG, "%.64s...", p->path.data);
		if (pack_object(p, dir, names.v[i], e) < 0)
			return -1;
		truncate_path(p, len);
	}
	return 0;
}

/* A directory without what is in it. */
static int pack_header(struct pack *p, int dir, struct sd_err *e)
{
	bool opaque = false;
	struct stat st;

	if (fstat(dir, &st) < 0)
		return sd_fail(e, errno, "stat %s", p->path.data);
	entry_begin(p, &st);
	if (entry_attrs(p, dir, &opaque, e) < 0 || entry_end(p, e) < 0)
		return -1;
	if (opaque) {
		sd_auto_free char *mark =
			sd_printf("%s%s" NAME_OPAQUE_MARK, p->path.data, p->path.len ? "/" : "");

		if (entry_mark(p, mark, &st, e) < 0)
			return -1;
	}
	return 0;
}

static int pack_dir(struct pack *p, int dir, struct sd_err *e)
{
	return pack_header(p, dir, e) < 0 ? -1 : pack_children(p, dir, e);
}

static void pack_close(struct pack *p)
{
	tdestroy(p->links, free_link);
	archive_entry_free(p->entry);
	/* An archive that was not closed must not look whole: no end is written to it. */
	if (p->tar)
		archive_write_fail(p->tar);
	archive_write_free(p->tar);
	sd_buf_free(&p->path);
	free(p->chunk);
}

static int pack_open(struct pack *p, int out, struct sd_err *e)
{
	if (isatty(out)) {
		sd_fail(e, 0, "an archive is not for a terminal");
		return sd_hint(e, "redirect standard output to a file or a pipe");
	}
	sd_raise_open_files(); /* a walk has a directory open at each level */
	/* libarchive writes names that are UTF-8 as such where the locale says so, else as binary.
	 */
	setlocale(LC_CTYPE, "C.UTF-8");
	sd_buf_str(&p->path, "");
	p->entry = archive_entry_new();
	p->tar = archive_write_new();
	if (!p->tar || !p->entry)
		return sd_fail(e, ENOMEM, "write an archive");
	/* Not padded to a block: the bytes are the same whether a file or a pipe takes them. */
	if (archive_write_set_format_pax(p->tar) != ARCHIVE_OK ||
		archive_write_set_options(p->tar, "xattrheader=SCHILY") != ARCHIVE_OK ||
		archive_write_set_bytes_per_block(p->tar, BLOCK) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(p->tar, 1) != ARCHIVE_OK ||
		archive_write_open_fd(p->tar, out) != ARCHIVE_OK)
		return pack_fail(p, e);
	return 0;
}

int pack_fail(struct pack *p, struct sd_err *e)
{
	const char *why = archive_error_string(p->tar);

	return sd_fail(e, 0, "write the archive%s%s: %s", p->path.len ? " at " : "", p->path.data,
		why ? why : "no reason given");
}

static int pack_finish(struct pack *p, struct sd_err *e)
{
	return archive_write_close(p->tar) == ARCHIVE_OK ? 0 : pack_fail(p, e);
}

int pack_tree(int root, int out, enum pack_mode mode, struct sd_err *e)
{
	__attribute__((cleanup(pack_close))) struct pack p = {.mode = mode};

	if (pack_open(&p, out, e) < 0 || pack_dir(&p, root, e) < 0)
		return -1;
	return pack_finish(&p, e);
}

/* What was found is what is packed: opened again by its descriptor, not by its name. */
static int pack_found(struct pack *p, int fd, const struct stat *st, struct sd_err *e)
{
	sd_auto_free char *self = sd_printf("/proc/self/fd/%d", fd);
	sd_auto_fd int open_fd = -1;

	if (S_ISLNK(st->st_mode))
		return pack_link(p, fd, "", st, e);
	if (S_ISSOCK(st->st_mode))
		return sd_fail(e, 0, "%s is a socket, which no archive can hold", p->path.data);
	if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode)) {
		entry_begin(p, st);
		return entry_end(p, e);
	}
	open_fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (open_fd < 0)
		return sd_fail(e, errno, "open %s", p->path.data);
	return S_ISDIR(st->st_mode) ? pack_dir(p, open_fd, e) : pack_open_file(p, open_fd, e);
}

int pack_one(int fd, const char *name, int out, struct sd_err *e)
{
	__attribute__((cleanup(pack_close))) struct pack p = {.mode = PACK_TREE};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return sd_fail(e, errno, "stat %s", name);
	if (pack_open(&p, out, e) < 0)
		return -1;
	sd_buf_str(&p.path, name);
	return pack_found(&p, fd, &st, e) < 0 ? -1 : pack_finish(&p, e);
}
