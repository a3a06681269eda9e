/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default route of a container that is in several networks: by the one of those that offer
 * one whose name comes first, as docker has it.  It moves as networks come and go.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "sd-bridge.h"

static const int families[] = {AF_INET, AF_INET6};

static void consider(struct leaders *l, const char *names[2], const char *name,
	const char *interface, const struct endpoint *p)
{
	for (size_t i = 0; i < p->n_routes; i++) {
		int f = p->routes[i].dst.family == AF_INET6;

		if (p->routes[i].dst.prefix || !p->routes[i].gateway.family ||
			(names[f] && strcmp(names[f], name) <= 0))
			continue;
		names[f] = name;
		l->of[f].gateway = p->routes[i].gateway;
		snprintf(l->of[f].interface, sizeof(l->of[f].interface), "%s", interface);
	}
}

int leaders_find(struct leaders *l, const struct sd_json *doc, struct sd_err *e)
{
	const char *names[2] = {NULL};
	struct sd_json *facts = NULL, *fact;
	size_t i;

	*l = (struct leaders){0};
	if (sd_json_array(doc, &facts, e, "networks") < 0)
		return -1;
	sd_json_array_foreach (facts, i, fact) {
		auto_endpoint struct endpoint p = {0};
		const char *name = NULL, *interface = NULL;

		if (sd_json_str(fact, &name, e, "name") < 0 ||
			sd_json_str(fact, &interface, e, "interface") < 0 ||
			endpoint_read(&p, sd_json_member(fact, "result"), "networks[].result", e) <
				0)
			return -1;
		if (name && interface)
			consider(l, names, name, interface, &p);
	}
	return 0;
}

static int set(struct place *at, const struct leader *l, int family, bool there, struct sd_err *e)
{
	struct sd_nl_route route = {.dst = {.family = family}, .gateway = l->gateway};
	struct sd_link link;
	int r = sd_nl_link_get(&at->there, l->interface, &link, e);

	if (r < 0)
		return -1;
	if (r == 0) /* a route goes with its link */
		return there ? sd_fail(e, ENODEV, "find %s in the container", l->interface) : 0;
	route.link = link.index;
	if (there)
		return sd_nl_route_add(&at->there, &route, e);
	/* ESRCH: whoever lives there has taken it away. */
	return sd_nl_route_del(&at->there, &route, e) < 0 && e->errnum != ESRCH ? -1 : 0;
}

int leaders_change(struct place *at, const struct leaders *before, const struct leaders *after,
	struct sd_err *e)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		const struct leader *old = &before->of[i], *new = &after->of[i];

		if (strcmp(old->interface, new->interface) == 0)
			continue;
		if (old->gateway.family && set(at, old, families[i], false, e) < 0)
			return -1;
		if (new->gateway.family && set(at, new, families[i], true, e) < 0)
			return -1;
	}
	return 0;
}
