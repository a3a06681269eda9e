/* SPDX-License-Identifier: Apache-2.0 */
#include "sd-cgset.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"

void group_free(struct group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->d[i].name);
		free(g->d[i].path);
		sd_close_fd(&g->d[i].fd);
	}
	free(g->d);
	free(g->path);
	sd_cgroups_free(&g->layout);
	*g = (struct group){0};
}

int group_path(const char *text, const char *what, char **path, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(text);
	sd_auto_buf struct sd_buf out = {0};
	char *save = NULL;

	for (char *p = strtok_r(copy, "/", &save); p; p = strtok_r(NULL, "/", &save)) {
		/* A path must not climb out of what it is below (want.cgroupParent). */
		if (strcmp(p, "..") == 0 || strcmp(p, ".") == 0)
			return sd_fail(e, 0, "%s: '%s' has a part '%s'", what, text, p);
		sd_buf_printf(&out, "/%s", p);
	}
	if (!out.data)
		return sd_fail(e, 0, "%s: '%s' names no cgroup", what, text);
	*path = sd_steal_ptr(&out.data);
	return 0;
}

int group_path_of_document(const struct sd_json *doc, char **path, struct sd_err *e)
{
	const char *given = NULL, *parent = "/sdocker", *id;
	sd_auto_free char *text = NULL;

	if (sd_json_str(doc, &given, e, "config.linux.cgroupsPath") < 0 ||
		sd_json_str(doc, &parent, e, "want.cgroupParent") < 0)
		return -1;
	if (given && *given)
		return group_path(given, "config.linux.cgroupsPath", path, e);
	if (sd_doc_id(doc, &id, e) < 0)
		return -1;
	text = sd_printf("%s/%s", *parent ? parent : "/sdocker", id);
	return group_path(text, "want.cgroupParent", path, e);
}

int group_detect(struct group *g, struct sd_err *e)
{
	if (sd_cgroups_detect(&g->layout, e) < 0)
		return -1;
	if (g->layout.mode != SD_CGROUP_NONE)
		return 0;
	sd_fail(e, 0, "no cgroup hierarchy is mounted");
	return sd_hint(e, "mount -t cgroup2 none /sys/fs/cgroup");
}

static struct dir *add_dir(struct group *g, const char *name, char *path)
{
	g->d = sd_realloc(g->d, (g->n + 1) * sizeof(*g->d));
	g->d[g->n] = (struct dir){.name = sd_strdup(name), .path = path, .fd = -1};
	return &g->d[g->n++];
}

static struct dir *add_in(struct group *g, const struct sd_hierarchy *h)
{
	struct dir *d = add_dir(g, h->name, sd_printf("%s%s", h->mount, g->path));

	d->h = h;
	d->v2 = h->v2;
	return d;
}

