/* SPDX-License-Identifier: Apache-2.0 */
/* --log-driver, --log-opt: what becomes of the output. */
#include <string.h>
#include "cleanup.h"
#include "spec.h"
#include "str.h"

static int driver(const char *name, const char **out, struct sd_err *e)
{
	static const char *const files[] = {"file", "json-file", "local"};

	*out = "file";
	if (!name)
		return 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strcmp(name, files[i]) == 0)
			return 0;
	*out = "none";
	return strcmp(name, "none") == 0
		       ? 0
		       : sd_fail(e, 0, "--log-driver: '%s' is none of file, json-file, local, none",
				 name);
}

static int option(struct sd_json *log, const char *text, struct sd_err *e)
{
	int64_t n;

	if (sd_starts_with(text, "max-size=")) {
		if (strcmp(text, "max-size=-1") == 0)
			n = -1;
		else if (sd_parse_size(text + 9, "--log-opt max-size", &n, e) < 0)
			return -1;
		if (n == 0)
			return sd_fail(e, 0, "--log-opt max-size: it must hold something");
		sd_json_set_int(log, "maxSize", n);
		return 0;
	}
	if (sd_starts_with(text, "max-file=")) {
		if (sd_parse_int(text + 9, "--log-opt max-file", 1, 1000, &n, e) < 0)
			return -1;
		sd_json_set_int(log, "maxFiles", n);
		return 0;
	}
	return sd_fail(e, 0, "--log-opt: '%s' is none of max-size=SIZE, max-file=N", text);
}

int spec_log(struct spec *s, struct sd_err *e)
{
	const char *name;

	if (driver(s->o->log_driver, &name, e) < 0)
		return -1;
	if (!s->o->log_driver && !s->o->log_opt.n)
		return 0;
	if (strcmp(name, "none") == 0 && s->o->log_opt.n)
		return sd_fail(e, 0, "--log-opt does not go with --log-driver none");

	struct sd_json *log = sd_json_make_object(s->want, "log");

	sd_json_set_str(log, "driver", name);
	for (size_t i = 0; i < s->o->log_opt.n; i++)
		if (option(log, s->o->log_opt.v[i], e) < 0)
			return -1;
	return 0;
}
