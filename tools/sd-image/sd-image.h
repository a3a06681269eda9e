/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-image share. */
#ifndef SD_IMAGE_TOOL_H
#define SD_IMAGE_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include "image.h"
#include "tool.h"
#include "usage.h"

/* store.c: writing the store */

enum store_use {
	STORE_ADD,    /* blobs and layers may come; several at once */
	STORE_REMOVE, /* they may go as well, if nobody else adds now: see may_remove */
};

struct store {
	int dir;	 /* ROOT/images; its flock is the use of the store */
	bool may_remove; /* that flock is exclusive: no half-made image can refer to anything */
};

/* Opened, and made where it is missing. */
int store_open(struct store *s, enum store_use use, struct sd_err *e);
void store_close(struct store *s);
#define auto_store __attribute__((cleanup(store_close)))
#define STORE_NONE                                                                                 \
	{                                                                                          \
		-1, false                                                                          \
	}

/* A lock file of the store, held by the descriptor returned. */
int store_lock(const struct store *s, const char *name, struct sd_err *e);
#define LOCK_INDEX   ".lock"
#define LOCK_PROVIDE ".provide"

/* A new file without a place yet; what a killed import leaves of it is swept by the next. */
struct store_temp {
	int fd;
	char name[32];
};
int store_temp(const struct store *s, struct store_temp *t, struct sd_err *e);
/* Give it its place for good. */
int store_place(const struct store *s, struct store_temp *t, const char *digest, struct sd_err *e);
void store_discard(const struct store *s, struct store_temp *t);

/* A small blob: the JSON of a manifest or config. */
int store_put(const struct store *s, const struct sd_json *j, char digest[SD_DIGEST_LEN + 1],
	int64_t *size, struct sd_err *e);

/* Call with LOCK_INDEX held. */
int store_write_index(const struct store *s, const struct sd_json *index, struct sd_err *e);
/*
 * Let `name` mean that manifest, in the index's text; an image that had the name and no other
 * stays in the index without one.  An empty name: known by its digest alone.
 */
void index_set_name(
	struct sd_json *index, const struct sd_ref *name, const char *manifest, int64_t size);

/* "sha256:..." of what is read from fd to its end. */
int hash_fd(int fd, const char *what, char digest[SD_DIGEST_LEN + 1], struct sd_err *e);

/* layer.c: an archive becomes a blob and an unpacked layer */

struct layer {
	char digest[SD_DIGEST_LEN + 1];	 /* of the blob */
	char diff_id[SD_DIGEST_LEN + 1]; /* of the tar in it */
	int64_t size;
	const char *media_type;
};
/* An input of no bytes fails silently where `quiet_empty`: the tool before has said why. */
int layer_add(const struct store *s, int fd, const char *what, bool quiet_empty, struct layer *out,
	struct sd_err *e);
/* The layer's directory is there. */
bool layer_is_unpacked(const char *diff_id);
/* Unpack the blob of the store again. */
int layer_unpack(const struct store *s, const char *digest, const char *diff_id, struct sd_err *e);

/* keep.c */

/* What must stay: all that images still named, and containers, refer to. */
struct keep {
	struct sd_strv blobs, layers;
	struct sd_strv used, users; /* manifests, and for each a container made of it */
	bool layers_unknown;	    /* a container's record cannot be read */
};
void keep_free(struct keep *k);
#define auto_keep __attribute__((cleanup(keep_free)))

/* Of a broken image as much as can be read. */
void keep_image(struct keep *k, const struct sd_image *image);
/* Of all containers but those ids (NULL: all).  A record that cannot be read may mean any layer: then none is removed. */
int keep_containers(struct keep *k, const struct sd_strv *without, struct sd_err *e);
/* A container that was made of the image with this manifest, or NULL; borrowed. */
const char *keep_user(const struct keep *k, const char *manifest);
/* Remove what is not to be kept; with the index locked and the store's use exclusive. */
int remove_blob(const struct store *s, const char *digest, const struct keep *k, struct sd_err *e);
int remove_layer(const char *diff_id, const struct keep *k, struct sd_err *e);
/* What killed unpacks and removals left beside the layers. */
int remove_staged(struct sd_err *e);

/* container.c */

/* What the container of this document was given becomes the defaults: `config` as below. */
int container_config(struct sd_json *config, const struct sd_json *doc, struct sd_err *e);

/* change.c: Dockerfile instructions that set an image's defaults */

/* `config` is the member config of an image's configuration. */
int changes_apply(struct sd_json *config, const struct sd_strv *changes, struct sd_err *e);

/* words.c */

/* The words of a line as docker splits them: quotes '...' and "..." and backslashes taken off. */
int split_words(const char *line, struct sd_strv *words, struct sd_err *e);

/* ls.c: a string of its configuration, or ""; its labels, or NULL */
const char *image_text(const struct sd_image *image, const char *path);
const struct sd_json *image_labels(const struct sd_image *image);

/* One file a verb, or a family of them. */
int verb_import(const struct sd_call *call, struct sd_err *e);
void create_init(void *args);
int verb_commit(const struct sd_call *call, struct sd_err *e);
int verb_provide(const struct sd_call *call, struct sd_err *e);
int verb_ls(const struct sd_call *call, struct sd_err *e);
int verb_inspect(const struct sd_call *call, struct sd_err *e);
int verb_tag(const struct sd_call *call, struct sd_err *e);
int verb_rm(const struct sd_call *call, struct sd_err *e);
int verb_gc(const struct sd_call *call, struct sd_err *e);
int verb_df(const struct sd_call *call, struct sd_err *e);
int verb_verify(const struct sd_call *call, struct sd_err *e);

struct create_args {
	struct sd_strv changes;
	const char *message, *author, *platform, *parent;
	int64_t state_fd;
};
struct ls_args {
	bool all, quiet, json, no_trunc, digests;
	const char *format;
	struct sd_strv filters;
};
struct inspect_args {
	const char *format;
	bool fill;
};
struct rm_args {
	bool force;
};
struct df_args {
	struct sd_usage_options usage;
};
struct gc_args {
	bool all, dry_run;
	struct sd_strv filters, without;
};

#endif
