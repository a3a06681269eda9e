/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-network share. */
#ifndef SD_NETWORK_TOOL_H
#define SD_NETWORK_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include "filter.h"
#include "json.h"
#include "network.h"
#include "network_options.h"
#include "str.h"
#include "tool.h"

/* networks.c: the networks that there are, and who uses them. */

struct member { /* a container that runs, or is about to */
	char *id, *name;
	struct sd_json *fact; /* its entry of the document's `networks`, or NULL */
};
struct network {
	char *name;
	struct sd_json *doc; /* NULL: it cannot be read, see why */
	char *why;
	struct member *members;
	size_t n;
};
struct networks {
	struct network *v; /* by name; with those that are always there */
	size_t n;
	bool unknown; /* a container's record cannot be read: it may use any of them */
};
int networks_load(struct networks *l, struct sd_err *e);
int networks_ask_members(struct networks *l, struct sd_err *e);
void networks_free(struct networks *l);
#define auto_networks __attribute__((cleanup(networks_free)))

/* By its name, its id, or a beginning of that; fails as sd_network_find. */
int networks_find(
	const struct networks *l, const char *who, struct network **out, struct sd_err *e);

/* "web, db" */
char *network_member_names(const struct network *n);

/* predefined.c: bridge, host and none. */
extern const char *const predefined_names[]; /* NULL at the end */
bool predefined(const char *name);
struct sd_json *predefined_document(const char *name);

/* plugin.c: docker's words become the network's first plugin. */

/* A document: `id` and `created` are the caller's to change. */
struct sd_json *network_document(const char *name, const char *id, const char *driver);
int plugin_options(struct sd_json *doc, const struct sd_network_options *a, struct sd_err *e);
/* addresses.c */
int plugin_addresses(struct sd_json *doc, const struct sd_network_options *a, struct sd_err *e);

/* filter.c */
extern const struct sd_filter filters[];
int filters_resolve(struct sd_strv *given, struct sd_err *e);
bool filters_need_members(const struct sd_strv *given);

/* The verbs. */
int verb_new(const struct sd_call *call, struct sd_err *e);
int verb_get(const struct sd_call *call, struct sd_err *e);
int verb_provide(const struct sd_call *call, struct sd_err *e);
int verb_add(const struct sd_call *call, struct sd_err *e);
int verb_up(const struct sd_call *call, struct sd_err *e);
int verb_down(const struct sd_call *call, struct sd_err *e);
int verb_rm(const struct sd_call *call, struct sd_err *e);
int verb_ls(const struct sd_call *call, struct sd_err *e);
int verb_inspect(const struct sd_call *call, struct sd_err *e);
extern const struct sd_opt new_opts[], get_opts[], up_opts[], ls_opts[], inspect_opts[];
extern const size_t new_size, get_size, up_size, ls_size, inspect_size;

#endif
