/* SPDX-License-Identifier: Apache-2.0 */
/* One object of a tree becomes one entry of a tar. */
#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"

#define CHUNK (1 << 20)

void entry_begin(struct pack *p, const struct stat *st)
{
	archive_entry_clear(p->entry);
	archive_entry_set_pathname(p->entry, p->path.len ? p->path.data : ".");
	archive_entry_set_filetype(p->entry, st->st_mode & S_IFMT);
	archive_entry_set_perm(p->entry, st->st_mode & 07777);
	archive_entry_set_uid(p->entry, st->st_uid);
	archive_entry_set_gid(p->entry, st->st_gid);
	archive_entry_set_mtime(p->entry, st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	archive_entry_set_size(p->entry, S_ISREG(st->st_mode) ? st->st_size : 0);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		archive_entry_set_rdev(p->entry, st->st_rdev);
}

struct attr_walk {
	struct pack *pack;
	bool *opaque;
};

/* The overlay's own attributes say what the layer's archive says in names, or nothing to it. */
static int overlay_attr(const struct attr_walk *w, const char *what, const void *value, size_t size,
	struct sd_err *e)
{
	if (strcmp(what, "opaque") == 0 && w->opaque && size == 1 && *(const char *)value == 'y')
		*w->opaque = true;
	/* Made by another mount than ours: names and data are then not where they seem to be. */
	if (strcmp(what, "redirect") == 0 || strcmp(what, "metacopy") == 0)
		return sd_fail(e, 0,
			"%s: the overlay was mounted with redirect_dir or metacopy, which "
			"no layer can express",
			w->pack->path.data);
	return 0;
}

static int add_attr(void *data, const char *name, const void *value, size_t size, struct sd_err *e)
{
	const struct attr_walk *w = data;
	const char *prefix = overlay_prefix();

	if (attr_in_layer(name))
		archive_entry_xattr_add_entry(w->pack->entry, name, value, size);
	if (w->pack->mode == PACK_LAYER && sd_starts_with(name, prefix))
		return overlay_attr(w, name + strlen(prefix), value, size, e);
	return 0;
}

int entry_attrs(struct pack *p, int fd, bool *opaque, struct sd_err *e)
{
	struct attr_walk w = {p, opaque};

	return attr_each(fd, p->path.data, add_attr, &w, e);
}

int entry_end(struct pack *p, struct sd_err *e)
{
	int r = archive_write_header(p->tar, p->entry);

	/* ARCHIVE_WARN: the name is not UTF-8, and was written as it is. */
	return r == ARCHIVE_OK || r == ARCHIVE_WARN ? 0 : pack_fail(p, e);
}

int entry_mark(struct pack *p, const char *path, const struct stat *st, struct sd_err *e)
{
	struct stat empty = {.st_mode = S_IFREG | 0600, .st_mtim = st->st_mtim};

	entry_begin(p, &empty);
	archive_entry_set_pathname(p->entry, path);
	return entry_end(p, e);
}

/* Where the data lies, if the file has holes. */
static void add_sparse(struct pack *p, int fd, off_t size)
{
	off_t data = 0, hole = 0;

	while (hole < size && (data = lseek(fd, hole, SEEK_DATA)) >= 0 && data < size) {
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		archive_entry_sparse_add_entry(p->entry, data, hole - data);
	}
	/* ENXIO: no data any more.  Without any at all libarchive wants to be told of none at 0. */
	if (!archive_entry_sparse_count(p->entry))
		archive_entry_sparse_add_entry(p->entry, 0, 0);
}

/* libarchive takes the holes' zeros too, and leaves them out: they need not be read. */
static ssize_t next_piece(struct pack *p, int fd, off_t at, off_t left, bool sparse)
{
	size_t want = left < CHUNK ? (size_t)left : CHUNK;
	off_t data = sparse ? lseek(fd, at, SEEK_DATA) : at;

	if (data < 0 && errno == ENXIO)
		data = at + left;
	if (data > at) {
		want = data - at < (off_t)want ? (size_t)(data - at) : want;
		memset(p->chunk, 0, want);
		return (ssize_t)want;
	}
	return pread(fd, p->chunk, want, at);
}

static int write_data(struct pack *p, int fd, off_t size, bool sparse, struct sd_err *e)
{
	for (off_t at = 0; at < size;) {
		ssize_t n = next_piece(p, fd, at, size - at, sparse);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sd_fail(e, errno, "read %s", p->path.data);
		/* Cut short while it is read: libarchive fills up with zeros what the header says.
		 */
		if (n == 0)
			return 0;
		if (archive_write_data(p->tar, p->chunk, (size_t)n) < 0)
			return pack_fail(p, e);
		at += n;
	}
	return 0;
}

int entry_end_data(struct pack *p, int fd, const struct stat *st, struct sd_err *e)
{
	bool sparse = st->st_blocks * 512 < st->st_size;

	if (sparse)
		add_sparse(p, fd, st->st_size);
	if (!p->chunk)
		p->chunk = sd_malloc(CHUNK);
	return entry_end(p, e) < 0 ? -1 : write_data(p, fd, st->st_size, sparse, e);
}
