/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules there are, and in which chains.
 *
 *	nat	PREROUTING, OUTPUT  to a local address:  SDOCKER-PUBLISH
 *			SD-PUB-<hash of the container's id>	its ports: DNAT
 *			SD-<network>-OFF	goto, so that an internal network's packets leave again
 *		POSTROUTING:  SDOCKER-SOURCE
 *			SD-<network>-SNAT	what leaves by the host's address: MASQUERADE
 *	filter	INPUT:  SDOCKER-INPUT		what pretends to come for 127.0.0.1
 *		FORWARD:  SDOCKER-FORWARD
 *			SD-<network>-IN		out by its bridge: answers, published, neighbours
 *			SD-<network>-OUT	in by its bridge
 *
 * All IN stand before all OUT: of what goes from one network to another the one that it goes to
 * decides.  A connection to a container is let in if it was translated (conntrack's DNAT), so that
 * one rule stands for all published ports, and neither a route to the container's own address nor
 * a port published on 127.0.0.1 is a way around it.
 *
 * SDH- and SDP- stand for networks and ports by hand, which no record knows.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "sd-nat.h"

#define PUBLISH "SDOCKER-PUBLISH"
#define SOURCE	"SDOCKER-SOURCE"
#define FORWARD "SDOCKER-FORWARD"
#define INPUT	"SDOCKER-INPUT"

int family_of(const struct sd_addr *a)
{
	return a->family == AF_INET6 ? V6 : V4;
}

void network_free(struct network *n)
{
	for (int family = 0; family < FAMILIES; family++)
		sd_strv_free(&n->subnets[family]);
}

void publication_init(struct publication *p, const char *id)
{
	*p = (struct publication){.of = id};
	chain_of_container(id, p->chain);
}

struct mapping *publication_add(struct publication *p, const struct mapping *m)
{
	p->m = sd_realloc(p->m, (p->n + 1) * sizeof(*p->m));
	p->m[p->n] = *m;
	return &p->m[p->n++];
}

void publication_free(struct publication *p)
{
	for (size_t i = 0; i < p->n; i++)
		sd_close_fd(&p->m[i].fd);
	free(p->m);
}

bool publication_in(const struct publication *p, int family)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->m[i].direct && family_of(&p->m[i].host) == family)
			return true;
	return false;
}

/* A name is short, an id may be long; the rules' comments tell whose they are. */
static void hashed(const char *prefix, const char *text, char chain[CHAIN_LEN])
{
	snprintf(chain, CHAIN_LEN, "%s%016" PRIx64, prefix, sd_hash(SD_HASH_START, text));
}

void chain_of_container(const char *id, char chain[CHAIN_LEN])
{
	hashed("SD-PUB-", id, chain);
}

void chain_by_hand(const char *address, char chain[CHAIN_LEN])
{
	hashed("SDP-", address, chain);
}

bool chain_is_of_network(const char *chain, const struct network *n)
{
	static const char *const ends[] = {"-OFF", "-SNAT", "-IN", "-OUT"};
	size_t len = strlen(n->chains);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (strncmp(chain, n->chains, len) == 0 && strcmp(chain + len, ends[i]) == 0)
			return true;
	return false;
}

/* ---- what there is */

static bool has_chain(const struct sd_strv *table, const char *chain)
{
	size_t len = strlen(chain);

	for (size_t i = 0; i < table->n; i++)
		if (table->v[i][0] == ':' && strncmp(table->v[i] + 1, chain, len) == 0 &&
			table->v[i][1 + len] == ' ')
			return true;
	return false;
}

/* The chain that a rule goes on to: its last word; what stands in quotes is a comment. */
static const char *target(const char *rule)
{
	const char *last = strrchr(rule, ' ');

	if (rule[0] != '-' || !last || last - rule < 3 ||
		(strncmp(last - 3, " -j", 3) != 0 && strncmp(last - 3, " -g", 3) != 0))
		return NULL;
	return strchr(last, '"') ? NULL : last + 1;
}

static bool stands_in(const char *rule, const char *chain)
{
	size_t len = strlen(chain);

	return strncmp(rule, "-A ", 3) == 0 && strncmp(rule + 3, chain, len) == 0 &&
	       rule[3 + len] == ' ';
}

static bool has_jump(const struct sd_strv *table, const char *from, const char *to)
{
	for (size_t i = 0; i < table->n; i++) {
		const char *t = target(table->v[i]);

		if (t && strcmp(t, to) == 0 && stands_in(table->v[i], from))
			return true;
	}
	return false;
}

/* ---- what is to be */

