/* SPDX-License-Identifier: Apache-2.0 */
/* The plan that a document asks for: OCI's config.md and config-linux.md, sd-state(5). */
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include "doc.h"
#include "plan.h"
#include "proc.h"
#include "store.h"

/*
 * Another container's, by its record: the path in the config is of the process that it had when
 * the config was made, and its number may be another's by now.
 */
static int join_container(struct plan *p, enum sd_ns_kind kind, const char *id, struct sd_err *e)
{
	sd_auto_json struct sd_json *other = NULL;
	int64_t pid = 0, ticks = 0;
	int r = sd_record_load_brief(id, &other, e);

	if (r < 0)
		return -1;
	if (r == 0)
		return sd_fail(e, 0, "container %.12s, whose %s namespace is joined, is gone", id,
			sd_ns[kind].oci);
	if (sd_json_int(other, &pid, e, "pid") < 0 ||
		sd_json_int(other, &ticks, e, "startTime") < 0)
		return -1;
	if (pid > 0)
		p->join[kind] = sd_ns_open_pid(kind, (pid_t)pid, e);
	/* Checked after the open: the namespace is of that very process, or of nobody. */
	if (!sd_proc_is((pid_t)pid, ticks)) {
		sd_fail(e, 0, "container %.12s, whose %s namespace is joined, does not run", id,
			sd_ns[kind].oci);
		return sd_hint(e, "'sdocker start %.12s' first", id);
	}
	return p->join[kind] < 0 ? -1 : 0;
}

static int join_path(
	struct plan *p, enum sd_ns_kind kind, const char *path, size_t i, struct sd_err *e)
{
	if (*path != '/')
		return sd_fail(
			e, 0, "config.linux.namespaces[%zu].path: '%s' is not absolute", i, path);
	p->join[kind] = sd_ns_open(kind, path, e);
	return p->join[kind] < 0 ? -1 : 0;
}

static int one_namespace(
	struct plan *p, const struct sd_json *doc, size_t i, unsigned *seen, struct sd_err *e)
{
	const char *type, *path, *container = NULL;
	enum sd_ns_kind kind;
	int there = sd_json_str(doc, &type, e, "config.linux.namespaces[%zu].type", i);

	if (there <= 0)
		return there ? -1 : sd_json_missing(e, "config.linux.namespaces[%zu].type", i);
	kind = sd_ns_by_oci(type);
	if (kind == SD_NS_COUNT)
		return sd_fail(
			e, 0, "config.linux.namespaces[%zu].type: unknown namespace '%s'", i, type);
	if (*seen & (unsigned)sd_ns[kind].flag)
		return sd_fail(e, 0, "config.linux.namespaces[%zu].type: '%s' twice", i, type);
	*seen |= (unsigned)sd_ns[kind].flag;

	there = sd_json_str(doc, &path, e, "config.linux.namespaces[%zu].path", i);
	if (there < 0)
		return -1;
	if (!there || !*path) {
		p->flags |= (unsigned)sd_ns[kind].flag;
		p->own |= (unsigned)sd_ns[kind].flag;
		return 0;
	}
	if (sd_json_str(doc, &container, e, "want.join.%s", type) < 0)
		return -1;
	if (container ? join_container(p, kind, container, e) < 0
		      : join_path(p, kind, path, i, e) < 0)
		return -1;
	/* A path can lead to the host's own namespace; then it is as shared as without an entry. */
	if (!sd_ns_is_own(kind, p->join[kind]))
		p->own |= (unsigned)sd_ns[kind].flag;
	return 0;
}

static int namespaces(struct plan *p, const struct sd_json *doc, unsigned *seen, struct sd_err *e)
{
	struct sd_json *list = NULL;

	*seen = 0;
	if (sd_json_array(doc, &list, e, "config.linux.namespaces") < 0)
		return -1;
	for (size_t i = 0; i < sd_json_len(list); i++)
		if (one_namespace(p, doc, i, seen, e) < 0)
			return -1;
	return 0;
}

static int number(const struct sd_json *doc, const char *list, size_t i, const char *member,
	int64_t *out, struct sd_err *e)
{
	int there = sd_json_int(doc, out, e, "config.linux.%s[%zu].%s", list, i, member);

	if (there == 0)
		return sd_json_missing(e, "config.linux.%s[%zu].%s", list, i, member);
	if (there > 0 && (*out < 0 || *out > UINT32_MAX))
		return sd_fail(e, 0, "config.linux.%s[%zu].%s: %lld is out of range", list, i,
			member, (long long)*out);
	return there < 0 ? -1 : 0;
}

static int mappings(struct idmaps *m, const struct sd_json *doc, const char *list, bool wanted,
	struct sd_err *e)
{
	struct sd_json *array = NULL;
	int64_t inner, outer, count;

