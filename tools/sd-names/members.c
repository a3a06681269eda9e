/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a network's members, and the locks. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "proc.h"
#include "sd-names.h"
#include "store.h"

#define SUFFIX ".json"
#define LOCK   ".lock"

/* Two names that meet share a lock, which only costs time. */
static off_t place(const char *kind, const char *name)
{
	uint64_t h = sd_hash(sd_hash(sd_hash(SD_HASH_START, kind), "/"), name);

	return (off_t)(h >> 2);
}

int names_lock(const char *kind, const char *name, struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_run("names"), *path = sd_store_run("names/" LOCK);
	struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	sd_auto_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 && errno == ENOENT) {
		if (sd_mkdir_p(dir, 0700, e) < 0)
			return -1;
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	if (fd < 0)
		return sd_fail(e, errno, "open %s", path);
	byte.l_start = place(kind, name);
	while (fcntl(fd, F_OFD_SETLKW, &byte) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock the %s %s in %s", kind, name, path);
	return sd_steal_fd(&fd);
}

/* Written by this tool alone; but a list that somebody has edited breaks no start unexplained. */
static int check(const struct sd_json *list, const char *path, struct sd_err *e)
{
	static const char *const arrays[] = {"hostname", "addresses", "names"};
	size_t n = sd_json_len(sd_json_member(list, "members"));
	bool good = sd_json_is_array(sd_json_member(list, "members"));
	struct sd_err why;

	for (size_t i = 0; i < n && good; i++) {
		const char *id;

		good = sd_json_str(list, &id, &why, "members[%zu].id", i) == 1;
		for (size_t k = 0; k < 3 && good; k++) {
			sd_auto_free const char **words = NULL;
			size_t count;

			good = sd_json_strings(list, &words, &count, &why, "members[%zu].%s", i,
				       arrays[k]) >= 0;
		}
	}
	return good ? 0 : sd_fail(e, 0, "%s: not a list of members", path);
}

struct sd_json *network_load(const char *name, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("names/%s" SUFFIX, name);
	sd_auto_json struct sd_json *list = NULL;
	sd_auto_buf struct sd_buf text = {0};
	const char *boot = NULL;
	char now[37];

	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0)
		return e->errnum == ENOENT ? sd_json_new_array() : NULL;
	list = sd_json_parse(text.data ? text.data : "", text.len, path, e);
	if (!list || sd_json_str(list, &boot, e, "bootId") < 0 || sd_proc_boot_id(now, e) < 0)
		return NULL;
	if (!boot || strcmp(boot, now) != 0)
		return sd_json_new_array();
	return check(list, path, e) < 0 ? NULL : sd_json_ref(sd_json_member(list, "members"));
}

bool member_lives(const struct sd_json *member)
{
	struct sd_err ignored;
	int64_t pid, ticks;

	return sd_json_int(member, &pid, &ignored, "pid") == 1 &&
	       sd_json_int(member, &ticks, &ignored, "startTime") == 1 &&
	       sd_proc_is((pid_t)pid, ticks);
}

static bool is_member(const struct sd_json *member, const char *id)
{
	const char *its = sd_json_string_value(sd_json_member(member, "id"));

	return its && strcmp(its, id) == 0;
}

bool members_have(const struct sd_json *members, const char *id)
{
	const struct sd_json *member;
	size_t i;

	sd_json_array_foreach (members, i, member)
		if (is_member(member, id))
			return true;
	return false;
}

int network_open(struct network *n, const char *name, struct sd_err *e)
{
	*n = (struct network){.name = name, .lock = names_lock("network", name, e)};
	if (n->lock < 0)
		return -1;
	n->members = network_load(name, e);
	return n->members ? 0 : -1;
}

void network_drop_dead(struct network *n)
{
	for (size_t i = sd_json_len(n->members); i-- > 0;) {
		if (member_lives(sd_json_at(n->members, i)))
			continue;
		sd_json_remove_at(n->members, i);
		n->changed = true;
	}
}

void network_remove(struct network *n, const char *id)
{
	for (size_t i = sd_json_len(n->members); i-- > 0;) {
		if (!is_member(sd_json_at(n->members, i), id))
			continue;
		sd_json_remove_at(n->members, i);
		n->changed = true;
	}
}

void network_add(struct network *n, struct sd_json *member)
{
	network_remove(n, sd_json_string_value(sd_json_member(member, "id")));
	sd_json_append(n->members, member);
	n->changed = true;
}

int network_save(struct network *n, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("names"), *text = NULL;
	sd_auto_free char *file = sd_printf("%s" SUFFIX, n->name);
	sd_auto_json struct sd_json *list = sd_json_new_object();
	sd_auto_fd int dir = -1;
	char boot[37];

	if (!n->changed)
		return 0;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return sd_fail(e, errno, "open %s", path);
	n->changed = false;
	if (!sd_json_len(n->members)) {
		if (unlinkat(dir, file, 0) < 0 && errno != ENOENT)
			return sd_fail(e, errno, "remove %s/%s", path, file);
		return 0;
	}
	if (sd_proc_boot_id(boot, e) < 0)
		return -1;
	sd_json_set_str(list, "bootId", boot);
	sd_json_set(list, "members", sd_json_ref(n->members));
	text = sd_json_text(list);
	return sd_replace_file(dir, file, text, strlen(text), false, e);
}

void network_close(struct network *n)
{
	sd_json_unrefp(&n->members);
	sd_close_fd(&n->lock);
}

/* ".NAME.PID", which sd_replace_file would have renamed had it not been killed. */
static void remove_leftover(int dir, const char *name)
{
	const char *number = strrchr(name, '.') + 1;
	struct sd_err ignored;
	int64_t pid;

	if (sd_parse_int(number, name, 1, INT32_MAX, &pid, &ignored) == 0 &&
		kill((pid_t)pid, 0) < 0 && errno == ESRCH)
		unlinkat(dir, name, 0);
}

int networks_list(struct sd_strv *names, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("names");
	sd_auto_dir DIR *d = opendir(path);
	struct dirent *ent;

	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	while ((ent = sd_readdir(d))) {
		size_t n = strlen(ent->d_name), end = strlen(SUFFIX);

		if (ent->d_name[0] == '.')
			remove_leftover(dirfd(d), ent->d_name);
		else if (n > end && strcmp(ent->d_name + n - end, SUFFIX) == 0)
			sd_strv_take(names, sd_strndup(ent->d_name, n - end));
	}
	return errno ? sd_fail(e, errno, "read %s", path) : 0;
}
