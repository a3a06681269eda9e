/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-cgset, private: the parts of the tool and what they hand to each other.
 *
 *	options.c	 command line -> OCI linux.resources
 *	plan.c, blkio.c	 linux.resources -> limits: file and value (pure)
 *	devices.c	 device rules -> a default and exceptions from it (pure)
 *	devlist.c, bpf.c those into force: a v1 list, or a program (its making is pure)
 *	group.c		 the directories of one cgroup, one a hierarchy: made, found
 *	remove.c	 removed
 *	enable.c	 cgroup2: controllers switched on down the path
 *	apply.c		 limits written and read back
 *	check.c		 whether what was read back will do (pure)
 *	kill.c		 freeze, thaw, kill, wait until empty
 *	process.c	 one process, as /proc shows it
 *	meter.c, meter_row.c
 *			 what one container used between two readings, and docker's words for it
 *	run.c, stat.c, stats.c,
 *	top.c		 the verbs of these names; main.c has the others
 */
#ifndef SD_CGSET_H
#define SD_CGSET_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "cgroup.h"
#include "err.h"
#include "json.h"
#include "str.h"
#include "tool.h"

/* ---- group.c ---- */

struct dir {
	char *name; /* last part of the mount point: the key in cgroup.dirs */
	char *path; /* absolute */
	const struct sd_hierarchy
		*h; /* NULL where the directory is known from the document alone */
	bool v2;
	bool made;	  /* by this process: what an undo removes */
	size_t made_from; /* length of the first ancestor's path that this process made, or 0 */
	int fd;		  /* opened when first needed; dir_fd() */
};

struct group {
	char *path; /* "/sdocker/ID", below each mount */
	struct sd_cgroups layout;
	struct dir *d;
	size_t n;
};

void group_free(struct group *g);
#define auto_group __attribute__((cleanup(group_free)))

/* "/a/b" from what a user or a document says; refused: "..", ".", nothing. */
int group_path(const char *text, const char *what, char **path, struct sd_err *e);
/* Where the document wants its cgroup: config.linux.cgroupsPath, want.cgroupParent, or the id. */
int group_path_of_document(const struct sd_json *doc, char **path, struct sd_err *e);

int group_detect(struct group *g, struct sd_err *e);
/* In all hierarchies, fresh: one that is there is removed first, unless it is in use. */
int group_create(struct group *g, const char *path, struct sd_err *e);
/* Those directories of the path that exist.  Returns how many, or -1. */
int group_find(struct group *g, const char *path, struct sd_err *e);
/* What the document's `cgroup` says was made.  1, 0 where it has no such member, -1. */
int group_from_facts(struct group *g, const struct sd_json *doc, struct sd_err *e);
/* By --path, by the document's facts, or by the path that the document's wishes lead to. */
int group_locate(struct group *g, const char *path, const struct sd_json *doc, struct sd_err *e);

/*
 * The same for a verb that needs it to be there, with its layout known.  Without a path the
 * document is read from stdin: *doc, the caller's.
 */
int group_existing(struct group *g, const char *path, struct sd_json **doc, struct sd_err *e);

struct dir *group_dir(struct group *g, const char *controller);
struct dir *group_unified(struct group *g);
/* An O_PATH descriptor of the directory, or -1 with errno. */
int dir_fd(struct dir *d);

int group_join(struct group *g, struct sd_err *e);
/*
 * Remove every directory and what is below it.  Nothing there is no error; a process in it is
 * one, unless it is to be killed.
 */
int group_remove(struct group *g, bool kill, struct sd_err *e);
/* Remove what this process made, once nothing is in it; nobody is told of a failure. */
void group_undo(struct group *g);
struct sd_json *group_facts(const struct group *g);

/* ---- enable.c ---- */

/*
 * Switch `controllers` on for the directory by each ancestor's cgroup.subtree_control
 * (cgroup-v2.rst, "Enabling and Disabling").  Those not `required` are tried only.
 */
int enable_controllers(const struct dir *d, const char *group, const struct sd_strv *controllers,
	bool required, struct sd_err *e);

/* ---- plan.c, blkio.c ---- */

enum check {
	CHECK_TOKENS, /* a line of the file begins with the value's first word and has the others */
	CHECK_BYTES,  /* equal when rounded down to whole pages; "-1" and "max" are no limit */
	CHECK_CPUS,   /* the same set of numbers: "0,1" is "0-1" */
};

struct limit {
	const char *controller;
	char *file, *value;
	char *expect; /* what reading back must show, where that is not the value */
	char *before; /* what the file had, where that can be put back */
	enum check check;
	bool or_next;	 /* where there is no such file, the next limit takes its place */
	bool optional;	 /* where there is no such file, nothing is missing */
	bool keep_first; /* the file's present first word goes before the value */
	bool done, dropped;
};

