/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path - paths of images and containers, which are hostile.
 *
 * Every one is resolved by openat2(2) with RESOLVE_IN_ROOT below a descriptor of the root, so
 * neither ".." nor any symbolic link leads out, and what was resolved is acted on by descriptor,
 * so no swap can slip between.  Magic links (/proc/PID/fd/N) are refused.
 */
#ifndef SD_PATH_H
#define SD_PATH_H

#include <stdbool.h>
#include <sys/types.h>
#include "err.h"

/* openat2(root, path) with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, O_CLOEXEC.  -1 with errno. */
int sd_open_in(int root, const char *path, int flags, mode_t mode);

/*
 * Make the directory `path` and its missing parents below root (mkdir -p); parents and it get
 * `mode`.  A symbolic link to what is not there is followed, below root, and its target made.
 * Returns an O_PATH descriptor of it.  -1 with the error: a part that is there and is not a
 * directory, or a loop of links.
 */
int sd_mkdirs_in(int root, const char *path, mode_t mode, struct sd_err *e);

/* The same for a regular file, made empty where nothing is there: a mount target for a file. */
int sd_mkfile_in(int root, const char *path, mode_t mode, struct sd_err *e);

/*
 * Split into the parent directory, opened (O_PATH) below root and made if `make`, and *name, the
 * last part, borrowed from path.  For acting on a name by mkdirat, symlinkat, unlinkat, mknodat.
 * Refused: an empty last part, ".", "..".
 */
int sd_parent_in(int root, const char *path, bool make, const char **name, struct sd_err *e);

#endif
