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

static int look_up(struct sd_nl *nl, const char *name, struct sd_link *out, struct sd_err *e)
{
	int r = sd_nl_link_get(nl, name, out, e);

	return r ? r : sd_fail(e, ENODEV, "%s, just made, is gone", name);
}

/*
 * Inside: addresses before the link is up, so that it is never up without them; routes after, for
 * the kernel takes none over a link that is down.  Another may have had the addresses a moment ago.
 */
static int set_up(struct place *at, struct endpoint *p, struct sd_err *e)
{
	struct sd_link link, outside;

	if (look_up(&at->here, p->link, &outside, e) < 0 ||
		look_up(&at->there, p->interface, &link, e) < 0)
		return -1;
	memcpy(p->link_mac, outside.mac, SD_MAC_LEN);
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
		.group = plan->group,
		.mtu = plan->mtu ? plan->mtu : bridge->mtu,
		.peer = p->interface,
		.peer_netns = at->netns};

	if (!p->has_mac && p->n_ips)
		mac_of_address(&p->ips[0].address, p->mac);
	if (p->has_mac || p->n_ips)
		veth.peer_mac = p->mac;
	/* Also where only the answer was lost. */
	if (make_pair(at, &veth, e) < 0 ||
		((plan->hairpin || plan->isolated) &&
			sd_nl_port_set(&at->here, p->link, plan->hairpin, plan->isolated, e) < 0) ||
		set_up(at, p, e) < 0)
		goto undo;
	return 0;
undo:
	endpoint_undo(at, p);
	return -1;
}

int endpoint_check_free(struct place *at, const char *interface, struct sd_err *e)
{
	struct sd_link link;
	int r = sd_nl_link_get(&at->there, interface, &link, e);

	return r > 0 ? sd_fail(e, 0, "there is an interface %s already", interface) : r;
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

static void add_interface(struct sd_json *list, const char *name,
	const unsigned char mac[SD_MAC_LEN], const char *sandbox)
{
	struct sd_json *o = sd_json_new_object();
	char text[18];

	sd_json_set_str(o, "name", name);
	sd_json_set_str(o, "mac", mac_text(mac, text));
	if (sandbox)
		sd_json_set_str(o, "sandbox", sandbox);
	sd_json_append(list, o);
}

struct sd_json *endpoint_result(const struct sd_link *bridge, const struct endpoint *p,
	const char *sandbox, const struct sd_json *ipam)
{
	static const char *const passed[] = {"ips", "routes", "dns"};
	struct sd_json *r = sd_json_new_object(), *interfaces = sd_json_make_array(r, "interfaces");
	struct sd_json *ip;
	size_t i;

	sd_json_set_str(r, "cniVersion", SD_CNI_VERSION);
	add_interface(interfaces, bridge->name, bridge->mac, NULL);
	add_interface(interfaces, p->link, p->link_mac, NULL);
	add_interface(interfaces, p->interface, p->mac, sandbox);
	for (i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		if (sd_json_member(ipam, passed[i]))
			sd_json_set(r, passed[i], sd_json_copy(sd_json_member(ipam, passed[i])));
	sd_json_array_foreach (sd_json_member(r, "ips"), i, ip)
		sd_json_set_int(ip, "interface", 2);
	return r;
}
