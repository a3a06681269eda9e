/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be published, from wishes; what is, in facts. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "network.h"
#include "port.h"
#include "sd-nat.h"

/* A port that the kernel chose for one family may be taken in the other: then it chooses again. */
#define CHOICES 64

const struct protocol *protocol_find(const char *name)
{
	static const struct protocol protocols[] = {
		{"tcp", IPPROTO_TCP, SOCK_STREAM},
		{"udp", IPPROTO_UDP, SOCK_DGRAM},
		{"sctp", IPPROTO_SCTP, SOCK_STREAM},
	};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}

/* ---- where it goes */

static int take_addresses(const struct sd_json *network, struct target *t, struct sd_err *e)
{
	struct sd_json *ips = NULL, *ip;
	size_t i;

	if (sd_json_array(network, &ips, e, "result.ips") < 0)
		return -1;
	sd_json_array_foreach (ips, i, ip) {
		const char *text = sd_json_string_value(sd_json_member(ip, "address"));
		struct sd_addr a;

		if (!text ||
			sd_addr_parse_subnet(text, "networks[].result.ips[].address", &a, e) < 0)
			return text ? -1 : sd_json_missing(e, "result.ips[%zu].address", i);
		if (!t->to[family_of(&a)].family)
			t->to[family_of(&a)] = a;
	}
	return 0;
}

/* Of the network's own document; one that is gone has no say. */
static int ask_network(const char *name, bool *internal, struct target *t, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	const char *binding = NULL;
	int r = sd_network_load(name, &doc, e);

	if (r <= 0)
		return r;
	if (sd_json_bool(doc, internal, e, "sdocker.internal") < 0)
		return -1;
	binding = sd_json_string_value(sd_json_member(sd_json_get(doc, "sdocker.options"),
		"com.docker.network.bridge.host_binding_ipv4"));
	if (!binding)
		return 0;
	return sd_addr_parse(
		binding, "com.docker.network.bridge.host_binding_ipv4", &t->binding, e);
}

int target_find(const struct sd_json *doc, struct target *t, struct sd_err *e)
{
	struct sd_json *networks = NULL, *network;
	size_t i;

	*t = (struct target){0};
	if (sd_json_array(doc, &networks, e, "networks") < 0)
		return -1;
	sd_json_array_foreach (networks, i, network) {
		const char *name = sd_json_string_value(sd_json_member(network, "name"));
		bool internal = false;

		if (!name)
			return sd_json_missing(e, "networks[%zu].name", i);
		if (ask_network(name, &internal, t, e) < 0)
			return -1;
		if (internal)
			continue;
		if (take_addresses(network, t, e) < 0)
			return -1;
		if (t->to[V4].family || t->to[V6].family)
			return 0;
	}
	sd_fail(e, 0, "the container has no address where published ports could lead");
	return sd_hint(e, "--network bridge, or another that is not --internal");
}

/* ---- what is wished */

struct wish {
	const struct protocol *protocol;
	struct sd_addr host; /* family 0: all addresses */
	int64_t first, last, port;
};

/* One of a list, which is a member of `root`. */
struct entry {
	const struct sd_json *root;
	const char *list;
	size_t i;
};

static int read_port(const struct entry *at, const char *key, int64_t *port, struct sd_err *e)
{
	if (sd_json_int(at->root, port, e, "%s[%zu].%s", at->list, at->i, key) < 0)
		return -1;
	if (*port < 0 || *port > 65535)
		return sd_fail(e, 0, "%s[%zu].%s: %lld is not a port", at->list, at->i, key,
			(long long)*port);
	return 0;
}

static int read_host(const struct entry *at, struct sd_addr *host, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("%s[%zu].hostIP", at->list, at->i);
	const char *text = NULL;

	if (sd_json_str(at->root, &text, e, "%s", path) < 0)
		return -1;
	return text && text[0] ? sd_addr_parse(text, path, host, e) : 0;
}

