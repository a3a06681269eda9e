/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a container: config.process and want of its document (sd-state(5)). */
#include "confine.h"

#include <string.h>
#include "cleanup.h"

/* A limit that no int64_t holds is OCI's way to write RLIM_INFINITY. */
static rlim_t limit_of(int64_t n)
{
	return n == INT64_MAX ? RLIM_INFINITY : (rlim_t)n;
}

static int read_command(struct plan *p, struct sd_err *e)
{
	bool init = false;
	size_t n = 0;

	if (sd_json_strings(p->doc, (const char ***)&p->argv, &n, e, "config.process.args") < 0 ||
		sd_json_bool(p->doc, &init, e, "want.init") < 0 ||
		sd_json_bool(p->doc, &p->terminal, e, "config.process.terminal") < 0 ||
		sd_json_str(p->doc, &p->cwd, e, "config.process.cwd") < 0)
		return -1;
	if (!n)
		return sd_json_missing(e, "config.process.args");
	p->payload = init ? 2 : 0;
	if (init && n < 3)
		return sd_fail(e, 0, "config.process.args: want.init without /dev/init -- COMMAND");
	if (!p->cwd)
		return sd_json_missing(e, "config.process.cwd");
	if (p->cwd[0] != '/')
		return sd_fail(e, 0, "config.process.cwd: '%s' is not absolute", p->cwd);
	return 0;
}

static int read_env(struct plan *p, struct sd_err *e)
{
	sd_auto_free const char **list = NULL;
	size_t n = 0;

	if (sd_json_strings(p->doc, &list, &n, e, "config.process.env") < 0)
		return -1;
	p->add_home = true;
	for (size_t i = 0; i < n; i++) {
		/* A bare name would be read as "take it from the host" (CVE-2026-57231). */
		if (list[i][0] == '=' || !strchr(list[i], '='))
			return sd_fail(e, 0, "config.process.env[%zu]: '%s' is not NAME=VALUE", i,
				list[i]);
		if (sd_starts_with(list[i], "HOME="))
			p->add_home = false;
		sd_strv_add(&p->env, list[i]);
	}
	return 0;
}

static int read_id(struct plan *p, const char *member, int64_t *out, struct sd_err *e)
{
	if (sd_json_int(p->doc, out, e, "config.process.user.%s", member) < 0)
		return -1;
	/* (uid_t)-1 means "leave it" to setresuid(2): root would stay root. */
	if (*out < 0 || *out >= UINT32_MAX)
		return sd_fail(
			e, 0, "config.process.user.%s: %lld is not an id", member, (long long)*out);
	return 0;
}

static int read_user(struct plan *p, struct sd_err *e)
{
	struct sd_json *want = NULL, *extra = NULL;
	int64_t uid = 0, gid = 0, n;
	int64_t mask = 022; /* never the caller's: what a container makes is the same for all */

	p->set_id = true;
	if (sd_json_object(p->doc, &want, e, "want") < 0 ||
		sd_json_str(p->doc, &p->user, e, "want.user") < 0 ||
		sd_json_strings(p->doc, &p->groups, &(size_t){0}, e, "want.groupAdd") < 0 ||
		sd_json_array(p->doc, &extra, e, "config.process.user.additionalGids") < 0 ||
		sd_json_int(p->doc, &mask, e, "config.process.user.umask") < 0)
		return -1;
	if (want && (!p->user || !*p->user))
		p->user = "0";
	if (!want && (read_id(p, "uid", &uid, e) < 0 || read_id(p, "gid", &gid, e) < 0))
		return -1;
	p->caps_by_user = want != NULL;
	p->id.uid = (uid_t)uid;
	p->id.gid = (gid_t)gid;
	for (size_t i = 0; i < sd_json_len(extra); i++) {
		if (sd_json_int(p->doc, &n, e, "config.process.user.additionalGids[%zu]", i) < 0)
			return -1;
		if (n < 0 || n >= UINT32_MAX)
			return sd_fail(e, 0,
				"config.process.user.additionalGids[%zu]: %lld is "
				"not an id",
				i, (long long)n);
		sd_groups_add(&p->more_groups, (gid_t)n);
	}
	if (mask < 0 || mask > 07777)
		return sd_fail(
			e, 0, "config.process.user.umask: %lld is no umask", (long long)mask);
	p->umask = (int)mask;
	return 0;
}

