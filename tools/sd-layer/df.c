/* SPDX-License-Identifier: Apache-2.0 */
/* df: what containers have written, of a list of their documents, one a line. */
#include "sd-layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "doc.h"
#include "table.h"
#include "usage.h"

struct df_args {
	struct sd_usage_options usage;
};

static const struct sd_opt df_opts[] = {SD_USAGE_OPTIONS(struct df_args), SD_OPT_END};

static const char *text(const struct sd_json *doc, const char *path)
{
	const char *s = sd_json_string_value(sd_json_get(doc, "%s", path));

	return s ? s : "";
}

static bool is_active(const struct sd_json *doc)
{
	const char *status = text(doc, "status");

	return strcmp(status, "stopped") != 0 && strcmp(status, "created") != 0;
}

/* Its upper directory, and its anonymous volumes, which go with it as well. */
static int written(const struct sd_json *doc, int64_t *bytes, struct sd_err *e)
{
	sd_auto_free char *volumes = sd_printf("%s/volumes", text(doc, "bundle"));
	int64_t more = 0;

	if (written_size(doc, bytes, e) < 0 || sd_usage_tree(AT_FDCWD, volumes, &more, e) < 0)
		return -1;
	*bytes += more;
	return 0;
}

struct list {
	struct sd_usage usage;
	struct sd_table table;
};

static void add_row(struct sd_table *t, const struct sd_json *doc, int64_t bytes)
{
	sd_table_take(t, sd_strndup(text(doc, "id"), 12));
	sd_table_add(t, text(doc, "image.name"));
	sd_table_add(t, text(doc, "status"));
	sd_table_take(t, sd_human_size(bytes));
	sd_table_add(t, text(doc, "name"));
}

static int add(void *data, const struct sd_json *doc, struct sd_err *e)
{
	struct list *l = data;
	int64_t bytes;

	if (written(doc, &bytes, e) < 0)
		return -1;
	add_row(&l->table, doc, bytes);
	l->usage.total++;
	l->usage.active += is_active(doc);
	l->usage.size += bytes;
	l->usage.reclaimable += is_active(doc) ? 0 : bytes;
	return 0;
}

static int show(const struct list *l, const struct sd_usage_options *o, struct sd_err *e)
{
	if (!o->verbose)
		return sd_usage_print(&l->usage, o, false, e);
	puts("Containers:\n");
	sd_table_print(&l->table, stdout);
	return 0;
}

static int do_df(const struct sd_call *call, struct sd_err *e)
{
	static const char *const head[] = {"CONTAINER ID", "IMAGE", "STATUS", "SIZE", "NAMES"};
	const struct df_args *a = call->args;
	struct list l = {.usage = {.type = "Containers"}, .table = {.columns = 5}};
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_usage_check(&a->usage, e) < 0)
		return -1;
	for (size_t i = 0; i < l.table.columns; i++)
		sd_table_add(&l.table, head[i]);
	/* Nothing to read is a machine without containers. */
	r = sd_doc_each(add, &l, e);
	r = r < 0 ? -1 : show(&l, &a->usage, e);
	sd_table_free(&l.table);
	return r;
}

const struct sd_verb df_verb = {
	.name = "df",
	.summary = "say how much of the disk the listed containers' changes take up",
	.opts = df_opts,
	.args_size = sizeof(struct df_args),
	.run = do_df,
};
