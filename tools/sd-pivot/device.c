/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device - the nodes and links of /dev.
 *
 * A user namespace may not make device nodes (mknod(2): EPERM); there the host's own node is
 * bound, after a look at what it is.
 */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"

/* The kernel's dev_t: 12 bits and 20. */
#define MAJOR_MAX 0xfff
#define MINOR_MAX 0xfffff

struct device {
	const char *path;
	mode_t mode; /* with the type */
	dev_t number;
	uid_t uid;
	gid_t gid;
};

/* OCI config-linux.md, "Default Devices". */
static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {
	{"/dev/null", 1, 3},
	{"/dev/zero", 1, 5},
	{"/dev/full", 1, 7},
	{"/dev/random", 1, 8},
	{"/dev/urandom", 1, 9},
	{"/dev/tty", 5, 0},
};

static const struct {
	const char *name, *to;
} links[] = {
	{"fd", "/proc/self/fd"},
	{"stdin", "/proc/self/fd/0"},
	{"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"},
	{"ptmx", "pts/ptmx"},
};

static bool is_device(int fd, const struct device *d)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == (d->mode & S_IFMT) &&
	       st.st_rdev == d->number;
}

static int bind_device(const struct pivot *p, const struct device *d, struct sd_err *e)
{
	const struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};
	struct target t = {.path = d->path, .type = "bind"};
	sd_auto_fd int tree = open_tree(AT_FDCWD, d->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	sd_auto_fd int target = -1;

	if (tree < 0)
		return sd_fail(e, errno, "bind device %s", d->path);
	if (!is_device(tree, d))
		return sd_fail(e, 0, "bind device %s: the host's has other numbers", d->path);
	t.source = tree;
	target = target_open(p, &t, e);
	if (target < 0 || target_attach(tree, target, "the device", d->path, e) < 0)
		return -1;
	/* Devices are written to on a read-only mount too; the host's node must keep its mode. */
	return mount_set(tree, &ro, false) < 0 ? sd_fail(e, errno, "make %s read-only", d->path)
					       : 0;
}

/* The image's /dev, or an earlier entry of the document, may have a node of that name. */
static int set_owner(int dir, const char *name, const struct device *d, struct sd_err *e)
{
	sd_auto_fd int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char self[32];

	if (fd < 0)
		return sd_fail(e, errno, "open device %s", d->path);
	if (!is_device(fd, d))
		return sd_fail(e, EEXIST, "create device %s", d->path);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (fchownat(fd, "", d->uid, d->gid, AT_EMPTY_PATH) < 0 || chmod(self, d->mode & 07777) < 0)
		return sd_fail(e, errno, "set owner and mode of device %s", d->path);
	return 0;
}

static int make_device_at(
	const struct pivot *p, int dir, const char *name, const struct device *d, struct sd_err *e)
{
	if (mknodat(dir, name, d->mode, d->number) < 0) {
		if (errno == EPERM && !S_ISFIFO(d->mode))
			return bind_device(p, d, e);
		if (errno != EEXIST)
			return sd_fail(e, errno, "create device %s", d->path);
		return set_owner(dir, name, d, e);
	}
	return d->uid || d->gid ? set_owner(dir, name, d, e) : 0;
}

static int make_device(const struct pivot *p, const struct device *d, struct sd_err *e)
{
	const char *name;
	sd_auto_fd int dir = sd_parent_in(p->root, d->path, true, &name, e);

	return dir < 0 ? -1 : make_device_at(p, dir, name, d, e);
}

static int make_link_at(int dir, const char *name, const char *to, struct sd_err *e)
{
	char there[64];
	ssize_t n;

	if (symlinkat(to, dir, name) == 0)
		return 0;
	/* EEXIST: an image that brings a /dev of its own; the same link will do. */
	if (errno != EEXIST)
		return sd_fail(e, errno, "create link /dev/%s", name);
	n = readlinkat(dir, name, there, sizeof(there));
	if (n < 0 || (size_t)n != strlen(to) || memcmp(there, to, (size_t)n) != 0)
		return sd_fail(e, EEXIST, "create link /dev/%s", name);
	return 0;
}

