/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlink - links, addresses and routes of a network namespace (rtnetlink(7)): the one module that
 * includes the headers of libnl.  netlink.c holds the socket and links, netlink_ip.c the rest.
 *
 *	sd_auto_nl struct sd_nl nl = {0};
 *	if (sd_nl_open(&nl, netns, e) < 0 || sd_nl_link_get(&nl, "eth0", &link, e) < 0) ...
 *
 * Each call is one request and its answer.  A failed one returns -1; e->errnum is the kernel's
 * errno, and what the kernel says beside it stands in the text.  Links are meant by index, or where
 * the next request follows at once, by name.  Programs that use it are linked with
 * -lnl-route-3 -lnl-3.
 */
#ifndef SD_NETLINK_H
#define SD_NETLINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include "address.h"
#include "err.h"

#define SD_MAC_LEN 6

struct sd_nl {
	struct nl_sock *sock;
	int errnum;	/* of the request that failed, and */
	char said[160]; /* what the kernel said of it, or "" */
};

/*
 * A socket in the namespace that `netns` is a descriptor of, -1: this process's.  A socket belongs
 * to the namespace that it was made in for good, so the process is there for that moment only.
 */
int sd_nl_open(struct sd_nl *nl, int netns, struct sd_err *e);
void sd_nl_close(struct sd_nl *nl);
#define sd_auto_nl __attribute__((cleanup(sd_nl_close)))

/* ---- links */

struct sd_link {
	int index;
	int master; /* index of the bridge that it is a port of, or 0 */
	int peer;   /* index of the other end, in the namespace where that is; or 0 */
	bool up;
	unsigned mtu, group;
	char name[IF_NAMESIZE];
	char kind[16]; /* "bridge", "veth"; "" for hardware */
	unsigned char mac[SD_MAC_LEN];
};

/* 1 there, 0 not there, -1. */
int sd_nl_link_get(struct sd_nl *nl, const char *name, struct sd_link *out, struct sd_err *e);
/* All; the caller frees. */
int sd_nl_link_list(struct sd_nl *nl, struct sd_link **out, size_t *n, struct sd_err *e);
/* 1, or 0: it is not there.  A veth goes with its other end. */
int sd_nl_link_del(struct sd_nl *nl, const char *name, struct sd_err *e);
int sd_nl_link_up(struct sd_nl *nl, int index, struct sd_err *e);
/* It takes in frames for any MAC address. */
int sd_nl_link_promiscuous(struct sd_nl *nl, int index, struct sd_err *e);

/*
 * After a link's carrier has come: the kernel does now what it would do in a moment (its queue
 * takes packets, a port of a bridge forwards).
 */
int sd_nl_link_settle(struct sd_nl *nl, const char *name, struct sd_err *e);
/*
 * Tell all neighbours that the addresses of this link are behind this MAC address, which it has:
 * they may know them behind another's.  IPv6 where net.ipv6.conf.LINK.ndisc_notify is set.
 */
int sd_nl_link_announce(struct sd_nl *nl, int index, const unsigned char *mac, struct sd_err *e);

/* A bridge, down.  mac NULL: the kernel's choice, which changes with its ports. */
struct sd_bridge {
	const char *name;
	unsigned mtu; /* 0: the kernel's */
	const unsigned char *mac;
};
int sd_nl_bridge_add(struct sd_nl *nl, const struct sd_bridge *b, struct sd_err *e);

/*
 * A pair of veths: one end here, up, a port of the bridge `master`; the other made where it belongs,
 * down.  Moving it there later would cost a wait for all readers of the kernel's device lists.
 */
struct sd_veth {
	const char *name;
	int master;	/* index, or 0 */
	unsigned group; /* of this end: ip-link(8) */
	unsigned mtu;	/* of both ends; 0: the kernel's */
	const char *peer;
	int peer_netns;		       /* descriptor */
	const unsigned char *peer_mac; /* NULL: the kernel's choice */
};
/* EEXIST: one of the two names is taken. */
int sd_nl_veth_add(struct sd_nl *nl, const struct sd_veth *v, struct sd_err *e);

/* A port of a bridge: ip-link(8), bridge_slave. */
int sd_nl_port_set(
	struct sd_nl *nl, const char *name, bool hairpin, bool isolated, struct sd_err *e);
/*
 * Nothing goes through it any more, and the bridge forgets what was behind it; at once, where to
 * delete the link would wait 10 to 30 ms for readers of the kernel's device lists.  1, or 0: it is
 * not there, or no port.
 */
int sd_nl_port_cut(struct sd_nl *nl, const char *name, struct sd_err *e);

/* ---- addresses and routes; of both families */

struct sd_nl_addr {
	int link;
	struct sd_addr addr; /* with the prefix of its subnet */
};
int sd_nl_addr_list(struct sd_nl *nl, struct sd_nl_addr **out, size_t *n, struct sd_err *e);
/* Usable at once: IPv6 is not probed for another holder.  EEXIST: it has it. */
int sd_nl_addr_add(struct sd_nl *nl, int link, const struct sd_addr *a, struct sd_err *e);
/* EADDRNOTAVAIL: it does not have it. */
int sd_nl_addr_del(struct sd_nl *nl, int link, const struct sd_addr *a, struct sd_err *e);

struct sd_nl_route {
	struct sd_addr dst;	/* a subnet; prefix 0: the default route */
	struct sd_addr gateway; /* family 0: none, dst is on the link */
	int link;
};
/* Those of the table main that lead somewhere: no local, broadcast, unreachable ones. */
int sd_nl_route_list(struct sd_nl *nl, struct sd_nl_route **out, size_t *n, struct sd_err *e);
/* EEXIST: there is one to that subnet. */
int sd_nl_route_add(struct sd_nl *nl, const struct sd_nl_route *r, struct sd_err *e);
/* ESRCH: there is none. */
int sd_nl_route_del(struct sd_nl *nl, const struct sd_nl_route *r, struct sd_err *e);

#endif
