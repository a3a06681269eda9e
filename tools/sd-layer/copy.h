/* SPDX-License-Identifier: Apache-2.0 */
/* Copying between a container and the host: copyout.c packs, copyin.c places. */
#ifndef SD_LAYER_COPY_H
#define SD_LAYER_COPY_H

#include "sd-layer.h"

/* container.c: O_PATH; -1. */
int container_root(const struct sd_json *doc, struct sd_err *e);

/* place.c: paths as people write them */

struct place {
	char *path;	/* as the kernel is to resolve it, below the root */
	char *name;	/* its last part, once "." and ".." are gone; "" for the root */
	bool contents;	/* it ends with "/.": what is in the directory, not itself */
	bool directory; /* it ends with "/" or "/.": it must be one */
};
/* `host`: from the working directory. */
int place_read(struct place *p, const char *path, bool host, struct sd_err *e);
void place_free(struct place *p);
#define auto_place __attribute__((cleanup(place_free)))

/* The root below which the host's paths are resolved, or the document's container's. */
int copy_root(bool host, struct sd_err *e);

/*
 * Where something is to be put.  A link at the end of the path is followed, below the root, also
 * one that leads to what is not there.
 */
struct spot {
	int dir;    /* the path is a directory: opened; else -1 */
	int parent; /* else the directory of the last part */
	char *name; /* and that part */
	bool exists;
};
int spot_open(int root, const char *path, struct spot *s, struct sd_err *e);
void spot_free(struct spot *s);
#define auto_spot __attribute__((cleanup(spot_free))) struct spot

#endif
