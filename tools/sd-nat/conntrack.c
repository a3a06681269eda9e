/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What conntrack knows of a published port of UDP is forgotten.
 *
 * Rules are asked for the first packet of a flow alone.  One whose client never stops sending has
 * no other first packet: begun before the port was published it would go on to nobody, and begun
 * with an earlier container, to whoever has that one's address now.  A connection of TCP ends by
 * itself, for its other end is gone.
 *
 * By ctnetlink (linux/netfilter/nfnetlink_conntrack.h): the flows are listed, and deleted one by
 * one.  Where the kernel lacks it nothing can be done; then they end after 30 s of silence.
 */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "sd-nat.h"

/* CTA_FILTER_ORIG_FLAGS: by which parts of the tuple the kernel (5.8) picks. */
#define BY_PROTOCOL (1u << 3)
#define BY_DST_PORT (1u << 5)

struct request {
	struct nlmsghdr h;
	struct nfgenmsg g;
	char attributes[512];
};

static void request_init(struct request *r, int family, int type, int flags)
{
	*r = (struct request){.g.nfgen_family = (unsigned char)family};
	r->h.nlmsg_len = NLMSG_LENGTH(sizeof(r->g));
	r->h.nlmsg_type = (unsigned short)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	r->h.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags);
}

static struct nlattr *put(struct request *r, int type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)((char *)r + NLMSG_ALIGN(r->h.nlmsg_len));

	a->nla_type = (unsigned short)type;
	a->nla_len = (unsigned short)(NLA_HDRLEN + len);
	memcpy((char *)a + NLA_HDRLEN, data, len);
	r->h.nlmsg_len = (unsigned)((char *)a - (char *)r) + NLA_ALIGN(a->nla_len);
	return a;
}

static struct nlattr *open_nest(struct request *r, int type)
{
	return put(r, type | NLA_F_NESTED, "", 0);
}

static void close_nest(struct request *r, struct nlattr *a)
{
	a->nla_len = (unsigned short)((char *)r + r->h.nlmsg_len - (char *)a);
}

static void put_filter(struct request *r, uint8_t protocol, uint16_t port)
{
	uint32_t by = BY_PROTOCOL | BY_DST_PORT;
	struct nlattr *outer = open_nest(r, CTA_TUPLE_ORIG), *inner = open_nest(r, CTA_TUPLE_PROTO);

	put(r, CTA_PROTO_NUM, &protocol, sizeof(protocol));
	put(r, CTA_PROTO_DST_PORT, &port, sizeof(port));
	close_nest(r, inner);
	close_nest(r, outer);
	outer = open_nest(r, CTA_FILTER);
	put(r, CTA_FILTER_ORIG_FLAGS, &by, sizeof(by));
	close_nest(r, outer);
}

/* The attribute of that type among `len` bytes of them, or NULL. */
static const struct nlattr *find(const void *at, size_t len, int type)
{
	const char *p = at, *end = p + len;

	while (end - p >= NLA_HDRLEN) {
		const struct nlattr *a = (const struct nlattr *)p;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - p)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		p += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static const struct nlattr *within(const struct nlattr *outer, int type)
{
	if (!outer)
		return NULL;
	return find((const char *)outer + NLA_HDRLEN, outer->nla_len - NLA_HDRLEN, type);
}

static bool holds(const struct nlattr *a, const void *value, size_t len)
{
	return a && a->nla_len >= NLA_HDRLEN + len &&
	       memcmp((const char *)a + NLA_HDRLEN, value, len) == 0;
}

/* An older kernel takes no filter and lists all. */
static bool is_of(const struct nlattr *tuple, const struct mapping *m)
{
	static const struct sd_addr any;
	const struct nlattr *protocol = within(tuple, CTA_TUPLE_PROTO),
			    *ip = within(tuple, CTA_TUPLE_IP);
	uint8_t number = (uint8_t)m->protocol->number;
	uint16_t port = htons((uint16_t)m->host_port);
	bool v6 = m->host.family == AF_INET6;

	return holds(within(protocol, CTA_PROTO_NUM), &number, sizeof(number)) &&
	       holds(within(protocol, CTA_PROTO_DST_PORT), &port, sizeof(port)) &&
	       (memcmp(m->host.bytes, any.bytes, sizeof(any.bytes)) == 0 ||
		       holds(within(ip, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST), m->host.bytes,
			       v6 ? 16 : 4));
}

static void forget_flow(int fd, int family, const struct nlattr *tuple)
{
	struct request r;

	request_init(&r, family, IPCTNL_MSG_CT_DELETE, 0);
	put(&r, CTA_TUPLE_ORIG | NLA_F_NESTED, (const char *)tuple + NLA_HDRLEN,
		tuple->nla_len - NLA_HDRLEN);
	(void)!send(fd, &r, r.h.nlmsg_len, 0); /* ENOENT comes back: it has ended meanwhile */
}

/* False at the end of the list. */
static bool read_flows(int list, int change, const struct mapping *m)
{
	char data[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n = recv(list, data, sizeof(data), 0);
	size_t left = n > 0 ? (size_t)n : 0;

	for (const struct nlmsghdr *h = (const void *)data; NLMSG_OK(h, left);
		h = NLMSG_NEXT(h, left)) {
		const char *at = (const char *)NLMSG_DATA(h) + sizeof(struct nfgenmsg);
		const struct nlattr *tuple;

		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return false;
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg)))
			continue;
		tuple = find(
			at, h->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg)), CTA_TUPLE_ORIG);
		if (tuple && is_of(tuple, m))
			forget_flow(change, m->host.family, tuple);
	}
	return n > 0;
}

static void forget(const struct mapping *m)
{
	sd_auto_fd int list = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	sd_auto_fd int change = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct request r;

	if (list < 0 || change < 0)
		return;
	request_init(&r, m->host.family, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
	put_filter(&r, (uint8_t)m->protocol->number, htons((uint16_t)m->host_port));
	if (send(list, &r, r.h.nlmsg_len, 0) < 0)
		return;
	while (read_flows(list, change, m))
		;
}

void conntrack_forget(const struct publication *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->m[i].direct && p->m[i].protocol->number == IPPROTO_UDP)
			forget(&p->m[i]);
}
