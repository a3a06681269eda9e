/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: a symbolic link each, ROOT/names/NAME, to the id.
 *
 * symlink(2) gives a name to one caller alone, without a lock.  Taking a link away is two steps, a
 * look at whose it is and the removal, and between the two it could become another's; so whoever
 * does that holds a lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "sd-state.h"
#include "store.h"

static int lock_names(int names, struct sd_err *e)
{
	sd_auto_fd int fd = openat(names, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return sd_fail(e, errno, "open the names");
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock the names");
	return sd_steal_fd(&fd);
}

/* 1 and whose it is; 0: nobody's. */
static int owner_of(int names, const char *name, char owner[256], struct sd_err *e)
{
	ssize_t n = readlinkat(names, name, owner, 255);

	if (n < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "read the name %s", name);
	owner[n] = '\0';
	return 1;
}

static int drop(int names, const char *name, struct sd_err *e)
{
	if (unlinkat(names, name, 0) < 0 && errno != ENOENT)
		return sd_fail(e, errno, "remove the name %s", name);
	return 0;
}

int state_free_name(int names, const char *name, const char *id, struct sd_err *e)
{
	sd_auto_fd int lock = lock_names(names, e);
	char owner[256];
	int r = lock < 0 ? -1 : owner_of(names, name, owner, e);

	return r > 0 && strcmp(owner, id) == 0 ? drop(names, name, e) : r < 0 ? -1 : 0;
}

static bool is_name_of(const struct sd_json *doc, const char *name)
{
	const char *have = sd_json_string_value(sd_json_member(doc, "name"));

	return have && strcmp(have, name) == 0;
}

/*
 * Does the container have that name?  Where that is not known it does: its record is locked by a
 * rename, not written yet, or cannot be read.
 */
static bool has_name(const char *id, const char *name)
{
	sd_auto_json struct sd_json *saved = NULL, *live = NULL;
	struct sd_err ignored;
	sd_auto_fd int dir = sd_record_open(id, false, &ignored);

	if (dir < 0)
		return ignored.errnum != ENOENT;
	if (flock(dir, LOCK_EX | LOCK_NB) < 0 ||
		sd_record_load_saved_brief(id, &saved, &ignored) <= 0 ||
		sd_record_load_live(id, &live, &ignored) < 0)
		return true;
	return is_name_of(saved, name) || is_name_of(live, name);
}

/*
 * A link whose record is gone, or has another name, was left by what was cut short.  1: it is away;
 * 0: it is taken.
 */
static int drop_stale(int names, const char *name, struct sd_err *e)
{
	sd_auto_fd int lock = lock_names(names, e);
	char owner[256];
	int r = lock < 0 ? -1 : owner_of(names, name, owner, e);

	if (r <= 0)
		return r < 0 ? -1 : 1;
	if (sd_id_valid(owner) && has_name(owner, name))
		return 0;
	return drop(names, name, e) < 0 ? -1 : 1;
}

int state_take_name(const char *name, const char *id, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("names");
	sd_auto_fd int names = -1;
	char owner[256];
	int r = 1;

	if (sd_mkdir_p(path, 0700, e) < 0)
		return -1;
	names = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (names < 0)
		return sd_fail(e, errno, "open %s", path);
	while (r > 0) {
		if (symlinkat(id, names, name) == 0)
			return 1;
		if (errno != EEXIST)
			return sd_fail(e, errno, "take the name %s", name);
		if (owner_of(names, name, owner, e) > 0 && strcmp(owner, id) == 0)
			return 1; /* a rename that was cut short has taken it */
		r = drop_stale(names, name, e);
	}
	return r;
}

int state_name_container(const char *name, const char *id, struct sd_err *e)
{
	int r;

	if (!sd_name_valid(name))
		return sd_fail(e, 0,
			"name '%s': allowed are letters, digits, '_', '.' and '-', a letter or "
			"digit first",
			name);
	r = state_take_name(name, id, e);
	if (r != 0)
		return r < 0 ? -1 : 0;
	sd_fail(e, 0, "name %s: another container has it", name);
	return sd_hint(e, "'sdocker rm %s' frees it", name);
}
