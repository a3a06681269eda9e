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

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		prepare_verb,
		enter_verb,
		mount_verb,
		umount_verb,
		rm_verb,
		unpack_verb,
		diff_verb,
		changes_verb,
		export_verb,
		copy_out_verb,
		copy_in_verb,
		df_verb,
		size_verb,
		ls_verb,
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
