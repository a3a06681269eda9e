/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked for, in the words of CNI, and the names and addresses that follow from it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "sd-bridge.h"
#include "str.h"

/* What the reference plugin calls a bridge that was given no name. */
#define DEFAULT_BRIDGE "cni0"
#define MTU_MAX	       65535

void plan_free(struct plan *p)
{
	free(p->gateways);
}

void plan_add_gateway(struct plan *p, const struct sd_addr *a)
{
	for (size_t i = 0; i < p->n; i++)
		if (sd_addr_compare(&p->gateways[i], a) == 0)
			return;
	p->gateways = sd_realloc(p->gateways, (p->n + 1) * sizeof(*p->gateways));
	p->gateways[p->n++] = *a;
}

static int flags_of(const struct sd_json *plugin, struct plan *p, struct sd_err *e)
{
	bool talk = true; /* docker's enable_icc */
	const struct {
		const char *member;
		bool *to;
	} members[] = {
		{"isGateway", &p->gateway},
		{"isDefaultGateway", &p->default_route},
		{"hairpinMode", &p->hairpin},
		{"portIsolation", &p->isolated},
		{"promiscMode", &p->promiscuous},
		{"ipMasq", &p->masquerade},
		{"forceAddress", &p->force_address},
		{"internal", &p->internal},
		{"icc", &talk},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (sd_json_bool(plugin, members[i].to, e, "%s", members[i].member) < 0)
			return -1;
	p->gateway |= p->default_route;
	p->isolated |= !talk;
	return 0;
}

/* Those that the configuration names; an IPAM plugin's result may bring others. */
static int gateways_of(const struct sd_json *plugin, struct plan *p, struct sd_err *e)
{
	struct sd_json *sets = NULL, *set, *range;
	size_t i, j;

	if (sd_json_array(plugin, &sets, e, "ipam.ranges") < 0)
		return -1;
	sd_json_array_foreach (sets, i, set)
		sd_json_array_foreach (set, j, range) {
			const char *subnet = NULL, *gateway = NULL;
			struct sd_addr net, address;

			if (sd_json_str(range, &subnet, e, "subnet") < 0 ||
				sd_json_str(range, &gateway, e, "gateway") < 0)
				return -1;
			if (!subnet || !gateway)
				continue;
			if (sd_addr_parse_subnet(subnet, "ipam.ranges: subnet", &net, e) < 0 ||
				sd_addr_parse(gateway, "ipam.ranges: gateway", &address, e) < 0)
				return -1;
			address.prefix = net.prefix;
			plan_add_gateway(p, &address);
		}
	return 0;
}

int plan_of(const struct sd_json *plugin, struct plan *p, struct sd_err *e)
{
	int64_t mtu = 0;

	p->bridge = DEFAULT_BRIDGE;
	if (sd_json_str(plugin, &p->bridge, e, "bridge") < 0 ||
		sd_json_int(plugin, &mtu, e, "mtu") < 0 || flags_of(plugin, p, e) < 0 ||
		gateways_of(plugin, p, e) < 0)
		return -1;
	if (!sd_cni_ifname_valid(p->bridge))
		return sd_fail(e, 0, "bridge: '%s' is not an interface's name", p->bridge);
	if (mtu < 0 || mtu > MTU_MAX)
		return sd_fail(e, 0, "mtu: %" PRId64 " is not within 0 and %d", mtu, MTU_MAX);
	p->mtu = (unsigned)mtu;
	return 0;
}

/* ---- an endpoint's addresses and routes */

void endpoint_free(struct endpoint *p)
{
	free(p->ips);
	free(p->routes);
}

static int read_ip(struct ip *ip, const struct sd_json *from, const char *what, struct sd_err *e)
{
	const char *address, *gateway = NULL;
	int r = sd_json_str(from, &address, e, "address");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "%s.address", what);
	if (sd_addr_parse_subnet(address, what, &ip->address, e) < 0 ||
		sd_json_str(from, &gateway, e, "gateway") < 0)
		return -1;
	return gateway && *gateway ? sd_addr_parse(gateway, what, &ip->gateway, e) : 0;
}

