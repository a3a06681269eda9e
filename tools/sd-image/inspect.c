/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: images, with docker's member names. */
#include "sd-image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "format.h"
#include "io.h"

#define FOUND_MAX (16 * SD_READ_MAX)

/* docker's `inspect` of an image, as far as an OCI image has the facts. */
static struct sd_json *docker_json(const struct sd_image *image, const struct sd_images *all)
{
	struct sd_json *j = sd_json_new_object(), *tags = sd_json_new_array(),
		       *digests = sd_json_new_array();
	struct sd_json *rootfs = sd_json_new_object(), *layers = sd_json_new_array();
	struct sd_json *config = sd_json_member(image->config, "config");

	for (size_t i = 0; i < all->n; i++) {
		const struct sd_image *other = &all->v[i].image;
		sd_auto_ref struct sd_ref name = {0};
		sd_auto_free char *digest = NULL;
		struct sd_err ignored;

		if (!other->name || !other->manifest ||
			strcmp(other->manifest, image->manifest) != 0 ||
			sd_ref_parse(other->name, &name, &ignored) < 0)
			continue;
		sd_json_append_str(tags, other->name);
		if (name.tag)
			name.familiar[strlen(name.familiar) - strlen(name.tag) - 1] = '\0';
		digest = sd_printf("%s@%s", name.familiar, image->manifest);
		sd_json_append_str(digests, digest);
	}
	for (size_t i = 0; i < image->layers.n; i++)
		sd_json_append_str(layers, image->layers.v[i]);
	sd_json_set_str(rootfs, "Type", "layers");
	sd_json_set(rootfs, "Layers", layers);

	sd_json_set_str(j, "Id", image->config_digest);
	sd_json_set(j, "RepoTags", tags);
	sd_json_set(j, "RepoDigests", digests);
	sd_json_set_str(j, "Comment", image_text(image, "history[0].comment"));
	sd_json_set_str(j, "Created", image_text(image, "created"));
	sd_json_set_str(j, "Author", image_text(image, "author"));
	sd_json_set(j, "Config", config ? sd_json_copy(config) : sd_json_new_object());
	sd_json_set_str(j, "Architecture", image_text(image, "architecture"));
	sd_json_set_str(j, "Os", image_text(image, "os"));
	sd_json_set_int(j, "Size", image->size);
	sd_json_set(j, "RootFS", rootfs);
	return j;
}

/* An image that is not there, by a name or by what can be none, is SD_EXIT_NO. */
static int inspect_image(const char *name, bool fill, struct sd_json *list, struct sd_err *e)
{
	sd_auto_image struct sd_image image = {0};
	sd_auto_images struct sd_images all = {0};
	sd_auto_ref struct sd_ref ref = {0};
	struct sd_err ignored;

	if (sd_image_lookup(name, &image, e) < 0) {
		bool missing = e->errnum == ENOENT || sd_ref_parse(name, &ref, &ignored) < 0;

		if (missing && fill)
			sd_fail(e, 0, "no such object: %s", name);
		if (missing)
			e->code = SD_EXIT_NO;
		return -1;
	}
	if (sd_image_list(&all, e) < 0)
		return -1;
	sd_json_append(list, docker_json(&image, &all));
	return 0;
}

/* What sd-state found of the same names: for each an object, null or false. */
static int read_found(size_t n, struct sd_json **found, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	if (sd_read_all(STDIN_FILENO, "standard input", FOUND_MAX, &text, e) < 0)
		return -1;
	if (!text.len)
		return sd_fail_silent(e);
	*found = sd_json_parse(text.data, text.len, "standard input", e);
	if (!*found)
		return -1;
	if (!sd_json_is_array(*found) || sd_json_len(*found) != n)
		return sd_fail(e, 0, "standard input: not an array with %zu elements", n);
	return 0;
}

/* One of the array that was read: an object, null for an image, false for what was told. */
static int inspect_found(
	const char *name, struct sd_json *one, struct sd_json *list, struct sd_err *e)
{
	if (sd_json_is_null(one))
		return inspect_image(name, true, list, e);
	if (!sd_json_is_object(one))
		return sd_fail_silent(e);
	sd_json_append(list, sd_json_ref(one));
	return 0;
}

int verb_inspect(const struct sd_call *call, struct sd_err *e)
{
	const struct inspect_args *a = call->args;
	sd_auto_json struct sd_json *list = sd_json_new_array(), *found = NULL;
	sd_auto_rows struct sd_rows *rows = NULL;
	struct sd_err first = {0};

	if (sd_want_operands(call, 1, -1, e) < 0 ||
		(a->format && !(rows = sd_rows_begin(a->format, NULL, NULL, e))) ||
		(a->fill && read_found((size_t)call->argc, &found, e) < 0))
		return -1;
	for (int i = 0; i < call->argc; i++) {
		struct sd_err why = {0};
		int r = a->fill ? inspect_found(
					  call->argv[i], sd_json_at(found, (size_t)i), list, &why)
				: inspect_image(call->argv[i], false, list, &why);

		/* The others are printed all the same; the first failure is the one reported. */
		if (r < 0 && !first.code)
			first = why;
	}
	/* Where there is nothing but an error, no empty array stands before it. */
	if ((sd_json_len(list) || !first.code) && sd_rows_show(rows, list, stdout, e) < 0)
		return -1;
	if (!first.code)
		return 0;
	*e = first;
	return -1;
}