static int read_protocol(const struct entry *at, const struct protocol **p, struct sd_err *e)
{
	const char *name = "tcp";

	if (sd_json_str(at->root, &name, e, "%s[%zu].protocol", at->list, at->i) < 0)
		return -1;
	*p = protocol_find(name);
	if (!*p)
		return sd_fail(e, 0, "%s[%zu].protocol: '%s' is none of tcp, udp, sctp", at->list,
			at->i, name);
	return 0;
}

static int read_wish(const struct entry *at, struct wish *w, struct sd_err *e)
{
	*w = (struct wish){0};
	if (read_host(at, &w->host, e) < 0 || read_protocol(at, &w->protocol, e) < 0 ||
		read_port(at, "hostPort", &w->first, e) < 0 ||
		read_port(at, "hostPortEnd", &w->last, e) < 0 ||
		read_port(at, "containerPort", &w->port, e) < 0)
		return -1;
	if (!w->port)
		return sd_json_missing(e, "%s[%zu].containerPort", at->list, at->i);
	if (!w->last)
		w->last = w->first;
	if (w->last < w->first)
		return sd_fail(e, 0, "%s[%zu].hostPortEnd: %d is less than hostPort", at->list,
			at->i, (int)w->last);
	return 0;
}

/* The addresses of the host that a wish means: one, or 0.0.0.0 and ::. */
struct hosts {
	struct sd_addr a[FAMILIES];
	size_t n;
	bool optional; /* the second: a host without IPv6 has none */
};

static struct hosts hosts_of(const struct wish *w, const struct target *t)
{
	if (w->host.family)
		return (struct hosts){.a = {w->host}, .n = 1};
	if (t->binding.family)
		return (struct hosts){.a = {t->binding}, .n = 1};
	return (struct hosts){
		.a = {{.family = AF_INET, .prefix = 32}, {.family = AF_INET6, .prefix = 128}},
		.n = 2,
		.optional = true};
}

/* A host that has no IPv6, or has it turned off. */
static bool no_ipv6(int errnum)
{
	return errnum == EAFNOSUPPORT || errnum == EADDRNOTAVAIL;
}

/* Nothing relays what is neither tcp nor udp. */
static bool can_serve(const struct mapping *m)
{
	return m->direct || m->protocol->number != IPPROTO_SCTP;
}

/* All addresses at one port (0: the kernel's choice): -1 with errno, and `m` says of which. */
static int bind_all(const struct wish *w, const struct target *t, const struct hosts *h,
	int64_t port, struct publication *p, struct mapping *m)
{
	size_t before = p->n;

	for (size_t i = 0; i < h->n; i++) {
		*m = (struct mapping){.protocol = w->protocol,
			.host = h->a[i],
			.port = w->port,
			.direct = t->to[family_of(&h->a[i])].family != 0,
			.fd = -1};
		if (!can_serve(m))
			continue;
		if (hold_bind(m, port) == 0) {
			port = m->host_port;
			publication_add(p, m);
		} else if (!(i == 1 && h->optional && no_ipv6(errno))) {
			int saved = errno;

			while (p->n > before)
				sd_close_fd(&p->m[--p->n].fd);
			errno = saved;
			return -1;
		}
	}
	return 0;
}

static int fail_bind(const struct wish *w, const struct mapping *m, int errnum, struct sd_err *e)
{
	sd_auto_free char *by = NULL;
	char host[SD_ADDR_LEN];

	sd_addr_text(&m->host, host);
	if (errnum == EADDRINUSE && w->last > w->first)
		return sd_fail(e, 0, "ports %d-%d/%s of %s are all taken", (int)w->first,
			(int)w->last, w->protocol->name, host);
	if (errnum == EADDRINUSE && w->first) {
		by = taken_by(m, w->first);
		return sd_fail(e, 0, "port %d/%s of %s is taken%s%s%s", (int)w->first,
			w->protocol->name, host, by ? " (by " : "", by ? by : "", by ? ")" : "");
	}
	sd_fail(e, errnum, "bind port %d/%s of %s", (int)w->first, w->protocol->name, host);
	if (errnum == EADDRNOTAVAIL)
		return sd_hint(e, "this host has no such address");
	if (errnum == EACCES)
		return sd_hint(e, "sysctl net.ipv4.ip_unprivileged_port_start");
	return -1;
}

