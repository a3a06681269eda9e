/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-layer - layers: directories that, laid one over the other, are a root file system.  A filter;
 * `enter` is a chain loader.
 *
 *	unpack	archive -> ROOT/layers/<diff id>/fs, in the form that the overlay reads
 *	prepare	an upper and a work directory over an image's layers
 *	enter	mount them, in the mount namespace where it is called, and go on
 *	diff	upper directory -> layer archive
 *	export	layers and upper directory, merged -> plain archive
 *
 * Theory of operation.  The overlay looks a name up in the upper directory, then in each lower
 * one.  What is opened for writing is first copied to upper, whole; what is removed leaves a
 * whiteout there, a character device 0:0, for the lower name would show through; a directory made
 * where a lower one was removed is opaque (an attribute), for its content would.  A layer's
 * archive says the same in names, .wh.NAME and .wh..wh..opq (OCI image-spec, layer.md), since tar
 * has no such objects.  unpack and diff translate from one to the other.
 *
 * The mount is made inside the container's own mount namespace, never in the host's: the kernel
 * removes it with the last process, however that one dies, and a host with a thousand containers
 * has no longer mount table.
 *
 * Archives and upper directories are hostile.  Every name is resolved below the layer's root
 * (openat2, RESOLVE_IN_ROOT) and acted on by descriptor; no archiver, compressor or other program
 * is run.  A layer is unpacked beside its place and gets it by rename(2) when it is whole.
 */
#include "sd-layer.h"

static const struct sd_opt no_opts[] = {SD_OPT_END};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "prepare",
			.summary = "make a container's directories over its image's layers",
			.opts = no_opts,
			.run = layer_prepare},
		{.name = "enter",
			.synopsis = "[TARGET] [--] [COMMAND [ARG]...]",
			.summary = "mount the root file system here, and become the command",
			.opts = enter_opts,
			.args_size = sizeof(struct overlay_args),
			.init = overlay_args_init,
			.run = layer_enter},
		{.name = "mount",
			.synopsis = "[TARGET]",
			.summary = "mount an overlay, by options or by the document",
			.opts = mount_opts,
			.args_size = sizeof(struct overlay_args),
			.run = layer_mount,
			.permute = true},
		{.name = "umount",
			.synopsis = "[TARGET]",
			.summary = "unmount it",
			.opts = no_opts,
			.run = layer_umount},
		{.name = "rm",
			.summary = "remove what prepare made, and all that was written",
			.opts = no_opts,
			.run = layer_rm},
		{.name = "unpack",
			.synopsis = "[FILE|-]",
			.summary = "make a layer of an archive",
			.opts = unpack_opts,
			.args_size = unpack_size,
			.run = layer_unpack,
			.permute = true},
		{.name = "diff",
			.summary = "write what a container has changed as a layer's archive",
			.opts = diff_opts,
			.args_size = diff_size,
			.run = layer_diff},
		{.name = "changes",
			.summary = "list what a container has added, changed and deleted",
			.opts = no_opts,
			.run = layer_changes},
		{.name = "export",
			.summary = "write a container's whole root file system as an archive",
			.opts = no_opts,
			.run = layer_export},
		{.name = "copy-out",
			.synopsis = "PATH",
			.summary = "write a file or directory of a container as an archive",
			.opts = copy_out_opts,
			.args_size = copy_out_size,
			.run = layer_copy_out,
			.permute = true},
		{.name = "copy-in",
			.synopsis = "PATH",
			.summary = "put what such an archive holds into a container",
			.opts = copy_in_opts,
			.args_size = copy_in_size,
			.init = copy_in_init,
			.run = layer_copy_in,
			.permute = true},
		{.name = "df",
			.summary =
				"say how much of the disk the listed containers' changes take up",
			.opts = df_opts,
			.args_size = df_size,
			.run = layer_df},
		{.name = "size",
			.summary = "say what the listed containers have written, a line each",
			.opts = no_opts,
			.run = layer_sizes},
		{.name = "ls",
			.summary = "list the layers of the store",
			.opts = no_opts,
			.run = layer_ls},
		{0},
	};
	const struct sd_tool tool = {"sd-layer", "layers of root file systems", verbs,
		.epilog = "A filter: prepare, rm, and mount and umount without a TARGET, read a "
			  "document on\nstandard input.  enter is a link of a chain."};

	/* Modes are meant as they stand in the code: a container's other users read what is made.
	 */
	umask(022);
	return sd_tool_main(&tool, argc, argv);
}
