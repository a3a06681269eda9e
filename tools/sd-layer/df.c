/* SPDX-License-Identifier: Apache-2.0 */
/* df: what containers have written, of a list of their documents, one a line. */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "table.h"
#include "usage.h"

struct df_args {
	struct sd_usage_options usage;
};

const size_t df_size = sizeof(struct df_args);
const struct sd_opt df_opts[] = {SD_USAGE_OPTIONS(struct df_args), SD_OPT_END};

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
	auto_overlay struct overlay o = {0};
	sd_auto_free char *volumes = sd_printf("%s/volumes", text(doc, "bundle"));
	int64_t more = 0;
	int r = rootfs_overlay(doc, true, &o, e);

	*bytes = 0;
	if (r < 0 || (r > 0 && sd_usage_tree(AT_FDCWD, o.upper, bytes, e) < 0) ||
		sd_usage_tree(AT_FDCWD, volumes, &more, e) < 0)
		return -1;
	*bytes += more;
	return 0;
}

static void add_row(struct sd_table *t, const struct sd_json *doc, int64_t bytes)
{
	sd_table_take(t, sd_strndup(text(doc, "id"), 12));
	sd_table_add(t, text(doc, "image.name"));
	sd_table_add(t, text(doc, "status"));
	sd_table_take(t, sd_human_size(bytes));
	sd_table_add(t, text(doc, "name"));
}

static int add(struct sd_usage *u, struct sd_table *t, const char *line, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = sd_json_parse(line, strlen(line), "standard input", e);
	int64_t bytes;

	if (!doc || written(doc, &bytes, e) < 0)
		return -1;
	add_row(t, doc, bytes);
	u->total++;
	u->active += is_active(doc);
	u->size += bytes;
	u->reclaimable += is_active(doc) ? 0 : bytes;
	return 0;
}

int layer_df(const struct sd_call *call, struct sd_err *e)
{
	static const char *const head[] = {"CONTAINER ID", "IMAGE", "STATUS", "SIZE", "NAMES"};
	const struct df_args *a = call->args;
	sd_auto_table struct sd_table t = {.columns = 5};
	struct sd_usage u = {.type = "Containers"};
	sd_auto_free char *line = NULL;
	size_t size = 0;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_usage_check(&a->usage, e) < 0)
		return -1;
	for (size_t i = 0; i < t.columns; i++)
		sd_table_add(&t, head[i]);
	/* Nothing to read is a machine without containers. */
	while (getline(&line, &size, stdin) > 0)
		if (add(&u, &t, line, e) < 0)
			return -1;
	if (ferror(stdin))
		return sd_fail(e, errno, "read standard input");
	if (!a->usage.verbose)
		return sd_usage_print(&u, &a->usage, false, e);
	puts("Containers:\n");
	sd_table_print(&t, stdout);
	return 0;
}
