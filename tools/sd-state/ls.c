/* SPDX-License-Identifier: Apache-2.0 */
/* ls: the list of containers.  A record that cannot be read is a row of its own, and no more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "cleanup.h"
#include "doc.h"
#include "sd-state.h"
#include "store.h"
#include "table.h"

struct args {
	bool all, quiet, no_trunc, json;
	struct sd_strv filters;
};

const struct sd_opt state_ls_opts[] = {
	SD_OPT_FLAG(struct args, all, 'a', "all", "also those that do not run"),
	SD_OPT_FLAG(struct args, quiet, 'q', "quiet", "ids only"),
	SD_OPT_FLAG(struct args, no_trunc, 0, "no-trunc", "nothing shortened"),
	SD_OPT_FLAG(struct args, json, 0, "json", "the documents, one a line"),
	SD_OPT_LIST(struct args, filters, 'f', "filter", "KEY=VALUE",
		"only those with that id, name, status, label or ancestor"),
	SD_OPT_END,
};
const size_t state_ls_size = sizeof(struct args);

struct row {
	char *id;
	struct sd_json *doc; /* NULL: broken, see why */
	char *why;
};

static const char *text(const struct sd_json *doc, const char *path)
{
	const char *s = "";
	struct sd_err ignored;

	sd_json_str(doc, &s, &ignored, "%s", path);
	return s;
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(text(((const struct row *)b)->doc, "created"),
		text(((const struct row *)a)->doc, "created"));
}

static bool has_label(const struct sd_json *doc, const char *label)
{
	const struct sd_json *labels = sd_json_get(doc, "want.labels");
	const char *eq = strchr(label, '=');
	sd_auto_free char *key = sd_strndup(label, eq ? (size_t)(eq - label) : strlen(label));
	const char *value = sd_json_string_value(sd_json_member(labels, key));

	return value && (!eq || strcmp(value, eq + 1) == 0);
}

static bool matches(const struct sd_json *doc, const char *filter)
{
	const char *value = strchr(filter, '=') + 1;

	switch (filter[0]) {
	case 'i':
		return sd_starts_with(text(doc, "id"), value);
	case 'n':
		return strstr(text(doc, "name"), value) != NULL;
	case 's':
		return strcmp(text(doc, "status"), value) == 0 ||
		       (strcmp(value, "exited") == 0 &&
			       strcmp(text(doc, "status"), "stopped") == 0);
	case 'a':
		return strcmp(text(doc, "image.name"), value) == 0 ||
		       strcmp(text(doc, "image.reference"), value) == 0;
	default:
		return has_label(doc, value);
	}
}

static int check_filters(struct args *a, struct sd_err *e)
{
	static const char *const keys[] = {"id=", "name=", "status=", "ancestor=", "label="};

	for (size_t i = 0; i < a->filters.n; i++) {
		bool known = false;

		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			known |= sd_starts_with(a->filters.v[i], keys[k]);
		if (!known)
			return sd_fail(e, 0,
				"--filter: '%s' is not id=, name=, status=, ancestor= or label=",
				a->filters.v[i]);
		/* Asking for a status means also the containers that do not run. */
		a->all |= sd_starts_with(a->filters.v[i], "status=");
	}
	return 0;
}

static bool wanted(const struct args *a, const struct row *r)
{
	if (!r->doc)
		return a->filters.n == 0;
	if (!a->all && !sd_record_runs(r->doc))
		return false;
	for (size_t i = 0; i < a->filters.n; i++)
		if (!matches(r->doc, a->filters.v[i]))
			return false;
	return true;
}

static char *command_of(const struct sd_json *doc, bool whole)
{
	const struct sd_json *args = sd_json_get(doc, "command");
	sd_auto_buf struct sd_buf b = {0};

	for (size_t i = 0; i < sd_json_len(args); i++) {
		const char *s = sd_json_string_value(sd_json_at(args, i));

		sd_buf_printf(&b, "%s%s", i ? " " : "", s ? s : "?");
	}
	if (!whole && b.len > 20)
		return sd_printf("\"%.19s\u2026\"", b.data);
	return sd_printf("\"%s\"", b.data ? b.data : "");
}

static char *ago(const char *when)
{
	int64_t then = sd_time_parse(when);

	return then < 0 ? sd_strdup("unknown") : sd_human_duration((int64_t)time(NULL) - then);
}

static char *status_of(const struct sd_json *doc)
{
	const char *status = text(doc, "status");
	struct sd_err ignored;
	int64_t code = -1;

	if (sd_record_runs(doc)) {
		sd_auto_free char *since = ago(text(doc, "started"));

		return sd_printf("Up %s%s", since, strcmp(status, "paused") ? "" : " (Paused)");
	}
	if (strcmp(status, "stopped") != 0)
		return sd_printf("%c%s", status[0] & ~0x20, status[0] ? status + 1 : "");
	if (sd_json_int(doc, &code, &ignored, "exitCode") != 1)
		return sd_strdup("Exited");

	sd_auto_free char *since = ago(text(doc, "finished"));

	return sd_printf("Exited (%d) %s ago", (int)code, since);
}

static void add_row(struct sd_table *t, const struct args *a, const struct row *r)
{
	sd_table_take(t, sd_printf("%.*s", a->no_trunc ? SD_ID_LEN : 12, r->id));
	if (!r->doc) {
		sd_table_add(t, "");
		sd_table_add(t, "");
		sd_table_add(t, "");
		sd_table_take(t, sd_printf("Broken: %s", r->why));
		sd_table_add(t, "");
		return;
	}
	sd_auto_free char *since = ago(text(r->doc, "created"));

	sd_table_add(t, text(r->doc, "image.name"));
	sd_table_take(t, command_of(r->doc, a->no_trunc));
	sd_table_take(t, sd_printf("%s ago", since));
	sd_table_take(t, status_of(r->doc));
	sd_table_add(t, text(r->doc, "name"));
}

static int print(const struct args *a, const struct row *rows, size_t n, struct sd_err *e)
{
	static const char *const head[] = {
		"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NAMES"};
	sd_auto_table struct sd_table t = {.columns = 6};

	for (size_t i = 0; i < t.columns; i++)
		sd_table_add(&t, head[i]);
	for (size_t i = 0; i < n; i++) {
		if (!wanted(a, &rows[i]))
			continue;
		if (a->quiet)
			printf("%.*s\n", a->no_trunc ? SD_ID_LEN : 12, rows[i].id);
		else if (!a->json)
			add_row(&t, a, &rows[i]);
		else if (rows[i].doc && sd_doc_write(STDOUT_FILENO, rows[i].doc, e) < 0)
			return -1;
	}
	if (!a->quiet && !a->json)
		sd_table_print(&t, stdout);
	return 0;
}

int state_ls(const struct sd_call *call, struct sd_err *e)
{
	struct args *a = call->args;
	sd_auto_strv struct sd_strv ids = {0};
	sd_auto_free struct row *rows = NULL;
	size_t n = 0;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || check_filters(a, e) < 0 ||
		sd_record_list(&ids, e) < 0)
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
	qsort(rows, n, sizeof(*rows), newest_first);
	r = print(a, rows, n, e);
	for (size_t i = 0; i < n; i++) {
		sd_json_unref(rows[i].doc);
		free(rows[i].why);
	}
	return r;
}
