/* SPDX-License-Identifier: Apache-2.0 */
/* Between extract.c, which makes the archive's objects, and meta.c, which gives them their own. */
#ifndef SD_LAYER_EXTRACT_H
#define SD_LAYER_EXTRACT_H

#include "sd-layer.h"

struct archive_entry;

/* One of the archive. */
struct object {
	struct archive_entry *entry;
	const char *path;   /* below the root */
	const char *target; /* of a link */
	bool hard;	    /* a hard link */
	bool directory;
};

/* A directory's mode and time, which wait for the end. */
struct late {
	char *path;
	dev_t dev;
	ino_t ino;
	mode_t mode;
	struct timespec time;
};

struct extract {
	struct source *source;
	int root;
	int parent; /* the directory at parent_path, or -1 */
	char *parent_path;
	bool chown; /* an ordinary user's files are the user's */
	bool copy;  /* a copy for people, no layer: see copyin.c */
	bool keep;  /* all of the modes and attributes that the archive has, also of a copy */
	struct late *late;
	size_t n_late, late_cap;
};
void extract_free(struct extract *x);
#define auto_extract __attribute__((cleanup(extract_free)))

/* Make the object, with its data. */
int extract_object(struct extract *x, const struct object *o, struct sd_err *e);

int set_file(struct extract *x, int fd, const struct object *o, struct sd_err *e);
/* What has no data: a symbolic link, a device, a FIFO. */
int set_node(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e);
int set_time(int parent, const char *name, const struct object *o, struct sd_err *e);
int set_dir(
	struct extract *x, int parent, const char *name, const struct object *o, struct sd_err *e);
/* The end: what waited. */
int set_dirs(struct extract *x, struct sd_err *e);

#endif
