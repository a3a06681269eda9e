/* SPDX-License-Identifier: Apache-2.0 */
/* exec - finding a program, becoming it, and saying why that did not work. */
#ifndef SD_EXEC_H
#define SD_EXEC_H

#include "err.h"

#define SD_EXEC_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Texts keep the words by which podman and docker tell 126 from 127: "executable file not
 * found", "no such file or directory", "permission denied", all in lower case.
 */

/*
 * The file that `name` means: itself where it holds a '/', else the first executable regular
 * file of that name in `path` (NULL or empty: SD_EXEC_DEFAULT_PATH).  *out is malloc'ed.  -1 with
 * code 127 (not found) or 126 (found, but not executable) and a text that says so.
 */
int sd_exec_find(const char *name, const char *path, char **out, struct sd_err *e);

/*
 * Look at a program before it is run, with the rights that the process then has: what is there,
 * the x bit, a noexec mount, an empty file, a script's interpreter, an ELF file's loader.  0 where
 * nothing is wrong, else -1 with 126/127 and the reason.  What binfmt_misc may make runnable (an
 * ELF file of another machine, a file of no known format) passes: only execve(2) tells.
 */
int sd_exec_check(const char *file, struct sd_err *e);

/* Fill *e for an execve(2) of `file` that failed with errnum: the reason that can be found. -1. */
int sd_exec_failed(const char *file, int errnum, struct sd_err *e);

/* find and execve; returns only on failure. */
int sd_exec(char **argv, char **envp, const char *path, struct sd_err *e);

#endif
