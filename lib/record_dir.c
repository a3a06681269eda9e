/* SPDX-License-Identifier: Apache-2.0 */
/* The directories of records: which there are, their locks and marks. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "proc.h"

static int open_dir(char *path, bool make, struct sd_err *e)
{
	sd_auto_free char *p = path;
	int fd = open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && make) {
		if (sd_mkdir_p(p, 0700, e) < 0)
			return -1;
		fd = open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return fd < 0 ? sd_fail(e, errno, "open %s", p) : fd;
}

int sd_store_open_locked(const char *name, int how, struct sd_err *e)
{
	sd_auto_fd int fd = open_dir(sd_store_root("%s", name), true, e);

	if (fd < 0)
		return -1;
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock the %s", name);
	return sd_steal_fd(&fd);
}

int sd_record_open(const char *id, bool make, struct sd_err *e)
{
	return open_dir(sd_store_root("containers/%s", id), make, e);
}

int sd_record_open_run(const char *id, bool make, struct sd_err *e)
{
	return open_dir(sd_store_run("containers/%s", id), make, e);
}

int sd_record_lock(const char *id, struct sd_err *e)
{
	sd_auto_fd int fd = sd_record_open(id, false, e);
	struct stat st;

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock the record of %s", id);
	if (fstat(fd, &st) < 0)
		return sd_fail(e, errno, "stat the record of %s", id);
	/* Removed by who held the lock before: what may have the id by now is another's. */
	if (st.st_nlink == 0)
		return sd_fail(e, ENOENT, "lock the record of %s", id);
	return sd_steal_fd(&fd);
}

int sd_record_list(struct sd_strv *ids, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("containers");
	sd_auto_dir DIR *d = opendir(path);
	struct dirent *ent;

	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	while ((ent = sd_readdir(d)))
		if (sd_id_valid(ent->d_name))
			sd_strv_add(ids, ent->d_name);
	return errno ? sd_fail(e, errno, "read %s", path) : 0;
}

static bool exists(const char *id)
{
	sd_auto_free char *path = sd_store_root("containers/%s", id);

	return access(path, F_OK) == 0;
}

static char *by_name(const char *name)
{
	sd_auto_free char *path = sd_store_root("names/%s", name);
	char id[256];
	ssize_t n = readlink(path, id, sizeof(id) - 1);

	if (n <= 0)
		return NULL;
	id[n] = '\0';
	/* A link left behind by a removal that was cut short names nothing. */
	return sd_id_valid(id) && exists(id) ? sd_strdup(id) : NULL;
}

static int no_such(const char *who, struct sd_err *e)
{
	sd_fail(e, 0, "no such container: %s", who);
	e->errnum = ENOENT;
	return -1;
}

int sd_record_find(const char *who, char **id, struct sd_err *e)
{
	sd_auto_strv struct sd_strv all = {0};
	const char *found = NULL;

	if (!sd_id_valid(who))
		return no_such(who, e);
	if (exists(who)) {
		*id = sd_strdup(who);
		return 0;
	}
	*id = by_name(who);
	if (*id)
		return 0;
	if (sd_record_list(&all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (!sd_starts_with(all.v[i], who))
			continue;
		if (found)
			return sd_fail(e, 0, "%s: more than one container's id begins so", who);
		found = all.v[i];
	}
	if (!found)
		return no_such(who, e);
	*id = sd_strdup(found);
	return 0;
}

int sd_record_mark(const char *id, pid_t creator, int64_t ticks, struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_run("transient");
	sd_auto_free char *path = sd_store_run("transient/%s", id);
	sd_auto_free char *made = sd_store_run("transient/.%s.%d", id, (int)getpid());
	sd_auto_free char *target = sd_printf("%d:%lld", (int)creator, (long long)ticks);

	if (sd_mkdir_p(dir, 0700, e) < 0)
		return -1;
	/* Renamed over a mark that is there: the new creator counts, and no moment is without one. */
	if (symlink(target, made) < 0 && errno != EEXIST)
		return sd_fail(e, errno, "create %s", made);
	if (rename(made, path) == 0)
		return 0;
	sd_fail(e, errno, "rename %s to %s", made, path);
	unlink(made);
	return -1;
}

void sd_record_unmark(const char *id)
{
	sd_auto_free char *path = sd_store_run("transient/%s", id);

	unlink(path); /* ENOENT: was never marked */
}

bool sd_record_mark_lives(int marks, const char *id)
{
	char target[64], *colon;
	ssize_t n = readlinkat(marks, id, target, sizeof(target) - 1);

	if (n <= 0) /* not known: then it is not taken for dead (proc.h) */
		return n < 0 && errno != ENOENT;
	target[n] = '\0';
	colon = strchr(target, ':');
	return colon && sd_proc_is(atoi(target), atoll(colon + 1));
}

bool sd_record_mark_unfinished(const char *name)
{
	const char *pid = strrchr(name, '.');

	return name[0] == '.' && pid > name + 1 && kill(atoi(pid + 1), 0) < 0 && errno == ESRCH;
}

bool sd_record_leftovers(void)
{
	sd_auto_free char *marks = sd_store_run("transient");
	sd_auto_free char *records = sd_store_root("containers");
	sd_auto_free char *swept = sd_store_run("swept");
	sd_auto_dir DIR *d = NULL;
	struct dirent *ent;

	if (access(swept, F_OK) < 0 && access(records, F_OK) == 0)
		return true;
	d = opendir(marks);
	if (!d) /* ENOENT: nothing was marked since the boot */
		return false;
	while ((ent = readdir(d)))
		if (sd_record_mark_unfinished(ent->d_name) ||
			(sd_id_valid(ent->d_name) && !sd_record_mark_lives(dirfd(d), ent->d_name)))
			return true;
	return false;
}
