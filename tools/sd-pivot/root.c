/* SPDX-License-Identifier: Apache-2.0 */
/* root - the directory becomes a mount, the mount becomes the root, the old root goes. */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

/* Only the first user namespace maps all ids: user_namespaces(7). */
static bool in_user_namespace(void)
{
	sd_auto_buf struct sd_buf map = {0};
	struct sd_err ignored;
	int saved = errno, r = sd_read_file(AT_FDCWD, "/proc/self/uid_map", 4096, &map, &ignored);

	errno = saved;
	return r == 0 && map.data && !strstr(map.data, " 4294967295");
}

static int parent_of(int pid)
{
	sd_auto_free char *path = sd_printf("/proc/%d/stat", pid);
	sd_auto_buf struct sd_buf text = {0};
	struct sd_err ignored;
	char *p;

	/* "pid (comm) state ppid": comm may hold anything, so count from the last ')'. */
	if (sd_read_file(AT_FDCWD, path, 4096, &text, &ignored) < 0 || !text.data)
		return 0;
	p = strrchr(text.data, ')');
	return p && strlen(p) > 4 ? (int)strtol(p + 4, NULL, 10) : 0;
}

/*
 * Process 1 may not be looked at where it has capabilities that we lack (ptrace(2)); then our
 * oldest ancestor that may be stands for the host.
 */
static bool oldest_visible_namespace(int self, struct stat *st)
{
	bool found = false;

	for (int pid = parent_of(self); pid > 1; pid = parent_of(pid)) {
		sd_auto_free char *path = sd_printf("/proc/%d/ns/mnt", pid);

		found |= stat(path, st) == 0;
	}
	return found;
}

#define TAKES "it takes root, or sd-unshare --user --map-root-user --mount"

/*
 * pivot_root(2) moves every process of the mount namespace that stands in the old root.  In the
 * namespace of process 1 that is the whole host.
 */
int root_check_namespace(struct sd_err *e)
{
	struct stat self, first;
	char who[16] = "";
	ssize_t n = readlink("/proc/self", who, sizeof(who) - 1);

	if (n < 0 || stat("/proc/self/ns/mnt", &self) < 0)
		return sd_fail(e, errno, "look at /proc/self/ns/mnt");
	/* We are process 1 of this /proc: it was mounted for us, and nobody else stands here. */
	if (n == 1 && who[0] == '1')
		return 0;
	if (stat("/proc/1/ns/mnt", &first) < 0) {
		int saved = errno;

		/* EACCES: process 1 is above our user namespace, and so are its mounts. */
		if (errno == EACCES && in_user_namespace())
			return 0;
		if (saved != EACCES ||
			!oldest_visible_namespace((int)strtol(who, NULL, 10), &first)) {
			sd_fail(e, saved, "look at /proc/1/ns/mnt");
			return sd_hint(e, TAKES);
		}
	}
	if (!same_file(&self, &first))
		return 0;
	sd_fail(e, 0, "in the host's mount namespace: its root and mounts would change");
	return sd_hint(e, "sd-unshare --mount -- sd-pivot ...");
}

static int wished_propagation(const struct pivot *p, unsigned long *flags, struct sd_err *e)
{
	const char *word = NULL;

	*flags = 0;
	if (sd_json_str(p->doc, &word, e, "config.linux.rootfsPropagation") < 0)
		return -1;
	if (!word || !*word)
		return 0;
	*flags = propagation_word(word);
	return *flags ? 0
		      : sd_fail(e, 0, "config.linux.rootfsPropagation: unknown word '%s'", word);
}

/*
 * A shared tree is wanted: then the present one keeps its peers, and only the mount that the
 * root's directory is on becomes private, or the root's own mounts would appear in the host, and
 * pivot_root(2) refuses a new root whose parent is shared.
 */
static int make_parent_private(const char *root, struct sd_err *e)
{
	sd_auto_free char *path = realpath(root, NULL);

	if (!path)
		return sd_fail(e, errno, "root %s", root);
	/* EINVAL: not a mount, so the mount is further up. */
	while (mount(NULL, path, NULL, MS_PRIVATE, NULL) < 0) {
		char *slash = strrchr(path, '/');

		if (errno != EINVAL || !slash || !path[1])
			return sd_fail(e, errno, "make the mount of %s private", root);
		slash[slash == path] = '\0';
	}
	return 0;
}

