/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_wish - what --network says of one network, in docker's and podman's words:
 *
 *	none, host, container:NAME, ns:PATH	the network namespace
 *	NAME or id				a network; "default" is "bridge"
 *	name=NAME,alias=A,ip=...,ip6=...,mac-address=...
 *	NAME:alias=A,ip=...,ip6=...,mac=...
 *
 * The words alone are looked at: whether there is such a network is asked by who uses it.
 */
#ifndef SD_NETWORK_WISH_H
#define SD_NETWORK_WISH_H

#include "err.h"
#include "json.h"
#include "str.h"

enum sd_network_kind {
	SD_NETWORK_NAMED,
	SD_NETWORK_NONE,      /* a namespace with a loopback interface alone */
	SD_NETWORK_HOST,      /* the host's namespace */
	SD_NETWORK_CONTAINER, /* another container's */
	SD_NETWORK_PATH,      /* the one that a file of /proc/PID/ns or a mount of it stands for */
};

struct sd_network_wish {
	enum sd_network_kind kind;
	char *name;	      /* the network, the container or the path; else NULL */
	char *ip, *ip6, *mac; /* checked; NULL: any */
	struct sd_strv aliases;
};

int sd_network_wish_parse(const char *text, struct sd_network_wish *w, struct sd_err *e);
void sd_network_wish_free(struct sd_network_wish *w);
#define sd_auto_network_wish __attribute__((cleanup(sd_network_wish_free)))

/*
 * Its parts, as options of their own have them too: `option` stands in the error, -1.  What is
 * there already is kept, and is an error where it is another.
 */
int sd_network_wish_ip(struct sd_network_wish *w, const char *option, const char *text, int family,
	struct sd_err *e);
int sd_network_wish_mac(
	struct sd_network_wish *w, const char *option, const char *text, struct sd_err *e);
int sd_network_wish_alias(
	struct sd_network_wish *w, const char *option, const char *text, struct sd_err *e);

/* As an entry of the document's want.networks: sd-state(5). */
struct sd_json *sd_network_wish_json(const struct sd_network_wish *w);

#endif
