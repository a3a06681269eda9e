/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-layer share. */
#ifndef SD_LAYER_H
#define SD_LAYER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "json.h"
#include "progress.h"
#include "ref.h"
#include "str.h"
#include "tool.h"

/* overlay.c: the mount */

struct overlay {
	struct sd_strv lower; /* the uppermost first */
	char *upper, *work;   /* NULL: read-only */
	bool throwaway;	      /* nobody needs the upper directory after a crash of the machine */
};
void overlay_free(struct overlay *o);
#define auto_overlay __attribute__((cleanup(overlay_free)))

int overlay_mount(const struct overlay *o, const char *target, struct sd_err *e);
bool overlay_in_user_namespace(void);
/* From here on what this process mounts is seen by nobody else, and goes with it. */
int mounts_apart(struct sd_err *e);
/* `top` (or NULL) over `lower`, read-only, on `target`, apart. */
int overlay_mount_apart(
	const struct sd_strv *lower, const char *top, const char *target, struct sd_err *e);
/* How the overlay's own attributes begin, where this process and the mounts it can make are. */
const char *overlay_prefix(void);

/* rootfs.c: where the parts of a container's root file system are */

/* ROOT/layers/HEX/fs; -1 where `diff_id` is no digest. */
int layer_path(const char *diff_id, char **path, struct sd_err *e);
/*
 * From the document's fact `rootfs`; where that is missing, from image.layers and the bundle, if
 * `derive`.  1, 0 where there is neither, -1.
 */
int rootfs_overlay(const struct sd_json *doc, bool derive, struct overlay *o, struct sd_err *e);
/* BUNDLE/config.root.path. */
int rootfs_target(const struct sd_json *doc, char **target, struct sd_err *e);

/* size.c: bytes of disk of its upper directory */
int written_size(const struct sd_json *doc, int64_t *bytes, struct sd_err *e);

/* etc.c: BUNDLE/etc/{hostname,hosts,resolv.conf} */
int etc_write(const struct sd_json *doc, int bundle, struct sd_err *e);

/* volume.c */

/* Make the sources of want.volumes that are missing. */
int volumes_make(const struct sd_json *doc, int bundle, struct sd_err *e);
/* Fill the empty ones from the mounted root. */
int volumes_fill(const struct sd_json *doc, const char *root, struct sd_err *e);

/* copy.c */

/* Copy what is in the directory `from`, and its own attributes, into the directory `to`. */
int copy_tree(int from, int to, struct sd_err *e);

/* attr.c: extended attributes */

/* Called with each attribute; the value is lent.  Not 0 ends the walk and is its result. */
typedef int attr_fn(void *data, const char *name, const void *value, size_t size, struct sd_err *e);
/* Those of an open file, in order of their names. */
int attr_each(int fd, const char *path, attr_fn *fn, void *data, struct sd_err *e);
/* A file system without them has none: 0 and an empty list. */

/* True for those that a layer carries: user.* and security.capability, never overlay's own. */
bool attr_in_layer(const char *name);
int attr_set(int fd, const char *path, const char *name, const void *value, size_t size,
	struct sd_err *e);

/* name.c: names in archives */

enum name_kind {
	NAME_FILE,     /* an object of the layer */
	NAME_ROOT,     /* the layer's own directory */
	NAME_WHITEOUT, /* .wh.NAME: NAME of the layers below is gone */
	NAME_OPAQUE,   /* .wh..wh..opq: all of the directory's content below is gone */
	NAME_IGNORED,  /* .wh..wh.*: bookkeeping of aufs */
};
#define NAME_OPAQUE_MARK     ".wh..wh..opq"
#define NAME_WHITEOUT_PREFIX ".wh."

/*
 * The path below the layer's root that an archive's name means, malloc'ed: "/a//./b/" is "a/b".
 * A whiteout's path is that of what is gone, an opaque mark's that of the directory ("" for the
 * root).  -1: a name with a part "..", or no name.
 */
int name_parse(const char *raw, char **path, enum name_kind *kind, struct sd_err *e);
/* The path alone, whatever it means to a layer: "" for the archive's root. */
int name_clean(const char *raw, char **path, struct sd_err *e);
/* The same for the target of a hard link: a file, whatever its name. */
int name_parse_target(const char *raw, char **path, struct sd_err *e);

/* source.c: a compressed stream and its digests */

struct source;
struct source_facts {
	char digest[SD_DIGEST_LEN + 1];	 /* of the stream as it came */
	char diff_id[SD_DIGEST_LEN + 1]; /* of the tar in it */
	int64_t size;			 /* bytes of the stream */
};
struct source_from {
	int fd; /* stays the caller's */
	const char *what;
	int64_t max;  /* bytes of the tar; 0: no limit */
	bool plainly; /* without digests */
	bool piped;   /* another tool makes it, and says why where it is empty or ends too early */
	struct sd_progress *progress; /* or NULL */
};
int source_open(const struct source_from *from, struct source **out, struct sd_err *e);
void source_close(struct source **s);
#define auto_source __attribute__((cleanup(source_close)))
struct archive *source_tar(struct source *s);
/* Read what is left after the archive's end, and sum up. */
int source_finish(struct source *s, struct source_facts *f, struct sd_err *e);
/* Fill *e with the reason for which libarchive stopped.  -1. */
int source_fail(struct source *s, struct sd_err *e);
/* In place of source_finish: the rest is read, and an archive that has no end is a failure. */
int source_end(struct source *s, struct sd_err *e);

/* extract.c: the archive's objects become files below a directory */
int extract_all(struct source *s, int root, int64_t *entries, struct sd_err *e);

/* pack.c: a directory becomes a tar */

enum pack_mode {
	PACK_LAYER, /* an upper directory: overlay's marks become whiteouts */
	PACK_TREE,  /* a plain tree */
};
int pack_tree(int root, int out, enum pack_mode mode, struct sd_err *e);
/* What the descriptor (O_PATH) is, and all that is in it, under that name; "": its content. */
int pack_one(int fd, const char *name, int out, struct sd_err *e);

/* The verbs. */
extern const struct sd_verb prepare_verb, enter_verb, mount_verb, umount_verb, rm_verb, unpack_verb,
	diff_verb, changes_verb, export_verb, copy_out_verb, copy_in_verb, df_verb, size_verb,
	ls_verb;

#endif
