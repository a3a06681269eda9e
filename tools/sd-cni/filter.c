/* SPDX-License-Identifier: Apache-2.0 */
/* add, del and check by a document. */
#include <net/if.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "network.h"
#include "proc.h"
#include "sd-cni.h"

#define HAND_OPTS                                                                                  \
	SD_OPT_STR(struct args, hand.conf, 0, "conf", "FILE",                                      \
		"by hand: a network's configuration, a list or one plugin's"),                     \
		SD_OPT_STR(struct args, hand.netns, 0, "netns", "PID|PATH",                        \
			"by hand: the network namespace to connect"),                              \
		SD_OPT_STR(struct args, hand.interface, 0, "interface", "NAME",                    \
			"by hand: the link's name in it, eth0 unless said"),                       \
		SD_OPT_STR(struct args, hand.id, 0, "id", "ID",                                    \
			"by hand: the container's id, made of the namespace unless said")
#define RESULT_OPT                                                                                 \
	SD_OPT_STR(struct args, hand.result, 0, "result", "FILE", "by hand: what add has printed")

struct args {
	struct hand_args hand;
	const char *network;
	bool force;
};

const struct sd_opt add_opts[] = {
	HAND_OPTS,
	SD_OPT_LIST(struct args, hand.addresses, 0, "address", "ADDRESS",
		"by hand: the address that it shall have"),
	SD_OPT_STR(struct args, hand.mac, 0, "mac-address", "MAC",
		"by hand: the MAC address that it shall have"),
	SD_OPT_END,
};
const size_t add_size = sizeof(struct args);

const struct sd_opt del_opts[] = {
	SD_OPT_STR(struct args, network, 0, "network", "NAME", "this one alone"),
	SD_OPT_FLAG(struct args, force, 0, "force", "forget what a plugin cannot undo"),
	HAND_OPTS,
	RESULT_OPT,
	SD_OPT_END,
};
const size_t del_size = sizeof(struct args);

const struct sd_opt check_opts[] = {
	HAND_OPTS,
	RESULT_OPT,
	SD_OPT_END,
};
const size_t check_size = sizeof(struct args);

static bool by_hand(const struct hand_args *h, struct sd_err *e, int *r)
{
	*r = 0;
	if (h->conf)
		return true;
	if (h->netns || h->interface || h->id || h->mac || h->result || h->addresses.n)
		*r = sd_fail(e, 0, "which network is missing: --conf FILE, or a document alone");
	return false;
}

static const char *name_of(const struct sd_json *entry)
{
	const char *name = sd_json_string_value(sd_json_member(entry, "name"));

	return name ? name : "";
}

/* Of the facts or the cache: the place of a network; n where there is none. */
static size_t find(const struct sd_json *list, const char *network)
{
	size_t i, n = sd_json_len(list);

	for (i = 0; i < n && strcmp(name_of(sd_json_at(list, i)), network) != 0; i++)
		;
	return i;
}

/* ---- add */

/* What is asked, written down before it is. */
static struct sd_json *new_entry(const struct sd_json *doc, const struct sd_json *list,
	const char *interface, struct sd_err *e)
{
	struct sd_json *entry;
	int64_t pid = 0, ticks = 0;
	int r = sd_json_int(doc, &pid, e, "pid");

	if (r > 0)
		r = sd_json_int(doc, &ticks, e, "startTime");
	if (r <= 0) {
		if (r == 0) {
			sd_fail(e, 0, "pid, startTime: missing");
			sd_hint(e, "sd-monitor create comes before");
		}
		return NULL;
	}
	if (!sd_proc_is((pid_t)pid, ticks)) {
		sd_fail(e, 0, "the container's process has ended");
		return NULL;
	}
	entry = sd_json_new_object();
	sd_json_set_str(entry, "name", name_of(list));
	sd_json_set_str(entry, "interface", interface);
	sd_json_set_int(entry, "pid", pid);
	sd_json_set_int(entry, "startTime", ticks);
	sd_json_set(entry, "list", sd_json_copy(list));
	return entry;
}

static void add_fact(struct sd_json *doc, const struct sd_json *wish, const struct sd_json *entry)
{
	const struct sd_json *aliases = sd_json_member(wish, "aliases");
	struct sd_json *fact = sd_json_new_object();

	sd_json_set_str(fact, "name", name_of(entry));
	sd_json_set(fact, "interface", sd_json_ref(sd_json_member(entry, "interface")));
	if (sd_json_len(aliases))
		sd_json_set(fact, "aliases", sd_json_copy(aliases));
	sd_json_set(fact, "result", sd_json_copy(sd_json_member(entry, "result")));
	sd_json_append(sd_json_make_array(doc, "networks"), fact);
}

static int join(struct sd_json *doc, struct sd_json *cache, const struct sd_json *wish,
	const struct sd_json *list, struct sd_err *e)
{
	const char *id = sd_json_string_value(sd_json_member(doc, "id"));
	sd_auto_free char *netns = NULL;
	char interface[IF_NAMESIZE];
	struct attachment a = {.id = id, .interface = interface, .list = list, .wish = wish};
	struct sd_json *entry, *result;
	struct sd_err ignored; /* the first error is the one to tell */

	sd_network_interface(doc, interface);
	entry = new_entry(doc, list, interface, e);
	if (!entry)
		return -1;
	sd_json_append(cache, entry);
	if (cache_save(id, cache, e) < 0)
		return -1;
	netns = cache_netns(entry);
	a.netns = netns;
	a.ports = sd_json_get(doc, "want.ports");
	if (chain_add(&a, &result, e) < 0) {
		sd_json_remove_at(cache, sd_json_len(cache) - 1);
		cache_save(id, cache, &ignored);
		return -1;
	}
	sd_json_set(entry, "result", result);
	add_fact(doc, wish, entry);
	return cache_save(id, cache, e);
}

