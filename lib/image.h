/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image - reading the image store: image.c an image, image_index.c names and which they mean.
 *
 * ROOT/images is an OCI image layout (image-spec, image-layout.md): `oci-layout`, `index.json`,
 * `blobs/sha256/<hex>`.  Each entry of index.json is one name of one manifest; its annotations
 *	org.opencontainers.image.ref.name	the name as docker shows it: "busybox:latest"
 *	io.containerd.image.name		canonical: "docker.io/library/busybox:latest"
 * The first one decides.  An image without a name has an entry without annotations.
 *
 * Reading takes no lock: index.json is replaced atomically and blobs never change.  A digest is
 * checked for its form before it becomes a part of a path (CVE-2024-3727), a document for being
 * of the media type that its descriptor says (CVE-2021-41190).  Contents are not hashed again
 * here: the store is its owner's (0700) and was checked when it was written; `sd-image verify`
 * does so.
 */
#ifndef SD_IMAGE_H
#define SD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"
#include "json.h"
#include "ref.h"
#include "str.h"

#define SD_REF_NAME	 "org.opencontainers.image.ref.name"
#define SD_REF_CANONICAL "io.containerd.image.name"

/* Media types (image-spec, media-types.md); docker's equivalents are read as well. */
#define SD_MEDIA_MANIFEST   "application/vnd.oci.image.manifest.v1+json"
#define SD_MEDIA_INDEX	    "application/vnd.oci.image.index.v1+json"
#define SD_MEDIA_CONFIG	    "application/vnd.oci.image.config.v1+json"
#define SD_MEDIA_LAYER	    "application/vnd.oci.image.layer.v1.tar"
#define SD_MEDIA_LAYER_GZIP SD_MEDIA_LAYER "+gzip"
#define SD_MEDIA_LAYER_ZSTD SD_MEDIA_LAYER "+zstd"

/* A zero-initialised one can be freed; all is owned. */
struct sd_image {
	char *name;	     /* as it was asked for; in a listing the familiar name, or NULL */
	char *reference;     /* canonical name; NULL where the image has none */
	char *manifest;	     /* digest of the manifest */
	char *config_digest; /* docker's image id */
	struct sd_json *manifest_json;
	struct sd_json *config; /* image-spec, config.md: members config, rootfs, history ... */
	struct sd_strv layers;	/* diff ids, the lowest first: sd_layer directories */
	int64_t size;		/* bytes of all blobs, as stored */
};

/*
 * The image of that name in the store: a reference; or the digest, or its first 3 to 64 hex
 * digits, of a manifest or config (docker's image id).  A name wins over an id.  -1 with
 * e->errnum ENOENT: "image 'x' is not in the store (hint: ...)"; or what is wrong with it.
 */
int sd_image_lookup(const char *name, struct sd_image *out, struct sd_err *e);
void sd_image_free(struct sd_image *i);
#define sd_auto_image __attribute__((cleanup(sd_image_free)))

/*
 * All entries of the store, in its order; *out is malloc'ed.  A broken entry does not hide the
 * others: its `manifest` may be set, its `config` is NULL, and `broken` says why.
 */
struct sd_image_entry {
	struct sd_image image;
	char *broken;
};
struct sd_images {
	struct sd_image_entry *v;
	size_t n;
};
int sd_image_list(struct sd_images *out, struct sd_err *e);
void sd_images_free(struct sd_images *l);
#define sd_auto_images __attribute__((cleanup(sd_images_free)))

/* The store's directory, opened.  -1 with e->errnum ENOENT where there is no store yet. */
int sd_image_store_open(struct sd_err *e);
/* index.json, checked; an empty one where the file is not there.  The caller unrefs. */
int sd_image_index(int store, struct sd_json **index, struct sd_err *e);
/* The image whose manifest has this digest, read from its blobs. */
int sd_image_read(int store, const char *digest, struct sd_image *out, struct sd_err *e);

#endif
