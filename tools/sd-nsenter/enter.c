/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "chain.h"
#include "cleanup.h"
#include "io.h"
#include "wish.h"

extern char **environ;

static bool some_files(const struct wish *w)
{
	for (int i = 0; i < SD_NS_COUNT; i++)
		if (w->file[i])
			return true;
	return false;
}

static int open_namespace(
	struct door *d, const struct wish *w, enum sd_ns_kind kind, struct sd_err *e)
{
	bool wanted = w->all || (w->flags & (unsigned)sd_ns[kind].flag);

	if (w->file[kind]) {
		d->fds[kind] = sd_ns_open(kind, w->file[kind], e);
		d->flags |= (unsigned)sd_ns[kind].flag;
		return d->fds[kind] < 0 ? -1 : 0;
	}
	if (!wanted)
		return 0;
	if (d->pidfd < 0)
		return sd_fail(
			e, 0, "--%s needs --target PID, --container or a FILE", sd_ns[kind].option);
	d->fds[kind] = sd_ns_open_pid(kind, (pid_t)w->target, e);
	/* ENOENT: a kernel without this kind has nothing to enter; by name that is an error. */
	if (d->fds[kind] < 0)
		return w->all && e->errnum == ENOENT ? 0 : -1;
	/* With --all, what is shared is left alone, as nsenter(1) does. */
	if ((w->all || kind == SD_NS_USER) && sd_ns_is_own(kind, d->fds[kind]))
		sd_close_fd(&d->fds[kind]);
	else
		d->flags |= (unsigned)sd_ns[kind].flag;
	return 0;
}

static int open_directory(int *fd, bool of_target, const char *dir, const char *name,
	const struct wish *w, struct sd_err *e)
{
	sd_auto_free char *path =
		dir ? sd_strdup(dir) : sd_printf("/proc/%lld/%s", (long long)w->target, name);

	if (!of_target && !dir)
		return 0;
	if (!dir && !w->target)
		return sd_fail(e, 0, "--%s needs --target PID, --container or a directory",
			strcmp(name, "cwd") == 0 ? "wd" : name);
	*fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? sd_fail(e, errno, "open the directory %s", path) : 0;
}

/* proc(5): the strings that the target was started with, each ended by a NUL. */
static int read_environment(struct sd_strv *env, const struct wish *w, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("/proc/%lld/environ", (long long)w->target);
	sd_auto_buf struct sd_buf text = {0};

	if (!w->target)
		return sd_fail(e, 0, "--env needs --target PID or --container");
	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0)
		return -1;
	for (size_t at = 0; at < text.len; at += strlen(text.data + at) + 1)
		sd_strv_add(env, text.data + at);
	return 0;
}

static int open_environment(struct door *d, const struct wish *w, struct sd_err *e)
{
	const char *fds = getenv(SD_CHAIN_ENV);
	struct sd_strv env = {0};

	if (!w->env && !w->new_env)
		return 0;
	if (w->env && read_environment(&env, w, e) < 0)
		return -1;
	for (const char **v = w->env ? NULL : w->new_env; v && *v; v++)
		sd_strv_add(&env, *v);
	/* The links of the chain find their descriptors by it, whatever the environment is. */
	if (fds)
		sd_strv_take(&env, sd_printf("%s=%s", SD_CHAIN_ENV, fds));
	d->env = env.n ? env.v : sd_calloc(1, sizeof(*env.v));
	return 0;
}

void door_close(struct door *d)
{
	for (int i = 0; i < SD_NS_COUNT; i++)
		sd_close_fd(&d->fds[i]);
	sd_close_fd(&d->pidfd);
	sd_close_fd(&d->root);
	sd_close_fd(&d->wd);
	for (char **v = d->env; v && *v; v++)
		free(*v);
	free(d->env);
	d->env = NULL;
}

