/* SPDX-License-Identifier: Apache-2.0 */
/* The subnets that a new network must not overlap: other networks', and the host's. */
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "netlink.h"
#include "network.h"
#include "store.h"

/* A shorter prefix is a default route in parts: what a VPN has, 0.0.0.0/1, or 2000::/3. */
#define PREFIX_MIN 8

static void add(struct taken *t, const struct sd_addr *subnet, char *by)
{
	t->v = sd_realloc(t->v, (t->n + 1) * sizeof(*t->v));
	t->v[t->n++] = (struct taken_subnet){sd_addr_network(subnet), by};
}

void taken_free(struct taken *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].by);
	free(t->v);
}

const struct taken_subnet *taken_find(const struct taken *t, const struct sd_addr *subnet)
{
	for (size_t i = 0; i < t->n; i++)
		if (sd_addr_overlap(subnet, &t->v[i].subnet))
			return &t->v[i];
	return NULL;
}

/* ---- networks */

/* Of whatever IPAM; what is not to be read is not in use either. */
static void add_network(struct taken *t, const char *name)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_ranges struct ranges ranges = {0};
	struct sd_err broken;

	if (sd_network_load(name, &doc, &broken) != 1 ||
		ranges_read(
			&ranges, sd_json_member(sd_network_plugin(doc), "ipam"), NULL, &broken) < 0)
		return;
	for (size_t i = 0; i < ranges.n; i++)
		for (size_t k = 0; k < ranges.v[i].n; k++)
			add(t, &ranges.v[i].v[k].subnet, sd_printf("the network %s", name));
}

int taken_networks(struct taken *t, const char *but, struct sd_err *e)
{
	sd_auto_strv struct sd_strv names = {0};

	if (sd_network_list(&names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], but) != 0)
			add_network(t, names.v[i]);
	return 0;
}

/* ---- the host */

static void add_host(struct taken *t, const struct sd_addr *subnet, int index, const char *but)
{
	char link[IF_NAMESIZE] = "?"; /* gone meanwhile */

	if_indextoname((unsigned)index, link);
	if (subnet->prefix >= PREFIX_MIN && strcmp(link, but) != 0)
		add(t, subnet, sd_printf("the host's %s", link));
}

int taken_host(struct taken *t, const char *but, struct sd_err *e)
{
	sd_auto_nl struct sd_nl nl = {0};
	sd_auto_free struct sd_nl_addr *addresses = NULL;
	sd_auto_free struct sd_nl_route *routes = NULL;
	size_t n = 0;

	if (sd_nl_open(&nl, -1, e) < 0 || sd_nl_addr_list(&nl, &addresses, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		add_host(t, &addresses[i].addr, addresses[i].link, but);
	if (sd_nl_route_list(&nl, &routes, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		add_host(t, &routes[i].dst, routes[i].link, but);
	return 0;
}

/* ---- claims */

static void add_claim(struct taken *t, int dir, const char *id)
{
	char text[4096], *word, *rest = text;
	ssize_t n = readlinkat(dir, id, text, sizeof(text) - 1);

	if (n <= 0)
		return;
	text[n] = '\0';
	word = strsep(&rest, " ");
	if (owner_ended(word)) {
		unlinkat(dir, id, 0); /* or somebody has */
		return;
	}
	while ((word = strsep(&rest, " "))) {
		struct sd_addr subnet;
		struct sd_err broken;

		if (sd_addr_parse_subnet(word, id, &subnet, &broken) == 0)
			add(t, &subnet, sd_printf("the network %.12s, which is being made", id));
	}
}

int taken_claims(struct taken *t, int dir, const char *but, struct sd_err *e)
{
	sd_auto_fd int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *ent;

	if (!d)
		return sd_fail(e, errno, "read the claims of subnets");
	sd_steal_fd(&copy);
	while ((ent = sd_readdir(d)))
		if (sd_id_valid(ent->d_name) && strcmp(ent->d_name, but) != 0)
			add_claim(t, dir, ent->d_name);
	return errno ? sd_fail(e, errno, "read the claims of subnets") : 0;
}
