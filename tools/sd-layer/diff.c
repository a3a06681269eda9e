/* SPDX-License-Identifier: Apache-2.0 */
/* diff and export: what a container has changed, and all that it sees, as archives. */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"

struct diff_args {
	const char *upper;
};

const size_t diff_size = sizeof(struct diff_args);
const struct sd_opt diff_opts[] = {
	SD_OPT_STR(struct diff_args, upper, 'u', "upper", "DIR",
		"an overlay's upper directory, in place of a document"),
	SD_OPT_END,
};

static int pack_path(const char *path, enum pack_mode mode, struct sd_err *e)
{
	sd_auto_fd int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? sd_fail(e, errno, "open %s", path)
			: pack_tree(root, STDOUT_FILENO, mode, e);
}

int layer_diff(const struct sd_call *call, struct sd_err *e)
{
	const struct diff_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	auto_overlay struct overlay o = {0};
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (a->upper)
		return pack_path(a->upper, PACK_LAYER, e);
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	r = rootfs_overlay(doc, true, &o, e);
	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "rootfs");
	return pack_path(o.upper, PACK_LAYER, e);
}

/*
 * In a mount namespace of this process alone: the container's own is not joined, for what it has
 * mounted on its root is not part of it, and the kernel unmounts when this process ends.
 */
static int mount_merged(const struct overlay *o, const char *target, struct sd_err *e)
{
	auto_overlay struct overlay view = {0};

	sd_strv_add(&view.lower, o->upper);
	for (size_t i = 0; i < o->lower.n; i++)
		sd_strv_add(&view.lower, o->lower.v[i]);
	if (unshare(CLONE_NEWNS) < 0)
		return sd_fail(e, errno, "create a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return sd_fail(e, errno, "make the mounts private");
	return overlay_mount(&view, target, e);
}

int layer_export(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *target = NULL;
	auto_overlay struct overlay o = {0};
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		rootfs_target(doc, &target, e) < 0)
		return -1;
	r = rootfs_overlay(doc, true, &o, e);
	if (r < 0 || (r > 0 && mount_merged(&o, target, e) < 0))
		return -1;
	return pack_path(target, PACK_TREE, e);
}
