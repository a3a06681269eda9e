/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CNI plugin, with the configuration of the reference plugin "bridge".
 *
 * An attachment's link is found by its container's id and interface, so DEL needs no result and no
 * namespace; the links of a network are a group (ip-link(8)), so GC knows its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "ns.h"
#include "sd-bridge.h"
#include "str.h"

/* ---- the configuration */

static int refuse_unsupported(const struct sd_json *conf, struct sd_err *e)
{
	int64_t vlan = 0;
	bool macspoofchk = false;

	if (sd_json_int(conf, &vlan, e, "vlan") < 0 ||
		sd_json_bool(conf, &macspoofchk, e, "macspoofchk") < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	if (!vlan && !macspoofchk && !sd_json_len(sd_json_member(conf, "vlanTrunk")))
		return 0;
	sd_fail(e, 0, "%s: not supported",
		vlan	      ? "vlan"
		: macspoofchk ? "macspoofchk"
			      : "vlanTrunk");
	return sd_cni_code(e, SD_CNI_BAD_FIELD);
}

static int plan_of_call(const struct sd_cni_call *call, struct plan *p, struct sd_err *e)
{
	if (refuse_unsupported(call->conf, e) < 0)
		return -1;
	if (plan_of(call->conf, p, e) < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	p->group = group_of(call->network);
	return 0;
}

/* The MAC address that is asked for: in the order in which later ways replaced earlier ones. */
static int mac_of_call(const struct sd_cni_call *call, struct endpoint *p, struct sd_err *e)
{
	static const char *const members[] = {"runtimeConfig.mac", "args.cni.mac", "mac"};
	sd_auto_free char *given = sd_cni_arg(call, "MAC");
	const char *mac = NULL;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members) && !mac; i++)
		if (sd_json_str(call->conf, &mac, e, "%s", members[i]) < 0)
			return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	if (!mac)
		mac = given;
	p->has_mac = mac && *mac;
	if (p->has_mac && mac_parse(mac, "mac", p->mac, e) < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	return 0;
}

int plugin_ipam(const struct sd_cni_call *call, const char *command, struct sd_json **result,
	struct sd_err *e)
{
	sd_auto_json struct sd_json *unused = NULL;
	struct sd_cni_call delegate = *call;
	const char *type = NULL;

	if (sd_json_str(call->conf, &type, e, "ipam.type") < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	if (!type || !*type)
		return 0;
	delegate.command = command;
	return sd_cni_run(type, &delegate, result ? result : &unused, e);
}

/* ---- ADD */

/* An address without a gateway has the first of its subnet, where the bridge is to be one. */
static void choose_gateways(struct endpoint *p)
{
	for (size_t i = 0; i < p->n_ips; i++) {
		struct sd_addr net = sd_addr_network(&p->ips[i].address);

		if (p->ips[i].gateway.family)
			continue;
		p->ips[i].gateway = sd_addr_plus(&net, 1);
		p->ips[i].gateway.prefix = sd_addr_bits(&net);
	}
}

static void plan_gateways(struct plan *plan, const struct endpoint *p)
{
	for (size_t i = 0; i < p->n_ips; i++) {
		struct sd_addr gateway = p->ips[i].gateway;

		gateway.prefix = p->ips[i].address.prefix;
		plan_add_gateway(plan, &gateway);
	}
}

/* Also a bridge that was there has the gateways, and hands on what goes there. */
static int be_gateway(
	struct place *at, const struct plan *plan, const struct sd_link *bridge, struct sd_err *e)
{
	for (size_t i = 0; i < plan->n; i++)
		if (bridge_add_address(&at->here, plan, bridge, &plan->gateways[i], e) < 0 ||
			(!plan->internal && sysctl_forward(plan->gateways[i].family, e) < 0))
			return -1;
	return 0;
}

static int attach(struct place *at, struct plan *plan, struct endpoint *p, struct sd_link *bridge,
	struct sd_err *e)
{
	if (plan->gateway) {
		choose_gateways(p);
		plan_gateways(plan, p);
	}
	if (plan->default_route)
		endpoint_add_default(p);
	if (bridge_provide(&at->here, plan, bridge, NULL, e) < 0 ||
		(plan->gateway && be_gateway(at, plan, bridge, e) < 0) ||
		(plan->promiscuous && sd_nl_link_promiscuous(&at->here, bridge->index, e) < 0) ||
		endpoint_make(at, plan, bridge, p, e) < 0)
		return -1;
	if (endpoint_lead(at, p, e) == 0 &&
		(!plan->masquerade || masquerade_on(plan->bridge, p, e) == 0))
		return 0;
	endpoint_undo(at, p);
	return -1;
}

/* The IPAM plugin's words, and the gateways and default routes that were added to them. */
static struct sd_json *result_of(const struct sd_cni_call *call, const struct sd_link *bridge,
	const struct endpoint *p, const struct sd_json *ipam)
{
	struct sd_json *r = endpoint_result(bridge, p, call->netns, ipam), *ip;
	struct sd_json *routes = sd_json_make_array(r, "routes");
	char text[SD_ADDR_LEN];
	size_t i;

	sd_json_array_foreach (sd_json_member(r, "ips"), i, ip)
		if (p->ips[i].gateway.family)
			sd_json_set_str(ip, "gateway", sd_addr_text(&p->ips[i].gateway, text));
	for (i = sd_json_len(routes); i < p->n_routes; i++) {
		struct sd_json *route = sd_json_new_object();

		sd_json_set_str(route, "dst", sd_addr_subnet_text(&p->routes[i].dst, text));
		sd_json_set_str(route, "gw", sd_addr_text(&p->routes[i].gateway, text));
		sd_json_append(routes, route);
	}
	if (!sd_json_len(routes))
		sd_json_del(r, "routes");
	return r;
}

static int open_place(const struct sd_cni_call *call, struct place *at, struct sd_err *e)
{
	int netns = sd_ns_open(SD_NS_NET, call->netns, e);

	return place_open(at, netns, e) < 0 ? sd_cni_code(e, SD_CNI_BAD_ENVIRONMENT) : 0;
}

static int add(const struct sd_cni_call *call, struct sd_json **result, struct sd_err *e)
{
	auto_plan struct plan plan = {0};
	auto_endpoint struct endpoint p = {.interface = call->ifname};
	auto_place struct place at = PLACE_NONE;
	sd_auto_json struct sd_json *ipam = NULL;
	struct sd_link bridge;
	struct sd_err ignored; /* the first error is the one to tell */

	if (plan_of_call(call, &plan, e) < 0 || mac_of_call(call, &p, e) < 0 ||
		open_place(call, &at, e) < 0 || endpoint_check_free(&at, call->ifname, e) < 0)
		return -1;
	endpoint_link(p.link, call->container, call->ifname);
	if (plugin_ipam(call, "ADD", &ipam, e) < 0)
		return -1;
	if (endpoint_read(&p, ipam, "ipam", e) == 0 && attach(&at, &plan, &p, &bridge, e) == 0) {
		*result = result_of(call, &bridge, &p, ipam);
		return 0;
	}
	plugin_ipam(call, "DEL", NULL, &ignored);
	return -1;
}

/* ---- DEL, GC, STATUS */

/* The address goes back even where the link cannot be removed, and the other way round. */
static int del(const struct sd_cni_call *call, struct sd_err *e)
{
	sd_auto_nl struct sd_nl nl = {0};
	char link[IF_NAMESIZE];
	struct sd_err later = {0};
	int r;

	endpoint_link(link, call->container, call->ifname);
	r = sd_nl_open(&nl, -1, e) < 0 ? -1 : sd_nl_link_del(&nl, link, e);
	if (plugin_ipam(call, "DEL", NULL, &later) == 0)
		return r < 0 ? -1 : 0;
	if (r >= 0)
		*e = later;
	return -1;
}

/* The names that the links of all valid attachments have. */
static void valid_links(const struct sd_cni_call *call, struct sd_strv *names)
{
	const struct sd_json *all = sd_json_member(call->conf, "cni.dev/valid-attachments"), *one;
	size_t i;

	sd_json_array_foreach (all, i, one) {
		const char *id = sd_json_string_value(sd_json_member(one, "containerID"));
		const char *ifname = sd_json_string_value(sd_json_member(one, "ifname"));
		char link[IF_NAMESIZE];

		if (!id || !ifname)
			continue;
		endpoint_link(link, id, ifname);
		sd_strv_add(names, link);
	}
}

static int collect_links(const struct sd_cni_call *call, struct sd_err *e)
{
	sd_auto_free struct sd_link *links = NULL;
	sd_auto_strv struct sd_strv valid = {0};
	sd_auto_nl struct sd_nl nl = {0};
	unsigned group = group_of(call->network);
	struct sd_err first = {0};
	size_t n;

	valid_links(call, &valid);
	if (sd_nl_open(&nl, -1, e) < 0 || sd_nl_link_list(&nl, &links, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct sd_err why;

		if (links[i].group == group && strcmp(links[i].kind, "veth") == 0 &&
			!sd_strv_has(&valid, links[i].name) &&
			sd_nl_link_del(&nl, links[i].name, &why) < 0 && !first.code)
			first = why;
	}
	if (!first.code)
		return 0;
	*e = first;
	return -1;
}

/* All of it is tried, and the first failure told. */
static int gc(const struct sd_cni_call *call, struct sd_err *e)
{
	auto_plan struct plan plan = {0};
	struct sd_err errors[3] = {0};
	bool last = !sd_json_len(sd_json_member(call->conf, "cni.dev/valid-attachments"));

	collect_links(call, &errors[0]);
	plugin_ipam(call, "GC", NULL, &errors[1]);
	if (plan_of_call(call, &plan, &errors[2]) == 0 && last && plan.masquerade)
		masquerade_off(plan.bridge, &errors[2]);
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i].code) {
			*e = errors[i];
			return -1;
		}
	return 0;
}

static int status(const struct sd_cni_call *call, struct sd_err *e)
{
	auto_plan struct plan plan = {0};
	sd_auto_nl struct sd_nl nl = {0};
	struct sd_link link;

	if (plan_of_call(call, &plan, e) < 0)
		return -1;
	if (sd_nl_open(&nl, -1, e) < 0 || sd_nl_link_get(&nl, plan.bridge, &link, e) < 0)
		return sd_cni_code(e, SD_CNI_UNAVAILABLE);
	return plugin_ipam(call, "STATUS", NULL, e);
}

const struct sd_cni_plugin cni_plugin = {
	.add = add,
	.del = del,
	.check = plugin_check,
	.gc = gc,
	.status = status,
};
