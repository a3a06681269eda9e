/* SPDX-License-Identifier: Apache-2.0 */
/* connect: to the networks that a container's document wishes and that it is not in yet. */
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "network.h"
#include "sd-bridge.h"
#include "str.h"

const struct sd_opt connect_opts[] = {
	SD_OPT_STR(struct connect_args, netns, 0, "netns", "PID|PATH",
		"by hand: the network namespace to connect"),
	SD_OPT_LIST(struct connect_args, addresses, 0, "address", "ADDRESS/PREFIX",
		"by hand: an address in it"),
	SD_OPT_LIST(struct connect_args, gateways, 0, "gateway", "ADDRESS",
		"by hand: its default route"),
	SD_OPT_STR(struct connect_args, interface, 0, "interface", "NAME",
		"by hand: the link's name in it, eth0 unless said"),
	SD_OPT_STR(struct connect_args, mac, 0, "mac-address", "MAC",
		"by hand: the link's MAC address; unless said, made of the first address"),
	SD_OPT_FLAG(struct connect_args, hairpin, 0, "hairpin",
		"by hand: let it reach itself over the bridge"),
	SD_OPT_FLAG(struct connect_args, isolated, 0, "isolated",
		"by hand: not to reach others that are isolated"),
	SD_OPT_END,
};
const size_t connect_size = sizeof(struct connect_args);

static int read_lease(struct endpoint *p, const struct sd_json *doc, const char *network,
	const struct sd_json **lease, struct sd_err *e)
{
	struct sd_json *leases = NULL, *item;
	size_t i;

	if (sd_json_array(doc, &leases, e, "leases") < 0)
		return -1;
	sd_json_array_foreach (leases, i, item) {
		const char *name = NULL;

		if (sd_json_str(item, &name, e, "network") < 0)
			return -1;
		if (!name || strcmp(name, network) != 0)
			continue;
		*lease = item;
		return endpoint_read(p, item, "leases[]", e);
	}
	sd_fail(e, 0, "leases: none of the network %s", network);
	return sd_hint(e, "sd-ipam lease comes before");
}

static int wish_mac(struct endpoint *p, const struct sd_json *wish, struct sd_err *e)
{
	const char *mac = NULL;

	if (sd_json_str(wish, &mac, e, "mac") < 0)
		return -1;
	p->has_mac = mac && *mac;
	return p->has_mac ? mac_parse(mac, "want.networks[].mac", p->mac, e) : 0;
}

static void add_fact(struct sd_json *doc, const struct sd_json *wish, const char *network,
	const struct endpoint *p, struct sd_json *result)
{
	const struct sd_json *aliases = sd_json_member(wish, "aliases");
	struct sd_json *fact = sd_json_new_object();

	sd_json_set_str(fact, "name", network);
	sd_json_set_str(fact, "interface", p->interface);
	sd_json_set_str(fact, "link", p->link);
	if (sd_json_len(aliases))
		sd_json_set(fact, "aliases", sd_json_copy(aliases));
	sd_json_set(fact, "result", result);
	sd_json_append(sd_json_make_array(doc, "networks"), fact);
}

static int join(struct place *at, struct sd_json *doc, const struct sd_json *wish,
	const struct sd_json *network, struct sd_err *e)
{
	const char *name = sd_network_name(network), *id;
	const struct sd_json *lease = NULL;
	auto_plan struct plan plan = {0};
	auto_endpoint struct endpoint p = {0};
	sd_auto_free char *sandbox = NULL;
	char interface[IF_NAMESIZE];
	struct sd_link bridge;
	int64_t pid = 0;

	if (sd_doc_id(doc, &id, e) < 0 || sd_json_int(doc, &pid, e, "pid") < 0 ||
		plan_of(sd_network_plugin(network), &plan, e) < 0 ||
		read_lease(&p, doc, name, &lease, e) < 0 || wish_mac(&p, wish, e) < 0)
		return -1;
	sd_network_interface(doc, interface);
	p.interface = interface;
	endpoint_link(p.link, id, interface);
	if (bridge_provide(&at->here, &plan, &bridge, NULL, e) < 0 ||
		endpoint_make(at, &plan, &bridge, &p, e) < 0)
		return -1;
	sandbox = sd_printf("/proc/%lld/ns/net", (long long)pid);
	add_fact(doc, wish, name, &p, endpoint_result(&bridge, &p, sandbox, lease));
	return 0;
}

/* 1 joined, 0 nothing to do here: it is in it, or another plugin connects it. */
static int join_wish(
	struct place *at, struct sd_json *doc, const struct sd_json *wish, struct sd_err *e)
{
	sd_auto_json struct sd_json *network = NULL;
	const char *name;
	size_t place;
	int r = sd_json_str(wish, &name, e, "name");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "want.networks[].name");
	if (container_fact(doc, name, &place))
		return 0;
	r = sd_network_load(name, &network, e);
	if (r == 0)
		return sd_fail(e, 0, "no such network: %s", name);
	if (r < 0)
		return -1;
	if (!sd_network_is_bridge(network))
		return 0;
	if (at->netns < 0 && place_open(at, container_netns(doc, e), e) < 0)
		return -1;
	return join(at, doc, wish, network, e) < 0 ? -1 : 1;
}

/* What this call has connected: the facts from there on. */
static void part(struct place *at, const struct sd_json *doc, size_t from)
{
	struct sd_json *facts = sd_json_get(doc, "networks"), *fact;
	struct sd_err ignored; /* the first error is the one to tell */

	for (size_t i = from; (fact = sd_json_at(facts, i)); i++)
		sd_nl_link_del(
			&at->here, sd_json_string_value(sd_json_member(fact, "link")), &ignored);
}

static int by_document(struct sd_err *e)
{
	auto_place struct place at = PLACE_NONE;
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_json *wishes = NULL, *wish;
	struct leaders before, after;
	size_t i, had;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_json_array(doc, &wishes, e, "want.networks") < 0 ||
		leaders_find(&before, doc, e) < 0)
		return -1;
	had = sd_json_len(sd_json_get(doc, "networks"));
	sd_json_array_foreach (wishes, i, wish)
		if (join_wish(&at, doc, wish, e) < 0)
			goto undo;
	if (at.netns >= 0 &&
		(leaders_find(&after, doc, e) < 0 || leaders_change(&at, &before, &after, e) < 0))
		goto undo;
	if (sd_doc_write(STDOUT_FILENO, doc, e) < 0)
		goto undo;
	for (i = had; (wish = sd_json_at(sd_json_get(doc, "networks"), i)); i++)
		sd_network_event(
			doc, sd_json_string_value(sd_json_member(wish, "name")), "connect");
	return 0;
undo:
	part(&at, doc, had);
	return -1;
}

int verb_connect(const struct sd_call *call, struct sd_err *e)
{
	const struct connect_args *a = call->args;

	if (sd_want_operands(call, 0, 1, e) < 0)
		return -1;
	if (call->argc)
		return hand_connect(a, call->argv[0], e);
	if (a->netns || a->addresses.n || a->gateways.n || a->interface || a->mac || a->hairpin ||
		a->isolated)
		return sd_fail(e, 0, "which bridge is missing: BRIDGE, or a document alone");
	return by_document(e);
}
