/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount - config.mounts, in its order.
 *
 * Each mount is first made without a place: by fsopen(2), fsconfig(2) and fsmount(2), or for a
 * bind by open_tree(2).  Then it is attached to the descriptor of its target: no path is walked
 * between the check of the target and the mount (CVE-2021-30465).
 */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"
#include "store.h"

struct wish {
	const char *dest, *type, *source;
	const char **data; /* options that are the file system's own; NULL-terminated */
	size_t n_data;
	struct mount_words w;
};

static const struct {
	const char *type;
	int errnum;
	const char *hint;
} hints[] = {
	{"proc", EPERM, "procfs needs a PID namespace of its own: sd-unshare --pid, or --no-proc"},
	{"sysfs", EPERM,
		"sysfs needs a network namespace of its own: sd-unshare --net, or --no-sys"},
	{"mqueue", EPERM, "mqueue needs an IPC namespace of its own: sd-unshare --ipc"},
	{"devpts", EINVAL, "gid=N names a group that the user namespace does not map?"},
};

/* What the file system itself had to say, fsopen(2): "e tmpfs: Bad value for 'size'". */
static int fs_failed(int fs, int errnum, const char *type, const char *dest, struct sd_err *e)
{
	char said[256];
	ssize_t n = fs >= 0 ? read(fs, said, sizeof(said) - 1) : -1;

	if (n > 2) {
		said[n - (said[n - 1] == '\n')] = '\0';
		return sd_fail(e, errnum, "mount %s on %s: %s", type, dest, said + 2);
	}
	sd_fail(e, errnum, "mount %s on %s", type, dest);
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (errnum == hints[i].errnum && strcmp(type, hints[i].type) == 0)
			return sd_hint(e, "%s", hints[i].hint);
	return -1;
}

static int fs_option(int fs, const char *word)
{
	const char *value = strchr(word, '=');

	if (!value)
		return fsconfig(fs, FSCONFIG_SET_FLAG, word, NULL, 0);

	sd_auto_free char *key = sd_strndup(word, (size_t)(value - word));

	return fsconfig(fs, FSCONFIG_SET_STRING, key, value + 1, 0);
}

int mount_new(const char *type, const char *source, const char *const *data, uint64_t attr,
	const char *dest, struct sd_err *e)
{
	sd_auto_fd int fs = fsopen(type, FSOPEN_CLOEXEC);
	int mnt;

	if (fs < 0)
		return fs_failed(fs, errno, type, dest, e);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return fs_failed(fs, errno, type, dest, e);
	for (size_t i = 0; data && data[i]; i++)
		if (fs_option(fs, data[i]) < 0) {
			int errnum = errno;
			sd_auto_free char *what = sd_printf("%s, option %s,", type, data[i]);

			return fs_failed(fs, errnum, what, dest, e);
		}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_failed(fs, errno, type, dest, e);
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attr);
	return mnt < 0 ? fs_failed(fs, errno, type, dest, e) : mnt;
}

/* Split the options: ours into m->w, the others stay in the list. */
static int sort_options(struct wish *m, size_t n, struct sd_err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *word = m->data[i];
		int ours = mount_word(&m->w, word, e);

		if (ours < 0)
			return sd_fail(e, 0, "mount on %s: %s", m->dest, e->text);
		if (!ours)
			m->data[m->n_data++] = word;
	}
	if (m->data)
		m->data[m->n_data] = NULL;
	if (m->type && strcmp(m->type, "bind") == 0)
		m->w.bind = true;
	return 0;
}

/* 1, or 0 where there is no destination, or -1. */
static int read_members(struct sd_json *entry, struct wish *m, size_t *n, struct sd_err *e)
{
	int r = sd_json_str(entry, &m->dest, e, "destination");

	if (r <= 0)
		return r;
	if (sd_json_str(entry, &m->type, e, "type") < 0 ||
		sd_json_str(entry, &m->source, e, "source") < 0 ||
		sd_json_strings(entry, &m->data, n, e, "options") < 0)
		return -1;
	return 1;
}

