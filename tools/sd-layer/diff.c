/* SPDX-License-Identifier: Apache-2.0 */
/* diff and export: what a container has changed, and all that it sees, as archives. */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"

struct diff_args {
	const char *upper;
};

static const struct sd_opt diff_opts[] = {
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

static int do_diff(const struct sd_call *call, struct sd_err *e)
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

const struct sd_verb diff_verb = {
	.name = "diff",
	.summary = "write what a container has changed as a layer's archive",
	.opts = diff_opts,
	.args_size = sizeof(struct diff_args),
	.run = do_diff,
};

static int do_export(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *target = NULL;
	auto_overlay struct overlay o = {0};
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		rootfs_target(doc, &target, e) < 0)
		return -1;
	r = rootfs_overlay(doc, true, &o, e);
	if (r < 0 || (r > 0 && overlay_mount_apart(&o.lower, o.upper, target, e) < 0))
		return -1;
	return pack_path(target, PACK_TREE, e);
}

const struct sd_verb export_verb = {
	.name = "export",
	.summary = "write a container's whole root file system as an archive",
	.run = do_export,
};
