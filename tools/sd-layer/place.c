/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as people write them, and the places that they mean: copy.h. */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "path.h"

/* As many as the kernel follows (path_resolution(7)). */
#define LINKS_MAX 40

/* "a/../b/." is called "b": by its words, as docker does, whatever links say. */
static char *last_part(const char *path)
{
	sd_auto_strv struct sd_strv parts = {0};

	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && memcmp(p, "..", 2) == 0) {
			if (parts.n)
				sd_free_ptr(&parts.v[--parts.n]);
		} else if (len && !(len == 1 && *p == '.')) {
			sd_strv_take(&parts, sd_strndup(p, len));
		}
		p += len + (p[len] == '/');
	}
	return sd_strdup(parts.n ? parts.v[parts.n - 1] : "");
}

static bool ends_in_dot(const char *path)
{
	size_t n = strlen(path);

	return n && path[n - 1] == '.' && (n == 1 || path[n - 2] == '/');
}

int place_read(struct place *p, const char *path, bool host, struct sd_err *e)
{
	size_t n = strlen(path);

	if (!n)
		return sd_fail(e, 0, "an empty path");
	p->contents = ends_in_dot(path);
	p->directory = p->contents || path[n - 1] == '/';
	if (host && path[0] != '/') {
		char cwd[PATH_MAX];

		if (!getcwd(cwd, sizeof(cwd)))
			return sd_fail(e, errno, "find the working directory");
		p->path = sd_printf("%s/%s", cwd, path);
	} else {
		p->path = sd_strdup(path);
	}
	p->name = last_part(p->path);
	p->contents |= !*p->name;
	return 0;
}

void place_free(struct place *p)
{
	free(p->path);
	free(p->name);
}

int copy_root(bool host, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	int root;

	if (!host)
		return sd_doc_read(STDIN_FILENO, &doc, e) < 0 ? -1 : container_root(doc, e);
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? sd_fail(e, errno, "open /") : root;
}

void spot_free(struct spot *s)
{
	sd_close_fd(&s->dir);
	sd_close_fd(&s->parent);
	free(s->name);
}

/* "a/b/" into "a" and "b"; the path is cut there. */
static char *split(char *path, const char **above)
{
	size_t n = strlen(path);
	char *slash;

	while (n && path[n - 1] == '/')
		path[--n] = '\0';
	slash = strrchr(path, '/');
	*above = slash ? path : ".";
	if (!slash)
		return path;
	*slash = '\0';
	*above = *path ? path : "/";
	return slash + 1;
}

/* The path that the link at the end of `above`/`name` means: absolute, or from where it lies. */
static char *follow(int parent, const char *above, const char *name)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(parent, name, to, sizeof(to) - 1);

	if (n < 0)
		return NULL;
	to[n] = '\0';
	return to[0] == '/' ? sd_strdup(to) : sd_printf("%s/%s", above, to);
}

int spot_open(int root, const char *path, struct spot *s, struct sd_err *e)
{
	sd_auto_free char *at = sd_strdup(path);

	for (int links = 0; links < LINKS_MAX; links++) {
		sd_auto_free char *copy = sd_strdup(at);
		const char *above, *name = split(copy, &above);
		struct stat st;

		s->dir = sd_open_in(root, at, O_RDONLY | O_DIRECTORY, 0);
		if (s->dir >= 0)
			return 0;
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return sd_fail(e, errno, "open %s", path);
		s->parent = sd_open_in(root, above, O_PATH | O_DIRECTORY, 0);
		if (s->parent < 0)
			return sd_fail(e, errno, "open the directory of %s", path);
		if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			return sd_fail(e, ENOENT, "open %s", path);
		s->exists = fstatat(s->parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (!s->exists && errno != ENOENT)
			return sd_fail(e, errno, "stat %s", path);
		if (!s->exists || !S_ISLNK(st.st_mode)) {
			s->name = sd_strdup(name);
			return 0;
		}
		free(at);
		at = follow(s->parent, above, name);
		sd_close_fd(&s->parent);
		if (!at)
			return sd_fail(e, errno, "read the link %s", path);
	}
	return sd_fail(e, ELOOP, "open %s", path);
}
