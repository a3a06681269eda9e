/* SPDX-License-Identifier: Apache-2.0 */
/* ls, inspect, df: what there is. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"
#include "sd-volume.h"
#include "store.h"
#include "table.h"
#include "usage.h"

struct ls_args {
	struct sd_strv filters;
	bool quiet;
};

const struct sd_opt ls_opts[] = {
	SD_OPT_LIST(struct ls_args, filters, 'f', "filter", "KEY=VALUE",
		"only those with that name, label or driver, or dangling=true"),
	SD_OPT_FLAG(struct ls_args, quiet, 'q', "quiet", "names only"),
	SD_OPT_END,
};
const size_t ls_size = sizeof(struct ls_args);

static int load(struct volumes *l, struct sd_err *e)
{
	sd_auto_fd int dir = sd_volumes_open(LOCK_SH, e);

	return dir < 0 ? -1 : volumes_load(dir, NULL, l, e);
}

int verb_ls(const struct sd_call *call, struct sd_err *e)
{
	static const char *const keys[] = {"name=", "label=", "dangling=", "driver=", NULL};
	const struct ls_args *a = call->args;
	auto_volumes struct volumes l = {0};
	sd_auto_table struct sd_table t = {.columns = 2};

	if (sd_want_operands(call, 0, 0, e) < 0 || filters_check(&a->filters, keys, e) < 0 ||
		load(&l, e) < 0)
		return -1;
	sd_table_add(&t, "DRIVER");
	sd_table_add(&t, "VOLUME NAME");
	for (size_t i = 0; i < l.n; i++) {
		if (!filters_match(&a->filters, &l.v[i]))
			continue;
		if (a->quiet)
			puts(l.v[i].name);
		sd_table_add(&t, "local");
		sd_table_add(&t, l.v[i].name);
	}
	if (!a->quiet)
		sd_table_print(&t, stdout);
	return 0;
}

static struct sd_json *docker_json(const struct volume *v)
{
	struct sd_json *j = sd_json_new_object();
	const struct sd_json *labels = sd_json_member(v->facts, "labels");
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
	auto_volumes struct volumes l = {0};
	sd_auto_json struct sd_json *list = sd_json_new_array();
	sd_auto_free char *text = NULL;

	if (sd_want_operands(call, 1, -1, e) < 0 || load(&l, e) < 0)
		return -1;
	for (int i = 0; i < call->argc; i++) {
		const struct volume *v = volumes_find(&l, call->argv[i]);

		if (!v)
			return sd_fail(e, 0, "no such volume: %s", call->argv[i]);
		sd_json_append(list, docker_json(v));
	}
	text = sd_json_pretty(list);
	puts(text);
	return 0;
}

struct df_args {
	bool verbose;
};

const struct sd_opt df_opts[] = {
	SD_OPT_FLAG(struct df_args, verbose, 'v', "verbose", "each one"),
	SD_OPT_END,
};
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

	if (sd_want_operands(call, 0, 0, e) < 0)
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
	if (a->verbose)
		print_each(&l, sizes);
	else
		sd_usage_print(&u);
	return 0;
}
