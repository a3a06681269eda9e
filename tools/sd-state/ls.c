/* SPDX-License-Identifier: Apache-2.0 */
/* ls: the list of containers.  A record that cannot be read is a row of its own, and no more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "doc.h"
#include "ls_filter.h"
#include "format.h"
#include "row.h"
#include "sd-state.h"
#include "store.h"
#include "table.h"

struct args {
	bool all, quiet, no_trunc, json, latest;
	int64_t last;
	const char *format;
	struct sd_strv filters;
};

const struct sd_opt state_ls_opts[] = {
	SD_OPT_FLAG(struct args, all, 'a', "all", "also those that do not run"),
	SD_OPT_LIST(struct args, filters, 'f', "filter", "KEY=VALUE",
		"only those with that ancestor, exit code (exited), id, label, name, network, "
		"status, "
		"volume; made before or since that one"),
	SD_OPT_STR(struct args, format, 0, "format", "FORMAT",
		"json, a template, or 'table TEMPLATE'"),
	SD_OPT_FLAG(struct args, json, 0, "json", "the documents, one a line"),
	SD_OPT_INT(struct args, last, 'n', "last", "N", "the N that were made last"),
	SD_OPT_FLAG(struct args, latest, 'l', "latest", "the one that was made last"),
	SD_OPT_FLAG(struct args, no_trunc, 0, "no-trunc", "nothing shortened"),
	SD_OPT_FLAG(struct args, quiet, 'q', "quiet", "ids only"),
	SD_OPT_END,
};
const size_t state_ls_size = sizeof(struct args);

struct row {
	char *id;
	struct sd_json *doc; /* NULL: broken, see why */
	char *why;
};

static int newest_first(const void *a, const void *b)
{
	return strcmp(row_text(((const struct row *)b)->doc, "created"),
		row_text(((const struct row *)a)->doc, "created"));
}

static bool wanted(const struct args *a, const struct row *r)
{
	if (!r->doc)
		return a->filters.n == 0;
	return (a->all || sd_record_runs(r->doc)) && filters_hold(&a->filters, r->doc);
}

static void add_broken(struct sd_table *t, const struct row *r)
{
	static const char *const nothing = "";

	for (int i = 0; i < 3; i++)
		sd_table_add(t, nothing);
	sd_table_take(t, sd_printf("Broken: %s", r->why));
	sd_table_add(t, nothing);
	sd_table_add(t, nothing);
}

static void add_row(struct sd_table *t, const struct args *a, const struct row *r)
{
	sd_table_take(t, row_id(r->id, a->no_trunc));
	if (!r->doc) {
		add_broken(t, r);
		return;
	}
	sd_table_add(t, row_text(r->doc, "image.name"));
	sd_table_take(t, row_command(r->doc, a->no_trunc));
	sd_table_take(t, row_running_for(r->doc));
	sd_table_take(t, row_status(r->doc));
	sd_table_take(t, row_ports(r->doc));
	sd_table_add(t, row_text(r->doc, "name"));
}

static void print_table(const struct args *a, const struct row *rows, size_t n)
{
	static const char *const head[] = {
		"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"};
	sd_auto_table struct sd_table t = {.columns = sizeof(head) / sizeof(*head)};

	for (size_t i = 0; i < t.columns; i++)
		sd_table_add(&t, head[i]);
	for (size_t i = 0; i < n; i++)
		add_row(&t, a, &rows[i]);
	sd_table_print(&t, stdout);
}

/* What cannot be read is told in the table alone: a template would find nothing in it. */
static int print_format(const struct args *a, const struct row *rows, size_t n, struct sd_err *e)
{
	sd_auto_rows struct sd_rows *r = sd_rows_begin(a->format, NULL, row_headings, e);

	if (!r)
		return -1;
	for (size_t i = 0; i < n; i++) {
		sd_auto_json struct sd_json *row = NULL;

		if (!rows[i].doc)
			continue;
		row = row_json(rows[i].doc, a->no_trunc);
		if (sd_rows_add(r, row, sd_json_get(rows[i].doc, "want.labels"), e) < 0)
			return -1;
	}
	sd_rows_print(r, stdout);
	return 0;
}

static int print(const struct args *a, const struct row *rows, size_t n, struct sd_err *e)
{
	if (!a->quiet && !a->json && a->format && strcmp(a->format, "table") != 0)
		return print_format(a, rows, n, e);
	if (!a->quiet && !a->json) {
		print_table(a, rows, n);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		sd_auto_free char *id = row_id(rows[i].id, a->no_trunc);

		if (a->quiet)
			puts(id);
		else if (rows[i].doc && sd_doc_write(STDOUT_FILENO, rows[i].doc, e) < 0)
			return -1;
	}
	return 0;
}

static void row_free(struct row *r)
{
	sd_json_unref(r->doc);
	free(r->why);
}

/* Those that are wanted, the newest first. */
static size_t choose(const struct args *a, struct row *rows, size_t n)
{
	size_t kept = 0;

	qsort(rows, n, sizeof(*rows), newest_first);
	for (size_t i = 0; i < n; i++) {
		if ((!a->last || kept < (size_t)a->last) && wanted(a, &rows[i]))
			rows[kept++] = rows[i];
		else
			row_free(&rows[i]);
	}
	return kept;
}

static int check(struct args *a, struct sd_err *e)
{
	if (a->last < 0)
		return sd_fail(e, 0, "--last: %lld is less than 0", (long long)a->last);
	if (a->latest)
		a->last = 1;
	a->all |= a->last > 0;
	return filters_check(&a->filters, &a->all, e);
}

int state_ls(const struct sd_call *call, struct sd_err *e)
{
	struct args *a = call->args;
	sd_auto_strv struct sd_strv ids = {0};
	sd_auto_free struct row *rows = NULL;
	size_t n = 0;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || check(a, e) < 0 || sd_record_list(&ids, e) < 0)
		return -1;
	rows = sd_calloc(ids.n, sizeof(*rows));
	for (size_t i = 0; i < ids.n; i++) {
		struct sd_err why = {0};

		r = sd_record_load_brief(ids.v[i], &rows[n].doc, &why);
		if (r == 0) /* removed since the directory was read, or not written yet */
			continue;
		rows[n].id = ids.v[i];
		if (r < 0)
			rows[n].why = sd_strdup(why.text);
		n++;
	}
	n = choose(a, rows, n);
	r = print(a, rows, n, e);
	for (size_t i = 0; i < n; i++)
		row_free(&rows[i]);
	return r;
}
