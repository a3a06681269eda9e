/* SPDX-License-Identifier: Apache-2.0 */
/* --publish, --publish-all and --expose: want.ports, want.publishAll, want.exposedPorts. */
#include <string.h>
#include "cleanup.h"
#include "port.h"
#include "spec.h"

/* docker's long form: target=80,published=8080,protocol=tcp.  *words is what the short one says. */
static int from_fields(const char *given, char **words, struct sd_err *e)
{
	auto_fields struct fields f = {0};
	const char *target = NULL, *published = "", *protocol = "tcp";

	if (csv_parse(given, "--publish", &f, e) < 0)
		return -1;
	for (size_t i = 0; i < f.n; i++) {
		const char **to = strcmp(f.v[i].key, "target") == 0	 ? &target
				  : strcmp(f.v[i].key, "published") == 0 ? &published
				  : strcmp(f.v[i].key, "protocol") == 0	 ? &protocol
									 : NULL;

		if (!to || !f.v[i].value) {
			sd_fail(e, 0, "--publish: '%s': '%s' is not a field", given, f.v[i].key);
			return sd_hint(e, "target=80,published=8080,protocol=tcp");
		}
		*to = f.v[i].value;
	}
	if (!target)
		return sd_fail(e, 0, "--publish: '%s': no target", given);
	*words = sd_printf("%s:%s/%s", published, target, protocol);
	return 0;
}

static int publish(struct spec *s, const char *given, struct sd_err *e)
{
	sd_auto_free char *words = NULL;

	if (strchr(given, '=') && from_fields(given, &words, e) < 0)
		return -1;
	return sd_port_parse(
		words ? words : given, "--publish", sd_json_make_array(s->want, "ports"), e);
}

static int expose(struct spec *s, const char *given, struct sd_err *e)
{
	struct sd_json *list = sd_json_make_array(s->want, "exposedPorts");
	sd_auto_strv struct sd_strv ports = {0};

	if (sd_port_exposed(given, "--expose", &ports, e) < 0)
		return -1;
	/* In a range it is not looked for: sixty thousand times sixty thousand. */
	for (size_t i = 0; i < ports.n; i++)
		if (ports.n > 1 || !sd_json_has_string(list, ports.v[i]))
			sd_json_append_str(list, ports.v[i]);
	return 0;
}

int spec_ports(struct spec *s, struct sd_err *e)
{
	const struct sd_run_options *o = s->o;

	for (size_t i = 0; i < o->publish.n; i++)
		if (publish(s, o->publish.v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < o->expose.n; i++)
		if (expose(s, o->expose.v[i], e) < 0)
			return -1;
	if (o->publish_all)
		sd_json_set_bool(s->want, "publishAll", true);
	return 0;
}
