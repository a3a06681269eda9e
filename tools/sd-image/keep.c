/* SPDX-License-Identifier: Apache-2.0 */
/* What may be removed from the store, and what may not. */
#include "sd-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"

void keep_free(struct keep *k)
{
	sd_strv_free(&k->blobs);
	sd_strv_free(&k->layers);
	sd_strv_free(&k->used);
	sd_strv_free(&k->users);
}

static void add(struct sd_strv *l, const char *s)
{
	if (s && !sd_strv_has(l, s))
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

/* One container: its layers, and of which image it was made. */
static void keep_container(struct keep *k, const struct sd_json *record, const char *id)
{
	const char *manifest = NULL, *name = id;
	sd_auto_free const char **layers = NULL;
	struct sd_err broken;
	size_t n = 0;

	if (sd_json_str(record, &manifest, &broken, "image.manifest") < 0 ||
		sd_json_str(record, &name, &broken, "name") < 0 ||
		sd_json_strings(record, &layers, &n, &broken, "image.layers") < 0)
		k->layers_unknown = true;
	for (size_t i = 0; i < n; i++)
		add(&k->layers, layers[i]);
	if (manifest && !sd_strv_has(&k->used, manifest)) {
		sd_strv_add(&k->used, manifest);
		sd_strv_add(&k->users, name);
	}
}

int keep_containers(struct keep *k, const struct sd_strv *without, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};

	if (sd_record_list(&ids, e) < 0)
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		sd_auto_json struct sd_json *record = NULL;
		struct sd_err broken;
		int r;

		if (without && sd_strv_has(without, ids.v[i]))
			continue;
		r = sd_record_load_saved_brief(ids.v[i], &record, &broken);

		/* 0: one that is being made; its sd-layer finds out for itself. */
		if (r < 0)
			k->layers_unknown = true;
		else if (r > 0)
			keep_container(k, record, ids.v[i]);
	}
	return 0;
}

const char *keep_user(const struct keep *k, const char *manifest)
{
	for (size_t i = 0; manifest && i < k->used.n; i++)
		if (strcmp(k->used.v[i], manifest) == 0)
			return k->users.v[i];
	return NULL;
}

int remove_blob(const struct store *s, const char *digest, const struct keep *k, struct sd_err *e)
{
	sd_auto_free char *path = NULL;

	if (!sd_digest_valid(digest) || sd_strv_has(&k->blobs, digest))
		return 0;
	path = sd_printf("blobs/sha256/%s", digest + 7);
	/* ENOENT: several images had it, or an earlier removal was cut short. */
	if (unlinkat(s->dir, path, 0) < 0 && errno != ENOENT)
		return sd_fail(e, errno, "remove %s", digest);
	return 0;
}

/*
 * What a killed unpack or removal has left.  Its maker held the lock of its directory, which the
 * kernel has dropped with it.
 */
int remove_staged(struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("layers");
	sd_auto_dir DIR *d = opendir(path);
	struct dirent *ent;

	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	while ((ent = sd_readdir(d))) {
		sd_auto_fd int left = -1;

		if (!sd_starts_with(ent->d_name, ".tmp-"))
			continue;
		left = openat(
			dirfd(d), ent->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) == 0 &&
			sd_remove_tree(dirfd(d), ent->d_name, e) < 0)
			return -1;
	}
	return errno ? sd_fail(e, errno, "read %s", path) : 0;
}

int remove_layer(const char *diff_id, const struct keep *k, struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_root("layers");
	sd_auto_free char *gone = NULL;
	sd_auto_fd int fd = -1;

	if (!sd_digest_valid(diff_id) || k->layers_unknown || sd_strv_has(&k->layers, diff_id))
		return 0;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", dir);
	/*
	 * Out of its place first: a container that is being made finds all of it or nothing.  By
	 * that name sd-layer's next unpack sweeps away what a killed removal leaves.
	 */
	gone = sd_printf(".tmp-%s", diff_id + 7);
	if (sd_remove_tree(fd, gone, e) < 0)
		return -1;
	if (renameat(fd, diff_id + 7, fd, gone) < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "remove layer %s", diff_id);
	return sd_remove_tree(fd, gone, e);
}
