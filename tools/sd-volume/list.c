/* SPDX-License-Identifier: Apache-2.0 */
/* ls, inspect, df: what there is. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"
#include "filter.h"
#include "format.h"
#include "sd-volume.h"
#include "store.h"
#include "table.h"
#include "usage.h"

struct ls_args {
	struct sd_strv filters;
	const char *format;
	bool quiet;
};

const struct sd_opt ls_opts[] = {
	SD_OPT_LIST(struct ls_args, filters, 'f', "filter", "KEY=VALUE",
		"only those with that name, label or driver, or dangling=true"),
	SD_OPT_STR(struct ls_args, format, 0, "format", "FORMAT",
		"json, a template, or 'table TEMPLATE'"),
	SD_OPT_FLAG(struct ls_args, quiet, 'q', "quiet", "names only"),
	SD_OPT_END,
};
const size_t ls_size = sizeof(struct ls_args);

static int load(struct volumes *l, struct sd_err *e)
{
	sd_auto_fd int dir = sd_volumes_open(LOCK_SH, e);

	return dir < 0 ? -1 : volumes_load(dir, NULL, l, e);
}

static bool by_name(const void *volume, const char *value)
{
	return strstr(((const struct volume *)volume)->name, value) != NULL;
}

static bool by_label(const void *volume, const char *value)
{
	return sd_labels_have(volume_labels(volume), value);
}

static bool by_driver(const void *volume, const char *value)
{
	return strcmp(value, "local") == 0;
}

static bool by_use(const void *volume, const char *value)
{
	return (((const struct volume *)volume)->users == 0) == (strcmp(value, "true") == 0);
}

static const struct sd_filter keys[] = {
	{"dangling", by_use, SD_FILTER_ONE},
	{"driver", by_driver, SD_FILTER_ONE},
	{"label", by_label, SD_FILTER_EACH},
	{"name", by_name, SD_FILTER_ONE},
	{0},
};

static int check(const struct sd_strv *filters, struct sd_err *e)
{
	const char *value;

	if (sd_filters_check(keys, filters, e) < 0)
		return -1;
	for (size_t i = 0; i < filters->n; i++)
		if (sd_filter_find(keys, filters->v[i], &value)->holds == by_use &&
			sd_filter_want_bool(filters->v[i], value, e) < 0)
			return -1;
	return 0;
}

/* docker's fields; of those that cost it too much to count, it says the same. */
static struct sd_json *to_row(const struct volume *v)
{
	static const char *const uncounted[] = {"Availability", "Group", "Links", "Size", "Status"};
	struct sd_json *row = sd_json_new_object();

	sd_json_set_str(row, "Driver", "local");
	sd_json_take_str(row, "Labels", sd_labels_text(volume_labels(v)));
	sd_json_take_str(row, "Mountpoint", sd_store_root("volumes/%s/data", v->name));
	sd_json_set_str(row, "Name", v->name);
	sd_json_set_str(row, "Scope", "local");
	for (size_t i = 0; i < sizeof(uncounted) / sizeof(*uncounted); i++)
		sd_json_set_str(row, uncounted[i], "N/A");
	return row;
}

#define TABLE "table {{.Driver}}\t{{.Name}}"

int verb_ls(const struct sd_call *call, struct sd_err *e)
{
	static const struct sd_heading head[] = {{"Availability", "AVAILABILITY"},
		{"Driver", "DRIVER"}, {"Group", "GROUP"}, {"Labels", "LABELS"}, {"Links", "LINKS"},
		{"Mountpoint", "MOUNTPOINT"}, {"Name", "VOLUME NAME"}, {"Scope", "SCOPE"},
		{"Size", "SIZE"}, {"Status", "STATUS"}, {0}};
	const struct ls_args *a = call->args;
	auto_volumes struct volumes l = {0};
	sd_auto_rows struct sd_rows *rows = NULL;

	if (sd_want_operands(call, 0, 0, e) < 0 || check(&a->filters, e) < 0 ||
		!(rows = sd_rows_begin(a->quiet ? "{{.Name}}" : a->format, TABLE, head, e)) ||
		load(&l, e) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++) {
		sd_auto_json struct sd_json *row = to_row(&l.v[i]);

		if (sd_filters_hold(keys, &a->filters, &l.v[i]) &&
			sd_rows_add(rows, row, volume_labels(&l.v[i]), e) < 0)
			return -1;
	}
	sd_rows_print(rows, stdout);
	return 0;
}

