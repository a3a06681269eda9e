/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wish - what sd-nsenter is to enter, whether options or a container's document asked for it.
 *
 *	options.c	the option table
 *	target.c	whose namespaces: a process that is checked, and held by a pidfd
 *	enter.c		opening all of it, then entering
 */
#ifndef SD_NSENTER_WISH_H
#define SD_NSENTER_WISH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "err.h"
#include "json.h"
#include "ns.h"
#include "tool.h"

struct wish {
	int64_t target;		       /* pid; 0: none */
	bool all;		       /* all namespaces of the target that are not ours */
	unsigned flags;		       /* CLONE_NEW* of the target's namespaces */
	const char *file[SD_NS_COUNT]; /* namespaces by their files */
	bool root, wd, env;	       /* the target's own */
	const char *root_dir, *wd_dir; /* as seen before entering */
	const char *wdns;	       /* as seen after entering */
	const char **new_env;	       /* NULL-terminated; NULL: env or the caller's stays */
	bool preserve;
	int64_t uid, gid; /* -1 */
	bool no_fork;
};

/* options.c */
struct args {
	struct wish wish;
	const char *container;
	int64_t state_fd;
};
extern const struct sd_opt nsenter_options[];
void options_init(void *args);

/* target.c */
/* The process of a container's document: alive, and the same that was started.  A pidfd, or -1. */
int target_of_document(const struct sd_json *doc, struct wish *w, struct sd_err *e);
/* Where no namespace was named: all of them, root, directory and environment of the container. */
int wish_whole_container(const struct sd_json *doc, bool chained, struct wish *w, struct sd_err *e);
/* A pidfd of --target; -1. */
int target_of_options(const struct wish *w, struct sd_err *e);
/* Fails where the target has ended: what was opened of it may be another process's. */
int target_still_lives(int pidfd, const struct wish *w, struct sd_err *e);

/* enter.c */
struct door {
	int pidfd;	      /* -1 */
	int fds[SD_NS_COUNT]; /* -1 */
	unsigned flags;	      /* CLONE_NEW* of all that are not ours already */
	bool by_pidfd;	      /* none is given by a file */
	int root, wd;	      /* -1 */
	char **env;	      /* NULL: unchanged */
};
/* Takes the pidfd.  To be closed also where opening failed. */
void door_close(struct door *d);
int door_open(struct door *d, const struct wish *w, int pidfd, struct sd_err *e);
int door_enter(struct door *d, const struct wish *w, struct sd_err *e);
/* The user and group of the namespace, after everything that needs more. */
int door_credentials(const struct door *d, const struct wish *w, struct sd_err *e);

#endif