int dir_fd(struct dir *d)
{
	if (d->fd < 0)
		d->fd = open(d->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return d->fd;
}

/*
 * A v1 cpuset is born without processors and memory nodes and takes no process until it has
 * both (cgroups(7), cpuset(7)): they are copied down from the first ancestor that has them.
 */
static int fill_cpuset(const struct dir *d, size_t mount_len, const char *file, struct sd_err *e)
{
	sd_auto_free char *at = sd_strdup(d->path);
	sd_auto_buf struct sd_buf value = {0};
	char *end = at + mount_len;

	for (bool last = false; !last; end++) {
		sd_auto_fd int fd = -1;
		sd_auto_buf struct sd_buf have = {0};

		end += strcspn(end, "/");
		last = *end == '\0';
		*end = '\0';
		fd = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return sd_fail(e, errno, "open cgroup %s", at);
		if (read_text(fd, file, &have) < 0)
			return sd_fail(e, errno, "read %s/%s", at, file);
		if (have.len == 0 && value.len && sd_write_kernel(fd, file, value.data) < 0)
			return sd_fail(e, errno, "controller cpuset: write %s to %s/%s", value.data,
				at, file);
		if (have.len) {
			sd_buf_free(&value);
			value = have;
			have = (struct sd_buf){0};
		}
		*end = last ? '\0' : '/';
	}
	return 0;
}

static bool has_controller(const struct sd_hierarchy *h, const char *name)
{
	for (size_t i = 0; i < h->controllers.n; i++)
		if (strcmp(h->controllers.v[i], name) == 0)
			return true;
	return false;
}

static int make_parents(struct dir *d, struct sd_err *e)
{
	sd_auto_free char *at = sd_strdup(d->path);

	for (char *p = at + strlen(d->h->mount) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		/* EEXIST: there already, or made by another start at the same time. */
		if (mkdir(at, 0755) == 0)
			d->made_from = d->made_from ? d->made_from : strlen(at);
		else if (errno != EEXIST)
			return sd_fail(e, errno, "create cgroup %s", at);
	}
	return 0;
}

/*
 * Fresh, so that neither counters nor the mark of an earlier cgroup.kill (a child cloned into
 * such a group may be killed at once) outlive the container that they belong to.
 */
static int make_fresh(struct group *g, struct dir *d, struct sd_err *e)
{
	for (int tries = 0; tries < 3 && !d->made; tries++) {
		struct group one = {.d = d, .n = 1};
		int errnum = mkdir(d->path, 0755) == 0 ? 0 : errno;

		d->made = errnum == 0;
		if (errnum == ENOENT && make_parents(d, e) < 0)
			return -1;
		if (errnum == EEXIST && group_remove(&one, false, e) < 0)
			return -1;
		if (errnum && errnum != ENOENT && errnum != EEXIST)
			return sd_fail(e, errnum, "create cgroup %s", d->path);
	}
	if (!d->made)
		return sd_fail(e, EEXIST, "create cgroup %s", d->path);
	if (d->v2 || !has_controller(d->h, "cpuset"))
		return 0;
	if (fill_cpuset(d, strlen(d->h->mount), "cpuset.cpus", e) < 0)
		return -1;
	return fill_cpuset(d, strlen(d->h->mount), "cpuset.mems", e);
}

int group_create(struct group *g, const char *path, struct sd_err *e)
{
	g->path = sd_strdup(path);
	for (size_t i = 0; i < g->layout.n; i++)
		add_in(g, &g->layout.h[i]);
	for (size_t i = 0; i < g->n; i++)
		if (make_fresh(g, &g->d[i], e) < 0)
			return -1;
	return 0;
}

int group_find(struct group *g, const char *path, struct sd_err *e)
{
	g->path = sd_strdup(path);
	for (size_t i = 0; i < g->layout.n; i++) {
		struct dir *d = add_in(g, &g->layout.h[i]);

		if (access(d->path, F_OK) == 0)
			continue;
		if (errno != ENOENT)
			return sd_fail(e, errno, "look for cgroup %s", d->path);
		free(d->name);
		free(d->path);
		g->n--;
	}
	return (int)g->n;
}

int group_from_facts(struct group *g, const struct sd_json *doc, struct sd_err *e)
{
	struct sd_json *dirs = NULL;
	const char *path = NULL;
	int r = sd_json_object(doc, &dirs, e, "cgroup.dirs");

	if (r <= 0 || sd_json_str(doc, &path, e, "cgroup.path") < 0)
		return r < 0 ? -1 : 0;
	g->path = sd_strdup(path ? path : "");
	sd_json_object_foreach (dirs, it) {
		const char *dir = sd_json_string_value(sd_json_iter_value(it));
		struct statfs fs = {.f_type = CGROUP_SUPER_MAGIC};
		struct dir *d;

		if (!dir)
			return sd_fail(e, 0, "cgroup.dirs: expected strings");
		/* ENOENT: removed already, which is for rm no error, and for join one that it
		 * meets. */
		if (statfs(dir, &fs) < 0 && errno != ENOENT)
			return sd_fail(e, errno, "look for cgroup %s", dir);
		/* A record is a claim: nothing but a cgroup is killed or removed on its word. */
		if (fs.f_type != CGROUP_SUPER_MAGIC && fs.f_type != CGROUP2_SUPER_MAGIC)
			return sd_fail(e, 0, "cgroup.dirs: %s is not a cgroup", dir);
		d = add_dir(g, sd_json_iter_key(it), sd_strdup(dir));
		d->v2 = fs.f_type == CGROUP2_SUPER_MAGIC;
	}
	return 1;
}

int group_locate(struct group *g, const char *path, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free char *clean = NULL;
	int r = path ? group_path(path, "--path", &clean, e) : group_from_facts(g, doc, e);

	if (r < 0 || (!path && r > 0))
		return r < 0 ? -1 : 0;
	if (!path && group_path_of_document(doc, &clean, e) < 0)
		return -1;
	if (group_detect(g, e) < 0)
		return -1;
	return group_find(g, clean, e) < 0 ? -1 : 0;
}

int group_existing(struct group *g, const char *path, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_free char *clean = NULL;
	const char *made = NULL;

	if (!path && ((!*doc && sd_doc_read(STDIN_FILENO, doc, e) < 0) ||
			     sd_json_str(*doc, &made, e, "cgroup.path") < 0))
		return -1;
	if ((path || made ? group_path(
				    path ? path : made, path ? "--path" : "cgroup.path", &clean, e)
			  : group_path_of_document(*doc, &clean, e)) < 0)
		return -1;
	if (group_detect(g, e) < 0 || group_find(g, clean, e) < 0)
		return -1;
	return g->n ? 0 : sd_fail(e, ENOENT, "cgroup %s", clean);
}

struct dir *group_dir(struct group *g, const char *controller)
{
	const struct sd_hierarchy *h = sd_cgroups_for(&g->layout, controller);

	for (size_t i = 0; h && i < g->n; i++)
		if (g->d[i].h == h)
			return &g->d[i];
	return NULL;
}

struct dir *group_unified(struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->d[i].v2)
			return &g->d[i];
	return NULL;
}

