/* SPDX-License-Identifier: Apache-2.0 */
/* ls: the list of networks.  One that cannot be read is a row of its own, and no more. */
#include <stdio.h>
#include "cleanup.h"
#include "format.h"
#include "sd-network.h"

struct args {
	bool quiet, no_trunc;
	const char *format;
	struct sd_strv filters;
};

const struct sd_opt ls_opts[] = {
	SD_OPT_LIST(struct args, filters, 'f', "filter", "KEY=VALUE",
		"only those with that driver, id, label, name, scope or type; made until then; "
		"dangling=true: those that no container uses"),
	SD_OPT_STR(struct args, format, 0, "format", "FORMAT",
		"json, a template, or 'table TEMPLATE'"),
	SD_OPT_FLAG(struct args, no_trunc, 0, "no-trunc", "nothing shortened"),
	SD_OPT_FLAG(struct args, quiet, 'q', "quiet", "ids only"),
	SD_OPT_END,
};
const size_t ls_size = sizeof(struct args);

#define TABLE "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"

static const char *word(bool b)
{
	return b ? "true" : "false";
}

static bool flag(const struct sd_json *object, const char *member)
{
	bool b = false;

	return sd_json_bool_value(sd_json_member(object, member), &b) && b;
}

static const char *text(const struct sd_json *object, const char *member)
{
	const char *s = sd_json_string_value(sd_json_member(object, member));

	return s ? s : "";
}

/* docker's fields; of one that is broken, why. */
static struct sd_json *to_row(const struct network *n, bool whole)
{
	const struct sd_json *own = sd_json_member(n->doc, "sdocker");
	struct sd_json *row = sd_json_new_object();

	sd_json_set_str(row, "CreatedAt", text(own, "created"));
	if (n->doc)
		sd_json_set_str(row, "Driver", text(own, "driver"));
	else
		sd_json_take_str(row, "Driver", sd_printf("Broken: %s", n->why));
	sd_json_take_str(row, "ID", sd_printf("%.*s", whole ? 64 : 12, text(own, "id")));
	sd_json_set_str(row, "IPv6", word(flag(own, "ipv6")));
	sd_json_set_str(row, "Internal", word(flag(own, "internal")));
	sd_json_take_str(row, "Labels", sd_labels_text(sd_json_member(own, "labels")));
	sd_json_set_str(row, "Name", n->name);
	sd_json_set_str(row, "Scope", "local");
	return row;
}

static bool wanted(const struct args *a, const struct network *n)
{
	return n->doc ? sd_filters_hold(filters, &a->filters, n) : !a->filters.n && !a->quiet;
}

int verb_ls(const struct sd_call *call, struct sd_err *e)
{
	static const struct sd_heading head[] = {{"CreatedAt", "CREATED AT"}, {"Driver", "DRIVER"},
		{"ID", "NETWORK ID"}, {"IPv6", "IPV6"}, {"Internal", "INTERNAL"},
		{"Labels", "LABELS"}, {"Name", "NAME"}, {"Scope", "SCOPE"}, {0}};
	struct args *a = call->args;
	auto_networks struct networks l = {0};
	sd_auto_rows struct sd_rows *rows = NULL;

	if (sd_want_operands(call, 0, 0, e) < 0 || filters_resolve(&a->filters, e) < 0 ||
		!(rows = sd_rows_begin(a->quiet ? "{{.ID}}" : a->format, TABLE, head, e)) ||
		networks_load(&l, e) < 0 ||
		(filters_need_members(&a->filters) && networks_ask_members(&l, e) < 0))
		return -1;
	for (size_t i = 0; i < l.n; i++) {
		sd_auto_json struct sd_json *row = to_row(&l.v[i], a->no_trunc);

		if (wanted(a, &l.v[i]) &&
			sd_rows_add(rows, row, sd_json_get(l.v[i].doc, "sdocker.labels"), e) < 0)
			return -1;
	}
	sd_rows_print(rows, stdout);
	return 0;
}
