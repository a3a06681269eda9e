/* SPDX-License-Identifier: Apache-2.0 */
/* connect and disconnect without a document: any network namespace, by its file or a process. */
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "ns.h"
#include "sd-bridge.h"
#include "str.h"

#define DEFAULT_INTERFACE "eth0"
#define LOOPBACK	  1 /* the index that it has in every namespace */

static int open_netns(const char *which, struct sd_err *e)
{
	int64_t pid;

	if (!isdigit((unsigned char)*which))
		return sd_ns_open(SD_NS_NET, which, e);
	if (sd_parse_int(which, "--netns", 1, INT32_MAX, &pid, e) < 0)
		return -1;
	return sd_ns_open_pid(SD_NS_NET, (pid_t)pid, e);
}

static int read_addresses(struct endpoint *p, const struct connect_args *a, struct sd_err *e)
{
	p->ips = sd_calloc(a->addresses.n + 1, sizeof(*p->ips));
	p->routes = sd_calloc(a->gateways.n + 1, sizeof(*p->routes));
	for (size_t i = 0; i < a->addresses.n; i++)
		if (sd_addr_parse_subnet(
			    a->addresses.v[i], "--address", &p->ips[p->n_ips++].address, e) < 0)
			return -1;
	for (size_t i = 0; i < a->gateways.n; i++) {
		struct sd_nl_route *route = &p->routes[p->n_routes++];

		if (sd_addr_parse(a->gateways.v[i], "--gateway", &route->gateway, e) < 0)
			return -1;
		route->dst.family = route->gateway.family;
	}
	p->has_mac = a->mac;
	return a->mac ? mac_parse(a->mac, "--mac-address", p->mac, e) : 0;
}

/* There is no id: the namespace's own number stands for it. */
static int name_link(struct endpoint *p, int netns, struct sd_err *e)
{
	char id[32];
	struct stat st;

	if (fstat(netns, &st) < 0)
		return sd_fail(e, errno, "look at the network namespace");
	snprintf(id, sizeof(id), "net:%" PRIu64, (uint64_t)st.st_ino);
	endpoint_link(p->link, id, p->interface);
	return 0;
}

static int find_bridge(struct place *at, const char *name, struct sd_link *bridge, struct sd_err *e)
{
	int r = sd_nl_link_get(&at->here, name, bridge, e);

	if (r < 0)
		return -1;
	if (r > 0 && strcmp(bridge->kind, "bridge") == 0)
		return 0;
	sd_fail(e, 0, "there is no bridge %s", name);
	return sd_hint(e, "'sd-bridge create %s' makes it", name);
}

int hand_connect(const struct connect_args *a, const char *name, struct sd_err *e)
{
	struct plan plan = {.bridge = name, .hairpin = a->hairpin, .isolated = a->isolated};
	auto_endpoint struct endpoint p = {
		.interface = a->interface ? a->interface : DEFAULT_INTERFACE};
	auto_place struct place at = PLACE_NONE;
	struct sd_link bridge;

	if (!a->netns)
		return sd_fail(e, 0, "--netns is missing: the network namespace to connect");
	if (!sd_cni_ifname_valid(p.interface))
		return sd_fail(e, 0, "--interface: '%s' is not an interface's name", p.interface);
	if (read_addresses(&p, a, e) < 0 || place_open(&at, open_netns(a->netns, e), e) < 0 ||
		name_link(&p, at.netns, e) < 0 || find_bridge(&at, name, &bridge, e) < 0 ||
		endpoint_check_free(&at, p.interface, e) < 0 ||
		sd_nl_link_up(&at.there, LOOPBACK, e) < 0 ||
		endpoint_make(&at, &plan, &bridge, &p, e) < 0)
		return -1;
	if (endpoint_lead(&at, &p, e) == 0)
		return 0;
	endpoint_undo(&at, &p);
	return -1;
}

int hand_disconnect(const char *netns, const char *interface, struct sd_err *e)
{
	auto_place struct place at = PLACE_NONE;
	const char *name = interface ? interface : DEFAULT_INTERFACE;

	if (!sd_cni_ifname_valid(name))
		return sd_fail(e, 0, "--interface: '%s' is not an interface's name", name);
	if (place_open(&at, open_netns(netns, e), e) < 0 || sd_nl_link_del(&at.there, name, e) < 0)
		return -1;
	return 0;
}
