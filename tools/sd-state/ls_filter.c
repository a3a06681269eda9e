/* SPDX-License-Identifier: Apache-2.0 */
/* --filter of ls. */
#include "ls_filter.h"

#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "filter.h"
#include "row.h"
#include "store.h"

static bool by_id(const void *doc, const char *value)
{
	return sd_starts_with(row_text(doc, "id"), value);
}

static bool by_name(const void *doc, const char *value)
{
	return strstr(row_text(doc, "name"), value) != NULL;
}

static bool by_status(const void *doc, const char *value)
{
	return strcmp(row_text(doc, "status"), value) == 0 || strcmp(row_state(doc), value) == 0;
}

static bool by_ancestor(const void *doc, const char *value)
{
	return strcmp(row_text(doc, "image.name"), value) == 0 ||
	       strcmp(row_text(doc, "image.reference"), value) == 0;
}

static bool by_label(const void *doc, const char *value)
{
	return sd_labels_have(sd_json_get(doc, "want.labels"), value);
}

static bool by_exit_code(const void *doc, const char *value)
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

static bool by_volume(const void *doc, const char *value)
{
	return listed(doc, "want.volumes", "name", value) ||
	       listed(doc, "want.volumes", "source", value) ||
	       listed(doc, "want.volumes", "destination", value);
}

static bool by_network(const void *doc, const char *value)
{
	return listed(doc, "want.networks", "name", value);
}

static bool by_health(const void *doc, const char *value)
{
	const char *health = row_text(doc, "health.status");

	return strcmp(*health ? health : "none", value) == 0;
}

/* The values of these are times by now: see filters_check. */
static bool before(const void *doc, const char *value)
{
	return strcmp(row_text(doc, "created"), value) < 0;
}

static bool since(const void *doc, const char *value)
{
	return strcmp(row_text(doc, "created"), value) > 0;
}

static const struct sd_filter keys[] = {
	{"ancestor", by_ancestor, SD_FILTER_ONE},
	{"before", before, SD_FILTER_ONE},
	{"exited", by_exit_code, SD_FILTER_ONE},
	{"health", by_health, SD_FILTER_ONE},
	{"id", by_id, SD_FILTER_ONE},
	{"label", by_label, SD_FILTER_EACH},
	{"name", by_name, SD_FILTER_ONE},
	{"network", by_network, SD_FILTER_ONE},
	{"since", since, SD_FILTER_ONE},
	{"status", by_status, SD_FILTER_ONE},
	{"volume", by_volume, SD_FILTER_ONE},
	{0},
};

/* Who asks for it means also those that do not run. */
static bool of_ended(const struct sd_filter *key)
{
	return key->holds == before || key->holds == since || key->holds == by_exit_code ||
	       key->holds == by_status;
}

/* "before=NAME" becomes the time when NAME was created. */
static int resolve(char **filter, const struct sd_filter *key, const char *name, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	char *resolved;
	int r = sd_record_find(name, &id, e);

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
	if (sd_filters_check(keys, filters, e) < 0)
		return -1;
	for (size_t i = 0; i < filters->n; i++) {
		const char *value;
		const struct sd_filter *key = sd_filter_find(keys, filters->v[i], &value);
		int64_t code;

		if (key->holds == by_exit_code &&
			sd_parse_int(value, "--filter: exited", 0, 255, &code, e) < 0)
			return -1;
		if ((key->holds == before || key->holds == since) &&
			resolve(&filters->v[i], key, value, e) < 0)
			return -1;
		*all |= of_ended(key);
	}
	return 0;
}

bool filters_hold(const struct sd_strv *filters, const struct sd_json *doc)
{
	return sd_filters_hold(keys, filters, doc);
}
