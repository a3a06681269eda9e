/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: a network as docker shows it, with the containers that use it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "address.h"
#include "cleanup.h"
#include "format.h"
#include "sd-network.h"
#include "store.h"

struct args {
	const char *format;
	bool verbose;
};

const struct sd_opt inspect_opts[] = {
	SD_OPT_STR(
		struct args, format, 'f', "format", "FORMAT", "json, or a template: a line each"),
	SD_OPT_FLAG(struct args, verbose, 'v', "verbose", "as without: all is shown"),
	SD_OPT_END,
};
const size_t inspect_size = sizeof(struct args);

#define NEVER "0001-01-01T00:00:00Z" /* Go's time that is none */

static void copy(
	struct sd_json *to, const char *name, const struct sd_json *from, const char *member)
{
	const struct sd_json *value = sd_json_member(from, member);

	sd_json_set(to, name, value ? sd_json_copy(value) : sd_json_new_str(""));
}

static bool flag(const struct sd_json *object, const char *member)
{
	bool b = false;

	return sd_json_bool_value(sd_json_member(object, member), &b) && b;
}

/* What --ip-range said: the smallest subnet that holds the first address and the last. */
static void set_range(struct sd_json *to, const struct sd_json *range)
{
	const char *start = sd_json_string_value(sd_json_member(range, "rangeStart"));
	const char *end = sd_json_string_value(sd_json_member(range, "rangeEnd"));
	struct sd_addr first, last, subnet;
	char text[SD_ADDR_LEN];
	struct sd_err ignored;

	if (!start || !end || sd_addr_parse(start, "rangeStart", &first, &ignored) < 0 ||
		sd_addr_parse(end, "rangeEnd", &last, &ignored) < 0 || first.family != last.family)
		return;
	do {
		subnet = sd_addr_network(&first);
	} while (!sd_addr_in(&last, &subnet) && first.prefix-- > 0);
	sd_json_set_str(to, "IPRange", sd_addr_subnet_text(&subnet, text));
}

static struct sd_json *ipam(const struct network *n)
{
	const struct sd_json *sets = sd_json_get(n->doc, "plugins[0].ipam.ranges"), *set;
	struct sd_json *j = sd_json_new_object(), *config = sd_json_new_array();
	const char *type = sd_json_string_value(sd_json_get(n->doc, "plugins[0].ipam.type"));
	size_t i;

	sd_json_array_foreach (sets, i, set) {
		const struct sd_json *range = sd_json_at(set, 0);
		const struct sd_json *aux = sd_json_member(range, "auxAddresses");
		struct sd_json *one = sd_json_new_object();

		copy(one, "Subnet", range, "subnet");
		set_range(one, range);
		copy(one, "Gateway", range, "gateway");
		if (aux)
			sd_json_set(one, "AuxiliaryAddresses", sd_json_copy(aux));
		sd_json_append(config, one);
	}
	sd_json_set_str(j, "Driver", type && strcmp(type, "sd-ipam") != 0 ? type : "default");
	sd_json_set(j, "Options", sd_json_new_object());
	sd_json_set(j, "Config", config);
	return j;
}

static void set_addresses(struct sd_json *to, const struct sd_json *fact)
{
	const struct sd_json *ips = sd_json_get(fact, "result.ips"), *one;
	size_t i;

	sd_json_set_str(to, "IPv4Address", "");
	sd_json_set_str(to, "IPv6Address", "");
	sd_json_array_foreach (ips, i, one) {
		const char *address = sd_json_string_value(sd_json_member(one, "address"));

		if (address)
			sd_json_set_str(
				to, strchr(address, ':') ? "IPv6Address" : "IPv4Address", address);
	}
}

/* Of the interface that is in the container's namespace: the other end is the host's. */
static const char *mac_of(const struct sd_json *fact)
{
	const struct sd_json *all = sd_json_get(fact, "result.interfaces"), *one;
	const char *mac = NULL;
	size_t i;

	sd_json_array_foreach (all, i, one) {
		const char *sandbox = sd_json_string_value(sd_json_member(one, "sandbox"));

		if (sandbox && *sandbox)
			mac = sd_json_string_value(sd_json_member(one, "mac"));
	}
	return mac ? mac : "";
}

static struct sd_json *containers(const struct network *n)
{
	struct sd_json *j = sd_json_new_object();

	for (size_t i = 0; i < n->n; i++) {
		const struct member *m = &n->members[i];
		struct sd_json *one = sd_json_new_object();

		sd_json_set_str(one, "Name", m->name);
		sd_json_set_str(one, "EndpointID", "");
		sd_json_set_str(one, "MacAddress", mac_of(m->fact));
		set_addresses(one, m->fact);
		sd_json_set(j, m->id, one);
	}
	return j;
}

static struct sd_json *docker_json(const struct network *n)
{
	const struct sd_json *own = sd_json_member(n->doc, "sdocker");
	struct sd_json *j = sd_json_new_object();

	sd_json_set_str(j, "Name", n->name);
	sd_json_set_str(j, "Id", sd_network_id(n->doc));
	copy(j, "Created", own, "created");
	if (!sd_json_member(own, "created"))
		sd_json_set_str(j, "Created", NEVER);
	sd_json_set_str(j, "Scope", "local");
	copy(j, "Driver", own, "driver");
	sd_json_set_bool(j, "EnableIPv4", true);
	sd_json_set_bool(j, "EnableIPv6", flag(own, "ipv6"));
	sd_json_set(j, "IPAM", ipam(n));
	sd_json_set_bool(j, "Internal", flag(own, "internal"));
	sd_json_set_bool(j, "Attachable", false);
	sd_json_set_bool(j, "Ingress", false);
	sd_json_set_bool(j, "ConfigOnly", false);
	sd_json_set(j, "Containers", containers(n));
	copy(j, "Options", own, "options");
	copy(j, "Labels", own, "labels");
	return j;
}

static int show(const struct networks *l, const char *who, struct sd_json *all, struct sd_err *e)
{
	struct network *n = NULL;

	if (networks_find(l, who, &n, e) < 0)
		return -1;
	if (!n->doc)
		return sd_fail(e, 0, "%s", n->why);
	sd_json_append(all, docker_json(n));
	return 0;
}

int verb_inspect(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *all = sd_json_new_array();
	sd_auto_rows struct sd_rows *rows = NULL;
	auto_networks struct networks l = {0};
	struct sd_err first = {0};

	if (sd_want_operands(call, 1, -1, e) < 0 || networks_load(&l, e) < 0 ||
		networks_ask_members(&l, e) < 0)
		return -1;
	if (a->format && !(rows = sd_rows_begin(a->format, NULL, NULL, e)))
		return -1;
	for (int i = 0; i < call->argc; i++) {
		struct sd_err why = {0};

		/* The others are shown all the same; the first failure is the one reported. */
		if (show(&l, call->argv[i], all, &why) < 0 && !first.code) {
			first = why;
			first.code = why.errnum == ENOENT ? SD_EXIT_NO : why.code;
		}
	}
	if ((sd_json_len(all) || !first.code) && sd_rows_show(rows, all, stdout, e) < 0)
		return -1;
	if (!first.code)
		return 0;
	*e = first;
	return -1;
}
