/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack: an archive becomes a layer.
 *
 * It is unpacked in a directory of its own beside the layers, and is renamed to its diff id when
 * it is whole and on the disk: a name in ROOT/layers is a promise.  While that directory is being
 * filled its maker holds a lock on it, which the kernel drops however the maker ends; whoever
 * unpacks next removes those whose lock is free.
 */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "ref.h"
#include "store.h"

#define STAGING_PREFIX ".tmp-"

struct unpack_args {
	const char *into, *diff_id, *name;
	int64_t max_size;
};

static const struct sd_opt unpack_opts[] = {
	SD_OPT_STR(struct unpack_args, into, 0, "into", "DIR",
		"unpack into this directory, not into the store"),
	SD_OPT_STR(struct unpack_args, diff_id, 0, "diff-id", "DIGEST",
		"refuse an archive whose tar has another digest"),
	SD_OPT_STR(struct unpack_args, name, 0, "name", "TEXT",
		"what the archive is called in errors, in place of its file"),
	SD_OPT_SIZE(struct unpack_args, max_size, 0, "max-size", "SIZE",
		"refuse an archive whose tar is larger"),
	SD_OPT_END,
};

static int extract(int fd, const char *what, const struct unpack_args *a, int root,
	struct source_facts *facts, int64_t *entries, struct sd_err *e)
{
	sd_auto_progress struct sd_progress progress = {0};
	const struct source_from from = {
		.fd = fd, .what = what, .max = a->max_size, .progress = &progress};
	auto_source struct source *s = NULL;
	struct stat st;

	sd_progress_begin(&progress, "unpack", fstat(fd, &st) == 0 ? st.st_size : 0, false);
	if (source_open(&from, &s, e) < 0 || extract_all(s, root, entries, e) < 0 ||
		source_finish(s, facts, e) < 0)
		return -1;
	if (a->diff_id && strcmp(a->diff_id, facts->diff_id) != 0)
		return sd_fail(e, 0, "%s: its tar has the digest %s, not %s", what, facts->diff_id,
			a->diff_id);
	return 0;
}

static void sweep(int layers)
{
	sd_auto_fd int fd = openat(layers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct sd_err
		ignored; /* what cannot be removed now is somebody else's news, or the next's */
	struct dirent *ent;

	if (!d)
		return;
	sd_steal_fd(&fd);
	while ((ent = readdir(d))) {
		sd_auto_fd int left = -1;

		if (!sd_starts_with(ent->d_name, STAGING_PREFIX))
			continue;
		left = openat(layers, ent->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) == 0)
			sd_remove_tree(layers, ent->d_name, &ignored);
	}
}

/* A locked directory under ROOT/layers.  Between its making and its lock a sweep may take it. */
static int stage(int layers, char *name, struct sd_err *e)
{
	char id[SD_ID_LEN + 1];
	struct stat made, there;

	for (int tries = 0; tries < 100; tries++) {
		sd_auto_fd int fd = -1;

		sd_id_new(id);
		snprintf(name, sizeof(STAGING_PREFIX) + 16, STAGING_PREFIX "%.16s", id);
		if (mkdirat(layers, name, 0700) < 0)
			return sd_fail(e, errno, "create %s in the store's layers", name);
		fd = openat(layers, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &made) < 0)
			return sd_fail(e, errno, "lock %s in the store's layers", name);
		if (fstatat(layers, name, &there, 0) == 0 && there.st_ino == made.st_ino)
			return sd_steal_fd(&fd);
	}
	return sd_fail(e, EBUSY, "create a directory in the store's layers");
}

static int place(int layers, const char *staged, const char *diff_id, struct sd_err *e)
{
	const char *hex = diff_id + strlen("sha256:");

	/* The name must not outlive, in a crash of the machine, what it stands for. */
	if (syncfs(layers) < 0)
		return sd_fail(e, errno, "sync the store's layers");
	if (renameat(layers, staged, layers, hex) == 0)
		return 0;
	/* It is there: unpacked before, or at the same time by somebody else. */
	if (errno == EEXIST || errno == ENOTEMPTY)
		return sd_remove_tree(layers, staged, e);
	return sd_fail(e, errno, "rename %s to %s in the store's layers", staged, hex);
}

static int unpack_layer(int fd, const char *what, const struct unpack_args *a,
	struct source_facts *facts, int64_t *entries, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("layers");
	sd_auto_fd int layers = -1, staged = -1, root = -1;
	char name[sizeof(STAGING_PREFIX) + 16];
	struct sd_err ignored; /* the first error is the one to tell */

	if (sd_mkdir_p(path, 0700, e) < 0)
		return -1;
	layers = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (layers < 0)
		return sd_fail(e, errno, "open %s", path);
	sweep(layers);
	staged = stage(layers, name, e);
	if (staged < 0)
		return -1;
	if (mkdirat(staged, "fs", 0755) == 0)
		root = openat(staged, "fs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		sd_fail(e, errno, "create a directory in the store's layers");
		goto undo;
	}
	if (extract(fd, what, a, root, facts, entries, e) < 0 ||
		place(layers, name, facts->diff_id, e) < 0)
		goto undo;
	return 0;
undo:
	sd_remove_tree(layers, name, &ignored);
	return -1;
}

static int unpack_into(int fd, const char *what, const struct unpack_args *a,
	struct source_facts *facts, int64_t *entries, struct sd_err *e)
{
	sd_auto_fd int root = -1;

	if (sd_mkdir_p(a->into, 0755, e) < 0)
		return -1;
	root = open(a->into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return sd_fail(e, errno, "open %s", a->into);
	return extract(fd, what, a, root, facts, entries, e);
}

static int print(const struct source_facts *f, int64_t entries, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = sd_json_new_object();

	sd_json_set_str(j, "diffId", f->diff_id);
	sd_json_set_str(j, "digest", f->digest);
	sd_json_set_int(j, "size", f->size);
	sd_json_set_int(j, "entries", entries);
	return sd_doc_write(STDOUT_FILENO, j, e);
}

static int do_unpack(const struct sd_call *call, struct sd_err *e)
{
	const struct unpack_args *a = call->args;
	const char *what = call->argc ? call->argv[0] : "-";
	struct source_facts facts;
	sd_auto_fd int file = -1;
	int64_t entries = 0;
	int fd = STDIN_FILENO;

	if (sd_want_operands(call, 0, 1, e) < 0)
		return -1;
	if (a->diff_id && !sd_digest_valid(a->diff_id))
		return sd_fail(e, 0, "--diff-id: '%s' is not a digest", a->diff_id);
	if (strcmp(what, "-") == 0) {
		what = "standard input";
		if (isatty(fd))
			return sd_fail(e, 0,
				"an archive is expected on standard input, which is a terminal");
	} else {
		fd = file = open(what, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return sd_fail(e, errno, "open %s", what);
	}
	if (a->name)
		what = a->name;
	if ((a->into ? unpack_into : unpack_layer)(fd, what, a, &facts, &entries, e) < 0)
		return -1;
	return print(&facts, entries, e);
}

const struct sd_verb unpack_verb = {
	.name = "unpack",
	.synopsis = "[FILE|-]",
	.summary = "make a layer of an archive",
	.opts = unpack_opts,
	.args_size = sizeof(struct unpack_args),
	.run = do_unpack,
	.permute = true,
};
