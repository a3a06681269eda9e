/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a network's members say what its list says. */
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "sd-names.h"

/* The lines of one member, made once: as the others have them, and as its own file has. */
struct lines {
	struct sd_strv common, own;
};

static void lines_free(struct lines *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sd_strv_free(&all[i].common);
		sd_strv_free(&all[i].own);
	}
	free(all);
}

static void add_names(struct sd_strv *names, const struct sd_json *list)
{
	const struct sd_json *name;
	size_t i;

	sd_json_array_foreach (list, i, name)
		if (!sd_strv_has(names, sd_json_string_value(name)))
			sd_strv_add(names, sd_json_string_value(name));
}

static void add_member(struct sd_strv *lines, const struct sd_json *m, bool own, const char *mark)
{
	sd_auto_strv struct sd_strv names = {0};

	/* The first is the canonical name (hosts(5)), of itself the host name. */
	if (own)
		add_names(&names, sd_json_member(m, "hostname"));
	add_names(&names, sd_json_member(m, "names"));
	hosts_lines(lines, sd_json_member(m, "addresses"), &names, mark);
}

static struct lines *lines_make(const struct sd_json *members, const char *mark)
{
	struct lines *all = sd_calloc(sd_json_len(members) + 1, sizeof(*all));
	const struct sd_json *m;
	size_t i;

	sd_json_array_foreach (members, i, m) {
		add_member(&all[i].common, m, false, mark);
		add_member(&all[i].own, m, true, mark);
	}
	return all;
}

/* What the file of the i'th has: pointers into all. */
static struct sd_strv view_of(const struct lines *all, size_t n, size_t i)
{
	struct sd_strv view = {0};
	size_t total = 0;

	for (size_t k = 0; k < n; k++)
		total += all[k].common.n + all[k].own.n;
	view.v = sd_calloc(total + 1, sizeof(*view.v));
	for (size_t k = 0; k < n; k++) {
		const struct sd_strv *its = k == i ? &all[k].own : &all[k].common;

		for (size_t j = 0; j < its->n; j++)
			view.v[view.n++] = its->v[j];
	}
	return view;
}

static int sync_one(const struct lines *all, size_t n, size_t i, const char *id, const char *mark,
	struct sd_err *e)
{
	const struct sd_strv view = view_of(all, n, i);
	int r = hosts_update(id, mark, &view, e);

	free(view.v);
	return r;
}

int network_sync(const struct network *net, const char *only, struct sd_err *e)
{
	sd_auto_free char *mark = sd_printf("network %s", net->name);
	struct lines *all = lines_make(net->members, mark);
	size_t i, n = sd_json_len(net->members);
	const struct sd_strv none = {0};
	const struct sd_json *m;
	struct sd_err theirs;
	bool found = false;
	int r = 0;

	sd_json_array_foreach (net->members, i, m) {
		const char *id = sd_json_string_value(sd_json_member(m, "id"));

		if (only && strcmp(id, only) != 0)
			continue;
		found = true;
		/* What a container has done to its own file is not the failure of another. */
		if (sync_one(all, n, i, id, mark, only ? e : &theirs) < 0 && only)
			r = -1;
	}
	lines_free(all, n);
	return only && !found ? hosts_update(only, mark, &none, e) : r;
}

int network_tell(const char *name, struct sd_err *e)
{
	auto_network struct network n = {0};

	if (network_open(&n, name, e) < 0)
		return -1;
	network_drop_dead(&n);
	return network_save(&n, e) < 0 ? -1 : network_sync(&n, NULL, e);
}
