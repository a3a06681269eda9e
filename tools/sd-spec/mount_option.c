/* SPDX-License-Identifier: Apache-2.0 */
/* --mount type=bind|volume|tmpfs,source=...,target=... */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "spec.h"

/* The keys, each with what it may be given for: b(ind), v(olume), t(mpfs). */
enum key {
	KEY_TYPE,
	KEY_SOURCE,
	KEY_TARGET,
	KEY_READONLY,
	KEY_PROPAGATION,
	KEY_NONRECURSIVE,
	KEY_NOCOPY,
	KEY_SIZE,
	KEY_MODE,
	KEY_CONSISTENCY,
	KEYS
};

static const struct {
	const char *name;
	enum key key;
	const char *types;
	bool flag; /* needs no value */
} keys[] = {
	{"type", KEY_TYPE, "bvt", false}, {"source", KEY_SOURCE, "bv", false},
	{"src", KEY_SOURCE, "bv", false}, {"target", KEY_TARGET, "bvt", false},
	{"destination", KEY_TARGET, "bvt", false}, {"dst", KEY_TARGET, "bvt", false},
	{"readonly", KEY_READONLY, "bvt", true}, {"ro", KEY_READONLY, "bvt", true},
	{"bind-propagation", KEY_PROPAGATION, "b", false},
	{"bind-nonrecursive", KEY_NONRECURSIVE, "b", true},
	{"volume-nocopy", KEY_NOCOPY, "v", true}, {"tmpfs-size", KEY_SIZE, "t", false},
	{"tmpfs-mode", KEY_MODE, "t", false},
	{"consistency", KEY_CONSISTENCY, "bvt", false}, /* docker's for macOS: means nothing here */
};

struct wish {
	const char *value[KEYS]; /* borrowed; NULL: not given */
	const char *name[KEYS];	 /* as it was spelled */
	const char *types[KEYS];
};

static int take(struct wish *w, const struct field *f, struct sd_err *e)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(f->key, keys[i].name) != 0)
			continue;
		if (!f->value && !keys[i].flag)
			return sd_fail(e, 0, "--mount: '%s' needs a value", f->key);
		w->value[keys[i].key] = f->value ? f->value : "true";
		w->name[keys[i].key] = keys[i].name;
		w->types[keys[i].key] = keys[i].types;
		return 0;
	}
	return sd_fail(e, 0, "--mount: unknown key '%s'", f->key);
}

static int flag(const struct wish *w, enum key key, bool *out, struct sd_err *e)
{
	const char *value = w->value[key];

	if (!value)
		return 0;
	*out = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
	if (!*out && strcmp(value, "false") != 0 && strcmp(value, "0") != 0)
		return sd_fail(
			e, 0, "--mount: %s: '%s' is neither true nor false", w->name[key], value);
	return 0;
}

static int check_type(const struct wish *w, const char *type, struct sd_err *e)
{
	if (strcmp(type, "bind") != 0 && strcmp(type, "volume") != 0 && strcmp(type, "tmpfs") != 0)
		return sd_fail(e, 0, "--mount: type '%s' is none of bind, volume, tmpfs", type);
	for (int i = 0; i < KEYS; i++)
		if (w->value[i] && !strchr(w->types[i], type[0]))
			return sd_fail(e, 0, "--mount: '%s' is not for type %s", w->name[i], type);
	if (!w->value[KEY_TARGET])
		return sd_fail(e, 0, "--mount: the target is missing");
	return 0;
}

/* Unlike -v, a source that is not there is an error: docker's rule. */
static int bind(const struct wish *w, struct volume *v, struct sd_err *e)
{
	const char *source = w->value[KEY_SOURCE];
	bool nonrecursive = false;

	if (!source || !*source)
		return sd_fail(e, 0, "--mount: the source of a bind mount is missing");
	if (flag(w, KEY_NONRECURSIVE, &nonrecursive, e) < 0)
		return -1;
	v->recursive = !nonrecursive;
	v->source = path_absolute(source);
	if (!v->source || access(v->source, F_OK) < 0)
		return sd_fail(e, errno, "--mount: the source '%s'", source);
	if (!w->value[KEY_PROPAGATION])
		return 0;
	v->propagation = volume_propagation(w->value[KEY_PROPAGATION]);
	return v->propagation ? 0
			      : sd_fail(e, 0, "--mount: bind-propagation: '%s' is unknown",
					w->value[KEY_PROPAGATION]);
}

static int named_or_not(const struct wish *w, struct volume *v, struct sd_err *e)
{
	const char *source = w->value[KEY_SOURCE];
	bool no_copy = false;

	if (flag(w, KEY_NOCOPY, &no_copy, e) < 0)
		return -1;
	v->recursive = v->create = true;
	v->copy_up = !no_copy;
	return source && *source ? volume_name("--mount", v, source, e) : 0;
}

static int tmpfs(
	struct spec *s, const struct wish *w, bool read_only, const char *target, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	int64_t size;

	sd_buf_printf(&text, "%s:%s", target, read_only ? "ro" : "rw");
	if (w->value[KEY_SIZE]) {
		if (sd_parse_size(w->value[KEY_SIZE], "--mount: tmpfs-size", &size, e) < 0)
			return -1;
		sd_buf_printf(&text, ",size=%lld", (long long)size);
	}
	if (w->value[KEY_MODE])
		sd_buf_printf(&text, ",mode=%s", w->value[KEY_MODE]);
	return tmpfs_option(s, text.data, e);
}

int mount_option(struct spec *s, const char *text, struct sd_err *e)
{
	auto_fields struct fields fields = {0};
	auto_volume struct volume v = {0};
	struct wish w = {0};
	const char *type;

	if (csv_parse(text, "--mount", &fields, e) < 0)
		return -1;
	for (size_t i = 0; i < fields.n; i++)
		if (take(&w, &fields.v[i], e) < 0)
			return -1;
	type = w.value[KEY_TYPE] ? w.value[KEY_TYPE] : "volume";
	if (check_type(&w, type, e) < 0 || flag(&w, KEY_READONLY, &v.read_only, e) < 0 ||
		volume_destination("--mount", w.value[KEY_TARGET], &v.destination, e) < 0)
		return -1;
	if (*type == 't')
		return tmpfs(s, &w, v.read_only, v.destination, e);
	if (*type == 'b' ? bind(&w, &v, e) < 0 : named_or_not(&w, &v, e) < 0)
		return -1;
	return volume_add(s, "--mount", &v, e);
}
