/* SPDX-License-Identifier: Apache-2.0 */
/* docker's `inspect` of a container: what it is connected to. */
#include <string.h>
#include "cleanup.h"
#include "row.h"
#include "store.h"
#include "str.h"
#include "view.h"

/*
 * --network ns: has no word in the document but the path of its namespace; docker has no word for
 * it at all.
 */
char *view_network_mode(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "config.linux.namespaces"), *ns;
	const char *other = row_text(doc, "want.join.network"),
		   *first = row_text(doc, "want.networks[0].name");
	size_t i;

	if (*other)
		return sd_printf("container:%s", other);
	if (sd_json_get(doc, "want.networks"))
		return sd_strdup(*first ? first : "none");
	sd_json_array_foreach (all, i, ns)
		if (strcmp(row_text(ns, "type"), "network") == 0)
			return sd_printf("ns:%s", row_text(ns, "path"));
	return sd_strdup("host");
}

static long long port_of(const struct sd_json *mapping, const char *which)
{
	int64_t n = 0;

	sd_json_int_value(sd_json_member(mapping, which), &n);
	return n;
}

/* docker: null for a port that is exposed and not published. */
static struct sd_json *ports(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "ports"), *one;
	const struct sd_json *exposed = sd_json_get(doc, "want.exposedPorts");
	struct sd_json *j = sd_json_new_object();
	size_t i;

	if (!sd_record_runs(doc))
		return j;
	sd_json_array_foreach (exposed, i, one)
		if (sd_json_string_value(one))
			sd_json_set(j, sd_json_string_value(one), sd_json_new_null());
	sd_json_array_foreach (all, i, one) {
		const char *protocol = row_text(one, "protocol"), *ip = row_text(one, "hostIP");
		sd_auto_free char *key = sd_printf(
			"%lld/%s", port_of(one, "containerPort"), *protocol ? protocol : "tcp");
		struct sd_json *at = sd_json_new_object();

		if (!sd_json_is_array(sd_json_member(j, key)))
			sd_json_set(j, key, sd_json_new_array());
		sd_json_set_str(at, "HostIp", *ip ? ip : "0.0.0.0");
		sd_json_take_str(at, "HostPort", sd_printf("%lld", port_of(one, "hostPort")));
		sd_json_append(sd_json_member(j, key), at);
	}
	return j;
}

/* "10.88.0.2/16": the address, and beside it how much of it is the network's. */
static void set_address(struct sd_json *j, const struct sd_json *ip)
{
	const char *text = row_text(ip, "address"), *slash = strchr(text, '/');
	bool v6 = strchr(text, ':');
	struct sd_err ignored;
	int64_t prefix = 0;

	if (!slash || sd_parse_int(slash + 1, "prefix", 0, 128, &prefix, &ignored) < 0)
		return;
	sd_json_take_str(j, v6 ? "GlobalIPv6Address" : "IPAddress",
		sd_strndup(text, (size_t)(slash - text)));
	sd_json_set_int(j, v6 ? "GlobalIPv6PrefixLen" : "IPPrefixLen", prefix);
	sd_json_set_str(j, v6 ? "IPv6Gateway" : "Gateway", row_text(ip, "gateway"));
}

/* Every member is there: a template that names one must not fail. */
static struct sd_json *no_endpoint(void)
{
	static const char *const texts[] = {"NetworkID", "EndpointID", "Gateway", "IPAddress",
		"IPv6Gateway", "GlobalIPv6Address", "MacAddress"};
	struct sd_json *j = sd_json_new_object();

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		sd_json_set_str(j, texts[i], "");
	sd_json_set_int(j, "IPPrefixLen", 0);
	sd_json_set_int(j, "GlobalIPv6PrefixLen", 0);
	return j;
}

static const struct sd_json *fact_of(const struct sd_json *doc, const char *network)
{
	const struct sd_json *all = sd_json_get(doc, "networks"), *one;
	size_t i;

	sd_json_array_foreach (sd_record_runs(doc) ? all : NULL, i, one)
		if (strcmp(row_text(one, "name"), network) == 0)
			return one;
	return NULL;
}

static struct sd_json *endpoint(const struct sd_json *doc, const struct sd_json *wish)
{
	const struct sd_json *fact = fact_of(doc, row_text(wish, "name")), *one;
	const struct sd_json *ips = sd_json_get(fact, "result.ips"),
			     *interfaces = sd_json_get(fact, "result.interfaces"),
			     *aliases = sd_json_member(wish, "aliases");
	struct sd_json *j = no_endpoint();
	size_t i;

	sd_json_set(j, "Aliases", aliases ? sd_json_copy(aliases) : sd_json_new_null());
	sd_json_array_foreach (ips, i, one)
		set_address(j, one);
	/* The one in the container's namespace: the other end is the host's. */
	sd_json_array_foreach (interfaces, i, one)
		if (*row_text(one, "sandbox"))
			sd_json_set_str(j, "MacAddress", row_text(one, "mac"));
	return j;
}

/* Those of the network bridge stand at the top as well. */
static void set_top(struct sd_json *j, const struct sd_json *bridge)
{
	sd_auto_json struct sd_json *none = no_endpoint();

	sd_json_object_foreach (none, it) {
		const char *name = sd_json_iter_key(it);
		const struct sd_json *value = sd_json_member(bridge ? bridge : none, name);

		if (strcmp(name, "NetworkID") != 0)
			sd_json_set(j, name, sd_json_copy(value));
	}
}

struct sd_json *view_network_settings(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "want.networks"), *one;
	struct sd_json *j = sd_json_new_object(), *networks = sd_json_new_object();
	size_t i;

	sd_json_array_foreach (all, i, one)
		sd_json_set(networks, row_text(one, "name"), endpoint(doc, one));
	sd_json_set(j, "Ports", ports(doc));
	set_top(j, sd_json_member(networks, "bridge"));
	sd_json_set(j, "Networks", networks);
	return j;
}
