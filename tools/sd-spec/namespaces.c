/* SPDX-License-Identifier: Apache-2.0 */
/* config.linux.namespaces, and the names of the host that live in one. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cleanup.h"
#include "spec.h"
#include "store.h"

/* How one option may name its namespace; the mount namespace is always the container's own. */
struct kind {
	const char *type; /* OCI's word */
	const char *proc; /* its file in /proc/PID/ns */
	const char *option;
	/* The words for a namespace of its own, ":"-joined; the first: default.  NULL: networks.c */
	const char *modes;
	bool join; /* container:NAME */
};

static const struct kind kinds[] = {
	{"pid", "pid", "--pid", "private", true},
	{"network", "net", "--network", NULL, true},
	{"ipc", "ipc", "--ipc", "private:shareable:none", true},
	{"uts", "uts", "--uts", "private", false},
	{"cgroup", "cgroup", "--cgroupns", "private", false},
};

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; p; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL)
		if (strncmp(p, word, n) == 0 && (!p[n] || p[n] == ':'))
			return n > 0;
	return false;
}

/* The namespace of another container, by its first process. */
static int join(
	struct spec *s, const struct kind *k, const char *who, struct sd_json *ns, struct sd_err *e)
{
	sd_auto_free char *id = NULL, *path = NULL;
	sd_auto_json struct sd_json *other = NULL;
	int64_t pid = 0;
	int r;

	if (sd_record_find(who, &id, e) < 0)
		return -1;
	r = sd_record_load_brief(id, &other, e);
	if (r < 0)
		return -1;
	if (!r || !sd_record_runs(other) || sd_json_int(other, &pid, e, "pid") != 1)
		return sd_fail(e, 0, "%s: container '%s' is not running", k->option, who);
	path = sd_printf("/proc/%lld/ns/%s", (long long)pid, k->proc);
	sd_json_set_str(ns, "path", path);
	sd_json_set_str(sd_json_make_object(s->want, "join"), k->type, id);
	return 0;
}

static int unknown_mode(const struct kind *k, const char *mode, struct sd_err *e)
{
	return sd_fail(e, 0, "%s: '%s' is none of private, %shost%s", k->option, mode,
		strchr(k->modes, ':') ? "shareable, none, " : "",
		k->join ? ", container:NAME" : "");
}

static struct sd_json *add(struct spec *s, const struct kind *k)
{
	struct sd_json *ns = sd_json_new_object();

	sd_json_set_str(ns, "type", k->type);
	sd_json_append(sd_json_make_array(s->config, "linux.namespaces"), ns);
	return ns;
}

static int add_network(struct spec *s, const struct kind *k, struct sd_err *e)
{
	const char *name = s->networks.v[0].name;
	sd_auto_free char *path = NULL;
	struct sd_json *ns;

	if (network_kind(s) == SD_NETWORK_HOST)
		return 0;
	ns = add(s, k);
	if (network_kind(s) == SD_NETWORK_CONTAINER)
		return join(s, k, name, ns, e);
	if (network_kind(s) != SD_NETWORK_PATH)
		return 0;
	path = path_absolute(name);
	if (!path || access(path, F_OK) < 0)
		return sd_fail(e, errno, "--network ns:%s", name);
	sd_json_set_str(ns, "path", path);
	return 0;
}

static int add_namespace(struct spec *s, const struct kind *k, const char *mode, struct sd_err *e)
{
	struct sd_json *ns;

	if (!k->modes)
		return add_network(s, k, e);
	if (mode && strcmp(mode, "host") == 0)
		return 0;
	ns = add(s, k);
	if (mode && k->join && sd_starts_with(mode, "container:"))
		return join(s, k, mode + strlen("container:"), ns, e);
	if (mode && !has_word(k->modes, mode))
		return unknown_mode(k, mode, e);
	return 0;
}

static int cgroup_parent(struct spec *s, struct sd_err *e)
{
	const char *parent = s->o->cgroup_parent;
	sd_auto_free char *clean = NULL, *joined = NULL;
	sd_auto_strv struct sd_strv parts = {0};

	if (!parent || !*parent)
		return 0;
	if (s->bare)
		return sd_fail(e, 0, "--cgroup-parent: a bare config has no id to put below it");
	words_split(parent, '/', &parts);
	for (size_t i = 0; i < parts.n; i++)
		if (strcmp(parts.v[i], "..") == 0)
			return sd_fail(e, 0, "--cgroup-parent: '%s' holds '..'", parent);
	joined = sd_printf("/%s", parent);
	clean = path_clean(joined);
	sd_json_set_str(s->want, "cgroupParent", clean);
	return 0;
}

int spec_namespaces(struct spec *s, struct sd_err *e)
{
	const char *modes[] = {s->o->pid, NULL, s->o->ipc, s->o->uts, s->o->cgroupns};
	struct sd_json *mount = sd_json_new_object();

	sd_json_set_str(mount, "type", "mount");
	sd_json_append(sd_json_make_array(s->config, "linux.namespaces"), mount);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		/* docker: an empty word is the default. */
		const char *mode = modes[i] && *modes[i] ? modes[i] : NULL;

		if (add_namespace(s, &kinds[i], mode, e) < 0)
			return -1;
	}
	if (s->o->userns && *s->o->userns && strcmp(s->o->userns, "host") != 0)
		return sd_fail(e, 0, "--userns: '%s' is not host", s->o->userns);
	return cgroup_parent(s, e);
}

bool spec_own_namespace(const struct spec *s, const char *type)
{
	struct sd_json *list = sd_json_get(s->config, "linux.namespaces"), *ns;
	size_t i;

	sd_json_array_foreach (list, i, ns) {
		const char *have = sd_json_string_value(sd_json_member(ns, "type"));

		if (have && strcmp(have, type) == 0)
			return !sd_json_member(ns, "path");
	}
	return false;
}

static int domain_name(struct spec *s, struct sd_err *e)
{
	const char *name = s->o->domainname;

	if (!name || !*name)
		return 0;
	if (!host_name_valid(name))
		return sd_fail(e, 0, "--domainname: '%s' is not a domain name", name);
	if (!spec_own_namespace(s, "uts"))
		return sd_fail(e, 0, "--domainname with --uts host would rename the host");
	/* config.domainname came with 1.1; before, as docker does. */
	if (s->bare)
		sd_json_set_str(
			sd_json_make_object(s->config, "linux.sysctl"), "kernel.domainname", name);
	else
		sd_json_set_str(s->config, "domainname", name);
	return 0;
}

/* As docker: with --network host, whose /etc/hosts knows the host's name, it is kept. */
int spec_hostname(struct spec *s, struct sd_err *e)
{
	const char *name = s->o->hostname;
	bool given = name && *name, own = spec_own_namespace(s, "uts");
	struct utsname host;

	if (given && !host_name_valid(name))
		return sd_fail(e, 0,
			"--hostname: '%s' is not a host name (letters, digits, '-', '.'; at most "
			"63)",
			name);
	if (given && !own)
		return sd_fail(e, 0, "--hostname with --uts host would rename the host");
	if (uname(&host) < 0)
		return sd_fail(e, errno, "uname");
	if (given)
		sd_json_set_str(s->config, "hostname", name);
	else if (own && network_kind(s) == SD_NETWORK_HOST)
		sd_json_set_str(s->config, "hostname", host.nodename);
	return domain_name(s, e);
}
