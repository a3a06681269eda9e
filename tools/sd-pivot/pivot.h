/* SPDX-License-Identifier: Apache-2.0 */
/* pivot - what the parts of sd-pivot share. */
#ifndef SD_PIVOT_H
#define SD_PIVOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "chain.h"
#include "err.h"
#include "json.h"
#include "str.h"

/* The options of hand use.  All zero: none was given. */
struct hand {
	bool read_only, bare, no_proc, no_sys, no_dev;
	struct sd_strv mounts; /* "bind SPEC", "tmpfs SPEC", in the order given */
	struct sd_strv masks;
	const char *wd, *propagation;
};

/* Hand use as a document: the same wishes in OCI's words, so that one reader serves both. */
int hand_document(const struct hand *h, const char *root, struct sd_json **doc, struct sd_err *e);

struct pivot {
	const struct sd_json *doc;
	const char *bundle; /* relative paths of the document are meant from here */
	bool by_hand;
	bool devices;	  /* make the default devices and links */
	int root;	  /* the new root's mount, O_PATH; everything is resolved below it */
	struct stat self; /* that of its directory */
};

/* root.c */
int root_check_namespace(struct sd_err *e);
int root_bind(struct pivot *p, struct sd_err *e);
int root_enter(struct pivot *p, struct sd_err *e);

/* target.c: the place of a mount in the root, made where it is missing (O_PATH). */
struct target {
	const char *path; /* as the document has it */
	const char *type; /* of the file system that is to be mounted, "bind" for a bind */
	bool directory;
	int source; /* of a bind: its tree; else -1 */
};
bool same_file(const struct stat *a, const struct stat *b);
int target_open(const struct pivot *p, const struct target *t, struct sd_err *e);
/* Attach a detached mount.  -1 with the error: a failed attach leaves the target unprotected. */
int target_attach(int mount, int target, const char *what, const char *path, struct sd_err *e);

/* attr.c: mount(8)'s words, and setting what they say. */
struct mount_words {
	struct mount_attr one, tree; /* for the mount itself; for all below it (rro, rslave ...) */
	bool bind, recursive, remount, copy_up;
};
/* 1: a word of ours, added to w; 0: not one, so it is the file system's; -1: refused. */
int mount_word(struct mount_words *w, const char *word, struct sd_err *e);
/* The propagation that a word names (MS_PRIVATE ..., MS_REC where it begins with r), or 0. */
unsigned long propagation_word(const char *word);
int mount_set(int mount, const struct mount_attr *a, bool recursive); /* -1 with errno */

/* mount.c */
/* A new file system, mounted nowhere yet; dest is for the error. */
int mount_new(const char *type, const char *source, const char *const *data, uint64_t attr,
	const char *dest, struct sd_err *e);
int mount_all(struct pivot *p, struct sd_err *e);
int mount_etc(struct pivot *p, struct sd_err *e);

/* cgroup.c */
int cgroup_view(
	const struct pivot *p, const char *dest, const struct mount_words *w, struct sd_err *e);

/* copyup.c: the contents of one directory into another, for tmpcopyup. */
int copy_up(int from, int to, struct sd_err *e);

/* device.c */
int device_make_all(const struct pivot *p, struct sd_err *e);

/* mask.c */
int mask_all(const struct pivot *p, struct sd_err *e);

/* console.c */
int console_attach(const struct pivot *p, int socket, struct sd_err *e);

#endif
