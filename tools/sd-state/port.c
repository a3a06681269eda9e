/* SPDX-License-Identifier: Apache-2.0 */
/* port: where a container's ports are published. */
#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "sd-state.h"
#include "store.h"

struct mapping {
	int64_t container, host;
	const char *protocol, *address;
};

static int read_mapping(struct mapping *m, const struct sd_json *j, struct sd_err *e)
{
	*m = (struct mapping){.protocol = "tcp", .address = "0.0.0.0"};
	if (sd_json_int(j, &m->container, e, "containerPort") < 0 ||
		sd_json_int(j, &m->host, e, "hostPort") < 0 ||
		sd_json_str(j, &m->protocol, e, "protocol") < 0 ||
		sd_json_str(j, &m->address, e, "hostIP") < 0)
		return -1;
	return 0;
}

/* "80" or "80/udp" */
static int parse_port(const char *text, int64_t *port, const char **protocol, struct sd_err *e)
{
	const char *slash = strchr(text, '/');
	sd_auto_free char *number = sd_strndup(text, slash ? (size_t)(slash - text) : strlen(text));

	*protocol = slash ? slash + 1 : "tcp";
	return sd_parse_int(number, "port", 1, 65535, port, e);
}

static void print(const struct mapping *m, bool with_port)
{
	bool v6 = strchr(m->address, ':');

	if (with_port)
		printf("%lld/%s -> ", (long long)m->container, m->protocol);
	printf("%s%s%s:%lld\n", v6 ? "[" : "", m->address, v6 ? "]" : "", (long long)m->host);
}

static int do_port(const struct sd_call *call, struct sd_err *e)
{
	const char *who = call->argv[0], *protocol = NULL;
	struct sd_json *ports = NULL, *one;
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	int64_t port = 0;
	size_t i, found = 0;
	int r;

	if (sd_want_operands(call, 1, 2, e) < 0 ||
		(call->argc > 1 && parse_port(call->argv[1], &port, &protocol, e) < 0) ||
		sd_record_find(who, &id, e) < 0)
		return -1;
	r = sd_record_load_brief(id, &doc, e);
	if (r == 0)
		return sd_fail(e, 0, "no such container: %s", who);
	if (r < 0 || sd_json_array(doc, &ports, e, "ports") < 0)
		return -1;
	sd_json_array_foreach (sd_record_runs(doc) ? ports : NULL, i, one) {
		struct mapping m;

		if (read_mapping(&m, one, e) < 0)
			return -1;
		if (port && (m.container != port || strcmp(m.protocol, protocol) != 0))
			continue;
		print(&m, !port);
		found++;
	}
	if (!port || found)
		return 0;
	return sd_fail_code(e, SD_EXIT_NO, 0, "no public port '%lld/%s' published for %s",
		(long long)port, protocol, who);
}

const struct sd_verb port_verb = {
	.name = "port",
	.synopsis = "CONTAINER [PORT[/PROTOCOL]]",
	.summary = "print where its ports are published",
	.run = do_port,
};
