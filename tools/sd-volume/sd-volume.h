/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-volume share. */
#ifndef SD_VOLUME_TOOL_H
#define SD_VOLUME_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include "json.h"
#include "str.h"
#include "tool.h"
#include "volume.h"

/* store.c */

struct volume {
	char *name;
	char *created;	       /* RFC 3339 */
	struct sd_json *facts; /* volume.json; NULL: a start made it, or it is unreadable */
	bool unreadable;       /* so its labels are not known */
	size_t users;	       /* containers that mount it */
};
struct volumes {
	struct volume *v; /* by name */
	size_t n;
	bool unknown; /* a container's record cannot be read: it may use any of them */
};
void volumes_free(struct volumes *l);
#define auto_volumes __attribute__((cleanup(volumes_free)))

/* `without` (or NULL): ids of containers that are not counted. */
int volumes_load(int dir, const struct sd_strv *without, struct volumes *out, struct sd_err *e);
struct volume *volumes_find(const struct volumes *l, const char *name);
bool volume_anonymous(const struct volume *v);
const struct sd_json *volume_labels(const struct volume *v); /* or NULL */

/* Around each change: the directory, locked for this process alone, and what is left swept. */
int volumes_begin(struct sd_err *e);
int volumes_end(int dir, struct sd_err *e);
int volume_create(int dir, const char *name, const struct sd_json *labels, struct sd_err *e);
/* Out of its place; volumes_end removes it. */
int volume_take(int dir, const char *name, struct sd_err *e);

/* The verbs. */
int verb_create(const struct sd_call *call, struct sd_err *e);
int verb_ls(const struct sd_call *call, struct sd_err *e);
int verb_inspect(const struct sd_call *call, struct sd_err *e);
int verb_rm(const struct sd_call *call, struct sd_err *e);
int verb_prune(const struct sd_call *call, struct sd_err *e);
int verb_df(const struct sd_call *call, struct sd_err *e);
extern const struct sd_opt create_opts[], ls_opts[], inspect_opts[], rm_opts[], prune_opts[],
	df_opts[];
extern const size_t create_size, ls_size, inspect_size, rm_size, prune_size, df_size;

#endif
