/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a container that runs without a foreground, in the CRI format: a line each
 *
 *	2026-01-31T12:00:00.123456789Z stdout F the text
 *
 * P in place of F marks a part of a line that goes on in the next.  It is kept in the bundle as
 * `log`; before a line for which there is no room it becomes `log.1`, that `log.2` and so on, so
 * that no program can fill the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "proc.h"
#include "sd-monitor.h"
#include "store.h"

#define SIZE_DEFAULT  (16 << 20)
#define FILES_DEFAULT 2
#define PART_MAX      16384 /* as containerd cuts long lines */

struct log {
	int dir, fd;
	off_t size;
	int64_t max, files;    /* max: negative for none */
	struct sd_buf part[2]; /* what has no newline yet */
};

static void open_file(struct log *l)
{
	struct stat st;

	if (l->fd >= 0 || l->dir < 0)
		return;
	l->fd = openat(l->dir, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	l->size = l->fd >= 0 && fstat(l->fd, &st) == 0 ? st.st_size : 0;
}

/* The document is sd-spec's: what it says of the log was looked at there. */
static void configure(struct log *l, const struct sd_json *doc)
{
	struct sd_err ignored;

	l->max = SIZE_DEFAULT;
	l->files = FILES_DEFAULT;
	sd_json_int(doc, &l->max, &ignored, "want.log.maxSize");
	sd_json_int(doc, &l->files, &ignored, "want.log.maxFiles");
}

bool log_wanted(const struct sd_json *doc)
{
	struct sd_err ignored;
	const char *driver = "file";

	sd_json_str(doc, &driver, &ignored, "want.log.driver");
	return strcmp(driver, "none") != 0;
}

struct log *log_open(const char *id, const struct sd_json *doc)
{
	struct log *l = sd_calloc(1, sizeof(*l));
	struct sd_err ignored; /* the record is gone: what is still written goes nowhere */

	l->fd = -1;
	configure(l, doc);
	l->dir = log_wanted(doc) ? sd_record_open(id, false, &ignored) : -1;
	return l;
}

static void rotate(struct log *l)
{
	char from[32], to[32];

	sd_close_fd(&l->fd);
	if (l->files < 2)
		unlinkat(l->dir, "log", 0);
	l->size = 0;
	/* Those that are not there yet fail, and all with the record removed: then open does. */
	for (int64_t n = l->files - 1; n > 0; n--) {
		snprintf(from, sizeof(from), n > 1 ? "log.%d" : "log", (int)n - 1);
		snprintf(to, sizeof(to), "log.%d", (int)n);
		renameat(l->dir, from, l->dir, to);
	}
}

/* What one read of the program's output makes: written at once, under the time of its arrival. */
struct batch {
	struct log *log;
	int stream;
	char now[40];
	struct sd_buf lines;
};

static void begin(struct batch *b, struct log *l, int stream)
{
	*b = (struct batch){.log = l, .stream = stream};
	sd_time_now(b->now);
}

/*
 * A full disk loses lines, never the program: the log must not stop what it logs.  A file that
 * cannot be opened is tried again with the next lines.  What could be written of them is taken
 * back, so that the next line does not stand behind half of another.
 */
static void flush(struct batch *b)
{
	struct log *l = b->log;

	if (b->lines.len)
		open_file(l);
	if (l->fd >= 0 && b->lines.len) {
		if (sd_write_all(l->fd, b->lines.data, b->lines.len) == 0)
			l->size += (off_t)b->lines.len;
		else
			(void)!ftruncate(l->fd, l->size);
	}
	b->lines.len = 0;
}

static void end(struct batch *b)
{
	flush(b);
	sd_buf_free(&b->lines);
}

/* A file is no longer than it may be, unless that is one line. */
static void make_room(struct batch *b, size_t len)
{
	struct log *l = b->log;

	open_file(l);
	if (l->max < 0 || l->size + (off_t)(b->lines.len + len) <= l->max)
		return;
	flush(b);
	if (l->size > 0)
		rotate(l);
}

static void put(struct batch *b, struct sd_buf *text, bool whole)
{
	make_room(b, strlen(b->now) + strlen(" stdout F \n") + text->len);
	sd_buf_printf(&b->lines, "%s %s %c ", b->now, b->stream == 2 ? "stderr" : "stdout",
		whole ? 'F' : 'P');
	sd_buf_add(&b->lines, text->data, text->len);
	sd_buf_add(&b->lines, "\n", 1);
	text->len = 0;
}

void log_write(struct log *l, int stream, const char *data, size_t len)
{
	struct sd_buf *part = &l->part[stream - 1];
	struct batch b;
	const char *newline;

	begin(&b, l, stream);
	while ((newline = memchr(data, '\n', len))) {
		sd_buf_add(part, data, (size_t)(newline - data));
		put(&b, part, true);
		len -= (size_t)(newline - data) + 1;
		data = newline + 1;
	}
	sd_buf_add(part, data, len);
	if (part->len >= PART_MAX)
		put(&b, part, false);
	end(&b);
}

void log_close(struct log *l)
{
	if (!l)
		return;
	for (int i = 0; i < 2; i++) {
		struct batch b;

		begin(&b, l, i + 1);
		if (l->part[i].len)
			put(&b, &l->part[i], false);
		end(&b);
		sd_buf_free(&l->part[i]);
	}
	sd_close_fd(&l->fd);
	sd_close_fd(&l->dir);
	free(l);
}
