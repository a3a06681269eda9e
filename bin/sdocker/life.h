/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_LIFE_H
#define SD_LIFE_H

#include "plan.h"
#include "tool.h"

/* The life of a container as one table: see life.c. */
extern const struct step life[];

/* A container that is made (run, create) or made to run (start). */
struct birth {
	unsigned when;
	struct vars vars;
	bool left_out[3];    /* standard streams of the caller that the foreground does not get */
	const char *provide; /* an image that must be got into the store first, or NULL */
};

/* Run or print it; the exit code. */
int birth_run(const struct birth *b, struct sd_err *e);
int birth_explain(const struct birth *b, struct sd_err *e);

/* What is undone at a container's end. */
void end_build(struct pipeline *p, bool remove, const struct vars *v);

/* Undo what earlier commands that were killed have left. */
int reap_leftovers(struct sd_err *e);

#define EXPLAIN_HELP "print the shell pipeline that this is, and do nothing"

/* Take the first exact word "--explain" out of the options; true if it was there. */
bool take_explain(const struct sd_call *call, struct sd_strv *rest);

extern const struct sd_opt run_opts[], start_opts[], rm_opts[], attach_opts[], cleanup_opts[],
	commit_opts[], cp_opts[], diff_opts[], top_opts[], stats_opts[], df_opts[], exec_opts[],
	inspect_opts[];
extern const size_t run_size, start_size, rm_size, attach_size, cleanup_size, commit_size, cp_size,
	diff_size, top_size, stats_size, df_size, exec_size, inspect_size;
int verb_run(const struct sd_call *call, struct sd_err *e);
int verb_create(const struct sd_call *call, struct sd_err *e);
int verb_start(const struct sd_call *call, struct sd_err *e);
int verb_rm(const struct sd_call *call, struct sd_err *e);
void run_init(void *args);
void start_init(void *args);
void attach_init(void *args);
/* The options of sd-monitor wait. */
void attach_words(struct sd_strv *words, const char *detach_keys, bool no_stdin, bool sig_proxy);
int verb_attach(const struct sd_call *call, struct sd_err *e);
int verb_cleanup(const struct sd_call *call, struct sd_err *e);
void commit_init(void *args);
int verb_commit(const struct sd_call *call, struct sd_err *e);
int verb_cp(const struct sd_call *call, struct sd_err *e);
int verb_diff(const struct sd_call *call, struct sd_err *e);
int verb_stats(const struct sd_call *call, struct sd_err *e);
int verb_top(const struct sd_call *call, struct sd_err *e);
int verb_df(const struct sd_call *call, struct sd_err *e);
int verb_exec(const struct sd_call *call, struct sd_err *e);
int verb_inspect(const struct sd_call *call, struct sd_err *e);
int verb_info(const struct sd_call *call, struct sd_err *e);

#endif
