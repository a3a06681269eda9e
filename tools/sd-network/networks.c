/* SPDX-License-Identifier: Apache-2.0 */
/* The networks that there are, and the containers that use them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"
#include "sd-network.h"
#include "store.h"

void networks_free(struct networks *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct network *n = &l->v[i];

		for (size_t k = 0; k < n->n; k++) {
			free(n->members[k].id);
			free(n->members[k].name);
			sd_json_unref(n->members[k].fact);
		}
		free(n->members);
		free(n->name);
		free(n->why);
		sd_json_unref(n->doc);
	}
	free(l->v);
}

static void add(struct networks *l, const char *name)
{
	struct network n = {.name = sd_strdup(name)};
	struct sd_err why = {0};
	int r = sd_network_load(name, &n.doc, &why);

	if (r == 0 && predefined(name))
		n.doc = predefined_document(name);
	else if (r < 0)
		n.why = sd_strdup(why.text);
	l->v = sd_realloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n++] = n;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct network *)a)->name, ((const struct network *)b)->name);
}

int networks_load(struct networks *l, struct sd_err *e)
{
	sd_auto_strv struct sd_strv names = {0};

	if (sd_network_list(&names, e) < 0)
		return -1;
	for (const char *const *p = predefined_names; *p; p++)
		if (!sd_strv_has(&names, *p))
			add(l, *p);
	for (size_t i = 0; i < names.n; i++)
		add(l, names.v[i]);
	qsort(l->v, l->n, sizeof(*l->v), by_name);
	return 0;
}

static struct network *called(const struct networks *l, const char *name)
{
	const struct network key = {.name = (char *)(uintptr_t)name};

	return name ? bsearch(&key, l->v, l->n, sizeof(*l->v), by_name) : NULL;
}

int networks_find(const struct networks *l, const char *who, struct network **out, struct sd_err *e)
{
	struct network *found = called(l, who);

	for (size_t i = 0; !found && i < l->n; i++)
		if (predefined(l->v[i].name) && l->v[i].doc && *who &&
			sd_starts_with(sd_network_id(l->v[i].doc), who))
			found = &l->v[i];
	if (!found) {
		sd_auto_free char *name = NULL;

		if (sd_network_find(who, &name, e) < 0)
			return -1;
		found = called(l, name);
	}
	if (!found)
		return sd_fail(e, ENOENT, "no such network: %s", who);
	*out = found;
	return 0;
}

/* It is connected, or on its way: whoever makes it is at work, or it will be started again. */
static bool is_member(const struct sd_json *record)
{
	const char *status = sd_json_string_value(sd_json_member(record, "status"));

	return sd_record_runs(record) ||
	       (status && (strcmp(status, "restarting") == 0 ||
				  (strcmp(status, "creating") == 0 &&
					  sd_record_creator_lives(record))));
}

static struct sd_json *fact_of(const struct sd_json *record, const char *network)
{
	const struct sd_json *facts = sd_json_get(record, "networks");
	struct sd_json *one;
	size_t i;

	sd_json_array_foreach (facts, i, one) {
		const char *name = sd_json_string_value(sd_json_member(one, "name"));

		if (name && strcmp(name, network) == 0)
			return sd_json_ref(one);
	}
	return NULL;
}

static void add_member(struct network *n, const struct sd_json *record)
{
	const char *id = sd_json_string_value(sd_json_member(record, "id"));
	const char *name = sd_json_string_value(sd_json_member(record, "name"));

	n->members = sd_realloc(n->members, (n->n + 1) * sizeof(*n->members));
	n->members[n->n++] = (struct member){
		.id = sd_strdup(id ? id : ""),
		.name = sd_strdup(name ? name : ""),
		.fact = fact_of(record, n->name),
	};
}

static void add_everywhere(struct networks *l, const struct sd_json *record)
{
	const struct sd_json *wanted = sd_json_get(record, "want.networks"), *one;
	size_t i;

	sd_json_array_foreach (wanted, i, one) {
		struct network *n = called(l, sd_json_string_value(sd_json_member(one, "name")));

		if (n)
			add_member(n, record);
	}
}

int networks_ask_members(struct networks *l, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};

	if (sd_record_list(&ids, e) < 0)
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		sd_auto_json struct sd_json *record = NULL;
		struct sd_err broken;
		int r = sd_record_load_brief(ids.v[i], &record, &broken);

		if (r < 0)
			l->unknown = true;
		else if (r > 0 && is_member(record))
			add_everywhere(l, record);
	}
	return 0;
}

char *network_member_names(const struct network *n)
{
	sd_auto_buf struct sd_buf b = {0};

	for (size_t i = 0; i < n->n; i++)
		sd_buf_printf(&b, "%s%s", i ? ", " : "",
			*n->members[i].name ? n->members[i].name : n->members[i].id);
	return sd_steal_ptr(&b.data);
}