static int read_set(struct plan *p, const char *set, uint64_t *mask, struct sd_err *e)
{
	sd_auto_free const char **list = NULL;
	sd_auto_free char *what = sd_printf("config.process.capabilities.%s", set);
	size_t n = 0;

	if (sd_json_strings(p->doc, &list, &n, e, "%s", what) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (cap_parse(list[i], what, mask, e) < 0)
			return -1;
	return 0;
}

static int read_caps(struct plan *p, struct sd_err *e)
{
	p->set_caps = true;
	if (read_set(p, "bounding", &p->caps.bounding, e) < 0 ||
		read_set(p, "permitted", &p->caps.permitted, e) < 0 ||
		read_set(p, "effective", &p->caps.effective, e) < 0 ||
		read_set(p, "inheritable", &p->caps.inheritable, e) < 0 ||
		read_set(p, "ambient", &p->caps.ambient, e) < 0)
		return -1;
	return sd_json_bool(p->doc, &p->no_new_privs, e, "config.process.noNewPrivileges") < 0 ? -1
											       : 0;
}

static int read_limits(struct plan *p, struct sd_err *e)
{
	struct sd_json *list = NULL, *l;
	size_t i;
	int r;

	if (sd_json_array(p->doc, &list, e, "config.process.rlimits") < 0)
		return -1;
	sd_json_array_foreach (list, i, l) {
		sd_auto_free char *what = sd_printf("config.process.rlimits[%zu]", i);
		int64_t soft = -1, hard = -1;
		const char *type = NULL;

		if (sd_json_str(p->doc, &type, e, "%s.type", what) < 0 ||
			sd_json_int(p->doc, &soft, e, "%s.soft", what) < 0 ||
			sd_json_int(p->doc, &hard, e, "%s.hard", what) < 0)
			return -1;
		if (!type)
			return sd_json_missing(e, "%s.type", what);
		if (soft < 0 || hard < 0)
			return sd_fail(
				e, 0, "%s: soft and hard must be there, and not negative", what);
		if (limits_add(p, type, limit_of(soft), limit_of(hard), what, e) < 0)
			return -1;
	}
	r = sd_json_int(p->doc, &p->oom_score_adj, e, "config.process.oomScoreAdj");
	p->set_oom = r > 0;
	return r < 0 ? -1 : 0;
}

/* What is not enforced must not look enforced. */
static int refuse_labels(const struct plan *p, struct sd_err *e)
{
	const char *apparmor = NULL, *selinux = NULL;

	if (sd_json_str(p->doc, &apparmor, e, "config.process.apparmorProfile") < 0 ||
		sd_json_str(p->doc, &selinux, e, "config.process.selinuxLabel") < 0)
		return -1;
	if (apparmor && *apparmor && strcmp(apparmor, "unconfined") != 0)
		return sd_fail(e, 0,
			"config.process.apparmorProfile '%s': AppArmor profiles are not supported",
			apparmor);
	if (selinux && *selinux)
		return sd_fail(e, 0,
			"config.process.selinuxLabel '%s': SELinux labels are not supported",
			selinux);
	return 0;
}

int plan_from_document(struct plan *p, struct sd_err *e)
{
	if (!sd_json_get(p->doc, "config.process"))
		return sd_json_missing(e, "config.process");
	if (refuse_labels(p, e) < 0 || read_command(p, e) < 0 || read_env(p, e) < 0 ||
		read_user(p, e) < 0 || read_caps(p, e) < 0 || read_limits(p, e) < 0 ||
		schedule_read(p, e) < 0)
		return -1;
	return filter_from_plan(p, e);
}
