/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include "address.h"
#include "cleanup.h"

bool sd_port_protocol_valid(const char *protocol)
{
	return strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0 ||
	       strcmp(protocol, "sctp") == 0;
}

struct range {
	int64_t first, last;
};

/* "80" or "80-90", of ports from `min` on. */
static int parse_range(
	const char *text, const char *what, int64_t min, struct range *r, struct sd_err *e)
{
	const char *dash = strchr(text, '-');
	sd_auto_free char *first = sd_strndup(text, dash ? (size_t)(dash - text) : strlen(text));

	if (sd_parse_int(first, what, min, 65535, &r->first, e) < 0)
		return -1;
	r->last = r->first;
	if (dash && sd_parse_int(dash + 1, what, min, 65535, &r->last, e) < 0)
		return -1;
	if (r->last < r->first)
		return sd_fail(e, 0, "%s: '%s' ends before it begins", what, text);
	return 0;
}

/* Cut "/PROTOCOL" off; *protocol is "tcp" where there is none. */
static int cut_protocol(char *text, const char *what, const char **protocol, struct sd_err *e)
{
	char *slash = strchr(text, '/');

	*protocol = "tcp";
	if (!slash)
		return 0;
	*slash = '\0';
	*protocol = slash + 1;
	for (char *p = slash + 1; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (!sd_port_protocol_valid(*protocol))
		return sd_fail(e, 0, "%s: '%s' is none of tcp, udp, sctp", what, *protocol);
	return 0;
}

/* What stands behind the last colon, which is cut off; all of it where there is none. */
static char *cut_last(char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		return text;
	*colon = '\0';
	return colon + 1;
}

/* An address of the host, IPv6 with or without brackets, as it is written shortest. */
static int parse_host(char *text, const char *what, char buf[SD_ADDR_LEN], struct sd_err *e)
{
	size_t len = strlen(text);
	struct sd_addr a;

	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	}
	if (sd_addr_parse(text, what, &a, e) < 0)
		return -1;
	sd_addr_text(&a, buf);
	return 0;
}

static void append(struct sd_json *ports, const char *host, struct range from, int64_t to,
	const char *protocol)
{
	struct sd_json *j = sd_json_new_object();

	if (host[0])
		sd_json_set_str(j, "hostIP", host);
	if (from.first)
		sd_json_set_int(j, "hostPort", from.first);
	if (from.last > from.first)
		sd_json_set_int(j, "hostPortEnd", from.last);
	sd_json_set_int(j, "containerPort", to);
	sd_json_set_str(j, "protocol", protocol);
	sd_json_append(ports, j);
}

int sd_port_parse(const char *text, const char *what, struct sd_json *ports, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(text);
	struct range to, from = {0};
	char host[SD_ADDR_LEN] = "", *inner, *outer;
	const char *protocol;

	if (cut_protocol(copy, what, &protocol, e) < 0)
		return -1;
	inner = cut_last(copy);
	if (parse_range(inner, what, 1, &to, e) < 0)
		return -1;
	if (inner != copy) {
		outer = cut_last(copy);
		if (outer[0] && parse_range(outer, what, strchr(outer, '-') != NULL, &from, e) < 0)
			return -1;
		if (outer != copy && copy[0] && parse_host(copy, what, host, e) < 0)
			return -1;
	}
	if (to.last > to.first && from.first && from.last - from.first != to.last - to.first)
		return sd_fail(
			e, 0, "%s: '%s': the two ranges are of different length", what, text);
	if (to.last == to.first) {
		append(ports, host, from, to.first, protocol);
		return 0;
	}
	for (int64_t port = to.first; port <= to.last; port++) {
		struct range one = from;

		one.last = one.first;
		append(ports, host, one, port, protocol);
		from.first += from.first > 0;
	}
	return 0;
}

int sd_port_exposed(const char *text, const char *what, struct sd_strv *ports, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(text);
	size_t before = ports->n; /* within one range none is twice: the largest has 65535 */
	const char *protocol;
	struct range r;

	if (cut_protocol(copy, what, &protocol, e) < 0 || parse_range(copy, what, 1, &r, e) < 0)
		return -1;
	for (int64_t port = r.first; port <= r.last; port++) {
		sd_auto_free char *one = sd_printf("%d/%s", (int)port, protocol);
		bool there = false;

		for (size_t i = 0; i < before && !there; i++)
			there = strcmp(ports->v[i], one) == 0;
		if (!there)
			sd_strv_take(ports, sd_steal_ptr(&one));
	}
	return 0;
}
