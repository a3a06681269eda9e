/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes: -v, and the image's own.
 *
 * Each is a bind mount of config.mounts; what sd-layer has to prepare for it (a directory to make,
 * a copy of the image's files) is in want.volumes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "cleanup.h"
#include "spec.h"
#include "store.h"

void volume_free(struct volume *v)
{
	free(v->destination);
	free(v->source);
	free(v->name);
	*v = (struct volume){0};
}

/*
 * What may be mounted into /proc: files that lxcfs and others put a container's own numbers in.
 * Anything else there hides the real file from a runtime that writes labels or sysctls, or from
 * the masks (CVE-2019-16884, CVE-2019-19921).
 */
static bool hides_proc(const char *path)
{
	static const char *const files[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/loadavg",
		"/proc/meminfo",
		"/proc/net/dev",
		"/proc/slabinfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
	};

	if (strcmp(path, "/proc") != 0 && !sd_starts_with(path, "/proc/"))
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strcmp(path, files[i]) == 0)
			return false;
	return true;
}

int volume_destination(const char *option, const char *path, char **clean, struct sd_err *e)
{
	if (path[0] != '/')
		return sd_fail(
			e, 0, "%s: the destination '%s' is not an absolute path", option, path);
	*clean = path_clean(path);
	if (strcmp(*clean, "/") == 0)
		return sd_fail(e, 0, "%s: the destination cannot be '/'", option);
	if (hides_proc(*clean))
		return sd_fail(e, 0, "%s: nothing can be mounted on %s", option, *clean);
	return 0;
}

int volume_name(const char *option, struct volume *v, const char *name, struct sd_err *e)
{
	if (!sd_name_valid(name))
		return sd_fail(e, 0, "%s: '%s' is not the name of a volume%s", option, name,
			strchr(name, '/')
				? " (hint: a directory of the host begins with '/' or './')"
				: "");
	v->name = sd_strdup(name);
	v->source = sd_store_root("volumes/%s/data", name);
	v->create = true;
	return 0;
}

const char *volume_propagation(const char *word)
{
	static const char *const words[] = {
		"private",
		"rprivate",
		"shared",
		"rshared",
		"slave",
		"rslave",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(word, words[i]) == 0)
			return words[i];
	return NULL;
}

bool mount_taken(const struct spec *s, const char *destination)
{
	struct sd_json *mount;
	size_t i;

	sd_json_array_foreach (s->mounts, i, mount) {
		const char *have = sd_json_string_value(sd_json_member(mount, "destination"));

		if (have && strcmp(have, destination) == 0)
			return true;
	}
	return false;
}

int mount_add(struct spec *s, const char *option, struct sd_json *mount, struct sd_err *e)
{
	sd_auto_json struct sd_json *owned = mount;
	const char *to = sd_json_string_value(sd_json_member(mount, "destination"));

	if (!to || mount_taken(s, to))
		return sd_fail(e, 0, "%s: two mounts on %s", option, to ? to : "?");
	sd_json_append(s->mounts, sd_json_ref(owned));
	return 0;
}

/* A mount that is passed on needs a root that passes on: config.linux.rootfsPropagation. */
static void need_propagation(struct spec *s, const char *word)
{
	if (!word)
		return;
	if (strstr(word, "shared"))
		s->propagation = "rshared";
	else if (strstr(word, "slave") && !s->propagation)
		s->propagation = "rslave";
}

static void want_volume(struct spec *s, const struct volume *v, const char *source)
{
	struct sd_json *want = sd_json_new_object();

	sd_json_set_str(want, "destination", v->destination);
	sd_json_set_str(want, "source", source);
	if (v->name)
		sd_json_set_str(want, "name", v->name);
	sd_json_set_bool(want, "create", v->create);
	sd_json_set_bool(want, "copyUp", v->copy_up);
	sd_json_append(sd_json_make_array(s->want, "volumes"), want);
}

/*
 * As docker since 25: read-only holds for what is mounted below the source too, where the kernel
 * can do that at once (mount_setattr(2), Linux 5.12).
 */
