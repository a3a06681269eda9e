/* SPDX-License-Identifier: Apache-2.0 */
/* publish and unpublish: the ports of a container. */
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "port.h"
#include "sd-nat.h"

struct publish_args {
	const char *to;
	struct sd_strv ports;
};

const struct sd_opt publish_opts[] = {
	SD_OPT_STR(struct publish_args, to, 0, "to", "ADDRESS",
		"by hand: where the ports lead, in place of what led there before"),
	SD_OPT_LIST(struct publish_args, ports, 'p', "publish", "[IP:]HOST:PORT[/PROTOCOL]",
		"by hand: a port of the host, or a range"),
	SD_OPT_END,
};
const size_t publish_size = sizeof(struct publish_args);

struct unpublish_args {
	const char *to;
};

const struct sd_opt unpublish_opts[] = {
	SD_OPT_STR(struct unpublish_args, to, 0, "to", "ADDRESS", "by hand: all that leads there"),
	SD_OPT_END,
};
const size_t unpublish_size = sizeof(struct unpublish_args);

/* Nothing of it is there, all that it hangs from is: as it should be. */
static int make_quickly(const struct publication *p, struct sd_err *e)
{
	sd_auto_fd int lock = firewall_lock(e);

	if (lock < 0)
		return -1;
	for (int family = 0; family < FAMILIES; family++) {
		auto_change struct change c = {0};

		chains_publication(family, p, NULL, &c);
		if (change_apply(family, &c, e) < 0)
			return -1;
	}
	return 0;
}

static bool is_chain(const char *chain, const void *arg)
{
	return strcmp(chain, arg) == 0;
}

static int unmake_quickly(int family, const char *chain, struct sd_err *e)
{
	auto_change struct change c = {0};

	sd_buf_printf(&c.nat, "-D SDOCKER-PUBLISH -j %s\n-F %s\n-X %s\n", chain, chain, chain);
	return change_apply(family, &c, e);
}

/* It is not there, or twice, as where a start was cut short. */
static int unmake(int family, const char *chain, struct sd_err *e)
{
	auto_firewall struct firewall f = {0};
	auto_change struct change c = {0};

	if (firewall_read(family, &f, e) < 0)
		return -1;
	chains_remove(&f, is_chain, chain, &c);
	return change_apply(family, &c, e);
}

/* How much has to be looked at to be sure that nothing is left. */
struct extent {
	bool ipv6; /* it has an address of IPv6, or may have had one */
	bool own;  /* it is on a network of ours, by which all that the rules hang from stays */
};

static struct extent extent_of(const struct sd_json *doc)
{
	struct sd_json *networks = sd_json_get(doc, "networks"), *network, *ip;
	/* Where it is not known, as when a start was cut short, everything. */
	struct extent x = {.ipv6 = !networks};
	size_t i, k;

	sd_json_array_foreach (networks, i, network) {
		x.own |= sd_json_member(network, "link") != NULL;
		sd_json_array_foreach (sd_json_get(network, "result.ips"), k, ip) {
			const char *a = sd_json_string_value(sd_json_member(ip, "address"));

			x.ipv6 |= a && strchr(a, ':');
		}
	}
	return x;
}

static int unpublish(const char *id, struct extent x, struct sd_err *e)
{
	sd_auto_fd int lock = firewall_lock(e);
	char chain[CHAIN_LEN];

	if (lock < 0)
		return -1;
	chain_of_container(id, chain);
	for (int family = 0; family < (x.ipv6 ? FAMILIES : V6); family++) {
		if (x.own && unmake_quickly(family, chain, e) == 0)
			continue;
		if (unmake(family, chain, e) < 0)
			return -1;
	}
	return 0;
}

static int bind_wished(const struct sd_json *doc, struct publication *p, struct sd_err *e)
{
	struct target t;
	bool all = false;

	if (sd_json_bool(doc, &all, e, "want.publishAll") < 0 || target_find(doc, &t, e) < 0)
		return -1;
	memcpy(p->to, t.to, sizeof(p->to));
	sd_raise_open_files(); /* ports may be thousands */
	if (ports_bind(doc, "want.ports", &t, p, e) < 0)
		return -1;
	return all ? ports_bind_exposed(doc, &t, p, e) : 0;
}