struct inspect_args {
	const char *format;
};

const struct sd_opt inspect_opts[] = {
	SD_OPT_STR(struct inspect_args, format, 'f', "format", "FORMAT",
		"json, or a template: a line each"),
	SD_OPT_END,
};
const size_t inspect_size = sizeof(struct inspect_args);

static struct sd_json *docker_json(const struct volume *v)
{
	struct sd_json *j = sd_json_new_object();
	const struct sd_json *labels = volume_labels(v);
	sd_auto_free char *data = sd_store_root("volumes/%s/data", v->name);

	sd_json_set_str(j, "CreatedAt", v->created);
	sd_json_set_str(j, "Driver", "local");
	sd_json_set(j, "Labels", labels ? sd_json_copy(labels) : sd_json_new_object());
	sd_json_set_str(j, "Mountpoint", data);
	sd_json_set_str(j, "Name", v->name);
	sd_json_set(j, "Options", sd_json_new_object());
	sd_json_set_str(j, "Scope", "local");
	return j;
}

int verb_inspect(const struct sd_call *call, struct sd_err *e)
{
	const struct inspect_args *a = call->args;
	auto_volumes struct volumes l = {0};
	sd_auto_json struct sd_json *list = sd_json_new_array();
	sd_auto_rows struct sd_rows *rows = NULL;

	if (sd_want_operands(call, 1, -1, e) < 0 ||
		(a->format && !(rows = sd_rows_begin(a->format, NULL, NULL, e))) || load(&l, e) < 0)
		return -1;
	for (int i = 0; i < call->argc; i++) {
		const struct volume *v = volumes_find(&l, call->argv[i]);

		if (!v)
			return sd_fail(e, 0, "no such volume: %s", call->argv[i]);
		sd_json_append(list, docker_json(v));
	}
	return sd_rows_show(rows, list, stdout, e);
}

struct df_args {
	struct sd_usage_options usage;
};

const struct sd_opt df_opts[] = {SD_USAGE_OPTIONS(struct df_args), SD_OPT_END};
const size_t df_size = sizeof(struct df_args);

static void print_each(const struct volumes *l, const int64_t *sizes)
{
	sd_auto_table struct sd_table t = {.columns = 3};

	sd_table_add(&t, "VOLUME NAME");
	sd_table_add(&t, "LINKS");
	sd_table_add(&t, "SIZE");
	for (size_t i = 0; i < l->n; i++) {
		sd_table_add(&t, l->v[i].name);
		sd_table_take(&t, sd_printf("%zu", l->v[i].users));
		sd_table_take(&t, sd_human_size(sizes[i]));
	}
	puts("Local volumes:\n");
	sd_table_print(&t, stdout);
}

int verb_df(const struct sd_call *call, struct sd_err *e)
{
	const struct df_args *a = call->args;
	auto_volumes struct volumes l = {0};
	sd_auto_free int64_t *sizes = NULL;
	sd_auto_fd int dir = -1;
	struct sd_usage u = {.type = "Local Volumes"};

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_usage_check(&a->usage, e) < 0)
		return -1;
	dir = sd_volumes_open(LOCK_SH, e);
	if (dir < 0 || volumes_load(dir, NULL, &l, e) < 0)
		return -1;
	sizes = sd_calloc(l.n, sizeof(*sizes));
	u.total = l.n;
	for (size_t i = 0; i < l.n; i++) {
		if (sd_usage_tree(dir, l.v[i].name, &sizes[i], e) < 0)
			return -1;
		u.active += l.v[i].users > 0;
		u.size += sizes[i];
		u.reclaimable += l.v[i].users ? 0 : sizes[i];
	}
	if (!a->usage.verbose)
		return sd_usage_print(&u, &a->usage, false, e);
	print_each(&l, sizes);
	return 0;
}
