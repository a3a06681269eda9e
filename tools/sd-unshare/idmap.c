/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of user and group ids: how they are asked for, and how they are written. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "plan.h"

extern char **environ;

void idmap_free(struct idmaps *m)
{
	free(m->v);
	*m = (struct idmaps){0};
}

void idmap_add(struct idmaps *m, uint32_t inner, uint32_t outer, uint32_t count)
{
	m->v = sd_realloc(m->v, (m->n + 1) * sizeof(*m->v));
	m->v[m->n++] = (struct idmap){inner, outer, count};
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Copy a range without one inner and one outer id; the ids behind a hole move up into it. */
static void add_punched(
	struct idmaps *to, const struct idmap *range, uint32_t inner, uint32_t outer)
{
	uint64_t i = range->inner, i_end = i + range->count;
	uint64_t o = range->outer, o_end = o + range->count;

	while (i < i_end && o < o_end) {
		uint64_t n = least(i_end - i, o_end - o);

		if (i == inner || o == outer) {
			i += i == inner;
			o += o == outer;
			continue;
		}
		n = i < inner ? least(n, inner - i) : n;
		n = o < outer ? least(n, outer - o) : n;
		idmap_add(to, (uint32_t)i, (uint32_t)o, (uint32_t)n);
		i += n;
		o += n;
	}
}

void idmap_single(struct idmaps *m, uint32_t inner, uint32_t outer)
{
	struct idmaps punched = {0};

	idmap_add(&punched, inner, outer, 1);
	for (size_t i = 0; i < m->n; i++)
		add_punched(&punched, &m->v[i], inner, outer);
	idmap_free(m);
	*m = punched;
}

/* Every id of this user namespace, mapped to itself: its own map gives the ranges. */
static int map_all(struct idmaps *m, bool groups, struct sd_err *e)
{
	const char *path = groups ? "/proc/self/gid_map" : "/proc/self/uid_map";
	sd_auto_file FILE *f = fopen(path, "re");
	unsigned inner, outer, count;

	if (!f)
		return sd_fail(e, errno, "open %s", path);
	while (fscanf(f, "%u %u %u", &inner, &outer, &count) == 3)
		idmap_add(m, inner, inner, count);
	return m->n ? 0 : sd_fail(e, 0, "%s: no id is mapped", path);
}

int idmap_parse(struct idmaps *m, const char *spec, bool groups, const char *what, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(spec);
	bool commas = strchr(spec, ',');
	int64_t part[3];
	char *rest = copy;

	if (strcmp(spec, "all") == 0)
		return map_all(m, groups, e);
	for (int i = 0; i < 3; i++) {
		char *word = strsep(&rest, commas ? "," : ":");

		if (!word || (i == 2 && rest))
			return sd_fail(
				e, 0, "%s: '%s' is not INNER:OUTER:COUNT, auto or all", what, spec);
		if (sd_parse_int(word, what, i == 2, UINT32_MAX, &part[i], e) < 0)
			return -1;
	}
	idmap_add(m, (uint32_t)part[commas], (uint32_t)part[!commas], (uint32_t)part[2]);
	return 0;
}

/*
 * The fields of the first line of a file in the form of passwd(5) whose field `key` is `value`.
 * Read here and not by getpwnam(3): the program is static and must not load modules.
 */
static int look_up(
	const char *file, int key, const char *value, int field, char **out, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	char *rest, *line;

	if (sd_read_file(AT_FDCWD, file, SD_READ_MAX, &text, e) < 0)
		return -1;
	rest = text.data;
	while ((line = strsep(&rest, "\n"))) {
		char *fields[4] = {NULL};

		for (int i = 0; i < 4; i++)
			fields[i] = strsep(&line, ":");
		if (fields[key] && fields[field] && strcmp(fields[key], value) == 0) {
			*out = sd_strdup(fields[field]);
			return 1;
		}
	}
	return 0;
}

int idmap_id(const char *text, bool group, const char *what, int64_t *id, struct sd_err *e)
{
	const char *file = group ? "/etc/group" : "/etc/passwd";
	sd_auto_free char *number = NULL;
	int found;

	if (*text && text[strspn(text, "0123456789")] == '\0')
		return sd_parse_int(text, what, 0, UINT32_MAX - 1, id, e);
	found = look_up(file, 0, text, 2, &number, e);
	if (found == 0)
		return sd_fail(
			e, 0, "%s: no %s '%s' in %s", what, group ? "group" : "user", text, file);
	return found < 0 ? -1 : sd_parse_int(number, what, 0, UINT32_MAX - 1, id, e);
}

/* subuid(5): "NAME:START:COUNT", where NAME may be a number. */
int idmap_auto(struct idmaps *m, bool groups, struct sd_err *e)
{
	const char *file = groups ? "/etc/subgid" : "/etc/subuid";
	sd_auto_free char *uid = sd_printf("%u", geteuid());
	sd_auto_free char *name = NULL, *start = NULL, *count = NULL;
	const char *owner = uid;
	int64_t first, n;
	int found = look_up(file, 0, uid, 1, &start, e);

	if (found == 0 && look_up("/etc/passwd", 2, uid, 0, &name, e) > 0) {
		owner = name;
		found = look_up(file, 0, name, 1, &start, e);
	}
	if (found == 0) {
		sd_fail(e, 0, "%s lends no ids to user %s", file, owner);
		return sd_hint(e, "usermod --add-subuids and --add-subgids do");
	}
	if (found > 0)
		found = look_up(file, 0, owner, 2, &count, e);
	if (found == 0)
		return sd_fail(e, 0, "%s: the line of user %s has no count", file, owner);
	if (found < 0 || sd_parse_int(start, file, 0, UINT32_MAX, &first, e) < 0 ||
		sd_parse_int(count, file, 1, UINT32_MAX, &n, e) < 0)
		return -1;
	idmap_add(m, 0, (uint32_t)first, (uint32_t)n);
	return 0;
}

/* newuidmap(1) PID INNER OUTER COUNT...: setuid root, it maps what /etc/subuid lends. */
static int write_by_helper(const struct idmaps *m, bool groups, pid_t pid, struct sd_err *e)
{
	const char *program = groups ? "newgidmap" : "newuidmap";
	sd_auto_strv struct sd_strv argv = {0};
	int errnum, status;
	pid_t helper;

	sd_strv_add(&argv, program);
	sd_strv_take(&argv, sd_printf("%d", (int)pid));
	for (size_t i = 0; i < m->n; i++) {
		sd_strv_take(&argv, sd_printf("%u", m->v[i].inner));
		sd_strv_take(&argv, sd_printf("%u", m->v[i].outer));
		sd_strv_take(&argv, sd_printf("%u", m->v[i].count));
	}
	errnum = posix_spawnp(&helper, program, NULL, NULL, argv.v, environ);
	if (errnum) {
		sd_fail(e, errnum, "run %s", program);
		return errnum == ENOENT ? sd_hint(e, "the package uidmap has it") : -1;
	}
	while (waitpid(helper, &status, 0) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "wait for %s", program);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return sd_fail(e, 0, "%s failed: it allows only the ranges of %s", program,
			groups ? "/etc/subgid" : "/etc/subuid");
	return 0;
}

static int write_file(pid_t pid, const char *file, const char *text)
{
	sd_auto_free char *path = sd_printf("/proc/%d/%s", (int)pid, file);

	return sd_write_kernel(AT_FDCWD, path, text);
}

static int write_map(const struct idmaps *m, bool groups, pid_t pid, struct sd_err *e)
{
	const char *file = groups ? "gid_map" : "uid_map";
	sd_auto_buf struct sd_buf text = {0};

	if (!m->n)
		return 0;
	for (size_t i = 0; i < m->n; i++)
		sd_buf_printf(&text, "%u %u %u\n", m->v[i].inner, m->v[i].outer, m->v[i].count);
	if (write_file(pid, file, text.data) == 0)
		return 0;
	/* EPERM: more than one's own id without privilege; a refused write leaves the map empty. */
	if (errno == EPERM && geteuid() != 0)
		return write_by_helper(m, groups, pid, e);
	sd_fail(e, errno, "write %s", file);
	if (e->errnum == EINVAL)
		return sd_hint(e,
			"ranges must not overlap, 340 at most, and fill less than a page as text");
	return -1;
}

static bool own_group_only(const struct idmaps *m)
{
	return m->n == 1 && m->v[0].count == 1 && m->v[0].outer == getegid();
}

int idmap_write(const struct plan *p, pid_t pid, struct sd_err *e)
{
	const char *setgroups = p->setgroups;

	/* An ordinary user may map the own group only where setgroups(2) is denied for good. */
	if (!setgroups && geteuid() != 0 && own_group_only(&p->groups))
		setgroups = "deny";
	if (write_map(&p->users, false, pid, e) < 0)
		return -1;
	/* Before the group map: once that is written, "deny" is refused (user_namespaces(7)). */
	if (setgroups && write_file(pid, "setgroups", setgroups) < 0)
		return sd_fail(e, errno, "write '%s' to setgroups", setgroups);
	return write_map(&p->groups, true, pid, e);
}
