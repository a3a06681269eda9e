/* SPDX-License-Identifier: Apache-2.0 */
/* ls: the list of containers.  A record that cannot be read is a row of its own, and no more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "doc.h"
#include "eventlog.h"
#include "format.h"
#include "ls_filter.h"
#include "ls_options.h"
#include "row.h"
#include "sd-state.h"
#include "store.h"
#include "table.h"

struct args {
	struct sd_ls_options ls; /* first: ls_options.def */
	bool follow;
};

static const struct sd_opt state_ls_opts[] = {
#include "ls_options.def"
	SD_OPT_FLAG(struct args, follow, 0, "follow", "with --json: and of each that starts"),
	SD_OPT_END,
};

struct row {
	char *id;
	struct sd_json *doc; /* NULL: broken, see why */
	char *why;
	const char *size; /* as sd-layer has told it; "": it has not */
};

static int newest_first(const void *a, const void *b)
{
	return strcmp(row_text(((const struct row *)b)->doc, "created"),
		row_text(((const struct row *)a)->doc, "created"));
}

/*
 * docker's rule: its user's wish ends with the boot for `always`, and not for `unless-stopped`.  One
 * that was never started waits for that.
 */
static bool is_due(const struct sd_json *doc)
{
	const char *policy = row_text(doc, "want.restart.name");
	bool stopped = false;
	struct sd_err ignored;

	sd_json_bool(doc, &stopped, &ignored, "stoppedByUser");
	return !sd_record_lives(doc) && sd_json_get(doc, "started") &&
	       (strcmp(policy, "always") == 0 ||
		       (strcmp(policy, "unless-stopped") == 0 && !stopped));
}

static bool wanted(const struct sd_ls_options *a, const struct row *r)
{
	if (!r->doc)
		return a->filters.n == 0 && !a->due;
	return (a->due ? is_due(r->doc) : a->all || sd_record_lives(r->doc)) &&
	       filters_hold(&a->filters, r->doc);
}

static void add_broken(struct sd_table *t, const struct row *r)
{
	for (int i = 0; i < 3; i++)
		sd_table_add(t, "");
	sd_table_take(t, sd_printf("Broken: %s", r->why));
	sd_table_add(t, "");
	sd_table_add(t, "");
}

static void add_cells(struct sd_table *t, const struct sd_ls_options *a, const struct sd_json *doc)
{
	sd_table_add(t, row_text(doc, "image.name"));
	sd_table_take(t, row_command(doc, a->no_trunc));
	sd_table_take(t, row_running_for(doc));
	sd_table_take(t, row_status(doc));
	sd_table_take(t, row_ports(doc));
	sd_table_add(t, row_text(doc, "name"));
}

static void add_row(struct sd_table *t, const struct sd_ls_options *a, const struct row *r)
{
	sd_table_take(t, row_id(r->id, a->no_trunc));
	if (r->doc)
		add_cells(t, a, r->doc);
	else
		add_broken(t, r);
	if (a->size)
		sd_table_add(t, r->size);
}

static void print_table(const struct sd_ls_options *a, const struct row *rows, size_t n)
{
	static const char *const head[] = {
		"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", "SIZE"};
	sd_auto_table struct sd_table t = {
		.columns = sizeof(head) / sizeof(*head) - (a->size ? 0 : 1)};

	for (size_t i = 0; i < t.columns; i++)
		sd_table_add(&t, head[i]);
	for (size_t i = 0; i < n; i++)
		add_row(&t, a, &rows[i]);
	sd_table_print(&t, stdout);
}

/* What cannot be read is told in the table alone: a template would find nothing in it. */
static int print_format(
	const struct sd_ls_options *a, const struct row *rows, size_t n, struct sd_err *e)
{
	sd_auto_rows struct sd_rows *r = sd_rows_begin(a->format, NULL, row_headings, e);

	if (!r)
		return -1;
	for (size_t i = 0; i < n; i++) {
		sd_auto_json struct sd_json *row = NULL;

		if (!rows[i].doc)
			continue;
		row = row_json(rows[i].doc, a->no_trunc);
		if (a->size)
			sd_json_set_str(row, "Size", rows[i].size);
		if (sd_rows_add(r, row, sd_json_get(rows[i].doc, "want.labels"), e) < 0)
			return -1;
	}
	sd_rows_print(r, stdout);
	return 0;
}

