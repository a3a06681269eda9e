/* SPDX-License-Identifier: Apache-2.0 */
/* gc: what nothing refers to goes; df: what it takes up. */
#include "sd-image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "filter.h"
#include "io.h"
#include "progress.h"
#include "store.h"
#include "usage.h"

/* The names in a directory that can be blobs or layers, as digests. */
static int read_digests(const char *path, struct sd_strv *out, struct sd_err *e)
{
	sd_auto_dir DIR *d = opendir(path);
	struct dirent *ent;

	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	while ((ent = sd_readdir(d))) {
		sd_auto_free char *digest = sd_printf("sha256:%s", ent->d_name);

		if (sd_digest_valid(digest))
			sd_strv_take(out, sd_steal_ptr(&digest));
	}
	return errno ? sd_fail(e, errno, "read %s", path) : 0;
}

static bool by_label(const void *image, const char *value)
{
	return sd_labels_have(image_labels(image), value);
}

static bool by_no_label(const void *image, const char *value)
{
	return !sd_labels_have(image_labels(image), value);
}

static const struct sd_filter keys[] = {
	{"label", by_label, SD_FILTER_EACH},
	{"label!", by_no_label, SD_FILTER_EACH},
	{0},
};

/* Without a name, or with --all any that no container was made of. */
static bool goes(
	const struct sd_image_entry *entry, const struct keep *keep, const struct gc_args *a)
{
	const struct sd_image *image = &entry->image;

	return !entry->broken && !keep->layers_unknown && (a->all || !image->name) &&
	       !keep_user(keep, image->manifest) && sd_filters_hold(keys, &a->filters, image);
}

static void print_gone(const struct sd_image *image)
{
	if (image->name)
		printf("Untagged: %s\n", image->name);
	printf("Deleted: %s\n", image->config_digest ? image->config_digest : image->manifest);
}

static int drop_images(
	const struct store *s, struct keep *keep, const struct gc_args *a, struct sd_err *e)
{
	sd_auto_json struct sd_json *index = NULL;
	sd_auto_images struct sd_images all = {0};
	struct sd_json *manifests;
	size_t at = 0;

	if (sd_image_list(&all, e) < 0 || sd_image_index(s->dir, &index, e) < 0)
		return -1;
	manifests = sd_json_make_array(index, "manifests");
	for (size_t i = 0; i < all.n; i++) {
		if (goes(&all.v[i], keep, a)) {
			print_gone(&all.v[i].image);
			sd_json_remove_at(manifests, at);
		} else {
			keep_image(keep, &all.v[i].image);
			at++;
		}
	}
	return at < all.n && !a->dry_run ? store_write_index(s, index, e) : 0;
}

static int remove_unkept(const struct store *s, const struct keep *keep,
	const struct sd_strv *blobs, const struct sd_strv *layers, struct sd_err *e)
{
	sd_auto_progress struct sd_progress p = {0};

	sd_progress_begin(&p, "gc", (int64_t)(blobs->n + layers->n), false);
	p.count = true;
	for (size_t i = 0; i < blobs->n; i++) {
		if (remove_blob(s, blobs->v[i], keep, e) < 0)
			return -1;
		sd_progress_add(&p, 1);
	}
	for (size_t i = 0; i < layers->n; i++) {
		if (remove_layer(layers->v[i], keep, e) < 0)
			return -1;
		sd_progress_add(&p, 1);
	}
	return remove_staged(e);
}

int verb_gc(const struct sd_call *call, struct sd_err *e)
{
	const struct gc_args *a = call->args;
	sd_auto_free char *blob_dir = sd_store_root("images/blobs/sha256");
	sd_auto_free char *layer_dir = sd_store_root("layers");
	sd_auto_strv struct sd_strv blobs = {0}, layers = {0};
	auto_store struct store s = STORE_NONE;
	auto_keep struct keep keep = {0};
	sd_auto_fd int lock = -1;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_filters_check(keys, &a->filters, e) < 0 ||
		store_open(&s, STORE_REMOVE, e) < 0)
		return -1;
	if (a->without.n && !a->dry_run)
		return sd_fail(e, 0, "--without is for --dry-run alone");
	if (!s.may_remove)
		return sd_fail(e, EBUSY, "an import into the image store is at work");
	lock = store_lock(&s, LOCK_INDEX, e);
	if (lock < 0 || keep_containers(&keep, &a->without, e) < 0 ||
		drop_images(&s, &keep, a, e) < 0)
		return -1;
	if (a->dry_run)
		return 0;
	if (read_digests(blob_dir, &blobs, e) < 0 || read_digests(layer_dir, &layers, e) < 0 ||
		remove_unkept(&s, &keep, &blobs, &layers, e) < 0)
		return -1;
	return keep.layers_unknown
		       ? sd_fail(e, 0, "no layer was removed: a container's record is unreadable")
		       : 0;
}
