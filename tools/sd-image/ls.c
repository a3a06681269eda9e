/* SPDX-License-Identifier: Apache-2.0 */
/* ls: what is in the store. */
#include "sd-image.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "cleanup.h"
#include "filter.h"
#include "format.h"
#include "table.h"

const char *image_text(const struct sd_image *image, const char *path)
{
	struct sd_err ignored;
	const char *text = "";

	/* A member of a wrong type is shown as one that is not there. */
	if (image->config)
		sd_json_str(image->config, &text, &ignored, "%s", path);
	return text;
}

const struct sd_json *image_labels(const struct sd_image *image)
{
	return sd_json_get(image->config, "config.Labels");
}

/* The name without its tag. */
static char *repository(const char *name, const struct sd_ref *ref)
{
	return sd_strndup(name, strlen(name) - (ref->tag ? strlen(ref->tag) + 1 : 0));
}

/* ---- which */

static bool wanted(const struct sd_image *image, const struct sd_ref *want, bool whole_name)
{
	sd_auto_ref struct sd_ref have = {0};
	struct sd_err ignored;

	if (!want->canonical)
		return true;
	if (!image->reference || sd_ref_parse(image->reference, &have, &ignored) < 0)
		return false;
	if (whole_name)
		return strcmp(have.canonical, want->canonical) == 0;
	return strcmp(have.host, want->host) == 0 && strcmp(have.path, want->path) == 0;
}

/* As docker: the name with its tag, or without; '*' is no '/'. */
static bool by_reference(const void *image, const char *value)
{
	const char *name = ((const struct sd_image *)image)->name;
	sd_auto_ref struct sd_ref ref = {0};
	sd_auto_free char *bare = NULL;
	struct sd_err ignored;

	if (!name)
		return false;
	if (sd_ref_parse(name, &ref, &ignored) == 0)
		bare = repository(name, &ref);
	return fnmatch(value, name, FNM_PATHNAME) == 0 ||
	       (bare && fnmatch(value, bare, FNM_PATHNAME) == 0);
}

static bool by_name(const void *image, const char *value)
{
	return (((const struct sd_image *)image)->name == NULL) == (strcmp(value, "true") == 0);
}

static bool by_label(const void *image, const char *value)
{
	return sd_labels_have(image_labels(image), value);
}

/* The values of these are times by now: see check(). */
static bool before(const void *image, const char *value)
{
	return strcmp(image_text(image, "created"), value) < 0;
}

static bool since(const void *image, const char *value)
{
	return strcmp(image_text(image, "created"), value) > 0;
}

static const struct sd_filter keys[] = {
	{"before", before, SD_FILTER_ONE},
	{"dangling", by_name, SD_FILTER_ONE},
	{"label", by_label, SD_FILTER_EACH},
	{"reference", by_reference, SD_FILTER_ONE},
	{"since", since, SD_FILTER_ONE},
	{0},
};

/* "before=IMAGE" becomes the time when that was created. */
static int resolve(char **filter, const struct sd_filter *key, const char *name, struct sd_err *e)
{
	sd_auto_image struct sd_image image = {0};
	char *resolved;

	if (sd_image_lookup(name, &image, e) < 0)
		return -1;
	resolved = sd_printf("%s=%s", key->name, image_text(&image, "created"));
	free(*filter);
	*filter = resolved;
	return 0;
}

