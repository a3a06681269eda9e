/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "image_part.h"
#include "io.h"

int sd_image_in_file(struct sd_err *e, const char *file)
{
	struct sd_err inner = *e;

	sd_fail(e, 0, "image store: %s: %s", file, inner.text);
	e->errnum = inner.errnum;
	return -1;
}

static int blob_parse(
	int store, const char *digest, struct sd_json **out, size_t *size, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_free char *path = NULL;

	/* CVE-2024-3727: a digest such as "../../x" names a file outside of the store. */
	if (!sd_digest_valid(digest))
		return sd_fail(e, 0, "'%s' is not sha256: and 64 hex digits", digest);
	path = sd_printf("blobs/sha256/%s", digest + 7);
	if (sd_read_file(store, path, SD_READ_MAX, &text, e) < 0)
		return sd_image_in_file(e, digest);
	*out = sd_json_parse(text.data ? text.data : "", text.len, digest, e);
	*size = text.len;
	return *out ? 0 : -1;
}

int sd_image_check_kind(const struct sd_json *j, const char *oci, const char *docker,
	const char *other, struct sd_err *e)
{
	const char *type = oci;
	int64_t version = 2;

	if (sd_json_int(j, &version, e, "schemaVersion") < 0 ||
		sd_json_str(j, &type, e, "mediaType") < 0)
		return -1;
	if (version != 2)
		return sd_fail(e, 0, "schemaVersion: not 2");
	if (strcmp(type, oci) != 0 && strcmp(type, docker) != 0)
		return sd_fail(e, 0, "mediaType: '%s' where %s was expected", type, oci);
	if (sd_json_get(j, "%s", other))
		return sd_fail(e, 0, "%s: does not belong into %s", other, type);
	return 0;
}

int sd_image_digest(
	const struct sd_json *j, const char **digest, struct sd_err *e, const char *path)
{
	int r = sd_json_str(j, digest, e, "%s", path);

	if (r < 0)
		return -1;
	if (r == 0)
		return sd_json_missing(e, "%s", path);
	if (!sd_digest_valid(*digest))
		return sd_fail(e, 0, "%s: '%s' is not sha256: and 64 hex digits", path, *digest);
	return 0;
}

/* A descriptor (image-spec, descriptor.md) at `path`; its size is added to *sum. */
static int descriptor(const struct sd_json *j, const char *path, const char **digest, int64_t *sum,
	struct sd_err *e)
{
	sd_auto_free char *member = sd_printf("%s.digest", path);
	int64_t size = 0;

	if (sd_image_digest(j, digest, e, member) < 0 ||
		sd_json_int(j, &size, e, "%s.size", path) < 0)
		return -1;
	if (size < 0 || __builtin_add_overflow(*sum, size, sum))
		return sd_fail(e, 0, "%s.size: out of range", path);
	return 0;
}

static int read_manifest(struct sd_image *out, size_t *n_layers, struct sd_err *e)
{
	const struct sd_json *m = out->manifest_json;
	struct sd_json *layers = NULL;
	const char *digest;
	int r;

	if (sd_image_check_kind(m, SD_MEDIA_MANIFEST, SD_DOCKER_MANIFEST, "manifests", e) < 0 ||
		descriptor(m, "config", &digest, &out->size, e) < 0)
		return -1;
	out->config_digest = sd_strdup(digest);
	r = sd_json_array(m, &layers, e, "layers");
	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "layers");
	*n_layers = sd_json_len(layers);
	for (size_t i = 0; i < *n_layers; i++) {
		sd_auto_free char *path = sd_printf("layers[%zu]", i);

		if (descriptor(m, path, &digest, &out->size, e) < 0)
			return -1;
	}
	return 0;
}

static int read_config(struct sd_image *out, size_t n_layers, struct sd_err *e)
{
	const char *type = "layers";
	struct sd_json *ids = NULL;
	int r;

	if (!sd_json_is_object(out->config))
		return sd_fail(e, 0, "not an object");
	if (sd_json_str(out->config, &type, e, "rootfs.type") < 0)
		return -1;
	if (strcmp(type, "layers") != 0)
		return sd_fail(e, 0, "rootfs.type: '%s' where layers was expected", type);
	r = sd_json_array(out->config, &ids, e, "rootfs.diff_ids");
	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "rootfs.diff_ids");
	if (sd_json_len(ids) != n_layers)
		return sd_fail(e, 0, "rootfs.diff_ids: %zu for %zu layers of the manifest",
			sd_json_len(ids), n_layers);
	for (size_t i = 0; i < n_layers; i++) {
		sd_auto_free char *path = sd_printf("rootfs.diff_ids[%zu]", i);
		const char *id;

		if (sd_image_digest(out->config, &id, e, path) < 0)
			return -1;
		sd_strv_add(&out->layers, id);
	}
	return 0;
}

static int fill(int store, const char *digest, struct sd_image *out, struct sd_err *e)
{
	size_t len = 0, config_len, n_layers = 0;

	if (blob_parse(store, digest, &out->manifest_json, &len, e) < 0)
		return -1;
	out->manifest = sd_strdup(digest);
	out->size = (int64_t)len;
	if (read_manifest(out, &n_layers, e) < 0)
		return sd_image_in_file(e, digest);
	if (blob_parse(store, out->config_digest, &out->config, &config_len, e) < 0)
		return -1;
	return read_config(out, n_layers, e) < 0 ? sd_image_in_file(e, out->config_digest) : 0;
}

int sd_image_read(int store, const char *digest, struct sd_image *out, struct sd_err *e)
{
	*out = (struct sd_image){0};
	if (fill(store, digest, out, e) == 0)
		return 0;
	sd_image_free(out);
	return -1;
}

void sd_image_free(struct sd_image *i)
{
	free(i->name);
	free(i->reference);
	free(i->manifest);
	free(i->config_digest);
	sd_json_unref(i->manifest_json);
	sd_json_unref(i->config);
	sd_strv_free(&i->layers);
	*i = (struct sd_image){0};
}
