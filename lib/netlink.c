/* SPDX-License-Identifier: Apache-2.0 */
#include "netlink.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/link/veth.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "netlink_part.h"
#include "ns.h"
#include "str.h"

#define ANSWER_MAX 32768

/* libnl's own numbers lose most of the kernel's: the answer is read here. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *answer, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)((char *)answer - NLMSG_HDRLEN);
	struct sd_nl *nl = arg;
	size_t skip = sizeof(*answer);
	struct nlattr *said = NULL;

	nl->errnum = -answer->error;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += answer->msg.nlmsg_len - NLMSG_HDRLEN;
	if (h->nlmsg_flags & NLM_F_ACK_TLVS)
		said = nlmsg_find_attr(h, (int)skip, NLMSGERR_ATTR_MSG);
	if (said)
		nla_strlcpy(nl->said, said, sizeof(nl->said));
	return NL_STOP;
}

static int open_here(struct sd_nl *nl, struct sd_err *e)
{
	int one = 1, r;

	nl->sock = nl_socket_alloc();
	if (!nl->sock)
		return sd_fail(e, ENOMEM, "make a netlink socket");
	r = nl_connect(nl->sock, NETLINK_ROUTE);
	if (r < 0)
		return sd_fail(e, 0, "make a netlink socket: %s", nl_geterror(r));
	/* The kernel fills no more than this with one answer (netlink(7)); peeking would read it twice. */
	nl_socket_set_msg_buf_size(nl->sock, ANSWER_MAX);
	nl_socket_disable_msg_peek(nl->sock);
	nl_socket_modify_err_cb(nl->sock, NL_CB_CUSTOM, on_error, nl);
	/* Without them there are fewer words. */
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(nl->sock), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return 0;
}

int sd_nl_open(struct sd_nl *nl, int netns, struct sd_err *e)
{
	sd_auto_fd int own = -1;
	struct sd_err back;
	int r;

	if (netns < 0)
		return open_here(nl, e);
	own = sd_ns_visit_net(netns, e);
	if (own < 0)
		return -1;
	r = open_here(nl, e);
	if (sd_ns_return_net(own, &back) == 0)
		return r;
	*e = back;
	return -1;
}

void sd_nl_close(struct sd_nl *nl)
{
	if (nl->sock)
		nl_socket_free(nl->sock);
	nl->sock = NULL;
}

int sd_nl_ask(struct sd_nl *nl, int built, struct nl_msg *msg)
{
	int r = built;

	nl->errnum = 0;
	*nl->said = '\0';
	if (r >= 0)
		r = nl_send_auto(nl->sock, msg);
	nlmsg_free(msg);
	if (r >= 0)
		r = nl_wait_for_ack(nl->sock);
	if (r >= 0)
		return 0;
	if (!nl->errnum) { /* not the kernel's */
		nl->errnum = r == -NLE_NOMEM ? ENOMEM : EIO;
		snprintf(nl->said, sizeof(nl->said), "%s", nl_geterror(r));
	}
	return -1;
}

int sd_nl_failed(struct sd_nl *nl, struct sd_err *e, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sd_fail(e, nl->errnum, "%s", text);
	if (*nl->said)
		return sd_hint(e, "the kernel says: %s", nl->said);
	if (nl->errnum == EPERM)
		return sd_hint(e, "CAP_NET_ADMIN over the network namespace is needed");
	return -1;
}

int sd_nl_listed(struct sd_nl *nl, int r, const char *what, struct sd_err *e)
{
	return r < 0 ? sd_fail(e, nl->errnum, "list the %s: %s", what, nl_geterror(r)) : 0;
}

/* ---- links */

static void put_link(struct rtnl_link **l)
{
	if (*l)
		rtnl_link_put(*l);
}
#define auto_link __attribute__((cleanup(put_link)))

static void put_cache(struct nl_cache **c)
{
	if (*c)
		nl_cache_free(*c);
}

static void set_mac(struct rtnl_link *link, const unsigned char *mac)
{
	struct nl_addr *a = mac ? nl_addr_build(AF_LLC, mac, SD_MAC_LEN) : NULL;

	if (a)
		rtnl_link_set_addr(link, a);
	nl_addr_put(a);
}

static void describe(struct rtnl_link *link, struct sd_link *out)
{
	const char *kind = rtnl_link_get_type(link);
	struct nl_addr *mac = rtnl_link_get_addr(link);

	*out = (struct sd_link){
		.index = rtnl_link_get_ifindex(link),
		.master = rtnl_link_get_master(link),
		.peer = rtnl_link_get_link(link),
		.up = rtnl_link_get_flags(link) & IFF_UP,
		.mtu = rtnl_link_get_mtu(link),
		.group = rtnl_link_get_group(link),
	};
	snprintf(out->name, sizeof(out->name), "%s", rtnl_link_get_name(link));
	snprintf(out->kind, sizeof(out->kind), "%s", kind ? kind : "");
	if (mac && nl_addr_get_len(mac) == SD_MAC_LEN)
		memcpy(out->mac, nl_addr_get_binary_addr(mac), SD_MAC_LEN);
}

