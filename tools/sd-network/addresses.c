/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --subnet, --gateway, --ip-range and --aux-address become the ranges of the plugin's IPAM.  What is not wished
 * for is left to it: sd-ipam subnet takes a free subnet, and its first address for the gateway.
 */
#include <string.h>
#include <sys/socket.h>
#include "address.h"
#include "cleanup.h"
#include "sd-network.h"

#define FAMILIES 2

struct wish {
	struct sd_addr subnet, gateway, range; /* family 0: none */
	struct sd_json *aux;		       /* addresses by their names, or NULL */
};

static void wishes_free(struct wish (*w)[FAMILIES])
{
	for (size_t i = 0; i < FAMILIES; i++)
		sd_json_unref((*w)[i].aux);
}
#define auto_wishes __attribute__((cleanup(wishes_free)))

static int subnets(struct wish *w, const struct sd_strv *given, struct sd_err *e)
{
	for (size_t i = 0; i < given->n; i++) {
		struct sd_addr a;

		if (sd_addr_parse_subnet(given->v[i], "--subnet", &a, e) < 0)
			return -1;

		struct wish *mine = &w[a.family == AF_INET6];

		if (mine->subnet.family)
			return sd_fail(
				e, 0, "--subnet %s: one of each family is enough", given->v[i]);
		/* docker and the study take an address in it for the subnet. */
		mine->subnet = sd_addr_network(&a);
	}
	return 0;
}

static int no_subnet(const char *option, const char *text, struct sd_err *e)
{
	return sd_fail(e, 0, "%s %s: no matching subnet", option, text);
}

static int gateways(struct wish *w, const struct sd_strv *given, struct sd_err *e)
{
	for (size_t i = 0; i < given->n; i++) {
		struct sd_addr a;

		if (sd_addr_parse(given->v[i], "--gateway", &a, e) < 0)
			return -1;

		struct wish *mine = &w[a.family == AF_INET6];

		if (!sd_addr_in(&a, &mine->subnet))
			return no_subnet("--gateway", given->v[i], e);
		if (mine->gateway.family)
			return sd_fail(e, 0, "--gateway %s: a subnet has one", given->v[i]);
		mine->gateway = a;
	}
	return 0;
}

static int ranges(struct wish *w, const struct sd_strv *given, struct sd_err *e)
{
	for (size_t i = 0; i < given->n; i++) {
		struct sd_addr a;

		if (sd_addr_parse_subnet(given->v[i], "--ip-range", &a, e) < 0)
			return -1;

		struct wish *mine = &w[a.family == AF_INET6];

		if (!sd_addr_in(&a, &mine->subnet) || a.prefix < mine->subnet.prefix)
			return no_subnet("--ip-range", given->v[i], e);
		if (mine->range.family)
			return sd_fail(e, 0, "--ip-range %s: a subnet has one", given->v[i]);
		mine->range = sd_addr_network(&a);
	}
	return 0;
}

/* NAME=ADDRESS: something beside containers has it. */
static int aux_addresses(struct wish *w, const struct sd_strv *given, struct sd_err *e)
{
	for (size_t i = 0; i < given->n; i++) {
		const char *text = given->v[i], *eq = strchr(text, '=');
		sd_auto_free char *name = eq ? sd_strndup(text, (size_t)(eq - text)) : NULL;
		struct sd_addr a;

		if (!name || !*name || !sd_is_utf8(name))
			return sd_fail(e, 0, "--aux-address: '%s' is not NAME=ADDRESS", text);
		if (sd_addr_parse(eq + 1, "--aux-address", &a, e) < 0)
			return -1;

		struct wish *mine = &w[a.family == AF_INET6];

		if (!sd_addr_in(&a, &mine->subnet))
			return no_subnet("--aux-address", text, e);
		if (!mine->aux)
			mine->aux = sd_json_new_object();
		sd_json_set_str(mine->aux, name, eq + 1);
	}
	return 0;
}

/* Without the subnet's own address and its broadcast address, which no container can have. */
static void set_range(struct sd_json *j, const struct wish *w)
{
	struct sd_addr network = sd_addr_network(&w->subnet), last = sd_addr_last(&w->subnet),
		       start = w->range, end = sd_addr_last(&w->range);
	char text[SD_ADDR_LEN];

	if (sd_addr_compare(&start, &network) == 0)
		start = sd_addr_plus(&start, 1);
	if (end.family == AF_INET && sd_addr_compare(&end, &last) == 0)
		end.bytes[3]--;
	sd_json_set_str(j, "rangeStart", sd_addr_text(&start, text));
	sd_json_set_str(j, "rangeEnd", sd_addr_text(&end, text));
}

static struct sd_json *range_set(const struct wish *w)
{
	struct sd_json *set = sd_json_new_array(), *j = sd_json_new_object();
	char text[SD_ADDR_LEN];

	sd_json_set_str(j, "subnet", sd_addr_subnet_text(&w->subnet, text));
	if (w->gateway.family)
		sd_json_set_str(j, "gateway", sd_addr_text(&w->gateway, text));
	if (w->range.family)
		set_range(j, w);
	if (w->aux)
		sd_json_set(j, "auxAddresses", sd_json_ref(w->aux));
	sd_json_append(set, j);
	return set;
}

static void add_route(struct sd_json *ipam, const char *dst)
{
	struct sd_json *route = sd_json_new_object();

	sd_json_set_str(route, "dst", dst);
	sd_json_append(sd_json_make_array(ipam, "routes"), route);
}

int plugin_addresses(struct sd_json *doc, const struct sd_network_options *a, struct sd_err *e)
{
	struct sd_json *ipam = sd_json_make_object(sd_network_plugin(doc), "ipam");
	auto_wishes struct wish w[FAMILIES] = {0};
	bool ipv6;

	if (subnets(w, &a->subnets, e) < 0 || gateways(w, &a->gateways, e) < 0 ||
		ranges(w, &a->ranges, e) < 0 || aux_addresses(w, &a->aux, e) < 0)
		return -1;
	ipv6 = a->ipv6 || w[1].subnet.family;
	sd_json_set_str(ipam, "type", a->ipam_driver ? a->ipam_driver : "sd-ipam");
	for (size_t i = 0; i < FAMILIES; i++)
		if (w[i].subnet.family)
			sd_json_append(sd_json_make_array(ipam, "ranges"), range_set(&w[i]));
	if (!a->internal) {
		add_route(ipam, "0.0.0.0/0");
		if (ipv6)
			add_route(ipam, "::/0");
	}
	sd_json_set_bool(sd_json_make_object(doc, "sdocker"), "internal", a->internal);
	sd_json_set_bool(sd_json_make_object(doc, "sdocker"), "ipv6", ipv6);
	return 0;
}