/* An entry of the cache is undone and forgotten. */
static int part(struct sd_json *doc, struct sd_json *cache, size_t i, bool force, struct sd_err *e)
{
	const char *id = sd_json_string_value(sd_json_member(doc, "id"));
	const struct sd_json *entry = sd_json_at(cache, i);
	sd_auto_free char *netns = cache_netns(entry), *name = sd_strdup(name_of(entry));
	const struct attachment a = {.id = id,
		.netns = netns,
		.interface = sd_json_string_value(sd_json_member(entry, "interface")),
		.list = sd_json_member(entry, "list")};
	struct sd_json *facts = sd_json_get(doc, "networks");
	size_t fact = find(facts, name);

	if (chain_del(&a, sd_json_member(entry, "result"), e) < 0 && !force)
		return sd_hint(e, "'sd-cni del --force' forgets it");
	sd_json_remove_at(cache, i);
	if (fact < sd_json_len(facts))
		sd_json_remove_at(facts, fact);
	return cache_save(id, cache, e);
}

/* In it already, or another tool's network: nothing to do. */
static int join_wish(
	struct sd_json *doc, struct sd_json *cache, const struct sd_json *wish, struct sd_err *e)
{
	sd_auto_json struct sd_json *list = NULL;
	struct sd_json *facts = sd_json_get(doc, "networks");
	sd_auto_free const char **ips = NULL;
	const char *name;
	size_t old, n;
	int r = sd_json_str(wish, &name, e, "name");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "want.networks[].name");
	if (sd_json_strings(wish, &ips, &n, e, "ips") < 0)
		return -1;
	if (find(facts, name) < sd_json_len(facts))
		return 0;
	r = sd_network_load(name, &list, e);
	if (r == 0)
		return sd_fail(e, 0, "no such network: %s", name);
	if (r < 0 || sd_network_is_bridge(list))
		return r < 0 ? -1 : 0;
	/* Of an earlier life, whose end nobody saw. */
	old = find(cache, name);
	if (old < sd_json_len(cache) && part(doc, cache, old, false, e) < 0)
		return -1;
	return join(doc, cache, wish, list, e);
}

/* The facts from there on: what this call has connected. */
static void part_from(struct sd_json *doc, struct sd_json *cache, size_t from)
{
	struct sd_json *facts = sd_json_get(doc, "networks");
	struct sd_err ignored; /* the first error is the one to tell */

	for (size_t i = sd_json_len(facts); i-- > from;) {
		size_t entry = find(cache, name_of(sd_json_at(facts, i)));

		part(doc, cache, entry, true, &ignored);
	}
}

/* Against gc, which must not take what is being made for what is left. */
static int join_all(struct sd_json *doc, struct sd_json *cache, struct sd_err *e)
{
	sd_auto_fd int lock = sd_networks_open(LOCK_SH, e);
	struct sd_json *wishes = NULL, *wish;
	size_t i;

	if (lock < 0 || sd_json_array(doc, &wishes, e, "want.networks") < 0)
		return -1;
	sd_json_array_foreach (wishes, i, wish)
		if (join_wish(doc, cache, wish, e) < 0)
			return -1;
	return 0;
}

static int add_document(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL, *cache = NULL;
	const struct sd_json *fact;
	const char *id;
	size_t i, had;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &id, e) < 0)
		return -1;
	cache = cache_load(id, e);
	if (!cache)
		return -1;
	had = sd_json_len(sd_json_get(doc, "networks"));
	if (join_all(doc, cache, e) < 0 || sd_doc_write(STDOUT_FILENO, doc, e) < 0) {
		part_from(doc, cache, had);
		return -1;
	}
	for (i = had; (fact = sd_json_at(sd_json_get(doc, "networks"), i)); i++)
		sd_network_event(doc, name_of(fact), "connect");
	return 0;
}

int verb_add(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (by_hand(&a->hand, e, &r))
		return hand_add(&a->hand, e);
	return r < 0 ? -1 : add_document(e);
}

/* ---- del, check */

static int del_document(const struct args *a, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL, *cache = NULL;
	const char *id;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &id, e) < 0)
		return -1;
	cache = cache_load(id, e);
	if (!cache)
		return -1;
	for (size_t i = sd_json_len(cache); i-- > 0;) {
		sd_auto_free char *name = sd_strdup(name_of(sd_json_at(cache, i)));

		if (a->network && strcmp(a->network, name) != 0)
			continue;
		if (part(doc, cache, i, a->force, e) < 0)
			return -1;
		sd_network_event(doc, name, "disconnect");
	}
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

int verb_del(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (by_hand(&a->hand, e, &r))
		return hand_del(&a->hand, e);
	return r < 0 ? -1 : del_document(a, e);
}

static int check_document(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL, *cache = NULL;
	const struct sd_json *entry;
	const char *id;
	size_t i;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &id, e) < 0)
		return -1;
	cache = cache_load(id, e);
	if (!cache)
		return -1;
	sd_json_array_foreach (cache, i, entry) {
		sd_auto_free char *netns = cache_netns(entry);
		const struct attachment a = {.id = id,
			.netns = netns,
			.interface = sd_json_string_value(sd_json_member(entry, "interface")),
			.list = sd_json_member(entry, "list")};

		if (!netns || !sd_json_member(entry, "result"))
			return sd_fail(
				e, 0, "network %s: the container is not in it", name_of(entry));
		if (chain_check(&a, sd_json_member(entry, "result"), e) < 0)
			return -1;
	}
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

int verb_check(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (by_hand(&a->hand, e, &r))
		return hand_check(&a->hand, e);
	return r < 0 ? -1 : check_document(e);
}