/* A route without a gateway of its own goes by that of the first address of its family. */
static int read_route(
	struct endpoint *p, const struct sd_json *from, const char *what, struct sd_err *e)
{
	struct sd_nl_route *route = &p->routes[p->n_routes];
	const char *dst, *gateway = NULL;
	int r = sd_json_str(from, &dst, e, "dst");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "%s.dst", what);
	if (sd_addr_parse_subnet(dst, what, &route->dst, e) < 0 ||
		sd_json_str(from, &gateway, e, "gw") < 0)
		return -1;
	route->dst = sd_addr_network(&route->dst);
	if (gateway && *gateway && sd_addr_parse(gateway, what, &route->gateway, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n_ips && !route->gateway.family; i++)
		if (p->ips[i].address.family == route->dst.family)
			route->gateway = p->ips[i].gateway;
	p->n_routes++;
	return 0;
}

int endpoint_read(
	struct endpoint *p, const struct sd_json *ipam, const char *what, struct sd_err *e)
{
	sd_auto_free char *ip = sd_printf("%s.ips", what), *route = sd_printf("%s.routes", what);
	struct sd_json *ips = NULL, *routes = NULL, *item;
	size_t i;

	if (sd_json_array(ipam, &ips, e, "ips") < 0 ||
		sd_json_array(ipam, &routes, e, "routes") < 0)
		return -1;
	p->ips = sd_calloc(sd_json_len(ips) + 1, sizeof(*p->ips));
	p->routes = sd_calloc(sd_json_len(routes) + 1, sizeof(*p->routes));
	sd_json_array_foreach (ips, i, item)
		if (read_ip(&p->ips[p->n_ips++], item, ip, e) < 0)
			return -1;
	sd_json_array_foreach (routes, i, item)
		if (read_route(p, item, route, e) < 0)
			return -1;
	return 0;
}

void endpoint_add_default(struct endpoint *p)
{
	bool has[2] = {false};

	for (size_t i = 0; i < p->n_routes; i++)
		if (!p->routes[i].dst.prefix)
			has[p->routes[i].dst.family == AF_INET6] = true;
	for (size_t i = 0; i < p->n_ips; i++) {
		int family = p->ips[i].address.family;

		if (has[family == AF_INET6] || !p->ips[i].gateway.family)
			continue;
		has[family == AF_INET6] = true;
		p->routes = sd_realloc(p->routes, (p->n_routes + 1) * sizeof(*p->routes));
		p->routes[p->n_routes++] = (struct sd_nl_route){
			.dst = {.family = family}, .gateway = p->ips[i].gateway};
	}
}

/* ---- names and MAC addresses */

/* 44 bits keep all containers of a host apart. */
void endpoint_link(char link[IF_NAMESIZE], const char *id, const char *interface)
{
	uint64_t h = sd_hash(sd_hash(SD_HASH_START, id), interface);

	snprintf(link, IF_NAMESIZE, "sd%011" PRIx64, h >> 20);
}

unsigned group_of(const char *network)
{
	return (unsigned)(sd_hash(SD_HASH_START, network) >> 32) | 1;
}

int mac_parse(const char *text, const char *what, unsigned char mac[SD_MAC_LEN], struct sd_err *e)
{
	int end = 0;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		    &mac[3], &mac[4], &mac[5], &end) != SD_MAC_LEN ||
		end != 17 || text[end] || strspn(text, "0123456789abcdefABCDEF:") != 17)
		return sd_fail(
			e, 0, "%s: '%s' is not a MAC address, as 02:42:0a:58:00:07 is", what, text);
	if (mac[0] & 1)
		return sd_fail(e, 0, "%s: %s is the MAC address of a group", what, text);
	return 0;
}

const char *mac_text(const unsigned char mac[SD_MAC_LEN], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
	return buf;
}

void mac_of_address(const struct sd_addr *a, unsigned char mac[SD_MAC_LEN])
{
	mac[0] = 0x02; /* of no maker, of one interface */
	mac[1] = 0x42;
	memcpy(mac + 2, a->bytes + sd_addr_bits(a) / 8 - 4, 4);
}
