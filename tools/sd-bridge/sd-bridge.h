/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-bridge share. */
#ifndef SD_BRIDGE_TOOL_H
#define SD_BRIDGE_TOOL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include "address.h"
#include "cni.h"
#include "err.h"
#include "json.h"
#include "netlink.h"
#include "tool.h"

/* plan.c: what is asked for */

/* The members of a plugin's configuration, as CNI's reference plugin "bridge" names them. */
struct plan {
	const char *bridge;
	unsigned mtu; /* 0: the kernel's */
	bool gateway; /* the bridge has the networks' gateway addresses */
	bool default_route, hairpin, isolated, masquerade, force_address, promiscuous;
	bool internal;		  /* nothing is forwarded in or out */
	unsigned group;		  /* of the links to its containers */
	struct sd_addr *gateways; /* with the prefixes of their subnets */
	size_t n;
};
int plan_of(const struct sd_json *plugin, struct plan *p, struct sd_err *e);
/* One more gateway address, where it is not there yet. */
void plan_add_gateway(struct plan *p, const struct sd_addr *a);
void plan_free(struct plan *p);
#define auto_plan __attribute__((cleanup(plan_free)))

/* One end of a veth in a container, the other a port of the bridge. */
struct endpoint {
	char link[IF_NAMESIZE]; /* the host's end */
	const char *interface;	/* the container's: "eth0" */
	unsigned char mac[SD_MAC_LEN], link_mac[SD_MAC_LEN];
	bool has_mac; /* one that was wished */
	struct ip {
		struct sd_addr address, gateway; /* gateway.family 0: none */
	} * ips;
	size_t n_ips;
	struct sd_nl_route *routes; /* `link` is not set */
	size_t n_routes;
};
/* Of CNI's IPAM result: its ips and routes. */
int endpoint_read(
	struct endpoint *p, const struct sd_json *ipam, const char *what, struct sd_err *e);
void endpoint_free(struct endpoint *p);
#define auto_endpoint __attribute__((cleanup(endpoint_free)))

/* A default route of each family by the gateway of its first address. */
void endpoint_add_default(struct endpoint *p);
/* The name of a host's end follows from the container's id and the interface's name. */
void endpoint_link(char link[IF_NAMESIZE], const char *id, const char *interface);
/* A number for a network's name, which is not 0. */
unsigned group_of(const char *network);
int mac_parse(const char *text, const char *what, unsigned char mac[SD_MAC_LEN], struct sd_err *e);
const char *mac_text(const unsigned char mac[SD_MAC_LEN], char buf[18]);
/* As docker makes it: the same address, the same MAC, so that caches of neighbours stay true. */
void mac_of_address(const struct sd_addr *a, unsigned char mac[SD_MAC_LEN]);

/* bridge.c */

/* The bridge, made where it is missing.  *made (or NULL): it was. */
int bridge_provide(
	struct sd_nl *nl, const struct plan *p, struct sd_link *out, bool *made, struct sd_err *e);
/* It has this address from now on, and with forceAddress no other of its family. */
int bridge_add_address(struct sd_nl *nl, const struct plan *p, const struct sd_link *bridge,
	const struct sd_addr *a, struct sd_err *e);
/* With the links to containers that are left. */
int bridge_remove(struct sd_nl *nl, const char *name, struct sd_err *e);

/* endpoint.c */

/* A container's network namespace, and a socket in it and in the host's. */
struct place {
	int netns;
	struct sd_nl here, there;
};
int place_open(struct place *at, int netns, struct sd_err *e); /* owns netns */
void place_close(struct place *at);
#define auto_place __attribute__((cleanup(place_close)))
#define PLACE_NONE                                                                                 \
	{                                                                                          \
		.netns = -1                                                                        \
	}

/* All but default routes.  On failure nothing is left.  p->mac and p->link_mac are set. */
int endpoint_make(struct place *at, const struct plan *plan, const struct sd_link *bridge,
	struct endpoint *p, struct sd_err *e);
/* Is there a link of that name in the container already? */
int endpoint_check_free(struct place *at, const char *interface, struct sd_err *e);
/* What was made; the first error of the caller's is the one to tell. */
void endpoint_undo(struct place *at, const struct endpoint *p);
/* Its default routes. */
int endpoint_lead(struct place *at, const struct endpoint *p, struct sd_err *e);
/* CNI's result of the type ADD. */
struct sd_json *endpoint_result(const struct sd_link *bridge, const struct endpoint *p,
	const char *sandbox, const struct sd_json *ipam);

/* leader.c: of all networks of a container one leads out */

/* Of each family; gateway.family 0: none does. */
struct leaders {
	struct leader {
		char interface[IF_NAMESIZE];
		struct sd_addr gateway;
	} of[2];
};
/* By the document's networks[]. */
int leaders_find(struct leaders *l, const struct sd_json *doc, struct sd_err *e);
/* The default routes of the container, as they were and as they are to be. */
int leaders_change(struct place *at, const struct leaders *before, const struct leaders *after,
	struct sd_err *e);

/* container.c: the members of a document that connect and disconnect read */

/* The namespace of its process, or -1. */
int container_netns(const struct sd_json *doc, struct sd_err *e);
bool container_lives(const struct sd_json *doc);
/* Its fact about a network, with its place in networks[]; NULL: it is not connected. */
struct sd_json *container_fact(const struct sd_json *doc, const char *network, size_t *place);

/* hand.c */
struct connect_args {
	struct sd_strv addresses, gateways;
	const char *netns, *interface, *mac;
	bool hairpin, isolated;
};
int hand_connect(const struct connect_args *a, const char *bridge, struct sd_err *e);
int hand_disconnect(const char *netns, const char *interface, struct sd_err *e);

/* sysctl.c: all by netlink that netlink can; these it cannot. */

int sysctl_bridge(const struct plan *p, struct sd_err *e);
int sysctl_forward(int family, struct sd_err *e);
int sysctl_endpoint(int netns, const char *interface, bool ipv6, struct sd_err *e);

/* plugin.c: ADD, DEL, GC, STATUS; check.c: CHECK; masquerade.c: what sd-nat is to do for it */

extern const struct sd_cni_plugin cni_plugin;
/* Run its IPAM plugin with a command; *result (or NULL) is what that printed. */
int plugin_ipam(const struct sd_cni_call *call, const char *command, struct sd_json **result,
	struct sd_err *e);
int plugin_check(const struct sd_cni_call *call, struct sd_err *e);
int masquerade_on(const char *bridge, const struct endpoint *p, struct sd_err *e);
int masquerade_off(const char *bridge, struct sd_err *e);

/* The verbs. */
int verb_create(const struct sd_call *call, struct sd_err *e);
int verb_rm(const struct sd_call *call, struct sd_err *e);
int verb_connect(const struct sd_call *call, struct sd_err *e);
int verb_disconnect(const struct sd_call *call, struct sd_err *e);
extern const struct sd_opt create_opts[], connect_opts[], disconnect_opts[];
extern const size_t create_size, connect_size, disconnect_size;

#endif