/* A line of iptables-restore that makes a chain, or empties the one that is there. */
static void fresh(struct sd_buf *b, const char *prefix, const char *suffix)
{
	sd_buf_printf(b, ":%s%s - [0:0]\n", prefix, suffix);
}

void chains_base(int family, const struct firewall *f, struct change *c)
{
	/*
	 * Nothing for 127.0.0.1 comes from outside, and PREROUTING is before the kernel's own check
	 * of that: a neighbour's packet for it would be translated past the check (CVE-2020-8558).
	 * Of [::1] none is: IPv6 has no route_localnet, and the monitor relays (relay.c).
	 */
	static const struct {
		const char *rule[FAMILIES], *from, *to;
	} nat[] = {
		{{"-A PREROUTING ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL",
			 "-A PREROUTING ! -d ::1/128 -m addrtype --dst-type LOCAL"},
			"PREROUTING", PUBLISH},
		{{"-A OUTPUT -m addrtype --dst-type LOCAL",
			 "-A OUTPUT ! -d ::1/128 -m addrtype --dst-type LOCAL"},
			"OUTPUT", PUBLISH},
		{{"-A POSTROUTING", "-A POSTROUTING"}, "POSTROUTING", SOURCE},
	};

	if (!has_chain(&f->nat, PUBLISH))
		fresh(&c->nat, PUBLISH, "");
	if (!has_chain(&f->nat, SOURCE))
		fresh(&c->nat, SOURCE, "");
	for (size_t i = 0; i < sizeof(nat) / sizeof(*nat); i++)
		if (!has_jump(&f->nat, nat[i].from, nat[i].to))
			sd_buf_printf(&c->nat, "%s -j %s\n", nat[i].rule[family], nat[i].to);
	if (!has_chain(&f->filter, FORWARD))
		fresh(&c->filter, FORWARD, "");
	/* First: others' rules may end with one that refuses the rest. */
	if (!has_jump(&f->filter, "FORWARD", FORWARD))
		sd_buf_str(&c->filter, "-I FORWARD -j " FORWARD "\n");
	if (family == V6)
		return;
	/* With route_localnet a container could send to the services of the host's 127.0.0.1. */
	fresh(&c->filter, INPUT, "");
	sd_buf_str(&c->filter, "-A " INPUT " ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack"
			       " ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP\n");
	if (!has_jump(&f->filter, "INPUT", INPUT))
		sd_buf_str(&c->filter, "-I INPUT -j " INPUT "\n");
}

static void source_rules(int family, const struct network *n, struct sd_buf *b)
{
	const struct sd_strv *subnets = &n->subnets[family];

	for (size_t i = 0; n->masquerade && i < subnets->n; i++)
		sd_buf_printf(b, "-A %s-SNAT -s %s ! -o %s -j MASQUERADE\n", n->chains,
			subnets->v[i], n->bridge);
	/*
	 * To a published port on its own bridge, from the host's 127.0.0.1 or from the network
	 * itself: the answer has to come back this way, or the client sees it from another address.
	 */
	if (family == V4)
		sd_buf_printf(b,
			"-A %s-SNAT -s 127.0.0.0/8 -o %s -m conntrack --ctstate DNAT"
			" -j MASQUERADE\n",
			n->chains, n->bridge);
	for (size_t i = 0; i < subnets->n; i++)
		sd_buf_printf(b,
			"-A %s-SNAT -s %s -o %s -m conntrack --ctstate DNAT -j MASQUERADE\n",
			n->chains, subnets->v[i], n->bridge);
}

static void forward_rules(const struct network *n, struct sd_buf *b)
{
	fresh(b, n->chains, "-IN");
	sd_buf_printf(b, "-A %s-IN -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT\n",
		n->chains);
	if (!n->closed)
		sd_buf_printf(b, "-A %s-IN -i %s -j ACCEPT\n", n->chains, n->bridge);
	sd_buf_printf(b, "-A %s-IN -j DROP\n", n->chains);
	fresh(b, n->chains, "-OUT");
	sd_buf_printf(b, "-A %s-OUT -j %s\n", n->chains, n->internal ? "DROP" : "ACCEPT");
}

/* A jump from one chain of ours to another, unless it is there already. */
static void hang(struct sd_buf *b, const struct sd_strv *table, const char *from, const char *to,
	const char *how, const char *match)
{
	if (!table || !has_jump(table, from, to))
		sd_buf_printf(b, "%s %s%s %s\n", how, from, match, to);
}