/*
 * What is mounted from now on must not reach the host.  Slave, not private: a volume that is
 * asked to be rslave still sees what the host mounts in it later (mount_namespaces(7)).
 */
static int leave_peers(const char *root, unsigned long wished, struct sd_err *e)
{
	unsigned long flags = wished & MS_PRIVATE ? MS_PRIVATE : MS_SLAVE;

	if (wished & MS_SHARED)
		return make_parent_private(root, e);
	if (mount(NULL, "/", NULL, MS_REC | flags, NULL) == 0)
		return 0;
	sd_fail(e, errno, "stop the propagation of mounts from /");
	if (e->errnum == EPERM)
		return sd_hint(e, TAKES);
	return e->errnum == EINVAL ? sd_hint(e, "/ is not a mount: this is a chroot") : -1;
}

int root_bind(struct pivot *p, struct sd_err *e)
{
	const struct mount_attr private = {.propagation = MS_PRIVATE};
	sd_auto_free char *path = NULL;
	sd_auto_fd int dir = -1;
	const char *given;
	unsigned long wished;
	struct stat now;
	int r = sd_json_str(p->doc, &given, e, "config.root.path");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "config.root.path");
	path = *given == '/' ? sd_strdup(given) : sd_printf("%s/%s", p->bundle, given);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &p->self) < 0 || stat("/", &now) < 0)
		return sd_fail(e, errno, "root %s", path);
	if (same_file(&now, &p->self))
		return sd_fail(e, 0, "root %s: it is the root already", path);
	if (wished_propagation(p, &wished, e) < 0 || leave_peers(path, wished, e) < 0)
		return -1;
	/*
	 * The new root must be a mount, and one of this namespace's own: what was there before a
	 * user namespace is locked, and pivot_root(2) refuses it.  So always a new one.
	 */
	p->root = open_tree(
		dir, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (p->root < 0)
		return sd_fail(e, errno, "bind the root %s on itself", path);
	if (target_attach(p->root, dir, path, path, e) < 0)
		return -1;
	if ((wished & MS_SHARED) && mount_set(p->root, &private, false) < 0)
		return sd_fail(e, errno, "make the root %s private", path);
	return 0;
}

/* "/" must be our mount, and nothing may lie over it. */
static int verify(const struct pivot *p, struct sd_err *e)
{
	struct statx ours, seen;

	if (statx(p->root, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &ours) < 0 ||
		statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &seen) < 0)
		return sd_fail(e, errno, "look at the new root");
	if (ours.stx_mnt_id != seen.stx_mnt_id || ours.stx_ino != seen.stx_ino)
		return sd_fail(e, 0, "the old root is still there");
	return 0;
}

int root_enter(struct pivot *p, struct sd_err *e)
{
	const struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};
	sd_auto_fd int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned long wished;
	bool read_only = false;

	if (sd_json_bool(p->doc, &read_only, e, "config.root.readonly") < 0 ||
		wished_propagation(p, &wished, e) < 0)
		return -1;
	if (read_only && mount_set(p->root, &ro, false) < 0)
		return sd_fail(e, errno, "make the root read-only");
	/* The old root is put over the new one, so no directory for it is needed: pivot_root(2). */
	if (old < 0 || fchdir(p->root) < 0)
		return sd_fail(e, errno, "enter the new root");
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		sd_fail(e, errno, "pivot_root");
		return e->errnum == EINVAL ? sd_hint(e, "the present root is an initramfs?") : -1;
	}
	/* Slave first: unmounting a shared mount unmounts its peers in the host. */
	if (fchdir(old) < 0 || mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
		umount2(".", MNT_DETACH) < 0)
		return sd_fail(e, errno, "detach the old root");
	if (chdir("/") < 0)
		return sd_fail(e, errno, "enter the new root");
	if ((wished & (MS_SHARED | MS_UNBINDABLE)) && mount(NULL, "/", NULL, wished, NULL) < 0)
		return sd_fail(e, errno, "set config.linux.rootfsPropagation");
	return verify(p, e);
}
