/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-names share. */
#ifndef SD_NAMES_TOOL_H
#define SD_NAMES_TOOL_H

#include <stdbool.h>
#include "json.h"
#include "str.h"
#include "tool.h"

/*
 * members.c: who is in a network, RUN/names/NETWORK.json:
 *
 *	{"bootId": "...", "members": [
 *	 {"id": "3f2a...", "pid": 812, "startTime": 90211, "hostname": ["web.lan", "web"],
 *	  "addresses": ["10.88.0.2"], "names": ["web", "3f2a91c07b4e"]}]}
 */
struct network {
	const char *name; /* borrowed */
	int lock;
	struct sd_json *members;
	bool changed;
};

/* Locked until it is closed. */
int network_open(struct network *n, const char *name, struct sd_err *e);
void network_drop_dead(struct network *n);
/* As it was last written, the dead included; an empty array where there is none. */
struct sd_json *network_load(const char *name, struct sd_err *e);
bool member_lives(const struct sd_json *member);
bool members_have(const struct sd_json *members, const char *id);
void network_add(struct network *n, struct sd_json *member); /* in place of one of that id */
void network_remove(struct network *n, const char *id);
int network_save(struct network *n, struct sd_err *e);
void network_close(struct network *n);
#define auto_network __attribute__((cleanup(network_close)))

/* The names of all networks that have members; leftovers of killed writers are removed. */
int networks_list(struct sd_strv *names, struct sd_err *e);

/* Held by the descriptor returned: one lock for each pair of kind and name. */
int names_lock(const char *kind, const char *name, struct sd_err *e);

/* hosts.c: /etc/hosts of a container, changed under its eyes. */

/*
 * Of the lines that end with the comment "# MARK", make them be these; all others stay.  A
 * container without the file has nothing to change.
 */
#define HOSTS_WISHED "--add-host"
int hosts_update(const char *id, const char *mark, const struct sd_strv *lines, struct sd_err *e);
/* "ADDRESS\tNAME NAME\t# MARK" for each address, and more lines where one would be too long. */
void hosts_lines(struct sd_strv *lines, const struct sd_json *addresses,
	const struct sd_strv *names, const char *mark);

/* sync.c: the files of all members, or of `only` that one, which may have left. */
int network_sync(const struct network *net, const char *only, struct sd_err *e);
/* Without those that died, to all that live. */
int network_tell(const char *name, struct sd_err *e);

/* wish.c: what a document says, checked. */

/* As a member of each network: an array of {network, member}. */
struct sd_json *wish_members(const struct sd_json *doc, struct sd_err *e);
/* --add-host: lines of hosts. */
int wish_hosts(const struct sd_json *doc, struct sd_strv *lines, struct sd_err *e);

/* resolv.c: /etc/resolv.conf of a container. */
int resolv_write(const struct sd_json *doc, const char *id, struct sd_err *e);

/* BUNDLE/etc/NAME of the store's container, open for reading and writing; -1 with ENOENT. */
int bundle_open(const char *id, const char *name, struct sd_err *e);

/* The verbs. */
int verb_join(const struct sd_call *call, struct sd_err *e);
int verb_leave(const struct sd_call *call, struct sd_err *e);
int verb_ls(const struct sd_call *call, struct sd_err *e);
int verb_sync(const struct sd_call *call, struct sd_err *e);
extern const struct sd_opt leave_opts[];
extern const size_t leave_size;

#endif
