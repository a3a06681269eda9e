/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --filter of ls.  As docker's: of several values of one key one must hold (of labels all), and of
 * several keys all.
 */
#include "filter.h"

#include <string.h>
#include "cleanup.h"
#include "row.h"
#include "store.h"

typedef bool test(const struct sd_json *doc, const char *value);

static bool by_id(const struct sd_json *doc, const char *value)
{
	return sd_starts_with(row_text(doc, "id"), value);
}

static bool by_name(const struct sd_json *doc, const char *value)
{
	return strstr(row_text(doc, "name"), value) != NULL;
}

static bool by_status(const struct sd_json *doc, const char *value)
{
	return strcmp(row_text(doc, "status"), value) == 0 || strcmp(row_state(doc), value) == 0;
}

static bool by_ancestor(const struct sd_json *doc, const char *value)
{
	return strcmp(row_text(doc, "image.name"), value) == 0 ||
	       strcmp(row_text(doc, "image.reference"), value) == 0;
}

static bool by_label(const struct sd_json *doc, const char *value)
{
	const struct sd_json *labels = sd_json_get(doc, "want.labels");
	sd_auto_free char *key = sd_strndup(value, strcspn(value, "="));
	const char *eq = strchr(value, '='),
		   *there = sd_json_string_value(sd_json_member(labels, key));

	return there && (!eq || strcmp(there, eq + 1) == 0);
}

static bool by_exit_code(const struct sd_json *doc, const char *value)
{
	struct sd_err ignored;
	int64_t code, wanted;

	return strcmp(row_state(doc), "exited") == 0 &&
	       sd_json_int(doc, &code, &ignored, "exitCode") == 1 &&
	       sd_parse_int(value, "exited", 0, 255, &wanted, &ignored) == 0 && code == wanted;
}

static bool listed(const struct sd_json *doc, const char *list, const char *name, const char *value)
{
	const struct sd_json *all = sd_json_get(doc, "%s", list), *one;
	size_t i;

	sd_json_array_foreach (all, i, one)
		if (strcmp(row_text(one, name), value) == 0)
			return true;
	return false;
}

static bool by_volume(const struct sd_json *doc, const char *value)
{
	return listed(doc, "want.volumes", "name", value) ||
	       listed(doc, "want.volumes", "source", value) ||
	       listed(doc, "want.volumes", "destination", value);
}

static bool by_network(const struct sd_json *doc, const char *value)
{
	return listed(doc, "want.networks", "name", value);
}

/* The values of these are times by now: see filters_check. */
static bool before(const struct sd_json *doc, const char *value)
{
	return strcmp(row_text(doc, "created"), value) < 0;
}

static bool since(const struct sd_json *doc, const char *value)
{
	return strcmp(row_text(doc, "created"), value) > 0;
}

static const struct key {
	const char *name;
	test *holds;
	bool ended;  /* who asks for it means also those that do not run */
	bool all_of; /* not one of several values, but each */
} keys[] = {
	{"ancestor", by_ancestor, .ended = false},
	{"before", before, .ended = true},
	{"exited", by_exit_code, .ended = true},
	{"id", by_id, .ended = false},
	{"label", by_label, .all_of = true},
	{"name", by_name, .ended = false},
	{"network", by_network, .ended = false},
	{"since", since, .ended = true},
	{"status", by_status, .ended = true},
	{"volume", by_volume, .ended = false},
};

#define KEYS (sizeof(keys) / sizeof(*keys))

static const char *value_of(const char *filter, const struct key *key)
{
	size_t len = strlen(key->name);

	return strncmp(filter, key->name, len) == 0 && filter[len] == '=' ? filter + len + 1 : NULL;
}

/* "before=NAME" becomes the time when NAME was created. */
static int resolve(char **filter, const struct key *key, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	char *resolved;
	int r = sd_record_find(value_of(*filter, key), &id, e);

	r = r < 0 ? -1 : sd_record_load_brief(id, &doc, e);
	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, 0, "--filter: %s: no such container", *filter);
	resolved = sd_printf("%s=%s", key->name, row_text(doc, "created"));
	free(*filter);
	*filter = resolved;
	return 0;
}

int filters_check(struct sd_strv *filters, bool *all, struct sd_err *e)
{
	for (size_t i = 0; i < filters->n; i++) {
		const struct key *key = keys;
		int64_t code;

		while (key < keys + KEYS && !value_of(filters->v[i], key))
			key++;
		if (key == keys + KEYS) {
			sd_fail(e, 0, "--filter: '%s' is not KEY=VALUE of a known key",
				filters->v[i]);
			return sd_hint(e, "ancestor, before, exited, id, label, name, network, "
					  "since, status, volume");
		}
		if ((key->holds == before || key->holds == since) &&
			resolve(&filters->v[i], key, e) < 0)
			return -1;
		if (key->holds == by_exit_code && sd_parse_int(value_of(filters->v[i], key),
							  "--filter: exited", 0, 255, &code, e) < 0)
			return -1;
		*all |= key->ended;
	}
	return 0;
}

static bool key_holds(
	const struct sd_strv *filters, const struct key *key, const struct sd_json *doc)
{
	bool asked = false, one = false, each = true;

	for (size_t i = 0; i < filters->n; i++) {
		const char *value = value_of(filters->v[i], key);
		bool holds = value && key->holds(doc, value);

		asked |= value != NULL;
		one |= holds;
		each &= !value || holds;
	}
	return !asked || (key->all_of ? each : one);
}

bool filters_hold(const struct sd_strv *filters, const struct sd_json *doc)
{
	for (size_t k = 0; k < KEYS; k++)
		if (!key_holds(filters, &keys[k], doc))
			return false;
	return true;
}
