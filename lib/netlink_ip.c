/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and routes. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <string.h>
#include "netlink_part.h"
#include "str.h"

static void put_cache(struct nl_cache **c)
{
	if (*c)
		nl_cache_free(*c);
}
#define auto_cache __attribute__((cleanup(put_cache)))

static void put_nl_addr(struct nl_addr **a)
{
	nl_addr_put(*a);
}
#define auto_nl_addr __attribute__((cleanup(put_nl_addr)))

static void put_addr(struct rtnl_addr **a)
{
	if (*a)
		rtnl_addr_put(*a);
}

static void put_route(struct rtnl_route **r)
{
	if (*r)
		rtnl_route_put(*r);
}

static struct nl_addr *to_libnl(const struct sd_addr *a)
{
	struct nl_addr *r = nl_addr_build(a->family, a->bytes, sd_addr_bits(a) / 8);

	if (r)
		nl_addr_set_prefixlen(r, (int)a->prefix);
	return r;
}

static struct sd_addr from_libnl(const struct nl_addr *a, int family)
{
	struct sd_addr r = {.family = family, .prefix = nl_addr_get_prefixlen(a)};
	unsigned len = nl_addr_get_len(a);

	/* The destination of a default route has no bytes. */
	memcpy(r.bytes, nl_addr_get_binary_addr(a), len < sizeof(r.bytes) ? len : sizeof(r.bytes));
	return r;
}

/* ---- addresses */

int sd_nl_addr_list(struct sd_nl *nl, struct sd_nl_addr **out, size_t *n, struct sd_err *e)
{
	auto_cache struct nl_cache *all = NULL;

	*out = NULL;
	*n = 0;
	if (sd_nl_listed(nl, rtnl_addr_alloc_cache(nl->sock, &all), "addresses", e) < 0)
		return -1;
	*out = sd_calloc((size_t)nl_cache_nitems(all) + 1, sizeof(**out));
	for (struct nl_object *o = nl_cache_get_first(all); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;
		int family = rtnl_addr_get_family(a);

		if (family != AF_INET && family != AF_INET6)
			continue;
		(*out)[(*n)++] = (struct sd_nl_addr){.link = rtnl_addr_get_ifindex(a),
			.addr = from_libnl(rtnl_addr_get_local(a), family)};
	}
	return 0;
}

static struct rtnl_addr *make_addr(int link, const struct sd_addr *a)
{
	auto_nl_addr struct nl_addr *local = to_libnl(a);
	struct rtnl_addr *r = rtnl_addr_alloc();

	rtnl_addr_set_ifindex(r, link);
	rtnl_addr_set_local(r, local);
	return r;
}

int sd_nl_addr_add(struct sd_nl *nl, int link, const struct sd_addr *a, struct sd_err *e)
{
	__attribute__((cleanup(put_addr))) struct rtnl_addr *addr = make_addr(link, a);
	struct sd_addr last = sd_addr_last(a);
	char text[SD_ADDR_LEN];
	struct nl_msg *msg = NULL;
	int r;

	/* A subnet of one or two addresses has no broadcast address (RFC 3021). */
	if (a->family == AF_INET && a->prefix < 31) {
		auto_nl_addr struct nl_addr *broadcast = to_libnl(&last);

		nl_addr_set_prefixlen(broadcast, 32);
		rtnl_addr_set_broadcast(addr, broadcast);
	}
	if (a->family == AF_INET6)
		rtnl_addr_set_flags(addr, IFA_F_NODAD);
	r = rtnl_addr_build_add_request(addr, NLM_F_CREATE | NLM_F_EXCL, &msg);
	if (sd_nl_ask(nl, r, msg) < 0)
		return sd_nl_failed(nl, e, "add the address %s", sd_addr_subnet_text(a, text));
	return 0;
}

int sd_nl_addr_del(struct sd_nl *nl, int link, const struct sd_addr *a, struct sd_err *e)
{
	__attribute__((cleanup(put_addr))) struct rtnl_addr *addr = make_addr(link, a);
	char text[SD_ADDR_LEN];
	struct nl_msg *msg = NULL;
	int r = rtnl_addr_build_delete_request(addr, 0, &msg);

	if (sd_nl_ask(nl, r, msg) < 0)
		return sd_nl_failed(nl, e, "delete the address %s", sd_addr_subnet_text(a, text));
	return 0;
}