static int read_wish(struct sd_json *entry, size_t i, struct wish *m, struct sd_err *e)
{
	size_t n = 0;
	int r = read_members(entry, m, &n, e);

	if (r < 0)
		return sd_fail(e, 0, "config.mounts[%zu].%s", i, e->text);
	if (r == 0)
		return sd_json_missing(e, "config.mounts[%zu].destination", i);
	if (sd_json_get(entry, "uidMappings") || sd_json_get(entry, "gidMappings"))
		return sd_fail(e, 0, "mount on %s: id-mapped mounts are not supported", m->dest);
	if (sort_options(m, n, e) < 0)
		return -1;
	if (!m->w.bind && !m->w.remount && !m->type)
		return sd_json_missing(e, "config.mounts[%zu].type", i);
	return 0;
}

static int set_words(int mnt, const struct wish *m, struct sd_err *e)
{
	if (mount_set(mnt, &m->w.one, false) == 0 && mount_set(mnt, &m->w.tree, true) == 0)
		return 0;
	sd_fail(e, errno, "set the options of the mount on %s", m->dest);
	if (e->errnum == ENOSYS)
		return sd_hint(e, "recursive options, nodiratime and nosymfollow need Linux 5.12");
	/* EPERM: it came with a more privileged namespace's mount, mount_namespaces(7). */
	return e->errnum == EPERM ? sd_hint(e, "a flag of the source's mount is locked") : -1;
}

/* The source is the host's and trusted: links in it are followed as in any path of the host. */
static int bind_mount(const struct pivot *p, const struct wish *m, struct sd_err *e)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (m->w.recursive ? AT_RECURSIVE : 0);
	sd_auto_fd int tree = -1, target = -1;
	sd_auto_free char *path = NULL;
	struct target t = {.path = m->dest, .type = "bind"};
	struct stat st;

	if (!m->source || !*m->source)
		return sd_fail(e, 0, "bind on %s: no source", m->dest);
	if (m->n_data)
		return sd_fail(e, 0, "bind on %s: unknown option '%s'", m->dest, m->data[0]);
	path = *m->source == '/' ? sd_strdup(m->source) : sd_printf("%s/%s", p->bundle, m->source);
	tree = open_tree(AT_FDCWD, path, flags);
	if (tree < 0 || fstat(tree, &st) < 0) {
		sd_fail(e, errno, "bind on %s: source %s", m->dest, path);
		return e->errnum == EINVAL ? sd_hint(e, "mounts below it are locked: rbind") : -1;
	}
	t.directory = S_ISDIR(st.st_mode);
	t.source = tree;
	target = target_open(p, &t, e);
	if (target < 0 || target_attach(tree, target, path, m->dest, e) < 0)
		return -1;
	return set_words(tree, m, e);
}

static int remount(const struct pivot *p, const struct wish *m, struct sd_err *e)
{
	sd_auto_fd int fd = sd_open_in(p->root, m->dest, O_PATH, 0);

	if (fd < 0)
		return sd_fail(e, errno, "remount %s", m->dest);
	if (m->n_data)
		return sd_fail(
			e, 0, "remount %s: option '%s' cannot be changed", m->dest, m->data[0]);
	return set_words(fd, m, e);
}

/* A tmpfs takes the permissions of the directory that it hides, unless mode= was given. */
static void keep_mode(const struct pivot *p, struct wish *m, char mode[16])
{
	sd_auto_fd int fd = sd_open_in(p->root, m->dest, O_PATH | O_DIRECTORY, 0);
	struct stat st;

	for (size_t i = 0; i < m->n_data; i++)
		if (sd_starts_with(m->data[i], "mode="))
			return;
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	snprintf(mode, 16, "mode=%04o", st.st_mode & 07777);
	m->data = sd_realloc(m->data, (m->n_data + 2) * sizeof(*m->data));
	m->data[m->n_data++] = mode;
	m->data[m->n_data] = NULL;
}

static int new_mount(const struct pivot *p, struct wish *m, struct sd_err *e)
{
	struct target t = {.path = m->dest, .type = m->type, .directory = true, .source = -1};
	sd_auto_fd int target = -1, mnt = -1;
	char mode[16];

	if (strcmp(m->type, "tmpfs") == 0)
		keep_mode(p, m, mode);
	target = target_open(p, &t, e);
	if (target < 0)
		return -1;
	/* An attribute may be ro: what is copied up is written before it is set. */
	mnt = mount_new(m->type, m->source ? m->source : m->type, m->data,
		m->w.copy_up ? 0 : m->w.one.attr_set, m->dest, e);
	if (mnt < 0)
		return -1;
	if (m->w.copy_up && copy_up(target, mnt, e) < 0)
		return -1;
	if (target_attach(mnt, target, m->type, m->dest, e) < 0)
		return -1;
	if (!m->w.copy_up)
		m->w.one.attr_set = m->w.one.attr_clr = 0;
	return set_words(mnt, m, e);
}

