/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

/* mountinfo writes space, tab, newline and backslash as \ooo (proc(5)); undone in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && strspn(s + 1, "01234567") >= 3) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static void add_controllers(struct sd_hierarchy *h, char *options)
{
	static const char *const not_controllers[] = {"rw", "ro", "xattr", "clone_children",
		"noprefix", "nsdelegate", "memory_recursiveprot", "cpuset_v2_mode"};
	char *save = NULL;

	for (char *o = strtok_r(options, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		bool skip = sd_starts_with(o, "release_agent=");

		for (size_t i = 0; i < sizeof(not_controllers) / sizeof(*not_controllers); i++)
			skip |= strcmp(o, not_controllers[i]) == 0;
		if (!skip)
			sd_strv_add(&h->controllers, o);
	}
}

static void read_controllers(struct sd_hierarchy *h)
{
	sd_auto_free char *path = sd_printf("%s/cgroup.controllers", h->mount);
	sd_auto_buf struct sd_buf text = {0};
	struct sd_err ignored;
	char *save = NULL;

	if (sd_read_file(AT_FDCWD, path, 4096, &text, &ignored) < 0 || !text.data)
		return;
	for (char *c = strtok_r(text.data, " \n", &save); c; c = strtok_r(NULL, " \n", &save))
		sd_strv_add(&h->controllers, c);
}

/* A bind of a hierarchy elsewhere, or of its mount point over itself, is no second hierarchy. */
static bool seen(const struct sd_cgroups *c, const char *mount, bool v2)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->h[i].mount, mount) == 0 || (v2 && c->h[i].v2))
			return true;
	return false;
}

/* 36 35 98:0 /root /mount/point rw,noatime - type source super,options */
static void add_line(struct sd_cgroups *c, char *line)
{
	char *sep = strstr(line, " - "), *field[6], *type, *super, *save = NULL;
	size_t n = 0;

	if (!sep)
		return;
	*sep = '\0';
	for (char *f = strtok_r(line, " ", &save); f && n < 6; f = strtok_r(NULL, " ", &save))
		field[n++] = f;
	type = strtok_r(sep + 3, " ", &save);
	if (n < 6 || !type || (strcmp(type, "cgroup") != 0 && strcmp(type, "cgroup2") != 0))
		return;
	strtok_r(NULL, " ", &save);
	super = strtok_r(NULL, " \n", &save);
	unescape(field[4]);
	if (!super || field[4][0] != '/' || seen(c, field[4], strcmp(type, "cgroup2") == 0) ||
		(access(field[4], F_OK) < 0 && errno == ENOENT))
		return;

	c->h = sd_realloc(c->h, (c->n + 1) * sizeof(*c->h));
	struct sd_hierarchy *h = &c->h[c->n++];

	*h = (struct sd_hierarchy){
		.mount = sd_strdup(field[4]), .v2 = strcmp(type, "cgroup2") == 0};
	h->name = sd_strdup(strrchr(h->mount, '/') + 1);
	if (h->v2)
		read_controllers(h);
	else
		add_controllers(h, super);
}

void sd_cgroups_read(struct sd_cgroups *c, char *mountinfo)
{
	bool v1 = false, v2 = false;
	char *save = NULL;

	*c = (struct sd_cgroups){0};
	for (char *l = strtok_r(mountinfo, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		add_line(c, l);
	for (size_t i = 0; i < c->n; i++) {
		v1 |= !c->h[i].v2;
		v2 |= c->h[i].v2;
	}
	c->mode = v1 && v2 ? SD_CGROUP_HYBRID
		  : v1	   ? SD_CGROUP_V1
		  : v2	   ? SD_CGROUP_V2
			   : SD_CGROUP_NONE;
}

int sd_cgroups_detect(struct sd_cgroups *c, struct sd_err *e)
{
	sd_auto_fd int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	sd_auto_buf struct sd_buf text = {0};

	*c = (struct sd_cgroups){0};
	if (fd < 0)
		return sd_fail(e, errno, "open /proc/self/mountinfo");
	if (sd_read_all(fd, "/proc/self/mountinfo", SD_READ_MAX, &text, e) < 0)
		return -1;
	sd_buf_add(&text, "", 0);
	sd_cgroups_read(c, text.data);
	return 0;
}

void sd_cgroups_free(struct sd_cgroups *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->h[i].mount);
		free(c->h[i].name);
		sd_strv_free(&c->h[i].controllers);
	}
	free(c->h);
	*c = (struct sd_cgroups){0};
}

const struct sd_hierarchy *sd_cgroups_for(const struct sd_cgroups *c, const char *controller)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->h[i].controllers.n; k++)
			if (strcmp(c->h[i].controllers.v[k], controller) == 0)
				return &c->h[i];
	return NULL;
}

const struct sd_hierarchy *sd_cgroups_unified(const struct sd_cgroups *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->h[i].v2)
			return &c->h[i];
	return NULL;
}

const char *sd_cgroup_mode_name(enum sd_cgroup_mode mode)
{
	static const char *const names[] = {"none", "v1", "v2", "hybrid"};

	return names[mode];
}

/* 1: the file is there and *n is set. */
static int read_oom_kills(const char *dir, const char *file, int64_t *n, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("%s/%s", dir, file);
	sd_auto_buf struct sd_buf text = {0};
	const char *line;

	if (sd_read_file(AT_FDCWD, path, 4096, &text, e) < 0)
		return e->errnum == ENOENT || e->errnum == ENODEV ? 0 : -1;
	line = text.data ? strstr(text.data, "oom_kill ") : NULL;
	if (line)
		*n = strtoll(line + strlen("oom_kill "), NULL, 10);
	return 1;
}

int sd_cgroup_oom_kills(const struct sd_json *cgroup, int64_t *n, struct sd_err *e)
{
	static const char *const files[] = {"memory.events", "memory.oom_control"};
	struct sd_json *dirs = NULL;

	*n = 0;
	if (sd_json_object(cgroup, &dirs, e, "dirs") < 0)
		return -1;
	sd_json_object_foreach (dirs, it) {
		const char *dir = sd_json_string_value(sd_json_iter_value(it));

		for (size_t i = 0; dir && i < sizeof(files) / sizeof(*files); i++) {
			int r = read_oom_kills(dir, files[i], n, e);

			if (r != 0)
				return r < 0 ? -1 : 0;
		}
	}
	return 0;
}

int sd_cgroup_open_v2(const struct sd_json *cgroup)
{
	sd_json_object_foreach (sd_json_get(cgroup, "dirs"), it) {
		const char *dir = sd_json_string_value(sd_json_iter_value(it));
		sd_auto_fd int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
		struct statfs fs;

		if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return sd_steal_fd(&fd);
	}
	return -1;
}
