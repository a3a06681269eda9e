/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <string.h>
#include "cleanup.h"

static const char *value_of(const char *filter, const struct sd_filter *key)
{
	size_t len = strlen(key->name);

	return strncmp(filter, key->name, len) == 0 && filter[len] == '=' ? filter + len + 1 : NULL;
}

const struct sd_filter *sd_filter_find(
	const struct sd_filter *table, const char *filter, const char **value)
{
	for (; table->name; table++)
		if ((*value = value_of(filter, table)))
			return table;
	return NULL;
}

int sd_filters_check(const struct sd_filter *table, const struct sd_strv *filters, struct sd_err *e)
{
	for (size_t i = 0; i < filters->n; i++) {
		sd_auto_buf struct sd_buf known = {0};
		const char *value;

		if (sd_filter_find(table, filters->v[i], &value))
			continue;
		for (const struct sd_filter *key = table; key->name; key++)
			sd_buf_printf(&known, "%s%s", known.len ? ", " : "", key->name);
		sd_fail(e, 0, "--filter: '%s' is not KEY=VALUE of a known key", filters->v[i]);
		return sd_hint(e, "%s", known.data);
	}
	return 0;
}

int sd_filter_want_bool(const char *filter, const char *value, struct sd_err *e)
{
	if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
		return 0;
	return sd_fail(e, 0, "--filter: '%s' is neither true nor false", filter);
}

static bool key_holds(const struct sd_filter *key, const struct sd_strv *filters, const void *item)
{
	size_t asked = 0, held = 0;

	for (size_t i = 0; i < filters->n; i++) {
		const char *value = value_of(filters->v[i], key);

		asked += value != NULL;
		held += value && key->holds(item, value);
	}
	return key->values == SD_FILTER_EACH ? held == asked : held || !asked;
}

bool sd_filters_hold(const struct sd_filter *table, const struct sd_strv *filters, const void *item)
{
	for (; filters->n && table->name; table++)
		if (!key_holds(table, filters, item))
			return false;
	return true;
}

bool sd_labels_have(const struct sd_json *labels, const char *label)
{
	sd_auto_free char *key = sd_strndup(label, strcspn(label, "="));
	const char *eq = strchr(label, '='),
		   *there = sd_json_string_value(sd_json_member(labels, key));

	return there && (!eq || strcmp(there, eq + 1) == 0);
}

char *sd_labels_text(const struct sd_json *labels)
{
	sd_auto_buf struct sd_buf b = {0};

	sd_buf_str(&b, "");
	sd_json_object_foreach (labels, it) {
		const char *value = sd_json_string_value(sd_json_iter_value(it));

		sd_buf_printf(
			&b, "%s%s=%s", b.len ? "," : "", sd_json_iter_key(it), value ? value : "");
	}
	return sd_steal_ptr(&b.data);
}
