/* SPDX-License-Identifier: Apache-2.0 */
/* df: what the images take up: blobs and unpacked layers, each once, however many share them. */
#include "sd-image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "store.h"
#include "table.h"
#include "usage.h"

/* The directories of blobs and layers, opened; -1 where there is none yet. */
struct places {
	int blobs, layers;
};

static void places_close(struct places *p)
{
	sd_close_fd(&p->blobs);
	sd_close_fd(&p->layers);
}

static void places_open(struct places *p)
{
	sd_auto_free char *blobs = sd_store_root("images/blobs/sha256");
	sd_auto_free char *layers = sd_store_root("layers");

	p->blobs = open(blobs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p->layers = open(layers, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int add(int dir, const struct sd_strv *digests, int64_t *sum, struct sd_err *e)
{
	for (size_t i = 0; dir >= 0 && i < digests->n; i++) {
		int64_t bytes;

		if (!sd_digest_valid(digests->v[i]))
			continue;
		if (sd_usage_tree(dir, digests->v[i] + strlen("sha256:"), &bytes, e) < 0)
			return -1;
		*sum += bytes;
	}
	return 0;
}

static int sum(const struct places *p, const struct keep *k, int64_t *bytes, struct sd_err *e)
{
	*bytes = 0;
	return add(p->blobs, &k->blobs, bytes, e) < 0 ? -1 : add(p->layers, &k->layers, bytes, e);
}

static void print_each(const struct sd_images *all, const struct keep *users)
{
	sd_auto_table struct sd_table t = {.columns = 4};

	sd_table_add(&t, "IMAGE");
	sd_table_add(&t, "IMAGE ID");
	sd_table_add(&t, "SIZE");
	sd_table_add(&t, "CONTAINER");
	for (size_t i = 0; i < all->n; i++) {
		const struct sd_image *image = &all->v[i].image;
		const char *id = image->config_digest, *user = keep_user(users, image->manifest);

		sd_table_add(&t, image->name ? image->name : "<none>");
		sd_table_take(
			&t, id ? sd_strndup(id + strlen("sha256:"), 12) : sd_strdup("<broken>"));
		sd_table_take(&t, sd_human_size(image->size));
		sd_table_add(&t, user ? user : "");
	}
	puts("Images:\n");
	sd_table_print(&t, stdout);
}

/* One image with two names is one. */
static bool named_before(const struct sd_images *all, size_t n)
{
	const char *manifest = all->v[n].image.manifest;

	for (size_t i = 0; manifest && i < n; i++)
		if (all->v[i].image.manifest && strcmp(all->v[i].image.manifest, manifest) == 0)
			return true;
	return false;
}

int verb_df(const struct sd_call *call, struct sd_err *e)
{
	const struct df_args *a = call->args;
	__attribute__((cleanup(places_close))) struct places p = {-1, -1};
	sd_auto_images struct sd_images all = {0};
	auto_keep struct keep users = {0}, every = {0}, active = {0};
	struct sd_usage u = {.type = "Images"};
	int64_t used;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_usage_check(&a->usage, e) < 0 ||
		sd_image_list(&all, e) < 0 || keep_containers(&users, NULL, e) < 0)
		return -1;
	if (a->usage.verbose) {
		print_each(&all, &users);
		return 0;
	}
	for (size_t i = 0; i < all.n; i++) {
		u.total += !named_before(&all, i);
		keep_image(&every, &all.v[i].image);
		if (!keep_user(&users, all.v[i].image.manifest))
			continue;
		keep_image(&active, &all.v[i].image);
		u.active += !named_before(&all, i);
	}
	places_open(&p);
	if (sum(&p, &every, &u.size, e) < 0 || sum(&p, &active, &used, e) < 0)
		return -1;
	u.reclaimable = u.size - used;
	return sd_usage_print(&u, &a->usage, true, e);
}
