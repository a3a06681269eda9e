/* SPDX-License-Identifier: Apache-2.0 */
#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "io.h"
#include "table.h"

/* Docker's columns, which do not depend on what stands in other rows. */
#define ROW "%-16s%-10s%-10s%-12s%s\n"

static bool vanished(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

static int tree(int parent, const char *name, dev_t dev, int64_t *bytes, struct sd_err *e)
{
	sd_auto_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;
	struct stat st;

	if (!d)
		return vanished(errno) ? 0 : sd_fail(e, errno, "read the directory %s", name);
	sd_steal_fd(&fd);
	while ((ent = sd_readdir(d))) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0 ||
			fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			st.st_dev != dev)
			continue;
		*bytes += (int64_t)st.st_blocks * 512;
		if (S_ISDIR(st.st_mode) && tree(dirfd(d), ent->d_name, dev, bytes, e) < 0)
			return -1;
	}
	return errno ? sd_fail(e, errno, "read the directory %s", name) : 0;
}

int sd_usage_tree(int parent, const char *name, int64_t *bytes, struct sd_err *e)
{
	struct stat st;

	*bytes = 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "stat %s", name);
	*bytes = (int64_t)st.st_blocks * 512;
	return S_ISDIR(st.st_mode) ? tree(parent, name, st.st_dev, bytes, e) : 0;
}

void sd_usage_print_head(void)
{
	printf(ROW, "TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE");
}

void sd_usage_print(const struct sd_usage *u)
{
	sd_auto_free char *total = sd_printf("%zu", u->total),
			  *active = sd_printf("%zu", u->active);
	sd_auto_free char *size = sd_human_size(u->size), *free = sd_human_size(u->reclaimable);
	sd_auto_free char *part =
		u->size ? sd_printf("%s (%d%%)", free, (int)(u->reclaimable * 100 / u->size))
			: sd_strdup(free);

	printf(ROW, u->type, total, active, size, part);
}