static int check(struct sd_strv *filters, struct sd_err *e)
{
	if (sd_filters_check(keys, filters, e) < 0)
		return -1;
	for (size_t i = 0; i < filters->n; i++) {
		const char *value;
		const struct sd_filter *key = sd_filter_find(keys, filters->v[i], &value);

		if (key->holds == by_name && sd_filter_want_bool(filters->v[i], value, e) < 0)
			return -1;
		if ((key->holds == before || key->holds == since) &&
			resolve(&filters->v[i], key, value, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- how */

static char *shown_id(const struct sd_image *image, const struct ls_args *a)
{
	const char *id = image->config_digest;

	if (!id)
		return sd_strdup("<broken>");
	return a->no_trunc ? sd_strdup(id) : sd_strndup(id + strlen("sha256:"), 12);
}

static void set_name(struct sd_json *row, const char *name)
{
	sd_auto_ref struct sd_ref ref = {0};
	struct sd_err ignored;

	if (name && sd_ref_parse(name, &ref, &ignored) < 0)
		ref.tag = NULL;
	if (ref.tag)
		sd_json_take_str(row, "Repository", repository(name, &ref));
	else
		sd_json_set_str(row, "Repository", name ? name : "<none>");
	sd_json_set_str(row, "Tag", ref.tag ? ref.tag : "<none>");
}

/* What docker's fields are; of those that cost it too much to count, it says the same. */
static struct sd_json *to_row(const struct sd_image_entry *entry, const struct ls_args *a)
{
	static const char *const uncounted[] = {"Containers", "SharedSize", "UniqueSize"};
	const struct sd_image *image = &entry->image;
	const char *when = image_text(image, "created");
	int64_t created = sd_time_parse(when);
	sd_auto_free char *age = sd_human_duration(time(NULL) - created);
	struct sd_json *row = sd_json_new_object();

	sd_json_take_str(row, "CreatedAt", sd_go_time(when));
	sd_json_take_str(
		row, "CreatedSince", created >= 0 ? sd_printf("%s ago", age) : sd_strdup("-"));
	sd_json_set_str(row, "Digest", image->manifest ? image->manifest : "<broken>");
	sd_json_take_str(row, "ID", shown_id(image, a));
	set_name(row, image->name);
	sd_json_take_str(row, "Size", entry->broken ? sd_strdup("-") : sd_human_size(image->size));
	for (size_t i = 0; i < sizeof(uncounted) / sizeof(*uncounted); i++)
		sd_json_set_str(row, uncounted[i], "N/A");
	return row;
}

#define TABLE_NAME    "table {{.Repository}}\t{{.Tag}}\t"
#define TABLE_REST    "{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
#define TABLE	      TABLE_NAME TABLE_REST
#define TABLE_DIGESTS TABLE_NAME "{{.Digest}}\t" TABLE_REST

static int print_rows(
	const struct sd_image_entry **rows, size_t n, const struct ls_args *a, struct sd_err *e)
{
	static const struct sd_heading head[] = {{"Containers", "CONTAINERS"},
		{"CreatedAt", "CREATED AT"}, {"CreatedSince", "CREATED"}, {"Digest", "DIGEST"},
		{"ID", "IMAGE ID"}, {"Repository", "REPOSITORY"}, {"SharedSize", "SHARED SIZE"},
		{"Size", "SIZE"}, {"Tag", "TAG"}, {"UniqueSize", "UNIQUE SIZE"}, {0}};
	sd_auto_rows struct sd_rows *r =
		sd_rows_begin(a->format, a->digests ? TABLE_DIGESTS : TABLE, head, e);

	if (!r)
		return -1;
	for (size_t i = 0; i < n; i++) {
		sd_auto_json struct sd_json *row = to_row(rows[i], a);

		if (sd_rows_add(r, row, image_labels(&rows[i]->image), e) < 0)
			return -1;
	}
	sd_rows_print(r, stdout);
	return 0;
}

static void print_ids(const struct sd_image_entry **rows, size_t n, const struct ls_args *a)
{
	for (size_t i = 0; i < n; i++) {
		sd_auto_free char *id = shown_id(&rows[i]->image, a);

		printf("%s\n", id);
	}
}

static struct sd_json *to_json(const struct sd_image *image)
{
	struct sd_json *j = sd_json_new_object(), *layers = sd_json_new_array();

	sd_json_set_str(j, "name", image->name);
	sd_json_set_str(j, "reference", image->reference);
	sd_json_set_str(j, "id", image->config_digest);
	sd_json_set_str(j, "manifest", image->manifest);
	sd_json_set_str(j, "created", image_text(image, "created"));
	sd_json_set_int(j, "size", image->size);
	for (size_t i = 0; i < image->layers.n; i++)
		sd_json_append_str(layers, image->layers.v[i]);
	sd_json_set(j, "layers", layers);
	return j;
}

static void print_json(const struct sd_image_entry **rows, size_t n)
{
	sd_auto_json struct sd_json *list = sd_json_new_array();
	sd_auto_free char *text = NULL;

	for (size_t i = 0; i < n; i++)
		if (!rows[i]->broken)
			sd_json_append(list, to_json(&rows[i]->image));
	text = sd_json_pretty(list);
	printf("%s\n", text);
}

/* Newest first, as docker; RFC 3339 times in UTC compare as text. */
static int by_age(const void *a, const void *b)
{
	const struct sd_image_entry *const *x = a, *const *y = b;

	return strcmp(image_text(&(*y)->image, "created"), image_text(&(*x)->image, "created"));
}

int verb_ls(const struct sd_call *call, struct sd_err *e)
{
	struct ls_args *a = call->args;
	sd_auto_images struct sd_images all = {0};
	sd_auto_ref struct sd_ref want = {0};
	sd_auto_free const struct sd_image_entry **rows = NULL;
	const char *name = call->argv[0], *broken = NULL;
	size_t n = 0;

	if (sd_want_operands(call, 0, 1, e) < 0 || check(&a->filters, e) < 0 ||
		(name && sd_ref_parse(name, &want, e) < 0) || sd_image_list(&all, e) < 0)
		return -1;
	rows = sd_calloc(all.n + 1, sizeof(*rows));
	for (size_t i = 0; i < all.n; i++) {
		if (!wanted(&all.v[i].image, &want, name && strchr(name, ':')) ||
			!sd_filters_hold(keys, &a->filters, &all.v[i].image))
			continue;
		rows[n++] = &all.v[i];
		broken = all.v[i].broken ? all.v[i].broken : broken;
	}
	qsort(rows, n, sizeof(*rows), by_age);
	if (a->json)
		print_json(rows, n);
	else if (a->quiet)
		print_ids(rows, n, a);
	else if (print_rows(rows, n, a, e) < 0)
		return -1;
	/* All the others are listed; that one is broken is still an error. */
	return broken ? sd_fail(e, 0, "%s", broken) : 0;
}
