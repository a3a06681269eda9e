/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network namespace, and the networks that the container is to be in: want.networks.
 *
 * As docker has it, options that name no network (--ip, --network-alias, --mac-address) are meant
 * for the first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "network.h"
#include "spec.h"

void networks_free(struct networks *n)
{
	for (size_t i = 0; i < n->n; i++)
		sd_network_wish_free(&n->v[i]);
	free(n->v);
	*n = (struct networks){0};
}

static struct sd_network_wish *add(struct networks *n)
{
	n->v = sd_realloc(n->v, (n->n + 1) * sizeof(*n->v));
	n->v[n->n] = (struct sd_network_wish){0};
	return &n->v[n->n++];
}

enum sd_network_kind network_kind(const struct spec *s)
{
	return s->networks.v[0].kind;
}

static int parse(struct spec *s, struct sd_err *e)
{
	for (size_t i = 0; i < s->o->network.n; i++) {
		/* docker: an empty word is the default. */
		if (*s->o->network.v[i] &&
			sd_network_wish_parse(s->o->network.v[i], add(&s->networks), e) < 0)
			return -1;
	}
	if (!s->networks.n)
		return sd_network_wish_parse(
			s->bare ? "none" : SD_NETWORK_DEFAULT, add(&s->networks), e);
	for (size_t i = 0; s->networks.n > 1 && i < s->networks.n; i++)
		if (s->networks.v[i].kind != SD_NETWORK_NAMED)
			return sd_fail(e, 0,
				"conflicting options: cannot attach both user-defined and "
				"non-user-defined network-modes");
	return 0;
}

/* What would not be in force is refused, in docker's words where it has some. */
static int check_conflicts(const struct spec *s, struct sd_err *e)
{
	const struct sd_run_options *o = s->o;
	bool ports = o->publish.n || o->publish_all, host_name = o->hostname && *o->hostname,
	     dns = o->dns.n || o->dns_search.n || o->dns_option.n,
	     address = o->ip || o->ip6 || o->network_alias.n;
	const struct {
		bool given, only_container;
		const char *what;
	} conflicts[] = {
		{address, false, "an address or alias and the network mode"},
		{o->mac_address, false, "mac-address and the network mode"},
		{ports, false, "port publishing and the network mode"},
		{host_name, true, "hostname and the network mode"},
		{dns, true, "dns and the network mode"},
		{o->add_host.n, true, "custom host-to-IP mapping and the network mode"},
		{o->expose.n, true, "port exposing and the container type network mode"},
	};
	enum sd_network_kind kind = network_kind(s);

	for (size_t i = 0; i < sizeof(conflicts) / sizeof(*conflicts); i++)
		if (kind != SD_NETWORK_NAMED && conflicts[i].given &&
			(kind == SD_NETWORK_CONTAINER || !conflicts[i].only_container))
			return sd_fail(e, 0, "conflicting options: %s", conflicts[i].what);
	return 0;
}

static int first_options(
	struct sd_network_wish *first, const struct sd_run_options *o, struct sd_err *e)
{
	static const char *const twice = "conflicting options: cannot specify both --%s and "
					 "per-network %s";

	if (o->network_alias.n && first->aliases.n)
		return sd_fail(e, 0, twice, "network-alias", "alias");
	if (o->ip && first->ip)
		return sd_fail(e, 0, twice, "ip", "IPv4 address");
	if (o->ip6 && first->ip6)
		return sd_fail(e, 0, twice, "ip6", "IPv6 address");
	if ((o->ip && sd_network_wish_ip(first, "--ip", o->ip, AF_INET, e) < 0) ||
		(o->ip6 && sd_network_wish_ip(first, "--ip6", o->ip6, AF_INET6, e) < 0) ||
		(o->mac_address &&
			sd_network_wish_mac(first, "--mac-address", o->mac_address, e) < 0))
		return -1;
	for (size_t i = 0; i < o->network_alias.n; i++)
		if (sd_network_wish_alias(first, "--network-alias", o->network_alias.v[i], e) < 0)
			return -1;
	return 0;
}

/* An id becomes the name; `bridge` need not be there yet. */
int network_resolve(struct sd_network_wish *w, struct sd_err *e)
{
	char *name = NULL;

	if (strcmp(w->name, SD_NETWORK_DEFAULT) == 0)
		return 0;
	if (sd_network_find(w->name, &name, e) < 0)
		return e->errnum == ENOENT ? sd_fail(e, 0, "network %s not found", w->name) : -1;
	free(w->name);
	w->name = name;
	return 0;
}

static int wish(struct spec *s, struct sd_err *e)
{
	struct sd_json *list = sd_json_make_array(s->want, "networks");

	for (size_t i = 0; i < s->networks.n; i++) {
		struct sd_network_wish *w = &s->networks.v[i];

		if (s->bare)
			return sd_fail(e, 0,
				"--network %s: a bare config has no word for a network", w->name);
		if (network_resolve(w, e) < 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (strcmp(s->networks.v[k].name, w->name) == 0)
				return sd_fail(e, 0, "network \"%s\" is specified multiple times",
					w->name);
		sd_json_append(list, sd_network_wish_json(w));
	}
	return 0;
}

int spec_networks(struct spec *s, struct sd_err *e)
{
	if (s->o->link.n) {
		sd_fail(e, 0, "--link: containers are not linked one by one");
		return sd_hint(e, "those of one network reach each other by name: 'sdocker network "
				  "create'");
	}
	if (parse(s, e) < 0 || check_conflicts(s, e) < 0)
		return -1;
	if (network_kind(s) == SD_NETWORK_NONE)
		sd_json_make_array(s->want, "networks");
	if (network_kind(s) != SD_NETWORK_NAMED)
		return 0;
	return first_options(&s->networks.v[0], s->o, e) < 0 ? -1 : wish(s, e);
}
