/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of a container's root file system are. */
#include "sd-layer.h"

#include <string.h>
#include "cleanup.h"
#include "doc.h"
#include "ref.h"
#include "store.h"

int layer_path(const char *diff_id, char **path, struct sd_err *e)
{
	/* What is no digest must not become a part of a path (CVE-2024-3727). */
	if (!sd_digest_valid(diff_id))
		return sd_fail(e, 0, "'%s' is not a layer's digest", diff_id);
	*path = sd_store_root("layers/%s/fs", diff_id + strlen("sha256:"));
	return 0;
}

static int from_fact(const struct sd_json *doc, struct overlay *o, struct sd_err *e)
{
	sd_auto_free const char **lower = NULL;
	const char *upper, *work;
	size_t n;
	int r = sd_json_strings(doc, &lower, &n, e, "rootfs.lower");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "rootfs.lower");
	for (size_t i = 0; i < n; i++)
		sd_strv_add(&o->lower, lower[i]);
	r = sd_json_str(doc, &upper, e, "rootfs.upper");
	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "rootfs.upper");
	o->upper = sd_strdup(upper);
	r = sd_json_str(doc, &work, e, "rootfs.work");
	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "rootfs.work");
	o->work = sd_strdup(work);
	return 1;
}

static int from_wishes(const struct sd_json *doc, struct overlay *o, struct sd_err *e)
{
	sd_auto_free const char **layers = NULL;
	const char *bundle;
	size_t n;
	int r = sd_json_strings(doc, &layers, &n, e, "image.layers");

	if (r <= 0)
		return r;
	if (sd_doc_bundle(doc, &bundle, e) < 0)
		return -1;
	/* The image names the lowest first, the kernel wants the uppermost first. */
	for (size_t i = n; i-- > 0;) {
		char *path = NULL;

		if (layer_path(layers[i], &path, e) < 0)
			return -1;
		sd_strv_take(&o->lower, path);
	}
	/* An image without layers: the kernel wants a lower directory, so an empty one. */
	if (!n)
		sd_strv_take(&o->lower, sd_printf("%s/lower", bundle));
	o->upper = sd_printf("%s/upper", bundle);
	o->work = sd_printf("%s/work", bundle);
	return 1;
}

int rootfs_overlay(const struct sd_json *doc, bool derive, struct overlay *o, struct sd_err *e)
{
	int r = 0;

	if (sd_json_get(doc, "rootfs"))
		r = from_fact(doc, o, e);
	else if (derive)
		r = from_wishes(doc, o, e);
	if (r > 0 && sd_json_bool(doc, &o->throwaway, e, "want.autoRemove") < 0)
		return -1;
	return r;
}

int rootfs_target(const struct sd_json *doc, char **target, struct sd_err *e)
{
	const char *bundle, *path = "rootfs";

	if (sd_doc_bundle(doc, &bundle, e) < 0 ||
		sd_json_str(doc, &path, e, "config.root.path") < 0)
		return -1;
	*target = path[0] == '/' ? sd_strdup(path) : sd_printf("%s/%s", bundle, path);
	return 0;
}