	if (sd_json_array(doc, &array, e, "config.linux.%s", list) < 0)
		return -1;
	if (sd_json_len(array) && !wanted)
		return sd_fail(
			e, 0, "config.linux.%s: there is no new user namespace to map", list);
	if (!sd_json_len(array) && wanted)
		return sd_json_missing(e, "config.linux.%s", list);
	for (size_t i = 0; i < sd_json_len(array); i++) {
		if (number(doc, list, i, "containerID", &inner, e) < 0 ||
			number(doc, list, i, "hostID", &outer, e) < 0 ||
			number(doc, list, i, "size", &count, e) < 0)
			return -1;
		idmap_add(m, (uint32_t)inner, (uint32_t)outer, (uint32_t)count);
	}
	return 0;
}

static int clock_offset(struct offset *o, const struct sd_json *doc, const char *clock,
	bool new_time, struct sd_err *e)
{
	struct sd_json *there = NULL;

	if (sd_json_object(doc, &there, e, "config.linux.timeOffsets.%s", clock) < 0)
		return -1;
	if (!there)
		return 0;
	if (!new_time)
		return sd_fail(e, 0, "config.linux.timeOffsets: there is no new time namespace");
	o->wanted = true;
	if (sd_json_int(there, &o->secs, e, "secs") < 0 ||
		sd_json_int(there, &o->nanosecs, e, "nanosecs") < 0)
		return -1;
	return 0;
}

/*
 * The tree must not stay shared: whatever is mounted in it later would appear on the host.  Where
 * "shared" is asked for (a volume that hands mounts on to the host) the one mount that the
 * container's root will be mounted on is set apart.
 */
static int mount_tree(struct plan *p, const struct sd_json *doc, struct sd_err *e)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} table[] = {
		{"", MS_PRIVATE},
		{"private", MS_PRIVATE},
		{"rprivate", MS_PRIVATE},
		{"slave", MS_SLAVE},
		{"rslave", MS_SLAVE},
		{"shared", 0},
		{"rshared", 0},
		{"unbindable", MS_PRIVATE},
		{"runbindable", MS_PRIVATE},
	};
	const char *wanted = "";
	size_t i = 0;

	if (sd_json_str(doc, &wanted, e, "config.linux.rootfsPropagation") < 0)
		return -1;
	while (i < sizeof(table) / sizeof(*table) && strcmp(table[i].name, wanted) != 0)
		i++;
	if (i == sizeof(table) / sizeof(*table))
		return sd_fail(
			e, 0, "config.linux.rootfsPropagation: unknown propagation '%s'", wanted);
	if (!(p->flags & CLONE_NEWNS))
		return 0;
	p->propagation = table[i].flags ? table[i].flags | MS_REC : 0;
	if (p->propagation)
		return 0;
	if (sd_doc_bundle(doc, &p->apart, e) < 0)
		return -1;
	return *p->apart == '/' ? 0 : sd_fail(e, 0, "bundle: '%s' is not absolute", p->apart);
}

static int names(struct plan *p, const struct sd_json *doc, unsigned seen, struct sd_err *e)
{
	static const char *const members[] = {"config.hostname", "config.domainname"};
	const char **where[] = {&p->hostname, &p->domainname};

	for (int i = 0; i < 2; i++) {
		if (sd_json_str(doc, where[i], e, "%s", members[i]) < 0)
			return -1;
		/* Names of a UTS namespace that others live in are theirs; the host's most of all.
		 */
		if (*where[i] && !(seen & CLONE_NEWUTS))
			return sd_fail(e, 0, "%s: would rename the host: there is no uts namespace",
				members[i]);
		if (!(p->flags & CLONE_NEWUTS))
			*where[i] = NULL;
	}
	return 0;
}

/* A hook may set up what the container relies on: not to run it is not what was asked for. */
static int no_hooks(const struct sd_json *doc, struct sd_err *e)
{
	struct sd_json *hooks = NULL;

	if (sd_json_object(doc, &hooks, e, "config.hooks") < 0)
		return -1;
	sd_json_object_foreach (hooks, it)
		if (sd_json_len(sd_json_iter_value(it)) > 0)
			return sd_fail(e, 0, "config.hooks.%s: hooks are not supported",
				sd_json_iter_key(it));
	return 0;
}

int plan_from_document(struct plan *p, const struct sd_json *doc, struct sd_err *e)
{
	struct sd_json *sysctl = NULL;
	unsigned seen;
	bool new_user, new_time;

	if (no_hooks(doc, e) < 0 || namespaces(p, doc, &seen, e) < 0)
		return -1;
	new_user = p->flags & CLONE_NEWUSER;
	new_time = p->flags & (unsigned)sd_ns[SD_NS_TIME].flag;
	if (mappings(&p->users, doc, "uidMappings", new_user, e) < 0 ||
		mappings(&p->groups, doc, "gidMappings", new_user, e) < 0 ||
		clock_offset(&p->monotonic, doc, "monotonic", new_time, e) < 0 ||
		clock_offset(&p->boottime, doc, "boottime", new_time, e) < 0 ||
		mount_tree(p, doc, e) < 0 || names(p, doc, seen, e) < 0)
		return -1;
	if (sd_json_object(doc, &sysctl, e, "config.linux.sysctl") < 0)
		return -1;
	p->sysctl = sysctl;
	p->become_root = seen & CLONE_NEWUSER;
	p->loopback = p->flags & CLONE_NEWNET;
	p->fork = true;
	return sysctl_check(p->sysctl, p->own, e);
}
