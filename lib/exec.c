/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "str.h"

static bool runnable(const char *file, int *errnum)
{
	struct stat st;

	if (stat(file, &st) < 0) {
		*errnum = errno;
		return false;
	}
	*errnum = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return S_ISREG(st.st_mode) && access(file, X_OK) == 0;
}

int sd_exec_find(const char *name, const char *path, char **out, struct sd_err *e)
{
	int errnum, found = 0;

	if (!*name)
		return sd_fail_code(e, SD_EXIT_NOT_FOUND, 0, "the name of the program is empty");
	if (strchr(name, '/')) {
		*out = sd_strdup(name);
		return 0;
	}
	if (!path || !*path)
		path = SD_EXEC_DEFAULT_PATH;
	for (const char *p = path;; p++) {
		size_t n = strcspn(p, ":");
		char *file = n ? sd_printf("%.*s/%s", (int)n, p, name) : sd_printf("./%s", name);

		if (runnable(file, &errnum)) {
			*out = file;
			return 0;
		}
		free(file);
		found = errnum == EACCES || errnum == EISDIR ? errnum : found;
		p += n;
		if (!*p)
			break;
	}
	if (found)
		return sd_fail_code(e, SD_EXIT_CANNOT_EXEC, found, "run %s", name);
	return sd_fail_code(e, SD_EXIT_NOT_FOUND, 0, "%s: executable file not found in PATH", name);
}

int sd_exec_check(const char *file, struct sd_err *e)
{
	int errnum;

	if (runnable(file, &errnum))
		return 0;
	return sd_exec_failed(file, errnum, e);
}

int sd_exec_failed(const char *file, int errnum, struct sd_err *e)
{
	return sd_fail_code(e, errnum == ENOENT ? SD_EXIT_NOT_FOUND : SD_EXIT_CANNOT_EXEC, errnum,
		"run %s", file);
}

int sd_exec(char **argv, char **envp, const char *path, struct sd_err *e)
{
	sd_auto_free char *file = NULL;

	if (sd_exec_find(argv[0], path, &file, e) < 0)
		return -1;
	execve(file, argv, envp);
	return sd_exec_failed(file, errno, e);
}