struct plan {
	struct limit *v;
	size_t n;
};

void plan_free(struct plan *p);
#define auto_plan __attribute__((cleanup(plan_free)))
/* The limits of an OCI linux.resources for this layout, in the order of writing. */
int plan_resources(struct plan *p, const struct sd_cgroups *c, const struct sd_json *resources,
	struct sd_err *e);
struct limit *plan_add(
	struct plan *p, const char *controller, const char *file, enum check check, char *value);
/* The hierarchy that has the controller, or the error that says that none has. */
const struct sd_hierarchy *plan_hierarchy(
	const struct sd_cgroups *c, const char *controller, const char *member, struct sd_err *e);
int plan_no_equivalent(const char *member, bool v2, struct sd_err *e);
int plan_blkio(struct plan *p, const struct sd_cgroups *c, const struct sd_json *resources,
	struct sd_err *e);
int plan_unified(struct plan *p, const struct sd_cgroups *c, const struct sd_json *resources,
	struct sd_err *e);
int64_t weight_of_shares(int64_t shares);
int64_t io_weight_of_blkio(int64_t weight);

/* ---- check.c ---- */

#define CPU_LIST_MAX 8192
bool check_value(enum check check, const char *want, const char *have);

/* ---- devices.c ---- */

#define DEVICE_ANY (-1)
enum {
	ACCESS_MKNOD = BPF_DEVCG_ACC_MKNOD,
	ACCESS_READ = BPF_DEVCG_ACC_READ,
	ACCESS_WRITE = BPF_DEVCG_ACC_WRITE,
	ACCESS_ALL = 7
};

struct device_rule {
	char type; /* 'b' or 'c' */
	int64_t major, minor;
	unsigned access;
};

/* A default and the exceptions from it: what the v1 controller keeps, and what a program tests. */
struct device_list {
	bool asked; /* there is a list at all */
	bool reset; /* a rule for all devices came first */
	bool allow; /* the default */
	struct device_rule *v;
	size_t n;
};

int devices_parse(struct device_list *l, const struct sd_json *resources, struct sd_err *e);
void devices_free(struct device_list *l);
#define auto_devices __attribute__((cleanup(devices_free)))
/* "c 1:3 rwm", as devices.list shows it. */
void device_text(const struct device_rule *r, char text[64]);

/* ---- devlist.c, bpf.c ---- */

int devices_apply(struct group *g, const struct device_list *l, bool bpf, struct sd_err *e);

#define BPF_INSNS_MAX 4096
/* The program for a list.  Returns its length, or 0 where it is longer than `max`. */
size_t bpf_device_program(const struct device_list *l, struct bpf_insn *out, size_t max);
/* Load and attach it; those attached to this very cgroup before go. */
int bpf_devices_attach(
	int cgroup_fd, const char *path, const struct device_list *l, struct sd_err *e);

/* ---- apply.c ---- */

/* Controllers on, limits written and read back, devices. */
int apply_resources(
	struct group *g, const struct sd_json *resources, bool bpf_devices, struct sd_err *e);
/* The same of a group at work, but for its devices: all of them, or it is as it was. */
int change_resources(struct group *g, const struct sd_json *resources, struct sd_err *e);
int read_text(int dirfd, const char *file, struct sd_buf *out);

/* ---- kill.c ---- */

int group_freeze(struct group *g, bool frozen, struct sd_err *e);
/* SIGKILL to all that is in it, and wait until it is empty. */
int group_kill(struct group *g, struct sd_err *e);
/* The pids in the directory and below it. */
int dir_pids(int dirfd, pid_t **pids, size_t *n);

/* ---- stat.c ---- */

/* What it uses, by the names that stat prints; the caller's. */
int stat_read(struct group *g, struct sd_json **used, struct sd_err *e);

/* ---- options.c ---- */

struct limit_args {
	const char *path, *memory; /* as they were typed, or NULL */
	bool bpf_devices;
	struct sd_json *resources; /* NULL: none was given; the verb unrefs it */
};
extern const struct sd_opt limit_options[];

/* ---- verbs ---- */

struct hand_args {
	const char *path;
	int64_t state_fd;
	bool kill, json;
};

int verb_run(const struct sd_call *call, struct sd_err *e);
int verb_stat(const struct sd_call *call, struct sd_err *e);
struct top_args {
	const char *path;
	bool all, full;
	struct sd_strv columns;
};
extern const struct sd_opt top_opts[];
int verb_top(const struct sd_call *call, struct sd_err *e);

struct stats_args {
	bool all, no_stream, no_trunc;
	const char *format;
};
extern const struct sd_opt stats_opts[];
int verb_stats(const struct sd_call *call, struct sd_err *e);

#endif