int sd_nl_link_get(struct sd_nl *nl, const char *name, struct sd_link *out, struct sd_err *e)
{
	auto_link struct rtnl_link *link = NULL;
	int r = rtnl_link_get_kernel(nl->sock, 0, name, &link);

	if (r == -NLE_OBJ_NOTFOUND || r == -NLE_NODEV)
		return 0;
	if (r < 0)
		return sd_fail(e, 0, "look for the link %s: %s", name, nl_geterror(r));
	/* An answer that could not be read stands in the way of later ones. */
	if (!link)
		return sd_fail(e, EIO, "look for the link %s", name);
	describe(link, out);
	return 1;
}

int sd_nl_link_list(struct sd_nl *nl, struct sd_link **out, size_t *n, struct sd_err *e)
{
	__attribute__((cleanup(put_cache))) struct nl_cache *all = NULL;

	*out = NULL;
	*n = 0;
	if (sd_nl_listed(nl, rtnl_link_alloc_cache(nl->sock, AF_UNSPEC, &all), "links", e) < 0)
		return -1;
	*out = sd_calloc((size_t)nl_cache_nitems(all) + 1, sizeof(**out));
	for (struct nl_object *o = nl_cache_get_first(all); o; o = nl_cache_get_next(o))
		describe((struct rtnl_link *)o, &(*out)[(*n)++]);
	return 0;
}

int sd_nl_link_del(struct sd_nl *nl, const char *name, struct sd_err *e)
{
	auto_link struct rtnl_link *link = rtnl_link_alloc();
	struct nl_msg *msg = NULL;
	int r;

	rtnl_link_set_name(link, name);
	r = rtnl_link_build_delete_request(link, &msg);
	if (sd_nl_ask(nl, r, msg) == 0)
		return 1;
	return nl->errnum == ENODEV ? 0 : sd_nl_failed(nl, e, "delete the link %s", name);
}

/* `change` for the link of that index. */
static int change_link(struct sd_nl *nl, int index, struct rtnl_link *change)
{
	auto_link struct rtnl_link *which = rtnl_link_alloc();
	struct nl_msg *msg = NULL;
	int r;

	rtnl_link_set_ifindex(which, index);
	r = rtnl_link_build_change_request(which, change, 0, &msg);
	return sd_nl_ask(nl, r, msg);
}

static int set_flag(struct sd_nl *nl, int index, unsigned flag, const char *what, struct sd_err *e)
{
	auto_link struct rtnl_link *link = rtnl_link_alloc();

	rtnl_link_set_flags(link, flag);
	return change_link(nl, index, link) < 0
		       ? sd_nl_failed(nl, e, "set the link %d %s", index, what)
		       : 0;
}

int sd_nl_link_up(struct sd_nl *nl, int index, struct sd_err *e)
{
	return set_flag(nl, index, IFF_UP, "up", e);
}

int sd_nl_link_promiscuous(struct sd_nl *nl, int index, struct sd_err *e)
{
	return set_flag(nl, index, IFF_PROMISC, "promiscuous", e);
}

int sd_nl_link_settle(struct sd_nl *nl, const char *name, struct sd_err *e)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GLINK};
	struct ifreq request = {.ifr_data = (char *)&value};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(nl_socket_get_fd(nl->sock), SIOCETHTOOL, &request) < 0)
		return sd_fail(e, errno, "look at the carrier of %s", name);
	return 0;
}

/*
 * The kernel announces a link's addresses when its MAC address is set, also to what it is; setting
 * the link up would do it too, but before the other end lets anything through.
 */
int sd_nl_link_announce(struct sd_nl *nl, int index, const unsigned char *mac, struct sd_err *e)
{
	auto_link struct rtnl_link *conf = rtnl_link_alloc(), *address = rtnl_link_alloc();

	rtnl_link_inet_set_conf(conf, IPV4_DEVCONF_ARP_NOTIFY, 1);
	set_mac(address, mac);
	if (change_link(nl, index, conf) < 0 || change_link(nl, index, address) < 0)
		return sd_nl_failed(nl, e, "announce the addresses of link %d", index);
	return 0;
}

static int no_driver(struct sd_nl *nl, const char *kind, const char *name, struct sd_err *e)
{
	if (nl->errnum != EOPNOTSUPP)
		return sd_nl_failed(nl, e, "create the %s %s", kind, name);
	sd_fail(e, nl->errnum, "create the %s %s", kind, name);
	return sd_hint(e, "'modprobe %s'", kind);
}

