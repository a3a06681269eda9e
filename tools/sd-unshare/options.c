/* SPDX-License-Identifier: Apache-2.0 */
/* The plan that options ask for, spelled as unshare(1) of util-linux spells them. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "plan.h"

void options_init(void *args)
{
	struct args *a = args;

	a->state_fd = a->map_user = a->map_group = -1;
	a->plan.uid = a->plan.gid = -1;
	for (int i = 0; i < SD_NS_COUNT; i++)
		a->plan.join[i] = -1;
}

bool options_none(const struct args *a)
{
	struct args none;

	memset(&none, 0, sizeof(none));
	options_init(&none);
	none.state_fd = a->state_fd;
	return memcmp(&none, a, sizeof(none)) == 0;
}

static int one_namespace(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct plan *p = &((struct args *)args)->plan;
	enum sd_ns_kind kind = sd_ns_by_option(o->name);

	p->flags |= (unsigned)sd_ns[kind].flag;
	if (value)
		p->file[kind] = value;
	return 0;
}

static int kill_child(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct plan *p = &((struct args *)args)->plan;

	p->kill_child = SIGKILL;
	p->fork = true;
	return value ? sd_parse_signal(value, "--kill-child", &p->kill_child, e) : 0;
}

static int mount_proc(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct plan *p = &((struct args *)args)->plan;

	p->mount_proc = value ? value : "/proc";
	p->flags |= CLONE_NEWNS;
	return 0;
}

static int map_root(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct args *a = args;
	bool root = o->letter == 'r';

	a->map_user = root ? 0 : geteuid();
	a->map_group = root ? 0 : getegid();
	return 0;
}

static int map_single(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct args *a = args;
	bool group = strcmp(o->name, "map-group") == 0;

	return idmap_id(value, group, group ? "--map-group" : "--map-user",
		group ? &a->map_group : &a->map_user, e);
}

static int map_auto(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct args *a = args;

	a->auto_users = a->auto_groups = true;
	return 0;
}

static int map_ranges(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct args *a = args;
	bool groups = strcmp(o->name, "map-groups") == 0;

	if (strcmp(value, "auto") == 0) {
		*(groups ? &a->auto_groups : &a->auto_users) = true;
		return 0;
	}
	return groups ? idmap_parse(&a->plan.groups, value, true, "--map-groups", e)
		      : idmap_parse(&a->plan.users, value, false, "--map-users", e);
}

static int propagation(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} table[] = {
		{"private", MS_REC | MS_PRIVATE},
		{"shared", MS_REC | MS_SHARED},
		{"slave", MS_REC | MS_SLAVE},
		{"unchanged", 0},
	};
	struct args *a = args;

	a->propagation_given = true;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(value, table[i].name) == 0) {
			a->plan.propagation = table[i].flags;
			return 0;
		}
	return sd_fail(
		e, 0, "--propagation: '%s' is not private, shared, slave or unchanged", value);
}

static int setgroups_rule(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	if (strcmp(value, "allow") != 0 && strcmp(value, "deny") != 0)
		return sd_fail(e, 0, "--setgroups: '%s' is neither allow nor deny", value);
	((struct args *)args)->plan.setgroups = value;
	return 0;
}

static int credential(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct plan *p = &((struct args *)args)->plan;

	if (o->letter == 'S')
		return idmap_id(value, false, "--setuid", &p->uid, e);
	return idmap_id(value, true, "--setgid", &p->gid, e);
}

static int clock_offset(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct plan *p = &((struct args *)args)->plan;
	bool monotonic = strcmp(o->name, "monotonic") == 0;
	struct offset *to = monotonic ? &p->monotonic : &p->boottime;

	to->wanted = true;
	return sd_parse_int(value, monotonic ? "--monotonic" : "--boottime", INT64_MIN, INT64_MAX,
		&to->secs, e);
}

const struct sd_opt unshare_options[] = {
	SD_OPT_FN(one_namespace, 'm', "mount", "[=FILE]", "a new mount namespace, kept on FILE"),
	SD_OPT_FN(
		one_namespace, 'u', "uts", "[=FILE]", "a new UTS namespace: host and domain name"),
	SD_OPT_FN(one_namespace, 'i', "ipc", "[=FILE]",
		"a new IPC namespace: System V and POSIX queues"),
	SD_OPT_FN(one_namespace, 'n', "net", "[=FILE]", "a new network namespace"),
	SD_OPT_FN(one_namespace, 'p', "pid", "[=FILE]", "a new pid namespace (implies --fork)"),
	SD_OPT_FN(one_namespace, 'U', "user", "[=FILE]", "a new user namespace"),
	SD_OPT_FN(one_namespace, 'C', "cgroup", "[=FILE]", "a new cgroup namespace"),
	SD_OPT_FN(one_namespace, 'T', "time", "[=FILE]", "a new time namespace (implies --fork)"),
	SD_OPT_FLAG(struct args, plan.fork, 'f', "fork", "run COMMAND in a child and wait for it"),
	SD_OPT_FLAG(struct args, no_fork, 0, "no-fork",
		"run COMMAND itself also with --pid: only its first child is in the namespace"),
	SD_OPT_FN(kill_child, 0, "kill-child", "[=SIGNAL]",
		"send the child a signal (KILL) when sd-unshare dies (implies --fork)"),
	SD_OPT_FN(mount_proc, 0, "mount-proc", "[=DIR]",
		"mount a new proc on DIR (/proc) first (implies --mount)"),
	SD_OPT_FN(
		map_single, 0, "map-user", "USER", "map the current user to USER (implies --user)"),
	SD_OPT_FN(map_single, 0, "map-group", "GROUP",
		"map the current group to GROUP (implies --user)"),
	SD_OPT_FN(map_root, 'r', "map-root-user", NULL,
		"map the current user to root (implies --user)"),
	SD_OPT_FN(map_root, 'c', "map-current-user", NULL,
		"map the current user to itself (implies --user)"),
	SD_OPT_FN(map_auto, 0, "map-auto", NULL, "--map-users=auto --map-groups=auto"),
	SD_OPT_FN(map_ranges, 0, "map-users", "INNER:OUTER:COUNT",
		"map a range of users; may be given again (implies --user)"),
	SD_OPT_FN(map_ranges, 0, "map-groups", "INNER:OUTER:COUNT",
		"map a range of groups; may be given again (implies --user)"),
	SD_OPT_FN(propagation, 0, "propagation", "private|shared|slave|unchanged",
		"of the new mount tree (private)"),
	SD_OPT_FN(setgroups_rule, 0, "setgroups", "allow|deny",
		"whether setgroups(2) works in the user namespace"),
	SD_OPT_FLAG(struct args, plan.keep_caps, 0, "keep-caps",
		"keep the capabilities of the user namespace across the exec"),
	SD_OPT_STR(struct args, plan.root, 'R', "root", "DIR", "change the root directory"),
	SD_OPT_STR(struct args, plan.wd, 'w', "wd", "DIR", "change the working directory"),
	SD_OPT_FN(credential, 'S', "setuid", "USER", "become USER in the namespace"),
	SD_OPT_FN(credential, 'G', "setgid", "GROUP", "become GROUP, in no other groups"),
	SD_OPT_FN(clock_offset, 0, "monotonic", "SECONDS",
		"offset of the monotonic clock (with --time)"),
	SD_OPT_FN(clock_offset, 0, "boottime", "SECONDS",
		"offset of the boottime clock (with --time)"),
	SD_OPT_INT(struct args, state_fd, 0, "state-fd", "N",
		"do what the document on descriptor N asks for"),
	SD_OPT_END,
};

static int user_maps(struct args *a, struct sd_err *e)
{
	struct plan *p = &a->plan;

	if (a->auto_users && idmap_auto(&p->users, false, e) < 0)
		return -1;
	if (a->auto_groups && idmap_auto(&p->groups, true, e) < 0)
		return -1;
	if (a->map_user >= 0)
		idmap_single(&p->users, (uint32_t)a->map_user, geteuid());
	if (a->map_group >= 0) {
		bool alone = p->groups.n == 0;

		idmap_single(&p->groups, (uint32_t)a->map_group, getegid());
		/* The kernel's price for an own group without privilege; the same for all is
		 * simpler. */
		if (alone && p->setgroups && strcmp(p->setgroups, "allow") == 0)
			return sd_fail(e, 0, "--setgroups=allow does not go with one mapped group");
		if (alone)
			p->setgroups = "deny";
	}
	if (p->users.n || p->groups.n)
		p->flags |= CLONE_NEWUSER;
	return 0;
}

