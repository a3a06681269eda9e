/* SPDX-License-Identifier: Apache-2.0 */
/* CHECK: is what a result of ADD says still there?  What others have added is not asked about. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "ns.h"
#include "sd-bridge.h"

static int check_host(
	struct place *at, const struct sd_cni_call *call, const struct plan *plan, struct sd_err *e)
{
	struct sd_link bridge, link;
	char name[IF_NAMESIZE];
	int r = sd_nl_link_get(&at->here, plan->bridge, &bridge, e);

	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, 0, "the bridge %s is gone", plan->bridge);
	endpoint_link(name, call->container, call->ifname);
	r = sd_nl_link_get(&at->here, name, &link, e);
	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, 0, "the link %s to the container is gone", name);
	if (link.master != bridge.index)
		return sd_fail(e, 0, "the link %s is no port of %s any more", name, plan->bridge);
	return link.up ? 0 : sd_fail(e, 0, "the link %s is down", name);
}

static int check_interface(
	struct place *at, const struct sd_cni_call *call, struct sd_link *link, struct sd_err *e)
{
	struct sd_json *list = NULL, *one;
	size_t i;
	int r = sd_nl_link_get(&at->there, call->ifname, link, e);

	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, 0, "the interface %s is gone", call->ifname);
	if (!link->up)
		return sd_fail(e, 0, "the interface %s is down", call->ifname);
	if (sd_json_array(call->prev, &list, e, "interfaces") < 0)
		return -1;
	sd_json_array_foreach (list, i, one) {
		const char *name = sd_json_string_value(sd_json_member(one, "name"));
		const char *mac = sd_json_string_value(sd_json_member(one, "mac"));
		bool inside = sd_json_string_value(sd_json_member(one, "sandbox"));
		char now[18];

		if (inside && name && mac && strcmp(name, call->ifname) == 0 &&
			strcasecmp(mac, mac_text(link->mac, now)) != 0)
			return sd_fail(e, 0, "the interface %s has the MAC address %s, not %s",
				name, now, mac);
	}
	return 0;
}

static int check_addresses(
	struct place *at, const struct endpoint *p, const struct sd_link *link, struct sd_err *e)
{
	sd_auto_free struct sd_nl_addr *all = NULL;
	size_t n;

	if (sd_nl_addr_list(&at->there, &all, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n_ips; i++) {
		const struct sd_addr *wanted = &p->ips[i].address;
		char text[SD_ADDR_LEN];
		bool found = false;

		for (size_t j = 0; j < n; j++)
			found |= all[j].link == link->index &&
				 all[j].addr.prefix == wanted->prefix &&
				 sd_addr_compare(&all[j].addr, wanted) == 0;
		if (!found)
			return sd_fail(e, 0, "the interface %s has not the address %s any more",
				link->name, sd_addr_subnet_text(wanted, text));
	}
	return 0;
}

static int check_routes(struct place *at, const struct endpoint *p, struct sd_err *e)
{
	sd_auto_free struct sd_nl_route *all = NULL;
	size_t n;

	if (sd_nl_route_list(&at->there, &all, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n_routes; i++) {
		const struct sd_addr *wanted = &p->routes[i].dst;
		char text[SD_ADDR_LEN];
		bool found = false;

		for (size_t j = 0; j < n; j++)
			found |= all[j].dst.prefix == wanted->prefix &&
				 sd_addr_compare(&all[j].dst, wanted) == 0;
		if (!found)
			return sd_fail(
				e, 0, "the route to %s is gone", sd_addr_subnet_text(wanted, text));
	}
	return 0;
}

int plugin_check(const struct sd_cni_call *call, struct sd_err *e)
{
	auto_plan struct plan plan = {0};
	auto_endpoint struct endpoint p = {0};
	auto_place struct place at = PLACE_NONE;
	struct sd_link link;

	if (plan_of(call->conf, &plan, e) < 0 || endpoint_read(&p, call->prev, "prevResult", e) < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	if (place_open(&at, sd_ns_open(SD_NS_NET, call->netns, e), e) < 0)
		return sd_cni_code(e, SD_CNI_BAD_ENVIRONMENT);
	if (check_host(&at, call, &plan, e) < 0 || check_interface(&at, call, &link, e) < 0 ||
		check_addresses(&at, &p, &link, e) < 0 || check_routes(&at, &p, e) < 0)
		return -1;
	return plugin_ipam(call, "CHECK", NULL, e);
}