static int print(const struct sd_ls_options *a, const struct row *rows, size_t n, struct sd_err *e)
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
static size_t choose(const struct sd_ls_options *a, struct row *rows, size_t n)
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

static int check(struct sd_ls_options *a, struct sd_err *e)
{
	if (a->last < 0)
		return sd_fail(e, 0, "--last: %lld is less than 0", (long long)a->last);
	if (a->latest)
		a->last = 1;
	a->all |= a->last > 0;
	return filters_check(&a->filters, &a->all, e);
}

/* "12kB (virtual 4.3MB)" of one that sd-layer size tells of. */
static int add_size(void *sizes, const struct sd_json *one, struct sd_err *e)
{
	int64_t written = 0, all = 0;
	const char *id;

	if (sd_doc_id(one, &id, e) < 0 || sd_json_int(one, &written, e, "written") < 0 ||
		sd_json_int(one, &all, e, "all") < 0)
		return -1;

	sd_auto_free char *upper = sd_human_size(written), *sum = sd_human_size(all);

	sd_json_take_str(sizes, id, sd_printf("%s (virtual %s)", upper, sum));
	return 0;
}

static int set_sizes(struct row *rows, size_t n, struct sd_json *sizes, struct sd_err *e)
{
	if (sd_doc_each(add_size, sizes, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *size = sd_json_string_value(sd_json_member(sizes, rows[i].id));

		rows[i].size = size ? size : "";
	}
	return 0;
}

static int list(const struct sd_ls_options *a, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};
	sd_auto_json struct sd_json *sizes = sd_json_new_object();
	sd_auto_free struct row *rows = NULL;
	size_t n = 0;
	int r;

	if (sd_record_list(&ids, e) < 0)
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
	r = a->size && !a->json ? set_sizes(rows, n, sizes, e) : 0;
	r = r < 0 ? -1 : print(a, rows, n, e);
	for (size_t i = 0; i < n; i++)
		row_free(&rows[i]);
	return r;
}

/* One that has ended again before it was looked at has its row with its next start. */
static int take_event(void *data, const struct sd_json *event, const char *when, struct sd_err *e)
{
	const struct sd_ls_options *a = data;
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_err broken;
	const char *id = row_text(event, "Actor.ID");
	struct row r = {0};

	if (strcmp(row_text(event, "Type"), "container") != 0 ||
		strcmp(row_text(event, "Action"), "start") != 0 || !sd_id_valid(id) ||
		sd_record_load_brief(id, &doc, &broken) <= 0)
		return 0;
	r.doc = doc;
	return wanted(a, &r) ? sd_doc_write(STDOUT_FILENO, doc, e) : 0;
}

static int do_ls(const struct sd_call *call, struct sd_err *e)
{
	struct args *a = call->args;
	auto_eventlog struct eventlog l = {.take = take_event, .data = &a->ls, .fd = -1};

	if (sd_want_operands(call, 0, 0, e) < 0 || check(&a->ls, e) < 0)
		return -1;
	if (a->follow && !a->ls.json)
		return sd_fail(e, 0, "--follow goes with --json alone");
	/* Before the list, so that none is missed; one that starts meanwhile is told of twice. */
	if ((a->follow && eventlog_skip(&l, e) < 0) || list(&a->ls, e) < 0)
		return -1;
	return a->follow ? eventlog_follow(&l, "", e) : 0;
}

const struct sd_verb ls_verb = {
	.name = "ls",
	.summary = "list containers",
	.opts = state_ls_opts,
	.args_size = sizeof(struct args),
	.run = do_ls,
	.permute = true,
};
