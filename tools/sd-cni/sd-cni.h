/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-cni share. */
#ifndef SD_CNI_TOOL_H
#define SD_CNI_TOOL_H

#include <stdbool.h>
#include "cni.h"
#include "json.h"
#include "str.h"
#include "tool.h"

/* One container in one network. */
struct attachment {
	const char *id, *netns, *interface; /* netns NULL: it is gone */
	const struct sd_json *list;	    /* the network's configuration list */
	const struct sd_json *wish;	    /* {ips, mac, aliases}, or NULL */
	const struct sd_json *ports;	    /* want.ports, or NULL */
};

/* chain.c: the plugins of a list, one after the other */

/* On failure what was made is deleted.  *result is the last one's, the caller's. */
int chain_add(const struct attachment *a, struct sd_json **result, struct sd_err *e);
/* From the last to the first, whatever becomes of one; the first error is told. */
int chain_del(const struct attachment *a, const struct sd_json *result, struct sd_err *e);
int chain_check(const struct attachment *a, const struct sd_json *result, struct sd_err *e);
int chain_status(const struct sd_json *list, struct sd_err *e);
/* `valid`: an array of {containerID, ifname}; all others' leftovers go. */
int chain_gc(const struct sd_json *list, const struct sd_json *valid, struct sd_err *e);

/* conf.c: what one plugin of a list is given */

struct sd_json *conf_of(const struct attachment *a, const struct sd_json *plugin,
	const char *version, const struct sd_json *prev);
/* CNI_ARGS, for plugins of before runtimeConfig; malloc'ed. */
char *conf_args(const struct attachment *a);
/* Of a file: a list, or one plugin's configuration, which becomes a list. */
struct sd_json *conf_read(const char *path, struct sd_err *e);
/* Did the plugins do what was wished? */
int conf_verify(const struct attachment *a, const struct sd_json *result, struct sd_err *e);

/*
 * cache.c: ROOT/containers/ID/cni.json, an array of {name, interface, pid, startTime, list,
 * result}; an entry without result is of an ADD that was cut short.
 */
struct sd_json *cache_load(const char *id, struct sd_err *e);
int cache_save(const char *id, const struct sd_json *cache, struct sd_err *e);
/* The process whose namespace an entry is about lives: its path, malloc'ed, else NULL. */
char *cache_netns(const struct sd_json *entry);

/* hand.c: without a document */

struct hand_args {
	const char *netns, *conf, *interface, *id, *mac, *result;
	struct sd_strv addresses;
};
int hand_add(const struct hand_args *a, struct sd_err *e);
int hand_del(const struct hand_args *a, struct sd_err *e);
int hand_check(const struct hand_args *a, struct sd_err *e);

/* The verbs. */
int verb_add(const struct sd_call *call, struct sd_err *e);
int verb_del(const struct sd_call *call, struct sd_err *e);
int verb_check(const struct sd_call *call, struct sd_err *e);
int verb_gc(const struct sd_call *call, struct sd_err *e);
int verb_status(const struct sd_call *call, struct sd_err *e);
extern const struct sd_opt add_opts[], del_opts[], check_opts[];
extern const size_t add_size, del_size, check_size;

#endif
