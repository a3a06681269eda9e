/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network - the store of networks: ROOT/networks/NAME.conflist, a CNI network configuration list
 * (CNI specification 1.1, section 1) that any CNI runtime could use as it is.
 *
 *	{"cniVersion": "1.1.0", "name": "testbridge",
 *	 "plugins": [
 *	  {"type": "sd-bridge", "bridge": "sd-3f2a91c07b4e", "isGateway": true, "ipMasq": true,
 *	   "hairpinMode": true, "mtu": 1500,
 *	   "ipam": {"type": "sd-ipam",
 *		    "ranges": [[{"subnet": "10.88.0.0/16", "gateway": "10.88.0.1"}]],
 *		    "routes": [{"dst": "0.0.0.0/0"}]}}],
 *	 "sdocker": {"id": "3f2a...", "created": "2026-...", "driver": "bridge",
 *		     "internal": false, "ipv6": false, "labels": {}, "options": {}}}
 *
 * `sdocker` is what CNI has no word for.  The list of a pipeline about one network, and what is
 * stored, are the same document: sd-network(1).
 *
 * A network is up once its bridge and rules have been made since the boot; RUN/networks/NAME, which
 * holds the boot id, says so.
 */
#ifndef SD_NETWORK_H
#define SD_NETWORK_H

#include <stdbool.h>
#include "err.h"
#include "json.h"
#include "str.h"

/* The network that is made on first use. */
#define SD_NETWORK_DEFAULT "bridge"
/* The type of the plugin that is our own. */
#define SD_NETWORK_BRIDGE "sd-bridge"

/* A file name, as of a container's name, with room for ".conflist". */
bool sd_network_name_valid(const char *name);

/* Its document: 1 found, 0 no such network, -1 broken.  `name` as it is, no id. */
int sd_network_load(const char *name, struct sd_json **doc, struct sd_err *e);

/*
 * The name for a name, an id, or a unique beginning of one.  -1: "no such network: X"
 * (e->errnum ENOENT) or an ambiguous beginning.
 */
int sd_network_find(const char *who, char **name, struct sd_err *e);

/* The names of all networks, in no order. */
int sd_network_list(struct sd_strv *names, struct sd_err *e);

/*
 * Store it, under the lock, and end the claim of its subnets (sd-ipam).  EEXIST: there is one of
 * that name.
 */
int sd_network_add(int networks, const char *name, const struct sd_json *doc, struct sd_err *e);
/* Remove it, with its note that it is up; what is not there is no error. */
int sd_network_remove(int networks, const char *name, struct sd_err *e);

/* ROOT/networks, made where it is missing, opened and locked: LOCK_SH or LOCK_EX (flock(2)). */
int sd_networks_open(int how, struct sd_err *e);

/*
 * The document of a pipeline about one network, checked: its name, its first plugin and its id.
 * As sd_doc_read (doc.h): an empty stream fails silently.  sd_doc_write passes it on.
 */
int sd_network_read(int fd, struct sd_json **doc, struct sd_err *e);

/* Strings of a document that was read or loaded: never NULL. */
const char *sd_network_name(const struct sd_json *doc);
const char *sd_network_id(const struct sd_json *doc);

/* Its first plugin, which makes the interface; borrowed, NULL where there is none. */
struct sd_json *sd_network_plugin(const struct sd_json *doc);
bool sd_network_is_bridge(const struct sd_json *doc);

/*
 * The name of a container's next interface, at most 15 bytes: the lowest "ethN" that none of the
 * networks[] of its document has.
 */
void sd_network_interface(const struct sd_json *container, char name[16]);
/* What happened between a container and a network: "connect", "disconnect" (event.h). */
void sd_network_event(const struct sd_json *container, const char *network, const char *action);

bool sd_network_is_up(const char *name);
int sd_network_set_up(const char *name, struct sd_err *e);
int sd_network_set_down(const char *name, struct sd_err *e); /* not up any more, or never was */

#endif
