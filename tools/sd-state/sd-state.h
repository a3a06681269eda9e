/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of sd-state, one file a group. */
#ifndef SD_STATE_H
#define SD_STATE_H

#include "json.h"
#include "tool.h"

extern const struct sd_opt state_new_opts[], state_get_opts[], state_set_opts[], state_ls_opts[],
	state_inspect_opts[], state_events_opts[], state_start_opts[];
extern const size_t state_new_size, state_get_size, state_set_size, state_ls_size,
	state_inspect_size, state_events_size, state_start_size;

int state_new(const struct sd_call *call, struct sd_err *e);
int state_get(const struct sd_call *call, struct sd_err *e);
int state_inspect(const struct sd_call *call, struct sd_err *e);
int state_events(const struct sd_call *call, struct sd_err *e);
int state_set(const struct sd_call *call, struct sd_err *e);
int state_ls(const struct sd_call *call, struct sd_err *e);
int state_start(const struct sd_call *call, struct sd_err *e);
int state_rm(const struct sd_call *call, struct sd_err *e);
int state_reap(const struct sd_call *call, struct sd_err *e);
int state_rename(const struct sd_call *call, struct sd_err *e);
int state_port(const struct sd_call *call, struct sd_err *e);

/*
 * rm.c: what can be read of a record, its id at least: enough for every inverse.  1, or -1 where
 * there is more and it cannot be read now.
 */
int state_load_broken(const char *id, struct sd_json **doc, struct sd_err *e);

/* name.c: the name that a user wishes for. */
int state_name_container(const char *name, const char *id, struct sd_err *e);
/* 1 taken, 0 another container has it. */
int state_take_name(const char *name, const char *id, struct sd_err *e);
/* Only a link that leads to this container: the name may have been taken again since. */
int state_free_name(int names, const char *name, const char *id, struct sd_err *e);

/* names.c: a made-up name, "adjective_noun"; the caller frees. */
char *state_random_name(void);

#endif
