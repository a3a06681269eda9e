/* SPDX-License-Identifier: Apache-2.0 */
/* The half of the module that reads index.json: names, and which images they mean. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "image_part.h"
#include "io.h"
#include "store.h"

#define ID_PREFIX_MIN 3

int sd_image_store_open(struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("images");
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? sd_fail(e, errno, "open the image store %s", path) : fd;
}

int sd_image_index(int store, struct sd_json **index, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = NULL;
	sd_auto_buf struct sd_buf text = {0};
	struct sd_json *manifests;
	int r;

	*index = NULL;
	if (sd_read_file(store, "index.json", SD_READ_MAX, &text, e) < 0) {
		if (e->errnum != ENOENT)
			return sd_image_in_file(e, "index.json");
		sd_buf_str(&text, "{\"schemaVersion\":2,\"mediaType\":\"" SD_MEDIA_INDEX
				  "\",\"manifests\":[]}");
	}
	j = sd_json_parse(text.data ? text.data : "", text.len, "index.json", e);
	if (!j)
		return sd_image_in_file(e, "index.json");
	r = sd_image_check_kind(j, SD_MEDIA_INDEX, SD_MEDIA_INDEX, "layers", e);
	if (r == 0 && (r = sd_json_array(j, &manifests, e, "manifests")) == 0)
		r = sd_json_missing(e, "manifests");
	if (r < 0)
		return sd_image_in_file(e, "index.json");
	*index = sd_steal_ptr(&j);
	return 0;
}

/*
 * The index's entry i: its digest (borrowed) and its name, where it has good ones.  Of an entry
 * that is broken otherwise they are set as well: it is listed, and can be removed.
 */
static int read_entry(const struct sd_json *index, size_t i, const char **digest,
	struct sd_ref *name, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("manifests[%zu].digest", i);
	const char *type = SD_MEDIA_MANIFEST, *text, *found;
	struct sd_json *notes = NULL;
	struct sd_err ignored;

	*digest = NULL;
	*name = (struct sd_ref){0};
	if (sd_image_digest(index, &found, e, path) < 0 ||
		sd_json_object(index, &notes, e, "manifests[%zu].annotations", i) < 0)
		return sd_image_in_file(e, "index.json");
	*digest = found;
	text = notes ? sd_json_string_value(sd_json_member(notes, SD_REF_NAME)) : NULL;
	/* A foreign tool's name that is none of ours: the image is still found by its id. */
	if (text)
		sd_ref_parse(text, name, &ignored);
	if (sd_json_str(index, &type, e, "manifests[%zu].mediaType", i) < 0)
		return sd_image_in_file(e, "index.json");
	if (strcmp(type, SD_MEDIA_MANIFEST) == 0 || strcmp(type, SD_DOCKER_MANIFEST) == 0)
		return 0;
	sd_fail(e, 0, "manifests[%zu].mediaType: '%s' where %s was expected", i, type,
		SD_MEDIA_MANIFEST);
	if (strcmp(type, SD_MEDIA_INDEX) == 0 || strcmp(type, SD_DOCKER_INDEX) == 0)
		sd_hint(e, "an index of several platforms; store the image of one");
	return sd_image_in_file(e, "index.json");
}

static bool ref_matches(const struct sd_ref *want, const struct sd_ref *have, const char *digest)
{
	if (!have->canonical)
		return false;
	if (want->digest)
		return strcmp(want->digest, digest) == 0 && strcmp(want->host, have->host) == 0 &&
		       strcmp(want->path, have->path) == 0;
	return strcmp(want->canonical, have->canonical) == 0;
}

/* 1 found, 0 not.  Reads no blob but those of the image that is found. */
static int find_by_name(int store, const struct sd_json *index, const struct sd_ref *want,
	struct sd_image *out, struct sd_err *e)
{
	size_t n = sd_json_len(sd_json_member(index, "manifests"));

	for (size_t i = 0; i < n; i++) {
		sd_auto_ref struct sd_ref name = {0};
		struct sd_err broken;
		const char *digest;
		bool whole = read_entry(index, i, &digest, &name, &broken) == 0;

		/* Broken entries hide no others; the one that was asked for is an error. */
		if (!digest || !ref_matches(want, &name, digest))
			continue;
		if (!whole) {
			*e = broken;
			return -1;
		}
		if (sd_image_read(store, digest, out, e) < 0)
			return -1;
		out->reference = sd_strdup(name.canonical);
		return 1;
	}
	return 0;
}

