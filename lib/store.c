/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

static char *join(char *base, const char *fmt, va_list ap)
{
	char *below = NULL, *path;

	if (vasprintf(&below, fmt, ap) < 0 || !*below) {
		free(below);
		return base;
	}
	path = sd_printf("%s/%s", base, below);
	free(below);
	free(base);
	return path;
}

/* An environment variable counts only where it holds an absolute path. */
static const char *absolute_env(const char *name)
{
	const char *v = getenv(name);

	return v && v[0] == '/' ? v : NULL;
}

static char *root_base(void)
{
	const char *v = absolute_env("SDOCKER_ROOT");

	if (v)
		return sd_strdup(v);
	if (geteuid() == 0)
		return sd_strdup("/var/lib/sdocker");
	v = absolute_env("XDG_DATA_HOME");
	if (v)
		return sd_printf("%s/sdocker", v);
	v = absolute_env("HOME");
	return sd_printf("%s/.local/share/sdocker", v ? v : "/nonexistent");
}

static char *run_base(void)
{
	const char *v = absolute_env("SDOCKER_RUN");

	if (v)
		return sd_strdup(v);
	if (geteuid() == 0)
		return sd_strdup("/run/sdocker");
	v = absolute_env("XDG_RUNTIME_DIR");
	/* Never below /tmp, where another user could have made it before. */
	return v ? sd_printf("%s/sdocker", v) : sd_printf("/run/user/%d/sdocker", (int)geteuid());
}

char *sd_store_root(const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = join(root_base(), fmt, ap);
	va_end(ap);
	return path;
}

char *sd_store_run(const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = join(run_base(), fmt, ap);
	va_end(ap);
	return path;
}

/* Is it the running program's own file, whatever the kernel calls that?  1, 0, -1 not known. */
static int is_own_file(const char *path, const struct stat *self)
{
	struct stat there;

	if (stat(path, &there) < 0)
		return errno == ENOENT ? 0 : -1;
	return there.st_dev == self->st_dev && there.st_ino == self->st_ino;
}

int sd_program_sealed(void)
{
	sd_auto_fd int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
	struct statvfs fs;

	/* EINVAL: not a file that could have seals. */
	if (seals >= 0 && (seals & F_SEAL_WRITE))
		return 1;
	if (fd < 0 || fstatvfs(fd, &fs) < 0)
		return -1;
	return fs.f_flag & ST_RDONLY ? 1 : 0;
}

/*
 * The path of this program's file; -1 with ENOENT where it stands at none: run by descriptor
 * inside a container, "/proc/self/exe" names a file of the image, or is one.  What stands beside
 * that, a hostile image has put there for us: a seccomp profile that allows everything.  A
 * program that was sealed (chain.h) has the path in argv[0].
 */
static ssize_t own_path(char *path, size_t size)
{
	sd_auto_fd int link = open("/proc/self/exe", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	const char *called = program_invocation_name;
	struct stat self;
	struct statfs fs;
	ssize_t n;
	int own = 0;

	if (link < 0 || fstatfs(link, &fs) < 0 || stat("/proc/self/exe", &self) < 0)
		return -1;
	n = readlinkat(link, "", path, size - 1);
	if (n < 0)
		return -1;
	path[n] = '\0';
	if (fs.f_type == PROC_SUPER_MAGIC)
		own = is_own_file(path, &self);
	if (fs.f_type == PROC_SUPER_MAGIC && !own && called[0] == '/' && strlen(called) < size) {
		own = sd_starts_with(path, "/memfd:") ? 1 : is_own_file(called, &self);
		n = (ssize_t)strlen(strcpy(path, called));
	}
	if (own > 0)
		return n;
	if (own == 0)
		errno = ENOENT;
	return -1;
}

static char *beside_program(const char *between, const char *name)
{
	char exe[PATH_MAX], *slash;

	if (own_path(exe, sizeof(exe)) <= 0)
		return NULL;
	slash = strrchr(exe, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	return sd_printf("%s/%s%s", exe, between, name);
}

char *sd_toolkit_path(const char *name)
{
	return beside_program("", name);
}

char *sd_share_path(const char *name)
{
	return beside_program("../share/sdocker/", name);
}

void sd_id_new(char id[SD_ID_LEN + 1])
{
	unsigned char raw[SD_ID_LEN / 2];

	/* At most 256 bytes are never cut short once the pool is up (getrandom(2)). */
	while (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		;
	for (size_t i = 0; i < sizeof(raw); i++)
		sprintf(id + 2 * i, "%02x", raw[i]);
}

static bool charset(const char *s, const char *first, const char *rest)
{
	size_t n = strlen(s);

	return n > 0 && n <= 255 && strchr(first, s[0]) && strspn(s, rest) == n;
}

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool sd_id_valid(const char *id)
{
	return charset(id, ALNUM "_+-", ALNUM "_+.-");
}

bool sd_name_valid(const char *name)
{
	return charset(name, ALNUM, ALNUM "_.-");
}