static bool kernel_has_rro(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	if (uname(&u) < 0 || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 5 || (major == 5 && minor >= 12);
}

int volume_add(struct spec *s, const char *option, const struct volume *v, struct sd_err *e)
{
	size_t n = sd_json_len(sd_json_get(s->want, "volumes"));
	sd_auto_free char *source = v->source ? sd_strdup(v->source) : sd_printf("volumes/%zu", n);
	struct sd_json *mount = sd_json_new_object(), *options;

	sd_json_set_str(mount, "destination", v->destination);
	sd_json_set_str(mount, "type", "bind");
	sd_json_set_str(mount, "source", source);
	options = sd_json_make_array(mount, "options");
	sd_json_append_str(options, v->recursive ? "rbind" : "bind");
	sd_json_append_str(options, v->propagation ? v->propagation : "rprivate");
	if (v->read_only)
		sd_json_append_str(options, "ro");
	if (v->read_only && v->recursive && kernel_has_rro())
		sd_json_append_str(options, "rro");
	need_propagation(s, v->propagation);
	if (mount_add(s, option, mount, e) < 0)
		return -1;
	if (v->create || v->copy_up)
		want_volume(s, v, source);
	return 0;
}

/* What stands behind the second colon of -v. */
struct volume_words {
	bool read_only, read_write, no_copy;
	const char *propagation;
};

static int volume_words(const char *text, struct volume_words *w, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0};

	words_split(text, ',', &words);
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.v[i], *propagation = volume_propagation(word);

		if (strcmp(word, "ro") == 0)
			w->read_only = true;
		else if (strcmp(word, "rw") == 0)
			w->read_write = true;
		else if (strcmp(word, "nocopy") == 0)
			w->no_copy = true;
		else if (propagation && !w->propagation)
			w->propagation = propagation;
		else if (strcmp(word, "U") == 0)
			return sd_fail(e, 0,
				"--volume: option 'U' (give all files to the "
				"container's user) is not supported");
		/* z, Z: SELinux labels, which no container gets.  The other three: docker's for
		 * macOS. */
		else if (strcmp(word, "z") != 0 && strcmp(word, "Z") != 0 &&
			 strcmp(word, "cached") != 0 && strcmp(word, "delegated") != 0 &&
			 strcmp(word, "consistent") != 0)
			return sd_fail(e, 0, "--volume: unknown option '%s' in '%s'", word, text);
	}
	if (w->read_only && w->read_write)
		return sd_fail(e, 0, "--volume: both ro and rw in '%s'", text);
	return 0;
}

/* The source: a directory of the host ('/' or '.' first), else the name of a volume. */
static int volume_source(
	struct volume *v, const char *source, const struct volume_words *w, struct sd_err *e)
{
	if (source[0] != '/' && source[0] != '.') {
		if (w->propagation)
			return sd_fail(e, 0,
				"--volume: '%s' is for directories of the host, and '%s' "
				"is a volume",
				w->propagation, source);
		v->copy_up = !w->no_copy;
		return volume_name("--volume", v, source, e);
	}
	if (w->no_copy)
		return sd_fail(e, 0,
			"--volume: 'nocopy' is for volumes, and '%s' is a directory of "
			"the host",
			source);
	v->source = path_absolute(source);
	v->create = true;
	return v->source ? 0 : sd_fail(e, errno, "--volume %s", source);
}

/* [SOURCE:]PATH[:OPTIONS] */
static int volume(struct spec *s, const char *text, struct sd_err *e)
{
	sd_auto_strv struct sd_strv parts = {0};
	auto_volume struct volume v = {.recursive = true};
	struct volume_words w = {0};

	words_split(text, ':', &parts);
	if (parts.n > 3)
		return sd_fail(e, 0, "--volume: '%s' is not [SOURCE:]PATH[:OPTIONS]", text);
	if (parts.n == 3 && volume_words(parts.v[2], &w, e) < 0)
		return -1;
	for (size_t i = 0; i < parts.n; i++)
		if (!*parts.v[i])
			return sd_fail(e, 0, "--volume: '%s': a part is empty", text);
	if (volume_destination("--volume", parts.v[parts.n > 1], &v.destination, e) < 0)
		return -1;
	if (parts.n == 1)
		v.create = v.copy_up = true;
	else if (volume_source(&v, parts.v[0], &w, e) < 0)
		return -1;
	v.read_only = w.read_only;
	v.propagation = w.propagation;
	return volume_add(s, "--volume", &v, e);
}

/*
 * The image's VOLUMEs are the one place where an image names a path that the host acts on: ".." is
 * refused, not cleaned (CVE-2022-23648).
 */
static int image_volume(struct spec *s, const char *path, struct sd_err *e)
{
	auto_volume struct volume v = {.recursive = true, .create = true, .copy_up = true};
	sd_auto_strv struct sd_strv parts = {0};

	words_split(path, '/', &parts);
	for (size_t i = 0; i < parts.n; i++)
		if (strcmp(parts.v[i], "..") == 0)
			return sd_fail(e, 0, "config.Volumes: '%s' holds '..'", path);
	if (volume_destination("config.Volumes", path, &v.destination, e) < 0)
		return -1;
	/* The user's word counts; and "/x" and "/x/" are one. */
	if (mount_taken(s, v.destination))
		return 0;
	return volume_add(s, "config.Volumes", &v, e);
}

static int image_volumes(struct spec *s, struct sd_err *e)
{
	struct sd_json *volumes = NULL;

	if (sd_json_object(s->defaults, &volumes, e, "Volumes") < 0)
		return spec_image_error(s, e);
	sd_json_object_foreach (volumes, it) {
		if (image_volume(s, sd_json_iter_key(it), e) < 0)
			return spec_image_error(s, e);
	}
	return 0;
}

int spec_volumes(struct spec *s, struct sd_err *e)
{
	for (size_t i = 0; i < s->o->volume.n; i++)
		if (volume(s, s->o->volume.v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < s->o->mount.n; i++)
		if (mount_option(s, s->o->mount.v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < s->o->tmpfs.n; i++)
		if (tmpfs_option(s, s->o->tmpfs.v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < s->o->volumes_from.n; i++)
		if (volumes_from(s, s->o->volumes_from.v[i], e) < 0)
			return -1;
	return image_volumes(s, e);
}
