/* SPDX-License-Identifier: Apache-2.0 */
/* Names given and taken away, and what goes with the last one: tag, rm. */
#include "sd-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "store.h"

int verb_tag(const struct sd_call *call, struct sd_err *e)
{
	auto_store struct store s = STORE_NONE;
	sd_auto_json struct sd_json *index = NULL;
	sd_auto_image struct sd_image image = {0};
	sd_auto_ref struct sd_ref name = {0};
	sd_auto_free char *blob = NULL;
	sd_auto_fd int lock = -1;
	struct stat st;

	if (sd_want_operands(call, 2, 2, e) < 0 || sd_ref_parse(call->argv[1], &name, e) < 0)
		return -1;
	if (name.digest)
		return sd_fail(
			e, 0, "image name '%s': a digest cannot be given away", call->argv[1]);
	if (store_open(&s, STORE_ADD, e) < 0 || (lock = store_lock(&s, LOCK_INDEX, e)) < 0)
		return -1;
	if (sd_image_lookup(call->argv[0], &image, e) < 0 || sd_image_index(s.dir, &index, e) < 0)
		return -1;
	blob = sd_printf("blobs/sha256/%s", image.manifest + 7);
	if (fstatat(s.dir, blob, &st, 0) < 0)
		return sd_fail(e, errno, "stat %s", image.manifest);
	index_set_name(index, &name, image.manifest, st.st_size);
	return store_write_index(&s, index, e);
}

/* Does the operand mean this entry: by name one, by id all of that image. */
static bool has_name(const struct sd_image *image, const struct sd_ref *name)
{
	return image->reference && strcmp(image->reference, name->canonical) == 0;
}

static bool has_id(const struct sd_image *image, const char *operand)
{
	const char *hex = sd_starts_with(operand, "sha256:") ? operand + 7 : operand;

	return strlen(hex) >= 3 &&
	       ((image->manifest && sd_starts_with(image->manifest + 7, hex)) ||
		       (image->config_digest && sd_starts_with(image->config_digest + 7, hex)));
}

static bool same_image(const struct sd_image *a, const struct sd_image *b)
{
	return a->manifest && b->manifest && strcmp(a->manifest, b->manifest) == 0;
}

struct victim {
	struct sd_ref name; /* empty where it was named by its id */
	const struct sd_image *image;
	size_t names, matched; /* entries of the same image; those that the operand means */
};

static int find_victim(
	const struct sd_images *all, const char *operand, struct victim *v, struct sd_err *e)
{
	struct sd_err bad_name;
	bool is_name = sd_ref_parse(operand, &v->name, &bad_name) == 0, found = false;

	for (int by_name = 1; by_name >= 0 && !found; by_name--) {
		for (size_t i = 0; i < all->n && (is_name || !by_name); i++) {
			const struct sd_image *image = &all->v[i].image;

			if (by_name ? !has_name(image, &v->name) : !has_id(image, operand))
				continue;
			if (found && !same_image(v->image, image))
				return sd_fail(e, 0, "image id '%s' is ambiguous", operand);
			v->image = image;
			v->matched++;
			found = true;
		}
		if (!found)
			sd_ref_free(&v->name);
	}
	if (!found)
		return is_name ? sd_fail(e, 0, "image '%s' is not in the store", operand)
			       : sd_fail(e, 0, "%s", bad_name.text);
	for (size_t i = 0; i < all->n; i++)
		v->names += same_image(&all->v[i].image, v->image);
	return 0;
}

static int may_rm(
	const struct victim *v, const char *operand, const char *user, bool force, struct sd_err *e)
{
	if (force)
		return 0;
	if (!v->name.canonical && v->names > 1) {
		sd_fail(e, 0, "image '%s' has %zu names", operand, v->names);
		return sd_hint(e, "name one of them, or --force for all");
	}
	if (user && v->names == v->matched) {
		sd_fail(e, EBUSY, "remove image '%s'", operand);
		return sd_hint(e, "container %s uses it; --force leaves it its layers", user);
	}
	return 0;
}

/* Take the victim's entries out of the index; what else the store has is added to keep. */
static void drop_entries(struct sd_json *index, const struct sd_images *all, const struct victim *v,
	struct keep *keep)
{
	struct sd_json *manifests = sd_json_make_array(index, "manifests");
	size_t at = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct sd_image *image = &all->v[i].image;

		if (!same_image(image, v->image) ||
			(v->name.canonical && !has_name(image, &v->name))) {
			keep_image(keep, image);
			at++;
			continue;
		}
		sd_json_remove_at(manifests, at);
		if (image->name)
			printf("Untagged: %s\n", image->name);
	}
}

/* The index first: killed in between, this leaves blobs that nothing names, for gc. */
static int remove_victim(const struct store *s, const struct sd_images *all, const struct victim *v,
	struct keep *keep, struct sd_err *e)
{
	sd_auto_json struct sd_json *index = NULL;
	auto_keep struct keep gone = {0};

	if (sd_image_index(s->dir, &index, e) < 0)
		return -1;
	drop_entries(index, all, v, keep);
	if (store_write_index(s, index, e) < 0)
		return -1;
	if (v->matched < v->names)
		return 0;
	printf("Deleted: %s\n",
		v->image->config_digest ? v->image->config_digest : v->image->manifest);
	/* An import at work may be about to name any of these. */
	if (!s->may_remove)
		return 0;
	keep_image(&gone, v->image);
	for (size_t i = 0; i < gone.blobs.n; i++)
		if (remove_blob(s, gone.blobs.v[i], keep, e) < 0)
			return -1;
	for (size_t i = 0; i < gone.layers.n; i++)
		if (remove_layer(gone.layers.v[i], keep, e) < 0)
			return -1;
	return 0;
}

static int rm_one(const struct store *s, const char *operand, bool force, struct sd_err *e)
{
	sd_auto_fd int lock = store_lock(s, LOCK_INDEX, e);
	sd_auto_images struct sd_images all = {0};
	auto_keep struct keep keep = {0};
	struct victim v = {0};
	int r;

	if (lock < 0 || sd_image_list(&all, e) < 0)
		return -1;
	r = find_victim(&all, operand, &v, e);
	if (r == 0)
		r = keep_containers(&keep, NULL, e);
	if (r == 0)
		r = may_rm(&v, operand, keep_user(&keep, v.image->manifest), force, e);
	if (r == 0)
		r = remove_victim(s, &all, &v, &keep, e);
	sd_ref_free(&v.name);
	return r;
}

int verb_rm(const struct sd_call *call, struct sd_err *e)
{
	const struct rm_args *a = call->args;
	auto_store struct store s = STORE_NONE;

	if (sd_want_operands(call, 1, -1, e) < 0 || store_open(&s, STORE_REMOVE, e) < 0)
		return -1;
	for (int i = 0; i < call->argc; i++)
		if (rm_one(&s, call->argv[i], a->force, e) < 0)
			return -1;
	return 0;
}
