/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes: their sources are made before the container's namespaces are, and an empty one is
 * filled with what the image has at its destination once the root is mounted.
 */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "path.h"
#include "store.h"
#include "volume.h"

/* Set while a volume is being filled: whoever finds it with the lock free begins again. */
#define FILLING ".filling"

struct volume {
	const char *destination, *source, *name;
	bool create, copy_up;
};

static int read_volume(const struct sd_json *doc, size_t i, struct volume *v, struct sd_err *e)
{
	int r = sd_json_str(doc, &v->destination, e, "want.volumes[%zu].destination", i);

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "want.volumes[%zu].destination", i);
	r = sd_json_str(doc, &v->source, e, "want.volumes[%zu].source", i);
	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "want.volumes[%zu].source", i);
	if (sd_json_str(doc, &v->name, e, "want.volumes[%zu].name", i) < 0 ||
		sd_json_bool(doc, &v->create, e, "want.volumes[%zu].create", i) < 0 ||
		sd_json_bool(doc, &v->copy_up, e, "want.volumes[%zu].copyUp", i) < 0)
		return -1;
	if (v->name && !sd_name_valid(v->name))
		return sd_fail(
			e, 0, "want.volumes[%zu].name: '%s' is not a volume's name", i, v->name);
	return 0;
}

/* The record is saved already: whoever removes volumes sees it, or has come before (volume.h). */
static int make_named(const char *name, struct sd_err *e)
{
	sd_auto_fd int volumes = sd_volumes_open(LOCK_SH, e);

	return volumes < 0 ? -1 : sd_volume_make(volumes, name, e);
}

/* A source that is there may be a file: nothing is to be made then. */
static int make_source(const char *source, int bundle, struct sd_err *e)
{
	sd_auto_fd int fd = -1;

	if (source[0] == '/')
		return access(source, F_OK) == 0 ? 0 : sd_mkdir_p(source, 0755, e);
	fd = sd_mkdirs_in(bundle, source, 0755, e);
	return fd < 0 ? -1 : 0;
}

int volumes_make(const struct sd_json *doc, int bundle, struct sd_err *e)
{
	size_t n = sd_json_len(sd_json_get(doc, "want.volumes"));

	for (size_t i = 0; i < n; i++) {
		struct volume v = {0};

		if (read_volume(doc, i, &v, e) < 0)
			return -1;
		if (v.name && make_named(v.name, e) < 0)
			return -1;
		if (v.create && !v.name && make_source(v.source, bundle, e) < 0)
			return -1;
	}
	return 0;
}

static bool is_empty(int dir)
{
	sd_auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;

	if (!d)
		return false;
	sd_steal_fd(&fd);
	while ((ent = sd_readdir(d)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			return false;
	return errno == 0;
}

static int clear(int dir, struct sd_err *e)
{
	sd_auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;

	if (!d)
		return sd_fail(e, errno, "read a volume that was left half filled");
	sd_steal_fd(&fd);
	while ((ent = sd_readdir(d)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0 &&
			sd_remove_tree(dir, ent->d_name, e) < 0)
			return -1;
	return errno ? sd_fail(e, errno, "read a volume that was left half filled") : 0;
}

static int fill_one(const struct volume *v, int from, int to, int above, struct sd_err *e)
{
	/* Two containers may start with the same new volume: the second waits, and finds it full.
	 */
	if (flock(to, LOCK_EX) < 0)
		return sd_fail(e, errno, "lock the volume %s", v->source);
	if (above >= 0 && faccessat(above, FILLING, F_OK, 0) == 0) {
		if (clear(to, e) < 0)
			return -1;
	} else if (!is_empty(to)) {
		return 0;
	}
	if (above >= 0) {
		sd_auto_fd int mark = openat(above, FILLING, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (mark < 0)
			return sd_fail(e, errno, "mark the volume %s", v->source);
	}
	if (copy_tree(from, to, e) < 0)
		return -1;
	if (above >= 0 && unlinkat(above, FILLING, 0) < 0)
		return sd_fail(e, errno, "unmark the volume %s", v->source);
	return 0;
}

static int fill(const struct volume *v, const char *bundle, int root, struct sd_err *e)
{
	sd_auto_free char *source =
		v->source[0] == '/' ? sd_strdup(v->source) : sd_printf("%s/%s", bundle, v->source);
	sd_auto_fd int from = sd_open_in(root, v->destination, O_RDONLY | O_DIRECTORY, 0);
	sd_auto_fd int to = -1, above = -1;

	/* The image has nothing there, or no directory: nothing to fill the volume with. */
	if (from < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (from < 0)
		return sd_fail(e, errno, "open %s in the image", v->destination);
	to = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return errno == ENOTDIR ? 0 : sd_fail(e, errno, "open the volume %s", source);
	if (v->name)
		above = openat(to, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fill_one(v, from, to, above, e);
}

int volumes_fill(const struct sd_json *doc, const char *root, struct sd_err *e)
{
	size_t n = sd_json_len(sd_json_get(doc, "want.volumes"));
	const char *bundle = "";
	sd_auto_fd int fd = -1;

	if (!n)
		return 0;
	if (sd_json_str(doc, &bundle, e, "bundle") < 0)
		return -1;
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sd_fail(e, errno, "open %s", root);
	for (size_t i = 0; i < n; i++) {
		struct volume v = {0};

		if (read_volume(doc, i, &v, e) < 0)
			return -1;
		if (v.copy_up && fill(&v, bundle, fd, e) < 0)
			return -1;
	}
	return 0;
}
