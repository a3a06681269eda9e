/* SPDX-License-Identifier: Apache-2.0 */
/* A container's way to a bridge: made, undone, told. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "ns.h"
#include "sd-bridge.h"
#include "str.h"

int place_open(struct place *at, int netns, struct sd_err *e)
{
	at->netns = netns;
	if (netns < 0)
		return -1;
	if (sd_ns_is_own(SD_NS_NET, netns))
		return sd_fail(e, 0, "the network namespace to connect is this one");
	return sd_nl_open(&at->here, -1, e) < 0 || sd_nl_open(&at->there, netns, e) < 0 ? -1 : 0;
}

void place_close(struct place *at)
{
	sd_nl_close(&at->here);
	sd_nl_close(&at->there);
	sd_close_fd(&at->netns);
}

/*
 * EEXIST is either end's.  The host's is what an earlier life of the container has left: its
 * namespace may still be on its way out, or a connect was killed.
 */
static int make_pair(struct place *at, const struct sd_veth *veth, struct sd_err *e)
{
	struct sd_link old;
	int r;

	if (sd_nl_veth_add(&at->here, veth, e) == 0)
		return 0;
	if (e->errnum != EEXIST)
		return -1;
	r = sd_nl_link_get(&at->here, veth->name, &old, e);
	if (r < 0)
		return -1;
	if (r == 0)
		return sd_fail(e, EEXIST, "create %s in the container", veth->peer);
	if (sd_nl_link_del(&at->here, veth->name, e) < 0)
		return -1;
	return sd_nl_veth_add(&at->here, veth, e);
}

static bool has_family(const struct endpoint *p, int family)
{
	for (size_t i = 0; i < p->n_ips; i++)
		if (p->ips[i].address.family == family)
			return true;
	return false;
}

/*
 * Inside: addresses before the link is up, so that it is never up without them; routes after, for
 * the kernel takes none over a link that is down.  Another may have had the addresses a moment ago.
 */
static int set_up(struct place *at, struct endpoint *p, struct sd_err *e)
{
	struct sd_link link;
	int r = sd_nl_link_get(&at->there, p->interface, &link, e);

	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, ENODEV, "find %s in the container", p->interface);
	memcpy(p->mac, link.mac, SD_MAC_LEN);
	if (sysctl_endpoint(at->netns, p->interface, has_family(p, AF_INET6), e) < 0)
		return -1;
	for (size_t i = 0; i < p->n_ips; i++)
		if (sd_nl_addr_add(&at->there, link.index, &p->ips[i].address, e) < 0)
			return -1;
	if (sd_nl_link_up(&at->there, link.index, e) < 0 ||
		sd_nl_link_settle(&at->here, p->link, e) < 0 ||
		(p->n_ips && sd_nl_link_announce(&at->there, link.index, p->mac, e) < 0))
		return -1;
	for (size_t i = 0; i < p->n_routes; i++) {
		p->routes[i].link = link.index;
		if (p->routes[i].dst.prefix && sd_nl_route_add(&at->there, &p->routes[i], e) < 0)
			return -1;
	}
	return 0;
}

int endpoint_make(struct place *at, const struct plan *plan, const struct sd_link *bridge,
	struct endpoint *p, struct sd_err *e)
{
	struct sd_veth veth = {.name = p->link,
		.master = bridge->index,
		.mtu = plan->mtu ? plan->mtu : bridge->mtu,
		.peer = p->interface,
		.peer_netns = at->netns};

	if (!p->has_mac && p->n_ips)
		mac_of_address(&p->ips[0].address, p->mac);
	if (p->has_mac || p->n_ips)
		veth.peer_mac = p->mac;
	if (make_pair(at, &veth, e) < 0)
		return -1;
	if (((plan->hairpin || plan->isolated) &&
		    sd_nl_port_set(&at->here, p->link, plan->hairpin, plan->isolated, e) < 0) ||
		set_up(at, p, e) < 0)
		goto undo;
	return 0;
undo:
	endpoint_undo(at, p);
	return -1;
}

void endpoint_undo(struct place *at, const struct endpoint *p)
{
	struct sd_err ignored; /* the first error is the one to tell */

	sd_nl_link_del(&at->here, p->link, &ignored);
}

int endpoint_lead(struct place *at, const struct endpoint *p, struct sd_err *e)
{
	for (size_t i = 0; i < p->n_routes; i++)
		if (!p->routes[i].dst.prefix && sd_nl_route_add(&at->there, &p->routes[i], e) < 0)
			return -1;
	return 0;
}

/* ---- told */

static void add_interface(
	struct sd_json *list, const char *name, const char *mac, const char *sandbox)
{
	struct sd_json *o = sd_json_new_object();

	sd_json_set_str(o, "name", name);
	if (mac)
		sd_json_set_str(o, "mac", mac);
	if (sandbox)
		sd_json_set_str(o, "sandbox", sandbox);
	sd_json_append(list, o);
}

struct sd_json *endpoint_result(const struct plan *plan, const struct endpoint *p,
	const char *sandbox, const struct sd_json *ipam)
{
	static const char *const passed[] = {"routes", "dns"};
	struct sd_json *r = sd_json_new_object(), *interfaces = sd_json_new_array(), *item;
	struct sd_json *ips = sd_json_copy(sd_json_member(ipam, "ips"));
	char mac[18];
	size_t i;

	sd_json_set_str(r, "cniVersion", SD_CNI_VERSION);
	add_interface(interfaces, plan->bridge, NULL, NULL);
	add_interface(interfaces, p->link, NULL, NULL);
	add_interface(interfaces, p->interface, mac_text(p->mac, mac), sandbox);
	sd_json_set(r, "interfaces", interfaces);
	sd_json_array_foreach (ips, i, item)
		sd_json_set_int(item, "interface", 2);
	if (ips)
		sd_json_set(r, "ips", ips);
	for (i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		if (sd_json_member(ipam, passed[i]))
			sd_json_set(r, passed[i], sd_json_copy(sd_json_member(ipam, passed[i])));
	return r;
}
