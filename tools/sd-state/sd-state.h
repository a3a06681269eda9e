/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of sd-state, one file a group. */
#ifndef SD_STATE_H
#define SD_STATE_H

#include "json.h"
#include "tool.h"

extern const struct sd_verb new_verb, get_verb, inspect_verb, set_verb, ls_verb, start_verb,
	rm_verb, rename_verb, port_verb, events_verb, reap_verb;

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
