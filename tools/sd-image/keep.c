/* SPDX-License-Identifier: Apache-2.0 */
/* What may be removed from the store, and what may not. */
#include "sd-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"

void keep_free(struct keep *k)
{
	sd_strv_free(&k->blobs);
	sd_strv_free(&k->layers);
}
static bool contains(const struct sd_strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

static void add(struct sd_strv *l, const char *s)
{
	if (s && !contains(l, s))
		sd_strv_add(l, s);
}

void keep_image(struct keep *k, const struct sd_image *image)
{
	const struct sd_json *layers = sd_json_member(image->manifest_json, "layers"), *layer;
	size_t i;

	add(&k->blobs, image->manifest);
	add(&k->blobs, image->config_digest);
	sd_json_array_foreach (layers, i, layer)
		add(&k->blobs, sd_json_string_value(sd_json_member(layer, "digest")));
	for (i = 0; i < image->layers.n; i++)
		add(&k->layers, image->layers.v[i]);
}

/* The container of that record uses the image: its name for the error, or NULL. */
static char *user_of(const struct sd_json *record, const char *id, const char *manifest)
{
	const char *used = NULL, *name = id;
	struct sd_err ignored;

	sd_json_str(record, &used, &ignored, "image.manifest");
	sd_json_str(record, &name, &ignored, "name");
	return used && manifest && strcmp(used, manifest) == 0 ? sd_strdup(name) : NULL;
}

int keep_containers(struct keep *k, const char *manifest, char **user, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};

	if (sd_record_list(&ids, e) < 0)
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		sd_auto_json struct sd_json *record = NULL;
		sd_auto_free const char **layers = NULL;
		struct sd_err broken;
		size_t n = 0;
		/* No record yet, or no more: a container in the making, whose sd-layer checks for
		 * itself. */
		int r = sd_record_load_saved(ids.v[i], &record, &broken);

		if (r < 0 || (r > 0 && sd_json_strings(
					       record, &layers, &n, &broken, "image.layers") < 0))
			k->layers_unknown = true;
		for (size_t l = 0; l < n; l++)
			add(&k->layers, layers[l]);
		if (r > 0 && !*user)
			*user = user_of(record, ids.v[i], manifest);
	}
	return 0;
}

int remove_blob(const struct store *s, const char *digest, const struct keep *k, struct sd_err *e)
{
	sd_auto_free char *path = NULL;

	if (!sd_digest_valid(digest) || contains(&k->blobs, digest))
		return 0;
	path = sd_printf("blobs/sha256/%s", digest + 7);
	/* ENOENT: several images had it, or an earlier removal was cut short. */
	if (unlinkat(s->dir, path, 0) < 0 && errno != ENOENT)
		return sd_fail(e, errno, "remove %s", digest);
	return 0;
}

int remove_layer(const char *diff_id, const struct keep *k, struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_root("layers");
	sd_auto_fd int fd = -1;

	if (!sd_digest_valid(diff_id) || k->layers_unknown || contains(&k->layers, diff_id))
		return 0;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", dir);
	return sd_remove_tree(fd, diff_id + 7, e);
}
