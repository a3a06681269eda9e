/* SPDX-License-Identifier: Apache-2.0 */
/* config.linux.devices, and the rules of the devices cgroup. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "spec.h"

#define DEPTH_MAX 16

static void add_rule(struct spec *s, const struct device_rule *r)
{
	struct sd_json *rule = sd_json_new_object();
	const char type[] = {r->type, '\0'};

	sd_json_set_bool(rule, "allow", r->allow);
	/* Without a type it is all devices; "a" with numbers is refused by some runtimes. */
	if (r->type != 'a')
		sd_json_set_str(rule, "type", type);
	if (r->major >= 0)
		sd_json_set_int(rule, "major", r->major);
	if (r->minor >= 0)
		sd_json_set_int(rule, "minor", r->minor);
	sd_json_set_str(rule, "access", r->access);
	sd_json_append(sd_json_make_array(s->config, "linux.resources.devices"), rule);
}

static bool has_node(const struct sd_json *nodes, const char *path)
{
	struct sd_json *node;
	size_t i;

	sd_json_array_foreach (nodes, i, node) {
		if (strcmp(sd_json_string_value(sd_json_member(node, "path")), path) == 0)
			return true;
	}
	return false;
}

static void add_node(struct spec *s, const char *path, const struct stat *st)
{
	struct sd_json *nodes = sd_json_make_array(s->config, "linux.devices"), *node;

	if (has_node(nodes, path))
		return;
	node = sd_json_new_object();
	sd_json_set_str(node, "path", path);
	sd_json_set_str(node, "type", S_ISCHR(st->st_mode) ? "c" : "b");
	sd_json_set_int(node, "major", major(st->st_rdev));
	sd_json_set_int(node, "minor", minor(st->st_rdev));
	sd_json_set_int(node, "fileMode", st->st_mode & 0777);
	sd_json_set_int(node, "uid", st->st_uid);
	sd_json_set_int(node, "gid", st->st_gid);
	sd_json_append(nodes, node);
}

/* What one option gives: `access` is NULL where a rule for all devices stands already. */
struct grant {
	struct spec *s;
	const char *access;
	size_t found;
};

/* Directories of the host's /dev that are file systems of their own, and its own terminals. */
static bool skipped(const char *name)
{
	static const char *const names[] = {
		".",
		"..",
		"pts",
		"shm",
		"fd",
		"mqueue",
		"hugepages",
		"console",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void grant_one(struct grant *g, const char *to, const struct stat *st)
{
	struct device_rule rule = {true, S_ISCHR(st->st_mode) ? 'c' : 'b', (int)major(st->st_rdev),
		(int)minor(st->st_rdev), g->access};

	add_node(g->s, to, st);
	g->found++;
	if (g->access)
		add_rule(g->s, &rule);
}

static int grant_tree(
	struct grant *g, const char *from, const char *to, int depth, struct sd_err *e)
{
	sd_auto_dir DIR *dir = opendir(from);
	struct dirent *d;

	if (!dir || depth > DEPTH_MAX)
		return sd_fail(e, dir ? ELOOP : errno, "devices of %s", from);
	while ((d = sd_readdir(dir))) {
		sd_auto_free char *below = sd_printf("%s/%s", from, d->d_name);
		sd_auto_free char *inside = sd_printf("%s/%s", to, d->d_name);
		struct stat st;

		/* ENOENT: a device that was unplugged since. */
		if (skipped(d->d_name) || lstat(below, &st) < 0)
			continue;
		if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
			grant_one(g, inside, &st);
		else if (S_ISDIR(st.st_mode) && grant_tree(g, below, inside, depth + 1, e) < 0)
			return -1;
	}
	return errno ? sd_fail(e, errno, "devices of %s", from) : 0;
}

static bool access_valid(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 3 && strspn(text, "rwm") == n;
}

/* HOST[:PATH[:ACCESS]]; HOST:ACCESS too, as docker takes it. */
static int device(struct spec *s, const char *text, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0};
	sd_auto_free char *from = NULL, *to = NULL;
	struct grant g = {s, "rwm", 0};
	const char *inside;
	struct stat st;

	words_split(text, ':', &words);
	inside = words.v[0];
	if (words.n == 2 && access_valid(words.v[1]))
		g.access = words.v[1];
	else if (words.n >= 2)
		inside = words.v[1];
	if (words.n == 3)
		g.access = words.v[2];
	if (words.n > 3 || words.v[0][0] != '/' || inside[0] != '/' || !access_valid(g.access))
		return sd_fail(
			e, 0, "--device: '%s' is not HOST[:PATH[:rwm]] with absolute paths", text);
	from = path_clean(words.v[0]);
	to = path_clean(inside);
	if (stat(from, &st) < 0)
		return sd_fail(e, errno, "--device: %s", from);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		grant_one(&g, to, &st);
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return sd_fail(e, 0, "--device: %s is not a device", from);
	if (grant_tree(&g, from, to, 0, e) < 0)
		return -1;
	return g.found ? 0 : sd_fail(e, 0, "--device: there is no device in %s", from);
}

/* "c 1:3 rwm", with '*' for any number, and 'a' for both kinds. */
static int cgroup_rule(struct spec *s, const char *text, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0}, numbers = {0};
	int64_t n[2] = {-1, -1};

	words_split(text, ' ', &words);
	if (words.n == 3)
		words_split(words.v[1], ':', &numbers);
	if (words.n != 3 || numbers.n != 2 || strlen(words.v[0]) != 1 ||
		!strchr("abc", words.v[0][0]) || !access_valid(words.v[2]))
		return sd_fail(e, 0, "--device-cgroup-rule: '%s' is not like 'c 10:200 rwm'", text);
	for (int i = 0; i < 2; i++)
		if (strcmp(numbers.v[i], "*") != 0 &&
			sd_parse_int(numbers.v[i], "--device-cgroup-rule", 0, 1048575, &n[i], e) <
				0)
			return -1;
	if (words.v[0][0] == 'a' && (n[0] >= 0 || n[1] >= 0))
		return sd_fail(
			e, 0, "--device-cgroup-rule: '%s': 'a' takes no numbers but *:*", text);
	add_rule(s, &(struct device_rule){true, words.v[0][0], (int)n[0], (int)n[1], words.v[2]});
	return 0;
}

static int privileged(struct spec *s, struct sd_err *e)
{
	struct grant g = {s, NULL, 0};

	add_rule(s, &(struct device_rule){true, 'a', -1, -1, "rwm"});
	return grant_tree(&g, "/dev", "/dev", 0, e);
}

int spec_devices(struct spec *s, struct sd_err *e)
{
	if (s->o->privileged && privileged(s, e) < 0)
		return -1;
	for (const struct device_rule *r = default_device_rules; !s->o->privileged && r->access;
		r++)
		add_rule(s, r);
	for (size_t i = 0; i < s->o->device.n; i++)
		if (device(s, s->o->device.v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < s->o->device_cgroup_rule.n; i++)
		if (cgroup_rule(s, s->o->device_cgroup_rule.v[i], e) < 0)
			return -1;
	return 0;
}
