/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy-in: an archive becomes files of a container, or of the host, by the rules of cp(1).
 *
 * The archive begins with the one thing that is copied: a directory and all that is in it, a file,
 * or "." for a directory's content.  What it is, and what is there where it goes, decide:
 *
 *			the path is a directory	it is a file		it is missing
 *	file		below it, by its name	in its place		made
 *	directory	below it, by its name	refused			made, with this name
 *	content		below it		refused			made
 *
 * The thing's own name is then taken off all that follows, which is resolved below the place that
 * was opened for it: no name, and no link in the archive or in the container, leads out of there.
 *
 * With --directory the archive is somebody's own, and goes below the path as it is.
 */
#include "copy.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "extract.h"

struct in_args {
	bool archive, host, quiet, directory, piped;
	int64_t tar;
};

static const struct sd_opt copy_in_opts[] = {
	SD_OPT_FLAG(struct in_args, archive, 'a', "archive",
		"keep owners, groups, all modes and capabilities"),
	SD_OPT_FLAG(struct in_args, directory, 0, "directory",
		"PATH must be a directory: all of the archive goes below it"),
	SD_OPT_FLAG(struct in_args, host, 0, "host",
		"PATH is the caller's; no document is read, the archive is standard input"),
	SD_OPT_FLAG(struct in_args, piped, 0, "piped",
		"another tool makes the archive, and says why where it ends too early"),
	SD_OPT_FLAG(struct in_args, quiet, 'q', "quiet", "show no progress"),
	SD_OPT_INT(struct in_args, tar, 0, "tar", "N", "the archive is descriptor N"),
	SD_OPT_END,
};

static void copy_in_init(void *args)
{
	((struct in_args *)args)->tar = -1;
}

struct copy {
	struct extract x;
	char *strip;	/* the first part of all names, which goes; or NULL */
	const char *as; /* what a single file is called here; NULL: a directory was opened */
	bool existed;	/* and that was there before */
	struct spot spot;
	int made; /* the directory that was made or found for the thing, or -1 */
};

static void copy_free(struct copy *c)
{
	extract_free(&c->x);
	spot_free(&c->spot);
	sd_close_fd(&c->made);
	free(c->strip);
}

static int open_made(struct copy *c, int parent, const char *name, struct sd_err *e)
{
	int r = mkdirat(parent, name, 0700);

	if (r < 0 && errno != EEXIST)
		return sd_fail(e, errno, "create directory %s", name);
	c->existed = r < 0;
	c->made = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->made < 0 && (errno == ENOTDIR || errno == ELOOP))
		return sd_fail(e, 0, "%s: a directory cannot replace what is none", name);
	if (c->made < 0)
		return sd_fail(e, errno, "open directory %s", name);
	c->x.root = c->made;
	return 0;
}

/* A directory, of which `top` is the name, or "" where only its content is meant. */
static int choose_directory(struct copy *c, const char *top, const char *path, struct sd_err *e)
{
	if (c->spot.dir >= 0 && *top)
		return open_made(c, c->spot.dir, top, e);
	if (c->spot.dir >= 0) {
		c->x.root = c->spot.dir;
		c->existed = true;
		return 0;
	}
	if (c->spot.exists)
		return sd_fail(e, 0, "%s: a directory cannot be copied onto a file", path);
	return open_made(c, c->spot.parent, c->spot.name, e);
}

static int choose_file(struct copy *c, const char *top, const struct place *p, struct sd_err *e)
{
	c->as = top;
	c->x.root = c->spot.dir;
	if (c->spot.dir >= 0)
		return 0;
	/* "there/" says that it is a directory. */
	if (p->directory)
		return sd_fail(e, c->spot.exists ? ENOTDIR : ENOENT, "copy a file to %s", p->path);
	c->as = c->spot.name;
	c->x.root = c->spot.parent;
	return 0;
}

/* The first entry says what comes. */
static int choose(
	struct copy *c, const char *first, bool directory, const struct place *p, struct sd_err *e)
{
	size_t len = strcspn(first, "/");

	if (first[len] || (!*first && !directory))
		return sd_fail(e, 0, "the archive begins with %s, not with what is copied", first);
	if (*first)
		c->strip = sd_strdup(first);
	return directory ? choose_directory(c, first, p->path, e) : choose_file(c, c->strip, p, e);
}

/* A name of the archive without its first part. */
static int relative(const struct copy *c, char *clean, const char **path, struct sd_err *e)
{
	size_t len = c->strip ? strlen(c->strip) : 0;

	*path = clean;
	if (!c->strip)
		return 0;
	if (strncmp(clean, c->strip, len) != 0 || (clean[len] && clean[len] != '/'))
		return sd_fail(e, 0, "entry '%s': not a part of %s", clean, c->strip);
	*path = clean[len] ? clean + len + 1 : clean + len;
	return 0;
}

