/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: what the containers of the documents use, each second anew.
 *
 * Nothing is known of a container but its counters: what it used in a second is what they differ
 * by, so the first answer comes a second after the start.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "format.h"
#include "io.h"
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
};

static void meters_free(struct meters *m)
{
	for (size_t i = 0; i < m->n; i++)
		meter_free(&m->v[i]);
	free(m->v);
}

static int add_meter(struct meters *m, const char *line, size_t len, struct sd_err *e)
{
	struct sd_json *doc = sd_json_parse(line, len, "document", e);

	if (!doc)
		return -1;
	m->v = sd_realloc(m->v, (m->n + 1) * sizeof(*m->v));
	m->v[m->n] = (struct meter){0};
	return meter_begin(&m->v[m->n++], doc, e);
}

/* One a line. */
static int read_documents(struct meters *m, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	if (sd_read_all(STDIN_FILENO, "the documents", SD_READ_MAX, &text, e) < 0)
		return -1;
	for (const char *p = text.data; p && *p;) {
		size_t len = strcspn(p, "\n");

		if (len && add_meter(m, p, len, e) < 0)
			return -1;
		p += len + (p[len] == '\n');
	}
	return 0;
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

static int read_all(struct meters *m, bool *any, struct sd_err *e)
{
	*any = false;
	for (size_t i = 0; i < m->n; i++) {
		if (meter_read(&m->v[i], e) < 0)
			return -1;
		*any |= m->v[i].runs;
	}
	return 0;
}

/* To a point in time, not for a time: what the reading takes does not add up. */
static void until(struct timespec *next)
{
	next->tv_sec++;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL) == EINTR)
		;
}

/* Nothing changes any more once the last has ended. */
int verb_stats(const struct sd_call *call, struct sd_err *e)
{
	const struct stats_args *a = call->args;
	__attribute__((cleanup(meters_free))) struct meters m = {0};
	bool terminal = !a->no_stream && isatty(STDOUT_FILENO), any;
	struct timespec next;

	if (sd_want_operands(call, 0, 0, e) < 0 || read_documents(&m, e) < 0)
		return -1;
	/* Nothing came: the tool before has said why, or there is no container. */
	if (m.n == 0)
		return 0;
	if (check_format(a, e) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &next);
	do {
		until(&next);
		if (read_all(&m, &any, e) < 0 || print(&m, a, terminal, e) < 0)
			return -1;
	} while (any && !a->no_stream);
	return 0;
}