static int refuse(bool wrong, const char *option, const char *needs, struct sd_err *e)
{
	return wrong ? sd_fail(e, 0, "%s needs %s", option, needs) : 0;
}

int plan_from_options(struct args *a, struct sd_err *e)
{
	struct plan *p = &a->plan;
	unsigned for_children = (unsigned)(sd_ns[SD_NS_PID].flag | sd_ns[SD_NS_TIME].flag);

	if (user_maps(a, e) < 0)
		return -1;
	if (refuse(a->propagation_given && !(p->flags & CLONE_NEWNS), "--propagation", "--mount",
		    e) < 0 ||
		refuse(p->setgroups && !(p->flags & CLONE_NEWUSER), "--setgroups", "--user", e) <
			0 ||
		refuse(p->keep_caps && !(p->flags & CLONE_NEWUSER), "--keep-caps", "--user", e) < 0)
		return -1;
	if ((p->monotonic.wanted || p->boottime.wanted) &&
		refuse(!(p->flags & (unsigned)sd_ns[SD_NS_TIME].flag), "a clock's offset", "--time",
			e) < 0)
		return -1;
	if ((p->flags & CLONE_NEWNS) && !a->propagation_given)
		p->propagation = MS_REC | MS_PRIVATE;
	/* Nobody can be process 1 of a pid namespace but a child: see sd-unshare(1). */
	if (a->no_fork) {
		if (p->fork)
			return sd_fail(
				e, 0, "--no-fork goes neither with --fork nor with --kill-child");
		return refuse(p->file[SD_NS_PID], "--pid=FILE", "a child: leave out --no-fork", e);
	}
	p->fork |= (p->flags & for_children) != 0;
	return 0;
}