static int copy_root_object(struct copy *c, const struct object *o, struct sd_err *e)
{
	if (!o->directory)
		return sd_fail(e, 0, "the archive's root is not a directory");
	return c->existed && !c->x.keep ? 0 : set_dir(&c->x, c->x.root, ".", o, e);
}

static int copy_entry(struct copy *c, struct archive_entry *entry, struct sd_err *e)
{
	const char *raw = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
	sd_auto_free char *clean = NULL, *target = NULL;
	struct object o = {
		.entry = entry,
		.hard = hard != NULL,
		.directory = !hard && archive_entry_filetype(entry) == S_IFDIR,
		.target = archive_entry_symlink(entry),
	};

	if (name_clean(raw ? raw : "", &clean, e) < 0 || relative(c, clean, &o.path, e) < 0)
		return -1;
	if (hard &&
		(name_parse_target(hard, &target, e) < 0 || relative(c, target, &o.target, e) < 0))
		return -1;
	if (c->as) {
		if (*o.path || o.directory || o.hard)
			return sd_fail(e, 0, "entry '%s': more than the file", clean);
		o.path = c->as;
	}
	return *o.path ? extract_object(&c->x, &o, e) : copy_root_object(c, &o, e);
}

static int begin(struct copy *c, const struct in_args *a, struct archive_entry *entry,
	const struct place *p, struct sd_err *e)
{
	const char *raw = archive_entry_pathname(entry);
	sd_auto_free char *first = NULL;

	if (a->directory)
		return 0;
	if (name_clean(raw ? raw : "", &first, e) < 0)
		return -1;
	return choose(c, first, archive_entry_filetype(entry) == S_IFDIR, p, e);
}

static int copy_all(
	struct copy *c, const struct in_args *a, const struct place *p, struct sd_err *e)
{
	struct archive_entry *entry;
	bool begun = false;
	int r;

	/* ARCHIVE_WARN: as in extract.c. */
	while ((r = archive_read_next_header(source_tar(c->x.source), &entry)) == ARCHIVE_OK ||
		r == ARCHIVE_WARN) {
		if (!begun && begin(c, a, entry, p, e) < 0)
			return -1;
		begun = true;
		if (copy_entry(c, entry, e) < 0)
			return -1;
	}
	if (r != ARCHIVE_EOF)
		return source_fail(c->x.source, e);
	if (source_end(c->x.source, e) < 0)
		return -1;
	return set_dirs(&c->x, e);
}

static int spot_check(struct copy *c, const struct in_args *a, const char *path, struct sd_err *e)
{
	struct stat st;

	if (a->directory && c->spot.dir < 0)
		return sd_fail(e, c->spot.exists ? ENOTDIR : ENOENT, "open directory %s", path);
	if (a->directory) {
		c->x.root = c->spot.dir;
		c->existed = true;
	}
	/* A device takes what is written; that is not what copying to it would do. */
	if (c->spot.exists &&
		(fstatat(c->spot.parent, c->spot.name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISREG(st.st_mode)))
		return sd_fail(e, 0, "%s: neither a file nor a directory", path);
	return 0;
}

static int do_copy_in(const struct sd_call *call, struct sd_err *e)
{
	const struct in_args *a = call->args;
	__attribute__((cleanup(copy_free))) struct copy c = {
		.x = {.root = -1, .parent = -1, .copy = true, .keep = a->archive},
		.spot = {.dir = -1, .parent = -1},
		.made = -1,
	};
	auto_place struct place p = {0};
	auto_source struct source *s = NULL;
	sd_auto_progress struct sd_progress progress = {0};
	struct source_from from = {
		.what = "the archive", .plainly = true, .piped = a->piped, .progress = &progress};
	sd_auto_fd int root = -1;

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	if (a->tar < (a->host ? -1 : 0) || a->tar > INT_MAX)
		return sd_fail(e, 0, "option --tar is missing: the descriptor of the archive");
	from.fd = a->tar < 0 ? STDIN_FILENO : (int)a->tar;
	if (place_read(&p, call->argv[0], a->host, e) < 0)
		return -1;
	root = copy_root(a->host, e);
	if (root < 0 || spot_open(root, p.path, &c.spot, e) < 0 ||
		spot_check(&c, a, call->argv[0], e) < 0)
		return -1;
	c.x.chown = a->archive && geteuid() == 0;
	sd_progress_begin(&progress, "copy", 0, a->quiet);
	if (source_open(&from, &s, e) < 0)
		return -1;
	c.x.source = s;
	return copy_all(&c, a, &p, e);
}

const struct sd_verb copy_in_verb = {
	.name = "copy-in",
	.synopsis = "PATH",
	.summary = "put what such an archive holds into a container",
	.opts = copy_in_opts,
	.args_size = sizeof(struct in_args),
	.init = copy_in_init,
	.run = do_copy_in,
	.permute = true,
};
