/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: what the containers of the documents use, each second anew.
 *
 * Nothing is known of a container but its counters: what it used in a second is what they differ
 * by, so the first answer comes a second after the start.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "format.h"
#include "meter.h"

#define TABLE                                                                                      \
	"table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"        \
	"{{.BlockIO}}\t{{.PIDs}}"

const struct sd_opt stats_opts[] = {
	SD_OPT_FLAG(struct stats_args, all, 'a', "all", "also those that do not run"),
	SD_OPT_STR(struct stats_args, format, 0, "format", "FORMAT",
		"json, a template, or 'table TEMPLATE'"),
	SD_OPT_FLAG(struct stats_args, no_stream, 0, "no-stream", "once"),
	SD_OPT_FLAG(struct stats_args, no_trunc, 0, "no-trunc", "nothing shortened"),
	SD_OPT_END,
};

struct meters {
	struct meter *v;
	size_t n;
	struct sd_buf half; /* of a line */
	bool open;	    /* more documents may come */
};

static void meters_free(struct meters *m)
{
	for (size_t i = 0; i < m->n; i++)
		meter_free(&m->v[i]);
	free(m->v);
	sd_buf_free(&m->half);
}

/* Where it goes: in the place of the one that it had in its life before, or is told of twice. */
static struct meter *place_for(struct meters *m, const char *id)
{
	const char *other;
	struct sd_err ignored;

	for (size_t i = 0; i < m->n; i++) {
		if (sd_doc_id(m->v[i].doc, &other, &ignored) < 0 || strcmp(other, id) != 0)
			continue;
		meter_free(&m->v[i]);
		return &m->v[i];
	}
	m->v = sd_realloc(m->v, (m->n + 1) * sizeof(*m->v));
	return &m->v[m->n++];
}

static int add_meter(struct meters *m, const char *line, size_t len, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = sd_json_parse(line, len, "document", e);
	struct meter *there;
	const char *id;

	if (!doc || sd_doc_id(doc, &id, e) < 0)
		return -1;
	there = place_for(m, id);
	*there = (struct meter){0};
	return meter_begin(there, sd_steal_ptr(&doc), e);
}

/* The whole lines of what is there; the last one need not have a newline. */
static int add_lines(struct meters *m, struct sd_err *e)
{
	const char *p = m->half.data, *end = p + m->half.len;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		if (!newline && m->open)
			break;
		if (!newline)
			newline = end;
		if (newline > p && add_meter(m, p, (size_t)(newline - p), e) < 0)
			return -1;
		p = newline < end ? newline + 1 : end;
	}
	m->half.len = (size_t)(end - p);
	memmove(m->half.data, p, m->half.len);
	return 0;
}

static int read_documents(struct meters *m, struct sd_err *e)
{
	char chunk[65536];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n < 0)
		return sd_fail(e, errno, "read the documents");
	m->open = n > 0;
	if (!n && !m->half.len)
		return 0;
	sd_buf_add(&m->half, chunk, (size_t)n);
	return add_lines(m, e);
}

/* Told at once, not a second later. */
static int check_format(const struct stats_args *a, struct sd_err *e)
{
	sd_auto_rows struct sd_rows *rows = sd_rows_begin(a->format, TABLE, meter_headings, e);

	return rows ? 0 : -1;
}

static int render(const struct meters *m, const struct stats_args *a, FILE *to, struct sd_err *e)
{
	sd_auto_rows struct sd_rows *rows = sd_rows_begin(a->format, TABLE, meter_headings, e);

	if (!rows)
		return -1;
	for (size_t i = 0; i < m->n; i++) {
		sd_auto_json struct sd_json *row = NULL;

		if (!m->v[i].runs && !a->all)
			continue;
		row = meter_row(&m->v[i], a->no_trunc);
		if (sd_rows_add(rows, row, sd_json_get(m->v[i].doc, "want.labels"), e) < 0)
			return -1;
	}
	sd_rows_print(rows, to);
	return 0;
}

/*
 * On a terminal over what stood there: from the top, each line to its end, and what is left below.
 * Cleared first, all of it would flicker.
 */
static void redraw(const char *text)
{
	fputs("\033[H", stdout);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			fputs("\033[K", stdout);
		putchar(*p);
	}
	fputs("\033[J", stdout);
}

static int print(
	const struct meters *m, const struct stats_args *a, bool terminal, struct sd_err *e)
{
	sd_auto_free char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int r;

	if (!to)
		return sd_fail(e, errno, "make a buffer");
	r = render(m, a, to, e);
	fclose(to);
	if (r < 0)
		return -1;
	if (terminal)
		redraw(text);
	else
		fputs(text, stdout);
	return fflush(stdout) == 0 ? 0 : sd_fail(e, errno, "write to stdout");
}

/* Those that have ended go out of the list, unless all are asked for. */
static int read_all(struct meters *m, bool all, bool *any, struct sd_err *e)
{
	size_t kept = 0;

	*any = false;
	for (size_t i = 0; i < m->n; i++) {
		if (meter_read(&m->v[i], e) < 0)
			return -1;
		*any |= m->v[i].runs;
		if (all || m->v[i].runs)
			m->v[kept++] = m->v[i];
		else
			meter_free(&m->v[i]);
	}
	m->n = kept;
	return 0;
}

static int milliseconds_to(const struct timespec *next)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)((next->tv_sec - now.tv_sec) * 1000 + (next->tv_nsec - now.tv_nsec) / 1000000);
}

/* To a point in time, not for a time: what the reading takes does not add up. */
static int wait_until(struct meters *m, struct timespec *next, struct sd_err *e)
{
	int left;

	next->tv_sec++;
	while ((m->open || m->n) && (left = milliseconds_to(next)) > 0) {
		struct pollfd p = {.fd = m->open ? STDIN_FILENO : -1, .events = POLLIN};

		if (poll(&p, 1, left) > 0 && read_documents(m, e) < 0)
			return -1;
	}
	return 0;
}

/* Nothing changes any more once the last has ended and none can come. */
int verb_stats(const struct sd_call *call, struct sd_err *e)
{
	const struct stats_args *a = call->args;
	__attribute__((cleanup(meters_free))) struct meters m = {.open = true};
	bool terminal = !a->no_stream && isatty(STDOUT_FILENO), any;
	struct timespec next;

	if (sd_want_operands(call, 0, 0, e) < 0 || check_format(a, e) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &next);
	do {
		if (wait_until(&m, &next, e) < 0)
			return -1;
		/* Nothing came: the tool before has said why, or there is no container. */
		if (m.n == 0 && !m.open)
			return 0;
		if (read_all(&m, a->all, &any, e) < 0 || print(&m, a, terminal, e) < 0)
			return -1;
	} while ((any || m.open) && !a->no_stream);
	return 0;
}
