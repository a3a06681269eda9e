/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_LIFE_H
#define SD_LIFE_H

#include "needs.h"
#include "plan.h"
#include "tool.h"

/* The life of a container as one table: see life.c. */
extern const struct step life[];

/* network.c: the life of a network. */
extern const struct step network_life[];

/* A container that is made (run, create) or made to run (start). */
struct birth {
	unsigned when;
	struct vars vars;
	bool left_out[3];    /* standard streams of the caller that the foreground does not get */
	const char *provide; /* an image that must be got into the store first, or NULL */
	struct sd_strv networks; /* those that must be made first */
};

/* Run or print it; the exit code. */
int birth_run(const struct birth *b, struct sd_err *e);
int birth_explain(const struct birth *b, struct sd_err *e);

/* What is undone at a container's end. */
void end_build(struct pipeline *p, bool remove, const struct vars *v);

/* What removes a network; where `quiet`, one that is used is passed over. */
void network_removal(struct pipeline *p, const char *name, bool quiet);

/* Undo what earlier commands that were killed have left. */
int reap_leftovers(struct sd_err *e);

#define EXPLAIN_HELP "print the shell pipeline that this is, and do nothing"

/* Take the first exact word "--explain" out of the options; true if it was there. */
bool take_explain(const struct sd_call *call, struct sd_strv *rest);

/* The options of sd-monitor wait. */
void attach_words(struct sd_strv *words, const char *detach_keys, bool no_stdin, bool sig_proxy);

#endif
