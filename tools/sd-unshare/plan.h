/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - what sd-unshare is going to do, whether options or a document asked for it.
 *
 * The parts, in the order of the work:
 *	options.c, document.c	make the plan
 *	outsider.c, idmap.c	what must be done from outside of the new namespaces
 *	inside.c, sysctl.c	what must be done inside
 */
#ifndef SD_UNSHARE_PLAN_H
#define SD_UNSHARE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "child.h"
#include "err.h"
#include "json.h"
#include "ns.h"
#include "tool.h"

/* One line of /proc/PID/uid_map (user_namespaces(7)). */
struct idmap {
	uint32_t inner, outer, count;
};

struct idmaps {
	struct idmap *v;
	size_t n;
};

struct offset {
	bool wanted;
	int64_t secs, nanosecs;
};

struct plan {
	unsigned flags;		       /* CLONE_NEW* of the namespaces to create */
	const char *file[SD_NS_COUNT]; /* keep the new namespace alive by a bind mount here */
	int join[SD_NS_COUNT];	       /* namespaces to join first; -1 */

	struct idmaps users, groups;
	const char *setgroups; /* "allow", "deny", or NULL */
	struct offset monotonic, boottime;

	bool fork;	/* go on in a child */
	bool monitored; /* ... that is sd-monitor's, in a session of its own */
	int kill_child; /* ... that is sent this when its parent dies; 0 */

	bool become_root;	   /* user and group 0 of the user namespace */
	unsigned long propagation; /* MS_* for the new mount tree; 0: leave it */
	const char *apart;	   /* a path whose mount becomes private where the tree is shared */
	const char *hostname, *domainname;
	bool loopback;
	const struct sd_json *sysctl; /* borrowed: object of strings */
	unsigned own;		      /* CLONE_NEW* of what is not shared with the host: sysctl */
	const char *root, *wd, *mount_proc;
	int64_t uid, gid; /* -1 */
	bool keep_caps;
};

/* options.c: the table, and the plan that was asked for by it. */
struct args {
	struct plan plan;
	int64_t state_fd;
	bool no_fork;
	bool propagation_given;
	int64_t map_user, map_group; /* -1 */
	bool auto_users, auto_groups;
};
extern const struct sd_opt unshare_options[];
void options_init(void *args);
int plan_from_options(struct args *a, struct sd_err *e);
/* True where --state-fd is all that was said. */
bool options_none(const struct args *a);

/* document.c.  What the plan borrows lives as long as the document. */
int plan_from_document(struct plan *p, const struct sd_json *doc, struct sd_err *e);

/* idmap.c */
void idmap_free(struct idmaps *m);
void idmap_add(struct idmaps *m, uint32_t inner, uint32_t outer, uint32_t count);
/* "INNER:OUTER:COUNT", or "OUTER,INNER,COUNT" as util-linux 2.38 had it, or "all". */
int idmap_parse(
	struct idmaps *m, const char *spec, bool groups, const char *what, struct sd_err *e);
/* The first range that /etc/subuid or /etc/subgid lends to the effective user, from 0 up. */
int idmap_auto(struct idmaps *m, bool groups, struct sd_err *e);
/* Map inner to outer, taking both out of the ranges that hold them. */
void idmap_single(struct idmaps *m, uint32_t inner, uint32_t outer);
/* A user's or group's number, or its name in /etc/passwd or /etc/group. */
int idmap_id(const char *text, bool group, const char *what, int64_t *id, struct sd_err *e);
/* Write the maps of process pid: by the kernel's files, or newuidmap(1) and newgidmap(1). */
int idmap_write(const struct plan *p, pid_t pid, struct sd_err *e);

/* outsider.c */
struct outsider {
	int fd; /* -1: none was needed */
	pid_t pid;
};
enum outside_job { JOB_MAPS, JOB_FILES };
int outsider_start(struct outsider *o, const struct plan *p, struct sd_err *e);
int outsider_ask(const struct outsider *o, enum outside_job job, pid_t pid, struct sd_err *e);
void outsider_end(struct outsider *o);

/* inside.c: all that is left to do in the new namespaces, before the next program. */
int inside_dress(const struct plan *p, struct sd_err *e);

/* sysctl.c: checked early, so that nothing is made for a name that is refused; written inside. */
int sysctl_check(const struct sd_json *wanted, unsigned own, struct sd_err *e);
int sysctl_write(const struct sd_json *wanted, struct sd_err *e);

/* hint.c: what the kernel means by refusing namespaces, and what mends it. */
int namespaces_refused(unsigned flags, int errnum, struct sd_err *e);

#endif
