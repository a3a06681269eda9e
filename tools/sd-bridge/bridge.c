/* SPDX-License-Identifier: Apache-2.0 */
/* A network's bridge: made, found, removed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "sd-bridge.h"
#include "str.h"

static int find(struct sd_nl *nl, const char *name, struct sd_link *out, struct sd_err *e)
{
	int r = sd_nl_link_get(nl, name, out, e);

	if (r > 0 && strcmp(out->kind, "bridge") != 0)
		return sd_fail(e, EEXIST, "%s is no bridge, but another link", name);
	return r;
}

/* The reference plugin's forceAddress: what the bridge has of that family goes. */
static int take_others(
	struct sd_nl *nl, const struct sd_link *bridge, const struct sd_addr *a, struct sd_err *e)
{
	sd_auto_free struct sd_nl_addr *all = NULL;
	size_t n;

	if (sd_nl_addr_list(nl, &all, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (all[i].link == bridge->index && all[i].addr.family == a->family &&
			!sd_addr_is_link_local(&all[i].addr) &&
			sd_addr_compare(&all[i].addr, a) != 0 &&
			sd_nl_addr_del(nl, bridge->index, &all[i].addr, e) < 0)
			return -1;
	return 0;
}

int bridge_add_address(struct sd_nl *nl, const struct plan *p, const struct sd_link *bridge,
	const struct sd_addr *a, struct sd_err *e)
{
	if (p->force_address && take_others(nl, bridge, a, e) < 0)
		return -1;
	/* EEXIST: it has it, or another who makes the same bridge was first. */
	if (sd_nl_addr_add(nl, bridge->index, a, e) < 0 && e->errnum != EEXIST)
		return -1;
	/* sd-nat switches IPv4's on, once its rules are there. */
	return a->family == AF_INET6 && !p->internal ? sysctl_forward(AF_INET6, e) : 0;
}

/*
 * It is up last: one that is not was left by somebody who was killed, or is being made by another
 * at this time; doing all of it once more is right for both.
 */
static int complete(
	struct sd_nl *nl, const struct plan *p, const struct sd_link *bridge, struct sd_err *e)
{
	if (sysctl_bridge(p, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n && p->gateway; i++)
		if (bridge_add_address(nl, p, bridge, &p->gateways[i], e) < 0)
			return -1;
	return sd_nl_link_up(nl, bridge->index, e);
}

/* 1 made, 0 it is there: somebody else makes it at this time. */
static int add(struct sd_nl *nl, const struct plan *p, struct sd_err *e)
{
	unsigned char mac[SD_MAC_LEN];
	struct sd_bridge b = {.name = p->bridge, .mtu = p->mtu};

	/* Without one of its own a bridge takes the least of its ports', and changes it with them. */
	if (p->n) {
		mac_of_address(&p->gateways[0], mac);
		b.mac = mac;
	}
	if (sd_nl_bridge_add(nl, &b, e) == 0)
		return 1;
	return e->errnum == EEXIST ? 0 : -1;
}

int bridge_provide(
	struct sd_nl *nl, const struct plan *p, struct sd_link *out, bool *made, struct sd_err *e)
{
	struct sd_err ignored; /* the first error is the one to tell */
	int r = find(nl, p->bridge, out, e), added = 0;

	if (made)
		*made = false;
	if (r < 0 || (r > 0 && out->up))
		return r < 0 ? -1 : 0;
	if (r == 0) {
		added = add(nl, p, e);
		r = added < 0 ? -1 : find(nl, p->bridge, out, e);
	}
	if (r == 0)
		r = sd_fail(e, ENODEV, "the bridge %s, just made, is gone", p->bridge);
	if (r > 0 && complete(nl, p, out, e) == 0) {
		if (made)
			*made = true;
		return 0;
	}
	if (added > 0)
		sd_nl_link_del(nl, p->bridge, &ignored);
	return -1;
}

int bridge_remove(struct sd_nl *nl, const char *name, struct sd_err *e)
{
	sd_auto_free struct sd_link *links = NULL;
	struct sd_link bridge;
	size_t n;
	int r = find(nl, name, &bridge, e);

	if (r <= 0)
		return r;
	if (sd_nl_link_list(nl, &links, &n, e) < 0)
		return -1;
	/* With the bridge away they would be links that lead nowhere. */
	for (size_t i = 0; i < n; i++)
		if (links[i].master == bridge.index && strcmp(links[i].kind, "veth") == 0 &&
			sd_nl_link_del(nl, links[i].name, e) < 0)
			return -1;
	return sd_nl_link_del(nl, name, e) < 0 ? -1 : 0;
}
