/* SPDX-License-Identifier: Apache-2.0 */
/* lease and release of a container's document. */
#include "sd-ipam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "filter.h"
#include "network.h"
#include "store.h"

/* What was leased now, for one network: to be taken back where a later step fails. */
struct made {
	char *network;
	struct lease *v;
	size_t n;
};
struct all_made {
	const char *id;
	struct made *v;
	size_t n;
};

static void made_free(struct all_made *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->v[i].network);
		free(all->v[i].v);
	}
	free(all->v);
}
#define auto_made __attribute__((cleanup(made_free)))

static struct owner owner_of(const char *id, const char *network)
{
	return (struct owner){.id = id, .network = network, .ifname = "", .process = ""};
}

/*
 * Until a container that is started has a process or a monitor, the driver that leases stands for
 * it.  Of a document that is not of the store nobody can tell when its container has ended.
 */
static int keeper(const char *id, char **process, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("containers/%s/state.json", id);

	if (access(path, F_OK) == 0 || errno != ENOENT)
		return owner_process(getppid(), process, e);
	*process = sd_strdup(OWNER_KEPT);
	return 0;
}

static void undo(const struct all_made *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct owner o = owner_of(all->id, all->v[i].network);

		lease_undo(all->v[i].v, all->v[i].n, &o);
	}
}

/* The place of a network's fact in the array of leases; its length where there is none. */
static size_t find_fact(const struct sd_json *leases, const char *network)
{
	const struct sd_json *item;
	size_t i;

	sd_json_array_foreach (leases, i, item) {
		const char *name = sd_json_string_value(sd_json_member(item, "network"));

		if (name && strcmp(name, network) == 0)
			return i;
	}
	return i;
}

static int add_wish(struct wish *wish, const char *text, bool prefixed, struct sd_err *e)
{
	struct sd_addr a;

	if (prefixed ? sd_addr_parse_subnet(text, "leases", &a, e)
		     : sd_addr_parse(text, "want.networks", &a, e))
		return -1;
	a.prefix = sd_addr_bits(&a);
	wish->v = sd_realloc(wish->v, (wish->n + 1) * sizeof(*wish->v));
	wish->v[wish->n++] = a;
	return 0;
}

/* The addresses that are wanted, or rather those that it had before: docker does not promise. */
static int read_wish(
	const struct sd_json *want, const struct sd_json *fact, struct wish *wish, struct sd_err *e)
{
	const struct sd_json *item, *had = sd_json_member(fact, "ips");
	sd_auto_free const char **ips = NULL;
	size_t n = 0, i;

	if (sd_json_strings(want, &ips, &n, e, "ips") < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (add_wish(wish, ips[i], false, e) < 0)
			return -1;
	if (n)
		return 0;
	wish->rather = true;
	sd_json_array_foreach (had, i, item) {
		const char *address = sd_json_string_value(sd_json_member(item, "address"));

		if (address && add_wish(wish, address, true, e) < 0)
			return -1;
	}
	return 0;
}

static int load_network(const struct sd_json *want, struct sd_json **network, struct sd_err *e)
{
	sd_auto_free char *name = NULL;
	const char *who = NULL;
	int r = sd_json_str(want, &who, e, "name");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "want.networks[].name");
	if (sd_network_find(who, &name, e) < 0)
		return -1;
	r = sd_network_load(name, network, e);
	return r > 0 ? 0 : r < 0 ? -1 : sd_fail(e, 0, "no such network: %s", who);
}

bool ipam_is_ours(const struct sd_json *network)
{
	const char *type =
		sd_json_string_value(sd_json_get(sd_network_plugin(network), "ipam.type"));

	return type && strcmp(type, "sd-ipam") == 0;
}

static int lease_network(
	struct sd_json *leases, const struct sd_json *want, struct all_made *all, struct sd_err *e)
{
	sd_auto_json struct sd_json *network = NULL;
	auto_ranges struct ranges ranges = {0};
	const struct sd_json *ipam;
	struct wish wish = {0};
	sd_auto_free struct sd_addr *wished = NULL;
	sd_auto_free char *process = NULL;
	struct sd_json *fact;
	struct made *made;
	struct owner o;
	size_t at;

	if (load_network(want, &network, e) < 0)
		return -1;
	/* Others' plugins ask their IPAM for an address themselves, which may be this program. */
	if (!sd_network_is_bridge(network) || !ipam_is_ours(network))
		return 0;
	o = owner_of(all->id, sd_network_name(network));
	if (keeper(o.id, &process, e) < 0)
		return -1;
	o.process = process;
	ipam = sd_json_member(sd_network_plugin(network), "ipam");
	at = find_fact(leases, o.network);
	if (ranges_read(&ranges, ipam, NULL, e) < 0)
		return sd_fail(e, 0, "network %s: %s", o.network, e->text);
	if (read_wish(want, sd_json_at(leases, at), &wish, e) < 0)
		return -1;
	wished = wish.v;
	all->v = sd_realloc(all->v, (all->n + 1) * sizeof(*all->v));
	made = &all->v[all->n++];
	*made = (struct made){
		.network = sd_strdup(o.network), .v = sd_calloc(ranges.n, sizeof(struct lease))};
	if (lease_all(&ranges, &o, &wish, made->v, e) < 0)
		return sd_fail(e, 0, "network %s: %s", o.network, e->text);
	made->n = ranges.n;
	fact = lease_result(made->v, made->n, ipam);
	sd_json_set_str(fact, "network", o.network);
	sd_json_remove_at(leases, at);
	sd_json_insert(leases, at, fact);
	return 0;
}

int filter_lease(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_json *networks = NULL, *leases;
	auto_made struct all_made all = {0};
	const struct sd_json *want;
	size_t i;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &all.id, e) < 0 ||
		sd_json_array(doc, &networks, e, "want.networks") < 0 ||
		sd_json_array(doc, &leases, e, "leases") < 0)
		return -1;
	leases = sd_json_len(networks) ? sd_json_make_array(doc, "leases") : NULL;
	sd_json_array_foreach (networks, i, want)
		if (lease_network(leases, want, &all, e) < 0)
			goto undo;
	if (sd_doc_write(STDOUT_FILENO, doc, e) == 0)
		return 0;
undo:
	undo(&all);
	return -1;
}

static bool is_containers(const struct owner *o, const struct sd_addr *address, const void *what)
{
	const struct owner *container = what;

	return strcmp(o->id, container->id) == 0 && *o->network &&
	       (!*container->network || strcmp(o->network, container->network) == 0);
}

/* By the id alone, of every subnet: a lease may be older than the fact that tells of it. */
int filter_release(const char *network, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *found = NULL;
	struct owner o = owner_of("", "");
	struct sd_json *leases = NULL;
	struct sd_err unknown;
	uint32_t hash;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &o.id, e) < 0 ||
		sd_json_array(doc, &leases, e, "leases") < 0)
		return -1;
	/* One that is gone has the name that it was called by. */
	if (network)
		o.network = sd_network_find(network, &found, &unknown) == 0 ? found : network;
	hash = owner_hash(o.id);
	if (lease_remove(NULL, is_containers, &o, &hash, e) < 0)
		return -1;
	if (network)
		sd_json_remove_at(leases, find_fact(leases, o.network));
	else
		sd_json_del(doc, "leases");
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
