/* SPDX-License-Identifier: Apache-2.0 */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "str.h"
#include "when.h"

#define TRIES 20 /* of looking at a directory that does not hold still */
#define CHUNK 65536

/* The highest N of log.N; 0: there is none. */
static int oldest(int dir, long *max, struct sd_err *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;

	*max = 0;
	if (!d)
		return sd_fail(e, errno, "open the log's directory");
	while ((ent = sd_readdir(d))) {
		struct sd_err ignored;
		int64_t n;

		if (sd_starts_with(ent->d_name, "log.") &&
			sd_parse_int(ent->d_name + 4, "", 1, 1 << 20, &n, &ignored) == 0 &&
			n > *max)
			*max = (long)n;
	}
	/* ENOENT: the record was removed meanwhile. */
	return errno && errno != ENOENT ? sd_fail(e, errno, "read the log's directory") : 0;
}

/* "log", or "log.N". */
static void name_of(long n, char name[32])
{
	snprintf(name, 32, n ? "log.%ld" : "log", n);
}

static int open_nth(int dir, long n)
{
	char name[32];

	name_of(n, name);
	/* Never waits: what is no regular file is none of ours, and read as an empty one. */
	return openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static bool is_nth(int dir, long n, const struct stat *file)
{
	struct stat st;
	char name[32];

	name_of(n, name);
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == file->st_ino &&
	       st.st_dev == file->st_dev;
}

void logfiles_free(struct logfiles *f)
{
	for (size_t i = 0; i < f->n; i++)
		sd_close_fd(&f->fd[i]);
	free(f->fd);
	*f = (struct logfiles){0};
}

static int open_all(struct logfiles *f, int dir, long max, struct sd_err *e)
{
	f->fd = sd_calloc((size_t)max + 1, sizeof(*f->fd));
	for (long n = max; n >= 0; n--) {
		int fd = open_nth(dir, n);

		if (fd >= 0)
			f->fd[f->n++] = fd;
		else if (errno != ENOENT)
			return sd_fail(e, errno, "open the log");
	}
	return 0;
}

/* No file was renamed since: each stands where it stood. */
static bool unmoved(const struct logfiles *f, int dir, long max)
{
	size_t i = 0;

	for (long n = max; n >= 0 && i < f->n; n--) {
		struct stat st;

		if (fstat(f->fd[i], &st) == 0 && is_nth(dir, n, &st))
			i++;
	}
	return i == f->n;
}

int logfiles_open(struct logfiles *f, int dir, struct sd_err *e)
{
	for (int tries = 0; tries < TRIES; tries++) {
		long max, now;

		logfiles_free(f);
		if (oldest(dir, &max, e) < 0 || open_all(f, dir, max, e) < 0 ||
			oldest(dir, &now, e) < 0)
			return -1;
		if (now == max && unmoved(f, dir, max))
			return 0;
	}
	return 0; /* rotated faster than it is looked at: what was seen last is as good as any */
}

/* The number of an opened file; -1: it was removed. */
static long number_of(int dir, const struct stat *file, long max)
{
	for (long n = 0; n <= max; n++)
		if (is_nth(dir, n, file))
			return n;
	return -1;
}

int logfile_next(int dir, int fd, int *next, struct sd_err *e)
{
	for (int tries = 0; tries < TRIES; tries++) {
		struct stat st;
		long max, n;

		if (fd >= 0 && fstat(fd, &st) < 0)
			return sd_fail(e, errno, "look at the log");
		if (oldest(dir, &max, e) < 0)
			return -1;
		n = fd < 0 ? -1 : number_of(dir, &st, max);
		if (n == 0)
			return 0;
		/* What was removed was the oldest: the oldest that there is comes next. */
		*next = open_nth(dir, n < 0 ? max : n - 1);
		if (*next < 0)
			return errno == ENOENT ? 0 : sd_fail(e, errno, "open the log");
		if (n < 0 || is_nth(dir, n, &st))
			return 1;
		sd_close_fd(next);
	}
	return 0;
}

bool logline_parse(struct logline *l, const char *data, size_t len)
{
	static const char *const streams[] = {"stdout ", "stderr "};
	const char *p = data + SD_WHEN_LEN + 1, *end = data + len, *tag;

	/* TIME, a stream, a tag and a blank after each: and an empty text. */
	if (len < SD_WHEN_LEN + 1 + 7 + 1 || data[10] != 'T' || p[-1] != ' ')
		return false;
	*l = (struct logline){.time = data};
	for (int i = 0; i < 2; i++)
		if (memcmp(p, streams[i], 7) == 0)
			l->stream = i + 1;
	tag = p + 7;
	if (!l->stream || (*tag != 'P' && *tag != 'F'))
		return false;
	l->part = *tag == 'P';
	p = memchr(tag, ' ', (size_t)(end - tag));
	l->text = p ? p + 1 : end;
	l->len = (size_t)(end - l->text);
	return true;
}

void backward_open(struct backward *b, int fd)
{
	struct stat st = {0};

	fstat(fd, &st); /* fails: an empty file */
	*b = (struct backward){.fd = fd, .start = st.st_size};
}

/* As much again before what there is, so that a line of any length is copied twice at most. */
static bool grow(struct backward *b)
{
	size_t n = b->len > CHUNK ? b->len : CHUNK;
	ssize_t got;

	if (b->start < (off_t)n)
		n = (size_t)b->start;
	b->data = sd_realloc(b->data, b->len + n + 1);
	memmove(b->data + n, b->data, b->len);
	got = pread(b->fd, b->data, n, b->start - (off_t)n);
	if (got != (ssize_t)n) {
		b->errnum = got < 0 ? errno : 0; /* 0: somebody has cut it short */
		return false;
	}
	b->start -= (off_t)n;
	b->len += n;
	return true;
}

bool backward_line(struct backward *b, const char **line, size_t *len, off_t *at)
{
	/* data ends with the newline of the line before the last one returned. */
	char *newline = b->len ? memrchr(b->data, '\n', b->len) : NULL, *before;

	while (!newline) {
		if (b->start == 0 || !grow(b))
			return false;
		newline = memrchr(b->data, '\n', b->len);
	}
	b->len = (size_t)(newline - b->data) + 1;
	while (!(before = memrchr(b->data, '\n', b->len - 1)) && b->start > 0)
		if (!grow(b))
			return false;
	*line = before ? before + 1 : b->data;
	*len = (size_t)(b->data + b->len - 1 - *line);
	*at = b->start + (*line - b->data);
	b->len = (size_t)(*line - b->data);
	return true;
}

void backward_free(struct backward *b)
{
	free(b->data);
	*b = (struct backward){0};
}
