/* SPDX-License-Identifier: Apache-2.0 */
#include "userdb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "cleanup.h"
#include "io.h"
#include "path.h"
#include "str.h"

void sd_groups_add(struct sd_groups *g, gid_t gid)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i] == gid)
			return;
	g->v = sd_realloc(g->v, (g->n + 1) * sizeof(*g->v));
	g->v[g->n++] = gid;
}

void sd_groups_free(struct sd_groups *g)
{
	free(g->v);
	*g = (struct sd_groups){0};
}

void sd_user_free(struct sd_user *u)
{
	sd_groups_free(&u->groups);
	free(u->home);
	*u = (struct sd_user){0};
}

void sd_userdb_free(struct sd_userdb *db)
{
	free(db->passwd);
	free(db->group);
	*db = (struct sd_userdb){0};
}

/*
 * 1, 0 where it is not there, or -1.  Looked at before it is opened: to open a device may do
 * something, and to read a file of procfs too (/proc/kmsg takes the host's messages away).
 * ENOENT, and a part of the path that is no directory: an image from scratch has no such file.
 */
static int find_plain(int root, const char *path, struct sd_err *e)
{
	sd_auto_fd int fd = sd_open_in(root, path, O_PATH, 0);
	struct statfs fs;
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return sd_fail(e, errno, "open %s of the image", path);
	if (!S_ISREG(st.st_mode) || fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC)
		return sd_fail(e, 0, "%s of the image is not a regular file", path);
	return 1;
}

static int read_one(int root, const char *path, char **text, struct sd_err *e)
{
	sd_auto_buf struct sd_buf b = {0};
	sd_auto_fd int fd = -1;
	int there = find_plain(root, path, e);

	if (there <= 0)
		return there;
	/*
	 * O_NONBLOCK: a FIFO that has come into its place meanwhile must not make us wait for a
	 * writer that never comes (CVE-2024-9676).
	 */
	fd = sd_open_in(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return sd_fail(e, errno, "open %s of the image", path);
	if (sd_read_all(fd, path, SD_READ_MAX, &b, e) < 0)
		return -1;
	sd_buf_add(&b, "", 0);
	*text = sd_steal_ptr(&b.data);
	return 0;
}

int sd_userdb_read(int root, struct sd_userdb *db, struct sd_err *e)
{
	*db = (struct sd_userdb){0};
	if (read_one(root, "/etc/passwd", &db->passwd, e) < 0 ||
		read_one(root, "/etc/group", &db->group, e) < 0)
		return -1;
	return 0;
}

/* A part of a line, not terminated. */
struct field {
	const char *s;
	size_t n;
};

static bool field_is(struct field f, const char *s)
{
	return strlen(s) == f.n && memcmp(f.s, s, f.n) == 0;
}

static bool all_digits(struct field f)
{
	return f.n && strspn(f.s, "0123456789") >= f.n;
}

/* An id as the two files hold it.  False: not a number, or one that is out of range. */
static bool field_id(struct field f, unsigned *id)
{
	unsigned long n = 0;

	if (!all_digits(f))
		return false;
	for (size_t i = 0; i < f.n; i++) {
		n = n * 10 + (unsigned long)(f.s[i] - '0');
		if (n > SD_ID_MAX)
			return false;
	}
	*id = (unsigned)n;
	return true;
}

/*
 * The next line of `*text` split at its colons into exactly `n` fields; the last takes what is
 * left.  Lines of fewer fields are skipped.  False at the end.
 */
static bool next_entry(const char **text, struct field *f, size_t n)
{
	while (*text && **text) {
		const char *p = *text, *end = p + strcspn(p, "\n");
		size_t i;

		*text = *end ? end + 1 : end;
		for (i = 0; i < n && p; i++) {
			const char *colon = memchr(p, ':', (size_t)(end - p));

			if (i == n - 1)
				colon = NULL;
			f[i] = (struct field){p, (size_t)((colon ? colon : end) - p)};
			p = colon ? colon + 1 : NULL;
		}
		if (i == n)
			return true;
	}
	return false;
}

struct account {
	struct field name, home;
	uid_t uid;
	gid_t gid;
};

/* name:password:uid:gid:comment:home:shell (passwd(5)) */
static bool next_account(const char **text, struct account *a)
{
	struct field f[7];

	while (next_entry(text, f, 7)) {
		a->name = f[0];
		a->home = f[5];
		if (f[0].n && field_id(f[2], &a->uid) && field_id(f[3], &a->gid))
			return true;
	}
	return false;
}

struct team {
	struct field name, members;
	gid_t gid;
};

/* name:password:gid:member,member (group(5)) */
static bool next_team(const char **text, struct team *t)
{
	struct field f[4];

	while (next_entry(text, f, 4)) {
		t->name = f[0];
		t->members = f[3];
		if (f[0].n && field_id(f[2], &t->gid))
			return true;
	}
	return false;
}

static bool lists(struct field members, struct field name)
{
	const char *p = members.s, *end = p + members.n;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t n = (size_t)((comma ? comma : end) - p);

		if (n == name.n && memcmp(p, name.s, n) == 0)
			return true;
		p += n + 1;
	}
	return false;
}

