/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest, config and index of an image store; which of them, the first byte says. */
#include "fuzz.h"

#include "../../lib/image.c"
#include "../../lib/image_index.c"

static void manifest(struct sd_json *j)
{
	sd_auto_image struct sd_image image = {.manifest_json = sd_json_ref(j)};
	struct sd_err e = {0};
	size_t n = 0;

	if (read_manifest(&image, &n, &e) < 0) {
		must_explain(&e);
		return;
	}
	must(sd_digest_valid(image.config_digest) && image.size >= 0);
	must(n == sd_json_len(sd_json_member(j, "layers")));
}

static void config(struct sd_json *j)
{
	sd_auto_image struct sd_image image = {.config = sd_json_ref(j)};
	size_t n = sd_json_len(sd_json_get(j, "rootfs.diff_ids"));
	struct sd_err e = {0};

	if (read_config(&image, n, &e) < 0) {
		must_explain(&e);
		return;
	}
	must(image.layers.n == n);
	for (size_t i = 0; i < n; i++)
		must(sd_digest_valid(image.layers.v[i]));
}

static void index_of(struct sd_json *j)
{
	size_t n = sd_json_len(sd_json_member(j, "manifests"));

	for (size_t i = 0; i < n; i++) {
		sd_auto_ref struct sd_ref name = {0};
		struct sd_err e = {0};
		const char *digest;

		if (read_entry(j, i, &digest, &name, &e) < 0)
			must_explain(&e);
		must(!digest || sd_digest_valid(digest));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_json struct sd_json *j = NULL;
	struct sd_err e = {0};

	if (!size)
		return 0;
	j = sd_json_parse((const char *)data + 1, size - 1, "input", &e);
	if (!j)
		return 0;
	if (data[0] == 'm')
		manifest(j);
	else if (data[0] == 'c')
		config(j);
	else
		index_of(j);
	return 0;
}
