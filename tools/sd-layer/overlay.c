/* SPDX-License-Identifier: Apache-2.0 */
/* The overlay mount: overlayfs as the kernel's Documentation/filesystems/overlayfs.rst has it. */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

/* mount(2) takes one page of options, the NUL that ends them included. */
#define OPTIONS_MAX 4095

/* The initial user namespace's number, the same on every machine (PROC_USER_INIT_INO). */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu

/* Descriptors that stand for directories while the mount is made. */
struct stand_ins {
	int *v;
	size_t n;
};

static void stand_ins_close(struct stand_ins *s)
{
	for (size_t i = 0; i < s->n; i++)
		sd_close_fd(&s->v[i]);
	free(s->v);
}

void overlay_free(struct overlay *o)
{
	sd_strv_free(&o->lower);
	free(o->upper);
	free(o->work);
}

bool overlay_in_user_namespace(void)
{
	struct stat st;

	/* Without /proc it cannot be told; then the kernel's refusal of the mount will. */
	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino != INITIAL_USER_NAMESPACE;
}

/* trusted.* is for privilege in the initial user namespace alone (xattr(7)). */
const char *overlay_prefix(void)
{
	return overlay_in_user_namespace() || geteuid() != 0 ? "user.overlay." : "trusted.overlay.";
}

/*
 * ':' parts lower directories and ',' parts options, and how a kernel takes either escaped has
 * changed between versions; a descriptor's name needs no escape, and is short enough for the
 * kernel's own limit of 500 layers to fit in the page.
 */
static int add_path(struct sd_buf *b, const char *path, struct stand_ins *s, struct sd_err *e)
{
	int fd;

	if (!s) {
		sd_buf_str(b, path);
		return 0;
	}
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sd_fail(e, errno, "open %s", path);
	s->v = sd_realloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n++] = fd;
	sd_buf_printf(b, "/proc/self/fd/%d", fd);
	return 0;
}

/*
 * redirect_dir and metacopy would leave marks in the upper directory in place of names and data:
 * sd-layer diff reads that directory, and a layer's tar has no word for either.  index would
 * bind it to these very lower directories.  All three are said, for a kernel's defaults differ.
 */
static int add_options(
	const struct overlay *o, struct stand_ins *s, struct sd_buf *b, struct sd_err *e)
{
	for (size_t i = 0; i < o->lower.n; i++) {
		sd_buf_str(b, i ? ":" : "lowerdir=");
		if (add_path(b, o->lower.v[i], s, e) < 0)
			return -1;
	}
	if (o->upper) {
		sd_buf_str(b, ",upperdir=");
		if (add_path(b, o->upper, s, e) < 0)
			return -1;
		sd_buf_str(b, ",workdir=");
		if (add_path(b, o->work, s, e) < 0)
			return -1;
	}
	sd_buf_str(b, ",redirect_dir=nofollow,metacopy=off,index=off");
	if (overlay_in_user_namespace())
		sd_buf_str(b, ",userxattr");
	if (o->throwaway && o->upper)
		sd_buf_str(b, ",volatile");
	return 0;
}

static bool is_plain(const char *path)
{
	return !path || !strpbrk(path, ":,\\");
}

static bool all_plain(const struct overlay *o)
{
	for (size_t i = 0; i < o->lower.n; i++)
		if (!is_plain(o->lower.v[i]))
			return false;
	return is_plain(o->upper) && is_plain(o->work);
}

static const char *missing(const struct overlay *o)
{
	for (size_t i = 0; i < o->lower.n; i++)
		if (access(o->lower.v[i], F_OK) < 0)
			return o->lower.v[i];
	if (o->upper && access(o->upper, F_OK) < 0)
		return o->upper;
	return o->work && access(o->work, F_OK) < 0 ? o->work : NULL;
}

static int mount_failed(const struct overlay *o, const char *target, int errnum, struct sd_err *e)
{
	const char *absent = errnum == ENOENT ? missing(o) : NULL;

	if (absent)
		return sd_fail(e, errnum, "mount the overlay on %s: %s", target, absent);
	sd_fail(e, errnum, "mount the overlay on %s", target);
	if (errnum == EINVAL)
		return sd_hint(e,
			"upper and work have to be apart from each other on one file system "
			"that is no overlay; the kernel's log says more");
	if (errnum == EPERM)
		return sd_hint(e, "mounting needs root, or a user namespace: sd-unshare --user "
				  "--map-root-user --mount");
	if (errnum == ENODEV)
		return sd_hint(e, "the kernel has no overlay: modprobe overlay");
	return -1;
}

/*
 * A volatile overlay leaves a mark in its work directory until nothing is left to sync, and the
 * kernel refuses to mount one that bears it: after a crash the data may not be whole.  Nobody
 * relies on that of a container that is removed at its end.
 */
static bool forgive_volatile(const struct overlay *o)
{
	sd_auto_free char *mark = sd_printf("%s/work/incompat", o->work ? o->work : "");
	struct sd_err ignored;

	return o->throwaway && o->work && access(mark, F_OK) == 0 &&
	       sd_remove_tree(AT_FDCWD, mark, &ignored) == 0;
}

int overlay_mount(const struct overlay *o, const char *target, struct sd_err *e)
{
	__attribute__((cleanup(stand_ins_close))) struct stand_ins s = {0};
	sd_auto_buf struct sd_buf plain = {0}, short_ones = {0};
	const char *options;

	if (add_options(o, NULL, &plain, e) < 0)
		return -1;
	options = plain.data;
	if (!all_plain(o) || plain.len > OPTIONS_MAX) {
		if (add_options(o, &s, &short_ones, e) < 0)
			return -1;
		options = short_ones.data;
	}
	if (strlen(options) > OPTIONS_MAX)
		return sd_fail(e, 0, "mount the overlay on %s: %zu layers are more than fit",
			target, o->lower.n);
	if (mount("overlay", target, "overlay", 0, options) == 0)
		return 0;
	if (errno == EINVAL && forgive_volatile(o) &&
		mount("overlay", target, "overlay", 0, options) == 0)
		return 0;
	return mount_failed(o, target, errno, e);
}

int mounts_apart(struct sd_err *e)
{
	if (unshare(CLONE_NEWNS) < 0)
		return sd_fail(e, errno, "create a mount namespace");
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
		       ? sd_fail(e, errno, "make the mounts private")
		       : 0;
}

/*
 * The container's own namespace is not joined: what is mounted on its root there is not part of
 * it, and there may be none.
 */
int overlay_mount_apart(
	const struct sd_strv *lower, const char *top, const char *target, struct sd_err *e)
{
	auto_overlay struct overlay view = {0};

	if (top)
		sd_strv_add(&view.lower, top);
	for (size_t i = 0; i < lower->n; i++)
		sd_strv_add(&view.lower, lower->v[i]);
	return mounts_apart(e) < 0 ? -1 : overlay_mount(&view, target, e);
}