static int bind_wish(
	const struct wish *w, const struct target *t, struct publication *p, struct sd_err *e)
{
	int64_t tries = w->first ? w->last - w->first + 1 : CHOICES;
	struct hosts h = hosts_of(w, t);
	struct mapping m = {0};

	for (int64_t i = 0; i < tries; i++) {
		if (bind_all(w, t, &h, w->first ? w->first + i : 0, p, &m) == 0)
			return 0;
		if (errno != EADDRINUSE)
			break;
	}
	return fail_bind(w, &m, errno, e);
}

bool ports_wished(const struct sd_json *doc)
{
	bool all = false;
	struct sd_err ignored; /* its type is sd-spec's business */

	sd_json_bool(doc, &all, &ignored, "want.publishAll");
	return sd_json_len(sd_json_get(doc, "want.ports")) ||
	       (all && sd_json_len(sd_json_get(doc, "want.exposedPorts")));
}

int ports_bind(const struct sd_json *root, const char *list, const struct target *t,
	struct publication *p, struct sd_err *e)
{
	struct entry at = {root, list, 0};
	struct sd_json *wishes = NULL;
	struct wish w;

	if (sd_json_array(root, &wishes, e, "%s", list) < 0)
		return -1;
	for (; at.i < sd_json_len(wishes); at.i++)
		if (read_wish(&at, &w, e) < 0 || bind_wish(&w, t, p, e) < 0)
			return -1;
	return 0;
}

static bool has_port(const struct publication *p, const struct wish *w)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->m[i].port == w->port && p->m[i].protocol == w->protocol)
			return true;
	return false;
}

int ports_bind_exposed(
	const struct sd_json *doc, const struct target *t, struct publication *p, struct sd_err *e)
{
	sd_auto_json struct sd_json *root = sd_json_new_object();
	struct entry at = {root, "exposed", 0};
	struct sd_json *exposed = sd_json_make_array(root, at.list);
	const char **texts = NULL;
	struct wish w;
	size_t n = 0;
	int r = sd_json_strings(doc, &texts, &n, e, "want.exposedPorts");

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = sd_port_parse(texts[i], "want.exposedPorts", exposed, e);
	free(texts);
	if (r < 0)
		return -1;
	for (; at.i < sd_json_len(exposed); at.i++) {
		if (read_wish(&at, &w, e) < 0)
			return -1;
		if (!has_port(p, &w) && bind_wish(&w, t, p, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- what is */

int ports_facts(const struct sd_json *doc, struct publication *p, struct sd_err *e)
{
	struct entry at = {doc, "ports", 0};
	struct sd_json *list = NULL;
	struct target t;
	struct wish w;

	if (sd_json_array(doc, &list, e, "ports") < 0)
		return -1;
	if (!sd_json_len(list))
		return 0;
	if (target_find(doc, &t, e) < 0)
		return -1;
	memcpy(p->to, t.to, sizeof(p->to));
	for (; at.i < sd_json_len(list); at.i++) {
		if (read_wish(&at, &w, e) < 0)
			return -1;
		if (!w.host.family)
			return sd_json_missing(e, "ports[%zu].hostIP", at.i);
		publication_add(p, &(struct mapping){.protocol = w.protocol,
					   .host = w.host,
					   .host_port = w.first,
					   .port = w.port,
					   .direct = t.to[family_of(&w.host)].family != 0,
					   .fd = -1});
	}
	return 0;
}

void ports_set_facts(struct sd_json *doc, const struct publication *p)
{
	struct sd_json *list = sd_json_new_array();
	char host[SD_ADDR_LEN];

	for (size_t i = 0; i < p->n; i++) {
		struct sd_json *one = sd_json_new_object();

		sd_json_set_str(one, "hostIP", sd_addr_text(&p->m[i].host, host));
		sd_json_set_int(one, "hostPort", p->m[i].host_port);
		sd_json_set_int(one, "containerPort", p->m[i].port);
		sd_json_set_str(one, "protocol", p->m[i].protocol->name);
		sd_json_append(list, one);
	}
	sd_json_set(doc, "ports", list);
}
