/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a network's members say what its list says. */
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "sd-names.h"

/* The lines of all members, made once: as the others have them, and as a member's own file has. */
struct lines {
	struct sd_strv common, own;
	size_t *common_end, *own_end; /* of each member: how many there are up to its last */
};

static void lines_free(struct lines *l)
{
	sd_strv_free(&l->common);
	sd_strv_free(&l->own);
	free(l->common_end);
	free(l->own_end);
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

static void lines_make(struct lines *l, const struct sd_json *members, const char *mark)
{
	const struct sd_json *m;
	size_t i;

	l->common_end = sd_calloc(sd_json_len(members) + 1, sizeof(size_t));
	l->own_end = sd_calloc(sd_json_len(members) + 1, sizeof(size_t));
	sd_json_array_foreach (members, i, m) {
		add_member(&l->common, m, false, mark);
		add_member(&l->own, m, true, mark);
		l->common_end[i] = l->common.n;
		l->own_end[i] = l->own.n;
	}
}

/* The file of the i'th. */
static int sync_one(
	const struct lines *l, size_t i, const char *id, const char *mark, struct sd_err *e)
{
	size_t before = i ? l->common_end[i - 1] : 0, behind = l->common_end[i];
	size_t own = i ? l->own_end[i - 1] : 0, n = l->own_end[i] - own;
	sd_auto_free char **v = sd_calloc(l->common.n + n + 1, sizeof(*v));
	struct sd_strv view = {.v = v};

	for (size_t k = 0; k < before; k++)
		v[view.n++] = l->common.v[k];
	for (size_t k = 0; k < n; k++)
		v[view.n++] = l->own.v[own + k];
	for (size_t k = behind; k < l->common.n; k++)
		v[view.n++] = l->common.v[k];
	return hosts_update(id, mark, &view, e);
}

int network_sync(const struct network *n, const char *only, struct sd_err *e)
{
	__attribute__((cleanup(lines_free))) struct lines l = {0};
	sd_auto_free char *mark = sd_printf("network %s", n->name);
	const struct sd_strv none = {0};
	const struct sd_json *m;
	struct sd_err theirs;
	size_t i;

	lines_make(&l, n->members, mark);
	sd_json_array_foreach (n->members, i, m) {
		const char *id = sd_json_string_value(sd_json_member(m, "id"));

		if (only && strcmp(id, only) == 0)
			return sync_one(&l, i, id, mark, e);
		/* What a container has done to its own file is not the failure of another. */
		if (!only)
			sync_one(&l, i, id, mark, &theirs);
	}
	return only ? hosts_update(only, mark, &none, e) : 0;
}
