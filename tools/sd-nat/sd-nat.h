/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-nat share. */
#ifndef SD_NAT_H
#define SD_NAT_H

#include <stdbool.h>
#include <stdint.h>
#include "address.h"
#include "json.h"
#include "str.h"
#include "tool.h"

enum { V4, V6, FAMILIES };
int family_of(const struct sd_addr *a);

/* iptables.c: the firewall as iptables-save tells it, and one iptables-restore to change it. */

struct firewall {
	struct sd_strv nat, filter; /* ":CHAIN ..." and "-A CHAIN ..." */
};
struct change {
	struct sd_buf nat, filter; /* lines for iptables-restore */
};
void firewall_free(struct firewall *f);
void change_free(struct change *c);
#define auto_firewall __attribute__((cleanup(firewall_free)))
#define auto_change   __attribute__((cleanup(change_free)))
int firewall_read(int family, struct firewall *f, struct sd_err *e);
int change_apply(int family, const struct change *c, struct sd_err *e); /* both tables' lines */
/* Changes are made one after the other: the descriptor returned holds the lock. */
int firewall_lock(struct sd_err *e);

/* chains.c: which rules there are. */

#define CHAIN_LEN 29 /* XT_EXTENSION_MAXNAMELEN: 28 and the NUL */

struct network {
	char chains[CHAIN_LEN]; /* so their names begin */
	const char *bridge;
	struct sd_strv subnets[FAMILIES];
	bool internal, closed, masquerade; /* closed: its containers do not reach each other */
};
void network_free(struct network *n);
#define auto_network __attribute__((cleanup(network_free)))

struct protocol {
	const char *name;
	int number, type; /* of socket(2) */
};
struct mapping {
	const struct protocol *protocol;
	struct sd_addr host; /* 0.0.0.0, ::, or one of the host's */
	int64_t host_port, port;
	bool direct; /* by a rule: the container has an address of that family */
	int fd;	     /* holds the port, or -1 */
};
struct publication {
	char chain[CHAIN_LEN];
	const char *of; /* the container's id: the comment of its rules */
	struct sd_addr to[FAMILIES];
	struct mapping *m;
	size_t n;
};
void publication_init(struct publication *p, const char *id);
struct mapping *publication_add(struct publication *p, const struct mapping *m);
void publication_free(struct publication *p);
#define auto_publication __attribute__((cleanup(publication_free)))
bool publication_in(const struct publication *p, int family); /* has it rules there? */

/* What all others hang from, as far as it is not there. */
void chains_base(int family, const struct firewall *f, struct change *c);
/* Made, or emptied, and filled.  `f`: what hangs there already; NULL: nothing of it does. */
void chains_network(
	int family, const struct network *n, const struct firewall *f, struct change *c);
void chains_publication(
	int family, const struct publication *p, const struct firewall *f, struct change *c);
bool chain_is_of_network(const char *chain, const struct network *n);
void chain_of_container(const char *id, char chain[CHAIN_LEN]);
void chain_by_hand(const char *address, char chain[CHAIN_LEN]);
/* Away with the chains that `goes` picks, and after the last of ours with the base. */
void chains_remove(const struct firewall *f, bool (*goes)(const char *chain, const void *arg),
	const void *arg, struct change *c);

/* network.c: a network's document, or one by hand. */
int network_read(const struct sd_json *doc, struct network *n, struct sd_err *e);

/* ports.c: want.ports and ports of a container's document. */

struct target {
	struct sd_addr to[FAMILIES]; /* family 0: no address */
	struct sd_addr binding;	     /* where a port goes that names no address of the host */
};
/* The container's addresses on its first network that can be reached from outside. */
int target_find(const struct sd_json *doc, struct target *t, struct sd_err *e);
const struct protocol *protocol_find(const char *name);
bool ports_wished(const struct sd_json *doc);
/* Each of the member `list` bound: that fails where one is taken. */
int ports_bind(const struct sd_json *root, const char *list, const struct target *t,
	struct publication *p, struct sd_err *e);
int ports_bind_exposed(
	const struct sd_json *doc, const struct target *t, struct publication *p, struct sd_err *e);
int ports_facts(const struct sd_json *doc, struct publication *p, struct sd_err *e);
void ports_set_facts(struct sd_json *doc, const struct publication *p);

/* hold.c: sockets that hold the ports. */
int hold_bind(struct mapping *m, int64_t port); /* -1 with errno */
int hold_give(const char *id, const struct publication *p, struct sd_err *e);

/* taken.c */
char *taken_by(const struct mapping *m, int64_t port); /* who has it, or NULL; the caller frees */

/* conntrack.c: flows that began before the rules were there. */
void conntrack_forget(const struct publication *p);

/*
 * sync.c: all rules from the records.  `also`: with what is published of one whose record does not
 * say so yet, and nothing is taken away.
 */
int sync_all(const struct publication *also, struct sd_err *e);

/* The verbs. */
int verb_masquerade(const struct sd_call *call, struct sd_err *e);
int verb_unmasquerade(const struct sd_call *call, struct sd_err *e);
int verb_publish(const struct sd_call *call, struct sd_err *e);
int verb_unpublish(const struct sd_call *call, struct sd_err *e);
int verb_sync(const struct sd_call *call, struct sd_err *e);
int verb_ls(const struct sd_call *call, struct sd_err *e);
int verb_relay(const struct sd_call *call, struct sd_err *e);
extern const struct sd_opt masquerade_opts[], unmasquerade_opts[], publish_opts[], unpublish_opts[],
	relay_opts[];
extern const size_t masquerade_size, unmasquerade_size, publish_size, unpublish_size, relay_size;

#endif
