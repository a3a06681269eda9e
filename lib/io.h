/* SPDX-License-Identifier: Apache-2.0 */
/* io - whole reads and writes, and files that are replaced atomically. */
#ifndef SD_IO_H
#define SD_IO_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "err.h"
#include "str.h"

/* Nothing that the toolkit reads whole (a document, a manifest, /etc/passwd) may be larger. */
#define SD_READ_MAX (16u << 20)

/* Read to the end of fd; more than `max` bytes is an error.  `name` is for the message. */
int sd_read_all(int fd, const char *name, size_t max, struct sd_buf *out, struct sd_err *e);

/*
 * Read a whole regular file, `path` relative to dirfd (AT_FDCWD allowed).  FIFOs, devices and
 * directories are refused and never waited for (CVE-2024-9676).  Returns -1 with
 * e->errnum == ENOENT where it is not there.
 */
int sd_read_file(int dirfd, const char *path, size_t max, struct sd_buf *out, struct sd_err *e);

/* Write all of it, through EINTR and short writes.  -1 with errno set. */
int sd_write_all(int fd, const void *data, size_t len);

/* As many descriptors as this process may have: the soft limit, 1024, is for select(2). */
void sd_raise_open_files(void);

/*
 * Replace the file `name` in the directory `dirfd` by `data`, mode 0600: written beside it,
 * fsync'ed if `durable`, renamed over it.  A reader sees the old or the new, never a part.
 */
int sd_replace_file(
	int dirfd, const char *name, const void *data, size_t len, bool durable, struct sd_err *e);

/* One write(2) to a kernel file (/proc, cgroupfs): short writes are errors.  -1 with errno. */
int sd_write_kernel(int dirfd, const char *path, const char *value);

/* mkdir -p with the given mode for what is made; host paths only, never a container's. */
int sd_mkdir_p(const char *path, mode_t mode, struct sd_err *e);

/* readdir(3), after whose NULL errno tells: 0 at the end, else why the rest was not read. */
struct dirent *sd_readdir(DIR *d);

/*
 * Remove `name` below dirfd and all that is in it (rm -rf), by descriptors, following no link
 * and crossing no mount point.  What is not there is not an error.
 */
int sd_remove_tree(int dirfd, const char *name, struct sd_err *e);

#endif
