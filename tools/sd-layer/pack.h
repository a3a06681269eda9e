/* SPDX-License-Identifier: Apache-2.0 */
/* Between pack.c, which walks a tree, and entry.c, which writes one object of it. */
#ifndef SD_LAYER_PACK_H
#define SD_LAYER_PACK_H

#include "sd-layer.h"

struct archive;
struct archive_entry;

struct pack {
	struct archive *tar;
	struct archive_entry *entry; /* one, used again and again */
	enum pack_mode mode;
	struct sd_buf path; /* of the object at hand, below the root; "" is the root */
	void *links;	    /* tsearch(3): files with more names than one, by device and inode */
	char *chunk;
};

int pack_fail(struct pack *p, struct sd_err *e);

/* Begin the entry for the object at p->path. */
void entry_begin(struct pack *p, const struct stat *st);
/* Add the attributes of an open file; *opaque is set where the overlay says so. */
int entry_attrs(struct pack *p, int fd, bool *opaque, struct sd_err *e);
/* Write it: its header alone, or with a file's data. */
int entry_end(struct pack *p, struct sd_err *e);
int entry_end_data(struct pack *p, int fd, const struct stat *st, struct sd_err *e);
/* An empty file `name` beside, or in the directory at, p->path: OCI's marks. */
int entry_mark(struct pack *p, const char *path, const struct stat *st, struct sd_err *e);

#endif