static int join_failed(const struct dir *d, int errnum, struct sd_err *e)
{
	sd_fail(e, errnum, "join cgroup %s", d->path);
	if (errnum == EBUSY && d->v2)
		return sd_hint(e,
			"cgroup2 allows no process in a group whose cgroup.subtree_control "
			"is not empty: join a child of it");
	if (errnum == ENOSPC)
		return sd_hint(e, "its cpuset.cpus or cpuset.mems is empty");
	return -1;
}

/*
 * sd-monitor makes the chain's first process in the cgroup2 directory, where it can.  A list that
 * cannot be read says no: to join once more does no harm.
 */
static bool joined_already(const struct dir *d)
{
	sd_auto_free char *path = sd_printf("%s/cgroup.procs", d->path);
	sd_auto_free char *self = sd_printf("%d", (int)getpid());
	sd_auto_buf struct sd_buf list = {0};
	struct sd_err ignored;
	bool found = false;

	if (!d->v2 || sd_read_file(AT_FDCWD, path, SD_READ_MAX, &list, &ignored) < 0)
		return false;
	for (char *rest = list.data, *pid; !found && (pid = strsep(&rest, "\n"));)
		found = !strcmp(pid, self);
	return found;
}

int group_join(struct group *g, struct sd_err *e)
{
	for (size_t i = 0; i < g->n; i++) {
		/*
		 * "0" is the writing process, whatever its number in this pid namespace.  By v1's
		 * `tasks` it moves itself as a thread, its only one, and so takes no lock that
		 * waits for an RCU grace period (4 to 13 ms; Linux 5.5, cgroup_procs_write_start).
		 */
		const char *file = g->d[i].v2 ? "cgroup.procs" : "tasks";
		sd_auto_free char *path = sd_printf("%s/%s", g->d[i].path, file);

		if (!joined_already(&g->d[i]) && sd_write_kernel(AT_FDCWD, path, "0") < 0)
			return join_failed(&g->d[i], errno, e);
	}
	return 0;
}

struct sd_json *group_facts(const struct group *g)
{
	struct sd_json *facts = sd_json_new_object(), *dirs = sd_json_new_object();

	for (size_t i = 0; i < g->n; i++)
		sd_json_set_str(dirs, g->d[i].name, g->d[i].path);
	sd_json_set_str(facts, "mode", sd_cgroup_mode_name(g->layout.mode));
	sd_json_set_str(facts, "path", g->path);
	sd_json_set(facts, "dirs", dirs);
	return facts;
}