void chains_network(int family, const struct network *n, const struct firewall *f, struct change *c)
{
	sd_auto_free char *snat = sd_printf("%s-SNAT", n->chains),
			  *off = sd_printf("%s-OFF", n->chains),
			  *in = sd_printf("%s-IN", n->chains),
			  *out = sd_printf("%s-OUT", n->chains),
			  *into = sd_printf(" -o %s -j", n->bridge),
			  *from = sd_printf(" -i %s -j", n->bridge),
			  *leave = sd_printf(" -i %s -g", n->bridge);

	if (n->internal) {
		fresh(&c->nat, off, "");
		hang(&c->nat, &f->nat, PUBLISH, off, "-I", leave);
	} else {
		fresh(&c->nat, snat, "");
		source_rules(family, n, &c->nat);
		hang(&c->nat, &f->nat, SOURCE, snat, "-A", " -j");
	}
	forward_rules(n, &c->filter);
	hang(&c->filter, &f->filter, FORWARD, in, "-I", into);
	hang(&c->filter, &f->filter, FORWARD, out, "-A", from);
}

static void publish_rule(const struct publication *p, const struct mapping *m, struct sd_buf *b)
{
	const struct sd_addr *to = &p->to[family_of(&m->host)];
	static const struct sd_addr any;
	bool v6 = m->host.family == AF_INET6;
	char text[SD_ADDR_LEN];

	sd_buf_printf(b, "-A %s", p->chain);
	if (memcmp(m->host.bytes, any.bytes, sizeof(any.bytes)) != 0)
		sd_buf_printf(b, " -d %s", sd_addr_text(&m->host, text));
	sd_buf_printf(b, " -p %s --dport %d -m comment --comment %s -j DNAT --to-destination ",
		m->protocol->name, (int)m->host_port, p->of);
	sd_buf_printf(b, v6 ? "[%s]:%d\n" : "%s:%d\n", sd_addr_text(to, text), (int)m->port);
}

void chains_publication(
	int family, const struct publication *p, const struct firewall *f, struct change *c)
{
	if (!publication_in(p, family))
		return;
	fresh(&c->nat, p->chain, "");
	for (size_t i = 0; i < p->n; i++)
		if (p->m[i].direct && family_of(&p->m[i].host) == family)
			publish_rule(p, &p->m[i], &c->nat);
	hang(&c->nat, f ? &f->nat : NULL, PUBLISH, p->chain, "-A", " -j");
}

/* ---- what is to go */

struct going {
	bool (*goes)(const char *chain, const void *arg);
	const void *arg;
	bool base; /* nothing else is left */
};

static bool is_base(const char *chain)
{
	return sd_starts_with(chain, "SDOCKER-");
}

static bool goes(const struct going *g, const char *chain)
{
	return is_base(chain) ? g->base : g->goes(chain, g->arg);
}

static char *declared(const char *line)
{
	return line[0] == ':' ? sd_strndup(line + 1, strcspn(line + 1, " ")) : NULL;
}

/* Is there one of a network or of a port that stays? */
static bool stays(const struct sd_strv *table, const struct going *g)
{
	for (size_t i = 0; i < table->n; i++) {
		sd_auto_free char *chain = declared(table->v[i]);

		if (chain &&
			(sd_starts_with(chain, "SD-") || sd_starts_with(chain, "SDH-") ||
				sd_starts_with(chain, "SDP-")) &&
			!g->goes(chain, g->arg))
			return true;
	}
	return false;
}

static void each_chain(
	const struct sd_strv *table, const struct going *g, const char *command, struct sd_buf *b)
{
	for (size_t i = 0; i < table->n; i++) {
		sd_auto_free char *chain = declared(table->v[i]);

		if (chain && goes(g, chain))
			sd_buf_printf(b, "%s %s\n", command, chain);
	}
}

/* Of a chain that is gone from, in a built-in one or another of ours, the rule is taken out. */
static void unhang(const struct sd_strv *table, const struct going *g, struct sd_buf *b)
{
	for (size_t i = 0; i < table->n; i++) {
		const char *rule = table->v[i], *to = target(rule);

		if (!to || !goes(g, to))
			continue;
		sd_auto_free char *from = sd_strndup(rule + 3, strcspn(rule + 3, " "));

		if (!goes(g, from))
			sd_buf_printf(b, "-D%s\n", rule + 2);
	}
}

static void remove_from(const struct sd_strv *table, const struct going *g, struct sd_buf *b)
{
	unhang(table, g, b);
	each_chain(table, g, "-F", b);
	each_chain(table, g, "-X", b);
}

void chains_remove(const struct firewall *f, bool (*which)(const char *chain, const void *arg),
	const void *arg, struct change *c)
{
	struct going g = {which, arg, false};

	g.base = !stays(&f->nat, &g) && !stays(&f->filter, &g);
	remove_from(&f->nat, &g, &c->nat);
	remove_from(&f->filter, &g, &c->filter);
}