/* ---- routes */

static bool leads_somewhere(struct rtnl_route *r)
{
	int family = rtnl_route_get_family(r);

	return (family == AF_INET || family == AF_INET6) &&
	       rtnl_route_get_table(r) == RT_TABLE_MAIN && rtnl_route_get_type(r) == RTN_UNICAST &&
	       rtnl_route_get_nnexthops(r) > 0;
}

int sd_nl_route_list(struct sd_nl *nl, struct sd_nl_route **out, size_t *n, struct sd_err *e)
{
	auto_cache struct nl_cache *all = NULL;
	int r = rtnl_route_alloc_cache(nl->sock, AF_UNSPEC, 0, &all);

	*out = NULL;
	*n = 0;
	if (sd_nl_listed(nl, r, "routes", e) < 0)
		return -1;
	*out = sd_calloc((size_t)nl_cache_nitems(all) + 1, sizeof(**out));
	for (struct nl_object *o = nl_cache_get_first(all); o; o = nl_cache_get_next(o)) {
		struct rtnl_route *route = (struct rtnl_route *)o;
		struct sd_nl_route *to = &(*out)[*n];
		struct rtnl_nexthop *hop;
		int family = rtnl_route_get_family(route);

		if (!leads_somewhere(route))
			continue;
		hop = rtnl_route_nexthop_n(route, 0);
		to->dst = from_libnl(rtnl_route_get_dst(route), family);
		to->link = rtnl_route_nh_get_ifindex(hop);
		if (rtnl_route_nh_get_gateway(hop))
			to->gateway = from_libnl(rtnl_route_nh_get_gateway(hop), family);
		(*n)++;
	}
	return 0;
}

static struct rtnl_route *make_route(const struct sd_nl_route *from)
{
	auto_nl_addr struct nl_addr *dst = to_libnl(&from->dst);
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct rtnl_route *r = rtnl_route_alloc();

	rtnl_route_set_dst(r, dst);
	rtnl_route_set_table(r, RT_TABLE_MAIN);
	rtnl_route_set_scope(r, from->gateway.family ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK);
	rtnl_route_nh_set_ifindex(hop, from->link);
	if (from->gateway.family) {
		auto_nl_addr struct nl_addr *gateway = to_libnl(&from->gateway);

		rtnl_route_nh_set_gateway(hop, gateway);
	}
	rtnl_route_add_nexthop(r, hop);
	return r;
}

/* "default via 10.0.0.1" */
static const char *route_text(const struct sd_nl_route *r, char buf[2 * SD_ADDR_LEN + 16])
{
	char dst[SD_ADDR_LEN], gateway[SD_ADDR_LEN];
	int n = snprintf(buf, SD_ADDR_LEN, "%s",
		r->dst.prefix ? sd_addr_subnet_text(&r->dst, dst) : "default");

	if (r->gateway.family)
		snprintf(buf + n, SD_ADDR_LEN + 8, " via %s", sd_addr_text(&r->gateway, gateway));
	return buf;
}

int sd_nl_route_add(struct sd_nl *nl, const struct sd_nl_route *r, struct sd_err *e)
{
	__attribute__((cleanup(put_route))) struct rtnl_route *route = make_route(r);
	char text[2 * SD_ADDR_LEN + 16];
	struct nl_msg *msg = NULL;
	int built = rtnl_route_build_add_request(route, NLM_F_CREATE | NLM_F_EXCL, &msg);

	if (sd_nl_ask(nl, built, msg) < 0)
		return sd_nl_failed(nl, e, "add the route %s", route_text(r, text));
	return 0;
}

int sd_nl_route_del(struct sd_nl *nl, const struct sd_nl_route *r, struct sd_err *e)
{
	__attribute__((cleanup(put_route))) struct rtnl_route *route = make_route(r);
	char text[2 * SD_ADDR_LEN + 16];
	struct nl_msg *msg = NULL;
	int built = rtnl_route_build_del_request(route, 0, &msg);

	if (sd_nl_ask(nl, built, msg) < 0)
		return sd_nl_failed(nl, e, "delete the route %s", route_text(r, text));
	return 0;
}