/*
 * One that looks like a number and is none ("01", "+1", " 1", "4294967296") must not fall back to a
 * name or to 0: an image whose passwd has a user "4294967296" with uid 0, or a parser that stops
 * early, made it root (CVE-2024-40635, CVE-2026-30892).
 */
int sd_userdb_id(const char *s, const char *what, unsigned *id, struct sd_err *e)
{
	struct field f = {s, strlen(s)};

	if (!*s)
		return sd_fail(e, 0, "the name of the %s is empty", what);
	if (all_digits(f)) {
		if (*s == '0' && s[1])
			return sd_fail(e, 0, "%s '%s': a number must not start with 0", what, s);
		if (!field_id(f, id))
			return sd_fail(e, 0, "%s '%s': ids are 0 to %d", what, s, SD_ID_MAX);
		return 1;
	}
	if (*s == '+' || *s == '-')
		return sd_fail(e, 0, "%s '%s': neither a name nor a number", what, s);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == ':' || *p == ',')
			return sd_fail(e, 0, "%s '%s': neither a name nor a number", what, s);
	return 0;
}

int sd_group_lookup(const struct sd_userdb *db, const char *name, gid_t *gid, struct sd_err *e)
{
	const char *text = db->group;
	struct team t;
	int r = sd_userdb_id(name, "group", gid, e);

	if (r)
		return r < 0 ? -1 : 0;
	while (next_team(&text, &t)) {
		if (field_is(t.name, name)) {
			*gid = t.gid;
			return 0;
		}
	}
	return sd_fail(e, 0, "unable to find group %s: no matching entries in group file", name);
}

static bool find_account(const struct sd_userdb *db, const char *name, uid_t uid, struct account *a)
{
	const char *text = db->passwd;

	while (next_account(&text, a))
		if (name ? field_is(a->name, name) : a->uid == uid)
			return true;
	return false;
}

char *sd_user_home(const struct sd_userdb *db, uid_t uid)
{
	struct account a;

	if (!find_account(db, NULL, uid, &a) || !a.home.n)
		return sd_strdup("/");
	return sd_strndup(a.home.s, a.home.n);
}

int sd_user_lookup(
	const struct sd_userdb *db, const char *spec, struct sd_user *u, struct sd_err *e)
{
	const char *colon = strchr(spec, ':'), *text = db->group;
	sd_auto_free char *name =
		colon ? sd_strndup(spec, (size_t)(colon - spec)) : sd_strdup(spec);
	struct account a = {0};
	struct team t;
	bool found;
	int r;

	*u = (struct sd_user){0};
	r = sd_userdb_id(name, "user", &u->uid, e);
	if (r < 0)
		return -1;
	found = find_account(db, r ? NULL : name, u->uid, &a);
	if (!found && !r)
		return sd_fail(
			e, 0, "unable to find user %s: no matching entries in passwd file", name);
	if (found) {
		u->uid = a.uid;
		u->gid = a.gid;
	}
	if (colon && sd_group_lookup(db, colon + 1, &u->gid, e) < 0)
		return -1;
	u->home = found && a.home.n ? sd_strndup(a.home.s, a.home.n) : sd_strdup("/");
	sd_groups_add(&u->groups, u->gid);
	while (found && !colon && next_team(&text, &t)) {
		if (!lists(t.members, a.name))
			continue;
		/* setgroups(2) takes no more; and a million, each looked up in all, would take hours. */
		if (u->groups.n == NGROUPS_MAX)
			return sd_fail(e, 0, "user '%s' is in more than %d groups of the image",
				name, NGROUPS_MAX);
		sd_groups_add(&u->groups, t.gid);
	}
	return 0;
}