static int mount_one(const struct pivot *p, struct wish *m, struct sd_err *e)
{
	int r;

	if (m->w.remount)
		return remount(p, m, e);
	if (m->w.bind)
		return bind_mount(p, m, e);
	if (strcmp(m->type, "cgroup") == 0 || strcmp(m->type, "cgroup2") == 0)
		return cgroup_view(p, m->dest, &m->w, e);
	r = new_mount(p, m, e);
	/*
	 * EPERM: the IPC namespace belongs to another user namespace.  By hand nobody asked for
	 * this mount by name.
	 */
	if (r < 0 && p->by_hand && e->errnum == EPERM && strcmp(m->type, "mqueue") == 0)
		return 0;
	return r;
}

/* Whatever it is called: "/dev/" and a link to it are the same directory. */
static bool is_dev(const struct pivot *p, const char *dest)
{
	sd_auto_fd int fd = sd_open_in(p->root, dest, O_PATH, 0);
	sd_auto_fd int dev = sd_open_in(p->root, "dev", O_PATH, 0);
	struct stat a, b;

	return fd >= 0 && dev >= 0 && fstat(fd, &a) == 0 && fstat(dev, &b) == 0 &&
	       same_file(&a, &b);
}

int mount_all(struct pivot *p, struct sd_err *e)
{
	struct sd_json *mounts = NULL, *entry;
	const char *label = NULL;
	size_t i;

	if (sd_json_array(p->doc, &mounts, e, "config.mounts") < 0 ||
		sd_json_str(p->doc, &label, e, "config.linux.mountLabel") < 0)
		return -1;
	if (label && *label)
		return sd_fail(e, 0, "config.linux.mountLabel: SELinux labels are not supported");
	sd_json_array_foreach (mounts, i, entry) {
		struct wish m = {0};
		int r = read_wish(entry, i, &m, e);

		if (r == 0)
			r = mount_one(p, &m, e);
		free(m.data);
		if (r < 0)
			return -1;
		/* A /dev of the user's own has its own nodes; making ours would change the host's.
		 */
		if (m.w.bind && !m.w.remount && is_dev(p, m.dest))
			p->devices = false;
	}
	return 0;
}

static bool is_mounted(const struct pivot *p, const char *dest)
{
	struct sd_json *mounts = sd_json_get(p->doc, "config.mounts"), *entry;
	size_t i;

	sd_json_array_foreach (mounts, i, entry) {
		const char *at = sd_json_string_value(sd_json_member(entry, "destination"));

		if (at && strcmp(at, dest) == 0)
			return true;
	}
	return false;
}

/*
 * Of the bundle; but what belongs to a network namespace that is another container's is that
 * container's, whose names change with its networks.
 */
static char *etc_source(const struct pivot *p, const char *file)
{
	const char *other = sd_json_string_value(sd_json_get(p->doc, "want.join.network"));
	sd_auto_free char *theirs = NULL;

	if (other && sd_id_valid(other) && strcmp(file, "/etc/hostname") != 0) {
		theirs = sd_store_root("containers/%s%s", other, file);
		if (access(theirs, F_OK) == 0)
			return sd_steal_ptr(&theirs);
	}
	return sd_printf("%s%s", p->bundle, file);
}

/* The container's own names and resolver, where sd-layer and sd-names put them into the bundle. */
int mount_etc(struct pivot *p, struct sd_err *e)
{
	static const char *const files[] = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
	bool read_only = false;

	if (p->by_hand || is_mounted(p, "/etc"))
		return 0;
	if (sd_json_bool(p->doc, &read_only, e, "config.root.readonly") < 0)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		sd_auto_free char *source = etc_source(p, files[i]);
		struct wish m = {.dest = files[i], .source = source, .w.bind = true};

		if (is_mounted(p, files[i]) || (access(source, F_OK) < 0 && errno == ENOENT))
			continue;
		m.w.one.propagation = MS_PRIVATE;
		m.w.one.attr_set = read_only ? MOUNT_ATTR_RDONLY : 0;
		if (bind_mount(p, &m, e) < 0)
			return -1;
	}
	return 0;
}