/* The rules of what is bound and held, and the facts. */
static int lead(struct sd_json *doc, const struct publication *p, struct sd_err *e)
{
	struct sd_err ignored;

	/* Somebody has flushed the firewall, or made what now is in the way: all is made anew. */
	if (make_quickly(p, &ignored) < 0 && sync_all(p, e) < 0)
		return -1;
	conntrack_forget(p);
	ports_set_facts(doc, p);
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

static int publish_document(struct sd_err *e)
{
	auto_publication struct publication p = {0};
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_err ignored;
	const char *id;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &id, e) < 0)
		return -1;
	if (!ports_wished(doc) || sd_json_get(doc, "ports"))
		return sd_doc_write(STDOUT_FILENO, doc, e);
	publication_init(&p, id);
	if (bind_wished(doc, &p, e) < 0 || hold_give(id, &p, e) < 0)
		return -1;
	if (lead(doc, &p, e) == 0)
		return 0;
	unpublish(id, (struct extent){.ipv6 = publication_in(&p, V6)}, &ignored);
	return -1;
}

/* Of what is published by its facts; without them nothing was, or it is not known. */
static void forget_flows(const struct sd_json *doc, const char *id)
{
	auto_publication struct publication p;
	struct sd_err unknown;

	publication_init(&p, id);
	if (ports_facts(doc, &p, &unknown) == 0)
		conntrack_forget(&p);
}

static int unpublish_document(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	const char *id;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &id, e) < 0)
		return -1;
	if ((ports_wished(doc) || sd_json_get(doc, "ports")) &&
		unpublish(id, extent_of(doc), e) < 0)
		return -1;
	forget_flows(doc, id);
	sd_json_del(doc, "ports");
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

/* ---- by hand */

static int make_by_hand(const struct publication *p, int family, struct sd_err *e)
{
	sd_auto_fd int lock = firewall_lock(e);
	auto_firewall struct firewall f = {0};
	auto_change struct change c = {0};

	if (lock < 0 || firewall_read(family, &f, e) < 0)
		return -1;
	chains_base(family, &f, &c);
	chains_publication(family, p, &f, &c);
	return change_apply(family, &c, e);
}

/* Nobody stays to hold a port: one that is taken is refused, the others are let go again. */
static int bind_by_hand(const struct publish_args *a, const struct target *t, struct publication *p,
	struct sd_err *e)
{
	sd_auto_json struct sd_json *root = sd_json_new_object();
	struct sd_json *wishes = sd_json_make_array(root, "ports"), *one;
	size_t i;

	for (i = 0; i < a->ports.n; i++)
		if (sd_port_parse(a->ports.v[i], "--publish", wishes, e) < 0)
			return -1;
	sd_json_array_foreach (wishes, i, one)
		if (!sd_json_member(one, "hostPort"))
			return sd_fail(
				e, 0, "--publish: by hand the host's port is yours to choose");
	return ports_bind(root, "ports", t, p, e);
}

int verb_publish(const struct sd_call *call, struct sd_err *e)
{
	const struct publish_args *a = call->args;
	auto_publication struct publication p = {0};
	char text[SD_ADDR_LEN];
	struct target t = {0};
	struct sd_addr to;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (!a->to && !a->ports.n)
		return publish_document(e);
	if (!a->to || !a->ports.n)
		return sd_fail(e, 0, "--to and --publish belong together");
	if (sd_addr_parse(a->to, "--to", &to, e) < 0)
		return -1;
	p.of = sd_addr_text(&to, text);
	p.to[family_of(&to)] = t.to[family_of(&to)] = to;
	t.binding = (struct sd_addr){.family = to.family, .prefix = to.prefix};
	chain_by_hand(p.of, p.chain);
	if (bind_by_hand(a, &t, &p, e) < 0)
		return -1;
	if (make_by_hand(&p, family_of(&to), e) < 0) {
		struct sd_err ignored;

		unmake(family_of(&to), p.chain, &ignored);
		return -1;
	}
	conntrack_forget(&p);
	return 0;
}

int verb_unpublish(const struct sd_call *call, struct sd_err *e)
{
	const struct unpublish_args *a = call->args;
	char text[SD_ADDR_LEN], chain[CHAIN_LEN];
	sd_auto_fd int lock = -1;
	struct sd_addr to;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (!a->to)
		return unpublish_document(e);
	if (sd_addr_parse(a->to, "--to", &to, e) < 0)
		return -1;
	chain_by_hand(sd_addr_text(&to, text), chain);
	lock = firewall_lock(e);
	return lock < 0 ? -1 : unmake(family_of(&to), chain, e);
}
