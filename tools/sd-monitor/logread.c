/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --tail is found from the end, in whichever of the files it begins: a log of any size is read as
 * far as it is printed.  Parts of a line are joined within their stream, so the beginning is found
 * for each stream by itself.
 */
#include "logread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"

#define CHUNK	  65536
#define LONGEST	  (1 << 20) /* more without a newline is no line of ours */
#define LOOK_BACK (256 << 10)

static bool before(const struct place *a, const struct place *b)
{
	return a->file < b->file || (a->file == b->file && a->at < b->at);
}

/* ---- printing */

static int flush_one(struct reader *r, int i, struct sd_err *e)
{
	struct sd_buf *b = &r->out[i].b;

	if (b->len && sd_write_all(i + 1, b->data, b->len) < 0)
		return sd_fail(e, errno, "write the log");
	b->len = 0;
	return 0;
}

int reader_flush(struct reader *r, struct sd_err *e)
{
	return flush_one(r, 0, e) < 0 || flush_one(r, 1, e) < 0 ? -1 : 0;
}

static bool shown(struct reader *r, const struct logline *l)
{
	if (r->since[0] && memcmp(l->time, r->since, SD_WHEN_LEN) < 0)
		return false;
	if (r->until[0] && memcmp(l->time, r->until, SD_WHEN_LEN) > 0) {
		r->past = true;
		return false;
	}
	return true;
}

static int print(
	struct reader *r, const struct logline *l, const struct place *at, struct sd_err *e)
{
	struct output *o = &r->out[l->stream - 1];
	int other = 2 - l->stream;

	if (!o->wanted || before(at, &o->from))
		return 0;
	if (!o->inside) {
		o->shown = shown(r, l);
		/* For who sees both on one terminal, in the order of writing. */
		if (flush_one(r, other, e) < 0)
			return -1;
		if (o->shown && r->o->timestamps)
			sd_buf_printf(&o->b, "%.*s ", SD_WHEN_LEN, l->time);
	}
	o->inside = l->part;
	if (!o->shown)
		return 0;
	sd_buf_add(&o->b, l->text, l->len);
	if (!l->part)
		sd_buf_str(&o->b, "\n");
	return o->b.len >= CHUNK ? flush_one(r, l->stream - 1, e) : 0;
}

/* ---- reading on */

static int take_lines(struct reader *r, struct sd_err *e)
{
	const char *p = r->half.data, *end = p + r->half.len, *newline;

	while ((newline = memchr(p, '\n', (size_t)(end - p)))) {
		struct logline l;

		if (logline_parse(&l, p, (size_t)(newline - p)) && print(r, &l, &r->at, e) < 0)
			return -1;
		r->at.at += newline + 1 - p;
		p = newline + 1;
	}
	r->half.len = (size_t)(end - p);
	memmove(r->half.data, p, r->half.len);
	if (r->half.len > LONGEST) {
		r->at.at += (off_t)r->half.len;
		r->half.len = 0;
	}
	return 0;
}

/* To the end of the file. */
static int read_file(struct reader *r, struct sd_err *e)
{
	char chunk[CHUNK];
	ssize_t n;

	while ((n = read(r->fd, chunk, sizeof(chunk))) > 0) {
		sd_buf_add(&r->half, chunk, (size_t)n);
		if (take_lines(r, e) < 0)
			return -1;
	}
	return n < 0 ? sd_fail(e, errno, "read the log") : 0;
}

/* What is cut off at the end of a file does not go on in the next. */
static void turn_to(struct reader *r, int fd, off_t at)
{
	sd_close_fd(&r->fd);
	r->fd = fd;
	r->half.len = 0;
	r->at.at = at;
}

int reader_known(struct reader *r, struct sd_err *e)
{
	struct place from = r->out[0].wanted ? r->out[0].from : r->out[1].from;

	if (r->out[1].wanted && before(&r->out[1].from, &from))
		from = r->out[1].from;
	for (; from.file < r->files.n; from.file++, from.at = 0) {
		r->at.file = from.file;
		turn_to(r, sd_steal_fd(&r->files.fd[from.file]), from.at);
		if (lseek(r->fd, from.at, SEEK_SET) < 0)
			return sd_fail(e, errno, "seek in the log");
		if (read_file(r, e) < 0)
			return -1;
	}
	return 0;
}

