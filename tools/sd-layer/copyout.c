/* SPDX-License-Identifier: Apache-2.0 */
/* copy-out: a file or directory of a container, or of the host, as an archive. */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"

struct out_args {
	bool follow, host;
};

static const struct sd_opt copy_out_opts[] = {
	SD_OPT_FLAG(struct out_args, follow, 'L', "follow-link",
		"of a symbolic link PATH: what it leads to"),
	SD_OPT_FLAG(struct out_args, host, 0, "host", "PATH is the caller's; no document is read"),
	SD_OPT_END,
};

static int do_copy_out(const struct sd_call *call, struct sd_err *e)
{
	const struct out_args *a = call->args;
	auto_place struct place p = {0};
	sd_auto_fd int root = -1, fd = -1;
	struct stat st;
	int nofollow;

	if (sd_want_operands(call, 1, 1, e) < 0 || place_read(&p, call->argv[0], a->host, e) < 0)
		return -1;
	root = copy_root(a->host, e);
	if (root < 0)
		return -1;
	nofollow = a->follow || p.directory ? 0 : O_NOFOLLOW;
	fd = sd_open_in(root, p.path, O_PATH | nofollow, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return sd_fail(
			e, errno, "open %s%s", call->argv[0], a->host ? "" : " in the container");
	if (p.directory && !S_ISDIR(st.st_mode))
		return sd_fail(
			e, ENOTDIR, "open %s%s", call->argv[0], a->host ? "" : " in the container");
	return pack_one(fd, S_ISDIR(st.st_mode) && p.contents ? "" : p.name, STDOUT_FILENO, e);
}

const struct sd_verb copy_out_verb = {
	.name = "copy-out",
	.synopsis = "PATH",
	.summary = "write a file or directory of a container as an archive",
	.opts = copy_out_opts,
	.args_size = sizeof(struct out_args),
	.run = do_copy_out,
	.permute = true,
};
