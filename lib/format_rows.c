/* SPDX-License-Identifier: Apache-2.0 */
/* Lists by a template: a line a row, aligned where they are a table. */
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "format_tree.h"
#include "table.h"

struct sd_rows {
	struct sd_format *format; /* NULL: JSON */
	bool table;
	struct sd_table cells;
	struct sd_buf text;
};

/* A line of a table, cut at its tabs into as many cells as the headings are. */
static void add_cells(struct sd_rows *r, char *line)
{
	size_t columns = 1;

	for (const char *p = line; *p && r->cells.columns == 0; p++)
		columns += *p == '\t';
	if (r->cells.columns == 0)
		r->cells.columns = columns;
	for (size_t i = 0; i < r->cells.columns; i++) {
		char *tab = line && i + 1 < r->cells.columns ? strchr(line, '\t') : NULL;

		if (tab)
			*tab = '\0';
		sd_table_add(&r->cells, line ? line : "");
		line = tab ? tab + 1 : NULL;
	}
}

int sd_rows_add(struct sd_rows *r, const struct sd_json *row, const struct sd_json *labels,
	struct sd_err *e)
{
	sd_auto_buf struct sd_buf line = {0};

	if (!r->format) {
		sd_auto_free char *text = sd_json_text(row);

		sd_buf_printf(&r->text, "%s\n", text);
		return 0;
	}
	sd_buf_str(&line, "");
	if (sd_format_run(r->format, row, labels, &line, e) < 0)
		return -1;
	if (r->table)
		add_cells(r, line.data);
	else
		sd_buf_printf(&r->text, "%s\n", line.data);
	return 0;
}

static int add_headings(struct sd_rows *r, const struct sd_heading *headings, struct sd_err *e)
{
	sd_auto_json struct sd_json *row = sd_json_new_object();

	if (!headings)
		return 0;
	for (; headings->field; headings++)
		sd_json_set_str(row, headings->field, headings->text);
	return sd_rows_add(r, row, NULL, e);
}

struct sd_rows *sd_rows_begin(
	const char *format, const char *table, const struct sd_heading *headings, struct sd_err *e)
{
	sd_auto_rows struct sd_rows *r = sd_calloc(1, sizeof(*r));

	if (table && (!format || strcmp(format, "table") == 0))
		format = table;
	if (strcmp(format, "json") == 0)
		return sd_steal_ptr(&r);
	r->table = strcmp(format, "table") == 0 || sd_starts_with(format, "table ") ||
		   sd_starts_with(format, "table\\t") || sd_starts_with(format, "table\t");
	if (r->table)
		format += strspn(format + 5, " \t") + 5;
	r->format = sd_format_parse(format, e);
	if (!r->format || (r->table && add_headings(r, headings, e) < 0))
		return NULL;
	return sd_steal_ptr(&r);
}

void sd_rows_print(const struct sd_rows *r, FILE *to)
{
	if (r->table)
		sd_table_print(&r->cells, to);
	else if (r->text.len)
		fwrite(r->text.data, 1, r->text.len, to);
}

int sd_rows_show(struct sd_rows *rows, const struct sd_json *all, FILE *to, struct sd_err *e)
{
	struct sd_json *one;
	size_t i;
	int r = 0;

	if (!rows) {
		sd_auto_free char *text = sd_json_pretty(all);

		fprintf(to, "%s\n", text);
		return 0;
	}
	sd_json_array_foreach (all, i, one) {
		r = sd_rows_add(rows, one, NULL, e);
		if (r < 0)
			break;
	}
	sd_rows_print(rows, to);
	return r;
}

void sd_rows_free(struct sd_rows *r)
{
	if (!r)
		return;
	sd_format_free(r->format);
	sd_table_free(&r->cells);
	sd_buf_free(&r->text);
	free(r);
}

void sd_rows_freep(struct sd_rows **r)
{
	sd_rows_free(*r);
}
