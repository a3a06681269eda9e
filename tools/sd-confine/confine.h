/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-confine share: the plan, and the steps that carry it out. */
#ifndef SD_CONFINE_H
#define SD_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include "chain.h"
#include "err.h"
#include "json.h"
#include "str.h"
#include "tool.h"
#include "userdb.h"

/* The five sets of capabilities(7); bit n is capability n. */
struct caps {
	uint64_t bounding, permitted, effective, inheritable, ambient;
};

struct limit {
	int resource;
	const char *name; /* "RLIMIT_NOFILE" */
	struct rlimit value;
};

/* config.process.scheduler, sched_setattr(2); a policy of -1 means not asked for. */
struct schedule {
	int policy;
	int64_t nice, priority, runtime, deadline, period;
	uint64_t flags;
};

struct filter {
	struct sd_buf code;  /* an array of struct sock_filter; empty: unconfined */
	unsigned long flags; /* SECCOMP_FILTER_FLAG_* */
};

/* All that was asked for, from the document or the options, before anything is changed. */
struct plan {
	struct sd_json *doc; /* NULL by hand; strings below are borrowed from it or from argv */
	struct sd_chain chain;
	bool terminal;

	char **argv;
	size_t payload; /* index in argv of the program proper: 2 behind "/dev/init --" */
	struct sd_strv env;
	bool add_home;
	const char *cwd; /* NULL: stay */

	const char *user;	      /* to be looked up in the image; NULL: `id` holds numbers */
	const char **groups;	      /* additional ones, names or numbers; NULL-terminated */
	struct sd_groups more_groups; /* additional ones, numbers */
	bool set_id;
	struct sd_user id;

	bool set_caps;
	bool caps_by_user; /* docker's rule: a user other than root gets the bounding set alone */
	struct caps caps;
	bool no_new_privs;
	struct filter filter;

	struct limit *limits;
	size_t n_limits;
	struct schedule schedule;
	int io_priority; /* ioprio_set(2)'s value, -1: leave it */
	int umask;	 /* -1: leave it */
	int personality; /* PER_*, -1: leave it */
	bool set_oom;
	int64_t oom_score_adj;

	int *keep; /* descriptors that the program gets beside 0, 1, 2 */
	size_t n_keep;
};

void plan_free(struct plan *p);
#define auto_plan __attribute__((cleanup(plan_free)))

/* Options of hand use: options.c. */
struct options {
	const char *user, *seccomp, *umask, *cwd;
	struct sd_strv groups, cap_add, cap_drop, caps, rlimits, env, keep;
	bool no_new_privs;
	const char *oom_score_adj, *state_fd;
};

extern const struct sd_opt confine_options[];
int state_fd_of(const struct options *o, int *fd, struct sd_err *e);
int plan_from_options(struct plan *p, const struct options *o, char **argv, struct sd_err *e);
/* What is allowed beside a document: --keep-fd, --state-fd. */
int refuse_options(const struct options *o, char **argv, struct sd_err *e);
int plan_keep(struct plan *p, const struct options *o, struct sd_err *e);

/* document.c */
int plan_from_document(struct plan *p, struct sd_err *e);

/* caps.c */
int cap_parse(const char *name, const char *what, uint64_t *mask, struct sd_err *e);
const char *cap_name(int cap, char buf[16]);
uint64_t caps_bounding_now(void);
int caps_now(struct caps *c, struct sd_err *e);
int caps_drop_bounding(const struct caps *c, struct sd_err *e);
/* Permitted keeps what it has of `extra` beside what the plan grants; effective does not. */
int caps_apply(const struct caps *c, uint64_t extra, struct sd_err *e);
int caps_raise(uint64_t mask, struct sd_err *e);

/* identity.c */
int identity_resolve(struct plan *p, struct sd_err *e);
int identity_own_stdio(const struct plan *p, struct sd_err *e);
int identity_switch(const struct plan *p, struct sd_err *e);

/* limits.c */
int limit_parse(
	const char *type, const char *what, int *resource, const char **name, struct sd_err *e);
int limits_add(struct plan *p, const char *type, rlim_t soft, rlim_t hard, const char *what,
	struct sd_err *e);
int limits_raise(const struct plan *p, struct sd_err *e);
int limits_lower(const struct plan *p, struct sd_err *e);

/* sched.c */
int schedule_read(struct plan *p, struct sd_err *e);
int schedule_apply(const struct plan *p, struct sd_err *e);
int oom_apply(const struct plan *p, struct sd_err *e);

/* filter.c: the compiled filter on its way into the kernel. */
int filter_from_plan(struct plan *p, struct sd_err *e);
int filter_named(const char *which, uint64_t caps, struct filter *f, struct sd_err *e);
int filter_load(const struct filter *f, struct sd_err *e);
int filter_flags(const struct sd_json *oci, unsigned long *flags, struct sd_err *e);

/* compile.c: OCI's linux.seccomp -> an array of struct sock_filter; `where` names it in errors. */
int compile_filter(
	const struct sd_json *oci, const char *where, struct sd_buf *code, struct sd_err *e);

/* profile.c: which profile a document means, the cache of compiled ones, the verb `compile`. */
enum profile { PROFILE_NONE, PROFILE_DEFAULT, PROFILE_CUSTOM };
int profile_wanted(const struct sd_json *doc, enum profile *which, struct sd_err *e);
/* The shipped profile (path NULL) or a file, for a process with these capabilities. */
int profile_resolve(const char *path, uint64_t caps, struct sd_json **oci, struct sd_err *e);
int confine_compile(const struct sd_call *call, struct sd_err *e);

/* launch.c */
int launch_check(const struct plan *p, char **file, struct sd_err *e);
int launch_chdir(const struct plan *p, bool last, struct sd_err *e);
int launch_close(const struct plan *p, struct sd_err *e);
int launch_go(const struct plan *p, const char *file, struct sd_err *e);

/* sha256.c */
void sha256_hex(const void *data, size_t len, char hex[65]);

#endif