static int make_defaults(const struct pivot *p, struct sd_err *e)
{
	sd_auto_fd int dir = sd_mkdirs_in(p->root, "/dev", 0755, e);

	if (dir < 0)
		return -1;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		struct device d = {.path = defaults[i].path,
			.mode = S_IFCHR | 0666,
			.number = makedev(defaults[i].major, defaults[i].minor)};

		if (make_device_at(p, dir, d.path + strlen("/dev/"), &d, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (make_link_at(dir, links[i].name, links[i].to, e) < 0)
			return -1;
	return 0;
}

static int device_type(const char *type, mode_t *mode)
{
	static const struct {
		const char *word;
		mode_t mode;
	} types[] = {{"c", S_IFCHR}, {"u", S_IFCHR}, {"b", S_IFBLK}, {"p", S_IFIFO}};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(type, types[i].word) == 0) {
			*mode = types[i].mode;
			return 0;
		}
	return -1;
}

static int number(struct sd_json *entry, const char *member, bool needed, int64_t max, int64_t *out,
	struct sd_err *e)
{
	int there = sd_json_int(entry, out, e, "%s", member);

	if (there < 0)
		return -1;
	if (!there && needed)
		return sd_json_missing(e, "%s", member);
	if (*out < 0 || *out > max)
		return sd_fail(e, 0, "%s: %lld is not in 0 to %lld", member, (long long)*out,
			(long long)max);
	return 0;
}

static int read_device(struct sd_json *entry, struct device *d, struct sd_err *e)
{
	int64_t major = 0, minor = 0, mode = 0666, uid = 0, gid = 0;
	const char *type = NULL;
	bool pipe;

	if (sd_json_str(entry, &d->path, e, "path") < 0 || sd_json_str(entry, &type, e, "type") < 0)
		return -1;
	if (!d->path || *d->path != '/')
		return sd_fail(e, 0, "path: expected an absolute path");
	if (!type || device_type(type, &d->mode) < 0)
		return sd_fail(e, 0, "type: expected c, u, b or p");
	/* Not by default 0:0, which is overlayfs' mark of a removed file. */
	pipe = S_ISFIFO(d->mode);
	if (number(entry, "major", !pipe, MAJOR_MAX, &major, e) < 0 ||
		number(entry, "minor", !pipe, MINOR_MAX, &minor, e) < 0 ||
		number(entry, "fileMode", false, S_IFMT | 07777, &mode, e) < 0 ||
		number(entry, "uid", false, UINT32_MAX - 1, &uid, e) < 0 ||
		number(entry, "gid", false, UINT32_MAX - 1, &gid, e) < 0)
		return -1;
	/* fileMode may carry the type bits, as stat(2) gives them. */
	d->mode |= (mode_t)mode & 07777;
	d->number = makedev((unsigned)major, (unsigned)minor);
	d->uid = (uid_t)uid;
	d->gid = (gid_t)gid;
	return 0;
}

static int make_wished(const struct pivot *p, struct sd_err *e)
{
	struct sd_json *list = NULL, *entry;
	size_t i;

	if (sd_json_array(p->doc, &list, e, "config.linux.devices") < 0)
		return -1;
	sd_json_array_foreach (list, i, entry) {
		struct device d = {0};

		if (read_device(entry, &d, e) < 0)
			return sd_fail(e, 0, "config.linux.devices[%zu].%s", i, e->text);
		if (make_device(p, &d, e) < 0)
			return -1;
	}
	return 0;
}

int device_make_all(const struct pivot *p, struct sd_err *e)
{
	if (!p->devices)
		return 0;
	return make_defaults(p, e) < 0 ? -1 : make_wished(p, e);
}
