/* SPDX-License-Identifier: Apache-2.0 */
/* Is every byte of the store what its digest says?  The answer is no with exit code 1. */
#include "sd-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"

static int check_blob(int store, const char *digest, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("blobs/sha256/%s", digest + 7);
	sd_auto_fd int fd = openat(store, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	char found[SD_DIGEST_LEN + 1];

	if (fd < 0)
		return sd_fail(e, errno, "%s", digest);
	if (hash_fd(fd, digest, found, e) < 0)
		return -1;
	return strcmp(found, digest) == 0
		       ? 0
		       : sd_fail(e, 0, "%s: its content has the digest %s", digest, found);
}

static int say(const char *name, const struct sd_err *e)
{
	printf("%s: %s\n", name, e->text);
	return 1;
}

static int check_image(int store, const struct sd_image *image, const char *name)
{
	size_t n = sd_json_len(sd_json_member(image->manifest_json, "layers"));
	struct sd_err e;
	int bad = 0;

	if (check_blob(store, image->manifest, &e) < 0)
		bad = say(name, &e);
	if (check_blob(store, image->config_digest, &e) < 0)
		bad = say(name, &e);
	for (size_t i = 0; i < n; i++) {
		const char *digest;

		if (sd_json_str(image->manifest_json, &digest, &e, "layers[%zu].digest", i) < 0 ||
			check_blob(store, digest, &e) < 0)
			bad = say(name, &e);
	}
	for (size_t i = 0; i < image->layers.n; i++) {
		if (layer_is_unpacked(image->layers.v[i]))
			continue;
		sd_fail(&e, 0, "layer %s is not unpacked", image->layers.v[i]);
		sd_hint(&e, "sd-image provide %s", name);
		bad = say(name, &e);
	}
	return bad;
}

int verb_verify(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_images struct sd_images all = {0};
	sd_auto_fd int store = -1;
	int bad = 0;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_image_list(&all, e) < 0)
		return -1;
	if (!all.n)
		return 0;
	store = sd_image_store_open(e);
	if (store < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct sd_image *image = &all.v[i].image;
		const char *name = image->name ? image->name : image->manifest;

		if (all.v[i].broken) {
			printf("%s: %s\n", name ? name : "index.json", all.v[i].broken);
			bad = 1;
		} else {
			bad |= check_image(store, image, name);
		}
	}
	return bad ? SD_EXIT_NO : SD_EXIT_OK;
}
