/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-image - the image store: what is in it, and how it gets there.
 *
 * A filter of images, not of documents: import and commit read a layer's archive on standard
 * input and answer with the new image's id.
 *
 * Theory of operation.  The store is an OCI image layout: content is named by its own sha256, so
 * it never changes and needs no lock to be read; only index.json, which gives names to manifests,
 * is ever replaced.  From that follows the order of every writer:
 *
 *	1. share the store's use (flock on its directory), so that nothing is removed meanwhile;
 *	2. write the layer's blob under a name of its own, and let sd-layer unpack it;
 *	3. rename it to its digest; then the configuration, which names the layer; then the
 *	   manifest, which names both;
 *	4. with the index locked, and only for that moment, give the manifest its name.
 *
 * Killed at any point it leaves the old index or the new one, and at most content that nothing
 * names, which the next writer (files without a digest yet) or gc (the rest) takes away.  Removal
 * goes the other way: the name first, content after, and content only where no import is at
 * work that might be about to refer to it.
 */
#include "sd-image.h"

static const struct sd_opt import_opts[] = {
	SD_OPT_LIST(struct create_args, changes, 'c', "change", "INSTRUCTION",
		"set a default, as a Dockerfile does: 'CMD [\"sh\"]'"),
	SD_OPT_STR(struct create_args, message, 'm', "message", "TEXT",
		"a comment for the image's history"),
	SD_OPT_STR(struct create_args, platform, 0, "platform", "OS/ARCH[/VARIANT]",
		"what it runs on (default: this machine)"),
	SD_OPT_END,
};

static const struct sd_opt commit_opts[] = {
	SD_OPT_STR(struct create_args, parent, 0, "parent", "IMAGE",
		"the image that the layer lies on"),
	SD_OPT_LIST(struct create_args, changes, 'c', "change", "INSTRUCTION",
		"set a default, as a Dockerfile does: 'CMD [\"sh\"]'"),
	SD_OPT_STR(struct create_args, message, 'm', "message", "TEXT",
		"a comment for the image's history"),
	SD_OPT_STR(struct create_args, author, 'a', "author", "TEXT", "who made it"),
	SD_OPT_INT(struct create_args, state_fd, 0, "state-fd", "N",
		"the container's document is descriptor N: its image is the parent, what it was "
		"given the defaults"),
	SD_OPT_END,
};

static const struct sd_opt ls_opts[] = {
	SD_OPT_FLAG(struct ls_args, all, 'a', "all", "those without a name too, as always"),
	SD_OPT_LIST(struct ls_args, filters, 'f', "filter", "KEY=VALUE",
		"only those with that label or reference; dangling=true: without a name; made "
		"before or since that one"),
	SD_OPT_STR(struct ls_args, format, 0, "format", "FORMAT",
		"json, a template, or 'table TEMPLATE'"),
	SD_OPT_FLAG(struct ls_args, quiet, 'q', "quiet", "ids only"),
	SD_OPT_FLAG(struct ls_args, json, 0, "json", "as a JSON array"),
	SD_OPT_FLAG(struct ls_args, no_trunc, 0, "no-trunc", "whole ids"),
	SD_OPT_FLAG(struct ls_args, digests, 0, "digests", "show the manifests' digests"),
	SD_OPT_END,
};

static const struct sd_opt inspect_opts[] = {
	SD_OPT_STR(struct inspect_args, format, 'f', "format", "FORMAT",
		"json, or a template: a line each"),
	SD_OPT_FLAG(struct inspect_args, fill, 0, "fill",
		"put images where the array of sd-state inspect --or-null has null"),
	SD_OPT_END,
};

static const struct sd_opt rm_opts[] = {
	SD_OPT_FLAG(
		struct rm_args, force, 'f', "force", "also an image with several names, or in use"),
	SD_OPT_END,
};

static const struct sd_opt gc_opts[] = {
	SD_OPT_FLAG(
		struct gc_args, all, 'a', "all", "also images with names that no container uses"),
	SD_OPT_FLAG(
		struct gc_args, dry_run, 0, "dry-run", "print which images would go, do nothing"),
	SD_OPT_LIST(struct gc_args, filters, 0, "filter", "KEY=VALUE",
		"only images with that label, or with label!= without it"),
	SD_OPT_LIST(struct gc_args, without, 0, "without", "ID",
		"with --dry-run: as if the container with that id were gone"),
	SD_OPT_END,
};

static const struct sd_opt df_opts[] = {SD_USAGE_OPTIONS(struct df_args), SD_OPT_END};

static const struct sd_opt no_opts[] = {SD_OPT_END};

#define VERB(word, operands, text, options, type, function)                                        \
	{                                                                                          \
		.name = word, .synopsis = operands, .summary = text, .opts = options,              \
		.args_size = sizeof(type), .run = function, .permute = true                        \
	}

static const struct sd_verb verbs[] = {
	VERB("import", "FILE|- [NAME[:TAG]]", "make an image of a root file system's archive",
		import_opts, struct create_args, verb_import),
	{.name = "commit",
		.synopsis = "[NAME[:TAG]]",
		.summary = "make an image of a parent and the layer on standard input",
		.opts = commit_opts,
		.args_size = sizeof(struct create_args),
		.init = create_init,
		.run = verb_commit,
		.permute = true},
	VERB("provide", "NAME",
		"make sure that an image is there, from what comes with the toolkit", no_opts, char,
		verb_provide),
	VERB("ls", "[NAME[:TAG]]", "list the images", ls_opts, struct ls_args, verb_ls),
	VERB("inspect", "IMAGE...", "show images as JSON, with docker's member names", inspect_opts,
		struct inspect_args, verb_inspect),
	VERB("tag", "IMAGE NAME[:TAG]", "give an image one more name", no_opts, char, verb_tag),
	VERB("rm", "IMAGE...", "take a name away, and with the last one the image", rm_opts,
		struct rm_args, verb_rm),
	VERB("gc", NULL, "remove images without a name, and what nothing refers to", gc_opts,
		struct gc_args, verb_gc),
	VERB("df", NULL, "say how much of the disk the images take up", df_opts, struct df_args,
		verb_df),
	VERB("verify", NULL, "check all contents against their digests", no_opts, char,
		verb_verify),
	{0},
};

static const struct sd_tool tool = {
	.name = "sd-image",
	.summary = "the image store",
	.verbs = verbs,
	.epilog =
		"An image is meant by NAME[:TAG], by its digest, or by the first digits of its id.",
};

int main(int argc, char **argv)
{
	return sd_tool_main(&tool, argc, argv);
}
