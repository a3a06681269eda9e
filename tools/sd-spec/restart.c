/* SPDX-License-Identifier: Apache-2.0 */
/* --restart: when it is started again. */
#include <string.h>
#include "cleanup.h"
#include "spec.h"
#include "str.h"

static bool is_policy(const char *name)
{
	static const char *const names[] = {"no", "on-failure", "always", "unless-stopped"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int refuse_removal(const struct spec *s, struct sd_err *e)
{
	bool remove = false;

	if (s->o->rm)
		return sd_fail(e, 0, "conflicting options: cannot specify both --restart and --rm");
	if (sd_json_bool(s->want, &remove, e, "autoRemove") < 0)
		return -1;
	return remove ? sd_fail(e, 0, "--restart: the container is removed at its end (--rm)") : 0;
}

int spec_restart(struct spec *s, struct sd_err *e)
{
	const char *text = s->o->restart, *colon = text ? strchr(text, ':') : NULL;
	sd_auto_free char *name = text ? sd_strndup(text, strcspn(text, ":")) : NULL;
	int64_t retries = 0;
	struct sd_json *j;

	if (!text)
		return 0;
	if (!is_policy(name))
		return sd_fail(e, 0,
			"--restart: '%s' is none of no, on-failure[:N], always, unless-stopped",
			text);
	if (colon && strcmp(name, "on-failure") != 0)
		return sd_fail(
			e, 0, "--restart: %s has no number of retries: on-failure has", name);
	if (colon && sd_parse_int(colon + 1, "--restart on-failure", 0, INT32_MAX, &retries, e) < 0)
		return -1;
	sd_json_del(s->want, "restart");
	if (strcmp(name, "no") == 0)
		return 0;
	if (refuse_removal(s, e) < 0)
		return -1;
	j = sd_json_make_object(s->want, "restart");
	sd_json_set_str(j, "name", name);
	if (colon)
		sd_json_set_int(j, "maximumRetryCount", retries);
	return 0;
}