int door_open(struct door *d, const struct wish *w, int pidfd, struct sd_err *e)
{
	*d = (struct door){.pidfd = pidfd, .root = -1, .wd = -1};
	d->by_pidfd = !some_files(w);
	for (int i = 0; i < SD_NS_COUNT; i++)
		d->fds[i] = -1;
	if (w->all && pidfd < 0)
		return sd_fail(e, 0, "--all needs --target PID or --container");
	for (int i = 0; i < SD_NS_COUNT; i++)
		if (open_namespace(d, w, i, e) < 0)
			return -1;
	if (open_directory(&d->root, w->root, w->root_dir, "root", w, e) < 0 ||
		open_directory(&d->wd, w->wd, w->wd_dir, "cwd", w, e) < 0 ||
		open_environment(d, w, e) < 0)
		return -1;
	/* All of it was the target's only if the target still had its number when it was opened. */
	return pidfd < 0 ? 0 : target_still_lives(pidfd, w, e);
}

static int join(const struct door *d, struct sd_err *e)
{
	if (!d->by_pidfd)
		return sd_ns_join(d->fds, e);
	if (!d->flags || setns(d->pidfd, (int)d->flags) == 0)
		return 0;
	sd_fail(e, errno, "join the namespaces");
	return e->errnum == EPERM ? sd_hint(e, "root is needed, or the user who made them together "
					       "with the user namespace that owns them: add --user")
				  : -1;
}

/*
 * CVE-2024-21626: a working directory outside of the root, reached by a descriptor that was still
 * open or by a path like /proc/self/fd/N, is the host's, and leads to all of it by "..".
 */
static int check_inside(const char *wd, struct sd_err *e)
{
	char path[PATH_MAX];

	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return sd_fail(e, errno, "look up the working directory");
	if (path[0] == '/')
		return 0;
	sd_fail(e, 0, "the working directory %s is outside of the root", wd);
	return sd_hint(e, "--wdns takes a path of the inside");
}

static int change_directories(struct door *d, const struct wish *w, struct sd_err *e)
{
	const char *wd = w->wdns ? w->wdns : w->wd_dir ? w->wd_dir : "of the target";
	bool root = d->root >= 0, moved = root || d->wd >= 0 || w->wdns || (d->flags & CLONE_NEWNS);

	if (root && (fchdir(d->root) < 0 || chroot(".") < 0 || chdir("/") < 0))
		return sd_fail(e, errno, "change the root directory");
	if (d->wd >= 0 && fchdir(d->wd) < 0)
		return sd_fail(e, errno, "change the working directory");
	sd_close_fd(&d->root);
	sd_close_fd(&d->wd);
	if (w->wdns && chdir(w->wdns) < 0)
		return sd_fail(e, errno, "change the working directory to %s", w->wdns);
	return moved ? check_inside(wd, e) : 0;
}

int door_enter(struct door *d, const struct wish *w, struct sd_err *e)
{
	if (join(d, e) < 0)
		return -1;
	for (int i = 0; i < SD_NS_COUNT; i++)
		sd_close_fd(&d->fds[i]);
	sd_close_fd(&d->pidfd);
	if (change_directories(d, w, e) < 0)
		return -1;
	if (d->env)
		environ = sd_steal_ptr(&d->env);
	return 0;
}

int door_credentials(const struct door *d, const struct wish *w, struct sd_err *e)
{
	bool user = d->flags & CLONE_NEWUSER, root = user && !w->preserve;
	int64_t gid = w->gid >= 0 ? w->gid : root ? 0 : -1;
	int64_t uid = w->uid >= 0 ? w->uid : root ? 0 : -1;

	/* EPERM: the user namespace denies setgroups(2), as one made by an ordinary user must. */
	if (gid >= 0 && setgroups(0, NULL) < 0 && !(errno == EPERM && user))
		return sd_fail(e, errno, "drop the additional groups");
	if (gid >= 0 && setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) < 0)
		return sd_fail(e, errno, "become group %lld", (long long)gid);
	if (uid >= 0 && setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0)
		return sd_fail(e, errno, "become user %lld", (long long)uid);
	return 0;
}
