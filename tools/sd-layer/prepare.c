/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare and rm: the directories of a container over its image's layers, and their end.
 *
 * All that is made has a fixed name in the bundle, so that rm finds it without a word about it in
 * the document.  Nothing is synced: it holds no data yet.
 */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "store.h"

static int make_dir(int bundle, const char *name, mode_t mode, bool *made, struct sd_err *e)
{
	int r = mkdirat(bundle, name, mode);

	if (made)
		*made = r == 0;
	/* EEXIST: a second start, which keeps what the first one wrote. */
	return r == 0 || errno == EEXIST ? 0 : sd_fail(e, errno, "create %s in the bundle", name);
}

/* The merged root's owner and mode are those of the upper directory: show the image's. */
static int adopt_root(int bundle, const struct stat *top, struct sd_err *e)
{
	if (fchownat(bundle, "upper", top->st_uid, top->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
		fchmodat(bundle, "upper", top->st_mode & 07777, 0) < 0)
		return sd_fail(e, errno,
			"give the upper directory the owner and mode of the image's root");
	return 0;
}

static int check_layers(const struct overlay *o, struct stat *top, struct sd_err *e)
{
	for (size_t i = o->lower.n; i-- > 0;)
		if (stat(o->lower.v[i], top) < 0) {
			sd_fail(e, errno, "layer %s", o->lower.v[i]);
			return sd_hint(e, "sd-image provide unpacks the layers of an image");
		}
	return 0;
}

static void add_fact(struct sd_json *doc, const struct overlay *o)
{
	struct sd_json *fact = sd_json_new_object(), *lower = sd_json_new_array();

	for (size_t i = 0; i < o->lower.n; i++)
		sd_json_append_str(lower, o->lower.v[i]);
	sd_json_set(fact, "lower", lower);
	sd_json_set_str(fact, "upper", o->upper);
	sd_json_set_str(fact, "work", o->work);
	sd_json_set(doc, "rootfs", fact);
}

/* 1 where the container has layers, 0 where its root is a directory of somebody else's. */
static int make_rootfs(struct sd_json *doc, int bundle, bool *fresh, struct sd_err *e)
{
	auto_overlay struct overlay o = {0};
	struct stat top = {0};
	int r;

	sd_json_del(doc, "rootfs");
	r = rootfs_overlay(doc, true, &o, e);
	if (r <= 0)
		return r;
	if (!sd_json_len(sd_json_get(doc, "image.layers")) &&
		make_dir(bundle, "lower", 0755, NULL, e) < 0)
		return -1;
	if (check_layers(&o, &top, e) < 0 || make_dir(bundle, "upper", 0755, fresh, e) < 0 ||
		(*fresh && adopt_root(bundle, &top, e) < 0) ||
		make_dir(bundle, "work", 0700, NULL, e) < 0 ||
		make_dir(bundle, "rootfs", 0700, NULL, e) < 0)
		return -1;
	add_fact(doc, &o);
	return 1;
}

static int open_bundle(const char *path, struct sd_err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && sd_mkdir_p(path, 0700, e) == 0)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? sd_fail(e, errno, "open the bundle %s", path) : fd;
}

static int remove_all(int bundle, struct sd_err *e)
{
	static const char *const names[] = {"upper", "work", "lower", "etc", "volumes"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (sd_remove_tree(bundle, names[i], e) < 0)
			return -1;
	/* Only ever a mount point.  What is in it is not ours: a bundle's own root file system. */
	if (unlinkat(bundle, "rootfs", AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY &&
		errno != ENOTDIR)
		return sd_fail(e, errno, "remove rootfs in the bundle");
	return 0;
}

/*
 * A bundle of the store, or one that prepare has put a root file system into.  Another engine's
 * may hold an "etc" or a "volumes" of its owner's.
 */
static bool is_ours(const struct sd_json *doc, const char *bundle)
{
	const char *id = sd_json_string_value(sd_json_get(doc, "id"));
	sd_auto_free char *own = id ? sd_store_root("containers/%s", id) : NULL;

	return sd_json_get(doc, "rootfs") || (own && strcmp(own, bundle) == 0);
}

static int do_prepare(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_fd int bundle = -1;
	bool fresh = false;
	struct sd_err ignored; /* the first error is the one to tell */
	const char *path;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_doc_bundle(doc, &path, e) < 0)
		return -1;
	bundle = open_bundle(path, e);
	if (bundle < 0)
		return -1;
	if (make_rootfs(doc, bundle, &fresh, e) < 0 ||
		(is_ours(doc, path) && etc_write(doc, bundle, e) < 0) ||
		volumes_make(doc, bundle, e) < 0 || sd_doc_write(STDOUT_FILENO, doc, e) < 0)
		goto undo;
	return 0;
undo:
	if (fresh)
		remove_all(bundle, &ignored);
	return -1;
}

const struct sd_verb prepare_verb = {
	.name = "prepare",
	.summary = "make a container's directories over its image's layers",
	.run = do_prepare,
};

/* The id alone is enough: it names the store's bundle. */
static int bundle_to_clear(const struct sd_json *doc, char **path, struct sd_err *e)
{
	const char *id, *bundle = NULL;

	if (sd_doc_id(doc, &id, e) < 0 || sd_json_str(doc, &bundle, e, "bundle") < 0)
		return -1;
	*path = bundle && is_ours(doc, bundle) ? sd_strdup(bundle)
					       : sd_store_root("containers/%s", id);
	return 0;
}

static int do_rm(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *path = NULL;
	sd_auto_fd int bundle = -1;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		bundle_to_clear(doc, &path, e) < 0)
		return -1;
	bundle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bundle < 0 && errno != ENOENT)
		return sd_fail(e, errno, "open the bundle %s", path);
	if (bundle >= 0 && remove_all(bundle, e) < 0)
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

const struct sd_verb rm_verb = {
	.name = "rm",
	.summary = "remove what prepare made, and all that was written",
	.run = do_rm,
};
