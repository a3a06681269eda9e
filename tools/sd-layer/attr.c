/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes: xattr(7). */
#include "sd-layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <linux/limits.h>
#include "cleanup.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* -1 with errno.  The list may grow between two calls. */
static ssize_t list(int fd, char **names)
{
	for (;;) {
		ssize_t size = flistxattr(fd, NULL, 0);

		if (size <= 0)
			return size < 0 && errno == ENOTSUP ? 0 : size;
		free(*names);
		*names = sd_malloc((size_t)size);
		size = flistxattr(fd, *names, (size_t)size);
		if (size >= 0 || errno != ERANGE)
			return size;
	}
}

static int each(
	int fd, const char *path, const char *name, attr_fn *fn, void *data, struct sd_err *e)
{
	sd_auto_free char *value = sd_malloc(XATTR_SIZE_MAX);
	ssize_t size = fgetxattr(fd, name, value, XATTR_SIZE_MAX);

	if (size < 0)
		/* ENODATA: removed since it was listed, or not for us to see. */
		return errno == ENODATA ? 0 : sd_fail(e, errno, "read %s of %s", name, path);
	return fn(data, name, value, (size_t)size, e);
}

int attr_each(int fd, const char *path, attr_fn *fn, void *data, struct sd_err *e)
{
	sd_auto_free char *names = NULL;
	sd_auto_free char **sorted = NULL;
	ssize_t size = list(fd, &names);
	size_t n = 0;
	int r = 0;

	if (size < 0)
		return sd_fail(e, errno, "list the attributes of %s", path);
	for (char *p = names; p && p < names + size; p += strlen(p) + 1) {
		sorted = sd_realloc(sorted, (n + 1) * sizeof(*sorted));
		sorted[n++] = p;
	}
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n && r == 0; i++)
		r = each(fd, path, sorted[i], fn, data, e);
	return r;
}

/*
 * trusted.overlay.* and user.overlay.* are orders to the overlay (a redirect names any directory
 * of the lower ones), and security.selinux or security.ima are the host's word on a file, not an
 * image's.
 */
bool attr_in_layer(const char *name)
{
	return strcmp(name, "security.capability") == 0 ||
	       (sd_starts_with(name, "user.") && !sd_starts_with(name, "user.overlay."));
}

int attr_set(int fd, const char *path, const char *name, const void *value, size_t size,
	struct sd_err *e)
{
	if (fsetxattr(fd, name, value, size, 0) == 0)
		return 0;
	/* tmpfs knows user.* since Linux 6.6: a note that is lost there is no reason to fail. */
	if (errno == ENOTSUP && sd_starts_with(name, "user."))
		return 0;
	return sd_fail(e, errno, "set %s of %s", name, path);
}
