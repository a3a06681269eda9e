/* SPDX-License-Identifier: Apache-2.0 */
/* --filter of ls. */
#include "filter.h"

#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "sd-network.h"
#include "when.h"

static const char *text_of(const struct network *n, const char *path)
{
	const char *s = sd_json_string_value(sd_json_get(n->doc, "%s", path));

	return s ? s : "";
}

static bool by_dangling(const void *network, const char *value)
{
	const struct network *n = network;
	bool dangling = !n->n && !predefined(n->name);

	return dangling == (strcmp(value, "true") == 0);
}

static bool by_driver(const void *network, const char *value)
{
	return strcmp(text_of(network, "sdocker.driver"), value) == 0;
}

static bool by_id(const void *network, const char *value)
{
	return sd_starts_with(text_of(network, "sdocker.id"), value);
}

static bool by_label(const void *network, const char *value)
{
	const struct network *n = network;

	return sd_labels_have(sd_json_get(n->doc, "sdocker.labels"), value);
}

static bool without_label(const void *network, const char *value)
{
	return !by_label(network, value);
}

static bool by_name(const void *network, const char *value)
{
	return strstr(((const struct network *)network)->name, value) != NULL;
}

static bool by_scope(const void *network, const char *value)
{
	return strcmp(value, "local") == 0;
}

static bool by_type(const void *network, const char *value)
{
	return predefined(((const struct network *)network)->name) ==
	       (strcmp(value, "builtin") == 0);
}

/* The value is a time by now: see filters_resolve. */
static bool until(const void *network, const char *value)
{
	const char *created = text_of(network, "sdocker.created");

	return *created && strcmp(created, value) < 0;
}

const struct sd_filter filters[] = {
	{"dangling", by_dangling, SD_FILTER_ONE},
	{"driver", by_driver, SD_FILTER_ONE},
	{"id", by_id, SD_FILTER_ONE},
	{"label", by_label, SD_FILTER_EACH},
	{"label!", without_label, SD_FILTER_EACH},
	{"name", by_name, SD_FILTER_ONE},
	{"scope", by_scope, SD_FILTER_ONE},
	{"type", by_type, SD_FILTER_ONE},
	{"until", until, SD_FILTER_EACH},
	{0},
};

static int resolve(char **filter, struct sd_err *e)
{
	char when[SD_WHEN_LEN + 1];
	const char *value;
	const struct sd_filter *f = sd_filter_find(filters, *filter, &value);

	if (f->holds == by_dangling)
		return sd_filter_want_bool(*filter, value, e);
	if (f->holds == by_type && strcmp(value, "custom") != 0 && strcmp(value, "builtin") != 0)
		return sd_fail(e, 0, "--filter: '%s' is neither custom nor builtin", *filter);
	if (f->holds != until)
		return 0;
	if (sd_when_parse(value, "--filter: until", when, e) < 0)
		return -1;
	free(*filter);
	*filter = sd_printf("until=%s", when);
	return 0;
}

int filters_resolve(struct sd_strv *given, struct sd_err *e)
{
	if (sd_filters_check(filters, given, e) < 0)
		return -1;
	for (size_t i = 0; i < given->n; i++)
		if (resolve(&given->v[i], e) < 0)
			return -1;
	return 0;
}

bool filters_need_members(const struct sd_strv *given)
{
	for (size_t i = 0; i < given->n; i++)
		if (sd_starts_with(given->v[i], "dangling="))
			return true;
	return false;
}