int sd_nl_bridge_add(struct sd_nl *nl, const struct sd_bridge *b, struct sd_err *e)
{
	auto_link struct rtnl_link *link = rtnl_link_alloc();
	struct nl_msg *msg = NULL;
	int r;

	rtnl_link_set_type(link, "bridge");
	rtnl_link_set_name(link, b->name);
	if (b->mtu)
		rtnl_link_set_mtu(link, b->mtu);
	set_mac(link, b->mac);
	r = rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &msg);
	return sd_nl_ask(nl, r, msg) < 0 ? no_driver(nl, "bridge", b->name, e) : 0;
}

/*
 * The kernel would make a queue a processor, each an object of sysfs: half the time that a pair takes.
 * A veth's driver takes no lock to send, so one queue does not hold processors up.
 */
static void one_queue(struct rtnl_link *link)
{
	rtnl_link_set_num_tx_queues(link, 1);
	rtnl_link_set_num_rx_queues(link, 1);
}

int sd_nl_veth_add(struct sd_nl *nl, const struct sd_veth *v, struct sd_err *e)
{
	auto_link struct rtnl_link *link = rtnl_link_veth_alloc();
	auto_link struct rtnl_link *peer = rtnl_link_veth_get_peer(link);
	struct nl_msg *msg = NULL;
	int r;

	rtnl_link_set_name(link, v->name);
	rtnl_link_set_flags(link, IFF_UP);
	if (v->master)
		rtnl_link_set_master(link, v->master);
	one_queue(link);
	one_queue(peer);
	if (v->group)
		rtnl_link_set_group(link, v->group);
	rtnl_link_set_name(peer, v->peer);
	rtnl_link_set_ns_fd(peer, v->peer_netns);
	set_mac(peer, v->peer_mac);
	if (v->mtu) {
		rtnl_link_set_mtu(link, v->mtu);
		rtnl_link_set_mtu(peer, v->mtu);
	}
	r = rtnl_link_build_add_request(link, NLM_F_CREATE | NLM_F_EXCL, &msg);
	return sd_nl_ask(nl, r, msg) < 0 ? no_driver(nl, "veth", v->name, e) : 0;
}

/* Change the port `name` by attributes of bridge ports, which msg holds: IFLA_BRPORT_*. */
static int change_port(struct sd_nl *nl, const char *name, struct nl_msg *attributes)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
	struct nlattr *info = NULL;
	int r = -NLE_NOMEM;

	if (nlmsg_append(msg, &link, sizeof(link), NLMSG_ALIGNTO) == 0 &&
		nla_put_string(msg, IFLA_IFNAME, name) == 0 &&
		(info = nla_nest_start(msg, IFLA_LINKINFO)) &&
		nla_put_string(msg, IFLA_INFO_SLAVE_KIND, "bridge") == 0 &&
		nla_put_nested(msg, IFLA_INFO_SLAVE_DATA, attributes) == 0)
		r = nla_nest_end(msg, info);
	nlmsg_free(attributes);
	return sd_nl_ask(nl, r, msg);
}

int sd_nl_port_set(
	struct sd_nl *nl, const char *name, bool hairpin, bool isolated, struct sd_err *e)
{
	struct nl_msg *port = nlmsg_alloc();

	nla_put_u8(port, IFLA_BRPORT_MODE, hairpin);
	nla_put_u8(port, IFLA_BRPORT_ISOLATED, isolated);
	return change_port(nl, name, port) < 0
		       ? sd_nl_failed(nl, e, "set the port %s of its bridge", name)
		       : 0;
}

/*
 * As a request of the bridge's own family: with one about a link (change_port) the kernel then
 * looks at the carrier, and enables the port again.  So it does when the other end goes down and
 * up, but a port that learns nothing and is locked takes in nothing.
 */
int sd_nl_port_cut(struct sd_nl *nl, const char *name, struct sd_err *e)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_SETLINK, 0);
	struct ifinfomsg port = {.ifi_family = AF_BRIDGE};
	struct nlattr *info = NULL;
	struct sd_link link;
	int r = sd_nl_link_get(nl, name, &link, e);

	if (r <= 0 || !link.master) {
		nlmsg_free(msg);
		return r < 0 ? -1 : 0;
	}
	port.ifi_index = link.index;
	r = -NLE_NOMEM;
	if (nlmsg_append(msg, &port, sizeof(port), NLMSG_ALIGNTO) == 0 &&
		(info = nla_nest_start(msg, IFLA_PROTINFO | NLA_F_NESTED)) &&
		nla_put_u8(msg, IFLA_BRPORT_STATE, BR_STATE_DISABLED) == 0 &&
		nla_put_u8(msg, IFLA_BRPORT_LEARNING, 0) == 0 &&
		nla_put_u8(msg, IFLA_BRPORT_LOCKED, 1) == 0 &&
		nla_put_flag(msg, IFLA_BRPORT_FLUSH) == 0)
		r = nla_nest_end(msg, info);
	if (sd_nl_ask(nl, r, msg) == 0)
		return 1;
	/* It went meanwhile. */
	if (nl->errnum == ENODEV || nl->errnum == EOPNOTSUPP)
		return 0;
	return sd_nl_failed(nl, e, "cut the port %s off its bridge", name);
}
