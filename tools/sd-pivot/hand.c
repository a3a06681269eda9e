/* SPDX-License-Identifier: Apache-2.0 */
/* hand - the options of hand use, in OCI's words. */
#include "pivot.h"

#include <string.h>
#include "cleanup.h"

/* A root that most programs find usable.  By hand nothing is hidden: that is what options are for.
 */
static const struct {
	const char *dest, *type, *options; /* options: separated by commas */
} defaults[] = {
	{"/proc", "proc", "nosuid,nodev,noexec"},
	{"/sys", "sysfs", "nosuid,nodev,noexec,ro"},
	{"/dev", "tmpfs", "nosuid,strictatime,mode=755"},
	{"/dev/pts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620"},
	{"/dev/shm", "tmpfs", "nosuid,nodev,noexec,mode=1777"},
	{"/dev/mqueue", "mqueue", "nosuid,nodev,noexec"},
};

static bool wanted(const struct hand *h, const char *dest)
{
	return !h->bare && !(h->no_proc && strcmp(dest, "/proc") == 0) &&
	       !(h->no_sys && strcmp(dest, "/sys") == 0) &&
	       !(h->no_dev && sd_starts_with(dest, "/dev"));
}

static void add_options(struct sd_json *list, const char *words)
{
	sd_auto_free char *copy = sd_strdup(words);
	char *save = NULL;

	for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
		sd_json_append_str(list, w);
}

static void add_mount(struct sd_json *mounts, const char *dest, const char *type,
	const char *source, const char *options)
{
	struct sd_json *m = sd_json_new_object(), *list = sd_json_new_array();

	sd_json_set_str(m, "destination", dest);
	sd_json_set_str(m, "type", type);
	sd_json_set_str(m, "source", source);
	if (strcmp(type, "bind") == 0)
		sd_json_append_str(list, "rbind");
	add_options(list, options);
	sd_json_set(m, "options", list);
	sd_json_append(mounts, m);
}

/* SRC:DST[:OPTIONS] */
static int add_bind(struct sd_json *mounts, const char *spec, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(spec);
	char *rest = copy, *source = strsep(&rest, ":"), *dest = strsep(&rest, ":");

	if (!*source || !dest || !*dest)
		return sd_fail(e, 0, "--bind '%s': expected SRC:DST[:OPTIONS]", spec);
	add_mount(mounts, dest, "bind", source, rest ? rest : "");
	return 0;
}

/* DST[:OPTIONS] */
static int add_tmpfs(struct sd_json *mounts, const char *spec, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(spec);
	char *rest = copy, *dest = strsep(&rest, ":");

	if (!*dest)
		return sd_fail(e, 0, "--tmpfs '%s': expected DST[:OPTIONS]", spec);
	add_mount(mounts, dest, "tmpfs", "tmpfs", rest ? rest : "");
	return 0;
}

static int add_mounts(const struct hand *h, struct sd_json *mounts, struct sd_err *e)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (wanted(h, defaults[i].dest))
			add_mount(mounts, defaults[i].dest, defaults[i].type, defaults[i].type,
				defaults[i].options);
	for (size_t i = 0; i < h->mounts.n; i++) {
		const char *type = h->mounts.v[i], *spec = strchr(type, ' ') + 1;

		if (!sd_is_utf8(spec))
			return sd_fail(e, 0, "'%s' is not UTF-8", spec);
		if ((*type == 'b' ? add_bind : add_tmpfs)(mounts, spec, e) < 0)
			return -1;
	}
	return 0;
}

int hand_document(const struct hand *h, const char *root, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *d = sd_json_new_object();
	struct sd_json *masks = sd_json_make_array(d, "config.linux.maskedPaths");
	const char *const words[] = {
		root, h->wd ? h->wd : "", h->propagation ? h->propagation : ""};

	/* JSON has no other bytes; a name that it cannot carry must not be dropped. */
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!sd_is_utf8(words[i]))
			return sd_fail(e, 0, "'%s' is not UTF-8", words[i]);
	sd_json_set_str(d, "bundle", ".");
	sd_json_set_str(sd_json_make_object(d, "config.root"), "path", root);
	sd_json_set_bool(sd_json_make_object(d, "config.root"), "readonly", h->read_only);
	if (h->wd)
		sd_json_set_str(sd_json_make_object(d, "config.process"), "cwd", h->wd);
	if (h->propagation)
		sd_json_set_str(sd_json_make_object(d, "config.linux"), "rootfsPropagation",
			h->propagation);
	for (size_t i = 0; i < h->masks.n; i++) {
		if (!sd_is_utf8(h->masks.v[i]))
			return sd_fail(e, 0, "'%s' is not UTF-8", h->masks.v[i]);
		sd_json_append_str(masks, h->masks.v[i]);
	}
	if (add_mounts(h, sd_json_make_array(d, "config.mounts"), e) < 0)
		return -1;
	*doc = sd_steal_ptr(&d);
	return 0;
}
