/* SPDX-License-Identifier: Apache-2.0 */
/* --filter: which volumes are meant. */
#include <string.h>
#include "cleanup.h"
#include "sd-volume.h"

static bool has_key(const char *filter, const char *const *keys)
{
	for (; *keys; keys++)
		if (sd_starts_with(filter, *keys))
			return true;
	return false;
}

int filters_check(const struct sd_strv *filters, const char *const *keys, struct sd_err *e)
{
	for (size_t i = 0; i < filters->n; i++) {
		const char *f = filters->v[i];
		sd_auto_buf struct sd_buf list = {0};

		for (size_t k = 0; keys[k]; k++)
			sd_buf_printf(&list, "%s%s", k ? ", " : "", keys[k]);
		if (!has_key(f, keys))
			return sd_fail(e, 0, "--filter: '%s' is none of %s", f, list.data);
		if (sd_starts_with(f, "dangling=") && strcmp(f + 9, "true") != 0 &&
			strcmp(f + 9, "false") != 0)
			return sd_fail(e, 0, "--filter: '%s' is neither true nor false", f);
	}
	return 0;
}

/* KEY or KEY=VALUE. */
static bool has_label(const struct volume *v, const char *label)
{
	const char *eq = strchr(label, '=');
	sd_auto_free char *key = sd_strndup(label, eq ? (size_t)(eq - label) : strlen(label));
	const char *value = volume_label(v, key);

	return value && (!eq || strcmp(value, eq + 1) == 0);
}

static bool matches(const char *f, const struct volume *v)
{
	if (sd_starts_with(f, "name="))
		return strstr(v->name, f + strlen("name=")) != NULL;
	if (sd_starts_with(f, "label="))
		return has_label(v, f + strlen("label="));
	if (sd_starts_with(f, "label!="))
		return !has_label(v, f + strlen("label!="));
	if (sd_starts_with(f, "dangling="))
		return (v->users == 0) == (strcmp(f + strlen("dangling="), "true") == 0);
	return strcmp(f, "driver=local") == 0;
}

bool filters_match(const struct sd_strv *filters, const struct volume *v)
{
	for (size_t i = 0; i < filters->n; i++)
		if (!matches(filters->v[i], v))
			return false;
	return true;
}
