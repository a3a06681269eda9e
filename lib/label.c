/* SPDX-License-Identifier: Apache-2.0 */
#include "label.h"

#include <string.h>
#include "cleanup.h"

int sd_labels_add(
	struct sd_json *labels, const char *option, const struct sd_strv *given, struct sd_err *e)
{
	for (size_t i = 0; i < given->n; i++) {
		const char *text = given->v[i], *eq = strchr(text, '=');
		sd_auto_free char *key = sd_strndup(text, strcspn(text, "="));

		if (!*key || !sd_is_utf8(text))
			return sd_fail(e, 0, "%s: '%s' is not KEY=VALUE", option, text);
		sd_json_set_str(labels, key, eq ? eq + 1 : "");
	}
	return 0;
}