/* The hex digits of an id or of its prefix, or NULL where it cannot be one. */
static const char *id_prefix(const char *text)
{
	const char *hex = sd_starts_with(text, "sha256:") ? text + 7 : text;
	size_t len = strlen(hex);

	return len >= ID_PREFIX_MIN && len <= 64 && strspn(hex, "0123456789abcdef") == len ? hex
											   : NULL;
}

static int find_by_id(int store, const struct sd_json *index, const char *hex, struct sd_image *out,
	struct sd_err *e)
{
	size_t n = sd_json_len(sd_json_member(index, "manifests"));
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		sd_auto_ref struct sd_ref name = {0};
		sd_auto_image struct sd_image image = {0};
		struct sd_err broken;
		const char *digest;

		if (read_entry(index, i, &digest, &name, &broken) < 0 ||
			sd_image_read(store, digest, &image, &broken) < 0)
			continue;
		if (!sd_starts_with(image.manifest + 7, hex) &&
			!sd_starts_with(image.config_digest + 7, hex))
			continue;
		/* One image may have several names. */
		if (found && strcmp(out->manifest, image.manifest) != 0) {
			sd_image_free(out);
			return sd_fail(e, 0, "image id '%s' is ambiguous", hex);
		}
		if (found)
			continue;
		found = true;
		*out = image;
		image = (struct sd_image){0};
		out->reference = name.canonical ? sd_strdup(name.canonical) : NULL;
	}
	return found;
}

static int not_found(const char *name, struct sd_err *e)
{
	sd_fail(e, 0, "image '%s' is not in the store", name);
	sd_hint(e, "'sdocker import FILE %s' adds one from a root file system's tar", name);
	e->errnum = ENOENT;
	return -1;
}

int sd_image_lookup(const char *name, struct sd_image *out, struct sd_err *e)
{
	sd_auto_json struct sd_json *index = NULL;
	sd_auto_ref struct sd_ref want = {0};
	const char *hex = id_prefix(name);
	int is_name = sd_ref_parse(name, &want, e), found = 0;
	sd_auto_fd int store = -1;

	*out = (struct sd_image){0};
	if (is_name < 0 && !hex)
		return -1;
	store = sd_image_store_open(e);
	if (store < 0)
		return e->errnum == ENOENT ? not_found(name, e) : -1;
	if (sd_image_index(store, &index, e) < 0)
		return -1;
	if (is_name == 0)
		found = find_by_name(store, index, &want, out, e);
	if (found == 0 && hex)
		found = find_by_id(store, index, hex, out, e);
	if (found <= 0)
		return found < 0 ? -1 : not_found(name, e);
	out->name = sd_strdup(name);
	return 0;
}

static void list_entry(
	int store, const struct sd_json *index, size_t i, struct sd_image_entry *entry)
{
	sd_auto_ref struct sd_ref name = {0};
	struct sd_image *image = &entry->image;
	const char *digest;
	struct sd_err e;

	if (read_entry(index, i, &digest, &name, &e) < 0 ||
		sd_image_read(store, digest, image, &e) < 0) {
		entry->broken = sd_strdup(e.text);
		image->manifest = digest ? sd_strdup(digest) : NULL;
	}
	image->name = name.familiar ? sd_strdup(name.familiar) : NULL;
	image->reference = name.canonical ? sd_strdup(name.canonical) : NULL;
}

int sd_image_list(struct sd_images *out, struct sd_err *e)
{
	sd_auto_json struct sd_json *index = NULL;
	sd_auto_fd int store = sd_image_store_open(e);

	*out = (struct sd_images){0};
	if (store < 0)
		return e->errnum == ENOENT ? 0 : -1;
	if (sd_image_index(store, &index, e) < 0)
		return -1;
	out->n = sd_json_len(sd_json_member(index, "manifests"));
	out->v = sd_calloc(out->n + 1, sizeof(*out->v));
	for (size_t i = 0; i < out->n; i++)
		list_entry(store, index, i, &out->v[i]);
	return 0;
}

void sd_images_free(struct sd_images *l)
{
	for (size_t i = 0; i < l->n; i++) {
		sd_image_free(&l->v[i].image);
		free(l->v[i].broken);
	}
	free(l->v);
	*l = (struct sd_images){0};
}
