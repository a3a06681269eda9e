/* SPDX-License-Identifier: Apache-2.0 */
/* size: what containers have written, and how big their root file systems are with their images. */
#include "sd-layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "usage.h"

int written_size(const struct sd_json *doc, int64_t *bytes, struct sd_err *e)
{
	auto_overlay struct overlay o = {0};
	int r = rootfs_overlay(doc, true, &o, e);

	*bytes = 0;
	return r > 0 ? sd_usage_tree(AT_FDCWD, o.upper, bytes, e) : r;
}

/* Many containers have the same layers: each is gone through once. */
static int layer_size(struct sd_json *known, const char *path, int64_t *bytes, struct sd_err *e)
{
	if (sd_json_int_value(sd_json_member(known, path), bytes))
		return 0;
	if (sd_usage_tree(AT_FDCWD, path, bytes, e) < 0)
		return -1;
	sd_json_set_int(known, path, *bytes);
	return 0;
}

static int image_size(
	struct sd_json *known, const struct sd_json *doc, int64_t *bytes, struct sd_err *e)
{
	auto_overlay struct overlay o = {0};

	*bytes = 0;
	if (rootfs_overlay(doc, true, &o, e) < 0)
		return -1;
	for (size_t i = 0; i < o.lower.n; i++) {
		int64_t one;

		if (layer_size(known, o.lower.v[i], &one, e) < 0)
			return -1;
		*bytes += one;
	}
	return 0;
}

static int print(void *known, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *row = sd_json_new_object();
	int64_t written, image;
	const char *id;

	if (sd_doc_id(doc, &id, e) < 0 || written_size(doc, &written, e) < 0 ||
		image_size(known, doc, &image, e) < 0)
		return -1;
	sd_json_set_str(row, "id", id);
	sd_json_set_int(row, "written", written);
	sd_json_set_int(row, "all", written + image);
	return sd_doc_write(STDOUT_FILENO, row, e);
}

static int do_size(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *known = sd_json_new_object();

	return sd_want_operands(call, 0, 0, e) < 0 ? -1 : sd_doc_each(print, known, e);
}

const struct sd_verb size_verb = {
	.name = "size",
	.summary = "say what the listed containers have written, a line each",
	.run = do_size,
};