int reader_on(struct reader *r, struct sd_err *e)
{
	for (;;) {
		int next, n;

		if (r->fd >= 0 && read_file(r, e) < 0)
			return -1;
		n = logfile_next(r->dir, r->fd, &next, e);
		if (n <= 0)
			return n;
		/* It was renamed after that read, or before its last line. */
		if (r->fd >= 0 && read_file(r, e) < 0) {
			close(next);
			return -1;
		}
		r->at.file++;
		turn_to(r, next, 0);
	}
}

/* ---- the beginning */

/* One stream, on the way back. */
struct trail {
	bool seen; /* a line of it is counted, which earlier parts belong to */
	bool done; /* all that is asked for is found */
};

/* One line more, from the end; true once no earlier one can belong to what is asked for. */
static bool count(struct reader *r, struct trail t[2], int64_t *left, const struct logline *l,
	const struct place *at)
{
	struct trail *mine = &t[l->stream - 1];
	struct output *o = &r->out[l->stream - 1];

	if (o->wanted && !mine->done) {
		if (!l->part || !mine->seen) {
			mine->done = *left == 0;
			*left -= !mine->done;
			mine->seen = true;
		}
		if (!mine->done)
			o->from = *at;
	}
	return (t[0].done || !r->out[0].wanted) && (t[1].done || !r->out[1].wanted);
}

/*
 * Where the last `left` lines begin.  When they are counted, what the other stream has written
 * before may be the beginning of one of them: it is looked for a little further.
 */
static int find_tail(struct reader *r, int64_t left, struct sd_err *e)
{
	struct trail t[2] = {0};
	size_t further = 0;

	for (size_t i = r->files.n; i-- > 0;) {
		auto_backward struct backward b;
		struct place at = {.file = i};
		const char *line;
		size_t len;

		backward_open(&b, r->files.fd[i]);
		while (backward_line(&b, &line, &len, &at.at)) {
			struct logline l;

			further += left == 0 ? len + 1 : 0;
			if (further > LOOK_BACK)
				return 0;
			if (logline_parse(&l, line, len) && count(r, t, &left, &l, &at))
				return 0;
		}
		if (b.errnum)
			return sd_fail(e, b.errnum, "read the log");
	}
	return 0;
}

/* Behind the last newline: what comes after it is not whole yet. */
static struct place end_of(const struct reader *r)
{
	struct place end = {.file = r->files.n};
	auto_backward struct backward b = {.fd = -1};
	const char *line;
	size_t len;

	if (!r->files.n)
		return end;
	end.file--;
	backward_open(&b, r->files.fd[end.file]);
	if (backward_line(&b, &line, &len, &end.at))
		end.at += (off_t)len + 1;
	return end;
}

static int find_beginning(struct reader *r, struct sd_err *e)
{
	int64_t lines;

	if (logfiles_open(&r->files, r->dir, e) < 0)
		return -1;
	if (!r->o->tail || strcmp(r->o->tail, "all") == 0 || r->o->tail[0] == '-')
		return 0;
	if (sd_parse_int(r->o->tail, "--tail", 0, INT64_MAX, &lines, e) < 0)
		return -1;
	r->out[0].from = r->out[1].from = end_of(r);
	return lines ? find_tail(r, lines, e) : 0;
}

/* ---- */

static int parse_options(struct reader *r, struct sd_err *e)
{
	if (r->o->since && sd_when_parse(r->o->since, "--since", r->since, e) < 0)
		return -1;
	return r->o->until ? sd_when_parse(r->o->until, "--until", r->until, e) : 0;
}

int reader_open(struct reader *r, const char *id, const struct sd_log_options *o, struct sd_err *e)
{
	*r = (struct reader){.o = o, .dir = -1, .fd = -1};
	/* Neither, as both: all. */
	r->out[0].wanted = o->out || !o->err;
	r->out[1].wanted = o->err || !o->out;
	if (parse_options(r, e) < 0)
		return -1;
	r->dir = sd_record_open(id, false, e);
	return r->dir < 0 ? -1 : find_beginning(r, e);
}

void reader_free(struct reader *r)
{
	logfiles_free(&r->files);
	sd_buf_free(&r->out[0].b);
	sd_buf_free(&r->out[1].b);
	sd_buf_free(&r->half);
	sd_close_fd(&r->fd);
	sd_close_fd(&r->dir);
}
